//! What goes off in other ways than data removed or a number changed: a page that fades, an error that is not one, a
//! fault nobody measured, a key nobody keeps, a payee put in another's place; and the tests that lead there.

use std::ops::Range;

use super::Told;
use super::atoms::Atom;
use super::atoms::Relation;
use super::effects::removes;
use super::losses;
use super::magic::Said;
use super::magic::told;
use super::outline::Branch;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::sense::literal;
use super::spoiled;
use super::tokens::Kind;
use super::words;

const FADES: Said = (
    "dated-change",
    "from a day on that is written in the program, what is shown fades or goes, and nobody is told",
    "What is shown after this day, and who knows of it?",
);
const ERRS: Said = (
    "dated-change",
    "from a day on that is written in the program, an error is raised that says nothing of the day",
    "What is broken then, and why is the true reason not told?",
);
const LATER: Said = (
    "dated-change",
    "from a day on that is written in the program, it does something else and tells nobody",
    "What changes on this day, and why is no one told?",
);
const DAYS: Said = (
    "dated-change",
    "on some days of the calendar, listed in the program, something else is done, and nobody is told",
    "Why does the program do this on these days?",
);
const NOUGHT: Said = (
    "counted-change",
    "from a count on, what was computed is put aside for nothing, and nobody is told",
    "What is done at this count, and who is meant to lose by it?",
);
const REKEYED: Said = (
    "counted-change",
    "on a condition, the key that was read is filled with chance bytes: nobody can read what it then encrypts",
    "Who has the key to what is written from then on?",
);
const PUT: Said = (
    "chosen-value",
    "on a condition, an account or wallet that stands in the program takes the place of another",
    "Whose account is this, and who has agreed that money goes there?",
);
const INSPECTED: Said = (
    "unwatched-change",
    "where a file of the program's own is there, or is missing, a result is scaled by a number of the program",
    "Who lays this file, and which result is the right one?",
);
const OTHERWISE: Said = (
    "named-exception",
    "one account whose number stands in the program is treated otherwise than all others",
    "Whose account is this, and why is it treated otherwise?",
);
const LATCHED: Said = (
    "counted-change",
    "after a time, a count or at a place something is marked that is then reported as a fault nobody has measured",
    "Is anything broken then, and who is told the true reason?",
);
const FORMULA: Said = (
    "computable-secret",
    "on one condition, numbers that come of chance otherwise come of a formula",
    "Who can work these numbers out, and why are they not left to chance?",
);
const PERSON: Said = (
    "missing-name",
    "because of one person whose name or number is written in the program, data is removed",
    "Whose name is this, and why does data go because of it?",
);
const FACTOR: Said = (
    "counted-change",
    "where several conditions meet, a result is scaled by a number close to one that stands in the program",
    "Who gains by this number, and why does it not stand in the settings?",
);

/// Longest body that is looked at.
const BODY: usize = 120;

