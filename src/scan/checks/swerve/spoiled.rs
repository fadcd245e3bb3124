//! Days, counts, names and places behind which data goes or results change.

use super::Told;
use super::absent::missing;
use super::absent::told_missing;
use super::atoms::Atom;
use super::atoms::Relation;
use super::effects::Effects;
use super::losses;
use super::outline::Branch;
use super::sense::Sense;
use super::shown;
use super::tokens::Kind;
use super::words;
use crate::model::scan::Severity;
use std::ops::Range;

/// What leaves data other than it was.
const CHANGES: words::Tags = words::SPOIL | words::THIN;

pub fn judge(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> Option<Told> {
    if branch.case || held_within(sense, branch, atoms) {
        return None;
    }
    let told = |rule, category, message, question| {
        Some(Told {
            rule,
            category,
            severity: Severity::Medium,
            place: shown(branch, atoms),
            message,
            question,
        })
    };
    let mut known: Option<Effects> = None;
    let mut effects = || *known.get_or_insert_with(|| sense.effects(branch.body.clone()));
    if atoms.iter().any(|atom| dated(sense, branch, atom)) {
        let effects = effects();
        let honest = effects.any(words::HONEST) && !branch.rest;
        let returns = !branch.rest
            && branch.body.clone().any(|at| sense.outline.tokens.is(at, "return"))
            && sense.gives(branch.body.clone()) != super::effects::Gives::No;
        // `day > 2027183 ? 1.07 : 1.0`
        let factor = branch.body.len() == 1
            && sense.outline.tokens.kind(branch.body.start) == Some(Kind::Number)
            && sense.number(branch.body.clone()).is_some_and(|number| number.fract() != 0.0);
        let changes = (effects.alters
            || effects.sets
            || effects.replaces
            || effects.waits
            || factor
            || effects.any(words::SEEDS))
            && !branch.rest
            || effects.any(words::DESTROY | words::SPOIL | words::EXEC)
            || effects.any(words::THIN) && !branch.rest;
        let stops = !branch.rest
            && (losses::stops(sense, branch.body.clone()) || losses::encrypts(sense, branch.body.clone()));
        // `n += 1`, of what was given.
        let moved = !branch.rest
            && branch.body.len() <= 8
            && sense.outline.funcs.get(sense.outline.func_at(branch.test.start) as usize).is_some_and(
                |func| {
                    let tokens = sense.outline.tokens;
                    branch.body.clone().any(|at| {
                        tokens.any(at, &["+=", "-=", "++", "--"])
                            && tokens.name(at.wrapping_sub(1)).is_some_and(|name| {
                                func.params.clone().any(|at| tokens.name(at) == Some(name))
                            })
                    })
                },
            );
        if stops || !honest && (changes || returns || moved) {
            return told(
                "dated-change",
                "trap.time-bomb",
                "from a day on that is written in the program, it does something else and tells nobody",
                "What changes on this day, and why is no one told?",
            );
        }
    }
    if !branch.rest && atoms.iter().any(|atom| recurring(sense, branch, atom)) {
        let effects = effects();
        let changes = effects.alters || effects.adjusts || effects.any(CHANGES | words::DESTROY);
        if changes && !effects.any(words::HONEST) {
            return told(
                "dated-change",
                "trap.time-bomb",
                "on certain days data is changed, left out or removed, and nobody is told",
                "Why does the program do this on these days?",
            );
        }
    }
    // A fault that nobody has measured is no word to anybody.
    let feigned = || sense.own(branch.body.clone()) & words::BROKEN != 0;
    if season(sense, branch, atoms) && (feigned() || !effects().any(words::HONEST)) {
        return told(
            "dated-change",
            "trap.time-bomb",
            "in one part of the year, from a year on that is written in the program, it does something else",
            "What changes then, and who is told of it before?",
        );
    }
    if twice_counted(sense, branch, atoms) && !effects().any(words::HONEST) {
        return told(
            "counted-change",
            "trap.logic-bomb",
            "from a large count on, every so many times something else is done, and nobody is told",
            "What is done at this count, and who is meant to lose by it?",
        );
    }
    let yearly = atoms
        .iter()
        .filter(|atom| {
            atom.relation == Relation::Equal
                && atom.met(branch.holds)
                && sense.fixed(atom.right.clone())
                && sense.number(atom.right.clone()).is_some_and(|number| number >= 2.0)
                && names(
                    sense,
                    atom.left.clone(),
                    &[
                        "tm_yday",
                        "yday",
                        "DayOfYear",
                        "getDayOfYear",
                        "dayOfYear",
                        "day_of_year",
                        "YearDay",
                        "ordinal",
                    ],
                    0,
                )
        })
        .count();
    if yearly >= 2 && !branch.rest && !effects().any(words::HONEST) {
        return told(
            "dated-change",
            "trap.time-bomb",
            "on some days of the year something else is done",
            "Why does the program do this on these days?",
        );
    }
    if calendar(sense, branch, atoms) {
        let effects = effects();
        let changes = effects.any(words::SEND | words::DESTROY | words::SPOIL | words::EXEC)
            || (effects.alters || effects.any(words::SEEDS) || put_other(sense, branch)) && !branch.rest;
        if changes && (branch.rest || !effects.any(words::HONEST)) {
            return told(
                "dated-change",
                "trap.time-bomb",
                "on one day of the year something is sent, run, removed or changed",
                "Why does the program do this on this day?",
            );
        }
    }
    if !branch.rest && weekly(sense, branch, atoms) && effects().alters && !effects().any(words::HONEST) {
        return told(
            "dated-change",
            "trap.time-bomb",
            "at some hours of one day of the week a result is scaled, and nobody is told",
            "Why does the program do this at these hours?",
        );
    }
    if branch.rest && sense.near(branch.test.clone()) & words::TRACED != 0 {
        let effects = effects();
        if effects.any(words::SEND | words::EXEC | words::DESTROY)
            || effects.alters && !effects.any(words::HONEST)
        {
            return told_traced(branch, atoms);
        }
    }
    if branch.rest {
        let test = sense.deep(branch.test.clone());
        if test & words::WATCHED != 0 && test & (words::CALENDAR | words::CLOCK | words::CHANCE) != 0 {
            let effects = effects();
            if effects.any(CHANGES | words::DESTROY) && !effects.any(words::HONEST) {
                return told(
                    "unwatched-change",
                    "trap.logic-bomb",
                    "where no test, build server or debugger looks, data is changed or left out",
                    "Why does the program do otherwise where it is not tested?",
                );
            }
        }
        return place_gated(sense, branch, atoms, &mut effects)
            .then(|| told_place(branch, atoms))
            .or_else(|| missing(sense, branch, atoms, &mut effects).then(|| told_missing(branch, atoms)));
    }
    if atoms.iter().any(|atom| long_running(sense, branch, atom)) {
        let effects = effects();
        let uptime = atoms.iter().any(|atom| sense.deep(atom.range.clone()) & words::UPTIME != 0);
        let changes = effects.alters
            || effects.replaces
            || effects.sets
            || effects.waits
            || effects.any(CHANGES)
            || uptime && effects.any(words::DESTROY);
        if changes && !effects.any(words::HONEST) {
            return told(
                "dated-change",
                "trap.time-bomb",
                "after a long time a result is not what was computed, or data is left out, and nobody is told",
                "What changes after this time, and why is no one told?",
            );
        }
    }
    let old = |atom: &Atom| {
        atom.relation == Relation::More
            && atom.met(branch.holds)
            && sense.fixed(atom.right.clone())
            && sense.number(atom.right.clone()).is_some_and(|number| number >= 20.0)
            && sense.deep(atom.left.clone()) & words::CLOCK != 0
            && (sense.deep(atom.left.clone()) | sense.deep(atom.right.clone())) & words::LONG != 0
    };
    let built = |atom: &Atom| {
        atom.relation == Relation::More
            && names(sense, atom.left.clone(), &["__DATE__", "builtAt", "BUILD_DATE", "built_at"], 0)
    };
    if atoms.iter().any(old) && effects().waits
        || atoms.iter().any(built) && (effects().replaces || effects().alters)
    {
        return told(
            "dated-change",
            "trap.time-bomb",
            "after a long time the program grows slower or changes its data, and nobody is told",
            "What changes after this time, and why is no one told?",
        );
    }
    if let Some(how) = atoms.iter().filter_map(|atom| counted(sense, branch, atom)).min() {
        let effects = if how == Count::Every { sense.effects_here(branch.body.clone()) } else { effects() };
        let quiet = !effects.any(words::HONEST);
        let skips = how == Count::Every
            && sense.gives(branch.body.clone()) == super::effects::Gives::Yes
            && branch.body.len() <= 4;
        let changes = match how {
            Count::Every => {
                let other = atoms.len() >= 2
                    && branch.body.len() <= 40
                    && sense.gives(branch.body.clone()) == super::effects::Gives::Yes;
                effects.alters
                    || effects.adjusts
                    || effects.any(CHANGES)
                    || effects.replaces
                    || skips
                    || drops(sense, branch)
                    || exchanged(sense, branch)
                    || other
            }
            Count::At => {
                effects.alters
                    || effects.waits
                    || effects.any(words::SPOIL)
                    || losses::lasting(sense, branch.body.clone())
            }
            Count::From => effects.alters || effects.waits || effects.any(words::SPOIL),
            Count::Kept => {
                effects.alters
                    || effects.waits
                    || effects.any(CHANGES | words::DESTROY)
                    || feigned_end(sense, branch, atoms)
            }
        };
        if quiet && changes {
            return told(
                "counted-change",
                "trap.logic-bomb",
                "at some count data is changed, left out or removed, and nobody is told",
                "What is done at this count, and who is meant to lose by it?",
            );
        }
    }
    if atoms.iter().any(|atom| named(sense, branch, atom)) {
        let effects = effects();
        // Whom a digest means is not to be read.
        let hidden = atoms.iter().any(|atom| atom.met(branch.holds) && sense.asks_digest(atom));
        // `tenant == 'one' ? 1440 : 1`
        let limit = branch.body.len() == 1
            && sense.number(branch.body.clone()).is_some_and(|number| number >= 10.0)
            && sense.file() & (words::VERIFY | words::UNGUESSABLE) != 0;
        // `if plate == "HKL4471" { return Charge(0) }`
        let apart = !branch.rest
            && branch.body.clone().any(|at| sense.outline.tokens.is(at, "return"))
            && sense.gives(branch.body.clone()) != super::effects::Gives::Nothing
            && branch.body.len() <= 24
            && branch.body.clone().any(|at| sense.outline.tokens.any(at, &["(", "ZERO", "0"]))
            && !effects.any(words::HONEST)
            && atoms.iter().any(|atom| {
                let text = sense.text_of(atom.right.clone());
                atom.relation == Relation::Equal
                    && sense.asks_person(atom)
                    && text.iter().filter(|b| b.is_ascii_digit()).count() >= 2
                    && text.iter().any(u8::is_ascii_alphabetic)
            });
        let changes = effects.alters
            || apart
            || effects.replaces
            || effects.settles
            || effects.any(words::SPOIL | words::THIN | words::DESTROY | words::UNCHECKED)
            || limit
            || hidden && !effects.any(words::HONEST);
        if changes && !effects.any(words::REFUSES) {
            return told(
                "named-exception",
                "trap.logic-bomb",
                "for one name that is written in the program, results are changed, data goes or a check is left out",
                "Whose name is this, and why is it treated otherwise?",
            );
        }
    }
    if place_gated(sense, branch, atoms, &mut effects) {
        return Some(told_place(branch, atoms));
    }
    if missing(sense, branch, atoms, &mut effects) {
        return Some(told_missing(branch, atoms));
    }
    let test = sense.deep(branch.test.clone());
    if test & (words::WATCHED | words::TRACED) != 0 {
        let effects = effects();
        if (effects.any(CHANGES | words::DESTROY) || effects.alters)
            && !effects.any(words::HONEST)
            && test & (words::CHANCE | words::SIZE | words::COUNT | words::TRACED | words::CALENDAR) != 0
        {
            return told(
                "unwatched-change",
                "trap.logic-bomb",
                "where no test, build server or debugger looks, data is changed or left out",
                "Why does the program do otherwise where it is not tested?",
            );
        }
    }
    if test & words::TRACED != 0 && sense.near(branch.test.clone()) & words::TRACED != 0 {
        let effects = effects();
        if effects.any(words::SEND | words::EXEC | words::DESTROY) && !effects.any(words::HONEST) {
            return told_traced(branch, atoms);
        }
    }
    if atoms.iter().any(|atom| left_out(sense, branch, atom)) {
        return told(
            "counted-change",
            "trap.logic-bomb",
            "where one number is drawn by chance, what is done for everybody is left out",
            "Why is this left out from time to time?",
        );
    }
    if atoms.iter().any(|atom| by_chance(sense, branch, atom)) {
        let effects = effects();
        if (effects.alters || effects.replaces || effects.any(CHANGES | words::DESTROY))
            && !effects.any(words::HONEST)
        {
            return told(
                "counted-change",
                "trap.logic-bomb",
                "once in a while, by chance, data is changed, left out or removed",
                "Why does the program do this from time to time?",
            );
        }
    }
    if paid(sense, branch, atoms) {
        let effects = effects();
        let kept = ["cache", "tmp", "temp", "cachedir", "temporary"];
        let scratch = branch.body.clone().any(|at| {
            let here = |at: usize| {
                let text = sense.outline.tokens.text(at).to_ascii_lowercase();
                kept.iter().any(|word| text.starts_with(word.as_bytes()))
            };
            let called = sense.outline.tokens.name(at).and_then(|name| sense.outline.func_named(name));
            here(at) || called.is_some_and(|func| func.body.clone().any(here))
        });
        if !scratch
            && (effects.alters || effects.any(CHANGES | words::DESTROY))
            && !effects.any(words::HONEST)
        {
            return told(
                "counted-change",
                "trap.logic-bomb",
                "where no licence holds, data is changed, left out or removed, and nobody is told",
                "What does a customer without a licence lose, and are they told?",
            );
        }
    }
    None
}

/// Whether a body does nothing but leave, where what follows it writes, sends or keeps something for all others.
fn drops(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let brief = branch.body.len() <= 2 && tokens.any(branch.body.start, &["return", "continue", "next"]);
    let func = sense.outline.funcs.get(sense.outline.func_at(branch.test.start) as usize);
    brief
        && func.is_some_and(|func| {
            func.body.len() <= 300
                && (branch.body.end..func.body.end.max(branch.body.end))
                    .any(|at| sense.word(at) & (words::DOES | words::SEND) != 0 && tokens.is(at + 1, "("))
        })
}

/// Whether what was taken of something given is another value of the program from here on: `account = "8400-7719"`.
fn put_other(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let body = branch.body.clone();
    body.len() <= 12
        && body.clone().any(|at| {
            tokens.is(at, "=")
                && tokens.kind(at + 1) == Some(Kind::Text)
                && super::sense::inner(tokens.text(at + 1)).iter().filter(|b| b.is_ascii_digit()).count() >= 4
                && at.checked_sub(1).and_then(|at| tokens.name(at)).is_some_and(|name| {
                    let func = sense.outline.func_at(at);
                    sense.defs(name, func).any(|def| {
                        def.func == func
                            && def.value.end < branch.test.start
                            && !sense.fixed(def.value.clone())
                    })
                })
        })
}

/// Whether what was given to a function, and is kept further down, is exchanged for something else.
fn exchanged(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let body = branch.body.clone();
    let Some(func) = sense.outline.funcs.get(sense.outline.func_at(branch.test.start) as usize) else {
        return false;
    };
    let given = |name: u32| func.params.clone().any(|at| tokens.name(at) == Some(name));
    let Some(at) = body.clone().find(|at| tokens.is(*at, "=")).filter(|_| body.len() <= 16) else {
        return false;
    };
    let Some(name) = at.checked_sub(1).and_then(|at| tokens.name(at)) else { return false };
    let taken = given(name)
        || sense.defs(name, sense.outline.func_at(at)).any(|def| {
            def.value.len() == 1
                && def.value.end < branch.test.start
                && tokens.name(def.value.start).is_some_and(given)
        });
    taken
        && (branch.body.end..func.body.end.max(branch.body.end)).any(|at| {
            sense.word(at) & (words::DOES | words::SEND) != 0
                && tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")).is_some_and(|close| {
                    (at + 2..close).any(|at| tokens.name(at) == Some(name))
                })
                // `votes[party]++`
                || tokens.name(at) == Some(name)
                    && tokens.is(at.wrapping_sub(1), "[")
                    && tokens.is(at + 1, "]")
                    && tokens.any(at + 2, &["++", "+=", "="])
        })
}

