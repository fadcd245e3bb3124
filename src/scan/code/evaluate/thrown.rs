//! What is thrown, and caught where an error handler handles it.

use super::Evaluation;
use super::Frame;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Place;
use crate::scan::code::ir::Sym;
use crate::scan::code::rules;
use crate::scan::code::value::ClassRef;
use crate::scan::code::value::Val;

/// Most classes over a class that are looked at.
const MAX_BASES: usize = 16;

impl<'w> Evaluation<'w> {
    /// What a handler of `types` is given of what was thrown since the operation `since`. It is thrown no further.
    pub(super) fn caught(&mut self, frame: &mut Frame<'w>, types: &[Sym], since: OpId, place: Place) -> Val {
        let mut caught: Option<Val> = None;
        for (at, thrown) in std::mem::take(&mut frame.thrown) {
            let handles = types.is_empty() || types.iter().any(|ty| self.is_one_of(&thrown, *ty));
            if at < since || !handles {
                frame.thrown.push((at, thrown));
                continue;
            }
            let thrown =
                thrown.with_taints(&mut |taints| taints.step(self.number, place, format_args!("caught")));
            match &mut caught {
                Some(before) => before.join(&thrown),
                None => caught = Some(thrown),
            }
        }
        caught.unwrap_or_default()
    }

    /// Whether an error may be one of `ty`. Of what a library declares only the most general types are known.
    fn is_one_of(&mut self, thrown: &Val, ty: Sym) -> bool {
        let name = last(self.unit.strings.get(ty)).to_owned();
        if rules::LISTS.any_error.contains(name.as_str()) {
            return true;
        }
        let wanted = self.of_type(ty).inst;
        let Some(class) = thrown.inst else {
            // Of a library, or of nobody knows what.
            return match thrown.what.as_deref().and_then(|what| what.strip_suffix("()")) {
                Some(made) => last(made).eq_ignore_ascii_case(&name),
                None => true,
            };
        };
        let mut work: Vec<ClassRef> = vec![class];
        let mut seen = 0;
        while let Some(class) = work.get(seen).copied().filter(|_| seen < MAX_BASES) {
            seen += 1;
            if Some(class) == wanted {
                return true;
            }
            for base in self.world.index.bases(class) {
                match base.class {
                    Some(class) if !work.contains(&class) => work.push(class),
                    None if wanted.is_none() && last(&base.path).eq_ignore_ascii_case(&name) => return true,
                    _ => {}
                }
            }
        }
        false
    }
}

/// The last part of a path.
fn last(path: &str) -> &str {
    path.rsplit(['.', ':', '\\']).next().unwrap_or(path)
}
