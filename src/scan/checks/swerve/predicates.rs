//! What a test asks by another name: `if (stale(file))`, `if (expired)`. The question itself stands in a function
//! or beside a name of the file, and is put in the place of its name.

use std::ops::Range;

use super::atoms;
use super::atoms::Atom;
use super::atoms::Relation;
use super::outline::Func;
use super::sense::Sense;
use super::tokens::Kind;
use super::tokens::NONE;

/// Longest value or function that is taken for a question.
const LONGEST: usize = 90;
/// Names of names.
const DEEPEST: usize = 2;
/// Comparisons of one test.
const MOST: usize = 24;

const YES: &[&str] = &["true", "True", "TRUE", "YES"];
const NO: &[&str] = &["false", "False", "FALSE", "NO", "nil", "None", "null", "NULL", "0"];

/// The comparisons of a test with the questions in the place of the names they go by; `None` where there are none.
pub fn opened(sense: &Sense, found: &[Atom]) -> Option<Vec<Atom>> {
    let mut all = Vec::new();
    let mut any = false;
    for atom in found {
        any |= open(sense, atom, 0, &mut all);
    }
    let telling = |atom: &Atom| {
        !found.iter().any(|known| known.range == atom.range)
            && match atom.relation {
                Relation::Bare => sense.own(atom.range.clone()) != 0,
                _ => {
                    sense.fixed(atom.left.clone())
                        || sense.fixed(atom.right.clone())
                        || sense.outline.tokens.any(atom.right.start, &["undefined", "null", "nil", "None"])
                            && sense.own(atom.left.clone()) & super::words::INSTALLED != 0
                }
            }
    };
    (any && all.iter().any(telling)).then_some(all)
}

fn open(sense: &Sense, atom: &Atom, depth: usize, all: &mut Vec<Atom>) -> bool {
    let told = asked_by_name(sense, atom).filter(|_| depth < DEEPEST && all.len() < MOST);
    let Some(questions) = told.filter(|questions| !questions.is_empty()) else {
        all.push(atom.clone());
        return false;
    };
    for (question, holds) in questions {
        for mut inner in atoms::atoms(sense.outline.tokens, question) {
            inner.negated ^= atom.negated ^ !holds;
            open(sense, &inner, depth + 1, all);
        }
    }
    true
}

/// The questions behind a bare name or call, each with whether the name is true where it holds.
fn asked_by_name(sense: &Sense, atom: &Atom) -> Option<Vec<(Range<usize>, bool)>> {
    let tokens = sense.outline.tokens;
    if atom.relation != Relation::Bare || atom.range.len() > 40 || !sense.step(4) {
        return None;
    }
    let last = atom.range.end.checked_sub(1)?;
    let at = match tokens.all.get(last) {
        Some(token) if tokens.is(last, ")") && token.mate != NONE => (token.mate as usize).checked_sub(1)?,
        _ => last,
    };
    if at < atom.range.start {
        return None;
    }
    let name = tokens.name(at)?;
    if !(atom.range.start..at)
        .all(|at| tokens.kind(at) == Some(Kind::Word) || tokens.any(at, &[".", "->", "::", "?.", "await"]))
    {
        return None;
    }
    let called = tokens.is(at + 1, "(");
    let func = sense.outline.func_named(name).filter(|func| {
        // A method of something else may only bear the name of one of the file.
        let own = at == atom.range.start
            || tokens.any(at.wrapping_sub(2), &["this", "self", "$this", "Self", "cls"])
            || tokens.any(at.wrapping_sub(1), &["await", "::", "->"]);
        own && (called || !sense.outline.defs.contains_key(&name)) && !func.body.contains(&at)
    });
    if let Some(func) = func {
        return Some(given_back(sense, func));
    }
    (!called).then(|| given_to(sense, name, at))
}

/// What a function gives back, or what it gives a yes for.
fn given_back(sense: &Sense, func: &Func) -> Vec<(Range<usize>, bool)> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    if func.body.is_empty() || func.body.len() > LONGEST {
        return found;
    }
    let mut any = false;
    for at in func.body.clone().filter(|at| tokens.is(*at, "return")) {
        any = true;
        let value = at + 1..sense.outline.statement_end(at + 1).min(func.body.end);
        found.extend(settled(sense, value));
    }
    if !any {
        // The last value is what is given back.
        let mut begin = func.body.start;
        let mut at = func.body.start;
        while at < func.body.end {
            if tokens.is(at, ";") && at + 1 < func.body.end {
                begin = at + 1;
            } else if sense.outline.lines && tokens.first(at) && !sense.outline.continues(at) {
                begin = at;
            }
            at = tokens.close(at).unwrap_or(at) + 1;
        }
        found.extend(settled(sense, begin..func.body.end));
    }
    found
}

/// The values a name is given.
fn given_to(sense: &Sense, name: u32, at: usize) -> Vec<(Range<usize>, bool)> {
    let defs = sense.defs(name, sense.outline.func_at(at)).filter(|def| !def.part);
    defs.filter(|def| def.value.len() <= LONGEST).flat_map(|def| settled(sense, def.value.clone())).collect()
}

/// A value as a question: itself, or what is asked where a yes or a no is given.
fn settled(sense: &Sense, value: Range<usize>) -> Option<(Range<usize>, bool)> {
    let tokens = sense.outline.tokens;
    if value.is_empty() {
        return None;
    }
    if value.len() == 1 && tokens.any(value.start, NO) {
        return None;
    }
    if value.len() == 1 && tokens.any(value.start, YES) {
        let around = sense
            .outline
            .branches
            .iter()
            .filter(|branch| !branch.rest && !branch.case && branch.body.contains(&value.start))
            .min_by_key(|branch| branch.body.len())?;
        return (around.body.len() <= LONGEST).then(|| (around.test.clone(), around.holds));
    }
    // What asks for nothing of the program asks for nothing here.
    let written = value.len() <= 8
        || value.clone().any(|at| {
            matches!(tokens.kind(at), Some(Kind::Text | Kind::Number)) && tokens.text(at).len() >= 2
                || sense.word(at) & (super::words::CALENDAR | super::words::WATCHED | super::words::TRACED)
                    != 0
        });
    if !written {
        return None;
    }
    let compared = value.clone().any(|at| {
        tokens.kind(at) == Some(Kind::Mark)
            && tokens.any(at, &["==", "!=", "===", "!==", ">", "<", ">=", "<=", "&&", "||", "!", "("])
            || tokens.any(at, &["and", "or", "not", "in", "is"])
            || tokens.kind(at) == Some(Kind::Mark)
                && tokens.text(at).starts_with(b"-")
                && tokens.text(at).len() > 2
            || tokens.text(at).ends_with(b"?")
    });
    compared.then_some((value, true))
}
