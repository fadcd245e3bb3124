//! What the operators and the text and list functions of all languages do with constants, by their last names.

use super::run::MAX_SIZE;
use super::run::Machine;
use super::run::V;
use super::run::letter;
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
pub(super) fn shown(value: &V) -> Option<String> {
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
                None => return V::of_parts(parts.iter()),
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
        other => vec![other.kept()],
    }
}

/// The characters of a text.
pub(super) fn letters(machine: &Machine<'_>, of: &V) -> Vec<V> {
    match of {
        V::Text(text) if machine.has_chars() => text.chars().map(|c| V::Char(u32::from(c))).collect(),
        V::Text(text) => text.chars().map(|c| V::text(c.to_string())).collect(),
        V::List(items) => items.to_vec(),
        _ => Vec::new(),
    }
}

pub(super) fn codes(of: &V) -> Option<Vec<V>> {
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
    if let (V::List(places), V::List(_) | V::Text(_), Language::PowerShell) =
        (index, of, machine.recipe.language)
    {
        // `$text[4, 26, 25]`
        return V::list(places.iter().map(|place| element(machine, of, place)).collect());
    }
    if matches!(index, V::Lost) && !matches!(of, V::Unknown(_) | V::Outside(_)) {
        return V::Lost;
    }
    match of {
        V::Map(pairs) => pairs
            .iter()
            .rev()
            .find(|(key, _)| {
                key == index || shown(key).is_some_and(|key| shown(index).as_deref() == Some(&*key))
            })
            .map_or_else(
                || if index.is_unknown() { V::Unknown(false) } else { V::none() },
                |(_, value)| value.clone(),
            ),
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
        other => other.kept(),
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
        other => return other.kept(),
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
pub(super) fn again(of: &V, items: Vec<V>) -> V {
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
        // Every bit of something that is not known.
        ("~" | "-bnot", None) if matches!(of, V::Unknown(_)) => V::Unknown(true),
        ("~" | "-bnot", Some(number)) => V::Num(!number),
        ("!" | "not" | "-not", _) => of.truth().map_or(V::Unknown(false), |truth| V::Num(i64::from(!truth))),
        ("-join", _) => match of {
            V::List(items) => joined(machine, items, ""),
            _ => of.clone(),
        },
        _ => of.kept(),
    }
}

/// `old sign= value`.
pub fn appended(machine: &Machine<'_>, sign: &str, old: &V, value: &V) -> V {
    match (sign, old, value) {
        ("+", V::List(_), V::Text(_)) if plain(old).is_none() => push(old, value),
        ("+", V::Text(_), V::Num(_)) if machine.appends_codes() => {
            joined(machine, &[old.clone(), value.clone()], "")
        }
        ("<<", V::Text(_) | V::List(_), _) => {
            super::methods::method(machine, "push", old, std::slice::from_ref(value))
                .and_then(|(_, now)| now)
                .unwrap_or(V::Unknown(false))
        }
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
                None if V::of_parts(parts.iter()) == V::Lost => V::Lost,
                // What is not known stands as in every text of the evaluation.
                None => {
                    let known = |value: &V| shown(value).unwrap_or_else(|| "{}".to_owned());
                    let text = known(left) + &known(right);
                    if text.len() > MAX_SIZE { V::Unknown(false) } else { V::text(text) }
                }
            };
        }
        "to" => return V::list(vec![left.clone(), right.clone()]),
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
        "<<" if matches!(left, V::List(_))
            || matches!(left, V::Text(_)) && matches!(language, Language::Ruby | Language::Cpp) =>
        {
            return super::methods::method(machine, "push", left, std::slice::from_ref(right))
                .and_then(|(_, now)| now)
                .unwrap_or(V::Unknown(false));
        }
        "==" | "===" | "-eq" | "is" => return same(left, right, true),
        "!=" | "!==" | "-ne" | "<>" => return same(left, right, false),
        "or" | "and" if language == Language::Kotlin && left.number().is_some() => {}
        "??" | "?:" | "||" | "or" | "-or" | "&&" | "and" | "-and" => {
            return if matches!(sign, "??" | "?:") && left.is_unknown() {
                // It may be either.
                V::Unknown(left.is_turned() || right.is_turned())
            } else {
                match (sign, left.truth(), right.truth()) {
                    ("&&" | "and" | "-and", Some(true), _) | ("||" | "or" | "-or" | "?:", Some(false), _) => {
                        right.clone()
                    }
                    _ => V::Unknown(false),
                }
            };
        }
        "in" => {
            let holds = match (left, right) {
                (V::Text(part), V::Text(whole)) => whole.contains(&**part),
                (V::Char(part), V::Text(whole)) => {
                    char::from_u32(*part).is_some_and(|part| whole.contains(part))
                }
                (part, V::List(all)) if !part.is_unknown() && !all.iter().any(V::is_unknown) => {
                    let number = part.number().filter(|_| matches!(part, V::Char(_) | V::Num(_)));
                    all.contains(part) || number.is_some() && all.iter().any(|one| one.number() == number)
                }
                _ => return V::Unknown(false),
            };
            return V::Num(i64::from(holds));
        }
        "-f" => return placed(left, right),
        _ => {}
    }
    let (Some(a), Some(b)) = (left.number(), right.number()) else {
        let turns = matches!(sign, "^" | "xor" | "-bxor");
        let one =
            left.number().is_some() || right.number().is_some() || !left.is_turned() && !right.is_turned();
        let turned = turns && one || left.is_turned() || right.is_turned();
        let lost = V::of_parts([left, right].into_iter());
        return if lost == V::Lost { lost } else { V::Unknown(turned) };
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
    if let (V::Outside(left), V::Outside(right)) = (left, right) {
        // `Note::C`, `Note.C`: which of them it is.
        let last = |path: &str| path.rsplit(['.', ':']).next().unwrap_or("").to_owned();
        let (left, right) = (last(left), last(right));
        let named = |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase());
        if named(&left) && named(&right) {
            return V::Num(i64::from((left == right) == wanted));
        }
    }
    if left.is_unknown() || right.is_unknown() {
        return V::Unknown(false);
    }
    // A letter is a number where it is compared with one.
    let numbers = matches!((left, right), (V::Num(_), V::Char(_)) | (V::Char(_), V::Num(_)));
    let equal = left == right
        || numbers && left.number() == right.number()
        || shown(left).is_some_and(|left| shown(right).as_deref() == Some(&*left));
    V::Num(i64::from(equal == wanted))
}

