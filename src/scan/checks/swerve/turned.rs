//! Values that are handed back as they came, save where a count or a day that has nothing to do with them says
//! otherwise: then a number of the program makes them more or less, and nobody is told.

use std::ops::Range;

use super::Told;
use super::atoms;
use super::atoms::Relation;
use super::magic::Said;
use super::magic::told;
use super::outline::Branch;
use super::outline::Func;
use super::predicates;
use super::sense::Sense;
use super::tokens::Kind;
use super::words;

const TURNED: Said = (
    "counted-change",
    "a value is made more or less by a number of the program from a count or a day on that it has nothing to do with",
    "What does this count or day have to do with the value, and who is told that it is changed?",
);

/// Longest function that is looked at.
const FUNC: usize = 200;

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let mut found: Vec<Told> = Vec::new();
    for branch in sense.outline.branches.iter().filter(|branch| !branch.case) {
        let id = sense.outline.func_at(branch.test.start);
        let func = sense.outline.funcs.get(id as usize);
        let Some(func) = func.filter(|func| func.body.len() <= FUNC && sense.step(8)) else { continue };
        if let Some(place) = turned(sense, branch, func)
            && found.last().is_none_or(|told| told.place.start != place.start)
        {
            found.push(told(TURNED, place));
        }
    }
    found
}

fn turned(sense: &Sense, branch: &Branch, func: &Func) -> Option<Range<usize>> {
    let tokens = sense.outline.tokens;
    let value = changed(sense, branch.body.clone(), func)?;
    if branch.test.clone().any(|at| tokens.name(at) == Some(value)) || !sense.step(branch.body.len()) {
        return None;
    }
    let found = atoms::atoms(tokens, branch.test.clone());
    let opened = predicates::opened(sense, &found);
    let odd = found.iter().chain(opened.iter().flatten()).any(|atom| {
        atom.sides().into_iter().enumerate().any(|(side, (one, other))| {
            let later = match atom.relation {
                Relation::More => side == 0,
                Relation::Less => side == 1,
                _ => return false,
            };
            later == (branch.holds != atom.negated)
                && one.len() <= 12
                && sense.fixed(other.clone())
                && (elapsed(sense, one.clone(), func)
                    || counted(sense, one) && sense.number(other).is_some_and(|number| number >= 50.0))
        })
    });
    (odd && !sense.effects_here(branch.body.clone()).any(words::HONEST)).then(|| branch.test.clone())
}

/// The name that is given back, or set, as more or less by a number of the program.
fn changed(sense: &Sense, body: Range<usize>, func: &Func) -> Option<u32> {
    let tokens = sense.outline.tokens;
    let written = |range: Range<usize>| {
        range.into_iter().any(|at| tokens.kind(at) == Some(Kind::Number) && tokens.text(at).contains(&b'.'))
    };
    let mut gives = func.body.clone().filter(|at| tokens.is(*at, "return"));
    body.clone().find_map(|at| {
        // `corrected += min(age, 90) * 2.5`
        if tokens.any(at, &["+=", "-=", "*=", "/="]) {
            let end = sense.outline.statement_end(at + 1);
            return tokens.name(at.checked_sub(1)?).filter(|name| {
                written(at + 1..end)
                    && gives.clone().any(|at| (at + 1..at + 6).any(|at| tokens.name(at) == Some(*name)))
            });
        }
        // `return c - 0.35 * over`, where elsewhere `c` is given back as it is.
        let name = tokens
            .name(at + 1)
            .filter(|_| tokens.is(at, "return") && tokens.any(at + 2, &["*", "-", "+", "/"]))?;
        let end = sense.outline.statement_end(at + 1);
        let plain = gives
            .any(|at| tokens.name(at + 1) == Some(name) && sense.outline.statement_end(at + 1) == at + 2);
        (written(at + 3..end) && plain).then_some(name)
    })
}

/// Whether something is counted up in the program, or named as what is counted.
fn counted(sense: &Sense, range: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    range.into_iter().any(|at| {
        sense.word(at) & words::COUNT != 0
            || tokens.any(at.wrapping_sub(1), &[".", "->"])
                && tokens.name(at).is_some_and(|name| sense.outline.bumped.contains(&name))
    })
}

/// Whether a value is the time since a day that is written in the program: `when.toordinal() - 739676`.
fn elapsed(sense: &Sense, range: Range<usize>, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    // Days since the year one, days since 1970, seconds since 1970.
    let moment = |number: f64| {
        [719_163.0..800_000.0, 17_000.0..40_000.0, 1.2e9..4.1e9].iter().any(|days| days.contains(&number))
    };
    let away = |range: Range<usize>| {
        range.clone().any(|at| tokens.is(at, "-") && sense.number(at + 1..at + 2).is_some_and(moment))
            && range.clone().any(|at| sense.word(at) & (words::CLOCK | words::CALENDAR) != 0)
    };
    away(range.clone())
        || range.len() == 1
            && tokens.name(range.start).is_some_and(|name| {
                let id = sense.outline.func_at(func.body.start);
                sense.defs(name, id).any(|def| def.value.len() <= 30 && away(def.value.clone()))
            })
}
