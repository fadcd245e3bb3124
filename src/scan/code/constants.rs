//! Constant folding: what a text is once joined, formatted, decoded, reversed.
//!
//! Each fold is named in the catalogue (`fold = "base64"`). A result longer than [`MAX_TEXT`] is unknown.

use std::sync::Arc;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::general_purpose::GeneralPurposeConfig;

use super::value::Hidden;
use super::value::Text;
use super::value::Val;

/// Most bytes of a folded text.
pub const MAX_TEXT: usize = 1 << 16;
/// Characters of the shortest text of which single ones are taken to spell others.
const LONG_ALPHABET: usize = 12;

/// The parts joined; unknown parts stand as `{}`. `None` where nothing is known.
pub fn concat<'v>(parts: impl Iterator<Item = &'v Val>) -> Option<Val> {
    let mut text = String::new();
    let mut whole = true;
    let mut known = false;
    let mut hidden = Hidden::Plain;
    for part in parts {
        match &part.text {
            Some(piece) => {
                hidden = hidden.max(piece.hidden);
                // `"sys" + "tem"` cuts a word in two; lines that are too long are cut between words.
                let left = text.chars().next_back().is_some_and(|c| c.is_ascii_alphabetic());
                let right = piece.text.chars().next().is_some_and(|c| c.is_ascii_lowercase());
                if whole && piece.whole && left && right {
                    hidden = hidden.max(Hidden::Cut);
                }
                text.push_str(&piece.text);
                whole &= piece.whole;
                known = true;
            }
            None => {
                text.push_str("{}");
                whole = false;
            }
        }
        if text.len() > MAX_TEXT {
            return None;
        }
    }
    known.then(|| Val::built(text, whole).hide(hidden))
}

/// The result of the fold `name` on receiver and arguments; `None` where it is not constant.
pub fn fold(name: &str, this: Option<&Val>, args: &[&Val]) -> Option<Val> {
    let folded = plain_fold(name, this, args)?;
    let spelled = matches!(
        name,
        "base64"
            | "hex"
            | "rot13"
            | "reverse"
            | "chars"
            | "codes"
            | "codes-this"
            | "codes-second"
            | "unescape"
            | "slice"
    );
    Some(if spelled { folded.hide(Hidden::Spelled) } else { folded })
}

