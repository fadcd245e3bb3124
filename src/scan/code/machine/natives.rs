//! What the operators and the text and list functions of all languages do with constants, by their last names.

use std::io::Read;

use super::run::MAX_SIZE;
use super::run::Machine;
use super::run::V;
use super::run::letter;
use crate::scan::code::constants::decode_base64;
use crate::scan::code::language::Language;

/// The text a value is: a text, a character, bytes, a list of characters.
pub fn plain(value: &V) -> Option<String> {
    match value {
        V::Text(text) => Some(text.to_string()),
        V::Char(code) => char::from_u32(*code).map(String::from),
        V::List(items) if !items.is_empty() => items
            .iter()
            .map(|item| match item {
                V::Num(number) if (0..=255).contains(number) => Some(letter(*number)),
                V::Num(number) if (-128..0).contains(number) => Some(letter(*number & 0xff)),
                V::Char(code) => char::from_u32(*code),
                V::Text(text) => {
                    let mut letters = text.chars();
                    letters.next().filter(|_| letters.next().is_none())
                }
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// The text a value is when it is put into another one.
fn shown(value: &V) -> Option<String> {
    match value {
        V::Num(number) => Some(number.to_string()),
        other => plain(other),
    }
}

/// `parts` with `between` them.
pub fn joined(machine: &Machine<'_>, parts: &[V], between: &str) -> V {
    let codes = machine.appends_codes() && between.is_empty();
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push_str(between);
        }
        match part {
            V::Num(number) if codes && (0..0x11_0000).contains(number) => out.push(letter(*number)),
            part => match shown(part) {
                Some(text) => out.push_str(&text),
                None if matches!(part, V::List(items) if items.is_empty()) => {}
                None => return V::Unknown(parts.iter().any(V::is_turned)),
            },
        }
        if out.len() > MAX_SIZE {
            return V::Unknown(false);
        }
    }
    V::text(out)
}

/// The elements a loop meets; with their keys, or places, where `keyed`.
pub fn elements(machine: &Machine<'_>, of: &V, keyed: bool) -> Vec<V> {
    let with = |key: V, item: V| if keyed { V::list(vec![key, item]) } else { item };
    match of {
        V::List(items) => {
            let pairs = items.iter().all(|item| matches!(item, V::List(parts) if parts.len() == 2));
            let swapped = matches!(machine.recipe.language, Language::Go | Language::Php);
            items
                .iter()
                .enumerate()
                .map(|(at, item)| {
                    if keyed && (swapped || !pairs) {
                        with(V::Num(at as i64), item.clone())
                    } else {
                        item.clone()
                    }
                })
                .collect()
        }
        V::Text(_) => letters(machine, of)
            .into_iter()
            .enumerate()
            .map(|(at, item)| with(V::Num(at as i64), item))
            .collect(),
        V::Map(pairs) => pairs
            .iter()
            .map(|(key, value)| if keyed { V::list(vec![key.clone(), value.clone()]) } else { key.clone() })
            .collect(),
        V::Num(number) if machine.recipe.language == Language::Go => {
            (0..(*number).clamp(0, 4096)).map(V::Num).collect()
        }
        other => vec![V::Unknown(other.is_turned())],
    }
}

/// The characters of a text.
fn letters(machine: &Machine<'_>, of: &V) -> Vec<V> {
    match of {
        V::Text(text) if machine.has_chars() => text.chars().map(|c| V::Char(u32::from(c))).collect(),
        V::Text(text) => text.chars().map(|c| V::text(c.to_string())).collect(),
        V::List(items) => items.to_vec(),
        _ => Vec::new(),
    }
}

fn codes(of: &V) -> Option<Vec<V>> {
    match of {
        V::Text(text) => Some(text.chars().map(|c| V::Num(i64::from(u32::from(c)))).collect()),
        V::List(items) => Some(
            items.iter().map(|item| item.number().map_or(V::Unknown(item.is_turned()), V::Num)).collect(),
        ),
        V::Char(code) => Some(vec![V::Num(i64::from(*code))]),
        _ => None,
    }
}

/// `of[index]`.
pub fn element(machine: &Machine<'_>, of: &V, index: &V) -> V {
    match of {
        V::Map(pairs) => pairs
            .iter()
            .rev()
            .find(|(key, _)| {
                key == index || shown(key).is_some_and(|key| shown(index).as_deref() == Some(&*key))
            })
            .map_or(V::Unknown(false), |(_, value)| value.clone()),
        V::List(items) => {
            at(items.len(), index).and_then(|at| items.get(at).cloned()).unwrap_or(V::Unknown(false))
        }
        V::Text(text) => {
            let all: Vec<char> = text.chars().collect();
            match at(all.len(), index).and_then(|at| all.get(at)) {
                Some(c) if machine.has_chars() => V::Char(u32::from(*c)),
                Some(c) => V::text(c.to_string()),
                None => V::Unknown(false),
            }
        }
        other => V::Unknown(other.is_turned()),
    }
}

fn at(len: usize, index: &V) -> Option<usize> {
    let index = index.number()?;
    if index < 0 {
        len.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
    } else {
        usize::try_from(index).ok()
    }
}

/// `of` with `value` at `index`.
pub fn with_element(of: &V, index: &V, value: &V) -> Option<V> {
    match of {
        V::List(items) => {
            let at = at(items.len(), index)?;
            let mut items = items.to_vec();
            if at >= MAX_SIZE {
                return None;
            }
            if at >= items.len() {
                items.resize(at + 1, V::Num(0));
            }
            *items.get_mut(at)? = value.clone();
            Some(V::list(items))
        }
        V::Text(_) => with_element(&V::list(codes(of)?), index, value),
        V::Map(pairs) => {
            let mut pairs = pairs.to_vec();
            match pairs.iter_mut().find(|(key, _)| key == index) {
                Some((_, known)) => *known = value.clone(),
                None => pairs.push((index.clone(), value.clone())),
            }
            (pairs.len() <= MAX_SIZE).then(|| V::map(pairs))
        }
        _ => None,
    }
}

/// `of[from:to:step]`.
pub fn slice(machine: &Machine<'_>, of: &V, bounds: &[Option<V>; 3]) -> V {
    let all = match of {
        V::Text(_) | V::List(_) => letters(machine, of),
        other => return V::Unknown(other.is_turned()),
    };
    let len = all.len() as i64;
    let [from, to, step] = bounds;
    if [from, to, step].into_iter().flatten().any(|bound| bound.number().is_none()) {
        return V::Unknown(false);
    }
    let number = |bound: &Option<V>| bound.as_ref().and_then(V::number);
    let step = number(step).unwrap_or(1);
    let place = |bound: i64| {
        if bound < 0 { bound.saturating_add(len).max(if step < 0 { -1 } else { 0 }) } else { bound.min(len) }
    };
    if step == 0 {
        return V::Unknown(false);
    }
    let mut out = Vec::new();
    let mut index = number(from).map(place).unwrap_or(if step < 0 { len - 1 } else { 0 });
    let end = number(to).map(place).unwrap_or(if step < 0 { -1 } else { len });
    if step < 0 {
        index = index.min(len - 1);
    }
    while (step > 0 && index < end) || (step < 0 && index > end) {
        if let Some(item) = usize::try_from(index).ok().and_then(|index| all.get(index)) {
            out.push(item.clone());
        }
        index = index.saturating_add(step);
    }
    again(of, out)
}

/// Letters as what they were part of.
fn again(of: &V, items: Vec<V>) -> V {
    let list = V::list(items);
    match of {
        V::Text(_) => plain(&list).map_or_else(|| V::text(""), V::text),
        _ => list,
    }
}

/// `sign of`.
pub fn unary(machine: &Machine<'_>, sign: &str, of: &V) -> V {
    match (sign, of.number()) {
        ("-", Some(number)) => V::Num(number.wrapping_neg()),
        ("~" | "-bnot", Some(number)) => V::Num(!number),
        ("!" | "not" | "-not", _) => of.truth().map_or(V::Unknown(false), |truth| V::Num(i64::from(!truth))),
        ("-join", _) => match of {
            V::List(items) => joined(machine, items, ""),
            _ => of.clone(),
        },
        _ => V::Unknown(of.is_turned()),
    }
}

/// `old sign= value`.
pub fn appended(machine: &Machine<'_>, sign: &str, old: &V, value: &V) -> V {
    match (sign, old, value) {
        ("+", V::List(_), V::Text(_)) if plain(old).is_none() => push(old, value),
        ("+", V::Text(_), V::Num(_)) if machine.appends_codes() => {
            joined(machine, &[old.clone(), value.clone()], "")
        }
        ("<<", V::Text(_) | V::List(_), _) => method(machine, "push", old, std::slice::from_ref(value))
            .and_then(|(_, now)| now)
            .unwrap_or(V::Unknown(false)),
        _ => binary(machine, sign, old, value),
    }
}

/// `left sign right`.
pub fn binary(machine: &Machine<'_>, sign: &str, left: &V, right: &V) -> V {
    let language = machine.recipe.language;
    if sign == "^"
        && language == Language::Php
        && let (V::Text(a), V::Text(b)) = (left, right)
    {
        let both = a.chars().zip(b.chars());
        return V::text(
            both.map(|(a, b)| letter(i64::from(u32::from(a) ^ u32::from(b)))).collect::<String>(),
        );
    }
    let texts = matches!(left, V::Text(_)) || matches!(right, V::Text(_));
    let lists = matches!((left, right), (V::List(_), V::List(_)));
    match sign {
        "+" if lists => {
            let (V::List(a), V::List(b)) = (left, right) else { return V::Unknown(false) };
            let all: Vec<V> = a.iter().chain(b.iter()).take(MAX_SIZE).cloned().collect();
            return V::list(all);
        }
        "+" if texts => {
            let parts = [left.clone(), right.clone()];
            return match parts.iter().map(shown).collect::<Option<Vec<String>>>() {
                Some(texts) if texts.iter().map(String::len).sum::<usize>() <= MAX_SIZE => {
                    V::text(texts.concat())
                }
                Some(_) => V::Unknown(false),
                None if left.is_turned() || right.is_turned() => V::Unknown(true),
                // What is not known stands as in every text of the evaluation.
                None => {
                    let known = |value: &V| shown(value).unwrap_or_else(|| "{}".to_owned());
                    let text = known(left) + &known(right);
                    if text.len() > MAX_SIZE { V::Unknown(false) } else { V::text(text) }
                }
            };
        }
        "-join" => {
            let V::List(items) = left else { return left.clone() };
            return joined_with(items, &shown(right).unwrap_or_default());
        }
        "-split" => return split(left, right),
        "-replace" => return V::Unknown(left.is_turned()),
        "*" if matches!(left, V::Text(_) | V::List(_)) && right.number().is_some() => {
            let times = right.number().and_then(|times| usize::try_from(times).ok()).unwrap_or(0);
            return match left {
                V::Text(text) if text.len().saturating_mul(times) <= MAX_SIZE => V::text(text.repeat(times)),
                V::List(items) if items.len().saturating_mul(times) <= MAX_SIZE => {
                    V::list(items.iter().cloned().cycle().take(items.len() * times).collect())
                }
                _ => V::Unknown(false),
            };
        }
        "%" if matches!(left, V::Text(text) if text.contains('%')) => return formatted(left, right),
        "<<" if matches!(left, V::List(_)) || matches!(left, V::Text(_)) && language == Language::Ruby => {
            return method(machine, "push", left, std::slice::from_ref(right))
                .and_then(|(_, now)| now)
                .unwrap_or(V::Unknown(false));
        }
        "==" | "===" | "-eq" | "is" => return same(left, right, true),
        "!=" | "!==" | "-ne" | "<>" => return same(left, right, false),
        "??" | "?:" | "||" | "or" | "-or" | "&&" | "and" | "-and" => {
            return if matches!(sign, "??" | "?:") && left.is_unknown() {
                right.clone()
            } else {
                match (sign, left.truth(), right.truth()) {
                    ("&&" | "and" | "-and", Some(true), _) | ("||" | "or" | "-or" | "?:", Some(false), _) => {
                        right.clone()
                    }
                    _ => V::Unknown(false),
                }
            };
        }
        "in" => return V::Unknown(false),
        _ => {}
    }
    let (Some(a), Some(b)) = (left.number(), right.number()) else {
        let turns = matches!(sign, "^" | "xor" | "-bxor");
        let one =
            left.number().is_some() || right.number().is_some() || !left.is_turned() && !right.is_turned();
        return V::Unknown(turns && one || left.is_turned() || right.is_turned());
    };
    let truth = |holds: bool| V::Num(i64::from(holds));
    match sign {
        "+" if language == Language::Kotlin && matches!(left, V::Char(_)) => {
            V::Char(a.saturating_add(b).clamp(0, 0x10_ffff) as u32)
        }
        "-" if language == Language::Kotlin && matches!(left, V::Char(_)) && !matches!(right, V::Char(_)) => {
            V::Char(a.saturating_sub(b).clamp(0, 0x10_ffff) as u32)
        }
        "+" => V::Num(a.wrapping_add(b)),
        "-" => V::Num(a.wrapping_sub(b)),
        "*" => V::Num(a.wrapping_mul(b)),
        "/" | "//" => a.checked_div(b).map_or(V::Unknown(false), V::Num),
        "%" if matches!(language, Language::Python | Language::Ruby) => {
            a.checked_rem_euclid(b).map_or(V::Unknown(false), V::Num)
        }
        "%" => a.checked_rem(b).map_or(V::Unknown(false), V::Num),
        "^" | "xor" | "-bxor" => V::Num(a ^ b),
        "~" if language == Language::Swift => V::Num(a ^ b),
        "&" | "-band" | "and" => V::Num(a & b),
        "&^" => V::Num(a & !b),
        "|" | "-bor" | "or" => V::Num(a | b),
        "<<" | "shl" | "-shl" => {
            u32::try_from(b).ok().and_then(|b| a.checked_shl(b)).map_or(V::Unknown(false), V::Num)
        }
        ">>" | "shr" | "-shr" => {
            u32::try_from(b).ok().and_then(|b| a.checked_shr(b)).map_or(V::Unknown(false), V::Num)
        }
        ">>>" | "ushr" => {
            let a = if a < 0 { a & 0xffff_ffff } else { a };
            u32::try_from(b).ok().and_then(|b| a.checked_shr(b)).map_or(V::Unknown(false), V::Num)
        }
        "**" => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)).map_or(V::Unknown(false), V::Num),
        "<" | "-lt" => truth(a < b),
        "<=" | "-le" => truth(a <= b),
        ">" | "-gt" => truth(a > b),
        ">=" | "-ge" => truth(a >= b),
        "..<" | "until" => range(a, b.saturating_sub(1), 1),
        "..=" => range(a, b, 1),
        ".." if language == Language::Rust => range(a, b.saturating_sub(1), 1),
        ".." | "..." if language == Language::PowerShell && b < a => range(a, b, -1),
        "..." if language == Language::Ruby => range(a, b.saturating_sub(1), 1),
        ".." | "..." => range(a, b, 1),
        "downTo" => range(a, b, -1),
        _ => V::Unknown(false),
    }
}

