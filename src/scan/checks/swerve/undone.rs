//! What is left undone for some: an alarm that is not raised, a record that is not written, work that fails from a day
//! on and says nothing of it.

use std::ops::Range;

use super::Told;
use super::atoms::Atom;
use super::atoms::Relation;
use super::effects::Gives;
use super::magic::Said;
use super::magic::told;
use super::outline::Branch;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::spoiled;
use super::tokens::Kind;
use super::words;

const SILENT: Said = (
    "counted-change",
    "on a condition that is written in the program, an alarm that all others raise is not raised",
    "Who is not warned then, and who has decided on it?",
);
const EVERY: Said = (
    "counted-change",
    "every so many records one is taken as done and is not written or sent",
    "Which records are missing then, and who gains by it?",
);
const FAILS: Said = (
    "dated-change",
    "from a day on that is written in the program, it fails and says nothing of the day",
    "What is broken then, and why is the true reason not told?",
);

const CREDITED: Said = (
    "chosen-value",
    "one entry of a table, whose number is written in the program, is given what is left over",
    "Whose number is this, and who has agreed that it gets this?",
);
const SCALED: Said = (
    "chosen-value",
    "for some numbers of records or people a result is scaled by a number of the program",
    "Whose numbers are these, and who gains by it?",
);

/// Longest function that is read for what it does after a branch.
const FUNC: usize = 500;

/// What one branch leaves undone.
pub fn judge(sense: &Sense, branch: &Branch, found: &[Atom]) -> Option<Told> {
    if branch.rest || branch.case || branch.body.len() > 16 || found.is_empty() || found.len() > 4 {
        return None;
    }
    let tokens = sense.outline.tokens;
    let func = sense.outline.funcs.get(sense.outline.func_at(branch.test.start) as usize)?;
    let altered = found.iter().any(|atom| {
        atom.relation == Relation::Equal
            && sense.number(atom.right.clone()).is_some_and(|number| number >= 2.0)
            && numbered(sense, atom, 7.0, false)
    });
    if altered {
        let effects = sense.effects_here(branch.body.clone());
        if effects.alters && !effects.any(words::HONEST) {
            let mut told = told(SCALED, super::shown(branch, found));
            told.category = "trap.logic-bomb";
            return Some(told);
        }
    }
    let leaves = tokens.any(branch.body.start, &["return", "continue", "next", "break"]);
    if func.body.len() > FUNC || !leaves || !func.body.contains(&branch.test.start) {
        return None;
    }
    let place = super::shown(branch, found);
    let bomb = |said: Said, category| {
        let mut told = told(said, place.clone());
        told.category = category;
        Some(told)
    };
    if found.iter().any(|atom| spoiled::dated(sense, branch, atom)) {
        // `now > DAY && mail.from.ends_with("@…") { return None }`
        let one = found.iter().any(|atom| {
            let text = sense.text_of(atom.right.clone());
            matches!(atom.relation, Relation::Equal | Relation::Holds)
                && atom.met(branch.holds)
                && sense.fixed(atom.right.clone())
                && text.len() >= 5
                && text.iter().any(|b| matches!(b, b'@' | b'.' | b'-') || b.is_ascii_digit())
        }) && (branch.body.end..func.body.end).any(|at| tokens.is(at + 1, "("));
        let works = small(sense, branch, found) && kept(sense, branch, func);
        if one || works || fails(sense, branch, func) {
            return bomb(FAILS, "trap.time-bomb");
        }
    }
    let brief = branch.body.len() <= 8;
    if brief && found.iter().any(|atom| long(sense, branch, atom)) && alarms(sense, branch, func) {
        return bomb(SILENT, "trap.logic-bomb");
    }
    let every = brief && found.iter().any(|atom| every(sense, branch, atom));
    if every && sense.gives(branch.body.clone()) != Gives::No && kept(sense, branch, func) {
        return bomb(EVERY, "trap.logic-bomb");
    }
    None
}

