//! JSON: every key and every value a region under its path.
//!
//! Format: RFC 8259. What is not valid or too large is text; what is nested deeper than 200 levels is one region. A key that stands
//! twice in one object is a problem: which of the two counts is for each reader to say.

use std::collections::BTreeSet;

use super::field;
use super::partition::Builder;
use super::text;
use super::values;
use super::values::Part;
use super::values::Path;
use crate::model::Anatomy;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "json";

/// An object or array of at most 16 MiB that is valid JSON in UTF-8.
pub fn recognise(bytes: &[u8], name: &str) -> bool {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
        && text::recognise(bytes, name)
        && text::syntax(body) == Some("json")
}

/// Regions: `key /a/b`, `/a/b[3]` (a value that holds no others), `layout after …`; one region `text` where there are more
/// than 20,000 or they are nested too deep. Facts as of a text, and `keys` (`sorted`, `unsorted`).
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let start = text::facts(&mut builder);
    let body = field::from(bytes, start);
    let mut reader = Reader { bytes: body, at: 0, parts: Vec::new(), repeated: Vec::new(), sorted: true };
    let whole = reader.value(&mut Path::default(), 0).is_some();
    match whole {
        true => values::claim(&mut builder, start, &reader.parts),
        false => drop(builder.claim(start, body.len() as u64, Role::Code, "text")),
    }
    if whole {
        builder.fact("keys", if reader.sorted { b"sorted" } else { b"unsorted" });
    }
    for path in reader.repeated {
        builder.problem(format!(
            "{path}: the key stands twice in one object; readers take the one or the other"
        ));
    }
    builder.finish()
}

/// Levels followed.
const DEPTH: u32 = 200;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    parts: Vec<Part>,
    repeated: Vec<String>,
    sorted: bool,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn part(&mut self, start: usize, name: String) -> Option<()> {
        (self.parts.len() < values::MOST).then_some(())?;
        self.parts.push(Part { range: start..self.at, name });
        Some(())
    }

    /// Reads one value; `None` where there are too many.
    fn value(&mut self, path: &mut Path, depth: u32) -> Option<()> {
        (depth < DEPTH).then_some(())?;
        let start = match self.peek()? {
            b'{' => return self.object(path, depth),
            b'[' => return self.array(path, depth),
            _ => self.at,
        };
        match self.bytes.get(self.at)? {
            b'"' => drop(self.string()?),
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                let rest = self.bytes.get(self.at..)?;
                self.at += rest.iter().position(ends).unwrap_or(rest.len());
            }
        }
        self.part(start, path.text())
    }

    /// The bytes of a string, without its quotes.
    fn string(&mut self) -> Option<&[u8]> {
        let start = self.at + 1;
        let mut at = start;
        loop {
            match self.bytes.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        self.bytes.get(start..at)
    }

    fn object(&mut self, path: &mut Path, depth: u32) -> Option<()> {
        let start = self.at;
        self.at += 1;
        let mut keys = BTreeSet::new();
        let mut last: Option<Vec<u8>> = None;
        loop {
            match self.peek()? {
                b'}' => break,
                b',' => self.at += 1,
                b'"' => {
                    let from = self.at;
                    let raw = self.string()?.to_vec();
                    // The same key can be spelled in several ways.
                    let spelled = self.bytes.get(from..self.at)?;
                    let key = serde_json::from_slice(spelled).map_or(raw, String::into_bytes);
                    self.sorted &= last.as_ref().is_none_or(|last| *last <= key);
                    path.key(&key);
                    if !keys.insert(key.clone()) {
                        self.repeated.push(path.text());
                    }
                    last = Some(key);
                    self.part(from, format!("key {}", path.text()))?;
                    (self.peek()? == b':').then_some(())?;
                    self.at += 1;
                    self.value(path, depth + 1)?;
                    path.up();
                }
                _ => return None,
            }
        }
        self.at += 1;
        if keys.is_empty() { self.part(start, path.text()) } else { Some(()) }
    }

    fn array(&mut self, path: &mut Path, depth: u32) -> Option<()> {
        let start = self.at;
        self.at += 1;
        let mut index = 0;
        loop {
            match self.peek()? {
                b']' => break,
                b',' => self.at += 1,
                _ => {
                    path.index(index);
                    self.value(path, depth + 1)?;
                    path.up();
                    index += 1;
                }
            }
        }
        self.at += 1;
        if index == 0 { self.part(start, path.text()) } else { Some(()) }
    }
}
