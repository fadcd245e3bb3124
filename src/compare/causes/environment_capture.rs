//! What the environment held: search path, temporary folder, a variable's value, written into a text.

use super::Cause;
use super::Judge;
use super::Pair;
use crate::compare::context::ENVIRONMENT;
use crate::compare::context::EXEC_PATH;
use crate::compare::context::TEMPORARY_FOLDER;
use crate::compare::text::Accept;
use crate::compare::text::Slot;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "environment-capture",
    looks_for: "The run's search path, temporary folder or captured variable in a text for people, with another value of the same form in its place.",
    gives: "Both values, and that ours is the run's.",
    roles: &[],
    fix: "Leave the environment out of generated documents; build with a short list of variables.",
    judge: Judge::Words(in_line),
};

/// One absolute path; a list of them.
const FOLDER: &str = "/[A-Za-z0-9._+~/-]{1,200}?";
const FOLDERS: &str = "/[A-Za-z0-9._+~/-]{1,200}(?::/[A-Za-z0-9._+~/-]{1,200}){0,40}";
const WORD: &str = "[A-Za-z0-9._+-]{1,100}";

fn in_line(line: &str, pair: &Pair<'_>) -> Vec<Slot> {
    let facts = &pair.context.facts;
    let known = [
        (facts.get(EXEC_PATH), FOLDERS, "the run's search path"),
        (facts.get(TEMPORARY_FOLDER), FOLDER, "the run's temporary folder"),
        (
            facts.get(ENVIRONMENT).and_then(|set| set.split_once('=')).map(|(_, value)| value),
            WORD,
            "set for the run",
        ),
    ];
    let mut slots = Vec::new();
    for (value, pattern, what) in known {
        // Shorter values stand in too many places by chance.
        let Some(value) = value.filter(|value| value.len() > 3 && *value != "unset") else { continue };
        for (at, found) in line.match_indices(value) {
            slots.push(Slot {
                range: at..at + found.len(),
                pattern: pattern.to_owned(),
                cause: CAUSE.id,
                accept: Accept::Same { what },
            });
        }
    }
    slots
}
