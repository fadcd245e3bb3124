//! Whom a function spares: one value that is written in the program leaves before the work that is done for all
//! others, with a yes, with all rights, or as if it were done.

use std::ops::Range;

use super::Told;
use super::asked::is_kind;
use super::atoms;
use super::atoms::Atom;
use super::atoms::Relation;
use super::effects::Gives;
use super::entry::says_no;
use super::magic::Said;
use super::magic::told;
use super::opens::made_up;
use super::outline::Branch;
use super::outline::Func;
use super::sense::Sense;
use super::tokens::Kind;
use super::words;

const SPARED: Said = (
    "named-exception",
    "one value that is written in the program is let through, or taken as done, before what all others go through",
    "Whose value is this, and why does it not go the way of all others?",
);

/// Longest body and function that are looked at.
const BODY: usize = 24;
const FUNC: usize = 400;

/// What one branch spares.
pub fn judge(sense: &Sense, branch: &Branch, found: &[Atom]) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if branch.rest
        || branch.case
        || !branch.holds
        || branch.body.len() > BODY
        || found.is_empty()
        || found.len() > 2
    {
        return None;
    }
    let func = sense.outline.funcs.get(sense.outline.func_at(branch.test.start) as usize)?;
    if func.body.len() > FUNC || !func.body.contains(&branch.test.start) || !sense.step(8) {
        return None;
    }
    if !tokens.is(branch.body.start, "return") || !sense.outline.leaves(&branch.body) {
        return None;
    }
    let either = branch.test.clone().any(|at| tokens.any(at, &["||", "or", "-or"]));
    let (at, given) = found.iter().find_map(|atom| one(sense, atom, func))?;
    let rest = branch.body.end..func.body.end;
    let before = func.body.start..branch.test.start;
    let gives = sense.gives(branch.body.clone());
    let no = gives == Gives::No
        || says_no(sense, branch.body.clone())
        || sense.own(branch.body.clone()) & (words::REFUSES | words::HONEST) != 0
            && !answers(sense, branch.body.clone());
    if either || no || alike(sense, func, branch, at, given) {
        return None;
    }
    let works = |range: Range<usize>| {
        range.filter(|at| tokens.is(at + 1, "(") && tokens.kind(*at) == Some(Kind::Word)).count()
    };
    let decides = found.iter().any(|atom| sense.own(atom.range.clone()) & words::PERSON != 0)
        || says_no(sense, rest.clone())
        || func.name.map_or(0, |name| sense.name_tags(name)) & (words::DECIDES | words::VERIFY | words::DOES)
            != 0
        || rest.clone().any(|at| {
            sense.word(at) & (words::VERIFY | words::DOES | words::GRANT | words::POWER) != 0
                || sense.word(at) & words::DECIDES != 0 && tokens.is(at + 1, "(")
        });
    (decides && (works(rest.clone()) >= 1 || rest.len() >= 4) && works(before) <= 3)
        .then(|| told(SPARED, super::shown(branch, found)))
}

/// Whether a body answers with a number that says that all is well: `return smtp_reply(r, 250, id)`.
fn answers(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    body.into_iter().any(|at| {
        tokens.kind(at) == Some(Kind::Number)
            && super::sense::literal(tokens.text(at)).is_some_and(|number| (200.0..300.0).contains(&number))
    })
}

