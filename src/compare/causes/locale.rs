//! In which language's order it was sorted: the same lines, sorted by the C locale here and by a dictionary there.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::compare::context::LOCALE;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "locale",
    looks_for: "A text for people with the same lines, sorted by their bytes on our side, as the run's locale does, and as a dictionary sorts them on the shipped side.",
    gives: "How many lines, and the run's locale.",
    roles: &[],
    fix: "Set LC_ALL=C.UTF-8 for the build.",
    judge: Judge::Text(judge),
};

fn judge(pair: &Pair<'_>) -> Opinion {
    let Some(locale) = pair.context.facts.get(LOCALE) else { return Opinion::No };
    let (theirs, ours) = (lines(pair.shipped), lines(pair.rebuilt));
    let (Some(theirs), Some(ours)) = (theirs, ours) else { return Opinion::No };
    let mut sorted = theirs.clone();
    sorted.sort_unstable();
    // Sorted by bytes here is what the C family does; another locale of the run would be another cause's matter.
    if sorted != ours || !ours.is_sorted() || theirs == ours || !locale.starts_with("C") {
        return Opinion::No;
    }
    match theirs.is_sorted_by_key(|line| dictionary(line)) {
        true => Opinion::Explains(vec![format!(
            "the same {} lines: sorted as a dictionary shipped, by their bytes rebuilt; the run's locale was {locale}",
            ours.len()
        )]),
        false => Opinion::Resembles("the shipped lines are in no order a dictionary has".to_owned()),
    }
}

/// The lines, if there are enough of them that a sorted order is no chance.
fn lines(bytes: &[u8]) -> Option<Vec<&str>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let lines: Vec<&str> = text.strip_suffix('\n')?.split('\n').collect();
    (lines.len() >= 3).then_some(lines)
}

/// What dictionaries sort by first: letters and digits, without regard to case.
fn dictionary(line: &str) -> String {
    line.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
