//! Calls in ranges the grammar could not read, by their spelling.

use crate::scan::code::map::Set;

use tree_sitter::Node;

use crate::scan::code::ir::Op;
use crate::scan::code::ir::Sym;
use crate::scan::code::lower::Lowering;

impl<'t> Lowering<'t> {
    /// Calls that stand in ranges the grammar could not read, by their spelling: a catalogued name before an
    /// opening bracket, unless the tree showed a use of it on the same line.
    pub(crate) fn second_opinion(&mut self, root: Node<'t>) {
        let errors = std::mem::take(&mut self.errors);
        if errors.is_empty() {
            return;
        }
        let mut known: Set<(u32, Sym)> = Set::default();
        for function in &self.unit.funcs {
            for (op, place) in function.ops.iter().zip(&function.places) {
                if let Op::Call { callee, .. } = op
                    && let Some(Op::Name(name) | Op::Field(_, name)) = function.ops.get(*callee as usize)
                {
                    known
                        .extend((place.line..=place.end_line.min(place.line + 40)).map(|line| (line, *name)));
                }
            }
        }
        let mut done = 0;
        for range in errors {
            let range = range.start.max(done)..range.end;
            done = done.max(range.end);
            for (at, path) in called_names(self.src.get(range.clone()).unwrap_or_default()) {
                let last = path.rsplit(['.', ':', '>']).next().unwrap_or(path);
                let last = if self.spec.ignore_case { last.to_ascii_lowercase() } else { last.to_owned() };
                if !self.interesting.contains(last.as_str()) {
                    continue;
                }
                let at = range.start + at;
                let Some(node) = root.descendant_for_byte_range(at, at + 1) else { continue };
                if node.kind().contains("comment") {
                    continue;
                }
                let symbol = self.sym(&last);
                let line = self.first_line + node.start_position().row as u32;
                if known.insert((line, symbol)) {
                    let path = path.replace("->", ".");
                    let callee = self.path(node, &path);
                    self.call(node, callee, Vec::new(), false);
                }
            }
        }
    }
}

/// Dotted names directly before an opening bracket in `text`, with the offset of their last part.
fn called_names(text: &[u8]) -> Vec<(usize, &str)> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut found = Vec::new();
    for bracket in memchr::memchr_iter(b'(', text).take(10_000) {
        let before = text.get(..bracket).unwrap_or_default().trim_ascii_end();
        let name = before.iter().rev().take(200).take_while(|byte| word(**byte)).count();
        if name == 0 {
            continue;
        }
        let path = before
            .iter()
            .rev()
            .take(200)
            .take_while(|byte| word(**byte) || matches!(byte, b'.' | b':' | b'-' | b'>'))
            .count();
        let path = before.get(before.len() - path..).and_then(|path| std::str::from_utf8(path).ok());
        if let Some(path) = path {
            found.push((before.len() - name, path.trim_start_matches(['.', ':', '-', '>'])));
        }
    }
    found
}