fn plain_fold(name: &str, this: Option<&Val>, args: &[&Val]) -> Option<Val> {
    let first = || args.first().copied().or(this);
    match name {
        "base64" => decoded(decode_base64(&text_of(first()?)?)?),
        "hex" => decoded(decode_hex(&text_of(first()?)?)?),
        "codes" => {
            let codes = first().filter(|codes| codes.items.is_some())?;
            Some(Val::built(text_of(codes)?, true)).filter(small)
        }
        "codes-this" => plain_fold("codes", None, &[this?]),
        "codes-second" => plain_fold("codes", None, args.get(1..2)?),
        "codes-or-same" => plain_fold("codes", None, args)
            .map(|text| text.hide(Hidden::Spelled))
            .or_else(|| plain_fold("same", None, args)),
        "unescape" => Some(Val::built(unescape(&text_of(first()?)?), true)).filter(small),
        "slice" => {
            let text = text_of(args.first()?)?;
            let number = |at: usize| args.get(at).and_then(|arg| arg.whole_text()?.parse::<usize>().ok());
            if number(1).is_none() && number(2) == Some(1) && text.len() >= LONG_ALPHABET {
                // A character of a long text, at a place that was computed.
                return Some(Val { text: Some(Text::unread()), ..Val::default() });
            }
            let piece: String = text.chars().skip(number(1)?).take(number(2).unwrap_or(usize::MAX)).collect();
            Some(Val::built(piece, true))
        }
        "rot13" => Some(Val::built(text_of(first()?)?.chars().map(rot13).collect(), true)),
        "same" => {
            let held = |value: &&Val| value.text.is_some() || value.items.is_some();
            let from = this.filter(held).or(args.first().copied()).filter(held)?;
            Some(Val {
                text: from.text.clone(),
                items: from.items.clone(),
                fixed: from.fixed,
                ..Val::default()
            })
        }
        "first" => {
            let from = args.first()?;
            Some(Val {
                text: from.text.clone(),
                items: from.items.clone(),
                fixed: from.fixed,
                ..Val::default()
            })
        }
        "concat" => concat(this.into_iter().chain(args.iter().copied())),
        "concat-args" => concat(args.iter().copied()),
        "join" => join(this?, args.first()?),
        "join-args" => join(args.get(1)?, args.first()?),
        "join-by-first" if args.len() > 2 => {
            let rest = args.iter().skip(1).enumerate();
            let items = rest.map(|(at, item)| (Arc::from(at.to_string()), (*item).clone())).collect();
            join(args.first()?, &Val { items: Some(Arc::new(items)), ..Val::default() })
        }
        "join-by-first" => join(args.first()?, args.get(1)?),
        "join-by-arg" => join(args.first()?, this?),
        "join-path" => {
            let parts: Vec<&Val> = this.into_iter().chain(args.iter().copied()).collect();
            join_path(&parts)
        }
        "join-path-args" => join_path(args),
        "format" => format(this?, args),
        "format-first" => format(args.first()?, args.get(1..).unwrap_or_default()),
        "printf" => printf(args.first()?, args.get(1..).unwrap_or_default()),
        "printf-shell" => shell_printf(args),
        "printf-this" => printf(this?, args),
        "replace" => {
            let (text, from, to) = (text_of(this?)?, text_of(args.first()?)?, text_of(args.get(1)?)?);
            (!from.is_empty()).then(|| Val::built(text.replace(&from, &to), true)).filter(small)
        }
        "replace-args" => {
            let (from, to, text) = (text_of(args.first()?)?, text_of(args.get(1)?)?, text_of(args.get(2)?)?);
            (!from.is_empty()).then(|| Val::built(text.replace(&from, &to), true)).filter(small)
        }
        // `map(chr, [101, 118])` is a list of characters.
        "map-characters" => {
            let (with, list) = (args.first()?, args.get(1)?);
            if !with.what.as_deref().is_some_and(|what| what.ends_with("chr")) {
                return None;
            }
            let items: Option<Vec<(Arc<str>, Val)>> = list
                .items
                .as_ref()?
                .iter()
                .map(|(key, item)| Some((key.clone(), Val::built(char_of(item)?.to_string(), true))))
                .collect();
            Some(Val { items: Some(Arc::new(items?)), fixed: true, ..Val::default() })
        }
        "join-nothing" => join(&Val::literal(""), this.or(args.first().copied())?),
        "lower" => Some(Val::built(text_of(this.or(args.first().copied())?)?.to_lowercase(), true)),
        "upper" => Some(Val::built(text_of(this.or(args.first().copied())?)?.to_uppercase(), true)),
        "strip" => Some(Val::built(text_of(this.or(args.first().copied())?)?.trim().to_owned(), true)),
        "reverse" => reverse(
            this.filter(|this| this.text.is_some() || this.items.is_some()).or(args.first().copied())?,
        ),
        "chars" => {
            let mut text = String::new();
            for arg in args {
                match &arg.items {
                    Some(items) => {
                        for (_, item) in items.iter() {
                            text.push(char_of(item)?);
                        }
                    }
                    None => text.push(char_of(arg)?),
                }
            }
            Some(Val::built(text, true)).filter(|_| !args.is_empty())
        }
        "split" => {
            let (text, by) = (text_of(this?)?, text_of(args.first()?)?);
            let parts: Vec<(Arc<str>, Val)> = if by.is_empty() {
                text.chars()
                    .enumerate()
                    .map(|(i, c)| (i.to_string().into(), Val::built(c.to_string(), true)))
                    .collect()
            } else {
                text.split(&by)
                    .enumerate()
                    .map(|(i, part)| (i.to_string().into(), Val::built(part.to_owned(), true)))
                    .collect()
            };
            Some(Val { items: Some(Arc::new(parts)), fixed: true, ..Val::default() })
        }
        _ => None,
    }
}

