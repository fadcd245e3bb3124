//! Who built it, and on which machine: owners in archives, names in texts.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
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
    let (Some(shipped), Some(rebuilt)) = (value(pair.shipped), value(pair.rebuilt)) else {
        return Opinion::Resembles("one of the two fields is not an owner".to_owned());
    };
    let facts = &pair.context.facts;
    let ours = [UID, USER].iter().filter_map(|name| facts.get(name)).any(|fact| owner_is(&rebuilt, fact));
    if !ours {
        return Opinion::Resembles(format!(
            "shipped {shipped}, rebuilt {rebuilt}; no fact of the run says that {rebuilt} is the user it ran as"
        ));
    }
    // Root as owner, together with a mode, is a privilege: it is not for a cause to give away.
    if shipped == "0" || shipped == "root" {
        return Opinion::Resembles(format!("shipped {shipped}: a privileged owner is not explained"));
    }
    Opinion::Explains(vec![
        format!("shipped {shipped}, rebuilt {rebuilt}"),
        format!("the run's user was {rebuilt}"),
    ])
}

/// The text of an owner field: a name, or an octal number as decimal.
fn value(field: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-$".contains(c);
    if text.is_empty() || !text.chars().all(plain) || text.len() > 32 {
        return None;
    }
    let octal = text.chars().all(|c| c.is_digit(8));
    Some(if octal { u64::from_str_radix(text, 8).ok()?.to_string() } else { text.to_owned() })
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