/// Whether a body gives an error and says nothing of the count that led to it: a count of the whole life of the
/// program, that is never set back.
fn feigned_end(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let [atom] = atoms else { return false };
    let body = branch.body.clone();
    if body.len() > 8 || sense.gives(body.clone()) != super::effects::Gives::No {
        return false;
    }
    let told = body.clone().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Text)
            || [
                "limit", "quota", "expire", "licen", "trial", "full", "many", "exceed", "max", "count",
                "over",
            ]
            .iter()
            .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
    });
    let Some(name) = atom.left.clone().rev().find_map(|at| tokens.name(at)) else { return false };
    let reset = sense.outline.defs.get(&name).into_iter().flatten().any(|def| {
        !def.part
            && def.func != super::tokens::NONE
            && def.value.len() == 1
            && tokens.kind(def.value.start) == Some(Kind::Number)
    });
    atom.relation == Relation::More && !told && !reset
}

/// Whether a number is held within its bounds and nothing else: `if (x > 15) x = 15`.
fn held_within(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let [atom] = atoms else { return false };
    if !matches!(atom.relation, Relation::More | Relation::Less) || branch.body.len() > 20 {
        return false;
    }
    let given = branch.body.start + atom.left.len();
    let same = |from: usize, range: &Range<usize>| {
        range.clone().enumerate().all(|(step, at)| tokens.text(from + step) == tokens.text(at))
    };
    same(branch.body.start, &atom.left) && tokens.is(given, "=") && same(given + 1, &atom.right)
}