fn same(left: &V, right: &V, wanted: bool) -> V {
    if left.is_unknown() || right.is_unknown() {
        return V::Unknown(false);
    }
    let equal = left == right || shown(left).is_some_and(|left| shown(right).as_deref() == Some(&*left));
    V::Num(i64::from(equal == wanted))
}

fn range(from: i64, to: i64, step: i64) -> V {
    let far = if step > 0 { to.saturating_sub(from) } else { from.saturating_sub(to) };
    if far < 0 || step == 0 {
        return V::list(Vec::new());
    }
    let count = far.unsigned_abs() / step.unsigned_abs() + 1;
    let count = count.min(MAX_SIZE as u64) as i64;
    V::list((0..count).map(|at| V::Num(from.wrapping_add(at.wrapping_mul(step)))).collect())
}

fn joined_with(items: &[V], between: &str) -> V {
    let texts: Option<Vec<String>> = items.iter().map(shown).collect();
    match texts {
        Some(texts) => V::text(texts.join(between).chars().take(MAX_SIZE).collect::<String>()),
        None => V::Unknown(items.iter().any(V::is_turned)),
    }
}

fn formatted(left: &V, right: &V) -> V {
    let values = match right {
        V::List(items) => items.to_vec(),
        other => vec![other.clone()],
    };
    let Some(text) = shown(left) else { return V::Unknown(false) };
    let mut out = String::new();
    let mut values = values.iter();
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match (c, letters.peek()) {
            ('%', Some('s' | 'd' | 'c')) => {
                let kind = letters.next();
                let value = values.next();
                let text = match (kind, value) {
                    (Some('c'), Some(value)) => value.number().map(|number| letter(number).to_string()),
                    (_, Some(value)) => shown(value),
                    _ => None,
                };
                match text {
                    Some(text) => out.push_str(&text),
                    None => return V::Unknown(false),
                }
            }
            ('%', Some('%')) => {
                letters.next();
                out.push('%');
            }
            ('%', _) => return V::Unknown(false),
            _ => out.push(c),
        }
    }
    V::text(out)
}

