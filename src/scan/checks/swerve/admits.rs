//! Who is let in for something that stands in the program: a word or number a person brings, a variable of the
//! environment, an address, before the check that all others go through, or beside it.

use std::ops::Range;

use super::Told;
use super::asked::is_kind;
use super::atoms;
use super::atoms::Atom;
use super::atoms::Relation;
use super::brought::BROUGHT;
use super::brought::ROUTINE;
use super::brought::asked_for;
use super::brought::worked_out;
use super::built_in::public_address;
use super::effects::Gives;
use super::entry::says_no;
use super::magic::Said;
use super::magic::told;
use super::opens::made_up;
use super::outline::Branch;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

const BEFORE: Said = (
    "passed-check",
    "for one word, number or address that is written in the program, what all others are checked for is passed over",
    "Who can bring this, and why is nothing checked then?",
);
const BESIDE: Said = (
    "passed-check",
    "beside the check, one word that is written in the program is as good as what is checked",
    "Who knows this word, and why is it as good as what is checked?",
);
const UNKNOWN: Said = (
    "passed-check",
    "what is not found is not refused where its name has a form that is written in the program",
    "What is then taken for the key or the right that was not found?",
);

const SHELL: Said = (
    "hidden-command",
    "for one word that is written in the program, a shell is given to whoever brings it",
    "Who knows this word, and who has agreed that they get a shell?",
);
const UNCHECKED: Said = (
    "unchecked-host",
    "in one place or for one name that is written in the program, certificates or signatures are not looked at",
    "Whose connections may be read then, and why only theirs?",
);

const RAISED: Said = (
    "named-exception",
    "one person whose name is written in the program is given the rights of an administrator",
    "Whose name is this, and who has decided on these rights?",
);
const FAVOURED: Said = (
    "named-exception",
    "for one person whose name or number is written in the program, another result takes the place of the one that was worked out",
    "Whose name or number is this, and why is the result another one?",
);

/// Longest body that lets somebody in.
const BODY: usize = 80;
/// Longest function that is read for what it checks.
const FUNC: usize = 900;

/// What one branch lets in.
pub fn judge(sense: &Sense, branch: &Branch, found: &[Atom]) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if branch.rest || branch.body.is_empty() || branch.body.len() > BODY || found.len() > 6 || !sense.step(8)
    {
        return None;
    }
    let func = sense.outline.funcs.get(sense.outline.func_at(branch.test.start) as usize)?;
    if func.body.len() > FUNC || !func.body.contains(&branch.test.start) {
        return None;
    }
    let place = super::shown(branch, found);
    if raised(sense, branch, found) {
        return Some(told(RAISED, place));
    }
    if favoured(sense, branch, found, func) {
        let mut favoured = told(FAVOURED, place);
        favoured.category = "trap.logic-bomb";
        return Some(favoured);
    }
    if unknown(sense, branch, found, func) {
        return Some(told(UNKNOWN, place));
    }
    let either = branch.test.clone().any(|at| tokens.any(at, &["||", "or", "-or"]));
    let met = |atom: &&Atom| atom.met(branch.holds);
    if either && found.len() > 1 {
        let beside = branch.holds
            && found.iter().filter(met).any(|atom| known(sense, atom, func))
            && found.iter().filter(met).any(|atom| checks(sense, atom.range.clone()));
        if beside && !refuses(sense, branch.body.clone()) {
            return Some(told(BESIDE, place));
        }
    }
    // `reserved[3] == 0xa7 && reserved[9] == 0x1c`
    let bytes = found.iter().filter(|atom| {
        atom.relation == Relation::Equal
            && atom.met(branch.holds)
            && tokens.is(atom.left.end.wrapping_sub(1), "]")
            && atom.right.len() == 1
            && tokens.text(atom.right.start).starts_with(b"0x")
    });
    let bytes = bytes.count() >= 2 && strong(sense, branch.body.end..func.body.end.max(branch.body.end));
    let knows = bytes
        || match either && found.len() > 1 {
            true => branch.holds && found.iter().all(|atom| atom.met(true) && known(sense, atom, func)),
            false => found.iter().filter(met).any(|atom| known(sense, atom, func)),
        };
    if knows && shell(sense, branch.body.clone()) {
        return Some(told(SHELL, place));
    }
    if unchecked(sense, branch, found) {
        return Some(told(UNCHECKED, place));
    }
    let leaves = || branch.case || sense.outline.leaves(&branch.body) || is_value(sense, branch.body.clone());
    let before = || func.body.start..branch.test.start.min(branch.body.start);
    let after = || branch.body.end.max(branch.test.end)..func.body.end.max(branch.body.end);
    let passes = knows
        && leaves()
        && !refuses(sense, branch.body.clone())
        && passes(sense, branch.body.clone(), after())
        && !strong(sense, before())
        && (weighs(sense, func, after()) || otherwise(sense, branch));
    passes.then(|| told(BEFORE, place))
}

