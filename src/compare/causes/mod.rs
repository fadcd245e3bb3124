//! Why two regions differ: one file per cause, each with what it looks for and where it may apply.
//!
//! A cause explains bytes only with evidence: both values and, where it rests on one, the fact of the run
//! that produced ours. Which roles it may touch stands in its table entry and is checked in one place,
//! [`explain`]; a test holds that no entry names a role that can carry code or hide bytes. Code that differs is explained
//! by a proof of the whole program alone, [`super::moved`].

mod archive_metadata;
mod build_id;
pub mod build_path;
mod changelog_trim;
pub mod compression;
mod debug_info;
mod directory_order;
mod environment_capture;
mod file_system;
mod hash_order;
mod kernel;
mod line_endings;
mod line_order;
mod locale;
pub mod member_order;
mod module_id;
pub mod moved_address;
mod parallelism;
mod randomness;
mod time_zone;
pub mod timestamp;
mod toolchain_version;
mod umask;
mod user_host;
mod vcs;

use super::context::Context;
use super::place::Place;
use super::text;
use crate::model::anatomy::Role;

/// The causes, in the order they are asked: the more specific first.
pub const CAUSES: [&Cause; 29] = [
    &time_zone::CAUSE,
    &timestamp::CAUSE,
    &timestamp::IN_TEXT,
    &build_id::CAUSE,
    &module_id::CAUSE,
    &build_path::CAUSE,
    &build_path::IN_TEXT,
    &moved_address::CAUSE,
    &debug_info::CAUSE,
    &user_host::CAUSE,
    &user_host::IN_TEXT,
    &umask::CAUSE,
    &toolchain_version::CAUSE,
    &toolchain_version::IN_TEXT,
    &environment_capture::CAUSE,
    &kernel::CAUSE,
    &parallelism::CAUSE,
    &vcs::CAUSE,
    &randomness::CAUSE,
    &file_system::CAUSE,
    &archive_metadata::CAUSE,
    &compression::CAUSE,
    &member_order::CAUSE,
    &line_endings::CAUSE,
    &line_order::CAUSE,
    &locale::CAUSE,
    &directory_order::CAUSE,
    &hash_order::CAUSE,
    &changelog_trim::CAUSE,
];

/// One cause.
pub struct Cause {
    /// Its id, kebab-case; policies name it.
    pub id: &'static str,
    /// What it looks for, as a sentence.
    pub looks_for: &'static str,
    /// What evidence it gives, as a sentence.
    pub gives: &'static str,
    /// The roles of regions it may explain; empty for causes of text and of structure.
    pub roles: &'static [Role],
    /// How to remove it at the source, as a sentence.
    pub fix: &'static str,
    /// How it judges.
    pub judge: Judge,
}

/// How a cause judges.
pub enum Judge {
    /// It looks at two regions.
    Region(fn(&Pair<'_>) -> Opinion),
    /// It looks at two whole texts of an inert kind.
    Text(fn(&Pair<'_>) -> Opinion),
    /// It names the places of a rebuilt line whose shipped counterpart it can account for.
    Words(fn(&str, &Pair<'_>) -> Vec<text::Slot>),
    /// It is about a container's structure; the walk asks it by name.
    Structure,
}

/// Two regions or texts that differ, and where.
pub struct Pair<'a> {
    /// The format of the artifact they are regions of.
    pub format: &'static str,
    /// Their role (the same on both sides).
    pub role: Role,
    /// Their name within the artifact.
    pub name: &'a str,
    /// The shipped bytes.
    pub shipped: &'a [u8],
    /// The rebuilt bytes.
    pub rebuilt: &'a [u8],
    /// Where the artifact stands.
    pub place: &'a Place,
    /// What the comparison was told.
    pub context: &'a Context,
}

/// What a cause says of two regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// It is the cause; the sentences are the evidence.
    Explains(Vec<String>),
    /// It looks like the cause, but the evidence is not enough; the sentence says what is missing.
    Resembles(String),
    /// It is not the cause.
    No,
}

/// What the causes say of two regions.
#[derive(Debug, PartialEq, Eq)]
pub enum Explained {
    /// The cause and its evidence.
    By(&'static str, Vec<String>),
    /// No cause; the sentences are hints for the reader.
    Not(Vec<String>),
}

/// Roles no cause may ever touch: they can carry code, decide what runs, or hide bytes.
pub const NEVER: [Role; 7] =
    [Role::Code, Role::Gap, Role::Trailing, Role::Extra, Role::Padding, Role::Name, Role::Signature];

/// Asks the causes in order whether one of them explains that two regions of one role differ.
pub fn explain(pair: &Pair<'_>) -> Explained {
    let mut hints = Vec::new();
    if NEVER.contains(&pair.role) {
        return Explained::Not(hints);
    }
    for cause in CAUSES {
        let Judge::Region(judge) = cause.judge else { continue };
        if !cause.roles.contains(&pair.role) {
            continue;
        }
        match judge(pair) {
            Opinion::Explains(evidence) if pair.context.allows(cause.id) => {
                return Explained::By(cause.id, evidence);
            }
            Opinion::Explains(_) => {
                hints.push(format!("{} would explain this; the policy does not allow it", cause.id))
            }
            Opinion::Resembles(hint) => hints.push(format!("looks like {}: {hint}", cause.id)),
            Opinion::No => {}
        }
    }
    Explained::Not(hints)
}

/// Asks the causes whether they explain that two texts differ, whole or word by word.
pub fn explain_text(pair: &Pair<'_>) -> Explained {
    let mut hints = Vec::new();
    let inert = pair.place.is_inert_text(pair.shipped, pair.rebuilt);
    for cause in CAUSES {
        let Judge::Text(judge) = cause.judge else { continue };
        match judge(pair) {
            Opinion::Explains(evidence) if inert && pair.context.allows(cause.id) => {
                return Explained::By(cause.id, evidence);
            }
            Opinion::Explains(_) => hints.push(not_accepted(cause.id, inert)),
            Opinion::Resembles(hint) => hints.push(format!("looks like {}: {hint}", cause.id)),
            Opinion::No => {}
        }
    }
    match text::explain_words(pair) {
        Some((cause, evidence)) if inert => return Explained::By(cause, evidence),
        Some((cause, evidence)) => {
            hints.extend(evidence.into_iter().take(3));
            hints.push(not_accepted(cause, inert));
        }
        None => {}
    }
    Explained::Not(hints)
}

fn not_accepted(cause: &str, inert: bool) -> String {
    if inert {
        format!("{cause} would explain this; the policy does not allow it")
    } else {
        format!("looks like {cause}, not accepted: a file of this kind can carry or steer code")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        let mut ids: Vec<&str> = CAUSES.iter().map(|cause| cause.id).collect();
        for cause in CAUSES {
            assert!(cause.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", cause.id);
            for sentence in [cause.looks_for, cause.gives, cause.fix] {
                assert!(sentence.len() > 20 && sentence.ends_with('.'), "{}: {sentence:?}", cause.id);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), CAUSES.len(), "ids are unique");
    }

    #[test]
    fn no_cause_may_touch_a_role_that_can_carry_code_or_hide_bytes() {
        for cause in CAUSES {
            for role in cause.roles {
                assert!(!NEVER.contains(role) && *role != Role::Member, "{} {role:?}", cause.id);
                let causes_of_data = *role == Role::Data || *role == Role::Symbols;
                assert!(!causes_of_data, "{}: data steers code", cause.id);
            }
        }
    }
}
