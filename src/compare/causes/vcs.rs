//! From which commit it was built: the commit's name in a text.

use super::Cause;
use super::Judge;
use super::Pair;
use crate::compare::context::COMMIT;
use crate::compare::text;
use crate::compare::text::Accept;
use crate::compare::text::Slot;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "vcs-metadata",
    looks_for: "The name of the commit the source was taken from, whole or shortened, in a text for people, with the name of another commit in its place.",
    gives: "Both names, and that ours is the source's. That the vendor names another commit is for the reader to weigh.",
    roles: &[],
    fix: "Build from the commit the vendor names, or from an export that names none.",
    judge: Judge::Words(in_line),
};

/// Shortened to fewer digits, a name is no name.
const SHORTEST: usize = 7;

fn in_line(line: &str, pair: &Pair<'_>) -> Vec<Slot> {
    let is_name = |name: &&str| name.len() >= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some(commit) = pair.context.facts.get(COMMIT).filter(is_name) else { return Vec::new() };
    let mut slots = Vec::new();
    for length in (SHORTEST..=commit.len()).rev() {
        for range in text::words(line, commit.get(..length).unwrap_or(commit)) {
            slots.push(Slot {
                range,
                // As long as ours: shortening is the tool's choice, not the vendor's.
                pattern: format!("[0-9a-f]{{{length}}}"),
                cause: CAUSE.id,
                accept: Accept::Same { what: "the commit of the source" },
            });
        }
    }
    slots
}