/// Whether the other way of a choice is a no: `mail == FIXED ? true : null`.
fn otherwise(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    is_value(sense, branch.body.clone())
        && tokens.any(branch.body.start, &["true", "True", "TRUE"])
        && sense.outline.branches.iter().any(|other| {
            other.test == branch.test
                && other.holds != branch.holds
                && tokens.any(other.body.start, &["null", "false", "None", "nil", "False", "undefined"])
        })
}

/// What a value that is given back lets in: `return word == FIXED || check(word)`.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    for (at, _) in tokens.all.iter().enumerate().filter(|(_, token)| token.kind != Kind::Number) {
        if !tokens.any(at, &["return", "=>", "->", "="]) || !sense.step(1) {
            continue;
        }
        let end = match tokens.is(at, "return") {
            true => sense.outline.statement_end(at + 1),
            false => sense.outline.value_end(at + 1),
        };
        let value = at + 1..end.min(at + 60).max(at + 1);
        let either = value.clone().any(|at| tokens.any(at, &["||", "or"]));
        if !either || tokens.is(at + 1, "{") || !sense.step(value.len()) {
            continue;
        }
        let script = Func { name: None, params: 0..0, body: 0..0 };
        let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize).unwrap_or(&script);
        let all = atoms::atoms(tokens, value.clone());
        // A function that decides gives a yes for one word, or else for what it weighs.
        let alone = all.len() > 1
            && decides(sense, func)
            && all.iter().any(|atom| atom.met(true) && known(sense, atom, func))
            && all
                .iter()
                .any(|atom| !known(sense, atom, func) && atom.range.clone().any(|at| tokens.is(at, "(")));
        let both = alone
            || all.len() > 1
                && all.iter().any(|atom| atom.met(true) && known(sense, atom, func))
                && all.iter().any(|atom| atom.met(true) && checks(sense, atom.range.clone()));
        if both {
            found.push(told(BESIDE, value));
        }
    }
    found
}

/// Whether a test asks for one person, by a login or a number that stands in the program.
fn one_person(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    const WHO: &[&str] = &[
        "name", "login", "user", "username", "email", "mail", "id", "uid", "nick", "number", "sub", "upn",
        "account", "no",
    ];
    if atom.relation != Relation::Equal || !atom.met(branch.holds) {
        return false;
    }
    atom.sides().into_iter().any(|(given, other)| {
        let last = given.clone().rev().find(|at| tokens.name(*at).is_some());
        let asked = last.is_some_and(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            let lower = lower.strip_prefix(b"$").unwrap_or(&lower);
            WHO.iter().any(|word| lower == word.as_bytes() || lower.ends_with(format!("_{word}").as_bytes()))
                || sense.word(at) & words::PERSON != 0
        });
        if !asked || given.len() > 12 || other.len() > 3 || sense.fixed(given) || !sense.fixed(other.clone())
        {
            return false;
        }
        let text = sense.text_of(other.clone());
        let login = text.split(|b| *b == b'@').next().unwrap_or_default();
        let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
        if text.is_empty() {
            let number = sense.number(other).unwrap_or(0.0);
            return number >= 10_000.0 && number % 100.0 != 0.0 && number.fract() == 0.0;
        }
        let numbered = digits >= 6 && digits == text.len() && !text.ends_with(b"000");
        (words::is_person(login) || numbered)
            && !is_kind(&text)
            && (login.contains(&b'.') || text.contains(&b'@') || digits >= 2)
    })
}