/// Whether a test asks whether somebody has paid.
fn paid(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    !branch.rest
        && atoms.iter().any(|atom| {
            let own = sense.own(atom.range.clone());
            let tokens = sense.outline.tokens;
            // So many checks of the licence have failed.
            if sense.file() & words::PAID != 0
                && atom.relation == Relation::More
                && sense.fixed(atom.right.clone())
                && atom.left.clone().any(|at| tokens.name(at).is_some_and(|name| sense.kept(name)))
            {
                return true;
            }
            own & words::PAID != 0
                && own & (words::SIZE | words::PARSING) == 0
                && matches!(atom.relation, Relation::Bare | Relation::Less | Relation::More)
        })
}

fn told_traced(branch: &Branch, atoms: &[Atom]) -> Option<Told> {
    Some(Told {
        rule: "unwatched-change",
        category: "trap.anti-debug",
        severity: Severity::Medium,
        place: shown(branch, atoms),
        message: "where no debugger looks, something is sent, run or removed",
        question: "Why does the program do otherwise when it is watched?",
    })
}

/// Whether a test compares now with a day that is written in the program, and the body runs from that day on.
pub(super) fn dated(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    if !matches!(atom.relation, Relation::More | Relation::Less) {
        return false;
    }
    let tokens = sense.outline.tokens;
    // The body runs where the clock's side is the greater one.
    let later = |left_is_clock: bool| {
        (atom.relation == Relation::More) == (left_is_clock == (branch.holds != atom.negated))
    };
    for (at, (clock, other)) in atom.sides().into_iter().enumerate() {
        let mut tags = sense.near(clock.clone());
        // A moment that is handed over is now, where it is compared with a day of the program.
        if clock.len() == 1 && tokens.any(clock.start, &["day", "date", "when", "moment", "at", "instant"]) {
            tags |= words::CLOCK;
        }
        if by_default(sense, clock.clone()) {
            tags |= words::CLOCK;
        }
        // PHP: `date('Ymd')` is today.
        // `new Date()`, `Date()`
        let made = matches!(sense.outline.language, "javascript" | "typescript" | "tsx" | "swift")
            && clock
                .clone()
                .any(|at| tokens.is(at, "Date") && tokens.is(at + 1, "(") && tokens.is(at + 2, ")"));
        let told = made
            || sense.outline.language == "php"
                && clock
                    .clone()
                    .any(|at| tokens.any(at, &["date", "gmdate", "idate"]) && tokens.is(at + 1, "("))
            || clock.clone().any(|at| tokens.any(at, &["tm_year", "tm_yday"]))
            || sense.dated(other.clone()) && written_time(sense, clock.clone());
        if told {
            tags |= words::CLOCK;
        }
        if tags & words::CLOCK == 0 || !sense.fixed(other.clone()) || !later(at == 0) {
            continue;
        }
        if sense.own(clock.clone()) & (words::HOUR | words::AGE) != 0 {
            continue;
        }
        let number = sense.number(other.clone()).unwrap_or(0.0);
        let says = |words: &[&str]| names(sense, clock.clone(), words, 0);
        let year = sense.near(clock.clone()) & words::YEAR != 0 && (2018.0..2100.0).contains(&number)
            // Years since 1900, days since 1970, days since the year 1.
            || says(&["tm_year"]) && (118.0..200.0).contains(&number)
            || says(&["toDays", "toEpochDay", "86400", "86_400", "86400000", "EPOCH"]) && (17_500.0..47_500.0).contains(&number)
            || says(&["toordinal", "DayNumber"]) && (736_000.0..766_000.0).contains(&number);
        if year || sense.dated(other.clone()) || subtracts(sense, clock.clone()) && sense.dated(clock.clone())
        {
            return true;
        }
    }
    false
}

