//! Results that are otherwise: for machines of some name, once a fault is feigned, where what rounding leaves goes to
//! one account, where a check is asked for only of some.

use std::ops::Range;

use super::Told;
use super::atoms;
use super::atoms::Atom;
use super::atoms::Relation;
use super::effects::Gives;
use super::magic::Said;
use super::magic::told;
use super::outline::Branch;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

const FEIGNED: Said = (
    "counted-change",
    "a count or a day is reported as the fault that is reported elsewhere where something is measured",
    "Is anything broken then, and who is told the true reason?",
);
const HOSTED: Said = (
    "named-exception",
    "machines of one name, written in the program, calculate with another number than all others",
    "Whose machines are these, and which number is the right one?",
);
const REST: Said = (
    "chosen-value",
    "what is cut off in rounding is summed and goes to an account that stands in the program",
    "Whose account is this, and who has agreed that it gets what others lose?",
);
const RIVAL: Said = (
    "named-exception",
    "where another program is there, whose name is written in this one, data or code is changed and nobody is told",
    "Whose program is this, and why does this one do otherwise beside it?",
);
const SPARED: Said = (
    "passed-check",
    "a check that refuses stands behind a test for a word that whoever asks can bring",
    "Who can bring this word, and why is nothing checked then?",
);

/// What one branch does to results.
pub fn judge(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> Option<Told> {
    if branch.case {
        return None;
    }
    let place = super::shown(branch, atoms);
    if feigned(sense, branch, atoms) {
        let mut feigned = told(FEIGNED, place);
        feigned.category = "trap.logic-bomb";
        return Some(feigned);
    }
    if sense.file() & words::HOSTED != 0 && by_host(sense, branch, atoms) {
        let mut by_host = told(HOSTED, place);
        by_host.category = "trap.logic-bomb";
        return Some(by_host);
    }
    if sense.file() & words::INSTALLED != 0 && rival(sense, branch, atoms) {
        let mut rival = told(RIVAL, place);
        rival.category = "trap.logic-bomb";
        return Some(rival);
    }
    (sense.file() & words::VERIFY != 0 && spared(sense, branch, atoms)).then(|| told(SPARED, place))
}

/// Whether data or code is changed where another program is there whose name is written in this one.
fn rival(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let there = !branch.rest
        && atoms.iter().any(|atom| {
            let nothing = atom.relation == Relation::Unequal
                && atom.met(!branch.holds)
                && tokens.any(atom.right.start, &["undefined", "null", "nil", "None"]);
            (nothing
                || matches!(atom.relation, Relation::Equal | Relation::Holds | Relation::Bare)
                    && atom.met(branch.holds))
                && atom
                    .range
                    .clone()
                    .any(|at| tokens.kind(at) == Some(Kind::Text) && inner(tokens.text(at)).len() >= 4)
                && sense.reaches(atom.range.clone(), 2, &|at| sense.word(at) & words::INSTALLED != 0)
        });
    there && {
        let effects = sense.effects(branch.body.clone());
        let rewrites = branch.body.clone().any(|at| {
            tokens.any(at, &["replace", "replaceAll", "gsub", "preg_replace", "sub"])
                && tokens.is(at + 1, "(")
        });
        (rewrites || effects.alters || effects.waits || effects.any(words::DESTROY | words::SPOIL))
            && !effects.any(words::HONEST)
    }
}

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let given = given_rest(sense);
    if given.is_some() {
        return given;
    }
    (1..tokens.all.len()).find_map(|at| {
        let opens = tokens.any(at, &["(", "{"]) && tokens.any(at + 2, &[","])
            || tokens.any(at, &["(", "{"]) && tokens.is(at + 3, ",");
        if !opens || !sense.step(1) {
            return None;
        }
        let close = tokens.close(at)?;
        if close - at > 40 {
            return None;
        }
        let (first, _) = atoms::arguments(tokens, at, close)?;
        if !account(sense, first.clone()) {
            return None;
        }
        let rest = (first.end + 1..close).any(|at| {
            tokens.name(at).is_some_and(|name| !tokens.is(at + 1, "(") && is_rest(sense, name, at))
        });
        rest.then(|| told(REST, at..close + 1))
    })
}