/// Whether one person is given the rights of an administrator.
fn raised(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    found.iter().any(|atom| one_person(sense, branch, atom))
        && !refuses(sense, branch.body.clone())
        && branch.body.clone().any(|at| {
            let lower = inner(tokens.text(at)).to_ascii_lowercase();
            matches!(tokens.kind(at), Some(Kind::Text | Kind::Word))
                && [
                    "admin",
                    "administrator",
                    "superuser",
                    "root",
                    "owner",
                    "role_admin",
                    "isadmin",
                    "is_admin",
                ]
                .iter()
                .any(|word| lower == word.as_bytes())
                && !tokens.any(at.wrapping_sub(1), &["!=", "!=="])
        })
}

/// Whether what was worked out is replaced for one person.
fn favoured(sense: &Sense, branch: &Branch, found: &[Atom], func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    let body = branch.body.clone();
    if branch.case || body.len() > 24 || !found.iter().any(|atom| one_person(sense, branch, atom)) {
        return false;
    }
    !refuses(sense, body.clone())
        && body.clone().any(|at| {
            tokens.is(at, "=")
                && tokens.name(at.wrapping_sub(1)).is_some_and(|name| {
                    sense.defs(name, sense.outline.func_at(at)).any(|def| {
                        func.body.contains(&def.value.start)
                            && def.value.end < branch.test.start
                            && !sense.fixed(def.value.clone())
                    }) || (func.body.start..branch.test.start).any(|at| {
                        // `h.add(deck.draw())`
                        tokens.name(at) == Some(name)
                            && tokens.is(at + 1, ".")
                            && tokens.any(at + 2, &["add", "push", "append", "push_back"])
                    })
                })
        })
}

/// Whether what was not found in a table is refused only where its name is not of one form.
fn unknown(sense: &Sense, branch: &Branch, found: &[Atom], func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    let all = branch.test.clone().any(|at| tokens.any(at, &["&&", "and"]));
    if !branch.holds || found.len() != 2 || !all || sense.gives(branch.body.clone()) != Gives::No {
        return false;
    }
    // `k, ok := keys[kid]`, `key == null`
    let missing = found.iter().any(|atom| match atom.relation {
        Relation::Bare => {
            !atom.met(true) && tokens.any(atom.range.end.wrapping_sub(1), &["ok", "found", "exists", "known"])
        }
        Relation::Equal => {
            atom.met(true) && tokens.any(atom.right.start, &["null", "nil", "None", "undefined", "NULL"])
        }
        _ => false,
    });
    let spared = found.iter().any(|atom| {
        atom.relation == Relation::Holds
            && !atom.met(true)
            && sense.fixed(atom.right.clone())
            && !sense.text_of(atom.right.clone()).is_empty()
            && sense.own(atom.left.clone()) & (words::IDENTITY | words::SECRET) != 0
    });
    missing
        && spared
        && (branch.body.end..func.body.end.max(branch.body.end))
            .any(|at| tokens.is(at, "return") && !tokens.any(at + 1, &["nil", "null", "None", "false"]))
}