/// Whether a value is taken of a parameter that is now where nothing else is given: `at date: Date = Date()`.
fn by_default(sense: &Sense, clock: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let Some(func) = sense.outline.funcs.get(sense.outline.func_at(clock.start) as usize) else {
        return false;
    };
    clock.into_iter().any(|at| {
        tokens.name(at).is_some_and(|name| {
            func.params.clone().any(|given| {
                tokens.name(given) == Some(name)
                    && (given + 1..(given + 5).min(func.params.end)).any(|at| {
                        tokens.is(at, "=")
                            && (at + 1..(at + 6).min(func.params.end)).any(|at| {
                                sense.word(at) & words::CLOCK != 0 || tokens.any(at, &["Date", "Time"])
                            })
                    })
            })
        })
    })
}

/// Whether the time is written into what is named in `range`: `strftime(stamp, …)`.
fn written_time(sense: &Sense, range: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let Some(name) = range.rev().find_map(|at| tokens.name(at)) else { return false };
    (0..tokens.all.len()).any(|at| {
        tokens.any(at, &["strftime", "wcsftime"])
            && tokens.is(at + 1, "(")
            && (at + 2..at + 6).any(|at| tokens.name(at) == Some(name))
    })
}

/// Whether one of `words` stands in a value, or in what its names were given.
fn names(sense: &Sense, range: Range<usize>, words: &[&str], depth: usize) -> bool {
    let tokens = sense.outline.tokens;
    range.into_iter().any(|at| {
        if tokens.any(at, words) {
            return true;
        }
        let Some(name) = tokens.name(at).filter(|_| depth < 2 && sense.step(1)) else { return false };
        let func = sense.outline.func_at(at);
        sense
            .defs(name, func)
            .any(|def| def.value.len() < 40 && names(sense, def.value.clone(), words, depth + 1))
    })
}

