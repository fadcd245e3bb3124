//! In which order a tool listed things: the same lines, in another order.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "line-order",
    looks_for: "A list whose order means nothing (a wheel's RECORD, an egg's SOURCES.txt, md5sums) with the same lines in another order.",
    gives: "How many lines stand elsewhere.",
    roles: &[],
    fix: "Sort before writing; set LC_ALL=C.UTF-8, PYTHONHASHSEED and the like for the build.",
    judge: Judge::Text(judge),
};

const LISTS: [&str; 4] = ["record", "sources.txt", "md5sums", "installed-files.txt"];

fn judge(pair: &Pair<'_>) -> Opinion {
    let mut theirs: Vec<&[u8]> = pair.shipped.split(|byte| *byte == b'\n').collect();
    let mut ours: Vec<&[u8]> = pair.rebuilt.split(|byte| *byte == b'\n').collect();
    if theirs.len() != ours.len() {
        return Opinion::No;
    }
    let moved = theirs.iter().zip(&ours).filter(|(a, b)| a != b).count();
    theirs.sort_unstable();
    ours.sort_unstable();
    if theirs != ours {
        return Opinion::No;
    }
    let sentence = format!("the same {} lines, {moved} of them elsewhere", theirs.len());
    if LISTS.contains(&pair.place.base_name().as_str()) {
        Opinion::Explains(vec![sentence])
    } else {
        Opinion::Resembles(format!("{sentence}; the order of this file's lines can mean something"))
    }
}
