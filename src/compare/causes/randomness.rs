//! What a random number decided: identifiers made anew in every build.

use std::sync::LazyLock;

use regex::Regex;

use super::Cause;
use super::Judge;
use super::Pair;
use crate::compare::text::Accept;
use crate::compare::text::Slot;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "randomness",
    looks_for: "A random identifier (RFC 9562, version 4) in a text for people, with another one in its place.",
    gives: "Both identifiers; the version they state says that they are random.",
    roles: &[],
    fix: "Derive identifiers from the content (version 5), or seed the generator.",
    judge: Judge::Words(in_line),
};

/// Version 4, variant 1: other versions are times, names or machines and say something.
const RANDOM: &str = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

static IDENTIFIER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!("\\b{RANDOM}\\b")).ok());

fn in_line(line: &str, _: &Pair<'_>) -> Vec<Slot> {
    let Some(identifier) = IDENTIFIER.as_ref() else { return Vec::new() };
    let slot = |found: regex::Match<'_>| Slot {
        range: found.range(),
        pattern: RANDOM.to_owned(),
        cause: CAUSE.id,
        accept: Accept::Values(both),
    };
    identifier.find_iter(line).map(slot).collect()
}

fn both(shipped: &str, rebuilt: &str) -> Option<String> {
    Some(format!("shipped {shipped}, rebuilt {rebuilt}, both random by the version they state"))
}
