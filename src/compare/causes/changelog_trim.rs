//! Whether the packaging tool shortened the change log: the same entries, without the oldest.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "changelog-trim",
    looks_for: "A Debian change log that is the other side's up to an entry, and then says that older entries have been removed.",
    gives: "How many lines were removed, and on which side.",
    roles: &[],
    fix: "Use the vendor's version of debhelper, or dh_installchangelogs --no-trim.",
    judge: Judge::Text(judge),
};

/// What debhelper puts in the place of the entries it removed (dh_installchangelogs(1)); the package's name follows.
const REMOVED: &str = "# Older entries have been removed from this changelog.\n# To read the complete changelog use `apt changelog ";

fn judge(pair: &Pair<'_>) -> Opinion {
    let name = pair.place.base_name();
    if name != "changelog.debian" && name != "changelog" && !name.starts_with("changelog.debian.") {
        return Opinion::No;
    }
    let (Ok(shipped), Ok(rebuilt)) = (std::str::from_utf8(pair.shipped), std::str::from_utf8(pair.rebuilt))
    else {
        return Opinion::No;
    };
    for (side, long, short) in [("rebuilt", shipped, rebuilt), ("shipped", rebuilt, shipped)] {
        let Some((kept, package)) = short.split_once(REMOVED) else { continue };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
        let named =
            package.strip_suffix("`.\n").is_some_and(|name| !name.is_empty() && name.chars().all(plain));
        // Cut between two entries: the signature line of one before, the heading of the next after.
        let cut = long.strip_prefix(kept).filter(|_| kept.ends_with("\n\n"));
        let Some(removed) = cut.filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())) else {
            continue;
        };
        if named {
            return Opinion::Explains(vec![format!(
                "equal up to the entries that the {side} side says were removed: {} lines",
                removed.lines().count()
            )]);
        }
    }
    Opinion::No
}
