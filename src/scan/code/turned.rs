//! Small functions that turn characters into others, and what they make of a constant: exclusive or, a shift in
//! the alphabet, a number added or taken away, the text backwards.
//!
//! What a function does to characters is read from its own text, for every language alike: which operators stand
//! there with which numbers. What it makes of a constant is found by trying these in the few orders there are;
//! it counts only where it names something that runs, so that a wrong guess is no text at all.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::constants::decode_base64;
use super::constants::decode_hex;
use super::rules;

/// One thing a function does to each character, or to all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Exclusive or with a number or with the characters of a key.
    Xor(Key),
    /// A number is added or taken away.
    Add(i64),
    /// The alphabet goes round.
    Round,
    /// Bits are moved to the right or left.
    Shift(i64),
    /// The last comes first.
    Back,
    /// Numbers stand for places in a table of characters.
    Table(Box<str>),
    /// Base64 or hexadecimal digits are decoded.
    Decode,
}

/// What characters are combined with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// One number for all.
    Number(u8),
    /// What bears this name where the function stands, or where it is called.
    Name(Box<str>),
}

/// What one turn makes of bytes.
type Step = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// Bytes of the longest function that is read.
const LONGEST: usize = 900;
/// Most turns of one function.
const MOST: usize = 6;
/// Bytes of the longest constant that is turned.
const MAX_TEXT: usize = 4096;

static TURNS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)(?:(\^|-bxor\b|\bxor\b|\bxor\()=?|([-+])=?|(>>|<<)=?|\brotate_(?:left|right)\()\s*\(?\s*b?(?:(0x[0-9a-fA-F]{1,2}|\d{1,3})\b|'([^'\\\n])'|\x22([^\x22\\\n])\x22|\$?(?:\w+[.>:-]+){0,2}([A-Za-z_]\w{0,30}))|(%\s*(?:26|95|94|256)\b|\bmod\(26\))|((?i:revers|strrev|\brev\b|\.rev\(|::-1\]|rbegin\())|(?:\blen\(\w+\)|\.length(?:\(\))?|\.size\(\)|strlen\(\w+\)|\.count)\s*-\s*1()\b|((?i:b64decode|atob\(|base64|decode64|unpack1?\(|unhexlify|fromhex|hex2bin))|\b([A-Za-z_]\w*)\[\s*\(?\$?[a-z_]\w*\)?\s*\]",
    )
    .ok()
});

/// What a function whose text is `body` does to characters; nothing where it makes none.
pub fn read(body: &[u8]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let hints: [&[u8]; 10] = [b"join", b"^", b"xor", b"%", b"rev", b"Rev", b"chr", b"har", b"rune", b"byte"];
    let worth = body.len() <= LONGEST && hints.iter().any(|hint| memchr::memmem::find(body, hint).is_some());
    let Some(pattern) = TURNS.as_ref().filter(|_| worth) else { return turns };
    for found in pattern.captures_iter(body) {
        let text =
            |at: usize| found.get(at).map(|part| String::from_utf8_lossy(part.as_bytes()).into_owned());
        let number = text(4).and_then(|number| match number.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        });
        let letter = text(5).or(text(6)).and_then(|letter| letter.bytes().next()).map(i64::from);
        let by = number.or(letter);
        let turn = if found.get(1).is_some() {
            match (by, text(7)) {
                (Some(number), _) => u8::try_from(number).ok().map(|number| Turn::Xor(Key::Number(number))),
                (None, Some(name)) => Some(Turn::Xor(Key::Name(name.into()))),
                _ => None,
            }
        } else if let Some(sign) = text(2) {
            let sign = if sign == "-" { -1 } else { 1 };
            number.filter(|number| (1..=128).contains(number)).map(|number| Turn::Add(sign * number))
        } else if let Some(way) = text(3) {
            let sign = if way == "<<" { 1 } else { -1 };
            number.filter(|number| (1..=7).contains(number)).map(|number| Turn::Shift(sign * number))
        } else if found.get(8).is_some() {
            Some(Turn::Round)
        } else if found.get(9).or(found.get(10)).is_some() {
            Some(Turn::Back)
        } else if found.get(11).is_some() {
            Some(Turn::Decode)
        } else {
            text(12).map(|name| Turn::Table(name.into()))
        };
        if let Some(turn) = turn.filter(|turn| !turns.contains(turn)) {
            turns.push(turn);
        }
        if turns.len() >= MOST {
            break;
        }
    }
    turns
}