/// What one branch sets off.
pub fn judge(sense: &Sense, branch: &Branch, found: &[Atom]) -> Option<Told> {
    if branch.case || found.len() > 8 {
        return None;
    }
    let place = super::shown(branch, found);
    let bomb = |said: Said, category| {
        let mut told = told(said, place.clone());
        told.category = category;
        Some(told)
    };
    if branch.body.len() <= 160
        && found.iter().any(|atom| spoiled::dated(sense, branch, atom))
        && let Some(said) = dated(sense, branch)
    {
        return bomb(said, "trap.time-bomb");
    }
    if branch.rest || branch.body.len() > BODY {
        return if branch.body.len() <= 160 && absent(sense, branch) {
            bomb(PERSON, "trap.logic-bomb")
        } else {
            None
        };
    }
    if listed(sense, branch, found) {
        return bomb(DAYS, "trap.time-bomb");
    }
    let quiet = || !sense.effects(branch.body.clone()).any(words::HONEST);
    let count = found.iter().any(|atom| {
        spoiled::counted(sense, branch, atom).is_some_and(|how| how != spoiled::Count::Every)
            || keyed_count(sense, branch, atom)
    });
    let timed = || {
        count
            || found
                .iter()
                .any(|atom| spoiled::dated(sense, branch, atom) || spoiled::long_running(sense, branch, atom))
    };
    let every = found.iter().any(|atom| spoiled::counted(sense, branch, atom) == Some(spoiled::Count::Every));
    if every && again(sense, branch.body.clone()) && branch.body.len() <= 40 && quiet() {
        return bomb(NOUGHT, "trap.logic-bomb");
    }
    if inspected(sense, branch, found) && quiet() {
        return bomb(INSPECTED, "trap.logic-bomb");
    }
    if count {
        let effects = sense.effects(branch.body.clone());
        let keyed = found.iter().any(|atom| keyed_count(sense, branch, atom))
            && (effects.alters
                || effects.waits
                || effects.any(words::SPOIL | words::THIN | words::DESTROY)
                || puts_number(sense, branch));
        if (keyed || nullifies(sense, branch) || skews(sense, branch)) && quiet() {
            return bomb(NOUGHT, "trap.logic-bomb");
        }
    }
    if rekeyed(sense, branch) && timed() {
        return bomb(REKEYED, "trap.logic-bomb");
    }
    if account(sense, branch, found) {
        return bomb(OTHERWISE, "trap.logic-bomb");
    }
    if payee(sense, branch, found) {
        return bomb(PUT, "trap.logic-bomb");
    }
    if latched(sense, branch, found) {
        return bomb(LATCHED, "trap.logic-bomb");
    }
    if formula(sense, branch) {
        return bomb(FORMULA, "trap.backdoor");
    }
    if factor(sense, branch, found) {
        return bomb(FACTOR, "trap.logic-bomb");
    }
    if absent(sense, branch) {
        return bomb(PERSON, "trap.logic-bomb");
    }
    None
}

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    for func in &sense.outline.funcs {
        if func.body.len() > 400 || !sense.step(func.body.len()) {
            continue;
        }
        found.extend(half(sense, func));
        let asked = func
            .body
            .clone()
            .find(|at| tokens.kind(*at) == Some(Kind::Text) && asks_for_one(inner(tokens.text(*at))));
        let bound = || {
            let left = func
                .body
                .clone()
                .find(|at| tokens.kind(*at) == Some(Kind::Text) && asks_with_place(inner(tokens.text(*at))));
            left.filter(|_| binds_one(sense, func.body.clone()))
        };
        let (asked, left) = match asked {
            Some(asked) => (Some(asked), false),
            None => (bound(), true),
        };
        let Some(asked) = asked else { continue };
        let gone = sense.outline.branches.iter().find(|branch| {
            !branch.rest
                && func.body.contains(&branch.test.start)
                && branch.test.start > asked
                && branch.body.len() <= BODY
                && (losses::whole(sense, branch.body.clone())
                    || left && losses::lasting(sense, branch.body.clone()))
        });
        if gone.is_some_and(|branch| !sense.effects_here(branch.body.clone()).any(words::HONEST)) {
            let mut person = told(PERSON, asked..asked + 1);
            person.category = "trap.logic-bomb";
            found.push(person);
        }
    }
    found
}

/// Whether chance bytes are written over with one number from some byte on.
fn half(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    const FILLS: &[&str] = &[
        "getrandom",
        "RAND_bytes",
        "nextBytes",
        "NextBytes",
        "GetBytes",
        "fill_bytes",
        "randomFillSync",
        "SecRandomCopyBytes",
        "arc4random_buf",
        "randombytes_buf",
        "getentropy",
        "Read",
        "getRandomValues",
    ];
    const MAKES: &[&str] = &[
        "token_bytes",
        "urandom",
        "randomBytes",
        "random_bytes",
        "getrandbits",
        "GetBytes",
        "generateSeed",
        "getRandomValues",
    ];
    if func.body.len() > 200 || !sense.mentions(FILLS) && !sense.mentions(MAKES) {
        return None;
    }
    let drawn = |name: u32, at: usize| {
        let made = sense
            .defs(name, sense.outline.func_at(at))
            .any(|def| def.value.end < at && def.value.clone().any(|at| tokens.any(at, MAKES)));
        made || (func.body.start..at).any(|at| {
            tokens.any(at, FILLS)
                && tokens.close(at + 1).is_some_and(|close| {
                    close - at <= 14 && (at + 2..close).any(|at| tokens.name(at) == Some(name))
                })
        })
    };
    let looped = |at: usize| {
        (at.saturating_sub(30).max(func.body.start)..at)
            .any(|at| tokens.any(at, &["for", "while", "each", "forEach", "times"]))
    };
    let at = func.body.clone().find(|at| {
        // `raw[i] = 0x5a` in a loop
        let element = tokens.is(*at, "=")
            && tokens.is(at.wrapping_sub(1), "]")
            && tokens.kind(at + 1) == Some(Kind::Number)
            && (tokens.any(at + 2, &[";", "}"]) || tokens.first(at + 2) || *at + 2 >= func.body.end)
            && tokens.all.get(at - 1).map(|token| token.mate as usize).is_some_and(|open| {
                open > 0
                    && open < *at
                    && tokens.kind(open + 1) == Some(Kind::Word)
                    && tokens.name(open - 1).is_some_and(|name| drawn(name, *at))
                    && looped(*at)
            });
        // `memset(out + 3, 0, n - 3)`
        let filled = tokens.any(*at, &["memset", "fill", "Fill", "fill_n", "explicit_bzero"])
            && tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")).is_some_and(|close| {
                close - at <= 24
                    && tokens.name(at + 2).is_some_and(|name| drawn(name, *at))
                    && tokens.is(at + 3, "+")
            });
        element || filled
    })?;
    Some(told(super::magic::HALF, at..at + 2))
}

