//! What the functions that stand outside a file do with constants, by their last names.

use super::methods::*;
use super::natives::*;
use super::recipe::in_bytes;
use super::run::MAX_SIZE;
use super::run::Machine;
use super::run::V;
use super::run::letter;
use crate::scan::code::constants::decode_base32;
use crate::scan::code::constants::decode_base64;
use crate::scan::code::constants::decode_hex;
use crate::scan::code::language::Language;

/// A function from outside the file, by the path it is called through and its name.
pub fn outside(machine: &Machine<'_>, path: &str, name: &str, args: &[V]) -> Option<V> {
    let small = name.trim_end_matches(['!', '?']).to_ascii_lowercase().replace('_', "");
    let small = small.split('<').next().unwrap_or(&small);
    let small = small.rsplit(['.', ':', '\\']).next().unwrap_or(small);
    let of = path.rsplit(['.', ':', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    let first = args.first();
    let number = |at: usize| args.get(at).and_then(V::number);
    Some(match small {
        "pack" if of == "struct" => {
            let (form, rest) = args.split_first()?;
            struct_packed(&plain(form)?, rest)?
        }
        // `pack('N', $number)`
        "pack"
            if matches!(first, Some(V::Text(kind)) if kind.starts_with(['N', 'V', 'n', 'v']))
                && args.len() > 1 =>
        {
            packed(&plain(first?)?, args.get(1..)?)?
        }
        "fromcharcode" | "fromcodepoint" | "chr" | "unichr" | "tochars" | "pack" if !args.is_empty() => {
            let mut codes = Vec::new();
            for arg in args {
                match arg {
                    V::List(items) => codes.extend(items.iter().cloned()),
                    V::Text(kind) if small == "pack" && kind.starts_with(['C', 'c', 'U']) => {}
                    other => codes.push(other.clone()),
                }
            }
            match codes.iter().map(V::number).collect::<Option<Vec<i64>>>() {
                Some(codes) => V::text(codes.into_iter().map(letter).collect::<String>()),
                None => V::Unknown(args.iter().any(V::is_turned)),
            }
        }
        "ord" | "charcode" | "mbord" => V::Num(code_of(first?)?),
        "map" | "hashmap" | "dict" | "treemap" | "ordereddict" | "linkedhashmap" | "fromentries"
            if args.len() == 1 && matches!(first, Some(V::List(_))) =>
        {
            pairs_of(first?)?
        }
        "baseconvert" => {
            let (from, to) = (u32::try_from(number(1)?).ok()?, number(2)?);
            let text = match first? {
                V::Num(number) => number.to_string(),
                other => plain(other)?,
            };
            let value =
                i64::from_str_radix(&text, Some(from).filter(|from| (2..=36).contains(from))?).ok()?;
            return method(machine, "tostring", &V::Num(value), &[V::Num(to)]).map(|(value, _)| value);
        }
        "ipaddress" | "ipv4address" | "inetaton" if matches!(first, Some(V::Text(_))) => {
            let parts = plain(first?)?;
            let parts: Vec<V> =
                parts.split('.').map(|part| part.parse().ok().map(V::Num)).collect::<Option<_>>()?;
            V::list(parts)
        }
        "uuid" if matches!(first, Some(V::Text(_))) => {
            let digits: String = plain(first?)?.chars().filter(char::is_ascii_hexdigit).collect();
            V::list(decode_hex(&digits)?.into_iter().map(|byte| V::Num(i64::from(byte))).collect())
        }
        "guid" if matches!(first, Some(V::Text(_))) => first?.clone(),
        "parse" | "new" if of == "guid" && matches!(first, Some(V::Text(_))) => first?.clone(),
        "dataview" | "arraybuffer" => match first? {
            V::Num(count) => V::list(vec![V::Num(0); (*count).clamp(0, MAX_SIZE as i64) as usize]),
            other => other.clone(),
        },
        "getbytes" if of == "bitconverter" => V::list(bytes_in(number(0)?, 4, true)),
        "mapof" | "mutablemapof" | "hashmapof" | "linkedmapof" => pairs_of(&V::list(args.to_vec()))?,
        "parse" if of == "biginteger" => {
            V::text(in_bytes(&plain(first?)?, 10)?.into_iter().map(char::from).collect::<String>())
        }
        // `new TextDecoder().decode(bytes)`
        "decode" if of != "hex" && args.len() == 1 && matches!(first, Some(V::List(_))) => {
            V::text(plain(first?)?)
        }
        "raw" if of == "string" => joined_with(&letters(machine, first?), ""),
        "bindec" => i64::from_str_radix(plain(first?)?.trim(), 2).map_or(V::Unknown(false), V::Num),
        "int" | "parseint" | "stoi" | "strtol" | "intval" | "toint32" | "tobyte" | "atoi" | "hexdec"
        | "fromstrradix" | "parsebyte" | "strtoul" | "uint8" | "byte" | "rune" | "toint16" | "touint8"
        | "uint32" | "uint" | "number" | "int32" | "int64" | "parseunsignedint" | "u8" | "floor"
        | "trunc" | "toint64" => {
            let radix = match small {
                "hexdec" => Some(16),
                "strtol" | "stoi" | "strtoul" => number(2),
                _ => number(1),
            };
            match (first?, radix) {
                (V::Text(text), Some(radix)) if (2..=36).contains(&radix) => {
                    let text = text.trim().trim_start_matches("0x").trim_start_matches("0b");
                    i64::from_str_radix(text, radix as u32).map_or(V::Unknown(false), V::Num)
                }
                (V::Text(text), _) => match text.trim().strip_prefix("0x") {
                    Some(hex) => i64::from_str_radix(hex, 16).map_or(V::Unknown(false), V::Num),
                    None => text.trim().parse().map_or(V::Unknown(false), V::Num),
                },
                (V::List(_), _) => first?.clone(),
                (value, _) => match (value.number(), small) {
                    (Some(number), "byte" | "uint8" | "u8" | "tobyte" | "touint8") => V::Num(number & 0xff),
                    (Some(number), "rune") => V::Char(u32::from(letter(number))),
                    (Some(number), _) => V::Num(number),
                    (None, _) => V::Unknown(value.is_turned()),
                },
            }
        }
        "char" | "character" | "unicode" | "scalar" | "unicodescalar" | "fromu32" | "tochar"
        | "fromdigit" => {
            let code = first?.number();
            code.map_or(V::Unknown(first?.is_turned()), |code| V::Char(u32::from(letter(code))))
        }
        "string"
        | "str"
        | "fromutf8"
        | "fromutf8lossy"
        | "fromutf8unchecked"
        | "frombyteswithnul"
        | "frombytesuntilnul"
        | "frombyteswithnulunchecked"
        | "stringwithutf8string"
        | "getstring"
        | "valueof"
        | "copyvalueof"
        | "strval"
        | "fromiter"
        | "nsstring"
        | "stringbuilder"
        | "stringbuffer"
        | "builder"
        | "text"
        | "cstring"
        | "fromvecunchecked"
        | "tostring" => match first {
            None => V::text(""),
            // `String(format: "%c%c", 99, 117)`
            Some(form @ V::Text(text))
                if args.len() > 1 && text.contains('%') && machine.recipe.language == Language::Swift =>
            {
                formatted(form, &V::list(args.get(1..).unwrap_or_default().to_vec()))
            }
            // `String(bytes)`.
            Some(V::List(items)) if small != "text" && items.iter().all(|item| matches!(item, V::Num(_))) => {
                items
                    .iter()
                    .map(|item| item.number().map(letter))
                    .collect::<Option<String>>()
                    .map_or(V::Unknown(false), V::text)
            }
            Some(V::List(items)) => joined(machine, items, ""),
            Some(V::Num(number)) if of.is_empty() && matches!(machine.recipe.language, Language::Go) => {
                V::text(letter(*number).to_string())
            }
            Some(V::Num(number)) if matches!(small, "str" | "strval" | "tostring") || small == "string" => {
                // `String(c, n)`, `new string('*', 6)`
                V::text(number.to_string())
            }
            Some(V::Char(code)) => {
                let times = number(1).unwrap_or(1).clamp(0, 1024) as usize;
                V::text(letter(i64::from(*code)).to_string().repeat(times))
            }
            Some(V::Num(_)) => V::text(""),
            Some(other) => match plain(other) {
                Some(text) => V::text(text),
                None if other.is_turned() => V::Unknown(true),
                None => return None,
            },
        },
        // An address as a number, not as its four parts.
        "from" | "ipaddress" | "ipv4address" | "ipaddr" | "inaddr" | "inetntoa" | "inttoip" | "long2ip"
            if (small != "from" || of == "ipv4addr")
                && number(0).is_some_and(|number| (1 << 24..0xff00_0000).contains(&number)) =>
        {
            let [a, b, c, d] = (number(0)? as u32).to_be_bytes();
            V::text(format!("{a}.{b}.{c}.{d}"))
        }
        "new" if matches!(of.as_str(), "socketaddrv4" | "socketaddr") => match (first?, number(1)) {
            (V::Text(host), Some(port)) => V::text(format!("{host}:{port}")),
            _ => return None,
        },
        "new" if matches!(of.as_str(), "string" | "cstring") => match first {
            None => V::text(""),
            Some(value) => plain(value).map_or(V::Unknown(value.is_turned()), V::text),
        },
        "withcapacity" | "new" | "default" if matches!(of.as_str(), "vec" | "vec<u8>") => V::list(Vec::new()),
        "withcapacity" if of == "string" => V::text(""),
        "bytes" | "bytearray" | "list" | "tuple" | "uint8array" | "from" | "of" | "aslist" | "listof"
        | "arrayof" | "intarrayof" | "bytearrayof" | "longarrayof" | "shortarrayof" | "ubytearrayof"
        | "uintarrayof" | "mutablelistof" | "array" | "buffer" | "arraylist" | "vec" | "chararrayof"
        | "memoryview" | "setof" | "iter" | "stream" | "data" | "arrayslice" | "chararray" | "asptr"
        | "wrap" => match args {
            // What is walked through is not known.
            [] if matches!(small, "iter" | "stream" | "asptr") => return None,
            [] => V::list(Vec::new()),
            [V::Text(text), V::Text(kind)] if kind.eq_ignore_ascii_case("base64") => {
                decode_base64(text).map_or(V::Unknown(false), |bytes| V::text(latin(&bytes)))
            }
            [V::Text(text), V::Text(kind)] if kind.eq_ignore_ascii_case("hex") => {
                decode_hex(text).map_or(V::Unknown(false), |bytes| V::text(latin(&bytes)))
            }
            [V::Text(text), V::Text(_)] if matches!(small, "bytes" | "bytearray" | "from" | "buffer") => {
                V::list(codes(&V::text(&**text))?)
            }
            [V::Text(text)] if matches!(small, "bytes" | "bytearray" | "uint8array") => {
                V::list(codes(&V::text(&**text))?)
            }
            [one @ V::Text(_)]
                if matches!(small, "list" | "tuple" | "from")
                    || small == "array" && machine.recipe.language == Language::Swift =>
            {
                V::list(letters(machine, one))
            }
            [V::Num(count)] if matches!(small, "bytearray" | "uint8array" | "array") => {
                V::list(vec![V::Num(0); (*count).clamp(0, MAX_SIZE as i64) as usize])
            }
            [one @ V::List(_)] => one.clone(),
            [one] if one.is_unknown() => V::Unknown(one.is_turned()),
            many => V::list(many.to_vec()),
        },
        // `ByteBuffer.allocate(n)` is filled from its beginning.
        "allocate" | "allocatedirect" if of.ends_with("buffer") => V::list(Vec::new()),
        "make" | "calloc" | "malloc" => match number(args.len().saturating_sub(1)) {
            Some(count) if !args.is_empty() => {
                V::list(vec![V::Num(0); count.clamp(0, MAX_SIZE as i64) as usize])
            }
            _ => V::list(Vec::new()),
        },
        "append" => {
            let (list, rest) = args.split_first()?;
            let mut all = letters(machine, list);
            for value in rest {
                match value {
                    V::List(more) => all.extend(more.iter().cloned()),
                    V::Text(_) => all.extend(letters(machine, value)),
                    other => all.push(other.clone()),
                }
            }
            all.truncate(MAX_SIZE);
            V::list(all)
        }
        "len" | "strlen" | "count" | "sizeof" | "mbstrlen" => {
            return method(machine, "length", first?, &[]).map(|(value, _)| value);
        }
        // `reverse("admin:index")` of Django makes an address of a name.
        "reverse"
            if of.is_empty()
                && matches!(machine.recipe.language, Language::Python | Language::Php | Language::Ruby) =>
        {
            return None;
        }
        "fields" if of == "strings" || of == "bytes" => {
            V::list(plain(first?)?.split_ascii_whitespace().map(V::text).collect())
        }
        "reversed" | "strrev" | "arrayreverse" | "sorted" | "reverse" => {
            let name = if small == "sorted" { "sort" } else { "reverse" };
            return method(machine, name, first?, &[]).map(|(value, _)| value);
        }
        "range" | "repeat" if small == "range" => match (number(0), number(1), number(2)) {
            (Some(to), None, _) if args.len() == 1 => range(0, to.saturating_sub(1), 1),
            (Some(from), Some(to), _) if machine.recipe.language == Language::Php => range(from, to, 1),
            // `Enumerable.Range(from, count)`
            (Some(from), Some(count), _) if machine.recipe.language == Language::CSharp => {
                range(from, from.saturating_add(count).saturating_sub(1), 1)
            }
            (Some(from), Some(to), Some(step)) if step != 0 => {
                if step > 0 {
                    range(from, to.saturating_sub(1), step)
                } else {
                    range(from, to.saturating_add(1), step)
                }
            }
            (Some(from), Some(to), None) => range(from, to.saturating_sub(1), 1),
            _ => return None,
        },
        "stride" => match (number(0), number(1), number(2)) {
            (Some(from), Some(to), Some(step)) if step > 0 => range(from, to.saturating_sub(1), step),
            _ => return None,
        },
        "zip" => V::list(
            letters(machine, first?)
                .into_iter()
                .zip(letters(machine, args.get(1)?))
                .map(|(a, b)| V::list(vec![a, b]))
                .collect(),
        ),
        "accumulate" if args.len() == 1 => {
            let mut sum = 0i64;
            let mut sums = Vec::new();
            for item in letters(machine, first?) {
                sum = sum.wrapping_add(item.number()?);
                sums.push(V::Num(sum));
            }
            V::list(sums)
        }
        "enumerate" => return method(machine, "enumerate", first?, &[]).map(|(value, _)| value),
        "cycle" => return method(machine, "cycle", first?, &[]).map(|(value, _)| value),
        "join" | "implode" | "concat" => match (of.as_str(), args) {
            (_, [V::List(items), V::Text(between)]) | (_, [V::Text(between), V::List(items)]) => {
                joined_with(items, between)
            }
            ("string" | "strings", [V::Text(between), rest @ ..]) if small == "join" && !rest.is_empty() => {
                joined_with(rest, between)
            }
            (_, [V::List(items)]) => joined(machine, items, ""),
            ("string", rest) if small == "concat" => joined_with(rest, ""),
            _ => return None,
        },
        "split" | "explode" | "strsplit" | "splitn" => match args {
            [V::Text(by), text] if small == "explode" => split(text, &V::text(&**by)),
            [text, V::Num(count)] if small == "strsplit" => {
                return method(machine, "chunked", text, &[V::Num(*count)]).map(|(value, _)| value);
            }
            [text] if small == "strsplit" => V::list(letters(machine, text)),
            [text, by] => split(text, by),
            _ => return None,
        },
        "substr" | "substring" | "mbsubstr" => {
            let from = number(1)?;
            let len = letters(machine, first?).len() as i64;
            let from = if from < 0 { from.saturating_add(len).max(0) } else { from };
            cut(
                machine,
                first?,
                from,
                number(2).map(
                    |count| if count < 0 { len.saturating_add(count) } else { from.saturating_add(count) },
                ),
            )
        }
        "replace" | "sub" if of.ends_with("regex") || of == "re" => {
            let (text, what, with) = match (of.as_str(), args) {
                ("re", [what, with, text, ..]) => (text, what, with),
                (_, [text, what, with, ..]) => (text, what, with),
                _ => return None,
            };
            let (V::Text(text), V::Text(what), V::Text(with)) = (text, what, with) else { return None };
            V::text(super::handed::replaced_by(text, &format!("/{what}/g"), with)?)
        }
        "pregreplace" => match args {
            [V::Text(what), V::Text(with), V::Text(text), ..] => {
                V::text(super::handed::replaced_by(text, &format!("{what}g"), with)?)
            }
            _ => return None,
        },
        "replace" | "strreplace" | "replaceall" => match args {
            [what, with, text] if machine.recipe.language == Language::Php => {
                return method(machine, "replace", text, &[what.clone(), with.clone()])
                    .map(|(value, _)| value);
            }
            [text, what, with, ..] => {
                return method(machine, "replace", text, &[what.clone(), with.clone()])
                    .map(|(value, _)| value);
            }
            _ => return None,
        },
        "strrot13" | "rot13" => {
            method(machine, "tr", first?, &[V::text("A-Za-z"), V::text("N-ZA-Mn-za-m")])?.0
        }
        "strtr" => return method(machine, "tr", first?, args.get(1..)?).map(|(value, _)| value),
        "strrepeat" | "repeat" => binary(machine, "*", first?, args.get(1)?),
        "strtolower" | "tolower" => return method(machine, "lower", first?, &[]).map(|(value, _)| value),
        "strtoupper" | "toupper" => return method(machine, "upper", first?, &[]).map(|(value, _)| value),
        "trim" | "trimspace" => return method(machine, "trim", first?, &[]).map(|(value, _)| value),
        "decode" | "decodestring" if of == "hex" => {
            let text = plain(first?)?;
            decode_hex(&text).map_or(V::Unknown(false), |bytes| {
                V::list(bytes.iter().map(|byte| V::Num(i64::from(*byte))).collect())
            })
        }
        "decodestring" | "decode" if path.to_ascii_lowercase().contains("base32") => {
            V::text(latin(&decode_base32(&plain(first?)?)?))
        }
        "b64decode" | "base64decode" | "atob" | "decodestring" | "frombase64string" | "decode64"
        | "strictdecode64" | "urlsafeb64decode" | "urlsafedecode64" | "standardb64decode" => {
            let text = plain(first?)?;
            decode_base64(&text).map_or(V::Unknown(false), |bytes| V::text(latin(&bytes)))
        }
        "decode"
            if of.contains("base64")
                || of.contains("b64")
                || path.to_ascii_lowercase().contains("base64") =>
        {
            let text = plain(first?)?;
            decode_base64(&text).map_or(V::Unknown(false), |bytes| V::text(latin(&bytes)))
        }
        "decompress" | "inflate" | "gunzip" | "gzinflate" | "gzuncompress" | "gzdecode" | "inflatesync"
        | "gunzipsync" | "unzipsync" | "inflateraw" | "inflaterawsync" | "zlibdecode" => {
            let packed: Option<Vec<u8>> =
                plain(first?)?.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
            inflated(&packed?).map_or(V::Unknown(false), |bytes| V::text(latin(&bytes)))
        }
        "fromhex" | "unhexlify" | "hex2bin" | "fromhexstring" | "a2bhex" | "parsehex" => {
            let text = plain(first?)?;
            decode_hex(&text).map_or(V::Unknown(false), |bytes| {
                V::list(bytes.iter().map(|byte| V::Num(i64::from(*byte))).collect())
            })
        }
        "printf" | "sprintf" | "format" if small != "printf" => {
            let (form, rest) = args.split_first()?;
            return Some(formatted(form, &V::list(rest.to_vec())));
        }
        "accumulate" => {
            let mut so_far = 0i64;
            let mut sums = Vec::new();
            for item in letters(machine, first?) {
                so_far = so_far.wrapping_add(item.number()?);
                sums.push(V::Num(so_far));
            }
            V::list(sums)
        }
        "biginteger" | "setstring" | "bigint" => match (first?, number(1)) {
            (V::Text(text), radix) => {
                let radix = radix.and_then(|radix| u32::try_from(radix).ok()).unwrap_or(10);
                V::text(in_bytes(text, radix)?.into_iter().map(char::from).collect::<String>())
            }
            _ => return None,
        },
        "b32decode" | "base32decode" => V::text(latin(&decode_base32(&plain(first?)?)?)),
        "xor" | "bxor" => binary(machine, "^", first?, args.get(1)?),
        "keys" => return method(machine, "keys", first?, &[]).map(|(value, _)| value),
        "values" => return method(machine, "values", first?, &[]).map(|(value, _)| value),
        "entries" => return method(machine, "entries", first?, &[]).map(|(value, _)| value),
        _ => {
            // A turned text that goes through something that is not known is turned still, unless it is tested.
            return None;
        }
    })
}