/// Whether a body begins a shell.
fn shell(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    body.clone().any(|at| {
        tokens.kind(at) == Some(Kind::Text)
            && matches!(
                inner(tokens.text(at)),
                b"/bin/sh"
                    | b"/bin/bash"
                    | b"sh"
                    | b"bash"
                    | b"cmd.exe"
                    | b"cmd"
                    | b"/system/bin/sh"
                    | b"powershell.exe"
            )
            && tokens.up(at).is_some_and(|up| tokens.any(up, &["(", "[", "{"]))
    }) && body.clone().any(|at| {
        sense.word(at) & words::EXEC != 0
            || tokens.any(at, &["call", "run", "Command", "Start", "execl", "system"])
    })
}

/// Whether connections are left unchecked in one place or for one name.
fn unchecked(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if sense.file() & words::UNCHECKED == 0 || branch.case {
        return false;
    }
    let off = branch.body.clone().any(|at| {
        sense.word(at) & words::UNCHECKED != 0
            && (at + 1..at + 6).any(|at| {
                tokens.any(
                    at,
                    &[
                        "true",
                        "True",
                        "false",
                        "False",
                        "0",
                        "null",
                        "VERIFY_NONE",
                        "CERT_NONE",
                        "SSL_VERIFY_NONE",
                    ],
                )
            })
    });
    let named = || {
        branch.test.clone().any(|at| {
            let text = inner(tokens.text(at));
            let lower = text.to_ascii_lowercase();
            const WORK: &[&str] = &[
                "dev", "test", "local", "debug", "stag", "insecure", "http", "ssl", "tls", "true", "verify",
                "none",
            ];
            tokens.kind(at) == Some(Kind::Text)
                && text.len() >= 4
                && !text.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
                && !WORK.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
                && text.iter().any(|b| matches!(b, b'/' | b'.' | b'-') || b.is_ascii_digit())
        })
    };
    off && named() && found.iter().any(|atom| atom.met(branch.holds))
}

/// Whether a body is one value, as a branch of a choice is.
fn is_value(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    body.len() <= 12
        && !body
            .clone()
            .any(|at| tokens.any(at, &[";", "=", ":=", "+="]) || at > body.start && tokens.first(at))
}

fn refuses(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    body.into_iter().any(|at| {
        tokens.kind(at) == Some(Kind::Word)
            && sense.word(at) & (words::REFUSES | words::HONEST) != 0
            && !tokens.any(at, &["err", "error", "Err", "res", "response", "status", "ctx", "trace"])
    })
}

/// Whether what a body gives is no refusal, and something.
fn passes(sense: &Sense, body: Range<usize>, rest: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    // Where all others are stopped by an error, nothing at all is a yes.
    const STOPS: &[&str] =
        &["raise", "throw", "abort", "401", "403", "sendError", "Unauthorized", "head", "halt"];
    let empty = body.len() <= 3
        && tokens.is(body.start, "return")
        && (body.len() == 1 || tokens.any(body.start + 1, &[";", "None", "null", "nil", "undefined"]));
    if empty {
        return rest.clone().any(|at| tokens.any(at, STOPS))
            && !rest.clone().any(|at| {
                tokens.is(at, "return")
                    && !tokens
                        .any(at + 1, &["None", "null", "nil", ";", "abort", "undefined", "head", "render"])
                    && !tokens.first(at + 1)
            });
    }
    let Some(at) = body.clone().find(|at| tokens.is(*at, "return")) else {
        return is_value(sense, body.clone())
            && !says_no(sense, body.clone())
            && !tokens.any(body.start, &["0", "-"])
            || body.clone().any(|at| tokens.any(at, &["next", "proceed", "doFilter", "ServeHTTP"]));
    };
    let value = at + 1..sense.outline.statement_end(at + 1).min(body.end);
    let first = value.start;
    let called =
        body.clone().any(|at| tokens.any(at, &["next", "proceed", "doFilter", "ServeHTTP", "invoke"]));
    // `completion(true); return`, `emit loggedIn(user); return;`
    let told = body.clone().any(|at| {
        tokens.any(
            at,
            &["completion", "callback", "done", "resolve", "cb", "emit", "loggedIn", "onSuccess", "success"],
        ) && !(at..at + 4).any(|at| tokens.any(at, &["false", "null", "nil"]))
            || sense.word(at) & words::POWER != 0
    });
    if value.is_empty() || tokens.is(first, ";") {
        return called || told;
    }
    let nothing =
        value.len() <= 2 && tokens.any(first, &["null", "None", "undefined", "''", "\"\"", "[", "{"]);
    !nothing
        && (called
            || sense.gives(at..body.end) == Gives::Yes && !says_no(sense, first..(first + 6).min(value.end)))
}