/// The account that stands in the program, where it is looked up to be given what was cut off.
fn given_rest(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    (1..tokens.all.len()).find_map(|at| {
        if tokens.kind(at) != Some(Kind::Text) || !sense.step(1) {
            return None;
        }
        let text = inner(tokens.text(at));
        let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
        let plain =
            text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b' ' | b'.' | b'/' | b'_'));
        let looked = tokens.up(at).filter(|up| tokens.is(*up, "(")).is_some_and(|up| {
            let lower = tokens.text(up.wrapping_sub(1)).to_ascii_lowercase();
            ["find", "get", "of", "load", "account", "where", "for", "lookup", "by", "open", "resolve"]
                .iter()
                .any(|word| lower.starts_with(word.as_bytes()))
        });
        if digits < 8 || text.len() > 34 || !plain || !looked {
            return None;
        }
        let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize)?;
        if func.body.len() > 300 || !sense.step(func.body.len()) {
            return None;
        }
        let credited = func.body.clone().any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            tokens.kind(at) == Some(Kind::Word)
                && tokens.any(at + 1, &["(", "+="])
                && ["increment", "credit", "deposit", "transfer", "book", "balance"]
                    .iter()
                    .any(|word| lower.starts_with(word.as_bytes()))
        });
        let rest = func.body.clone().any(|at| {
            sense.reaches(at..at + 1, 1, &|at| {
                tokens.name(at).is_some_and(|name| sense.step(4) && cut_off(sense, name, at))
            })
        });
        (credited && rest).then(|| told(REST, at..at + 1))
    })
}

/// Whether a value is the number of an account that stands in the program.
fn account(sense: &Sense, value: Range<usize>) -> bool {
    if value.is_empty() || value.len() > 3 || !sense.fixed(value.clone()) {
        return false;
    }
    let text = sense.text_of(value.clone());
    if text.is_empty() {
        return sense
            .number(value)
            .is_some_and(|number| number >= 100_000.0 && number.fract() == 0.0 && number % 1000.0 != 0.0);
    }
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    digits >= 5
        && text.len() <= 34
        && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b' ' | b'.' | b'/' | b'_'))
}

/// Whether a name is a sum of what was cut off, or is given one.
fn is_rest(sense: &Sense, name: u32, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    cut_off(sense, name, at)
        || sense.defs(name, sense.outline.func_at(at)).any(|def| {
            def.value.len() <= 12
                && sense.step(def.value.len())
                && def.value.clone().any(|at| tokens.name(at).is_some_and(|name| cut_off(sense, name, at)))
        })
}

/// Whether a name is a sum of what was cut off.
fn cut_off(sense: &Sense, name: u32, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    sense.defs(name, sense.outline.func_at(at)).any(|def| {
        let added = tokens.is(def.value.start.wrapping_sub(1), "+=")
            || def.value.clone().any(|at| {
                tokens.name(at) == Some(name)
                    && (tokens.is(at + 1, "+")
                        || tokens.is(at + 1, ".") && tokens.any(at + 2, &["add", "plus", "Add"]))
            });
        let differs = def.value.clone().any(|at| {
            tokens.any(
                at,
                &[
                    "subtract",
                    "minus",
                    "Subtract",
                    "remainder",
                    "fmod",
                    "Sub",
                    "sub",
                    "frac",
                    "fraction",
                    "fract",
                ],
            ) || tokens.any(at, &["-", "%"])
                && at > def.value.start
                && tokens.kind(at.wrapping_sub(1)) != Some(Kind::Mark)
                || tokens.is(at, "-") && tokens.is(at.wrapping_sub(1), ")")
        });
        added && differs
    })
}

/// Whether the error that a count or a day leads to is one that is given elsewhere for another reason.
fn feigned(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if branch.rest || branch.body.len() > 60 {
        return false;
    }
    let timed = atoms.iter().any(|atom| {
        atom.met(branch.holds)
            && matches!(atom.relation, Relation::More | Relation::Equal)
            && sense.fixed(atom.right.clone())
            && sense.number(atom.right.clone()).is_some_and(|number| number >= 100.0)
            && sense.own(atom.left.clone()) & words::SIZE == 0
            && atom.left.len() <= 8
            && (atom.left.clone().any(|at| tokens.name(at).is_some_and(|name| sense.own_count(name)))
                || sense.near(atom.left.clone()) & words::CLOCK != 0 && sense.dated(atom.right.clone())
                || sense.near(atom.left.clone()) & words::CLOCK != 0
                    && sense.number(atom.right.clone()).is_some_and(|number| number >= 864_000.0)
                || sense.reaches(atom.left.clone(), 2, &|at| sense.word(at) & words::UPTIME != 0))
    });
    if !timed {
        return false;
    }
    // An error of a part that nobody has measured.
    let broken = sense.gives(branch.body.clone()) != Gives::Nothing
        && branch.body.len() <= 24
        && branch.body.clone().any(|at| {
            sense.word(at) & words::BROKEN != 0
                && tokens.kind(at) == Some(Kind::Word)
                && tokens.text(at).first().is_some_and(u8::is_ascii_uppercase)
        });
    if broken {
        return true;
    }
    let said = faults(sense, branch.body.clone());
    !said.is_empty()
        && sense.outline.branches.iter().any(|other| {
            !other.rest
                && other.test != branch.test
                && other.body.len() <= 60
                && !other.body.contains(&branch.test.start)
                && faults(sense, other.body.clone()).iter().any(|fault| said.contains(fault))
        })
}

