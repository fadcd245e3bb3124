//! Relative paths as bytes, shown and stored as reversible text.

use std::fmt;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;

/// A relative path, `/`-separated, as the bytes the file system or archive holds.
///
/// In text and JSON the bytes that are not printable UTF-8, and the backslash, stand as `\xHH`, so that
/// hostile names are visible and two different names never look alike.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RelPath(Vec<u8>);

impl RelPath {
    /// The path from its raw bytes, taken as they are.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> RelPath {
        RelPath(bytes.into())
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes after the last `/`.
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|byte| *byte == b'/').next().unwrap_or(&self.0)
    }

    /// Whether every component is an ordinary name: not empty, not `.`, not `..`, without NUL; not absolute.
    pub fn stays_inside(&self) -> bool {
        !self.0.is_empty()
            && self
                .0
                .split(|byte| *byte == b'/')
                .all(|part| !part.is_empty() && part != b"." && part != b".." && !part.contains(&0))
    }

    /// The reversible text form.
    pub fn text(&self) -> String {
        escape(&self.0)
    }
}

/// `bytes` as reversible, visible text: printable UTF-8 stays; every other byte, and the backslash, is `\xHH`.
///
/// Control, bidirectional and zero-width characters are not printable here: a name must not be able to
/// rearrange the report it stands in.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_plain(character) {
                text.push(character);
            } else {
                let mut buffer = [0u8; 4];
                character.encode_utf8(&mut buffer).bytes().for_each(|byte| push_hex(&mut text, byte));
            }
        }
        chunk.invalid().iter().for_each(|byte| push_hex(&mut text, *byte));
    }
    text
}

/// The bytes behind [`escape`]d text. A backslash that starts no `\xHH` stands for itself.
pub fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |i: usize| bytes.get(i).and_then(|b| char::from(*b).to_digit(16));
        match (bytes[at], bytes.get(at + 1), hex(at + 2), hex(at + 3)) {
            (b'\\', Some(b'x'), Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 4;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

fn push_hex(text: &mut String, byte: u8) {
    text.push_str("\\x");
    for nibble in [byte >> 4, byte & 15] {
        text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
    }
}

fn is_plain(c: char) -> bool {
    c != '\\' && !c.is_control() && !is_invisible(c)
}

/// Characters that change how text around them is shown, or are not shown at all (Unicode 16, UAX #9 and
/// the default-ignorable ranges a name or a source line has no honest use for).
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{E000}'..='\u{F8FF}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}' | '\u{F0000}'..='\u{10FFFF}')
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RelPath({})", self.text())
    }
}

impl From<&str> for RelPath {
    fn from(text: &str) -> RelPath {
        RelPath(text.as_bytes().to_vec())
    }
}

impl Serialize for RelPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for RelPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RelPath, D::Error> {
        Ok(RelPath(unescape(&String::deserialize(deserializer)?)))
    }
}

impl JsonSchema for RelPath {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RelPath".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "Relative path; bytes that are not printable UTF-8, and the backslash, stand as \\xHH."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::RelPath;
    use super::escape;
    use super::unescape;

    #[test]
    fn every_byte_string_survives_the_text_form() {
        for name in
            [&b"plain/name.c"[..], b"caf\xc3\xa9", b"\xff\xfe", b"back\\slash", b"new\nline", b"\\x41"]
        {
            assert_eq!(unescape(&escape(name)), name, "{}", escape(name));
        }
        assert_eq!(escape("evil\u{202e}txt".as_bytes()), "evil\\xe2\\x80\\xaetxt");
    }

    #[test]
    fn a_path_that_leaves_the_tree_is_recognised() {
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "a\0b"] {
            assert!(!RelPath::from(bad).stays_inside(), "{bad:?}");
        }
        assert!(RelPath::from("a/b..c/.hidden").stays_inside());
    }
}
