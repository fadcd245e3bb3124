//! What the text and list methods of all languages do with constants, by their names.

use std::io::Read;

use super::natives::*;
use super::run::MAX_SIZE;
use super::run::Machine;
use super::run::V;
use super::run::letter;
use crate::scan::code::constants::decode_base64;
use crate::scan::code::constants::decode_hex;
use crate::scan::code::language::Language;

/// The method `name` of `of`: what it gives, and what `of` is after it where it changes.
pub fn method(machine: &Machine<'_>, name: &str, of: &V, args: &[V]) -> Option<(V, Option<V>)> {
    let small = name.trim_end_matches(['!', '?']).to_ascii_lowercase().replace('_', "");
    let first = args.first();
    let number = |at: usize| args.get(at).and_then(V::number);
    let text = || plain(of);
    let value = match small.as_str() {
        "length" | "len" | "size" | "count" | "size()" => match of {
            V::Text(text) => V::Num(text.chars().count() as i64),
            V::List(items) => V::Num(items.len() as i64),
            V::Map(pairs) => V::Num(pairs.len() as i64),
            _ => return None,
        },
        "indices" | "eachindex" | "lastindex" => match of {
            V::Text(text) => range(0, text.chars().count() as i64 - 1, 1),
            V::List(items) => range(0, items.len() as i64 - 1, 1),
            _ => return None,
        },
        "reverse" | "reversed" | "rev" | "asreversed" | "rbegin" | "crbegin" => {
            let mut all = letters(machine, of);
            all.reverse();
            let now = again(of, all);
            let in_place =
                small == "reverse" && (machine.recipe.language != Language::Ruby || name.ends_with('!'));
            return Some((now.clone(), Some(now).filter(|_| in_place)));
        }
        "tochararray" | "chars" | "characters" | "eachchar" | "graphemes" => V::list(letters(machine, of)),
        "offset" | "first" | "key" | "0" | "component1" if is_pair(of) => element(machine, of, &V::Num(0)),
        "element" | "second" | "value" | "1" | "component2" if is_pair(of) => {
            element(machine, of, &V::Num(1))
        }
        // The bytes of an identifier: the first three groups are numbers, the small end first.
        "tobytearray" if matches!(of, V::Text(text) if super::lost::is_identifier(text)) => {
            let text = plain(of)?;
            let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
            let mut bytes = decode_hex(&digits)?;
            for group in [0..4, 4..6, 6..8] {
                bytes.get_mut(group)?.reverse();
            }
            V::list(bytes.into_iter().map(|byte| V::Num(i64::from(byte))).collect())
        }
        // The bytes of a large number: the small end first.
        "tobytearray"
            if machine.recipe.language == Language::CSharp
                && args.get(1).is_none_or(|big| big.truth() != Some(true)) =>
        {
            let mut all = codes(of)?;
            all.reverse();
            V::list(all)
        }
        "bytes" | "getbytes" | "asbytes" | "tobytes" | "encode" | "utf8" | "codeunits" | "tobytearray"
        | "encodetobytearray" | "unicodescalars" | "codepoints" | "eachbyte" | "intobytes" | "charcodes" => {
            V::list(codes(of)?)
        }
        "iter" | "intoiter" | "itermut" | "cloned" | "copied" | "collect" | "tolist" | "toarray"
        | "tovec" | "toa" | "stream" | "boxed" | "asstr" | "asref" | "astring" | "tomutablelist"
        | "freeze" | "dup" | "clone" | "slice" | "asslice" | "aschararray" | "asiterable" | "cstr"
        | "data" | "begin" | "end" | "unwrap" | "expect" | "asptr" | "ascstr" | "lazy" | "values"
        | "tochararray()" | "asstring" | "lossy" | "tostringlossy" | "intostring" | "intoowned"
        | "orempty" | "tointarray" | "parallel" | "tosym" | "intern" | "tosequence" | "asiterator"
        | "torawstring"
            if args.iter().all(|arg| matches!(arg, V::Func(_) | V::Text(_)) || arg.is_unknown())
                || args.is_empty() =>
        {
            match (of, small.as_str()) {
                (V::Map(pairs), "values") => V::list(pairs.iter().map(|(_, value)| value.clone()).collect()),
                (V::List(items), "collect")
                    if args.iter().any(|arg| matches!(arg, V::Outside(path) if path.contains("join")))
                        || args.iter().any(V::is_unknown) =>
                {
                    joined(machine, items, "")
                }
                _ => of.clone(),
            }
        }
        "tostring" | "string" | "str" | "decode" | "decodetostring" | "tos" | "tostr" | "build"
        | "utf8string" | "concattostring" | "inspect" => match (of, first) {
            (V::Num(number), Some(radix)) if radix.number() == Some(36) => V::text(base36(*number)),
            (V::Num(number), Some(radix)) if radix.number() == Some(16) => V::text(format!("{number:x}")),
            (V::Num(number), _) => V::text(number.to_string()),
            (V::List(items), _) => plain(of).map_or_else(|| joined(machine, items, ","), V::text),
            _ => V::text(text()?),
        },
        "tochar" | "chr" => V::Char(u32::from(letter(of.number()?))),
        "toint" | "toi" | "tointornull" | "tobyte" | "code" | "ord" | "asciivalue" | "touint" | "tolong"
        | "intvalue" | "hex" | "oct" | "value" | "rawvalue" => match (of, number(0), small.as_str()) {
            (V::Text(text), Some(radix), _) => {
                i64::from_str_radix(text.trim(), u32::try_from(radix).ok().filter(|r| (2..=36).contains(r))?)
                    .map_or(V::Unknown(false), V::Num)
            }
            (V::Text(text), None, "hex") => i64::from_str_radix(text.trim().trim_start_matches("0x"), 16)
                .map_or(V::Unknown(false), V::Num),
            (V::Text(text), None, "toint" | "toi" | "tointornull" | "tobyte") => {
                text.trim().parse().map_or(V::Unknown(false), V::Num)
            }
            _ => V::Num(of.number()?),
        },
        "charat" | "at" | "get" | "getorelse" | "elementat" | "fetch" | "dig" | "byteat" | "getbyte" => {
            element(machine, of, first?)
        }
        "charcodeat" | "codepointat" => {
            let index = first.cloned().unwrap_or(V::Num(0));
            V::Num(code_of(&element(machine, of, &index))?)
        }
        // The pieces a tag is given; the parts of a pair.
        "raw" if matches!(of, V::List(_)) => of.clone(),
        "tobebytes" | "tolebytes" | "tonebytes" => V::list(number_bytes(of.number()?, small != "tobebytes")),
        "packed" | "buffer" | "bytesle" if matches!(of, V::List(_)) && args.is_empty() => of.clone(),
        "flatten" => flattened(of),
        "getvalue" => element(machine, of, first?),
        "setuint8" | "setuint16" | "setuint32" | "setbiguint64" if matches!(of, V::List(_)) => {
            let width = small.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(8usize) / 8;
            let little = args.get(2).is_some_and(|little| little.truth() == Some(true));
            let mut now = of.clone();
            for (at, byte) in bytes_in(number(1)?, width, little).into_iter().enumerate() {
                now = with_element(&now, &V::Num(number(0)?.wrapping_add(at as i64)), &byte)?;
            }
            return Some((V::Unknown(false), Some(now)));
        }
        "putlong" | "putint" | "putshort" | "putuint32" | "putuint64"
            if args.len() == 1 && matches!(of, V::List(_)) =>
        {
            let width = if small.contains("long") || small.contains("64") {
                8
            } else if small.contains("short") {
                2
            } else {
                4
            };
            let now =
                bytes_in(number(0)?, width, false).iter().fold(of.clone(), |list, byte| push(&list, byte));
            return Some((now.clone(), Some(now)));
        }
        "filternotnull" | "compact" => {
            V::list(letters(machine, of).into_iter().filter(|item| !item.is_none()).collect())
        }
        "tomap" | "todictionary" | "toh" if args.is_empty() => pairs_of(of)?,
        "firstindex" if matches!(first, Some(V::Text(_) | V::Char(_) | V::Num(_))) => {
            let all = letters(machine, of);
            all.iter().position(|item| Some(item) == first).map_or(V::none(), |at| V::Num(at as i64))
        }
        // `["in", "it"].concat()`
        "concat" if args.is_empty() && matches!(of, V::List(_)) => joined_with(&letters(machine, of), ""),
        "flip" | "rewind" | "array" | "asreadonlybuffer" if matches!(of, V::List(_)) => of.clone(),
        "put" if args.len() == 1 && matches!(of, V::List(_)) => {
            let now = push(of, first?);
            return Some((now.clone(), Some(now)));
        }
        "push" | "append" | "add" | "pushback" | "pushstr" | "writebyte" | "writerune" | "writestring"
        | "writechar" | "write" | "appendcodepoint" | "plusassign" | "extend" | "addall" | "addrange"
        | "concat" | "extendfromslice" | "<<" => {
            let now = match of {
                V::Text(_) => {
                    let mut parts = vec![of.clone()];
                    // `s.append(1, c)`
                    let skip = usize::from(small == "append" && args.len() == 2 && number(0) == Some(1));
                    for arg in args.iter().skip(skip) {
                        parts.push(match arg {
                            V::List(items) => joined(machine, items, ""),
                            V::Num(code)
                                if small.ends_with("codepoint")
                                    || small == "<<"
                                    || small == "push" && machine.recipe.language == Language::Ruby =>
                            {
                                V::Char(u32::from(letter(*code)))
                            }
                            other => other.clone(),
                        });
                    }
                    let codes = small == "concat" || !machine.appends_codes();
                    if codes { joined_with(&parts, "") } else { joined(machine, &parts, "") }
                }
                V::List(items)
                    if matches!(
                        small.as_str(),
                        "extend" | "addall" | "concat" | "addrange" | "extendfromslice"
                    ) =>
                {
                    let mut items = items.to_vec();
                    for arg in args {
                        match arg {
                            V::List(more) => items.extend(more.iter().cloned()),
                            V::Text(_) => items.extend(letters(machine, arg)),
                            other => items.push(other.clone()),
                        }
                    }
                    items.truncate(MAX_SIZE);
                    V::list(items)
                }
                V::List(_) => args.iter().fold(of.clone(), |list, arg| push(&list, arg)),
                _ => return None,
            };
            // In a language of values the old one stays; nobody reads it then.
            return Some((now.clone(), Some(now).filter(|_| small != "concat")));
        }
        "insert" | "unshift" | "prepend" | "pushfront" => {
            let (at, value) = match args {
                [value] => (0, value),
                [at, value] => (at.number()?, value),
                _ => return None,
            };
            let mut all = letters(machine, of);
            let at = usize::try_from(at).ok().filter(|at| *at <= all.len())?;
            match (of, value) {
                (V::Text(_), V::Text(_)) => {
                    letters(machine, value).into_iter().rev().for_each(|item| all.insert(at, item))
                }
                _ => all.insert(at, value.clone()),
            }
            let now = again(of, all);
            return Some((now.clone(), Some(now)));
        }
        "shift" | "popfront" | "removefirst" => {
            let V::List(items) = of else { return None };
            let rest = items.get(1..).unwrap_or_default().to_vec();
            return Some((items.first().cloned().unwrap_or(V::Unknown(false)), Some(V::list(rest))));
        }
        "pop" | "removelast" | "poplast" => {
            let V::List(items) = of else { return None };
            let mut rest = items.to_vec();
            let last = rest.pop();
            return Some((last.unwrap_or(V::Unknown(false)), Some(V::list(rest))));
        }
        "substr" if machine.recipe.language == Language::Cpp || args.len() == 2 => {
            let from = number(0)?;
            cut(machine, of, from, number(1).map(|count| from.saturating_add(count)))
        }
        "substring" if machine.recipe.language == Language::CSharp => {
            let from = number(0)?;
            cut(machine, of, from, number(1).map(|count| from.saturating_add(count)))
        }
        "substring" | "subsequence" | "copyofrange" | "sublist" | "substr" => {
            cut(machine, of, number(0)?, number(1))
        }
        "drop" | "skip" | "dropfirst" | "suffix" if small != "suffix" => {
            cut(machine, of, number(0).unwrap_or(1), None)
        }
        "take" | "first" | "prefix" | "truncate" if number(0).is_some() => cut(machine, of, 0, number(0)),
        "droplast" => {
            let count = letters(machine, of).len() as i64;
            cut(machine, of, 0, Some(count.saturating_sub(number(0).unwrap_or(1))))
        }
        "first" | "next" | "firstornull" => letters(machine, of).first().cloned()?,
        "last" | "lastornull" => match of {
            V::List(_) | V::Text(_) => letters(machine, of).last().cloned()?,
            _ => return None,
        },
        "stepby" | "step" | "eachslice" if small != "eachslice" => {
            let step = usize::try_from(number(0)?).ok().filter(|step| *step > 0)?;
            V::list(letters(machine, of).into_iter().step_by(step).collect())
        }
        "chunked" | "chunks" | "eachslice" | "chunksexact" | "scan" => {
            let count = usize::try_from(number(0)?).ok().filter(|count| *count > 0)?;
            let all = letters(machine, of);
            V::list(all.chunks(count).map(|chunk| again(of, chunk.to_vec())).collect())
        }
        "split" | "splitn" | "splitwhitespace" | "components" | "lines" => match (small.as_str(), first) {
            ("splitwhitespace", _) | ("split", None) => {
                V::list(text()?.split_ascii_whitespace().map(V::text).collect())
            }
            ("lines", _) => V::list(text()?.lines().map(V::text).collect()),
            (_, Some(by)) => split(of, by),
            _ => return None,
        },
        "join" | "joined" | "jointostring" | "joinstring" => match (of, first) {
            // `"".join(list)`
            (V::Text(between), Some(V::List(items))) => joined_with(items, between),
            (V::Text(between), Some(V::Text(text))) => {
                let all: Vec<V> = text.chars().map(|c| V::text(c.to_string())).collect();
                joined_with(&all, between)
            }
            (V::Text(_), Some(other)) => V::Unknown(other.is_turned()),
            (V::List(items), Some(V::Text(between))) => joined_with(items, between),
            (V::List(items), _) => {
                let between =
                    if matches!(machine.recipe.language, Language::JavaScript | Language::TypeScript) {
                        ","
                    } else {
                        ""
                    };
                let func = args.iter().any(|arg| matches!(arg, V::Func(_)));
                if func { return None } else { joined_with(items, between) }
            }
            _ => return None,
        },
        // `"{1}{0}".format("b", "a")`
        "format"
            if matches!(of, V::Text(form) if form.contains('{'))
                && machine.recipe.language == Language::Python =>
        {
            let V::Text(form) = of else { return None };
            let mut numbered = String::new();
            let mut at = 0;
            let mut rest = &**form;
            while let Some((before, after)) = rest.split_once("{}") {
                numbered.push_str(&format!("{before}{{{at}}}"));
                at += 1;
                rest = after;
            }
            numbered.push_str(rest);
            placed(&V::text(numbered), &V::list(args.to_vec()))
        }
        "gsub" if matches!((of, args.get(1)), (V::Text(_), Some(V::Map(_)))) => {
            // `text.gsub(/\d/, '4' => 'y')`: letter by letter.
            let map = args.get(1)?;
            let turn = |letter: V| match element(machine, map, &letter) {
                none if none.is_none() => letter,
                value => value,
            };
            joined_with(&letters(machine, of).into_iter().map(turn).collect::<Vec<V>>(), "")
        }
        "replace" | "replaceall" | "gsub" | "replacingoccurrences" | "sub" | "delete" | "remove" => {
            let (what, with) = (plain(first?)?, args.get(1).and_then(plain).unwrap_or_default());
            let text = text()?;
            let expression = what.starts_with('/') || what.contains(['\\', '[', '(']) && small != "replace";
            if what.starts_with('/') && what.len() > 2 {
                return super::handed::replaced_by(&text, &what, &with).map(|text| (V::text(text), None));
            }
            if what.is_empty() || expression {
                return None;
            }
            let new = text.replace(&what, &with);
            if new.len() > MAX_SIZE { V::Unknown(false) } else { V::text(new) }
        }
        "tr" | "translate" => {
            let (from, to) = (alphabet(&plain(first?)?), alphabet(&plain(args.get(1)?)?));
            let to_last = to.last().copied();
            let turn = |c: char| match from.iter().position(|from| *from == c) {
                Some(at) => to.get(at).copied().or(to_last).unwrap_or(c),
                None => c,
            };
            V::text(text()?.chars().map(turn).collect::<String>())
        }
        "trimmatches" | "trimstartmatches" | "trimendmatches" | "ltrim" | "rtrim" | "rstrip" | "lstrip"
        | "trimend"
            if first.is_some() =>
        {
            let (text, what) = (text()?, plain(first?)?);
            let both = small == "trimmatches";
            let mut text = text.as_str();
            if both || matches!(small.as_str(), "trimstartmatches" | "ltrim" | "lstrip") {
                text = text.trim_start_matches(what.as_str());
            }
            if both || matches!(small.as_str(), "trimendmatches" | "rtrim" | "rstrip" | "trimend") {
                text = text.trim_end_matches(what.as_str());
            }
            V::text(text)
        }
        "trim" | "strip" | "chomp" | "trimend" | "trimstart" | "trimindent" | "trimmingcharacters" => {
            V::text(text()?.trim())
        }
        "tolowercase" | "lower" | "downcase" | "lowercase" | "tolower" | "lowercased"
        | "toasciilowercase" => V::text(text()?.to_lowercase()),
        // `'z'.succ`: the next letter, which in Ruby begins anew behind the last one.
        "succ" if args.is_empty() && matches!(of, V::Char(_) | V::Text(_)) => {
            let text = text()?;
            let mut letters = text.chars();
            let (last, none) = (letters.next()?, letters.next());
            if none.is_some() || !last.is_ascii_alphanumeric() || matches!(last, 'z' | 'Z' | '9') {
                return None;
            }
            V::text(char::from_u32(u32::from(last) + 1)?.to_string())
        }
        "touppercase" | "upper" | "upcase" | "uppercase" | "toupper" | "uppercased" => {
            V::text(text()?.to_uppercase())
        }
        "indexof" | "find" | "index" | "position"
            if matches!(first, Some(V::Text(_) | V::Char(_) | V::Num(_))) =>
        {
            let place = match of {
                V::List(items) => items.iter().position(|item| Some(item) == first),
                _ => {
                    let (text, what) = (text()?, plain(first?)?);
                    text.find(&what).map(|at| text.get(..at).unwrap_or("").chars().count())
                }
            };
            V::Num(place.map_or(-1, |at| at as i64))
        }
        "sort" | "sorted" | "tosorted" => {
            if !args.is_empty() {
                return None;
            }
            let now = match of {
                V::Map(pairs) => {
                    let mut pairs: Vec<(String, V)> = pairs
                        .iter()
                        .map(|(key, value)| Some((shown(key)?, V::list(vec![key.clone(), value.clone()]))))
                        .collect::<Option<_>>()?;
                    pairs.sort_by(|a, b| a.0.cmp(&b.0));
                    V::list(pairs.into_iter().map(|(_, pair)| pair).collect())
                }
                _ => {
                    let all = letters(machine, of);
                    let numbers: Option<Vec<i64>> = all.iter().map(V::number).collect();
                    match numbers.filter(|_| !all.iter().any(|item| matches!(item, V::Text(_)))) {
                        Some(numbers) => {
                            let mut pairs: Vec<(i64, V)> = numbers.into_iter().zip(all).collect();
                            pairs.sort_by_key(|(number, _)| *number);
                            V::list(pairs.into_iter().map(|(_, item)| item).collect())
                        }
                        None => {
                            let mut pairs: Vec<(String, V)> = all
                                .into_iter()
                                .map(|item| Some((shown(&item)?, item)))
                                .collect::<Option<_>>()?;
                            pairs.sort_by(|a, b| a.0.cmp(&b.0));
                            V::list(pairs.into_iter().map(|(_, item)| item).collect())
                        }
                    }
                }
            };
            let in_place =
                small == "sort" && (machine.recipe.language != Language::Ruby || name.ends_with('!'));
            return Some((now.clone(), Some(now).filter(|_| in_place)));
        }
        "withindex" | "enumerated" | "enumerate" | "eachwithindex" | "entries" | "items" => match of {
            V::Map(pairs) => {
                V::list(pairs.iter().map(|(key, value)| V::list(vec![key.clone(), value.clone()])).collect())
            }
            _ => {
                let after = small == "eachwithindex";
                let pair = |(at, item): (usize, V)| {
                    let at = V::Num(at as i64);
                    V::list(if after { vec![item, at] } else { vec![at, item] })
                };
                V::list(letters(machine, of).into_iter().enumerate().map(pair).collect())
            }
        },
        "keys" => match of {
            V::Map(pairs) => V::list(pairs.iter().map(|(key, _)| key.clone()).collect()),
            _ => return None,
        },
        "zip" => {
            let other = letters(machine, first?);
            V::list(letters(machine, of).into_iter().zip(other).map(|(a, b)| V::list(vec![a, b])).collect())
        }
        "cycle" => {
            let all = letters(machine, of);
            if all.is_empty() {
                return None;
            } else {
                V::list(all.iter().cloned().cycle().take(1024).collect())
            }
        }
        // `[number].pack("N")`
        "pack" if first.and_then(plain).is_some_and(|kind| kind.starts_with(['N', 'V', 'n', 'v'])) => {
            packed(&plain(first?)?, &letters(machine, of))?
        }
        "pack" => joined_with(
            &codes(of)?
                .iter()
                .map(|code| code.number().map_or(V::Unknown(false), |code| V::text(letter(code).to_string())))
                .collect::<Vec<V>>(),
            "",
        ),
        "unpack" | "unpack1" => match (plain(first?)?.as_str(), text()?) {
            (kind, text) if kind.starts_with('m') => V::text(latin(&decode_base64(&text)?)),
            (kind, text) if kind.starts_with('H') => V::text(latin(&decode_hex(&text)?)),
            (kind, _) if kind.starts_with(['C', 'c', 'U']) => V::list(codes(of)?),
            _ => return None,
        },
        "valuesat" => {
            let picked: Vec<V> = args.iter().map(|at| element(machine, of, at)).collect();
            V::list(picked)
        }
        "read" if machine.recipe.language == Language::Ruby => V::text(text()?),
        "eachline" => V::list(text()?.lines().map(V::text).collect()),
        "xor" => binary(machine, "^", of, first?),
        "and" => binary(machine, "&", of, first?),
        "or" => binary(machine, "|", of, first?),
        "shr" | "ushr" => binary(machine, ">>", of, first?),
        "shl" => binary(machine, "<<", of, first?),
        "inv" => V::Num(!of.number()?),
        "rotateleft" | "rotateright" => {
            let by = u32::try_from(number(0)?).ok()? % 8;
            let byte = (of.number()? & 0xff) as u8;
            V::Num(i64::from(if small == "rotateleft" {
                byte.rotate_left(by)
            } else {
                byte.rotate_right(by)
            }))
        }
        "wrappingadd" | "plus" => binary(machine, "+", of, first?),
        "wrappingsub" | "minus" => binary(machine, "-", of, first?),
        "wrappingmul" => binary(machine, "*", of, first?),
        "rem" | "mod" => binary(machine, "%", of, first?),
        "repeat" => binary(machine, "*", of, first?),
        "isempty" | "empty" => V::Num(i64::from(!of.truth()?)),
        "contains" | "includes" | "startswith" | "endswith" => V::Unknown(false),
        _ => return None,
    };
    Some((value, None))
}