/// What makes a text of computed characters, or of the places of characters in a table.
static SPELLS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u)[^\w]\(char\)|static_cast<\s*(?:unsigned\s+)?char\s*>|char::from(?:_u32)?\(|\bas char\b|from(?:CharCode|CodePoint)\(",
        r"|\b(?:chr|rune|ord|pack|byte)\(|\.chr\b|\bWrite(?:Byte|Rune)\(|toChar\(\)|UnicodeScalar\(|String\((?:decoding|bytes):",
        r"|Character\.digit\(|toString\(\s*(?:36|32|16)\s*\)|\bbytes\(.*\)\.decode\(|\.Where\(\(_, \w+\)|\.map\(\(?\w+(?::\s*\w+)?\)?\s*=>[^;{}]{0,40}\w+\[\w+\]|\$\{\w+:\s*\$?\w+:1\}|u8::from\(|\bas u8\b|\(byte\)\s*\(|\*\w+\+\+\s*=\s*\(",
        r"|firstIndex\(of:|\[char\]|Convert\.ToChar|char(?:Code|_code)?At\(|\.write\(\s*\((?:int|byte)\)|\w\[\s*\$?\w+\s*\]\s+for\s|[\^~]\s*\w+\[|\w\]\s*\^=?\s*\(?\w|(?:compactMap|\.map)\s*\{\s*\w+\["
    ))
    .ok()
});

/// What comes from the world, and not from the constants of a file.
static LIVE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)(?i:rand|\bnow\(|time\(|recv|(?:^|[^h])read|input|getenv|environ|argv|scanf|request|uuid|guid|command|spawn|popen|output\(|fetch|http|open\(|socket|query|sqlite)",
    )
    .ok()
});

/// Whether a function whose text is `body` spells a text, and takes nothing for it but what it is given and what the
/// file keeps.
pub fn spells(body: &[u8]) -> bool {
    /// Bytes of the longest function that is read.
    const LONGEST: usize = 1500;
    let is = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(body));
    body.len() <= LONGEST && is(&SPELLS) && !is(&LIVE)
}

/// What `turns` make of `bytes`, where that names something that runs; `key` gives the bytes a name stands for.
pub fn turned(bytes: &[u8], turns: &[Turn], key: &dyn Fn(&str) -> Option<Vec<u8>>) -> Option<String> {
    if bytes.len() < 2 || bytes.len() > MAX_TEXT || turns.is_empty() {
        return None;
    }
    let mut starts: Vec<Vec<u8>> = vec![bytes.to_vec()];
    if turns.contains(&Turn::Decode)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        starts.extend(decode_base64(text));
        starts.extend(decode_hex(text));
    }
    let steps = steps(turns, key);
    for start in &starts {
        for step in &steps {
            let once = step(start);
            if let Some(text) = telling(&once, bytes) {
                return Some(text);
            }
            for next in &steps {
                if let Some(text) = telling(&next(&once), bytes) {
                    return Some(text);
                }
            }
        }
        if let Some(text) = telling(start, bytes) {
            return Some(text);
        }
    }
    None
}