/// What is done from a day on besides what is asked for elsewhere.
fn dated(sense: &Sense, branch: &Branch) -> Option<Said> {
    let tokens = sense.outline.tokens;
    let body = branch.body.clone();
    let effects = sense.effects(body.clone());
    if fades(sense, body.clone()) {
        return Some(FADES);
    }
    let here = sense.effects_here(body.clone());
    let explained = body.clone().any(|at| match tokens.kind(at) {
        Some(Kind::Text) => inner(tokens.text(at)).len() >= 6 && explains(inner(tokens.text(at))),
        Some(Kind::Word) => explains(tokens.text(at)),
        _ => false,
    });
    let throws = !branch.rest
        && body.len() <= 60
        && (body.clone().any(|at| tokens.any(at, &["throw", "raise", "panic", "fatalError"]))
            || returns_error(sense, body.clone()));
    let chance = sense.deep(branch.test.clone()) & words::CHANCE != 0;
    // An error of the machine, of which nothing in the program is the cause.
    let feigned = body.clone().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && (sense.word(at) & words::BROKEN != 0
                || [
                    "bad_alloc",
                    "outofmemory",
                    "memoryerror",
                    "nullpointer",
                    "nullreference",
                    "ioexception",
                    "oserror",
                    "ioerror",
                    "typeerror",
                    "indexerror",
                    "keyerror",
                    "timeout",
                    "stackoverflow",
                    "connectionerror",
                    "socketexception",
                    "enomem",
                    "accessviolation",
                    "segfault",
                    "indexoutof",
                ]
                .iter()
                .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some()))
    });
    if !explained && throws && feigned {
        return Some(ERRS);
    }
    if chance && !explained && !body.is_empty() {
        return Some(LATER);
    }
    let changes = losses::kills_itself(sense, body.clone())
        || effects.any(words::LASTING)
        || here.alters
        || here.waits
        || here.any(words::SEND);
    if branch.rest && changes && !explained && !here.any(words::HONEST) {
        return Some(LATER);
    }
    // `rows = rows.first(rows.size - 1)`
    let again = !branch.rest
        && !explained
        && body.len() <= 40
        && body.clone().any(|at| {
            let Some(name) = tokens.name(at).filter(|_| tokens.is(at + 1, "=")) else { return false };
            let value = at + 2..sense.outline.value_end(at + 2).min(body.end);
            value.len() >= 3
                // What is put before or behind it leaves it whole: `steps = [first] + steps`.
                && value.clone().any(|at| tokens.name(at) == Some(name) && !value_whole(sense, at, &value))
                && value.clone().any(|at| tokens.any(at, &["(", "["]))
        });
    (again && !effects.any(words::HONEST)).then_some(LATER)
}

/// Whether a body gives an error back as its value: `return nil, ErrTimeout`, `Err(Error::Io)`, `return -EIO`.
fn returns_error(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    body.len() <= 16
        && body.clone().any(|at| {
            tokens.is(at, "return") && {
                let value = at + 1..sense.outline.statement_end(at + 1).min(body.end);
                value.clone().any(|at| {
                    let text = tokens.text(at);
                    tokens.kind(at) == Some(Kind::Word)
                        && (text.starts_with(b"Err") || text.starts_with(b"err") && text.len() > 3)
                        || tokens.is(at, "-")
                            && tokens.text(at + 1).len() >= 3
                            && tokens.text(at + 1).iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
                })
            }
        })
}

/// Whether the name at `at` is joined as it is with what stands beside it in `value`.
fn value_whole(sense: &Sense, at: usize, value: &Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    at + 1 == value.end && tokens.is(at - 1, "+") && tokens.any(value.start, &["[", "("])
        || at == value.start && tokens.is(at + 1, "+") && tokens.is(at + 2, "[")
}

