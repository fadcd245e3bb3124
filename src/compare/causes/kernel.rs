//! Under which kernel it was built: the release in a text.

use super::Cause;
use super::Judge;
use super::Pair;
use crate::compare::context::KERNEL;
use crate::compare::text;
use crate::compare::text::Accept;
use crate::compare::text::Slot;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "kernel",
    looks_for: "The release of the run's kernel in a text for people, with another release in its place.",
    gives: "Both releases, and that ours is the run's.",
    roles: &[],
    fix: "Leave uname out of generated documents.",
    judge: Judge::Words(in_line),
};

/// `6.1.0-28-amd64`.
const RELEASE: &str = "[2-9]\\.[0-9]{1,3}(?:\\.[0-9]{1,3})?(?:[-+~][A-Za-z0-9.+~_-]{1,40})?";

fn in_line(line: &str, pair: &Pair<'_>) -> Vec<Slot> {
    let is_release = |value: &&str| value.len() > 4 && value.starts_with(|c: char| c.is_ascii_digit());
    let Some(release) = pair.context.facts.get(KERNEL).filter(is_release) else { return Vec::new() };
    let slot = |range| Slot {
        range,
        pattern: RELEASE.to_owned(),
        cause: CAUSE.id,
        accept: Accept::Same { what: "the release of the run's kernel" },
    };
    text::words(line, release).into_iter().map(slot).collect()
}