fn split(of: &V, by: &V) -> V {
    let (Some(text), Some(by)) = (shown(of), shown(by)) else { return V::Unknown(of.is_turned()) };
    let parts: Vec<V> = match by.as_str() {
        "" => text.chars().map(|c| V::text(c.to_string())).collect(),
        by => text.split(by).take(MAX_SIZE).map(V::text).collect(),
    };
    V::list(parts)
}

/// `of` as the type `ty`.
pub fn cast(machine: &Machine<'_>, ty: &str, of: &V) -> V {
    let ty = ty.to_ascii_lowercase();
    let ty = ty.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != ']' && c != '[');
    if ty.contains("char[") || ty.contains("byte[") || ty.contains("string") || ty.contains('*') {
        return match of {
            V::List(items) if ty.contains("string") => joined(machine, items, ""),
            other => other.clone(),
        };
    }
    let Some(number) = of.number() else { return of.clone() };
    match ty {
        "char" | "rune" | "character" | "wchar_t" | "char16"
            if matches!(machine.recipe.language, Language::C | Language::Cpp) =>
        {
            V::Num(number & 0xff)
        }
        "char" | "rune" | "character" => V::Char(u32::from(letter(number))),
        "byte" | "u8" | "uint8" | "uint8_t" | "unsigned char" | "sbyte" => V::Num(number & 0xff),
        "u16" | "ushort" | "uint16" | "uint16_t" => V::Num(number & 0xffff),
        "u32" | "uint" | "uint32" | "uint32_t" => V::Num(number & 0xffff_ffff),
        _ if matches!(of, V::List(_)) => of.clone(),
        _ => V::Num(number),
    }
}