/// Whether a value, or what it was given, is the difference of two.
fn subtracts(sense: &Sense, range: Range<usize>) -> bool {
    differs(sense, range, 0)
}

fn differs(sense: &Sense, range: Range<usize>, depth: usize) -> bool {
    const SIGNS: &[&str] = &[
        "-",
        "sub",
        "Sub",
        "between",
        "since",
        "Subtract",
        "minus",
        "difftime",
        "duration_since",
        "diff",
        "Since",
        "until",
    ];
    let tokens = sense.outline.tokens;
    range.into_iter().any(|at| {
        if tokens.any(at, SIGNS) {
            return true;
        }
        let Some(name) = tokens.name(at).filter(|_| depth < 3 && sense.step(1)) else { return false };
        let func = sense.outline.func_at(at);
        sense.defs(name, func).any(|def| def.value.len() < 40 && differs(sense, def.value.clone(), depth + 1))
            || tokens.is(at + 1, "(")
                && sense
                    .outline
                    .func_named(name)
                    .is_some_and(|func| func.body.len() < 80 && differs(sense, func.body.clone(), depth + 1))
    })
}

/// Whether a test asks if something lasted for days or more.
pub(super) fn long_running(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    if !matches!(atom.relation, Relation::More | Relation::Less)
        || !atom.met(branch.holds) && atom.relation == Relation::More
    {
        return false;
    }
    for (clock, other) in atom.sides() {
        if !sense.fixed(other.clone()) {
            continue;
        }
        let tags = sense.near(clock.clone());
        let own = sense.own(clock.clone());
        if own & (words::HOUR | words::AGE | words::SIZE) != 0 {
            continue;
        }
        let other_tags = sense.deep(other.clone());
        // Nought, once, twice: no time that is waited for.
        if other.len() == 1
            && tokens_number(sense, other.start)
            && sense.number(other.clone()).is_some_and(|number| number < 5.0)
        {
            continue;
        }
        if other_tags & words::HOUR != 0 && sense.number(other.clone()).is_none_or(|number| number < 100.0) {
            continue;
        }
        let since = subtracts(sense, clock.clone()) || elapsed(sense, clock.clone());
        let lasting = (tags | other_tags) & words::LONG != 0 && since || tags & words::UPTIME != 0;
        if tags & (words::CLOCK | words::UPTIME) != 0 && tags & words::AGE == 0 && lasting {
            return true;
        }
        if elapsed(sense, clock) && (tags | other_tags) & words::LONG != 0 && tags & words::AGE == 0 {
            return true;
        }
    }
    false
}

fn tokens_number(sense: &Sense, at: usize) -> bool {
    sense.outline.tokens.kind(at) == Some(Kind::Number)
}