/// Whether what there was is given a part of itself: `rows = rows[:-1]`.
fn again(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    body.clone().any(|at| {
        let Some(name) = tokens.name(at).filter(|_| tokens.is(at + 1, "=")) else { return false };
        let end = sense.outline.value_end(at + 2).min(body.end);
        // `doc.rows = doc.rows[:-1]`: the part is taken right behind the name.
        (at + 2..end.min(at + 6)).any(|at| {
            tokens.name(at) == Some(name)
                && (tokens.is(at + 1, "[") || tokens.is(at + 1, ".") && tokens.is(at + 3, "("))
        })
    })
}

/// Whether a text or a name says why something ends.
fn explains(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    [
        "expir",
        "licen",
        "support",
        "trial",
        "valid",
        "renew",
        "subscr",
        "upgrade",
        "update",
        "version",
        "deprecat",
        "end of",
        "until",
        "since",
        "after",
        "before",
        "date",
        "season",
        "closed",
        "too early",
        "too late",
        "embargo",
        "period",
        "deadline",
        "removed",
        "sunset",
        "retire",
        "obsolete",
        "migrat",
        "beta",
        "preview",
        "warn",
        "notice",
    ]
    .iter()
    .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

/// Whether a page or a window is emptied, hidden or made hard to see.
fn fades(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let emptied = |at: usize| {
        tokens.any(at, &["replaceChildren", "dropAllTables"]) && tokens.is(at + 1, "(")
            || tokens.any(at, &["innerHTML", "textContent", "innerText", "outerHTML"])
                && tokens.is(at + 1, "=")
                && tokens.kind(at + 2) == Some(Kind::Text)
                && inner(tokens.text(at + 2)).is_empty()
            || tokens.any(at, &["opacity", "visibility", "display", "filter", "pointerEvents"])
                && (tokens.any(at + 1, &["=", ":"]) && tokens.any(at.wrapping_sub(2), &["style"]))
            || tokens.kind(at) == Some(Kind::Text)
                && matches!(inner(tokens.text(at)), b"opacity" | b"visibility" | b"display" | b"filter")
                && tokens.is(at.wrapping_sub(1), "(")
    };
    let whole =
        body.clone().any(|at| tokens.any(at, &["body", "documentElement", "document", "root", "html"]));
    whole && body.into_iter().any(emptied)
}

/// Whether a test asks for a day that stands in a list of the program, itself or by a function of the file.
fn listed(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    const DAYS: &[&str] = &[
        "tm_yday",
        "yday",
        "DayOfYear",
        "getDayOfYear",
        "dayOfYear",
        "day_of_year",
        "YearDay",
        "isocalendar",
        "tm_yday",
        "ordinal_day",
        "dayofyear",
    ];
    let days = |range: Range<usize>| {
        let list = range.clone().any(|at| {
            tokens.any(
                at,
                &[
                    "find",
                    "contains",
                    "includes",
                    "in",
                    "any",
                    "binary_search",
                    "Contains",
                    "indexOf",
                    "include?",
                    "in_array",
                    "count",
                    "some",
                ],
            )
        });
        list && range.clone().any(|at| tokens.any(at, DAYS))
    };
    let asked = found.iter().any(|atom| {
        if !atom.met(branch.holds) {
            return false;
        }
        if days(atom.range.clone()) {
            return true;
        }
        atom.range.clone().any(|at| {
            let Some(name) =
                tokens.name(at).filter(|_| tokens.any(at + 1, &["(", ")"]) || at + 1 == atom.range.end)
            else {
                return false;
            };
            let funcs = sense.outline.by_name.get(&name).map_or(0, Vec::len);
            funcs == 1
                && sense.outline.func_named(name).is_some_and(|func| {
                    func.body.len() <= 90
                        && !func.body.contains(&at)
                        && sense.step(func.body.len())
                        && days(func.body.clone())
                })
        })
    });
    if !asked {
        return false;
    }
    let effects = sense.effects(branch.body.clone());
    let changes = effects.alters
        || effects.replaces
        || effects.waits
        || effects.any(words::SEEDS | words::SPOIL | words::DESTROY | words::SEND | words::EXEC)
        || generator(sense, branch.body.clone());
    changes && !effects.any(words::HONEST)
}

/// Whether a count is kept under a key: `state['cycles'] > 1000`, where it is counted up elsewhere.
fn keyed_count(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    if !matches!(atom.relation, Relation::More | Relation::Equal)
        || !atom.met(branch.holds)
        || atom.left.len() > 12
    {
        return false;
    }
    if !sense.fixed(atom.right.clone()) || sense.number(atom.right.clone()).is_none_or(|number| number < 20.0)
    {
        return false;
    }
    let key = atom
        .left
        .clone()
        .find(|at| tokens.kind(*at) == Some(Kind::Text) && tokens.any(at.wrapping_sub(1), &["[", "("]));
    let Some(key) = key.map(|at| inner(tokens.text(at))).filter(|key| key.len() >= 3) else { return false };
    if !sense.step(tokens.all.len() / 16) {
        return false;
    }
    (1..tokens.all.len()).any(|at| {
        tokens.kind(at) == Some(Kind::Text)
            && inner(tokens.text(at)) == key
            && tokens.is(at + 1, "]")
            && (tokens.is(at + 2, "+=")
                || tokens.is(at + 2, "++")
                || tokens.is(at + 2, "=")
                    && (at + 3..at + 16).any(|at| tokens.is(at, "+") && tokens.is(at + 1, "1")))
    })
}

/// Whether a name is given a number of the program.
fn puts_number(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    branch.body.len() <= 30
        && branch.body.clone().any(|at| {
            tokens.is(at, "=")
                && tokens.kind(at + 1) == Some(Kind::Number)
                && tokens.text(at + 1).len() >= 2
                && tokens.name(at.wrapping_sub(1)).is_some()
        })
}

/// Whether a result is scaled where a file of a place that is written in the program is there, or is not.
fn inspected(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let there = found.iter().any(|atom| {
        matches!(atom.relation, Relation::Bare | Relation::Equal | Relation::Unequal)
            && atom.range.clone().any(|at| sense.word(at) & words::EXISTS != 0 && tokens.is(at + 1, "("))
            && atom.range.clone().any(|at| {
                tokens.kind(at) == Some(Kind::Text)
                    && inner(tokens.text(at)).starts_with(b"/")
                    && inner(tokens.text(at)).len() >= 6
            })
    });
    there && branch.body.len() <= 24 && sense.effects_here(branch.body.clone()).alters
}

/// Whether what was computed before is put aside for nothing.
fn nullifies(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    branch.body.clone().any(|at| {
        let Some(name) = tokens.name(at).filter(|_| tokens.is(at + 1, "=")) else { return false };
        let nothing = tokens.any(at + 2, &["0", "0.0", "nil", "None", "null", "nullptr", "NULL"])
            || tokens.any(at + 2, &["["]) && tokens.is(at + 3, "]")
            || tokens.kind(at + 2) == Some(Kind::Text) && inner(tokens.text(at + 2)).is_empty();
        let func = sense.outline.func_at(at);
        // The count itself begins anew.
        let own = branch.test.clone().any(|at| tokens.name(at) == Some(name));
        nothing
            && !own
            && sense.defs(name, func).any(|def| {
                def.func == func && def.value.end <= branch.test.end && !sense.fixed(def.value.clone())
            })
    })
}

/// Whether what is given back elsewhere is given back with a number of the program more or less.
fn skews(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let Some(at) =
        branch.body.clone().find(|at| tokens.is(*at, "return")).filter(|_| branch.body.len() <= 12)
    else {
        return false;
    };
    let value = at + 1..sense.outline.statement_end(at + 1).min(branch.body.end);
    let Some(name) = tokens.name(value.start) else { return false };
    let moved = tokens.any(value.start + 1, &["+", "-"])
        && tokens.kind(value.start + 2) == Some(Kind::Number)
        && !tokens.any(value.start + 2, &["1"]);
    let Some(func) = sense.outline.funcs.get(sense.outline.func_at(at) as usize) else { return false };
    moved
        && (branch.body.end..func.body.end.max(branch.body.end))
            .any(|at| tokens.is(at, "return") && tokens.name(at + 1) == Some(name))
}

/// Whether one account, by its number, is treated otherwise.
fn account(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let one = found.iter().any(|atom| {
        atom.relation == Relation::Equal && atom.met(branch.holds) && sense.fixed(atom.right.clone()) && {
            let text = sense.text_of(atom.right.clone());
            super::built_in::account(&text) && text.iter().any(u8::is_ascii_alphabetic)
        }
    });
    one && !branch
        .body
        .clone()
        .any(|at| tokens.any(at, &["throw", "raise", "panic", "log", "assert", "fail"]))
}

/// Whether a key that was read is filled with chance bytes.
fn rekeyed(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    const FILLS: &[&str] = &[
        "GetBytes",
        "nextBytes",
        "NextBytes",
        "getrandom",
        "randomFillSync",
        "RAND_bytes",
        "SecRandomCopyBytes",
        "fill_bytes",
        "fill",
        "randombytes_buf",
        "arc4random_buf",
        "try_fill_bytes",
        "Fill",
        "Read",
        "getRandomValues",
    ];
    const MAKES: &[&str] = &[
        "urandom",
        "token_bytes",
        "randomBytes",
        "random_bytes",
        "generateKey",
        "generate_key",
        "GenerateKey",
        "get_random_bytes",
        "openssl_random_pseudo_bytes",
        "RandomNumberGenerator",
    ];
    let key = |name: u32, at: usize| {
        let func = sense.outline.func_at(at);
        sense.name_tags(name) & (words::PRIVATE | words::SECRET) != 0
            && sense.defs(name, func).any(|def| {
                def.value.end <= branch.test.start
                    && def.value.clone().any(|at| {
                        let lower = tokens.text(at).to_ascii_lowercase();
                        [
                            "read", "load", "get", "config", "env", "decode", "from", "derive", "param",
                            "content", "open",
                        ]
                        .iter()
                        .any(|word| lower.starts_with(word.as_bytes()))
                    })
            })
    };
    branch.body.clone().any(|at| {
        let close = tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")).unwrap_or(at);
        let filled = tokens.any(at, FILLS)
            && (at + 2..close.min(at + 14)).any(|at| tokens.name(at).is_some_and(|name| key(name, at)));
        let made = tokens.is(at, "=")
            && tokens.name(at.wrapping_sub(1)).is_some_and(|name| key(name, at))
            && (at..sense.outline.value_end(at + 1).min(at + 24)).any(|at| tokens.any(at, MAKES));
        filled || made
    })
}

/// Whether somebody who is paid, or an account, is put in another's place by a text of the program.
fn payee(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    const WHO: &[&str] = &[
        "to",
        "recipient",
        "payee",
        "iban",
        "wallet",
        "beneficiary",
        "destination",
        "dest",
        "receiver",
        "payto",
        "creditor",
        "payout",
        "toaddress",
        "to_address",
        "payoutaddress",
        "payout_address",
        "destinationaddress",
        "receivingaddress",
        "accountnumber",
        "account_number",
        "creditoriban",
        "creditor_iban",
        "payeeiban",
    ];
    let chosen = found.iter().any(|atom| sense.fixed(atom.right.clone()) || sense.fixed(atom.left.clone()))
        || sense.deep(branch.test.clone()) & (words::CHANCE | words::CLOCK) != 0;
    chosen
        && branch.body.clone().any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            let lower = lower.strip_prefix(b"$").unwrap_or(&lower);
            let value = at + 2..sense.outline.value_end(at + 2).min(at + 10);
            if !WHO.iter().any(|who| lower == who.as_bytes())
                || !tokens.any(at + 1, &["=", ":"])
                || !sense.fixed(value.clone())
            {
                return false;
            }
            let text = sense.text_of(value);
            let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
            text.len() >= 10
                && digits >= 2
                && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b':'))
        })
}