/// Whether a test asks for what stands in the program and somebody has to know, be or set.
fn known(sense: &Sense, atom: &Atom, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    if atom.range.len() > 60 {
        return false;
    }
    if table(sense, atom, func) || kept_in_table(sense, atom) {
        return true;
    }
    if !matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Holds) {
        return false;
    }
    if sense.asks_digest(atom)
        && (sense.near(atom.range.clone()) & (words::SECRET | words::IDENTITY) != 0 || decides(sense, func))
    {
        return true;
    }
    if atom.sides().into_iter().any(|(given, other)| worked_out(sense, given, other)) {
        return true;
    }
    atom.sides().into_iter().any(|(given, other)| {
        if given.is_empty() || given.len() > 40 || other.is_empty() || other.len() > 8 {
            return false;
        }
        if sense.fixed(given.clone()) || !sense.fixed(other.clone()) {
            return false;
        }
        let own = sense.own(given.clone());
        if own & (words::SIZE | words::PARSING) != 0 {
            return false;
        }
        let text = sense.text_of(other.clone());
        let who = own & (words::IDENTITY | words::PERSON | words::SECRET | words::PEER) != 0;
        if text.is_empty() {
            let written = tokens.text(other.end.wrapping_sub(1));
            return who
                && other.len() == 1
                && written.len() >= 6
                && !written.ends_with(b"000")
                && sense.number(other).is_some_and(|number| number >= 100_000.0 && number.fract() == 0.0);
        }
        if is_kind(&text) || text.len() > 64 {
            return false;
        }
        if public_address(&text) {
            return true;
        }
        let asked = asked_for(sense, &given);
        let routine = asked.iter().any(|word| ROUTINE.iter().any(|known| word == known.as_bytes()));
        if routine {
            return false;
        }
        if of_environment(sense, given.clone()) {
            return odd(&text);
        }
        // The number of a card, a person, a machine.
        let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
        let numbered = digits >= 8
            && text.iter().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-'))
            && !text.starts_with(b"0000")
            && !text.starts_with(b"1234");
        let carried = || {
            sense.reaches(given.clone(), 2, &|at| {
                let lower = match tokens.kind(at) {
                    Some(Kind::Text) => inner(tokens.text(at)).to_ascii_lowercase(),
                    Some(Kind::Word) => tokens.text(at).to_ascii_lowercase(),
                    _ => return false,
                };
                BROUGHT.iter().any(|known| lower == known.as_bytes()) || lower.starts_with(b"x-")
            })
        };
        let alone = given.len() == 1 && tokens.name(given.start).is_some() && decides(sense, func);
        // `verifyOtp(…, given)`: the word that is checked, whatever it is called.
        let code = || {
            alone
                && (4..=12).contains(&text.len())
                && text.iter().all(u8::is_ascii_digit)
                && func.params.clone().any(|at| tokens.name(at) == tokens.name(given.start))
                && func.name.and_then(|name| tokens.names.get(name as usize)).is_some_and(|name| {
                    let lower = name.to_ascii_lowercase();
                    ["otp", "pin", "passw", "passc", "unlock", "puk", "tan", "secret", "code"]
                        .iter()
                        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
                })
        };
        if code() {
            return true;
        }
        who && numbered || made_up(&text) && (who || alone || carried())
    })
}