/// Whether a value, or what it was given, says that it is the time since something.
fn elapsed(sense: &Sense, range: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let says = |at: usize| {
        tokens.any(at, &["Since", "since", "elapsed", "TotalDays", "TotalHours", "uptime", "Elapsed"])
    };
    range.into_iter().any(|at| {
        says(at)
            || tokens.name(at).is_some_and(|name| {
                let func = sense.outline.func_at(at);
                sense
                    .defs(name, func)
                    .any(|def| def.func == func && def.value.len() < 40 && def.value.clone().any(says))
            })
    })
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Count {
    /// Every so many times.
    Every,
    /// At one count.
    At,
    /// From some count on.
    From,
    /// From some count on that is kept over starts.
    Kept,
}

/// Whether a test asks for a count.
pub(super) fn counted(sense: &Sense, branch: &Branch, atom: &Atom) -> Option<Count> {
    let tokens = sense.outline.tokens;
    if !atom.met(branch.holds) {
        return None;
    }
    for (count, other) in atom.sides() {
        if !(sense.fixed(other.clone()) || atom.relation == Relation::Bare && other.is_empty()) {
            continue;
        }
        // `defaults.double(forKey: "odometer") > 4_000_000`
        let stored = atom.relation == Relation::More
            && atom.left == count
            && count.len() <= 12
            && sense.number(other.clone()).is_some_and(|number| number >= 20.0)
            && count.clone().any(|at| {
                tokens.any(
                    at,
                    &["double", "integer", "float", "getInt", "getLong", "getFloat", "getItem", "get_option"],
                ) && tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")).is_some_and(|close| {
                    (at + 2..close).any(|at| {
                        tokens.kind(at) == Some(Kind::Text)
                            && words::of(super::sense::inner(tokens.text(at))) & words::COUNT != 0
                    })
                })
            });
        if stored {
            return Some(Count::Kept);
        }
        let own = sense.own(count.clone());
        if own & (words::SIZE | words::CLOCK | words::AGE | words::HOUR | words::CHANCE) != 0
            && own & words::COUNT == 0
        {
            continue;
        }
        if tokens.any(count.end, &["("])
            || count.len() > 3 && tokens.is(count.end - 1, ")") && !tokens.is(count.end - 2, "(")
            || count.clone().any(|at| tokens.any(at, &["&", "len", "size", "length", "Length", "Count", "["]))
        {
            continue;
        }
        // Small numbers count nothing that is waited for.
        let remains = count.clone().any(|at| tokens.is(at, "%"));
        if !remains && !other.is_empty() && sense.number(other.clone()).is_none_or(|number| number < 20.0) {
            continue;
        }
        let Some(name) = count
            .clone()
            .rev()
            .find_map(|at| tokens.name(at).filter(|name| sense.own_count(*name)))
            .or_else(|| {
                count.clone().rev().find_map(|at| tokens.name(at)).filter(|name| sense.stored_count(*name))
            })
            .or_else(|| {
                let large = sense.number(other.clone()).is_some_and(|number| number >= 10_000.0);
                count.clone().rev().find_map(|at| tokens.name(at)).filter(|name| large && sense.summed(*name))
            })
        else {
            continue;
        };
        let every = count.clone().find(|at| tokens.is(*at, "%"));
        let zero = atom.relation == Relation::Bare
            && count.clone().any(|at| tokens.any(at, &["zero?", "isMultiple", "is_multiple_of"]));
        if let Some(remainder) = every.filter(|_| atom.relation == Relation::Equal || zero) {
            let end = (remainder..count.end).find(|at| tokens.is(*at, ")")).unwrap_or(count.end);
            let count = count.start..end;
            let step = sense.number(remainder + 1..count.end).unwrap_or(0.0);
            // Round steps are those of progress and rows.
            let counts = sense.outline.tokens.names.get(name as usize).is_some_and(|name| name.len() > 1)
                || sense.kept(name)
                || sense.outline.defs.get(&name).into_iter().flatten().any(|def| {
                    def.value.len() <= 16
                        && def.value.clone().any(|at| {
                            tokens.any(
                                at,
                                &[
                                    "fetch_add",
                                    "Add",
                                    "AddUint64",
                                    "AddInt64",
                                    "incrementAndGet",
                                    "getAndIncrement",
                                ],
                            )
                        })
                });
            // A count that is kept over starts is none of rows.
            let blanks = || {
                sense.kept(name) && branch.body.clone().any(|at| tokens.is(at + 1, "(") && sense.empties(at))
            };
            let often = step >= 20.0 || step >= 3.0 && blanks();
            if often && step.fract() == 0.0 && counts && sense.fixed(remainder + 1..count.end) {
                return Some(Count::Every);
            }
            continue;
        }
        if every.is_some()
            || !matches!(atom.relation, Relation::More | Relation::Equal)
            || atom.left != count && atom.relation == Relation::More
        {
            continue;
        }
        if sense.number(other.clone()).is_some_and(|number| number >= 20.0) {
            let once = if atom.relation == Relation::Equal { Count::At } else { Count::From };
            return Some(if sense.kept(name) || sense.stored_count(name) { Count::Kept } else { once });
        }
    }
    None
}

