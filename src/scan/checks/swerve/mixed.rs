//! Conditions that have nothing to do with each other and must all hold: somebody's name and chance, a place and a
//! day, every third of the large ones at night. No rule of a trade reads so; who wrote it has one case in mind, or
//! wants to be seen seldom. What then happens is not asked, save whether somebody is told of it.

use std::ops::Range;

use super::Told;
use super::asked::is_kind;
use super::atoms;
use super::atoms::Atom;
use super::atoms::Relation;
use super::magic::Said;
use super::magic::told;
use super::outline::Branch;
use super::predicates;
use super::sense::Sense;
use super::sense::inner;
use super::sense::literal;
use super::tokens::Kind;
use super::tokens::NONE;
use super::words;
use crate::scan::code::map::Map;

const LOT: Said = (
    "named-exception",
    "what is done hangs on chance and on one value that is written in the program",
    "Why are some of these drawn by lot, and who are they?",
);
const MIXED: Said = (
    "named-exception",
    "conditions that have nothing to do with each other choose a few cases that go another way",
    "Which cases are these, and why do they not go the way of all others?",
);

const FAILS: Said = (
    "unwatched-change",
    "by chance alone, work fails or is not done",
    "Why does this fail by chance, and who is told that it does?",
);

/// Chance is asked.
const LOTS: u8 = 1;
/// A day or an hour that is written in the program.
const DAY: u8 = 2;
/// A value somebody bears that is written in the program.
const NAME: u8 = 4;
/// A place or a machine that is written in the program.
const PLACE: u8 = 8;
/// One of so many.
const SHARE: u8 = 16;
/// An amount that is written in the program.
const AMOUNT: u8 = 32;
/// Whether somebody watches.
const WATCHED: u8 = 64;
/// A value of something that is written in the program.
const THING: u8 = 128;

/// Branches of a function that are looked at.
const BRANCHES: usize = 48;
/// Tokens of what follows in which somebody may be told.
const NEXT: usize = 40;

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let mut found: Vec<Told> = Vec::new();
    let mut by_func: Map<u32, Vec<(&Branch, u8)>> = Map::default();
    let mut order = Vec::new();
    for branch in &sense.outline.branches {
        let func = sense.outline.func_at(branch.test.start);
        if func == NONE || branch.case || !sense.step(branch.test.len()) {
            continue;
        }
        let shows = shows(sense, branch);
        if shows == 0 {
            continue;
        }
        let all = by_func.entry(func).or_default();
        if all.is_empty() {
            order.push(func);
        }
        all.push((branch, shows));
    }
    for func in order {
        let Some(all) = by_func.get(&func).filter(|all| all.len() <= BRANCHES) else { continue };
        for (branch, own) in all {
            let mut shows = *own;
            for (outer, more) in all {
                let within = outer.body.start <= branch.test.start && branch.body.end <= outer.body.end;
                if within && !std::ptr::eq(*outer, *branch) {
                    shows |= more;
                }
            }
            let failed = own & LOTS != 0 && fails(sense, branch);
            let said = strange(shows).filter(|_| !tells(sense, branch)).or(failed.then_some(FAILS));
            let Some(said) = said else { continue };
            if !found.iter().any(|told| told.place.start == branch.test.start) {
                found.push(told(said, branch.test.clone()));
                break;
            }
        }
    }
    found
}

/// What is said of conditions of these kinds together.
fn strange(shows: u8) -> Option<Said> {
    let all = |kinds: u8| shows & kinds == kinds;
    match () {
        () if all(LOTS | NAME) || all(LOTS | PLACE) || all(LOTS | WATCHED) => Some(LOT),
        () if all(LOTS | DAY) || all(LOTS | AMOUNT) || all(LOTS | THING) => Some(LOT),
        () if all(DAY | NAME) || all(DAY | PLACE) || all(DAY | WATCHED) || all(NAME | SHARE) => Some(MIXED),
        () if all(DAY | SHARE) || all(SHARE | AMOUNT) => Some(MIXED),
        () => None,
    }
}