/// The text that a list of single letters is: `{'s', 'h', 0}`.
pub fn lettered(value: &Val) -> Option<Val> {
    let items = value.items.as_ref().filter(|items| items.len() > 1 && value.text.is_none())?;
    let end = items.last().filter(|(_, last)| last.whole_text() == Some("0")).map_or(0, |_| 1);
    let letter = |item: &Val| item.whole_text().and_then(|_| char_of(item)).filter(char::is_ascii_graphic);
    let text: Option<String> = items.iter().take(items.len() - end).map(|(_, item)| letter(item)).collect();
    Some(Val::built(text?, true).hide(Hidden::Spelled))
}

fn small(value: &Val) -> bool {
    value.text.as_ref().is_some_and(|text| text.text.len() <= MAX_TEXT)
}

fn text_of(value: &Val) -> Option<String> {
    if let Some(text) = value.whole_text() {
        return Some(text.to_owned());
    }
    // A list of character codes is a text in disguise.
    let items = value.items.as_ref()?;
    items.iter().map(|(_, item)| char_of(item)).collect()
}

fn char_of(value: &Val) -> Option<char> {
    let text = value.whole_text()?;
    match text.parse::<u32>() {
        Ok(code) => char::from_u32(code),
        Err(_) => Some(text.chars().next()?).filter(|_| text.chars().count() == 1),
    }
}

fn decoded(bytes: Vec<u8>) -> Option<Val> {
    let text = String::from_utf8(bytes).ok()?;
    Some(Val::built(text, true)).filter(small)
}

/// The bytes of base64 text in either alphabet, padding as it comes.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let alphabet = if text.contains(['-', '_']) { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    GeneralPurpose::new(alphabet, config).decode(text.as_bytes()).ok()
}

/// The bytes of base32 text (RFC 4648 section 6), with or without padding.
pub fn decode_base32(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '=').collect();
    data_encoding::BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()
}

/// The bytes of hexadecimal text, blanks between digits left out.
pub fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| {
        digits.chunks_exact(2).filter_map(|pair| Some((pair.first()? * 16 + pair.get(1)?) as u8)).collect()
    })
}

/// `%65val` is `eval`.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        match after.get(..2).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32)
        {
            Some(c) => {
                out.push(c);
                rest = after.get(2..).unwrap_or("");
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out + rest
}

fn rot13(c: char) -> char {
    match c {
        'a'..='z' => char::from((c as u8 - b'a' + 13) % 26 + b'a'),
        'A'..='Z' => char::from((c as u8 - b'A' + 13) % 26 + b'A'),
        _ => c,
    }
}

fn join(separator: &Val, list: &Val) -> Option<Val> {
    let separator = separator.whole_text()?;
    let mut text = String::new();
    let mut whole = true;
    if let (true, None, Some(text)) = (separator.is_empty(), &list.items, &list.text) {
        // Characters already put together by what gave them one by one.
        return (text.hidden == Hidden::Spelled).then(|| list.clone());
    }
    let items = list.items.as_ref()?;
    let mut hidden = Hidden::Plain;
    if separator.is_empty()
        && items.len() > 2
        && items.iter().all(|(_, item)| item.whole_text().is_some_and(|text| text.chars().count() == 1))
    {
        hidden = Hidden::Spelled;
    }
    // Five pieces of a few letters each are no words.
    if separator.is_empty()
        && items.len() > 4
        && items.iter().all(|(_, item)| item.whole_text().is_some_and(|text| text.chars().count() <= 5))
    {
        hidden = Hidden::Spelled;
    }
    for (index, (_, item)) in items.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        match &item.text {
            Some(piece) => {
                hidden = hidden.max(piece.hidden);
                text.push_str(&piece.text);
                whole &= piece.whole;
            }
            None => {
                text.push_str("{}");
                whole = false;
            }
        }
        if text.len() > MAX_TEXT {
            return None;
        }
    }
    Some(Val::built(text, whole).hide(hidden))
}