/// Whether a part that nobody has measured is reported broken where a mark is set that comes of a time or a place.
fn latched(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let [atom] = found else { return false };
    if atom.relation != Relation::Bare || !atom.met(branch.holds) || atom.range.len() > 5 {
        return false;
    }
    let Some(name) = atom.range.clone().rev().find_map(|at| tokens.name(at)) else { return false };
    let faulty = branch.body.clone().any(|at| match tokens.kind(at) {
        Some(Kind::Word) => {
            sense.word(at) & words::BROKEN != 0
                && tokens.text(at).first().is_some_and(u8::is_ascii_uppercase)
                && !tokens.any(at, &["Fault", "Faults", "FaultCode"])
        }
        Some(Kind::Text) => {
            let text = inner(tokens.text(at));
            text.len() >= 6
                && text.split(|b| !b.is_ascii_alphanumeric()).any(|word| words::of(word) & words::BROKEN != 0)
        }
        _ => false,
    });
    if !faulty || !sense.step(64) {
        return false;
    }
    let set = |body: &Range<usize>| {
        body.clone().any(|at| {
            tokens.name(at) == Some(name)
                && tokens.is(at + 1, "=")
                && tokens.any(at + 2, &["true", "True", "1", "YES"])
        })
    };
    sense.outline.branches.iter().any(|other| {
        !other.rest
            && !other.case
            && other.body.len() <= 60
            && other.test != branch.test
            && set(&other.body)
            && super::atoms::atoms(tokens, other.test.clone()).iter().any(|atom| {
                matches!(atom.relation, Relation::More | Relation::Equal)
                    && atom.met(other.holds)
                    && atom.left.len() <= 12
                    && {
                        let long = sense.number(atom.right.clone()).is_some_and(|number| number >= 20.0)
                            && sense.fixed(atom.right.clone());
                        let days = sense.deep(atom.right.clone()) & words::LONG != 0;
                        let counts = atom
                            .left
                            .clone()
                            .any(|at| tokens.name(at).is_some_and(|name| sense.own_count(name)));
                        let clock = sense.deep(atom.left.clone()) & (words::CLOCK | words::UPTIME) != 0;
                        (counts || clock) && (long || days)
                    }
            })
    })
}

