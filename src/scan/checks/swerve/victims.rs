//! Harm by chance, and failure by count: what goes was drawn by lot, what is left out falls on a day, an error says
//! nothing of the number that led to it.

use std::ops::Range;

use super::Told;
use super::atoms::Atom;
use super::atoms::Relation;
use super::losses;
use super::magic::Said;
use super::magic::told;
use super::outline::Branch;
use super::sense::Sense;
use super::sense::inner;
use super::spoiled;
use super::tokens::Kind;
use super::words;

const DRAWN: Said = (
    "counted-change",
    "what is removed or made useless was drawn by chance",
    "Why does the program remove something nobody has chosen?",
);
const SKIPPED: Said = (
    "dated-change",
    "on some days of the calendar, and not where nobody looks, something is left out that is done for all others",
    "What is left out, and why on these days?",
);
const FAILED: Said = (
    "counted-change",
    "from a count on that is kept over starts, an error is given that says nothing of the count",
    "What is broken at this count, and why is the true reason not told?",
);

const SCATTERED: Said = (
    "counted-change",
    "until a count is reached one value is given, and from then on by chance another",
    "Why does the result come of chance after so many times?",
);

/// Longest function in which something is drawn and removed.
const FUNC: usize = 300;

/// What one branch leaves out or feigns.
pub fn judge(sense: &Sense, branch: &Branch, found: &[Atom]) -> Option<Told> {
    if branch.case || branch.rest || found.len() > 8 {
        return None;
    }
    let place = super::shown(branch, found);
    let mark = |said: Said, category| {
        let mut told = told(said, place.clone());
        told.category = category;
        Some(told)
    };
    if skipped(sense, branch, found) {
        return mark(SKIPPED, "trap.time-bomb");
    }
    if scattered(sense, branch, found) {
        return mark(SCATTERED, "trap.logic-bomb");
    }
    if failed(sense, branch, found) {
        return mark(FAILED, "trap.logic-bomb");
    }
    None
}

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let mut found = all(sense);
    found.extend(locked(sense));
    found
}

const LOCKED: super::magic::Said = (
    "locked-files",
    "files in the home of whoever runs the program are encrypted and the readable ones removed",
    "Whose files are these, who has the key, and who has asked for it?",
);

/// Files of a home that are encrypted where they stand, one after the other, and removed.
fn locked(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    const HOMES: &[&str] = &[
        "UserHomeDir",
        "homedir",
        "home_dir",
        "expanduser",
        "NSHomeDirectory",
        "homeDirectoryForCurrentUser",
        "USERPROFILE",
        "SpecialFolder",
        "HomeDir",
        "user_home",
        "home",
    ];
    const WALKS: &[&str] = &[
        "WalkDir",
        "Walk",
        "walk",
        "rglob",
        "walkFileTree",
        "EnumerateFiles",
        "GetFiles",
        "enumerator",
        "walkTopDown",
        "readdirSync",
        "readdir",
        "glob",
        "find",
        "list_files",
        "recursive_directory_iterator",
        "scandir",
        "Files",
    ];
    if !sense.mentions(HOMES) && !sense.mentions(&["getProperty", "getenv", "Getenv"])
        || !sense.mentions(WALKS)
    {
        return None;
    }
    let encrypts = |at: usize| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && tokens.is(at + 1, "(")
            && (matches!(
                &*lower,
                b"seal"
                    | b"dofinal"
                    | b"encrypt"
                    | b"xorkeystream"
                    | b"encrypt_and_digest"
                    | b"transformfinalblock"
            ) || lower.starts_with(b"encrypt"))
    };
    let homes = |at: usize| {
        tokens.any(at, HOMES) && !tokens.is(at, "home")
            || tokens.is(at, "home") && tokens.is(at.wrapping_sub(2), "Path")
            || tokens.kind(at) == Some(Kind::Text)
                && matches!(inner(tokens.text(at)), b"user.home" | b"HOME" | b"USERPROFILE")
    };
    if !(0..tokens.all.len()).any(homes) || !sense.step(tokens.all.len() / 4) {
        return None;
    }
    let func = sense.outline.funcs.iter().find(|func| {
        func.body.len() <= 200
            && func.body.clone().any(encrypts)
            && func.body.clone().any(|at| {
                let lower = tokens.text(at).to_ascii_lowercase();
                tokens.is(at + 1, "(") && (lower.starts_with(b"write") || lower.starts_with(b"file_put"))
            })
            && func.body.clone().any(|at| {
                sense.word(at) & words::LASTING != 0 && sense.called(at)
                    || tokens.any(at, &["Remove", "Delete", "remove", "delete"])
                        && tokens.is(at + 1, "(")
                        && tokens.any(at.wrapping_sub(2), &["os", "File", "Files", "fs"])
            })
    })?;
    let name = func.name?;
    let walked = sense.outline.funcs.iter().chain(Some(func)).any(|by| {
        by.body.len() <= 300
            && sense.step(by.body.len())
            && by.body.clone().any(|at| tokens.any(at, WALKS))
            && by.body.clone().any(homes)
            && (by.body.start == func.body.start || by.body.clone().any(|at| tokens.name(at) == Some(name)))
    });
    walked.then(|| {
        let mut found = told(LOCKED, func.body.start..func.body.start + 1);
        found.category = "destructive";
        found
    })
}

