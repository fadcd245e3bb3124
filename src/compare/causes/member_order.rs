//! In which order members were packed.
//!
//! Order means something where a name stands twice, where a link stands before what is unpacked through it,
//! where a reader looks at the first or last member only (a jar's manifest, a deb's three parts, a zip's end
//! record), and where a linker resolves by it (a static library). None of that is explained.

use super::Cause;
use super::Judge;
use crate::compare::place;
use crate::model::Anatomy;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "member-order",
    looks_for: "An archive with the same members, each with the same description, in another order.",
    gives: "How many members stand elsewhere, and that no name repeats and no member is a link.",
    roles: &[],
    fix: "Sort before packing (tar --sort=name); set LC_ALL=C.UTF-8; do not rely on the file system's order.",
    judge: Judge::Structure,
};

/// The evidence, if the order of these two anatomies' members means nothing; why it may mean something
/// otherwise.
pub fn order_means_nothing(
    shipped: &Anatomy,
    rebuilt: &Anatomy,
    moved: usize,
) -> Result<Vec<String>, String> {
    if matches!(shipped.format, "json" | "xml" | "plist") {
        return Err("the same keys and values stand in another order; a reader may go by it".to_owned());
    }
    if !matches!(shipped.format, "tar" | "zip" | "cpio") || shipped.format != rebuilt.format {
        return Err(format!("the order of what is in a {} file means something", shipped.format));
    }
    for anatomy in [shipped, rebuilt] {
        if place::has_repeated_names(anatomy) {
            return Err("a name stands more than once: the order decides which one counts".to_owned());
        }
        if let Some(problem) = anatomy.problems.first() {
            return Err(format!("the container is not sound: {problem}"));
        }
        let odd = anatomy.members.iter().find(|member| !is_plain(member));
        if let Some(odd) = odd {
            return Err(format!("{} is a link or special: what is unpacked before it matters", odd.name));
        }
    }
    let first = |anatomy: &Anatomy| anatomy.members.first().map(|member| member.name.clone());
    let is_jar = |name: &Option<String>| name.as_deref().is_some_and(|name| name.starts_with("META-INF"));
    if (is_jar(&first(shipped)) || is_jar(&first(rebuilt))) && first(shipped) != first(rebuilt) {
        return Err("a jar's readers look for its manifest at the start".to_owned());
    }
    Ok(vec![format!(
        "the same {} members, {moved} of them elsewhere; no name repeats and none is a link",
        shipped.members.len()
    )])
}

/// A regular file or a directory, as far as the container says.
fn is_plain(member: &crate::model::Member) -> bool {
    let kind = member.attributes.iter().find(|(key, _)| *key == "type").map(|(_, value)| value.as_str());
    matches!(kind, None | Some("file" | "regular" | "directory" | "dir" | "0" | "5"))
        && member.attributes.iter().all(|(key, value)| *key != "link" || value.is_empty())
}