/// The code of one character.
pub(super) fn code_of(letter: &V) -> Option<i64> {
    match letter {
        V::Text(text) => text.chars().next().map(|c| i64::from(u32::from(c))),
        other => other.number(),
    }
}

fn is_pair(of: &V) -> bool {
    matches!(of, V::List(items) if items.len() == 2)
}

/// Pairs as a map.
pub(super) fn pairs_of(of: &V) -> Option<V> {
    let V::List(items) = of else { return None };
    let pair = |item: &V| match item {
        V::List(parts) if parts.len() == 2 => Some((parts.first()?.clone(), parts.get(1)?.clone())),
        _ => None,
    };
    Some(V::map(items.iter().map(pair).collect::<Option<_>>()?))
}

/// The bytes of a number: of eight where it does not fit into four.
fn number_bytes(number: i64, little: bool) -> Vec<V> {
    bytes_in(number, if u32::try_from(number).is_ok() { 4 } else { 8 }, little)
}

/// The lowest bytes of a number, as many as `width` says, at most eight.
pub(super) fn bytes_in(number: i64, width: usize, little: bool) -> Vec<V> {
    let all = number.to_be_bytes();
    let mut all = all.get(all.len().saturating_sub(width)..).unwrap_or_default().to_vec();
    if little {
        all.reverse();
    }
    all.into_iter().map(|byte| V::Num(i64::from(byte))).collect()
}

