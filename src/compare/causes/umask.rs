//! Which permissions new files got: the mask of the build.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::compare::context::UMASK;
use crate::model::anatomy::Role;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "umask",
    looks_for: "Permission bits of an archive member that differ only in what group and others may read, or the group may write.",
    gives: "Both modes and the run's umask.",
    roles: &[Role::Mode],
    fix: "Set umask 022 for the build, or pack with fixed modes.",
    judge: Judge::Region(region),
};

/// Group read and write, others read. Never execute, set-id, sticky, type, the owner's own bits, or others'
/// write: a file that anyone may change is a different file.
const HARMLESS: u32 = 0o064;

fn region(pair: &Pair<'_>) -> Opinion {
    // The same role covers types, devices and extended attributes, whose digits are no permissions.
    let field = pair.name.rsplit(": ").next().unwrap_or(pair.name);
    if field != "mode" && field != "external attributes" {
        return Opinion::No;
    }
    let (Some(shipped), Some(rebuilt)) = (mode(pair.format, pair.shipped), mode(pair.format, pair.rebuilt))
    else {
        return Opinion::Resembles("one of the two fields is not a mode".to_owned());
    };
    // A zip's MS-DOS bits say directory or not.
    let dos_differs = pair.format.starts_with("zip") && pair.shipped.get(..2) != pair.rebuilt.get(..2);
    if dos_differs {
        return Opinion::No;
    }
    let changed = shipped ^ rebuilt;
    let sentence = format!("shipped {shipped:o}, rebuilt {rebuilt:o}");
    if changed == 0 || changed & !HARMLESS != 0 {
        return Opinion::Resembles(format!("{sentence}: more than a umask may explain differs"));
    }
    if (shipped | rebuilt) & 0o6000 != 0 {
        return Opinion::Resembles(format!("{sentence}: a set-id file's permissions are not explained"));
    }
    let mut evidence = vec![sentence];
    match pair.context.facts.get(UMASK) {
        Some(umask) => evidence.push(format!("the run's umask was {umask}")),
        None => evidence.push("no run record: the umask of the rebuild is not known".to_owned()),
    }
    Opinion::Explains(evidence)
}

/// The mode a field holds, the file type included where the field has it.
fn mode(format: &str, field: &[u8]) -> Option<u32> {
    match (format, field.len()) {
        // External attributes: the Unix mode in the upper half, MS-DOS bits in the lower.
        ("zip" | "zip-behind-stub", 4) => match field.get(..2)? {
            [0 | 0x10, 0] => Some(u32::from_le_bytes(field.try_into().ok()?) >> 16),
            _ => None,
        },
        ("cpio", 8) => u32::from_str_radix(std::str::from_utf8(field).ok()?, 16).ok(),
        ("tar" | "ar" | "deb" | "cpio", _) => {
            let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
            let octal = !text.is_empty() && text.chars().all(|c| c.is_digit(8));
            octal.then(|| u32::from_str_radix(text, 8).ok()).flatten()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::compare::Context;
    use crate::compare::place::Place;

    fn judged(format: &'static str, name: &str, shipped: &[u8], rebuilt: &[u8]) -> bool {
        let (place, context) = (Place::top("x"), Context::default());
        let pair =
            Pair { format, role: Role::Mode, name, shipped, rebuilt, place: &place, context: &context };
        matches!(region(&pair), Opinion::Explains(_))
    }

    #[test]
    fn only_what_a_umask_may_do_is_explained() {
        assert!(judged("tar", "member x: mode", b"0000640\0", b"0000644\0"));
        assert!(judged("tar", "member x: mode", b"0000664\0", b"0000644\0"));
        for (shipped, why) in [
            (b"0004644\0", "set-uid"),
            (b"0000755\0", "executable"),
            (b"0000646\0", "anyone may write"),
            (b"0000444\0", "the owner's own bits"),
            (b"payload\0", "not a mode"),
        ] {
            assert!(!judged("tar", "member x: mode", shipped, b"0000644\0"), "{why}");
        }
        assert!(!judged("tar", "member x: mode", b"0004755\0", b"0004711\0"), "a set-uid file");
        assert!(!judged("tar", "member x: type", b"4", b"0"), "the type is one digit and no permission");
    }

    #[test]
    fn modes_are_read_as_their_formats_write_them() {
        assert_eq!(mode("tar", b"0000644\0"), Some(0o644));
        assert_eq!(mode("ar", b"100644  "), Some(0o100_644));
        assert_eq!(mode("zip", &(0o100_644u32 << 16).to_le_bytes()), Some(0o100_644));
        assert_eq!(mode("zip", &[7, 7, 0, 0]), None, "DOS bits beyond the directory flag are not a mode");
    }
}
