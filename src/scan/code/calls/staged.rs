//! What is decoded, written to a file, and run from there.

use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Frame;
use crate::scan::code::value::From;
use crate::scan::code::value::Hidden;
use crate::scan::code::value::Val;

/// Whether data was decoded, or turned character by character, or is a text that was kept from being read.
fn is_hidden(value: &Val) -> bool {
    let decoded = |from: &From| matches!(from, From::Source(origin) if &*origin.category == "obf.encoded");
    value.hidden() >= Hidden::Spelled || value.taints.iter().any(|taint| decoded(&taint.from))
}

impl<'w> Evaluation<'w> {
    /// Notes that `name` writes something decoded.
    pub(crate) fn staged_here(&mut self, frame: &Frame<'w>, name: &str, vals: &[Val]) {
        let small = name.to_ascii_lowercase();
        let ends = ["put_contents", "add-content", "set-content"];
        let writes = small.contains("write") || ends.iter().any(|end| small.ends_with(end));
        if !writes || !vals.iter().any(is_hidden) {
            return;
        }
        let around = self.written_around(frame.id);
        self.staged.insert(around);
        if around != frame.id {
            self.outer_staged.insert(around);
        }
    }

    /// Whether the function wrote something decoded to a file before, or a closure of it does.
    pub(crate) fn stages(&self, frame: &Frame<'w>) -> bool {
        let around = self.written_around(frame.id);
        let known = || self.summaries.get(around as usize).is_some_and(|summary| summary.stages);
        self.staged.contains(&around) || known()
    }
}