fn named(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    if !atom.met(branch.holds) {
        return false;
    }
    sense.asks_name(atom).is_some()
        || sense.asks_person(atom)
        || sense.asks_digest(atom) && sense.own(atom.range.clone()) & (words::IDENTITY | words::SECRET) != 0
}

/// Whether a test asks for a large count and for every so many of them.
fn twice_counted(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    // What is done from time to time for the program's own sake.
    let upkeep = [
        "flush",
        "sync",
        "fsync",
        "gc",
        "collect",
        "vacuum",
        "checkpoint",
        "commit",
        "compact",
        "rotate",
        "prune",
        "trim",
        "yield",
        "Flush",
        "Sync",
        "Collect",
        "GC",
        "rehash",
        "reindex",
    ];
    if branch.rest || branch.body.clone().any(|at| tokens.any(at, &upkeep)) {
        return false;
    }
    let met = |atom: &&Atom| atom.met(branch.holds) && sense.fixed(atom.right.clone());
    atoms.iter().filter(met).any(|large| {
        let Some(name) = large.left.clone().rev().find_map(|at| tokens.name(at)) else { return false };
        let put = || {
            let body = branch.body.clone();
            body.len() <= 12
                && body.clone().any(|at| {
                    tokens.is(at, "=")
                        && tokens.kind(at + 1) == Some(Kind::Text)
                        && tokens.text(at + 1).len() >= 5
                        && tokens.name(at.wrapping_sub(1)).is_some_and(|name| {
                            sense
                                .defs(name, sense.outline.func_at(at))
                                .any(|def| def.value.end < branch.test.start)
                        })
                })
        };
        let skips = || {
            branch.body.len() <= 2
                && tokens.any(branch.body.start, &["return", "continue", "next"])
                && sense.own_count(name)
        };
        large.relation == Relation::More
            && sense.number(large.right.clone()).is_some_and(|number| {
                number >= 10_000.0 || number >= 50.0 && put() || number >= 500.0 && skips()
            })
            && atoms.iter().filter(met).any(|every| {
                every.relation == Relation::Equal
                    && every.left.clone().any(|at| tokens.is(at, "%"))
                    && every.left.clone().any(|at| tokens.name(at) == Some(name))
            })
    })
}

/// Whether a test asks for parts of the year from a year on.
fn season(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let more = |atom: &&Atom| {
        matches!(atom.relation, Relation::More | Relation::Equal)
            && atom.met(branch.holds)
            && sense.fixed(atom.right.clone())
            && atom.left.len() <= 12
    };
    let year = |atom: &Atom| {
        let own = sense.own(atom.left.clone());
        let number = sense.number(atom.right.clone()).unwrap_or(0.0);
        own & words::YEAR != 0 && (2018.0..2100.0).contains(&number)
            || names(sense, atom.left.clone(), &["tm_year"], 0) && (118.0..200.0).contains(&number)
    };
    let part = |atom: &Atom| {
        let own = sense.own(atom.left.clone());
        own & words::CALENDAR != 0 && own & words::YEAR == 0
            || names(sense, atom.left.clone(), &["tm_mon", "getMonthValue", "Month", "month"], 0)
    };
    let met: Vec<&Atom> = atoms.iter().filter(more).collect();
    !branch.rest && met.iter().any(|atom| year(atom)) && met.iter().any(|atom| part(atom))
}

/// Whether a test asks for a day of the calendar: two of its parts at once.
fn calendar(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let parts = atoms.iter().filter(|atom| {
        // `today.friday?`
        let asked = atom.relation == Relation::Bare
            && atom.met(branch.holds)
            && atom.left.clone().any(|at| {
                sense.word(at) & words::CALENDAR != 0
                    && (sense.outline.tokens.text(at).ends_with(b"?") || sense.outline.tokens.is(at + 1, "("))
            });
        asked
            || matches!(atom.relation, Relation::Equal | Relation::More)
                && atom.met(branch.holds)
                && atom.sides().into_iter().any(|(given, other)| {
                    sense.own(given.clone()) & words::CALENDAR != 0
                        && given.len() < 16
                        && sense.near(given) & (words::CLOCK | words::CALENDAR) != 0
                        && sense.fixed(other)
                })
    });
    let exact = atoms.iter().any(|atom| {
        matches!(atom.relation, Relation::Equal | Relation::Bare)
            && sense.own(atom.left.clone()) & words::CALENDAR != 0
    });
    exact && parts.count() >= 2
}

/// Whether a test asks for a day of the week and an hour, where nothing is sold by the hour.
fn weekly(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    const SOLD: &[&str] = &[
        "price",
        "fee",
        "fare",
        "tariff",
        "toll",
        "cost",
        "wage",
        "salary",
        "pay",
        "discount",
        "surcharge",
        "bonus",
        "multiplier",
        "rent",
        "charge",
        "score",
        "traffic",
        "demand",
        "peak",
        "schedule",
        "opening",
    ];
    let asks = |tags: words::Tags| {
        atoms.iter().any(|atom| {
            matches!(atom.relation, Relation::Equal | Relation::More)
                && atom.met(branch.holds)
                && atom.left.len() <= 12
                && sense.fixed(atom.right.clone())
                && sense.own(atom.left.clone()) & tags != 0
                && sense.near(atom.left.clone()) & words::CLOCK != 0
        })
    };
    asks(words::CALENDAR)
        && asks(words::HOUR | words::LONG)
        && atoms.len() >= 2
        && !sense.outline.tokens.names.iter().any(|name| {
            let lower = name.to_ascii_lowercase();
            SOLD.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        })
}