/// Whether a test asks for a number below one of the program besides the day: `now > DAY && total < 1500`.
fn small(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    found.len() >= 2
        && found.iter().any(|atom| {
            matches!(atom.relation, Relation::Less | Relation::More)
                && atom.met(branch.holds) == (atom.relation == Relation::More)
                && !spoiled::dated(sense, branch, atom)
                && sense.fixed(atom.right.clone())
                && sense.number(atom.right.clone()).is_some()
        })
}

/// Where every so many of what there is are left out: `[r for i, r in enumerate(rows) if i % 31]`.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    for branch in sense.outline.branches.iter().filter(|branch| !branch.rest && branch.body.len() <= 60) {
        let sign = branch.body.clone().find(|at| {
            tokens.is(*at, "%")
                && tokens.kind(*at) == Some(Kind::Mark)
                && tokens.kind(at.wrapping_sub(1)) == Some(Kind::Word)
                && sense.number(at + 1..at + 2).is_some_and(|step| step >= 5.0 && step.fract() == 0.0)
                && (tokens.any(at + 2, &["!=", "!=="])
                    || tokens.is(at + 2, "]") && sense.outline.language == "python")
        });
        let Some(sign) = sign.filter(|_| sense.step(branch.body.len())) else { continue };
        let filtered = (branch.body.start..sign).any(|at| {
            tokens.any(
                at,
                &[
                    "enumerate",
                    "filter",
                    "filterIndexed",
                    "Where",
                    "each_with_index",
                    "with_index",
                    "array_filter",
                ],
            )
        });
        // What is left takes the place of what there was.
        let again = (branch.body.start..sign).any(|at| {
            tokens.is(at, "=")
                && tokens
                    .name(at - 1)
                    .is_some_and(|name| (at + 1..branch.body.end).any(|at| tokens.name(at) == Some(name)))
        });
        if filtered && again {
            let mut left = told(EVERY, sign.saturating_sub(1)..sign + 2);
            left.category = "trap.logic-bomb";
            found.push(left);
        }
    }
    // `paid["100482"] += rest`
    for at in (3..tokens.all.len()).filter(|at| tokens.any(*at, &["+=", "-="])) {
        let text = inner(tokens.text(at - 2));
        let one = tokens.is(at - 1, "]")
            && tokens.kind(at - 2) == Some(Kind::Text)
            && tokens.is(at - 3, "[")
            && (text.len() >= 5 && text.iter().all(u8::is_ascii_digit) || super::built_in::account(text));
        let more = at + 1..sense.outline.value_end(at + 1);
        if one && !more.is_empty() && sense.step(8) && more.clone().any(|at| tokens.name(at).is_some()) {
            found.push(told(CREDITED, at - 3..at + 1));
        }
    }
    found
}

/// Whether what is given back is a failure with no word about it.
fn fails(sense: &Sense, branch: &Branch, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    let body = branch.body.clone();
    let written = |range: Range<usize>| {
        range.clone().any(|at| tokens.kind(at) == Some(Kind::Text) && tokens.text(at).len() > 6)
    };
    let ends =
        ["expir", "licen", "valid", "trial", "support", "deprec", "season", "open", "avail", "start", "due"];
    let explained = |range: Range<usize>| {
        range.into_iter().any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            tokens.kind(at) == Some(Kind::Word)
                && ends.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        })
    };
    let named = func.name.and_then(|name| tokens.names.get(name as usize)).is_some_and(|name| {
        let lower = name.to_ascii_lowercase();
        ends.iter()
            .chain(&["is_", "has_", "date", "day"])
            .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
            || name.starts_with(b"is")
            || name.starts_with(b"has")
    });
    let fault = body.clone().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && ["fail", "error", "err_", "errno", "fault"]
                .iter()
                .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
    }) || tokens.is(body.start + 1, "-");
    // What all others get is worked out further down.
    let works = (body.end..func.body.end.max(body.end)).filter(|at| tokens.is(at + 1, "(")).count() >= 2;
    fault && works && !written(body.clone()) && !named && !explained(body) && !explained(branch.test.clone())
}