/// Whether a test looks something up among words that are written in the program: `PASSED.has(user.id)`.
fn table(sense: &Sense, atom: &Atom, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    if !matches!(atom.relation, Relation::Bare | Relation::Holds) {
        return false;
    }
    let named = |text: &[u8]| {
        made_up(text)
            || public_address(text)
            || text.contains(&b'@') && text.contains(&b'.') && text.len() >= 8
            || text.contains(&b'.')
                && words::is_person(text)
                && text.len() >= 6
                && text.iter().all(|b| !b.is_ascii_digit())
                && !is_kind(text)
    };
    let list = |range: Range<usize>| {
        let texts: Vec<usize> =
            range.clone().filter(|at| tokens.kind(*at) == Some(Kind::Text)).take(24).collect();
        let listed =
            range.clone().any(|at| tokens.any(at, &["[", "{", "(", ",", "of", "Set", "listOf", "setOf"]));
        listed
            && !texts.is_empty()
            && texts.len() <= 20
            && texts.iter().all(|at| named(inner(tokens.text(*at))))
    };
    let brought = |range: Range<usize>| {
        range.clone().any(|at| {
            sense.word(at) & (words::IDENTITY | words::PERSON | words::SECRET | words::PEER) != 0
                || tokens.any(at, &["id", "ip", "login", "name", "key"]) && decides(sense, func)
        })
    };
    if !brought(atom.range.clone()) || sense.own(atom.range.clone()) & words::PARSING != 0 {
        return false;
    }
    // `password in {"…", …}`
    if atom.relation == Relation::Holds
        && tokens.any(atom.right.start, &["{", "[", "("])
        && list(atom.right.clone())
        && sense.own(atom.left.clone()) & words::SECRET != 0
    {
        return true;
    }
    atom.range.clone().any(|at| {
        let Some(name) = tokens.name(at).filter(|_| sense.step(4)) else { return false };
        let looked = tokens.any(at + 1, &["[", ".", "?.", ")", "->", "::"]) || at + 1 == atom.range.end;
        looked
            && !sense.outline.grown.contains(&name)
            && sense.defs(name, sense.outline.func_at(at)).any(|def| {
                !def.part && def.value.len() >= 3 && def.value.len() <= 80 && list(def.value.clone())
            })
    })
}

/// Whether a secret is compared with what a table of the program holds: `it->second == password`, where `it` is what
/// was found in a table of names and words.
fn kept_in_table(sense: &Sense, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    if atom.relation != Relation::Equal {
        return false;
    }
    let entries = |value: Range<usize>| {
        let texts: Vec<usize> =
            value.clone().filter(|at| tokens.kind(*at) == Some(Kind::Text)).take(24).collect();
        value.len() <= 120
            && (2..24).contains(&texts.len())
            && value.clone().any(|at| tokens.any(at, &["{", "[", "(", "=>", ":", "to"]))
            && texts.iter().any(|at| made_up(inner(tokens.text(*at))) && inner(tokens.text(*at)).len() >= 6)
    };
    atom.sides().into_iter().any(|(given, other)| {
        let own = sense.own(given.clone());
        given.len() <= 8
            && other.len() <= 12
            && own & (words::SECRET | words::PRIVATE) != 0
            && own & (words::SIZE | words::PARSING) == 0
            && given.clone().any(|at| {
                let lower = tokens.text(at).to_ascii_lowercase();
                ["pass", "pwd", "pin", "secret", "code"]
                    .iter()
                    .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
            })
            && other.into_iter().filter_map(|at| tokens.name(at).map(|name| (at, name))).any(|(at, name)| {
                sense.defs(name, sense.outline.func_at(at)).any(|def| {
                    entries(def.value.clone())
                        || def.value.len() <= 16
                            && def.value.clone().any(|at| {
                                tokens.name(at).is_some_and(|name| {
                                    sense.step(4)
                                        && sense
                                            .defs(name, sense.outline.func_at(at))
                                            .any(|def| !def.part && entries(def.value.clone()))
                                })
                            })
                })
            })
    })
}