/// Of which kinds the comparisons are that must all hold for a branch.
fn shows(sense: &Sense, branch: &Branch) -> u8 {
    let tokens = sense.outline.tokens;
    // Either of two things is less strange than both.
    let either: &[&str] = if branch.holds { &["||", "or", "-or"] } else { &["&&", "and", "-and"] };
    let found = atoms::atoms(tokens, branch.test.clone());
    if found.len() > 1 && branch.test.clone().any(|at| tokens.any(at, either)) {
        return 0;
    }
    let opened = predicates::opened(sense, &found);
    let met = |atom: &Atom| {
        let kind = kind(sense, atom);
        // A name that is none of one is any name but that.
        if matches!(kind, NAME | THING) && !atom.met(branch.holds) { 0 } else { kind }
    };
    found.iter().chain(opened.iter().flatten()).map(met).fold(0, |all, kind| all | kind)
}

/// Of which kind a comparison is; nought where it is of none.
fn kind(sense: &Sense, atom: &Atom) -> u8 {
    let tokens = sense.outline.tokens;
    let own = sense.own(atom.range.clone());
    if atom.relation == Relation::Bare {
        let drawn = own & words::CHANCE != 0
            && atom.range.clone().any(|at| {
                tokens.any(at, &["gen_bool", "random_bool", "one_chance_in"])
                    || tokens.any(at, &["%"]) && tokens.kind(at + 1) == Some(Kind::Number)
            });
        // `/^88[0-4]\d{3}$/.test(row.account)`
        let matched = atom.range.clone().any(|at| {
            tokens.kind(at) == Some(Kind::Text) && tokens.any(at + 2, &["test", "match?", "IsMatch"])
                || tokens.any(at, &["test", "fullmatch", "preg_match", "matches", "match"])
                    && tokens.is(at + 1, "(")
                    && tokens.kind(at + 2) == Some(Kind::Text)
        });
        return match () {
            () if drawn => LOTS,
            () if matched && atom.range.clone().any(|at| pointed(tokens.text(at))) => {
                of_whom(sense, atom.range.clone())
            }
            () => share(sense, atom.range.clone()),
        };
    }
    for (one, other) in atom.sides() {
        if one.is_empty() || other.is_empty() || other.len() > 30 {
            continue;
        }
        let said = sense.own(one.clone());
        let written = other.clone().any(|at| matches!(tokens.kind(at), Some(Kind::Number | Kind::Text)))
            || sense.fixed(other.clone());
        if said & words::CHANCE != 0
            && called(sense, one.clone())
            && matches!(atom.relation, Relation::More | Relation::Less | Relation::Equal)
        {
            return LOTS;
        }
        if !written {
            continue;
        }
        if said & words::TRACED != 0 {
            return WATCHED;
        }
        let hour = one.clone().any(|at| {
            tokens.any(
                at,
                &[
                    "hour",
                    "getHours",
                    "getUTCHours",
                    "tm_hour",
                    "Hour",
                    "getHour",
                    "wday",
                    "yday",
                    "weekday",
                    "DayOfWeek",
                    "dayOfWeek",
                    "getDay",
                    "Weekday",
                    "YearDay",
                    "DayOfYear",
                    "dayOfYear",
                ],
            )
        });
        if hour || said & (words::CLOCK | words::CALENDAR | words::YEAR) != 0 && sense.dated(other.clone()) {
            return DAY;
        }
        let text = other.clone().find(|at| tokens.kind(*at) == Some(Kind::Text));
        if let Some(text) = text.map(|at| inner(tokens.text(at)))
            && matches!(atom.relation, Relation::Equal | Relation::Holds | Relation::Unequal)
            && other.len() <= 6
            && pointed(text)
        {
            let whom = of_whom(sense, one.clone());
            if whom != 0 {
                return whom;
            }
        }
        let number = sense
            .number(other.clone())
            .filter(|_| other.len() <= 6)
            .or_else(|| text.filter(|_| other.len() <= 6).and_then(|at| literal(inner(tokens.text(at)))));
        if matches!(atom.relation, Relation::More | Relation::Less)
            && number.is_some_and(|number| number >= 2.0)
            && !other.clone().any(|at| sense.word(at) & words::CLOCK != 0)
            && one.clone().any(|at| amount(tokens.text(at)))
            && !one.clone().any(|at| tokens.is(at, "%"))
        {
            return AMOUNT;
        }
    }
    share(sense, atom.range.clone())
}