/// What `struct.pack` makes of numbers.
pub(super) fn struct_packed(form: &str, values: &[V]) -> Option<V> {
    let little = !form.starts_with(['>', '!']);
    let mut out = Vec::new();
    let mut values = values.iter();
    let mut times = 0usize;
    for kind in form.trim_start_matches(['>', '<', '!', '=', '@']).chars() {
        if let Some(digit) = kind.to_digit(10) {
            times = times.saturating_mul(10).saturating_add(digit as usize).min(MAX_SIZE);
            continue;
        }
        let width = match kind {
            'b' | 'B' | 'c' => 1,
            'h' | 'H' => 2,
            'i' | 'I' | 'l' | 'L' => 4,
            'q' | 'Q' => 8,
            _ => return None,
        };
        for _ in 0..times.max(1) {
            out.extend(bytes_in(values.next()?.number()?, width, little));
        }
        times = 0;
    }
    Some(V::list(out))
}

/// The elements of lists in a list.
fn flattened(of: &V) -> V {
    let V::List(items) = of else { return of.kept() };
    let mut out = Vec::new();
    for item in items.iter() {
        match item {
            V::List(inner) => out.extend(inner.iter().cloned()),
            other => out.push(other.clone()),
        }
    }
    V::list(out)
}

/// The bytes of `numbers` in the order `kind` says: `N` and `V` of four, `n` and `v` of two, the small end first with
/// `V` and `v`.
pub(super) fn packed(kind: &str, numbers: &[V]) -> Option<V> {
    let mut out = Vec::new();
    for number in numbers.iter().take(MAX_SIZE / 4) {
        let number = number.number()? as u32;
        match kind.chars().next()? {
            'N' => out.extend(number.to_be_bytes()),
            'V' => out.extend(number.to_le_bytes()),
            'n' => out.extend((number as u16).to_be_bytes()),
            'v' => out.extend((number as u16).to_le_bytes()),
            _ => return None,
        }
    }
    Some(V::text(out.into_iter().map(char::from).collect::<String>()))
}