fn all(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    const DRAWS: &[&str] = &[
        "random",
        "choice",
        "sample",
        "randomElement",
        "array_rand",
        "rand",
        "nextInt",
        "Intn",
        "gen_range",
        "Next",
        "choose",
    ];
    let mut found = Vec::new();
    if sense.file() & words::CHANCE == 0 && !sense.mentions(DRAWS) {
        return found;
    }
    for at in 1..tokens.all.len() {
        if tokens.kind(at) != Some(Kind::Word) || !sense.called(at) || !removing(sense, at) || !sense.step(16)
        {
            continue;
        }
        let Some(func) = sense.outline.funcs.get(sense.outline.func_at(at) as usize) else { continue };
        if func.body.len() > FUNC || spares(sense, func.name) {
            continue;
        }
        let begin = (func.body.start..at)
            .rev()
            .take(12)
            .take_while(|at| !tokens.any(*at, &[";", "{", "}"]))
            .last()
            .unwrap_or(at);
        let statement = begin..sense.outline.statement_end(at).min(func.body.end);
        let draws = |at: usize| {
            tokens.any(at, DRAWS) && (tokens.is(at + 1, "(") || tokens.is(at.wrapping_sub(1), "."))
        };
        // `files.random()`, `files[rand(files.size)]`: one of several, not a name made of chance.
        let lot = |range: Range<usize>| {
            range.clone().any(draws)
                && range.clone().any(|at| {
                    draws(at)
                        && (tokens.any(at, &["choice", "sample", "randomElement", "array_rand", "choose"])
                            || tokens.is(at, "random")
                                && tokens.any(at.wrapping_sub(1), &[".", "!"])
                                && tokens.is(at + 2, ")")
                            || (range.start..at).any(|at| {
                                tokens.is(at, "[")
                                    || tokens.any(at, &["get", "nth", "elementAt", "ElementAt"])
                            }))
                })
        };
        let victim = lot(statement.clone())
            || statement.clone().any(|at| {
                tokens.name(at).is_some_and(|name| {
                    sense.defs(name, sense.outline.func_at(at)).any(|def| {
                        func.body.contains(&def.value.start)
                            && def.value.len() <= 30
                            && lot(def.value.clone())
                    })
                })
            });
        if victim {
            let mut drawn = told(DRAWN, statement.start..at + 1);
            drawn.category = "trap.logic-bomb";
            found.push(drawn);
        }
    }
    found
}

/// Whether the call at `at` removes a file or a table, or writes nothing over it.
fn removing(sense: &Sense, at: usize) -> bool {
    sense.word(at) & words::LASTING != 0
        || sense.empties(at)
        || sense.outline.tokens.any(at, &["delete", "Delete", "remove", "unlink", "truncate"])
            && losses::lasting(sense, at..at + 1)
}

