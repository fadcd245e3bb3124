//! XML, and property lists written in it: every tag and every text a region under its path.
//!
//! A step of a path is an element's name and, from the second of a name on, its number; in a property list it is the
//! value's key. What is not well-formed is text. Nothing is resolved: no entity, no document type, no name space.

use std::collections::HashMap;

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::field;
use super::partition::Builder;
use super::text;
use super::values;
use super::values::Part;
use super::values::Path;
use crate::model::Anatomy;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "xml";

/// Documents read tag by tag.
const LARGEST: usize = 16 << 20;

/// Elements followed into each other.
const DEPTH: usize = 200;

/// UTF-8 text of at most 16 MiB that starts with an XML declaration, or a document type of XML's own, and is well-formed.
pub fn recognise(bytes: &[u8], name: &str) -> bool {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = body.trim_ascii_start();
    let declared = start.starts_with(b"<?xml") || start.starts_with(b"<!DOCTYPE plist");
    declared && bytes.len() <= LARGEST && text::recognise(bytes, name) && parts(body).is_some()
}

/// Regions: `tag /a/b`, `/a/b` (text in an element), `end /a/b`, comments, declarations; one region `text` where there are
/// more than 20,000. Facts as of a text.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let start = text::facts(&mut builder);
    let body = field::from(bytes, start);
    match parts(body).filter(|parts| parts.len() < values::MOST) {
        Some(parts) => values::claim(&mut builder, start, &parts),
        None => drop(builder.claim(start, body.len() as u64, Role::Code, "text")),
    }
    builder.finish()
}

/// An open element.
#[derive(Default)]
struct Open {
    /// How many of each name stand in it so far.
    children: HashMap<Vec<u8>, usize>,
    /// Whether it is a property list's dictionary; its values go by their keys.
    is_dictionary: bool,
    is_key: bool,
    key: Option<Vec<u8>>,
}

/// The parts of a well-formed document, up to one more than are told apart; `None` for one that is not.
fn parts(body: &[u8]) -> Option<Vec<Part>> {
    let mut reader = Reader::from_reader(body);
    reader.config_mut().check_end_names = true;
    let mut parts: Vec<Part> = Vec::new();
    let mut path = Path::default();
    let mut open = vec![Open::default()];
    let mut roots = 0;
    loop {
        let start = usize::try_from(reader.buffer_position()).ok()?;
        let event = reader.read_event().ok()?;
        let end = usize::try_from(reader.buffer_position()).ok()?;
        let range = start..end;
        let mut part = |name: String| {
            if parts.len() <= values::MOST && !range.is_empty() {
                parts.push(Part { range: range.clone(), name });
            }
        };
        let level = open.len();
        match event {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) if level > DEPTH || roots > 1 && level == 1 => {
                drop(tag);
                return None;
            }
            Event::Start(tag) => {
                roots += usize::from(level == 1);
                step(open.last_mut()?, tag.name().as_ref().as_bytes(), &mut path);
                part(format!("tag {}", path.text()));
                open.push(Open {
                    is_dictionary: tag.name().as_ref() == "dict",
                    is_key: tag.name().as_ref() == "key",
                    ..Open::default()
                });
            }
            Event::Empty(tag) => {
                roots += usize::from(level == 1);
                step(open.last_mut()?, tag.name().as_ref().as_bytes(), &mut path);
                part(format!("tag {}", path.text()));
                path.up();
            }
            Event::End(_) => {
                (level > 1).then_some(())?;
                part(format!("end {}", path.text()));
                open.pop();
                path.up();
            }
            Event::Text(_) => {
                let text = body.get(start..end)?;
                if text.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                (level > 1).then_some(())?;
                if open.last()?.is_key
                    && let Some(parent) = level.checked_sub(2).and_then(|at| open.get_mut(at))
                {
                    parent.key = Some(text.to_vec());
                }
                part(path.text());
            }
            Event::CData(_) | Event::GeneralRef(_) => part(path.text()),
            Event::Comment(_) => part(format!("comment in {}", path.text())),
            Event::Decl(_) => part("declaration".to_owned()),
            Event::PI(_) => part(format!("instruction in {}", path.text())),
            Event::DocType(_) => part("document type".to_owned()),
        }
    }
    (open.len() == 1 && roots == 1).then_some(parts)
}

/// Goes on to an element in `parent`.
fn step(parent: &mut Open, name: &[u8], path: &mut Path) {
    if parent.is_dictionary
        && name != b"key"
        && let Some(key) = parent.key.take()
    {
        path.key(&key);
        return;
    }
    let count = parent.children.entry(name.to_vec()).or_insert(0);
    *count += 1;
    match *count {
        1 => path.key(name),
        count => path.key(&[name, format!("[{count}]").as_bytes()].concat()),
    }
}