/// Whether a test asks for a day, a count or hours of work beyond what anybody tries out.
fn long(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    if !atom.met(branch.holds) {
        return false;
    }
    let hours = atom.relation == Relation::More
        && atom.left.len() <= 8
        && sense.fixed(atom.right.clone())
        && sense.number(atom.right.clone()).is_some_and(|number| number >= 500.0)
        && atom.left.clone().any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            ["hours", "cycles", "runs", "uptime", "days", "starts", "trips", "count", "odometer", "mileage"]
                .iter()
                .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        });
    // `zone->serial == 40177265`
    let one = matches!(atom.relation, Relation::Equal)
        && sense.own(atom.left.clone()) & (words::IDENTITY | words::PERSON) != 0
        && sense.fixed(atom.right.clone())
        && sense.number(atom.right.clone()).is_some_and(|number| number >= 10_000.0 && number % 100.0 != 0.0);
    hours
        || one
        || spoiled::dated(sense, branch, atom)
        || sense.asks_person(atom)
        || spoiled::counted(sense, branch, atom).is_some()
}

/// Whether what follows a branch warns somebody or stops a machine.
fn alarms(sense: &Sense, branch: &Branch, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    // What is done beside it, in the same block and not everywhere.
    let end = tokens.up(branch.test.start).and_then(|up| tokens.up(up).or(Some(up)));
    let end = end.and_then(|up| tokens.close(up)).unwrap_or(func.body.end).min(func.body.end);
    (branch.body.end..end.max(branch.body.end)).take(60).any(|at| {
        let lower = match tokens.kind(at) {
            Some(Kind::Word) if tokens.any(at + 1, &["(", ".", ")", "->", "::"]) => {
                tokens.text(at).to_ascii_lowercase()
            }
            _ => return false,
        };
        [
            "alarm",
            "alert",
            "trip",
            "emergency",
            "overspeed",
            "overheat",
            "overpressure",
            "siren",
            "brake",
            "shutdown",
            "shut_down",
            "evacuat",
            "interlock",
            "estop",
            "e_stop",
        ]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
    })
}

/// Whether a test comes true for every so many records by their number.
fn every(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    atom.met(branch.holds) && numbered(sense, atom, 7.0, true)
}

/// Whether a test asks for the remainder of somebody's or something's number.
fn numbered(sense: &Sense, atom: &Atom, least: f64, odd: bool) -> bool {
    let tokens = sense.outline.tokens;
    if atom.relation != Relation::Equal || !sense.fixed(atom.right.clone()) {
        return false;
    }
    let Some(sign) = atom.left.clone().find(|at| tokens.is(*at, "%") && *at > atom.left.start) else {
        return false;
    };
    let step = sense.number(sign + 1..atom.left.end).unwrap_or(0.0);
    let plain = step.log2().fract() == 0.0 || step % 5.0 == 0.0 || step % 12.0 == 0.0;
    step >= least
        && step.fract() == 0.0
        && !(odd && plain)
        && (atom.left.start..sign).any(|at| {
            let lower = inner(tokens.text(at)).to_ascii_lowercase();
            ["number", "seq", "no", "id", "serial", "num", "sequence", "nr"]
                .iter()
                .any(|word| lower == word.as_bytes() || lower.ends_with(format!("_{word}").as_bytes()))
                || [&b"Number"[..], b"Seq", b"Id", b"ID", b"No", b"Serial", b"Nr"]
                    .iter()
                    .any(|end| tokens.text(at).ends_with(end))
        })
}

/// Whether what follows a branch keeps or sends something.
fn kept(sense: &Sense, branch: &Branch, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    (branch.body.end..func.body.end.max(branch.body.end)).any(|at| match tokens.kind(at) {
        Some(Kind::Text) => {
            let head = inner(tokens.text(at)).trim_ascii_start();
            head.get(..7).is_some_and(|head| {
                head.eq_ignore_ascii_case(b"insert ") || head.eq_ignore_ascii_case(b"update ")
            })
        }
        _ => sense.word(at) & (words::DOES | words::SEND) != 0 && tokens.is(at + 1, "("),
    })
}