fn steps(turns: &[Turn], key: &dyn Fn(&str) -> Option<Vec<u8>>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let each = |change: Box<dyn Fn(u8) -> u8>| -> Step {
        Box::new(move |bytes| bytes.iter().map(|byte| change(*byte)).collect())
    };
    let round = turns.contains(&Turn::Round);
    for turn in turns {
        match turn {
            Turn::Xor(Key::Number(number)) => {
                let number = *number;
                steps.push(each(Box::new(move |byte| byte ^ number)));
            }
            Turn::Xor(Key::Name(name)) => {
                if let Some(all) = key(name).filter(|all| !all.is_empty()) {
                    steps.push(Box::new(move |bytes| {
                        bytes.iter().zip(all.iter().cycle()).map(|(byte, key)| byte ^ key).collect()
                    }));
                }
            }
            Turn::Add(number) => {
                let number = *number;
                if round {
                    steps.push(each(Box::new(move |byte| rotated(byte, number))));
                }
                steps.push(each(Box::new(move |byte| byte.wrapping_add(number as u8))));
                steps.push(each(Box::new(move |byte| byte.wrapping_sub(number as u8))));
            }
            Turn::Shift(number) => {
                let by = number.unsigned_abs() as u32;
                let right = *number < 0;
                steps.push(each(Box::new(move |byte| if right { byte >> by } else { byte << by })));
            }
            Turn::Back => steps.push(Box::new(|bytes| bytes.iter().rev().copied().collect())),
            Turn::Round => steps.push(each(Box::new(|byte| rotated(byte, 13)))),
            Turn::Table(name) => {
                if let Some(table) = key(name).filter(|table| table.len() > 9) {
                    steps.push(Box::new(move |bytes| {
                        bytes.iter().map(|at| table.get(usize::from(*at)).copied().unwrap_or(0)).collect()
                    }));
                }
            }
            Turn::Decode => {}
        }
    }
    steps
}

fn rotated(byte: u8, by: i64) -> u8 {
    let base = match byte {
        b'a'..=b'z' => b'a',
        b'A'..=b'Z' => b'A',
        _ => return byte,
    };
    let moved = (i64::from(byte - base) + by).rem_euclid(26);
    base + moved as u8
}

/// The text that `bytes` are, where it names something that runs and was not written so.
fn telling(bytes: &[u8], written: &[u8]) -> Option<String> {
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    let printable =
        bytes.iter().all(|byte| (b' '..=b'~').contains(byte) || matches!(byte, b'\n' | b'\t' | b'\r'));
    if !printable || bytes == written {
        return None;
    }
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    rules::is_telling(&text).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(body: &str, given: &[u8]) -> Option<String> {
        turned(given, &read(body.as_bytes()), &|_| Some(b"k3".to_vec()))
    }

    #[test]
    fn what_small_functions_make_of_constants_is_told() {
        let xor: Vec<u8> = b"system".iter().map(|byte| byte ^ 0x2a).collect();
        assert_eq!(made("return bytes(c ^ 0x2a for c in b)", &xor).as_deref(), Some("system"));
        assert_eq!(
            made("return new StringBuilder(s).reverse().toString();", b"emitnuR.gnal.avaj").as_deref(),
            Some("java.lang.Runtime")
        );
        assert_eq!(
            made("return 'a' + (r-'a'+13)%26 // rune", b"uggcf://k.rknzcyr/").as_deref(),
            Some("https://x.example/")
        );
        assert_eq!(made("TEXT.bytes.map { |b| (b - 2).chr }.join", b"gejq\"jk").as_deref(), Some("echo hi"));
        let keyed: Vec<u8> = b"popen".iter().zip(b"k3k3k").map(|(byte, key)| byte ^ key).collect();
        assert_eq!(made("out += chr(b ^ KEY[i % len(KEY)])", &keyed).as_deref(), Some("popen"));
    }

    #[test]
    fn what_makes_nothing_telling_is_no_text() {
        assert_eq!(made("return new StringBuilder(s).reverse().toString();", b"level"), None);
        assert_eq!(made("return crc ^ byte", b"system"), None);
        assert_eq!(made("return a + b", b"system"), None);
    }
}
