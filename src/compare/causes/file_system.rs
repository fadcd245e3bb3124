//! On which file system it was packed: numbers that only that file system knows.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::model::anatomy::Role;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "file-system-metadata",
    looks_for: "The inode number of a cpio member that has one name only.",
    gives: "Both numbers; readers use them to find further names of one file, and this has none.",
    roles: &[Role::Toolchain],
    fix: "Pack with numbers made anew (cpio --reproducible).",
    judge: Judge::Region(region),
};

fn region(pair: &Pair<'_>) -> Opinion {
    if pair.format != "cpio" || !pair.name.ends_with(": inode of its only name") {
        return Opinion::No;
    }
    // A sign, or letters of another case, would say something beside the number.
    let number = |field: &[u8]| {
        let text =
            std::str::from_utf8(field).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u32::from_str_radix(text, 16).ok()
    };
    match (number(pair.shipped), number(pair.rebuilt)) {
        (Some(shipped), Some(rebuilt)) if shipped == rebuilt => {
            Opinion::Resembles("one number, written in two ways".to_owned())
        }
        (Some(shipped), Some(rebuilt)) => {
            Opinion::Explains(vec![format!("shipped {shipped}, rebuilt {rebuilt}")])
        }
        _ => Opinion::Resembles("one of the two fields does not hold a number".to_owned()),
    }
}
