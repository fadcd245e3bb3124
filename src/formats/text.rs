//! Text: encoding, byte-order mark and line endings as facts; the lines are for whoever compares texts.
//!
//! A text may be a program, whatever it looks like: its role is code, unless its name is one of those that
//! nothing runs (documents, licences, change logs, manual pages, checksum lists).

use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "text";

/// UTF-8 without control characters that no text has, or UTF-16 with a byte-order mark.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    if bytes.is_empty() {
        return false;
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return bytes.len().is_multiple_of(2) && utf16_is_text(bytes);
    }
    let plain = |byte: &u8| !matches!(byte, 0..=6 | 14..=26 | 28..=31 | 127);
    bytes.iter().all(plain) && std::str::from_utf8(bytes).is_ok()
}

/// Regions: `byte-order mark`, `text`. Facts: `encoding`, `line-endings` (`lf`, `crlf`, `cr`, `mixed`, `none`),
/// `final-newline`, `syntax` (`json`, `xml`, `script`).
pub fn open(bytes: &[u8], name: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let mark = facts(&mut builder);
    let text = field::from(bytes, mark);
    let role = if is_document(name) && !text.starts_with(b"#!") { Role::Data } else { Role::Code };
    builder.claim(mark, text.len() as u64, role, "text");
    builder.finish()
}

/// Adds the facts of a text and claims its byte-order mark; gives where the text starts.
pub fn facts(builder: &mut Builder<'_>) -> u64 {
    let bytes = builder.bytes();
    let (encoding, mark): (&str, u64) = match bytes {
        [0xef, 0xbb, 0xbf, ..] => ("utf-8", 3),
        [0xff, 0xfe, ..] => ("utf-16le", 2),
        [0xfe, 0xff, ..] => ("utf-16be", 2),
        _ if bytes.is_ascii() => ("ascii", 0),
        _ => ("utf-8", 0),
    };
    builder.fact("encoding", encoding.as_bytes());
    builder.claim(0, mark, Role::Header, "byte-order mark");
    let text = field::from(bytes, mark);
    if !encoding.starts_with("utf-16") {
        builder.fact("line-endings", line_endings(text).as_bytes());
        builder.fact("final-newline", text.ends_with(b"\n").to_string().as_bytes());
        if let Some(syntax) = syntax(text) {
            builder.fact("syntax", syntax.as_bytes());
        }
    }
    mark
}

/// Which line endings occur.
fn line_endings(text: &[u8]) -> &'static str {
    let (mut lf, mut crlf, mut cr) = (false, false, false);
    let mut before = 0;
    for byte in text {
        match (before, byte) {
            (b'\r', b'\n') => crlf = true,
            (_, b'\n') => lf = true,
            (b'\r', _) => cr = true,
            _ => {}
        }
        before = *byte;
    }
    cr |= before == b'\r';
    match (lf, crlf, cr) {
        (true, false, false) => "lf",
        (false, true, false) => "crlf",
        (false, false, true) => "cr",
        (false, false, false) => "none",
        _ => "mixed",
    }
}

/// What the text starts as; JSON only if it is valid, up to a size that is quick to check.
pub fn syntax(text: &[u8]) -> Option<&'static str> {
    let start = text.trim_ascii_start();
    if text.starts_with(b"#!") {
        return Some("script");
    }
    if start.starts_with(b"<?xml") {
        return Some("xml");
    }
    let json = matches!(start.first(), Some(b'{' | b'[')) && text.len() <= 16 << 20;
    (json && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()).then_some("json")
}

/// Names of texts that nothing runs or loads.
fn is_document(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    let lower = base.to_ascii_lowercase();
    let (stem, extension) = lower.rsplit_once('.').unwrap_or((lower.as_str(), ""));
    let manual = name.contains("/man/") && extension.chars().next().is_some_and(|c| c.is_ascii_digit());
    let known = [
        "readme",
        "license",
        "licence",
        "copying",
        "copyright",
        "changelog",
        "changes",
        "news",
        "authors",
        "contributors",
        "notice",
        "thanks",
        "todo",
        "history",
    ];
    manual
        || known.contains(&lower.as_str())
        || known.contains(&stem) && matches!(extension, "md" | "rst" | "txt" | "adoc" | "debian" | "gz")
        || matches!(extension, "md" | "rst" | "adoc" | "txt" | "po" | "pot" | "csv")
            && !lower.starts_with("entry_points")
            && !lower.starts_with("cmakelists")
        || matches!(base, "md5sums" | "RECORD" | "METADATA" | "WHEEL" | "PKG-INFO")
}

/// Whether UTF-16 text has no control characters that no text has.
fn utf16_is_text(bytes: &[u8]) -> bool {
    let big = bytes.starts_with(&[0xfe, 0xff]);
    let (units, _) = bytes.as_chunks::<2>();
    let units = units.iter().map(|two| if big { u16::from_be_bytes(*two) } else { u16::from_le_bytes(*two) });
    char::decode_utf16(units).all(|unit| unit.is_ok_and(|c| !c.is_control() || c.is_whitespace()))
}