pub(super) fn range(from: i64, to: i64, step: i64) -> V {
    let far = if step > 0 { to.saturating_sub(from) } else { from.saturating_sub(to) };
    if far < 0 || step == 0 {
        return V::list(Vec::new());
    }
    let count = far.unsigned_abs() / step.unsigned_abs() + 1;
    let count = count.min(MAX_SIZE as u64) as i64;
    V::list((0..count).map(|at| V::Num(from.wrapping_add(at.wrapping_mul(step)))).collect())
}

pub(super) fn joined_with(items: &[V], between: &str) -> V {
    let texts: Option<Vec<String>> = items.iter().map(shown).collect();
    match texts {
        Some(texts) => V::text(texts.join(between).chars().take(MAX_SIZE).collect::<String>()),
        None => V::of_parts(items.iter()),
    }
}

pub(super) fn formatted(left: &V, right: &V) -> V {
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

/// `'{1}{0}' -f 'b', 'a'`.
pub(super) fn placed(form: &V, values: &V) -> V {
    let V::Text(form) = form else { return V::Unknown(false) };
    let values = match values {
        V::List(items) => items.to_vec(),
        other => vec![other.clone()],
    };
    let mut out = String::new();
    let mut rest = &**form;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((place, after)) = after.split_once('}') else { return V::Unknown(false) };
        let place = place.split([',', ':']).next().and_then(|place| place.trim().parse::<usize>().ok());
        let Some(text) = place.and_then(|place| values.get(place)).and_then(shown) else {
            return V::of_parts(values.iter());
        };
        out.push_str(before);
        out.push_str(&text);
        if out.len() > MAX_SIZE {
            return V::Unknown(false);
        }
        rest = after;
    }
    out.push_str(rest);
    V::text(out)
}

pub(super) fn split(of: &V, by: &V) -> V {
    let (Some(text), Some(by)) = (shown(of), shown(by)) else { return of.kept() };
    let parts: Vec<V> = match by.as_str() {
        // A pattern of blanks.
        "\\s+" | "/\\s+/" | "\\s" | "\\W+" => {
            text.split_ascii_whitespace().take(MAX_SIZE).map(V::text).collect()
        }
        "" | "//" => text.chars().map(|c| V::text(c.to_string())).collect(),
        by if by.len() > 2 && by.starts_with('/') && by.ends_with('/') => {
            // A pattern that says a text as it is.
            let inner = by.trim_matches('/');
            if inner.contains(['\\', '[', '(', '.', '*', '+', '?', '|', '^', '$', '{']) {
                return V::Unknown(false);
            }
            text.split(inner).take(MAX_SIZE).map(V::text).collect()
        }
        by => text.split(by).take(MAX_SIZE).map(V::text).collect(),
    };
    V::list(parts)
}

/// `of` as the type `ty`.
pub fn cast(machine: &Machine<'_>, ty: &str, of: &V) -> V {
    let ty = ty.to_ascii_lowercase();
    let bare = ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']'));
    let ty = bare.unwrap_or(&ty);
    let ty = ty.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != ']' && c != '[');
    if ty.contains("char[") || ty.contains("byte[") || ty.contains("string") || ty.contains('*') {
        return match of {
            V::List(items)
                if ty.contains('*')
                    && items.iter().any(|item| item.number().is_some_and(|number| number > 255)) =>
            {
                // `(const char *)numbers`
                let wide =
                    items.iter().any(|item| item.number().is_some_and(|number| number > i64::from(u32::MAX)));
                let each =
                    |item: &V| Some(super::methods::bytes_in(item.number()?, if wide { 8 } else { 4 }, true));
                items
                    .iter()
                    .map(each)
                    .collect::<Option<Vec<Vec<V>>>>()
                    .map_or(V::Unknown(false), |all| V::list(all.into_iter().flatten().collect()))
            }
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

pub(super) fn push(of: &V, value: &V) -> V {
    match of {
        V::List(items) if items.len() < MAX_SIZE => {
            let mut items = items.to_vec();
            items.push(value.clone());
            V::list(items)
        }
        _ => V::Unknown(of.is_turned() || value.is_turned()),
    }
}
