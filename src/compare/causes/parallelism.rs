//! On how many processors it was built: the number of jobs in a text.

use std::sync::LazyLock;

use regex::Regex;

use super::Cause;
use super::Judge;
use super::Pair;
use crate::compare::context::CPU_COUNT;
use crate::compare::text::Accept;
use crate::compare::text::Slot;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "parallelism",
    looks_for: "A number of jobs, processors or threads in a text for people that is the run's number of processors on our side.",
    gives: "Both numbers, and that ours is the run's.",
    roles: &[],
    fix: "Leave the number of jobs out of generated documents; build with a fixed one.",
    judge: Judge::Words(in_line),
};

/// A number is one of processors only where a word beside it says so.
static NUMBERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let before = "(?:-j ?|--jobs[= ]|parallel=|(?:jobs|cpus|processors|cores|threads)[:=] ?)";
    let after = "(?: (?:jobs|cpus|processors|cores|threads)\\b)";
    Regex::new(&format!("(?i){before}([0-9]{{1,4}})\\b|\\b([0-9]{{1,4}}){after}")).ok()
});

fn in_line(line: &str, pair: &Pair<'_>) -> Vec<Slot> {
    let (Some(count), Some(numbers)) = (pair.context.facts.get(CPU_COUNT), NUMBERS.as_ref()) else {
        return Vec::new();
    };
    let found = numbers.captures_iter(line).filter_map(|found| found.get(1).or_else(|| found.get(2)));
    let slot = |number: regex::Match<'_>| Slot {
        range: number.range(),
        pattern: "[0-9]{1,4}".to_owned(),
        cause: CAUSE.id,
        accept: Accept::Same { what: "the run's number of processors" },
    };
    found.filter(|number| number.as_str() == count).map(slot).collect()
}