pub(super) fn cut(machine: &Machine<'_>, of: &V, from: i64, to: Option<i64>) -> V {
    slice(machine, of, &[Some(V::Num(from)), to.map(V::Num), None])
}

pub(super) fn latin(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| *byte as char).collect(),
    }
}

/// What is packed in `bytes`: gzip, zlib or bare deflate.
pub(super) fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let most = MAX_SIZE as u64;
    let read = |from: &mut dyn Read| {
        let mut out = Vec::new();
        let whole = from.take(most).read_to_end(&mut out).is_ok();
        Some(out).filter(|out| whole && !out.is_empty())
    };
    read(&mut flate2::read::GzDecoder::new(bytes))
        .or_else(|| read(&mut flate2::read::ZlibDecoder::new(bytes)))
        .or_else(|| read(&mut flate2::read::DeflateDecoder::new(bytes)))
}

pub(super) fn base36(number: i64) -> String {
    let mut number = number.unsigned_abs();
    let mut out = Vec::new();
    loop {
        out.push(char::from_digit((number % 36) as u32, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return out.iter().rev().collect();
        }
    }
}

/// `n-za-m` letter by letter.
pub(super) fn alphabet(text: &str) -> Vec<char> {
    let all: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = all.get(at) {
        match (all.get(at + 1), all.get(at + 2)) {
            (Some('-'), Some(end)) if end >= c => {
                out.extend(*c..=*end);
                at += 3;
            }
            _ => {
                out.push(*c);
                at += 1;
            }
        }
        if out.len() > MAX_SIZE {
            break;
        }
    }
    out
}
