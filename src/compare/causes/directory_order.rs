//! In which order a file system gave a folder's entries: a list of paths, in another order.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::compare::context::DIRECTORY_ORDER;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "directory-order",
    looks_for: "A text for people that is a list of paths, with the same paths in another order.",
    gives: "How many paths stand elsewhere, and how the run's folders gave their entries.",
    roles: &[],
    fix: "Sort what a folder gives before using it.",
    judge: Judge::Text(judge),
};

fn judge(pair: &Pair<'_>) -> Opinion {
    let Some(order) = pair.context.facts.get(DIRECTORY_ORDER) else { return Opinion::No };
    let (Some(theirs), Some(ours)) = (paths(pair.shipped), paths(pair.rebuilt)) else { return Opinion::No };
    let moved = theirs.iter().zip(&ours).filter(|(theirs, ours)| theirs != ours).count();
    let (mut sorted, mut own) = (theirs.clone(), ours.clone());
    sorted.sort_unstable();
    own.sort_unstable();
    // A path that stands twice can mean that the later one counts.
    if sorted != own || moved == 0 || own.windows(2).any(|pair| pair.first() == pair.get(1)) {
        return Opinion::No;
    }
    Opinion::Explains(vec![format!(
        "the same {} paths, {moved} of them elsewhere; the run's folders: {order}",
        ours.len()
    )])
}

/// The lines, if each is a path below a folder.
fn paths(bytes: &[u8]) -> Option<Vec<&str>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let lines: Vec<&str> = text.strip_suffix('\n')?.split('\n').collect();
    let plain = |c: char| c.is_alphanumeric() || "/._+-@~".contains(c);
    let is_path = |line: &&str| line.contains('/') && line.chars().all(plain);
    (lines.len() >= 2 && lines.iter().all(is_path)).then_some(lines)
}