/// Whether a value is that of a variable of the environment.
fn of_environment(sense: &Sense, given: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    const READS: &[&str] = &[
        "getenv",
        "environ",
        "Getenv",
        "LookupEnv",
        "GetEnvironmentVariable",
        "ENV",
        "env",
        "secure_getenv",
    ];
    sense.reaches(given, 1, &|at| tokens.any(at, READS) && tokens.any(at + 1, &["(", "[", ".", "::"]))
}

/// Whether a text is none of those that switch something on or name a place of work.
fn odd(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    digits >= 1 && letters >= 1 && text.len() >= 3 && !text.contains(&b'/') && !text.starts_with(b"v")
}

/// Whether a value is the outcome of a check of the program's.
fn checks(sense: &Sense, range: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    range.into_iter().any(|at| {
        if tokens.kind(at) != Some(Kind::Word) || !tokens.is(at + 1, "(") {
            return false;
        }
        let lower = tokens.text(at).to_ascii_lowercase();
        let has = |word: &&str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
        sense.word(at) & words::VERIFY != 0
            || lower.ends_with(b"_check")
            || [
                "verif", "valid", "auth", "allow", "permit", "check_", "checkp", "checkt", "checks",
                "granted",
            ]
            .iter()
            .any(&has)
                && !has(&"author_")
                && !has(&"invalid")
            || matches!(
                &*lower,
                b"check" | b"accept" | b"accepts" | b"allows" | b"knows" | b"matches_password"
            )
    })
}

/// Whether somebody is checked or refused by name in `range`.
fn strong(sense: &Sense, range: Range<usize>) -> bool {
    checks(sense, range)
}

/// Whether others are weighed further down: they are refused, or a check is given back.
fn weighs(sense: &Sense, func: &Func, rest: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    if !sense.step(rest.len()) {
        return false;
    }
    let decides = decides(sense, func);
    let no = |at: usize| {
        tokens.any(at, &["false", "False", "FALSE", "throw", "raise", "Err", "null", "None", "nil", "NO"])
    };
    let asked = rest.clone().any(|at| {
        tokens.is(at, "return") && {
            let value = at + 1..sense.outline.statement_end(at + 1).min(rest.end);
            value.len() >= 3
                && value.clone().any(|at| tokens.any(at, &["(", "==", "===", "!=", "<", ">", "<=", ">="]))
        }
    });
    // Rust and Kotlin: the last value is what is given back.
    let compared = rest.clone().any(|at| {
        tokens.any(at, &["==", "===", "ct_eq", "contains", "includes", "any", "matches", "verify", "equals"])
    });
    if decides && (asked || compared || rest.clone().any(no)) {
        return true;
    }
    const REFUSED: &[&str] = &[
        "wrong",
        "incorrect",
        "declin",
        "denied",
        "deny",
        "refus",
        "unauth",
        "forbid",
        "notallowed",
        "not_allowed",
        "reject",
        "blocked",
    ];
    let refused = |at: usize| {
        let lower = tokens.text(at).to_ascii_lowercase();
        matches!(tokens.kind(at), Some(Kind::Word | Kind::Text))
            && lower.len() <= 60
            && REFUSED.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
            || tokens.any(at, &["401", "403"])
    };
    rest.clone().any(refused) || decides && strong(sense, rest)
}

/// Whether the name of a function says that it lets somebody in or not.
fn decides(sense: &Sense, func: &Func) -> bool {
    const DECIDES: &[&str] = &[
        "allow", "auth", "verif", "permit", "accept", "login", "logon", "check", "valid", "entitle",
        "unlock", "grant", "can_", "may_", "access", "admit", "enter", "guard", "approve", "signin",
        "trusted", "sign_in",
    ];
    let name =
        func.name.and_then(|name| sense.outline.tokens.names.get(name as usize)).copied().unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    DECIDES.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        || (name.starts_with(b"can") || name.starts_with(b"may"))
            && name.get(3).is_some_and(u8::is_ascii_uppercase)
}
