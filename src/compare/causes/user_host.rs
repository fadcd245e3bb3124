//! Who built it, and on which machine: owners in archives, names in texts.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use super::timestamp::pax_value;
use crate::compare::context::HOST;
use crate::compare::context::UID;
use crate::compare::context::USER;
use crate::compare::text;
use crate::compare::text::Accept;
use crate::compare::text::Slot;
use crate::model::anatomy::Role;

/// The cause, for owners of archive members.
pub const CAUSE: Cause = Cause {
    id: "user-host",
    looks_for: "An owner of an archive member that is the run's own user on our side, and another ordinary one on the shipped side.",
    gives: "Both owners, and that ours is the run's user.",
    roles: &[Role::Owner],
    fix: "Pack with fixed owners: tar --owner=0 --group=0 --numeric-owner.",
    judge: Judge::Region(region),
};

/// The cause, for names in texts.
pub const IN_TEXT: Cause = Cause {
    id: "user-host-in-text",
    looks_for: "The run's user or host name in a text for people, with one other word in its place.",
    gives: "Both names, and that ours is the run's.",
    roles: &[],
    fix: "Leave user and host names out of generated documents.",
    judge: Judge::Words(in_line),
};

fn region(pair: &Pair<'_>) -> Opinion {
    let (Some(shipped), Some(rebuilt)) = (owners(pair.shipped), owners(pair.rebuilt)) else {
        return Opinion::Resembles("one of the two fields is not an owner".to_owned());
    };
    if shipped.len() != rebuilt.len() {
        return Opinion::No;
    }
    let facts = &pair.context.facts;
    let mut evidence = Vec::new();
    for (shipped, rebuilt) in shipped.iter().zip(&rebuilt).filter(|(a, b)| a != b) {
        let ours = [UID, USER].iter().filter_map(|name| facts.get(name)).any(|fact| owner_is(rebuilt, fact));
        if !ours {
            return Opinion::Resembles(format!(
                "shipped {shipped}, rebuilt {rebuilt}; no fact of the run says that {rebuilt} is the user it ran as"
            ));
        }
        // Root as owner, together with a mode, is a privilege: it is not for a cause to give away.
        if shipped == "0" || shipped == "root" {
            return Opinion::Resembles(format!("shipped {shipped}: a privileged owner is not explained"));
        }
        evidence.push(format!("shipped {shipped}, rebuilt {rebuilt}, which was the run's user"));
    }
    if evidence.is_empty() { Opinion::No } else { Opinion::Explains(evidence) }
}

/// The owners a field holds: names, or octal numbers as decimal ones. Two fields of equal width may stand
/// together, as tar's user and group do; what follows the NUL of either must be NULs.
fn owners(field: &[u8]) -> Option<Vec<String>> {
    if let Some(value) = pax_value(field, &["uid", "gid", "uname", "gname"]) {
        return Some(vec![plain(value)?]);
    }
    let parts = match field.len() {
        16 | 64 => field.split_at(field.len() / 2),
        _ => (field, &[][..]),
    };
    let read = |part: &[u8]| -> Option<String> {
        let text = std::str::from_utf8(part).ok()?.trim_matches([' ', '\0']);
        let octal = part.len() == 8 && !text.is_empty() && text.chars().all(|c| c.is_digit(8));
        if octal { Some(u64::from_str_radix(text, 8).ok()?.to_string()) } else { plain(text) }
    };
    [parts.0, parts.1].into_iter().filter(|part| !part.is_empty()).map(read).collect()
}

/// A name or number without anything else in it; empty is a name too.
fn plain(text: &str) -> Option<String> {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "._-$".contains(c);
    (text.len() <= 32 && text.chars().all(harmless)).then(|| text.to_owned())
}

fn owner_is(value: &str, fact: &str) -> bool {
    // A fact is `1000`, `build` or `build (1000)`.
    fact.split([' ', '(', ')', ':']).any(|word| !word.is_empty() && word == value)
}

fn in_line(line: &str, pair: &Pair<'_>) -> Vec<Slot> {
    let known = [(HOST, "the run's host"), (USER, "the run's user")];
    let mut slots = Vec::new();
    for (name, what) in known {
        let Some(word) = pair.context.facts.get(name).filter(|word| word.len() > 2) else { continue };
        for range in text::words(line, word) {
            slots.push(Slot {
                range,
                pattern: "[A-Za-z0-9][A-Za-z0-9._-]{0,63}".to_owned(),
                cause: IN_TEXT.id,
                accept: Accept::Same { what },
            });
        }
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::compare::Context;
    use crate::compare::Facts;
    use crate::compare::place::Place;

    #[test]
    fn an_owner_needs_the_runs_own_user_and_is_never_root() {
        let facts: Facts = [(UID.to_owned(), "1000".to_owned())].into_iter().collect();
        let known = Context { facts, ..Context::default() };
        let judged = |shipped: &[u8; 16], context: &Context| {
            let pair = Pair {
                format: "tar",
                role: Role::Owner,
                name: "member x: uid and gid",
                shipped,
                rebuilt: b"0001750\x000001750\0",
                place: &Place::top("x"),
                context,
            };
            matches!(region(&pair), Opinion::Explains(_))
        };
        assert!(judged(b"0001751\x000001751\0", &known));
        assert!(!judged(b"0001751\x000001751\0", &Context::default()), "no fact, no cause");
        assert!(!judged(b"0000000\x000000000\0", &known), "root");
        assert!(!judged(b"0001751\x00\xfd\xfepaylo\0", &known), "not an owner");
    }
}