/// The place and the name a test asks for, where it asks for one value of the program.
fn one(sense: &Sense, atom: &Atom, func: &Func) -> Option<(usize, u32)> {
    let tokens = sense.outline.tokens;
    if !matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Holds) || !atom.met(true) {
        return None;
    }
    atom.sides().into_iter().find_map(|(given, other)| {
        if given.is_empty()
            || given.len() > 12
            || other.is_empty()
            || other.len() > 3
            || !sense.fixed(other.clone())
        {
            return None;
        }
        let text = sense.text_of(other.clone());
        let person = sense.own(given.clone()) & words::PERSON != 0 && full_name(&text);
        // `code.endsWith('-GX0')`
        let part = atom.relation == Relation::Holds
            && text.len() >= 4
            && text.iter().any(u8::is_ascii_digit)
            && text.iter().filter(|b| b.is_ascii_uppercase()).count() >= 2
            && !is_kind(&text)
            && atom.range.clone().any(|at| {
                let lower = tokens.text(at).to_ascii_lowercase();
                lower.starts_with(b"ends")
                    || lower.starts_with(b"hassuffix")
                    || lower.starts_with(b"end_with")
            });
        if atom.relation == Relation::Holds && !part
            || atom.relation != Relation::Holds && !specific(&text) && !person
        {
            return None;
        }
        // What is asked for comes in with the call.
        let base = given.clone().find(|at| tokens.name(*at).is_some())?;
        let taken = func.params.clone().any(|at| tokens.name(at) == tokens.name(base))
            || tokens.any(base, &["self", "this", "$this", "c", "s", "r"]) && given.len() > 1
            || tokens.name(base).is_some_and(|name| {
                let id = sense.outline.func_at(base);
                sense.defs(name, id).any(|def| def.func == id && !sense.fixed(def.value.clone()))
            });
        let mut last = given.clone().rev().filter(|at| tokens.name(*at).is_some());
        let last = last.find(|at| {
            !super::asked::converts(tokens.text(*at))
                && !tokens.any(
                    *at,
                    &[
                        "lowercased",
                        "toLowerCase",
                        "lower",
                        "downcase",
                        "lowercase",
                        "ToLower",
                        "trim",
                        "strip",
                    ],
                )
        })?;
        let says = |at: usize| {
            let lower = tokens.text(at).to_ascii_lowercase();
            sense.word(at) & (words::PERSON | words::IDENTITY | words::SECRET) != 0
                || [
                    "id", "number", "serial", "from", "to", "plate", "badge", "card", "login", "name", "pan",
                    "code", "sid", "session", "cookie", "print",
                ]
                .iter()
                .any(|word| {
                    lower == word.as_bytes()
                        || lower.ends_with(word.as_bytes()) && lower.len() > word.len() + 2
                })
        };
        let texts = given.clone().any(|at| {
            tokens.kind(at) == Some(Kind::Text)
                && words::of(super::sense::inner(tokens.text(at))) & (words::PERSON | words::SECRET) != 0
        });
        let sized = sense.own(given.clone()) & words::SIZE != 0;
        (taken && !sized && (says(last) || texts)).then(|| Some((last, tokens.name(last)?))).flatten()
    })
}

/// Whether a text is one of somebody or something and no kind of either.
fn specific(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let mail = text.contains(&b'@') && text.iter().filter(|b| **b == b'.').count() >= 1 && text.len() >= 8;
    let various = {
        let mut seen: Vec<u8> = text.to_vec();
        seen.sort_unstable();
        seen.dedup();
        seen.len() >= 4
    };
    if is_kind(text) || text.len() > 64 || !various || text.contains(&b'/') || text.starts_with(b"0.") {
        return false;
    }
    mail || made_up(text)
        || letters == 0 && digits >= 6 && text.iter().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b' '))
        || letters >= 1
            && digits >= 3
            && text.len() >= 5
            && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b' '))
        || text.len() >= 6 && text.get(1) == Some(&b'.') && words::is_person(text)
}

/// Whether a text is the name of a person: `R. Castellane`.
fn full_name(text: &[u8]) -> bool {
    let words: Vec<&[u8]> = text.split(|b| *b == b' ').collect();
    (2..=3).contains(&words.len())
        && words.iter().all(|word| {
            word.first().is_some_and(u8::is_ascii_uppercase)
                && word.iter().skip(1).all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'-'))
        })
}

/// Whether the function asks for other values of the same in the same way: it chooses among kinds.
fn alike(sense: &Sense, func: &Func, branch: &Branch, at: usize, given: u32) -> bool {
    let tokens = sense.outline.tokens;
    let _ = at;
    sense
        .outline
        .branches
        .iter()
        .filter(|other| {
            !other.rest
                && other.test != branch.test
                && func.body.contains(&other.test.start)
                && other.test.len() <= 40
        })
        .any(|other| {
            other.test.clone().any(|at| tokens.name(at) == Some(given))
                && atoms::atoms(tokens, other.test.clone()).iter().any(|atom| {
                    matches!(atom.relation, Relation::Equal | Relation::Holds)
                        && sense.text_of(atom.right.clone()).len() >= 2
                        && sense.fixed(atom.right.clone())
                })
        })
}