/// Whether a function says that it makes room, or that it tests.
fn spares(sense: &Sense, name: Option<u32>) -> bool {
    let name =
        name.and_then(|name| sense.outline.tokens.names.get(name as usize)).copied().unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    ["evict", "cache", "test", "bench", "fuzz", "chaos", "prune", "random", "shuffle", "sample", "inject"]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

/// Whether what is done for all others is left out on a day of the calendar.
fn skipped(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let body = branch.body.clone();
    let leaves = tokens.any(body.start, &["continue", "next", "return"])
        && (body.len() == 1 || body.len() == 2 && tokens.is(body.start + 1, ";"));
    if !leaves || found.len() < 2 || branch.test.clone().any(|at| tokens.any(at, &["||", "or"])) {
        return false;
    }
    let day = found.iter().any(|atom| {
        atom.met(branch.holds)
            && matches!(atom.relation, Relation::Equal | Relation::More | Relation::Less)
            && sense.own(atom.left.clone()) & words::CALENDAR != 0
            && sense.near(atom.left.clone()) & (words::CLOCK | words::CALENDAR) != 0
            && sense.fixed(atom.right.clone())
    });
    let other = found.iter().any(|atom| {
        sense.deep(atom.range.clone()) & words::WATCHED != 0
            || atom.relation == Relation::Equal
                && atom.left.clone().any(|at| tokens.is(at, "%"))
                && sense.fixed(atom.right.clone())
                && sense.own(atom.left.clone()) & (words::CALENDAR | words::CLOCK) == 0
    });
    // Other than from a day on, and only some of them.
    let from = found.iter().any(|atom| spoiled::dated(sense, branch, atom))
        && tokens.is(body.start, "continue")
        && found.iter().any(|atom| {
            atom.left.clone().any(|at| tokens.is(at, "%"))
                || sense.near(atom.left.clone()) & words::CHANCE != 0
        });
    from || day && other
}

/// Whether a value is given until a count is reached, and after that another by chance.
fn scattered(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let [atom] = found else { return false };
    // `return 0 if handled < 6000`
    let below = atom.left.len() <= 4
        && match atom.relation {
            Relation::Less => branch.holds != atom.negated,
            _ => false,
        }
        && sense.fixed(atom.right.clone())
        && sense.number(atom.right.clone()).is_some_and(|number| number >= 100.0);
    let counts = atom.left.clone().any(|at| {
        tokens.name(at).is_some_and(|name| sense.own_count(name) || sense.outline.bumped.contains(&name))
    });
    let Some(func) = sense.outline.funcs.get(sense.outline.func_at(atom.left.start) as usize) else {
        return false;
    };
    if !below || !counts || branch.body.len() > 6 || func.body.len() > 60 {
        return false;
    }
    let rest = branch.body.end.max(branch.test.end)..func.body.end;
    let given = branch.body.clone().any(|at| {
        !tokens.any(at, &["return", ";"])
            && rest.clone().any(|other| {
                tokens.text(other) == tokens.text(at)
                    && tokens.any(other.wrapping_sub(1), &[":", "?", "return", "else", "("])
            })
    });
    let chance = rest.clone().any(|at| sense.word(at) & words::CHANCE != 0);
    let chooses = rest.clone().any(|at| tokens.any(at, &["?", "if"]));
    given && chance && chooses
}

/// Whether the error a count leads to says nothing of it.
fn failed(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let body = branch.body.clone();
    if body.len() > 40 {
        return false;
    }
    let kept = found.iter().any(|atom| {
        spoiled::counted(sense, branch, atom) == Some(spoiled::Count::Kept)
            && sense.number(atom.right.clone()).is_some_and(|number| number >= 100.0)
    });
    let fails = || {
        body.clone().any(|at| tokens.any(at, &["throw", "raise", "panic", "abort", "fail"]))
            && body.clone().any(|at| tokens.kind(at) == Some(Kind::Text) && inner(tokens.text(at)).len() >= 8)
    };
    let says = || {
        body.clone().any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            matches!(tokens.kind(at), Some(Kind::Text | Kind::Word))
                && [
                    "count",
                    "limit",
                    "max",
                    "many",
                    "exceed",
                    "overflow",
                    "quota",
                    "too ",
                    "capacity",
                    "full",
                    "depth",
                    "retr",
                    "attempt",
                    "service",
                    "mainten",
                    "licen",
                    "expir",
                    "trial",
                    "reached",
                    "life",
                    "number of",
                    "used",
                    "worn",
                    "size",
                    "large",
                    "runs",
                    "times",
                    "budget",
                    "iteration",
                    "timeout",
                    "timed",
                ]
                .iter()
                .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        })
    };
    kept && fails() && !says()
}