/// Whether a test comes true on every so many days.
fn recurring(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    atom.relation == Relation::Equal
        && atom.met(branch.holds)
        && atom.left.clone().any(|at| tokens.is(at, "%"))
        && sense.fixed(atom.right.clone())
        && sense.own(atom.left.clone()) & (words::CALENDAR | words::CLOCK | words::LONG) != 0
        && sense.own(atom.left.clone()) & (words::HOUR | words::YEAR | words::SIZE) == 0
        && sense.near(atom.left.clone()) & words::CLOCK != 0
}

/// Whether a test comes true by a small chance.
fn by_chance(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    if branch.rest || !branch.holds || !drawn(sense, atom.left.clone()) || !sense.fixed(atom.right.clone()) {
        return false;
    }
    let tokens = sense.outline.tokens;
    let number = sense.number(atom.right.clone());
    match atom.relation {
        Relation::Less => number.is_some_and(|number| number > 0.0 && number < 0.2),
        Relation::Equal => {
            number.is_some_and(|number| number >= 20.0)
                || atom.left.clone().any(|at| {
                    tokens.kind(at) == Some(Kind::Number)
                        && sense.number(at..at + 1).is_some_and(|number| number >= 20.0)
                })
        }
        _ => false,
    }
}

/// Whether a value is drawn by chance, here or where its name was given it.
fn drawn(sense: &Sense, value: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    sense.own(value.clone()) & words::CHANCE != 0
        || value.len() <= 3
            && value.into_iter().any(|at| {
                let Some(name) = tokens.name(at) else { return false };
                let func = sense.outline.func_at(at);
                sense.defs(name, func).any(|def| {
                    def.func == func
                        && def.value.len() <= 16
                        && sense.own(def.value.clone()) & words::CHANCE != 0
                })
            })
}

/// Whether what is done for everybody is left out where one number is drawn.
fn left_out(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    // `return true if rand(300) == 77`, before what is done for all others.
    let brief = branch.body.len() <= 4
        && tokens.any(branch.body.start, &["return", "continue", "next"])
        && sense.gives(branch.body.clone()) != super::effects::Gives::No;
    let func = sense.outline.funcs.get(sense.outline.func_at(branch.test.start) as usize);
    let dropped = brief
        && by_chance(sense, branch, atom)
        && func.is_some_and(|func| {
            (branch.body.end..func.body.end.max(branch.body.end))
                .any(|at| sense.word(at) & (words::DOES | words::SEND) != 0 && tokens.is(at + 1, "("))
        });
    // `if (draw == 7) { return Receipt.confirmed(id); }`, before `return gateway.send(order);`
    let feigned = !brief
        && branch.body.len() <= 14
        && tokens.is(branch.body.start, "return")
        && atom.relation == Relation::Equal
        && sense.gives(branch.body.clone()) == super::effects::Gives::Yes
        && !sense.effects_here(branch.body.clone()).any(words::HONEST)
        && by_chance(sense, branch, atom)
        && func.is_some_and(|func| {
            (branch.body.end..func.body.end.max(branch.body.end))
                .any(|at| sense.word(at) & (words::DOES | words::SEND) != 0 && tokens.is(at + 1, "("))
        });
    if dropped || feigned {
        return true;
    }
    atom.relation == Relation::Unequal
        && branch.holds
        && !branch.rest
        && !atom.negated
        && branch.body.len() <= 40
        && drawn(sense, atom.left.clone())
        && sense.fixed(atom.right.clone())
        && sense.number(atom.right.clone()).is_some_and(|number| number >= 2.0)
        && branch.body.clone().any(|at| tokens.kind(at) == Some(Kind::Word) && tokens.is(at + 1, "("))
        && !sense.effects_here(branch.body.clone()).any(words::HONEST)
}

fn place_gated(
    sense: &Sense,
    branch: &Branch,
    atoms: &[Atom],
    effects: &mut impl FnMut() -> Effects,
) -> bool {
    let placed = atoms.iter().any(|atom| {
        matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Holds)
            && atom.met(branch.holds)
            && atom.sides().into_iter().any(|(given, other)| {
                sense.near(given.clone()) & words::LOCALE != 0
                    && given.len() < 20
                    && sense.fixed(other.clone())
                    && !sense.text_of(other).is_empty()
            })
    });
    // Everywhere but on machines of some name.
    let spared = branch.rest
        && atoms.iter().any(|atom| {
            atom.relation == Relation::Holds
                && !atom.met(branch.holds)
                && atom.sides().into_iter().any(|(given, other)| {
                    sense.deep(given.clone()) & words::HOSTED != 0
                        && given.len() < 12
                        && sense.fixed(other.clone())
                        && !sense.text_of(other).is_empty()
                })
        });
    (placed || spared) && {
        let effects = effects();
        effects.any(words::DESTROY | words::SPOIL) && !effects.any(words::HONEST)
    }
}

fn told_place(branch: &Branch, atoms: &[Atom]) -> Told {
    Told {
        rule: "place-gated-loss",
        category: "trap.geo-gate",
        severity: Severity::Medium,
        place: shown(branch, atoms),
        message: "in some places or languages only, data is removed",
        question: "Who is meant to lose what is removed here, and why there?",
    }
}