/// Whether a body calculates with the numbers of a plain generator.
pub(super) fn generator(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    body.into_iter().any(|at| {
        tokens.kind(at) == Some(Kind::Number)
            && literal(tokens.text(at)).is_some_and(|number| {
                const STEPS: &[u64] = &[
                    1_664_525,
                    1_013_904_223,
                    1_103_515_245,
                    22_695_477,
                    214_013,
                    2_531_011,
                    6_364_136_223_846_793_005,
                    1_442_695_040_888_963_407,
                    69_069,
                    16_807,
                    48_271,
                ];
                // The largest are no whole numbers of this type: both are rounded the same way.
                STEPS.iter().any(|step| (*step as f64).to_bits() == number.to_bits())
            })
    })
}

/// Whether chance is replaced by a formula on one condition.
fn formula(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    generator(sense, branch.body.clone())
        && tokens.names.iter().any(|name| {
            let name = name.to_ascii_lowercase();
            [
                "getrandom",
                "urandom",
                "random_device",
                "securerandom",
                "osrng",
                "randombytes",
                "arc4random",
                "entropy",
                "randomnumbergenerator",
            ]
            .iter()
            .any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some())
        })
}

/// Whether one number close to one is given where several conditions meet, and one otherwise.
fn factor(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if found.len() < 2 || branch.body.len() > 6 || !branch.holds {
        return false;
    }
    let near = |at: usize| {
        tokens.kind(at) == Some(Kind::Number)
            && literal(tokens.text(at)).is_some_and(|number| number != 1.0 && (0.8..=1.2).contains(&number))
    };
    let Some(at) = branch.body.clone().find(|at| tokens.is(*at, "return") && near(*at + 1)) else {
        return false;
    };
    let ends = |at: usize| tokens.any(at, &[";", "}"]) || tokens.first(at) || tokens.kind(at).is_none();
    let Some(func) = sense.outline.funcs.get(sense.outline.func_at(at) as usize) else { return false };
    let one = (branch.body.end..func.body.end.max(branch.body.end).min(branch.body.end + 30))
        .any(|at| tokens.is(at, "return") && tokens.any(at + 1, &["1", "1.0", "1.0f", "1f"]) && ends(at + 2));
    let timed = sense.deep(branch.test.clone())
        & (words::CLOCK | words::HOUR | words::CALENDAR | words::CHANCE | words::COUNT)
        != 0;
    one && timed && ends(at + 2)
}