fn join_path(parts: &[&Val]) -> Option<Val> {
    let mut text = String::new();
    let mut whole = true;
    let mut known = false;
    for part in parts {
        if !text.is_empty() && !text.ends_with('/') {
            text.push('/');
        }
        match &part.text {
            Some(piece) => {
                text.push_str(if text.is_empty() { &piece.text } else { piece.text.trim_start_matches('/') });
                whole &= piece.whole;
                known = true;
            }
            None => {
                text.push_str("{}");
                whole = false;
            }
        }
        if text.len() > MAX_TEXT {
            return None;
        }
    }
    known.then(|| Val::built(text, whole))
}

/// `{}`, `{0}`, `{name}` in a format string replaced by the arguments in order.
fn format(pattern: &Val, args: &[&Val]) -> Option<Val> {
    let pattern = pattern.whole_text()?;
    let mut out = String::new();
    let mut whole = true;
    let mut next = 0usize;
    let mut rest = pattern;
    while let Some(at) = rest.find('{') {
        out.push_str(rest.get(..at)?);
        rest = rest.get(at + 1..)?;
        if let Some(after) = rest.strip_prefix('{') {
            out.push('{');
            rest = after;
            continue;
        }
        let Some(end) = rest.find('}') else { break };
        let inner = rest.get(..end)?;
        rest = rest.get(end + 1..)?;
        let index =
            inner.split([':', '!', ',']).next().and_then(|name| name.parse().ok()).unwrap_or_else(|| {
                next += 1;
                next - 1
            });
        match args.get(index).and_then(|arg| arg.text.as_ref()) {
            Some(piece) => {
                out.push_str(&piece.text);
                whole &= piece.whole;
            }
            None => {
                out.push_str("{}");
                whole = false;
            }
        }
        if out.len() > MAX_TEXT {
            return None;
        }
    }
    out.push_str(rest);
    Some(Val::built(out, whole))
}

/// `%s`, `%d`, … in a format string replaced by the arguments in order.
pub fn printf(pattern: &Val, args: &[&Val]) -> Option<Val> {
    let pattern = pattern.text.as_ref()?;
    let mut out = String::new();
    let mut whole = pattern.whole;
    let mut next = 0usize;
    let mut chars = pattern.text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if chars.peek() == Some(&'%') {
            chars.next();
            out.push('%');
            continue;
        }
        while chars.peek().is_some_and(|c| {
            c.is_ascii_digit() || matches!(c, '-' | '+' | ' ' | '#' | '.' | '*' | 'l' | 'h' | 'z' | '$')
        }) {
            chars.next();
        }
        chars.next();
        match args.get(next).and_then(|arg| arg.text.as_ref()) {
            Some(piece) => {
                out.push_str(&piece.text);
                whole &= piece.whole;
            }
            None => {
                out.push_str("{}");
                whole = false;
            }
        }
        next += 1;
        if out.len() > MAX_TEXT {
            return None;
        }
    }
    Some(Val::built(out, whole))
}

/// What `printf` of a shell writes: escapes read, `%s`, `%b`, `%d` and `%x` filled. Kept from being read where letters
/// are escapes, or an address is written as numbers of another base.
fn shell_printf(args: &[&Val]) -> Option<Val> {
    /// Letters that are escapes, from which a text is kept from being read.
    const LEAST: usize = 2;
    let (pattern, rest) = args.split_first()?;
    let pattern = pattern.text.as_ref().filter(|text| text.whole)?;
    let pattern = pattern.text.trim_matches(['"', '\'']);
    let mut texts = Vec::new();
    for arg in rest.iter().take(64) {
        let text = arg.text.as_ref().filter(|text| text.whole)?;
        texts.push(text.text.trim_matches(['"', '\'']));
    }
    let mut texts = texts.into_iter();
    let mut escapes = 0;
    let mut based = false;
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut plain = String::new();
    while let Some(c) = chars.next() {
        if c != '%' {
            plain.push(c);
            continue;
        }
        out.push_str(&shell_escapes(&plain, &mut escapes));
        plain.clear();
        while chars.peek().is_some_and(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | '#')) {
            chars.next();
        }
        match chars.next()? {
            '%' => out.push('%'),
            's' => out.push_str(texts.next().unwrap_or("")),
            'b' => out.push_str(&shell_escapes(texts.next().unwrap_or(""), &mut escapes)),
            kind @ ('d' | 'i' | 'u' | 'x') => {
                let text = texts.next().unwrap_or("0");
                let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
                let number = match hex {
                    Some(hex) => i64::from_str_radix(hex, 16).ok()?,
                    None => text.parse().ok()?,
                };
                based |= hex.is_some();
                out.push_str(&if kind == 'x' { format!("{number:x}") } else { number.to_string() });
            }
            _ => return None,
        }
        if out.len() > MAX_TEXT {
            return None;
        }
    }
    out.push_str(&shell_escapes(&plain, &mut escapes));
    let address = based && out.parse::<std::net::Ipv4Addr>().is_ok();
    let made = Val::built(out.trim_end_matches('\n').to_owned(), true);
    Some(if escapes >= LEAST || address { made.hide(Hidden::Spelled) } else { made })
}

