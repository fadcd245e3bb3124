//! Documents of values by path: what JSON, XML and property lists have in common.
//!
//! A value is a region under its path, so that a difference in it is one, and says where. What stands between values
//! (keys, punctuation, white space) is a region after the value before it.

use std::ops::Range;

use super::partition::Builder;
use crate::model::Role;
use crate::model::path::escape;

/// Values told apart in one document; of a document of more the text is one region.
pub const MOST: usize = 20_000;

/// Characters of a path shown, and of one step of it.
const SHOWN: usize = 300;
const STEP: usize = 80;

/// One part of a document.
pub struct Part {
    /// Its bytes.
    pub range: Range<usize>,
    /// Its path, or what it is for the value of a path.
    pub name: String,
}

/// The way to a value.
#[derive(Clone, Default)]
pub struct Path(Vec<String>);

impl Path {
    /// Goes on to what stands under a key; a long one is cut.
    pub fn key(&mut self, key: &[u8]) {
        self.0.push(format!("/{}", cut(escape(key), STEP)));
    }

    /// Goes on to an element.
    pub fn index(&mut self, index: usize) {
        self.0.push(format!("[{index}]"));
    }

    /// Goes back.
    pub fn up(&mut self) {
        self.0.pop();
    }

    /// The path as text; the root is `/`.
    pub fn text(&self) -> String {
        match self.0.is_empty() {
            true => "/".to_owned(),
            false => cut(self.0.concat(), SHOWN),
        }
    }
}

/// Text of at most about so many characters: the start, and what tells it from others of that start.
fn cut(text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}… ({:08x})", text.get(..end).unwrap_or_default(), crc32fast::hash(text.as_bytes()))
}

/// Claims the parts, in order, and what stands between them, from `start` on.
pub fn claim(builder: &mut Builder<'_>, start: u64, parts: &[Part]) {
    let mut at = start;
    let mut before = "the start".to_owned();
    for part in parts {
        let from = start + part.range.start as u64;
        if from > at {
            builder.claim(at, from - at, Role::Data, format!("layout after {before}"));
        }
        at = start + part.range.end as u64;
        // A text may be obeyed, whatever it looks like.
        builder.claim(from, at - from, Role::Code, part.name.clone());
        before.clone_from(&part.name);
    }
    let end = builder.size();
    if end > at {
        builder.claim(at, end - at, Role::Data, format!("layout after {before}"));
    }
}