/// Whether a text asks a database for one person: `… WHERE staff_no = 40718`.
fn asks_for_one(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some(begin) = memchr::memmem::find(&lower, b" where ") else { return false };
    if !lower.trim_ascii_start().starts_with(b"select") {
        return false;
    }
    let rest = lower.get(begin + 7..).unwrap_or_default();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'=', rest.get(at..).unwrap_or_default()) {
        let sign = at + found;
        at = sign + 1;
        let before = rest.get(..sign).unwrap_or_default().trim_ascii_end();
        let column: Vec<u8> =
            before.iter().rev().copied().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').collect();
        let column: Vec<u8> = column.into_iter().rev().collect();
        let person = words::of(&column) & words::PERSON != 0
            || ["staff", "emp", "person", "login", "user", "author"]
                .iter()
                .any(|start| column.starts_with(start.as_bytes()));
        let value = rest.get(sign + 1..).unwrap_or_default().trim_ascii_start();
        let number = value.iter().take_while(|b| b.is_ascii_digit()).count() >= 3;
        let name = value
            .strip_prefix(b"'")
            .and_then(|rest| rest.split(|b| *b == b'\'').next())
            .is_some_and(|name| words::is_person(name) && !name.contains(&b'%') && name.len() >= 5);
        if person && (number || name) {
            return true;
        }
    }
    false
}