fn push(of: &V, value: &V) -> V {
    match of {
        V::List(items) if items.len() < MAX_SIZE => {
            let mut items = items.to_vec();
            items.push(value.clone());
            V::list(items)
        }
        _ => V::Unknown(of.is_turned() || value.is_turned()),
    }
}

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
        "reverse" | "reversed" | "rev" | "asreversed" => {
            let mut all = letters(machine, of);
            all.reverse();
            let now = again(of, all);
            let in_place =
                small == "reverse" && (machine.recipe.language != Language::Ruby || name.ends_with('!'));
            return Some((now.clone(), Some(now).filter(|_| in_place)));
        }
        "tochararray" | "chars" | "characters" | "eachchar" | "graphemes" => V::list(letters(machine, of)),
        "bytes" | "getbytes" | "asbytes" | "tobytes" | "encode" | "utf8" | "codeunits" | "tobytearray"
        | "encodetobytearray" | "unicodescalars" | "codepoints" | "eachbyte" | "intobytes" | "charcodes" => {
            V::list(codes(of)?)
        }
        "iter" | "intoiter" | "itermut" | "cloned" | "copied" | "collect" | "tolist" | "toarray"
        | "tovec" | "toa" | "stream" | "boxed" | "asstr" | "asref" | "astring" | "tomutablelist"
        | "freeze" | "dup" | "clone" | "slice" | "asslice" | "aschararray" | "asiterable" | "cstr"
        | "data" | "begin" | "end" | "unwrap" | "expect" | "asptr" | "ascstr" | "lazy" | "values"
        | "tochararray()" | "asstring" | "lossy" | "tostringlossy" | "intostring" | "orempty"
        | "tointarray" | "parallel"
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
            V::Num(element(machine, of, &index).number()?)
        }
        "push" | "append" | "add" | "pushback" | "pushstr" | "writebyte" | "writerune" | "writestring"
        | "writechar" | "write" | "appendcodepoint" | "plusassign" | "extend" | "addall" | "addrange"
        | "concat" | "<<" => {
            let now = match of {
                V::Text(_) => {
                    let mut parts = vec![of.clone()];
                    // `s.append(1, c)`
                    let skip = usize::from(small == "append" && args.len() == 2 && number(0) == Some(1));
                    for arg in args.iter().skip(skip) {
                        parts.push(match arg {
                            V::List(items) => joined(machine, items, ""),
                            V::Num(code) if small.ends_with("codepoint") => V::Char(u32::from(letter(*code))),
                            other => other.clone(),
                        });
                    }
                    let codes = small == "concat" || !machine.appends_codes();
                    if codes { joined_with(&parts, "") } else { joined(machine, &parts, "") }
                }
                V::List(items) if matches!(small.as_str(), "extend" | "addall" | "concat" | "addrange") => {
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
        "replace" | "replaceall" | "gsub" | "replacingoccurrences" | "sub" | "delete" | "remove" => {
            let (what, with) = (plain(first?)?, args.get(1).and_then(plain).unwrap_or_default());
            let text = text()?;
            let expression = what.starts_with('/') || what.contains(['\\', '[', '(']) && small != "replace";
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
        "trimmatches" | "trimstartmatches" | "trimendmatches" | "ltrim" | "rtrim" if first.is_some() => {
            let (text, what) = (text()?, plain(first?)?);
            let both = small == "trimmatches";
            let mut text = text.as_str();
            if both || small == "trimstartmatches" || small == "ltrim" {
                text = text.trim_start_matches(what.as_str());
            }
            if both || small == "trimendmatches" || small == "rtrim" {
                text = text.trim_end_matches(what.as_str());
            }
            V::text(text)
        }
        "trim" | "strip" | "chomp" | "trimend" | "trimstart" | "trimindent" | "trimmingcharacters" => {
            V::text(text()?.trim())
        }
        "tolowercase" | "lower" | "downcase" | "lowercase" | "tolower" | "lowercased"
        | "toasciilowercase" => V::text(text()?.to_lowercase()),
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
        "pack" => joined_with(
            &codes(of)?
                .iter()
                .map(|code| code.number().map_or(V::Unknown(false), |code| V::text(letter(code).to_string())))
                .collect::<Vec<V>>(),
            "",
        ),
        "unpack" | "unpack1" => match (plain(first?)?.as_str(), text()?) {
            (kind, text) if kind.starts_with('m') => V::text(latin(&decode_base64(&text)?)),
            (kind, text) if kind.starts_with('H') => V::text(latin(&hex(&text)?)),
            (kind, _) if kind.starts_with(['C', 'c', 'U']) => V::list(codes(of)?),
            _ => return None,
        },
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

fn cut(machine: &Machine<'_>, of: &V, from: i64, to: Option<i64>) -> V {
    slice(machine, of, &[Some(V::Num(from)), to.map(V::Num), None])
}

fn latin(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| *byte as char).collect(),
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.trim().chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let pair = |pair: &[u8]| Some(pair.first()? * 16 + pair.get(1)?);
    digits.len().is_multiple_of(2).then(|| digits.chunks_exact(2).filter_map(pair).collect())
}

/// What is packed in `bytes`: gzip, zlib or bare deflate.
fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
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

fn base36(number: i64) -> String {
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
fn alphabet(text: &str) -> Vec<char> {
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

/// A function from outside the file, by the path it is called through and its name.
pub fn outside(machine: &Machine<'_>, path: &str, name: &str, args: &[V]) -> Option<V> {
    let small = name.trim_end_matches(['!', '?']).to_ascii_lowercase().replace('_', "");
    let small = small.rsplit(['.', ':', '\\']).next().unwrap_or(&small);
    let of = path.rsplit(['.', ':', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    let first = args.first();
    let number = |at: usize| args.get(at).and_then(V::number);
    Some(match small {
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
        "ord" | "charcode" | "mbord" => V::Num(first?.number()?),
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
        | "stringwithutf8string"
        | "getstring"
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
        "new" if matches!(of.as_str(), "string" | "cstring") => match first {
            None => V::text(""),
            Some(value) => plain(value).map_or(V::Unknown(value.is_turned()), V::text),
        },
        "withcapacity" | "new" | "default" if matches!(of.as_str(), "vec" | "vec<u8>") => V::list(Vec::new()),
        "withcapacity" if of == "string" => V::text(""),
        "bytes" | "bytearray" | "list" | "tuple" | "uint8array" | "from" | "of" | "aslist" | "listof"
        | "arrayof" | "intarrayof" | "bytearrayof" | "mutablelistof" | "array" | "buffer" | "arraylist"
        | "vec" | "chararrayof" | "memoryview" | "setof" | "iter" | "stream" | "data" | "arrayslice"
        | "chararray" | "asptr" | "wrap" => match args {
            [] => V::list(Vec::new()),
            [V::Text(text), V::Text(kind)] if kind.eq_ignore_ascii_case("base64") => {
                decode_base64(text).map_or(V::Unknown(false), |bytes| V::text(latin(&bytes)))
            }
            [V::Text(text), V::Text(kind)] if kind.eq_ignore_ascii_case("hex") => {
                hex(text).map_or(V::Unknown(false), |bytes| V::text(latin(&bytes)))
            }
            [V::Text(text), V::Text(_)] => V::list(codes(&V::text(&**text))?),
            [V::Text(text)] if matches!(small, "bytes" | "bytearray" | "uint8array") => {
                V::list(codes(&V::text(&**text))?)
            }
            [one @ V::Text(_)] if matches!(small, "list" | "tuple" | "from") => {
                V::list(letters(machine, one))
            }
            [V::Num(count)] if matches!(small, "bytearray" | "uint8array" | "array") => {
                V::list(vec![V::Num(0); (*count).clamp(0, MAX_SIZE as i64) as usize])
            }
            [one @ V::List(_)] => one.clone(),
            [one] if one.is_unknown() => V::Unknown(one.is_turned()),
            many => V::list(many.to_vec()),
        },
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
            hex(&text).map_or(V::Unknown(false), |bytes| {
                V::list(bytes.iter().map(|byte| V::Num(i64::from(*byte))).collect())
            })
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
            hex(&text).map_or(V::Unknown(false), |bytes| {
                V::list(bytes.iter().map(|byte| V::Num(i64::from(*byte))).collect())
            })
        }
        "printf" | "sprintf" | "format" if small != "printf" => {
            let (form, rest) = args.split_first()?;
            return Some(formatted(form, &V::list(rest.to_vec())));
        }
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
