//! Where it was built: the build path in debug information and in texts.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::compare::context::BUILD_PATH;
use crate::compare::context::HOME;
use crate::compare::text::Accept;
use crate::compare::text::Slot;
use crate::model::anatomy::Role;

/// The cause, for debug information.
pub const CAUSE: Cause = Cause {
    id: "build-path",
    looks_for: "Strings of debug information that start with the run's build path on our side and with one other absolute path on the shipped side, and are equal after it.",
    gives: "Both paths, and that ours is the run's build path.",
    roles: &[Role::Debug],
    fix: "Compile with -ffile-prefix-map, --remap-path-prefix, -trimpath or /pathmap; or build at the vendor's path.",
    judge: Judge::Region(region),
};

/// The cause, for texts.
pub const IN_TEXT: Cause = Cause {
    id: "build-path-in-text",
    looks_for: "The run's build path or home folder in a text for people, with one other absolute path in its place.",
    gives: "Both paths, and that ours is the run's.",
    roles: &[],
    fix: "Write paths relative to the source into generated documents.",
    judge: Judge::Words(in_line),
};

/// Debug string sections up to this size are taken apart.
const LARGEST: usize = 64 << 20;

fn region(pair: &Pair<'_>) -> Opinion {
    let Some(ours) = pair.context.facts.get(BUILD_PATH) else { return Opinion::No };
    if pair.shipped.len().max(pair.rebuilt.len()) > LARGEST || ours.len() < 4 {
        return Opinion::No;
    }
    let contains_ours = pair.rebuilt.windows(ours.len()).any(|window| window == ours.as_bytes());
    if !contains_ours {
        return Opinion::No;
    }
    // Strings correspond by position only where the section is nothing but strings; other debug sections
    // hold lengths and offsets between them, which a byte count cannot tell from anything else.
    let (theirs, mine) = (strings(pair.shipped), strings(pair.rebuilt));
    if theirs.len() != mine.len() {
        return Opinion::Resembles("the number of strings differs".to_owned());
    }
    let mut root: Option<&[u8]> = None;
    let mut changed = 0u64;
    for (shipped, rebuilt) in theirs.into_iter().zip(mine) {
        if shipped == rebuilt {
            continue;
        }
        let Some(rest) = rebuilt.strip_prefix(ours.as_bytes()) else {
            return Opinion::Resembles("a string without the build path differs too".to_owned());
        };
        let Some(found) = shipped.strip_suffix(rest).filter(|root| is_absolute_path(root)) else {
            return Opinion::Resembles("a string differs after the build path too".to_owned());
        };
        if root.is_some_and(|root| root != found) {
            return Opinion::Resembles("more than one other path stands in its place".to_owned());
        }
        root = Some(found);
        changed += 1;
    }
    match root {
        Some(root) => Opinion::Explains(vec![format!(
            "{changed} strings: shipped {}, rebuilt {ours}, which is the run's build path; equal after it",
            String::from_utf8_lossy(root)
        )]),
        None => Opinion::No,
    }
}

fn strings(section: &[u8]) -> Vec<&[u8]> {
    section.split(|byte| *byte == 0).collect()
}

fn is_absolute_path(bytes: &[u8]) -> bool {
    bytes.len() >= 2
        && bytes.len() <= 1024
        && bytes.first() == Some(&b'/')
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._+~-".contains(byte))
}

fn in_line(line: &str, pair: &Pair<'_>) -> Vec<Slot> {
    let known = [(BUILD_PATH, "the run's build path"), (HOME, "the run's home folder")];
    let mut slots = Vec::new();
    for (name, what) in known {
        let Some(path) = pair.context.facts.get(name).filter(|path| path.len() > 3) else { continue };
        for (at, found) in line.match_indices(path) {
            slots.push(Slot {
                range: at..at + found.len(),
                pattern: "/[A-Za-z0-9._+~/-]{1,200}?".to_owned(),
                cause: IN_TEXT.id,
                accept: Accept::Same { what },
            });
        }
    }
    slots
}