/// Whether every so many of something are meant: `id % 3`.
fn share(sense: &Sense, range: Range<usize>) -> u8 {
    let tokens = sense.outline.tokens;
    let counted = range.clone().any(|at| {
        tokens.is(at, "%")
            && at > range.start
            && tokens.kind(at - 1) == Some(Kind::Word)
            && literal(tokens.text(at + 1))
                .is_some_and(|number| number >= 3.0 && number != 4.0 && number != 8.0 && number != 16.0)
            && sense.word(at - 1) & (words::YEAR | words::CALENDAR | words::HOUR | words::CLOCK) == 0
    });
    if counted { SHARE } else { 0 }
}

/// Whose name or place a value is.
fn of_whom(sense: &Sense, range: Range<usize>) -> u8 {
    let said = sense.own(range.clone());
    let own_name = |at: usize| {
        sense
            .outline
            .tokens
            .any(at, &["localDomainName", "localHostName", "gethostname", "hostname", "MachineName"])
    };
    if said & (words::LOCALE | words::HOSTED) != 0 || sense.reaches(range.clone(), 1, &own_name) {
        return PLACE;
    }
    let part = range.len() >= 3 && range.clone().any(|at| sense.outline.tokens.any(at, &[".", "->", "?."]));
    match () {
        () if said & (words::PERSON | words::IDENTITY) != 0 => NAME,
        () if part => THING,
        () => 0,
    }
}

/// Whether chance is asked in a range.
fn called(sense: &Sense, range: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    // `rng.nextInt(…)`, and not `len(rng)`.
    range.clone().any(|at| sense.word(at) & words::CHANCE != 0 && tokens.any(at + 1, &["(", ".", "::", "->"]))
        || sense.outline.language == "ruby" && range.len() <= 2
}

/// Whether a text names one of something, and not a kind of it.
fn pointed(text: &[u8]) -> bool {
    text.len() >= 3
        && text.len() <= 60
        && !is_kind(text)
        && !text.contains(&b' ')
        && text
            .iter()
            .any(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || matches!(b, b'.' | b'@' | b'-'))
}

/// Whether a word speaks of money or of how much there is of something.
fn amount(word: &[u8]) -> bool {
    let Ok(word) = std::str::from_utf8(word) else { return false };
    word.len() <= 40
        && words::parts(word).any(|part| {
            matches!(
                part.to_ascii_lowercase().as_str(),
                "amount"
                    | "price"
                    | "sum"
                    | "ether"
                    | "cents"
                    | "quantity"
                    | "qty"
                    | "balance"
                    | "fee"
                    | "stake"
                    | "payout"
                    | "betrag"
                    | "wei"
                    | "satoshi"
                    | "sats"
            )
        })
}

/// Whether somebody is told where a branch goes.
fn tells(sense: &Sense, branch: &Branch) -> bool {
    let body = branch.body.clone();
    let body = if branch.rest { body.start..body.end.min(body.start + NEXT) } else { body };
    sense.effects_here(body).any(words::HONEST | words::REFUSES)
}

/// Whether what chance leads to is an error nobody met, or that nothing is done.
fn fails(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let trial = [
        "simul", "chaos", "fault", "inject", "mock", "flak", "test", "demo", "fuzz", "jitter", "sampl",
        "loss",
    ];
    let says = |name: &[u8]| {
        let lower = name.to_ascii_lowercase();
        trial.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
    };
    let id = sense.outline.func_at(branch.test.start);
    let Some(func) = sense.outline.funcs.get(id as usize) else { return false };
    let named = func.name.and_then(|name| tokens.names.get(name as usize)).is_some_and(|name| says(name));
    if named || branch.test.clone().chain(branch.body.clone()).any(|at| says(tokens.text(at))) {
        return false;
    }
    let body = if branch.rest {
        branch.body.start..branch.body.end.min(branch.body.start + 24)
    } else {
        branch.body.clone()
    };
    let thrown = body.clone().any(|at| {
        tokens.any(at, &["throw", "raise"])
            && !tokens.first(at + 1)
            && (at + 1..at + 6)
                .any(|at| tokens.is(at, "(") || tokens.kind(at) == Some(Kind::Text) || tokens.is(at, ","))
    });
    // `if (rng.Next(100) > 82) { log("written"); return; }`, before the work.
    let left = !branch.rest
        && body.len() <= 24
        && body.end.checked_sub(2).is_some_and(|at| tokens.is(at, "return") && tokens.is(at + 1, ";"))
        && func.body.end > body.end + 4
        && sense.own(body) & words::HONEST != 0;
    thrown || left
}
