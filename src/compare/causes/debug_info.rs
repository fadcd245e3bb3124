//! What debug information says: the build path in the midst of it.
//!
//! Debug information is a language of its own, and what differs in it can be anything. One thing is proved here:
//! that the two are equal, byte for byte, once the run's build path is replaced by another path of the same length.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::compare::context::BUILD_PATH;
use crate::model::anatomy::Role;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "debug-info",
    looks_for: "Debug information that holds the run's build path on our side, and is equal, byte for byte, once every one of them is another path of the same length.",
    gives: "Both paths and how often they stand there.",
    roles: &[Role::Debug],
    fix: "Compile with -ffile-prefix-map or its like; or ship debug information apart.",
    judge: Judge::Region(region),
};

/// Debug sections up to this size are looked at.
const LARGEST: usize = 512 << 20;

fn region(pair: &Pair<'_>) -> Opinion {
    let Some(ours) = pair.context.facts.get(BUILD_PATH).map(str::as_bytes) else { return Opinion::No };
    if pair.shipped.len() != pair.rebuilt.len() || pair.rebuilt.len() > LARGEST || ours.len() < 8 {
        return Opinion::No;
    }
    let mut theirs: Option<&[u8]> = None;
    let (mut at, mut found) = (0, 0u64);
    for start in memchr::memmem::find_iter(pair.rebuilt, ours) {
        let (end, before) = (start + ours.len(), at);
        let Some(path) = pair.shipped.get(start..end) else { return Opinion::No };
        if pair.shipped.get(before..start) != pair.rebuilt.get(before..start) {
            return Opinion::Resembles("bytes without the build path differ too".to_owned());
        }
        if theirs.is_some_and(|known| known != path) {
            return Opinion::Resembles("more than one other path stands in its place".to_owned());
        }
        theirs = Some(path);
        at = end;
        found += 1;
    }
    let Some(path) = theirs.filter(|path| is_path(path)) else { return Opinion::No };
    if pair.shipped.get(at..) != pair.rebuilt.get(at..) {
        return Opinion::Resembles("bytes without the build path differ too".to_owned());
    }
    Opinion::Explains(vec![format!(
        "{found} times {} shipped and {} rebuilt, which is the run's build path; every other byte is equal",
        String::from_utf8_lossy(path),
        String::from_utf8_lossy(ours)
    )])
}

fn is_path(bytes: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._+~-".contains(byte);
    bytes.first() == Some(&b'/') && bytes.iter().all(plain)
}