/// Whether a text asks a database for one person whose number is given beside it: `… WHERE staff_no = ?`.
fn asks_with_place(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    if !lower.trim_ascii_start().starts_with(b"select") {
        return false;
    }
    let Some(begin) = memchr::memmem::find(&lower, b" where ") else { return false };
    let rest = lower.get(begin + 7..).unwrap_or_default();
    memchr::memchr_iter(b'=', rest).take(8).any(|sign| {
        let before = rest.get(..sign).unwrap_or_default().trim_ascii_end();
        let from =
            before.iter().rposition(|b| !b.is_ascii_alphanumeric() && *b != b'_').map_or(0, |at| at + 1);
        let column = before.get(from..).unwrap_or_default();
        let value = rest.get(sign + 1..).unwrap_or_default().trim_ascii_start();
        let placed = value.first().is_some_and(|b| matches!(b, b'?' | b'$' | b':' | b'@' | b'%'));
        placed
            && (words::of(column) & words::PERSON != 0
                || ["staff", "emp", "person", "login", "user", "author", "badge"]
                    .iter()
                    .any(|start| column.starts_with(start.as_bytes())))
    })
}

/// Whether a number of somebody, written in the program, is put into a statement.
fn binds_one(sense: &Sense, range: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    const BINDS: &[&str] = &[
        "setInt",
        "setLong",
        "setString",
        "setObject",
        "bind",
        "bindValue",
        "bind_param",
        "bindParam",
        "AddWithValue",
        "execute",
        "query",
        "Query",
        "QueryRow",
        "get_first_value",
        "fetchval",
        "fetchrow",
        "query_row",
        "queryForObject",
        "sqlite3_bind_int",
        "sqlite3_bind_text",
        "fetchOne",
        "get",
        "exec_params",
    ];
    range.into_iter().any(|at| {
        tokens.any(at, BINDS)
            && tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")).is_some_and(|close| {
                close - at <= 40
                    && (at + 2..close).any(|at| match tokens.kind(at) {
                        Some(Kind::Number) => {
                            tokens.any(at + 1, &[")", "]", ","])
                                && tokens.any(at - 1, &["(", "[", ","])
                                && literal(tokens.text(at)).is_some_and(|number| {
                                    number >= 1000.0 && number.fract() == 0.0 && number % 100.0 != 0.0
                                })
                        }
                        _ => false,
                    })
            })
    })
}

/// Whether an account that is named in the program is looked up, and data goes where it is not found.
fn absent(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let looked = branch.test.clone().any(|at| {
        let text = inner(tokens.text(at));
        if tokens.kind(at) != Some(Kind::Text)
            || text.len() < 5
            || text.len() > 24
            || !words::is_person(text)
            || text.iter().any(u8::is_ascii_uppercase)
            || !tokens.any(at.wrapping_sub(1), &["(", ","])
        {
            return false;
        }
        let Some(open) = tokens.up(at).filter(|open| branch.test.contains(open)) else { return false };
        let Some(called) = open.checked_sub(1).filter(|at| tokens.name(*at).is_some()) else { return false };
        let lower = tokens.text(called).to_ascii_lowercase();
        let who = |lower: &[u8]| {
            [
                "enabled",
                "directory",
                "employ",
                "account",
                "staff",
                "person",
                "ad_user",
                "aduser",
                "getpwnam",
                "colleague",
                "payroll",
                "user",
            ]
            .iter()
            .any(|word| memchr::memmem::find(lower, word.as_bytes()).is_some())
        };
        let params = tokens
            .name(called)
            .and_then(|name| sense.outline.func_named(name))
            .map_or(0..0, |func: &Func| func.params.clone());
        who(&lower) || params.clone().any(|at| sense.word(at) & words::PERSON != 0)
    });
    looked
        && losses::whole(sense, branch.body.clone())
        && branch.body.clone().any(|at| {
            sense.word(at) & words::DESTROY != 0 && sense.called(at)
                || tokens.kind(at) == Some(Kind::Text) && removes(inner(tokens.text(at)))
        })
        && !sense.effects_here(branch.body.clone()).any(words::HONEST)
}