/// `\167` and `\x77` read, counting in `letters` those that are letters or digits.
fn shell_escapes(text: &str, letters: &mut usize) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let (digits, radix) = match after.strip_prefix('x') {
            Some(digits) => (digits, 16),
            None => (after, 8),
        };
        let most = if radix == 16 { 2 } else { 3 + usize::from(digits.starts_with('0')) };
        let count = digits.bytes().take(most).take_while(|byte| char::from(*byte).is_digit(radix)).count();
        let code = digits.get(..count).and_then(|digits| u8::from_str_radix(digits, radix).ok());
        if let Some(code) = code {
            *letters += usize::from(code.is_ascii_alphanumeric());
            out.push(char::from(code));
            rest = digits.get(count..).unwrap_or("");
            continue;
        }
        let mut left = after.chars();
        match left.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some(other) => out.push(other),
            None => {}
        }
        rest = left.as_str();
    }
    out + rest
}

/// A constant text or list backwards.
pub fn reverse(value: &Val) -> Option<Val> {
    if let Some(text) = value.whole_text() {
        return Some(Val::built(text.chars().rev().collect(), true));
    }
    let items = value.items.as_ref()?;
    let reversed =
        items.iter().rev().enumerate().map(|(i, (_, item))| (i.to_string().into(), item.clone())).collect();
    Some(Val { items: Some(Arc::new(reversed)), fixed: value.fixed, ..Val::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_prints_is_read() {
        let text = |parts: &[&str]| {
            let parts: Vec<Val> = parts.iter().map(|part| Val::literal(part)).collect();
            let made = shell_printf(&parts.iter().collect::<Vec<_>>()).unwrap();
            (made.whole_text().unwrap().to_owned(), made.hidden() >= Hidden::Spelled)
        };
        assert_eq!(text(&["\\167\\147\\145\\164"]), ("wget".to_owned(), true));
        assert_eq!(text(&["%b", "\\x6c\\x73"]), ("ls".to_owned(), true));
        assert_eq!(text(&["%d.%d.%d.%d", "0xc0", "0", "0x02", "25"]), ("192.0.2.25".to_owned(), true));
        assert_eq!(text(&["%s-%02d\\n", "log", "7"]), ("log-7".to_owned(), false));
    }

    #[test]
    fn encoded_texts_come_out_plain() {
        let base64 = Val::literal("aHR0cHM6Ly9leGFtcGxlLm9yZw");
        assert_eq!(fold("base64", None, &[&base64]).unwrap().whole_text(), Some("https://example.org"));
        assert_eq!(fold("hex", None, &[&Val::literal("6869")]).unwrap().whole_text(), Some("hi"));
        assert!(fold("hex", None, &[&Val::literal("6g")]).is_none());
        assert_eq!(fold("reverse", None, &[&Val::literal("cba")]).unwrap().whole_text(), Some("abc"));
        let host = Val::default();
        let url = printf(&Val::literal("https://%s:%d/"), &[&host, &Val::literal("80")]).unwrap();
        assert_eq!(&*url.text.unwrap().text, "https://{}:80/");
    }
}
