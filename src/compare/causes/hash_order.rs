//! In which order a hash table gave its entries: the same items of one list, in another order.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::compare::context::HASH_SEED;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "hash-order",
    looks_for: "A line of a text for people with the same items, separated by commas, in another order.",
    gives: "The line, how many items it has, and the run's seed of hash tables.",
    roles: &[],
    fix: "Sort before writing; set PYTHONHASHSEED, PERL_HASH_SEED and the like for the build.",
    judge: Judge::Text(judge),
};

/// Lines looked at.
const LINES: usize = 100_000;

fn judge(pair: &Pair<'_>) -> Opinion {
    let Some(seed) = pair.context.facts.get(HASH_SEED) else { return Opinion::No };
    let (Ok(shipped), Ok(rebuilt)) = (std::str::from_utf8(pair.shipped), std::str::from_utf8(pair.rebuilt))
    else {
        return Opinion::No;
    };
    let (theirs, ours): (Vec<&str>, Vec<&str>) =
        (shipped.split('\n').collect(), rebuilt.split('\n').collect());
    if theirs.len() != ours.len() || theirs.len() > LINES {
        return Opinion::No;
    }
    let mut evidence = Vec::new();
    let mut differing = 0usize;
    for (number, (theirs, ours)) in theirs.iter().zip(&ours).enumerate().filter(|(_, (a, b))| a != b) {
        let (Some(theirs), Some(ours)) = (List::of(theirs), List::of(ours)) else { return Opinion::No };
        if theirs != ours {
            return Opinion::No;
        }
        differing += 1;
        if evidence.len() < 8 {
            evidence.push(format!("line {}: the same {} items, elsewhere", number + 1, ours.items.len()));
        }
    }
    evidence.push(format!("{differing} lines; the run's seed of hash tables was {seed}"));
    Opinion::Explains(evidence)
}

/// A line that is one list: what stands before and after it, and its items in order of their bytes.
#[derive(PartialEq, Eq)]
struct List<'a> {
    before: &'a str,
    items: Vec<&'a str>,
    after: &'a str,
}

impl<'a> List<'a> {
    /// `Key: a, b, c` or `key = {a, b, c}`. Two items without a frame are a sentence with a comma, not a list.
    fn of(line: &'a str) -> Option<List<'a>> {
        let start =
            line.find(['{', '[', '(']).map(|at| at + 1).or_else(|| line.find(": ").map(|at| at + 2))?;
        let (before, rest) = line.split_at_checked(start)?;
        let end = rest.rfind(['}', ']', ')']).unwrap_or(rest.len());
        let (inner, after) = rest.split_at_checked(end)?;
        let mut items: Vec<&str> = inner.split(", ").collect();
        let is_item = |item: &&str| !item.is_empty() && !item.contains([' ', '{', '[', '(', '}', ']', ')']);
        if items.len() < 2 || !items.iter().all(is_item) {
            return None;
        }
        items.sort_unstable();
        Some(List { before, items, after })
    }
}
