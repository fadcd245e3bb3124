//! How it was packed: version and system fields of containers that no reader acts on.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::model::anatomy::Role;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "archive-metadata",
    looks_for: "The packing tool's version and system in zip headers, the system and effort bytes of a gzip header, and zlib's effort in a squashfs image.",
    gives: "Both values in words.",
    roles: &[Role::Toolchain],
    fix: "Pack with the vendor's exact tool and options.",
    judge: Judge::Region(region),
};

fn region(pair: &Pair<'_>) -> Opinion {
    let field = pair.name.rsplit(": ").next().unwrap_or(pair.name);
    let sentence = match (pair.format, field, pair.shipped, pair.rebuilt) {
        ("gzip", "os", [a], [b]) => {
            format!("written on system {a} shipped, {b} rebuilt (RFC 1952: 3 Unix, 255 unknown)")
        }
        ("gzip", "xfl", [a], [b]) if known_effort(*a) && known_effort(*b) => {
            format!("effort flag {a} shipped, {b} rebuilt (RFC 1952: 2 best, 4 fastest)")
        }
        // Upper byte: the system whose rules the external attributes follow. It decides what a mode means,
        // so only the version in the lower byte may differ.
        ("zip", "made by", [a, system], [b, ours]) if system == ours => {
            format!("made by version {} shipped, {} rebuilt", version(*a), version(*b))
        }
        ("zip", "version needed", [a, 0], [b, 0]) if *a <= 63 && *b <= 63 => {
            format!("version needed {} shipped, {} rebuilt", version(*a), version(*b))
        }
        ("zip", "internal attributes", [a @ (0 | 1), 0], [b @ (0 | 1), 0]) => {
            let kind = |bit: u8| if bit == 1 { "text" } else { "binary" };
            format!("said to be {} shipped, {} rebuilt; no reader acts on it", kind(*a), kind(*b))
        }
        // zlib's level, window and strategies behind the block's length; no reader needs them.
        (
            "squashfs",
            "gzip",
            [8, 0x80, a, 0, 0, 0, theirs, 0, x, 0],
            [8, 0x80, b, 0, 0, 0, ours, 0, y, 0],
        ) if [*a, *b].iter().all(|level| (1..=9).contains(level))
            && [*theirs, *ours].iter().all(|window| (8..=15).contains(window))
            && (*x | *y) < 32 =>
        {
            format!("packed at level {a} shipped, {b} rebuilt; windows of 2^{theirs} and 2^{ours} bytes")
        }
        _ => return Opinion::No,
    };
    Opinion::Explains(vec![sentence])
}

/// 0 nothing said, 2 best, 4 fastest; anything else is not the format's.
fn known_effort(flag: u8) -> bool {
    matches!(flag, 0 | 2 | 4)
}

fn version(byte: u8) -> String {
    format!("{}.{}", byte / 10, byte % 10)
}
