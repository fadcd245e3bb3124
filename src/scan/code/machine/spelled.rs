//! What macros make texts of: the words of a program that are given to them, and not its literals.

use tree_sitter::Node as Syntax;

use super::recipe::Id;
use super::recipe::Node;
use super::recipe::Reader;
use crate::scan::code::language::Language;

/// Most words that are given to one macro, and how deep they stand in brackets.
const MOST: usize = 256;
const DEEP: u32 = 8;
/// Bytes of the longest macro that is looked at.
const LONGEST: usize = 400;

impl Reader<'_> {
    /// Whether the macro `name` of the file makes a text of what it is given: `concat!($(stringify!($k)),+)`.
    pub(super) fn spells(&self, name: &str) -> bool {
        if self.recipe.language != Language::Rust || name.is_empty() || matches!(name, "stringify" | "concat")
        {
            return name == "stringify";
        }
        let sign = format!("macro_rules! {name} ");
        let Some(at) = memchr::memmem::find(self.src, sign.as_bytes()) else { return false };
        let rest = self.src.get(at..).unwrap_or_default();
        let end = memchr::memmem::find(rest, b"\n}").unwrap_or(rest.len()).min(LONGEST);
        let body = rest.get(..end).unwrap_or_default();
        [&b"concat!"[..], b"stringify!"].iter().all(|sign| memchr::memmem::find(body, sign).is_some())
    }

    /// A text of Kotlin with names in it: `"https://$host/rows"`.
    pub(super) fn dollars(&mut self, node: Syntax<'_>, text: &str) -> Node {
        let mut parts = Vec::new();
        let mut pieces = text.split('$');
        let mut before = pieces.next().unwrap_or("").to_owned();
        for piece in pieces.take(MOST) {
            let end = piece.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(piece.len());
            let (name, rest) = piece.split_at_checked(end).unwrap_or((piece, ""));
            if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
                before.push('$');
                before.push_str(piece);
                continue;
            }
            parts.push(self.put(node, Node::Text(std::mem::take(&mut before).into())));
            parts.push(self.put(node, Node::Name(name.into())));
            before.push_str(rest);
        }
        if parts.is_empty() {
            return Node::Text(before.into());
        }
        parts.push(self.put(node, Node::Text(before.into())));
        Node::Joined(parts.into())
    }

    /// The words below `node`, one by one.
    pub(super) fn tokens(&mut self, node: Syntax<'_>, parts: &mut Vec<Id>, depth: u32) {
        let mut cursor = node.walk();
        let children: Vec<Syntax<'_>> = node.children(&mut cursor).take(MOST).collect();
        let last = children.len().saturating_sub(1);
        for (at, child) in children.into_iter().enumerate() {
            // The brackets of the macro itself say nothing.
            if parts.len() >= MOST || depth == 0 && (at == 0 || at == last) {
                continue;
            }
            if child.child_count() > 0 && depth < DEEP {
                self.tokens(child, parts, depth + 1);
            } else {
                let text: Box<str> = self.text(child).into();
                parts.push(self.put(child, Node::Text(text)));
            }
        }
    }
}