/// The texts and constants of errors a body gives.
fn faults<'b>(sense: &Sense<'_, '_, 'b>, body: Range<usize>) -> Vec<&'b [u8]> {
    let tokens = sense.outline.tokens;
    const GIVES: &[&str] = &[
        "throw",
        "raise",
        "return",
        "panic",
        "fail",
        "abort",
        "fault",
        "error",
        "set_fault",
        "alarm",
        "report",
    ];
    if !body.clone().any(|at| tokens.any(at, GIVES)) {
        return Vec::new();
    }
    let begin = body.start;
    (begin..body.end)
        .filter_map(|at| {
            let text = tokens.text(at);
            match tokens.kind(at) {
                Some(Kind::Text) => Some(inner(text))
                    .filter(|text| text.len() >= 8 && text.iter().any(u8::is_ascii_alphabetic)),
                Some(Kind::Word) => {
                    let lower = text.to_ascii_lowercase();
                    let fault = [
                        "fault", "jam", "blocked", "stall", "broken", "worn", "overheat", "sensor",
                        "hardware", "defect", "fail", "pressure", "leak",
                    ]
                    .iter()
                    .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some());
                    Some(text).filter(|text| {
                        fault && text.first().is_some_and(u8::is_ascii_uppercase) && text.len() >= 5
                    })
                }
                _ => None,
            }
        })
        .collect()
}

/// Whether a test for the name of the machine decides about a fraction that is calculated with.
fn by_host(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let hosted = atoms.iter().any(|atom| {
        matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Holds)
            && atom.sides().into_iter().any(|(given, other)| {
                !given.is_empty()
                    && given.len() <= 12
                    && sense.fixed(other.clone())
                    && sense.text_of(other).len() >= 2
                    && sense.reaches(given, 2, &|at| sense.word(at) & words::HOSTED != 0)
            })
    });
    if !hosted || branch.body.len() > 40 {
        return false;
    }
    let fraction = |range: Range<usize>| {
        range.into_iter().any(|at| {
            tokens.any(at, &["return", "*=", "="])
                && tokens.kind(at + 1) == Some(Kind::Number)
                && sense
                    .number(at + 1..at + 2)
                    .is_some_and(|number| number.fract() != 0.0 && (0.5..2.0).contains(&number))
        })
    };
    // A share that waits, a load, is no result.
    fraction(branch.body.clone())
        || !branch.rest
            && sense.effects_here(branch.body.clone()).alters
            && !sense.effects_here(branch.body.clone()).any(words::HONEST)
}

/// Whether what refuses where a check fails is asked only where a word is not brought.
fn spared(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if branch.rest || !branch.holds || branch.body.len() > 60 || atoms.len() > 3 {
        return false;
    }
    let word = atoms.iter().any(|atom| {
        !atom.met(true)
            && matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Holds)
            && atom.sides().into_iter().any(|(given, other)| {
                let own = sense.own(given.clone());
                let claimed = given.clone().any(|at| {
                    let text = match tokens.kind(at) {
                        Some(Kind::Text) => inner(tokens.text(at)).to_ascii_lowercase(),
                        _ => tokens.text(at).to_ascii_lowercase(),
                    };
                    matches!(
                        &*text,
                        b"scope"
                            | b"iss"
                            | b"kid"
                            | b"aud"
                            | b"sub"
                            | b"issuer"
                            | b"realm"
                            | b"agent"
                            | b"useragent"
                            | b"user-agent"
                            | b"user_agent"
                            | b"client_id"
                            | b"clientid"
                            | b"device"
                            | b"tenant"
                    )
                });
                let plain = given.clone().any(|at| {
                    let text = match tokens.kind(at) {
                        Some(Kind::Text) => inner(tokens.text(at)).to_ascii_lowercase(),
                        _ => tokens.text(at).to_ascii_lowercase(),
                    };
                    [
                        "method", "path", "route", "env", "type", "mode", "kind", "alg", "scheme", "url",
                        "version", "status", "state",
                    ]
                    .iter()
                    .any(|word| text.ends_with(word.as_bytes()))
                });
                !given.is_empty()
                    && (claimed || own & words::PERSON != 0)
                    && !plain
                    && sense.fixed(other.clone())
                    && sense.text_of(other).len() >= 3
            })
    });
    word && sense.outline.branches.iter().any(|inner| {
        !inner.rest
            && branch.body.contains(&inner.test.start)
            && inner.test.clone().any(|at| sense.word(at) & words::VERIFY != 0 && tokens.is(at + 1, "("))
            && sense.gives(inner.body.clone()) == Gives::No
    })
}
