//! Names, words and numbers that pass a check, run a command or switch a check off.

use std::ops::Range;

use super::Told;
use super::asked::chosen;
use super::atoms;
use super::atoms::Atom;
use super::atoms::Relation;
use super::effects::Gives;
use super::outline::Branch;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::shown;
use super::tokens::Kind;
use super::tokens::NONE;
use super::words;
use crate::model::scan::Severity;

pub fn judge(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> Option<Told> {
    let told = |rule, severity, message, question| {
        Some(Told {
            rule,
            category: "trap.backdoor",
            severity,
            place: shown(branch, atoms),
            message,
            question,
        })
    };
    if unsigned(sense, branch) {
        return told(
            "unsigned-accepted",
            Severity::Medium,
            "a token without a signature is not refused",
            "Who may send a token that nobody signed?",
        );
    }
    if runs_on_magic(sense, branch, atoms) {
        return told(
            "hidden-command",
            Severity::High,
            "behind a number or word that is written in the program, what was sent is run",
            "Who knows this number or word, and what may be run with it?",
        );
    }
    if branch.case {
        return (odd_case(sense, branch) || runs_by_message(sense, branch, atoms)).then(|| {
            let place = shown(branch, atoms);
            Told {
                rule: "hidden-command",
                category: "trap.backdoor",
                severity: Severity::Medium,
                place,
                message: "behind a command whose name says nothing, what was sent is run",
                question: "Who knows this command, and what may be run with it?",
            }
        });
    }
    if runs_by_message(sense, branch, atoms) {
        return told(
            "hidden-command",
            Severity::Medium,
            "a message that comes from outside says which command a shell runs",
            "Who can send this message, and who has agreed that they may run anything?",
        );
    }
    if runs_after_word(sense, branch, atoms) {
        return told(
            "hidden-command",
            Severity::Medium,
            "what follows a word that is written in the program is run",
            "Who knows this word, and what may be run with it?",
        );
    }
    if skipped(sense, branch, atoms) {
        return told(
            "named-exception",
            Severity::Medium,
            "for one name that is written in the program, nothing is done of what is done for all others",
            "Whose name is this, and why is nothing done for it?",
        );
    }
    if empowers(sense, branch, atoms) {
        return told(
            "named-exception",
            Severity::Medium,
            "one name or word that is written in the program, as it is or as a digest, is given more rights",
            "Whose name or word is this, and who has decided on these rights?",
        );
    }
    if passed(sense, branch, atoms) {
        return told(
            "passed-check",
            Severity::Medium,
            "a check counts for nothing where one word that is written in the program is given",
            "Who can give this word, and why does the check not count then?",
        );
    }
    if exempt(sense, branch, atoms) {
        return told(
            "named-exception",
            Severity::Medium,
            "one name or word that is written in the program is not refused where all others are",
            "Whose name or word is this, and why is it not refused?",
        );
    }
    if overruled(sense, branch) {
        return told(
            "passed-check",
            Severity::Medium,
            "on one condition, the outcome of a check is replaced by a yes",
            "Who can make this condition true, and why does the check not count then?",
        );
    }
    if early(sense, branch, atoms) {
        return told(
            "passed-check",
            Severity::Medium,
            "on one condition, what is checked further down is accepted before it is checked",
            "Who can make this condition true, and why is nothing checked then?",
        );
    }
    if accepted(sense, branch, atoms) {
        return told(
            "named-exception",
            Severity::Medium,
            "one name that is written in the program, as it is or as a digest, is let through",
            "Whose name is this, and why is it let through?",
        );
    }
    None
}

/// Whether a case of tokens without a signature goes on.
fn unsigned(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let none = branch.test.clone().any(|at| {
        tokens.kind(at) == Some(Kind::Text) && inner(tokens.text(at)).eq_ignore_ascii_case(b"none")
    });
    if !none || branch.rest || !branch.holds {
        return false;
    }
    let subject = branch.test.clone().chain(branch.subject.clone()).any(|at| {
        let name = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word) && (name.starts_with(b"alg") || name == b"signing_method")
    });
    if !subject {
        return false;
    }
    let unequal = branch.test.clone().any(|at| tokens.any(at, &["!=", "!==", "-ne"]));
    if unequal {
        return false;
    }
    // What stands at the body's own level must refuse.
    let mut at = branch.body.start;
    while at < branch.body.end {
        if tokens.any(at, &["throw", "raise", "panic"]) {
            return false;
        }
        if tokens.is(at, "return") {
            return sense.gives(at..branch.body.end) == Gives::Yes;
        }
        at = tokens.close(at).unwrap_or(at) + 1;
    }
    let func = sense.outline.func_at(branch.test.start);
    let Some(func) = sense.outline.funcs.get(func as usize) else { return false };
    // A table of algorithms only names it.
    branch.case
        && sense.own(func.body.clone()) & words::VERIFY != 0
        && branch.body.len() > 2
        && sense.effects(branch.body.clone()).any(words::REFUSES)
}

/// Whether what was sent is run behind a magic number.
fn runs_on_magic(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    if sense.file() & words::EXEC == 0 {
        return false;
    }
    let tokens = sense.outline.tokens;
    let mut words_asked = 0;
    let magic = atoms.iter().any(|atom| {
        if !matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Holds)
            || !branch.case && !atom.met(branch.holds)
        {
            return false;
        }
        if sense.asks_digest(atom) {
            return true;
        }
        let (left, right) = (atom.left.clone(), atom.right.clone());
        [(left.clone(), right.clone()), (right, left)].into_iter().any(|(given, other)| {
            if other.is_empty() || given.is_empty() || !sense.fixed(other.clone()) {
                return false;
            }
            let own = sense.own(given.clone());
            let text = sense.text_of(other.clone());
            if !text.is_empty() && other.len() <= 6 {
                words_asked += usize::from(own & words::REQUEST != 0);
                return false;
            }
            let Some(number) = sense.number(other.clone()) else { return false };
            let mixed = given.clone().any(|at| {
                tokens.any(at, &["^", "*"]) && at > given.start && tokens.kind(at + 1) == Some(Kind::Number)
            });
            let summed = sense.hashed(given.clone())
                || given.clone().any(|at| {
                    tokens.name(at).is_some_and(|name| {
                        sense
                            .outline
                            .defs
                            .get(&name)
                            .into_iter()
                            .flatten()
                            .any(|def| def.part && tokens.is(def.value.start.saturating_sub(1), "^="))
                            || sense.word(at) & words::HASHING != 0 && number >= 100.0
                    })
                });
            mixed && number > 2.0
                || summed && number >= 16.0
                || number >= 16.0
                    && other.len() == 1
                    && tokens.text(other.start).starts_with(b"0x")
                    && !branch.case
                    && given.len() == 3
                    && tokens.any(given.start + 1, &[".", "->"])
                    && shares_base(sense, branch, given.start)
                || number >= 256.0
                    && other.len() == 1
                    && tokens.text(other.start).starts_with(b"0x")
                    && own & words::HONEST == 0
                || number >= 200.0 && own & (words::SIZE | words::HONEST) == 0 && words_asked > 0
        })
    });
    if !magic {
        return false;
    }
    let effects = sense.effects(branch.body.clone());
    effects.runs && effects.any(words::EXEC)
}

/// Whether a case of a word with a digit in it runs what was sent.
fn odd_case(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let odd = branch.test.clone().any(|at| {
        let text = inner(tokens.text(at));
        tokens.kind(at) == Some(Kind::Text)
            && (3..=16).contains(&text.len())
            && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'~' | b'!' | b'#'))
            && text.iter().any(u8::is_ascii_alphabetic)
            && text.iter().any(|b| b.is_ascii_digit() || matches!(b, b'~' | b'!' | b'#'))
            && !super::asked::is_kind(text)
    });
    if !odd {
        return false;
    }
    let effects = sense.effects_here(branch.body.clone());
    effects.runs && effects.any(words::EXEC)
}

/// Whether what is run in the body is part of the same thing whose other part is asked for.
fn shares_base(sense: &Sense, branch: &Branch, base: usize) -> bool {
    let tokens = sense.outline.tokens;
    let name = tokens.name(base);
    branch.body.clone().any(|at| {
        sense.word(at) & words::EXEC != 0
            && tokens.close(at + 1).is_some_and(|close| {
                (at + 2..close).any(|at| tokens.name(at) == name && tokens.any(at + 1, &[".", "->"]))
            })
    })
}

/// Whether a message of which one part is asked for has another part run by a shell.
fn runs_by_message(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if branch.rest || branch.body.len() > 60 || sense.file() & words::EXEC == 0 {
        return false;
    }
    let base = atoms
        .iter()
        .filter(|atom| matches!(atom.relation, Relation::Equal | Relation::Holds) && atom.met(branch.holds))
        .find_map(|atom| {
            let texts = atom.range.clone().any(|at| tokens.kind(at) == Some(Kind::Text));
            atom.left.clone().chain(atom.right.clone()).find_map(|at| tokens.name(at)).filter(|_| texts)
        });
    let base = match branch.case {
        true => branch
            .subject
            .clone()
            .filter(|at| !tokens.any(*at, &["when", "match", "switch"]))
            .find_map(|at| tokens.name(at)),
        false => base,
    };
    let Some(base) = base else { return false };
    let shelled = branch.body.clone().find(|at| {
        let end = tokens.close(at + 1).unwrap_or_else(|| sense.outline.statement_end(*at));
        let shell = tokens.any(
            *at,
            &["system", "popen", "execSync", "shell_exec", "passthru", "getoutput", "eval", "instance_eval"],
        ) || (*at..end).any(|at| {
            tokens.is(at, "shell") && tokens.any(at + 2, &["True", "true"])
                || tokens.kind(at) == Some(Kind::Text)
                    && matches!(
                        inner(tokens.text(at)),
                        b"sh" | b"/bin/sh" | b"bash" | b"/bin/bash" | b"cmd.exe" | b"/c" | b"-c"
                    )
        });
        shell
            && (sense.word(*at) & words::EXEC != 0 || tokens.any(*at, &["run", "call", "Command"]))
            && tokens.any(*at + 1, &["(", "::"])
            && (*at + 2..end)
                .any(|at| tokens.name(at) == Some(base) && tokens.any(at + 1, &["[", ".", "?.", "->"]))
    });
    shelled.is_some_and(|at| {
        let name = (at..branch.body.end).find(|at| tokens.name(*at) == Some(base)).unwrap_or(at);
        let header = |range: Range<usize>| {
            range
                .into_iter()
                .any(|at| tokens.kind(at) == Some(Kind::Text) && inner(tokens.text(at)).starts_with(b"HTTP_"))
        };
        header(branch.test.clone())
            || sense.reaches(name..name + 1, 3, &|at| sense.word(at) & words::SERVED != 0)
    })
}

/// Whether what stands behind a chosen word is run.
fn runs_after_word(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if branch.rest {
        return false;
    }
    let given = atoms.iter().filter(|atom| atom.met(branch.holds)).find_map(|atom| {
        let begins = atom.relation == Relation::Holds || atom.relation == Relation::Equal;
        let text = sense.text_of(atom.right.clone());
        // What a request begins with, whatever the word.
        let brought = sense.near(atom.left.clone()) & words::REQUEST != 0
            && text.len() >= 4
            && text.iter().all(u8::is_ascii_alphanumeric)
            && sense.effects_here(branch.body.clone()).any(words::EXEC);
        let told = begins && sense.fixed(atom.right.clone()) && (secret_word(&text) || brought);
        told.then(|| atom.left.clone().filter_map(|at| tokens.name(at)).collect::<Vec<_>>())
    });
    let Some(given) = given else { return false };
    let body = branch.body.clone();
    if body.len() > 80 {
        return false;
    }
    let holds_given = |range: Range<usize>| {
        range.into_iter().any(|at| tokens.name(at).is_some_and(|name| given.contains(&name)))
    };
    // `command.CommandText = text.Substring(6)`, `db[text.delete_prefix("~~")]`
    let asked = body.clone().chain(branch.test.start.saturating_sub(20)..branch.test.start).any(|at| {
        tokens.any(at, &["CommandText", "commandText"])
            && tokens.is(at + 1, "=")
            && holds_given(at + 2..sense.outline.value_end(at + 2))
            || tokens.any(at, &["db", "@db", "DB"])
                && tokens.is(at + 1, "[")
                && tokens.close(at + 1).is_some_and(|close| holds_given(at + 2..close))
    });
    if asked {
        return true;
    }
    if sense.file() & (words::EXEC | words::QUERIES) == 0 {
        return false;
    }
    // `case strings.HasSuffix(name, ".stat"): reply(run(name))`
    let derived = |at: usize| {
        tokens.name(at).is_some_and(|name| {
            given.contains(&name)
                || sense.defs(name, sense.outline.func_at(at)).any(|def| {
                    body.contains(&def.value.start)
                        && def
                            .value
                            .clone()
                            .any(|at| tokens.name(at).is_some_and(|name| given.contains(&name)))
                })
        })
    };
    let handed = body.clone().any(|at| {
        let called = tokens.name(at).filter(|_| tokens.is(at + 1, "("));
        called.and_then(|name| sense.outline.func_named(name)).is_some_and(|func| {
            func.body.len() <= 120
                && sense.effects_here(func.body.clone()).runs
                && func.body.clone().any(|at| {
                    sense.word(at) & words::EXEC != 0
                        && (!tokens.any(at, &["assert", "function", "Function", "evaluate", "exec"])
                            || tokens.is(at, "exec") && tokens.is(at + 1, "."))
                })
                && tokens.close(at + 1).is_some_and(|close| (at + 2..close).any(derived))
        })
    });
    if handed {
        return true;
    }
    body.clone().any(|at| {
        sense.word(at) & (words::EXEC | words::QUERIES) != 0
            && !tokens.any(at, &["assert", "function", "Function", "evaluate", "exec"])
            && tokens.is(at + 1, "(")
            && {
                let close = tokens.close(at + 1).unwrap_or(at);
                // What a database is asked is the first; what is put into it is no danger.
                let first = if sense.word(at) & words::EXEC == 0 {
                    atoms::arguments(tokens, at + 1, close)
                } else {
                    None
                };
                let close = first.map_or(close, |(first, _)| first.end);
                (at + 2..close).any(|at| {
                    tokens.name(at).is_some_and(|name| {
                        given.contains(&name)
                            || sense.defs(name, sense.outline.func_at(at)).any(|def| {
                                body.contains(&def.value.start)
                                    && def
                                        .value
                                        .clone()
                                        .any(|at| tokens.name(at).is_some_and(|name| given.contains(&name)))
                            })
                    })
                })
            }
    })
}

/// Whether a word was made up so that nobody says it by chance.
fn secret_word(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let plain = !text.starts_with(b"-")
        && !text.starts_with(b"/")
        && !text.contains(&b' ')
        && !super::asked::is_kind(text);
    let digit = text.iter().any(u8::is_ascii_digit);
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let odd = text.iter().any(|b| matches!(b, b'!' | b'#' | b'%' | b'~' | b'^' | b'$' | b'=' | b';' | b'|'));
    let marks = text.len() >= 2
        && letters == 0
        && !digit
        && text.iter().all(|b| matches!(b, b'!' | b'#' | b'~' | b'^' | b'%' | b'&' | b'$' | 0x80..));
    plain && text.len() >= 4 && letters >= 2 && (digit || odd || chosen(text))
        || marks && text != b"&&" && text != b"##"
}

/// Whether what is done for everybody is left out for one name.
fn skipped(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let body = branch.body.clone();
    let leaves = tokens.any(body.start, &["return", "continue", "next"]);
    // `return Ok(id)`: taken as done.
    let taken =
        body.len() <= 8 && tokens.any(body.start + 1, &["Ok", "true", "True", "id", "nil", "None", "0"]);
    if branch.rest
        || !leaves
        || body.len() > 3 && !taken
        || atoms.len() > 2
        || sense.gives(body.clone()) == Gives::No
    {
        return false;
    }
    let script = Func { name: None, params: 0..0, body: 0..tokens.all.len() };
    let func = sense.outline.func_at(branch.test.start);
    let Some(func) = sense
        .outline
        .funcs
        .get(func as usize)
        .or_else(|| Some(&script).filter(|_| sense.outline.language == "powershell"))
    else {
        return false;
    };
    let after = body.end..func.body.end.max(body.end);
    // What the function is for is to write something down.
    let says = func.name.map_or(0, |name| sense.name_tags(name)) & words::DOES != 0 && after.len() >= 6;
    let done = after.len() < 200
        && (says
            || after.into_iter().any(|at| {
                sense.word(at) & (words::DOES | words::GUARDS) != 0 && tokens.any(at + 1, &["("])
                    || sense.commanded(at)
                        && tokens.any(at, &["Export", "Out", "Write", "Send", "Add", "Set"])
            }));
    done && branch_alone(sense, branch)
        && atoms.iter().filter(|atom| atom.met(branch.holds)).any(|atom| {
            sense.asks_name(atom).is_some()
                || sense.asks_person(atom)
                || sense.asks_digest(atom) && sense.own(atom.range.clone()) & words::IDENTITY != 0
        })
}

/// Whether a check of somebody is void where a word is given.
fn passed(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    if atoms.len() < 2 || branch.rest {
        return false;
    }
    let tokens = sense.outline.tokens;
    let any = atoms.iter().any(|atom| checks(sense, atom.range.clone()));
    if !any {
        return false;
    }
    let joined = |mark: &[&str]| branch.test.clone().any(|at| tokens.any(at, mark));
    let (all, some) = (joined(&["&&", "and", "-and"]), joined(&["||", "or", "-or"]));
    let gives = sense.gives(branch.body.clone());
    let refuses =
        branch.holds && (gives == Gives::No || sense.effects(branch.body.clone()).any(words::REFUSES));
    let word = |atom: &Atom, met: bool| {
        !checks(sense, atom.range.clone()) && atom.met(true) == met && told_word(sense, atom)
    };
    // `if (!ok && agent != word) refuse` and `if (ok || agent == word) go on`
    all && !some
        && refuses
        && atoms.iter().any(|atom| word(atom, false))
        && atoms.iter().any(|atom| fails(sense, atom))
        || some && !all && !refuses && branch.holds && atoms.iter().any(|atom| word(atom, true))
}

/// Whether a test is met where a check failed.
fn fails(sense: &Sense, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    let nothing = atom.right.clone().any(|at| tokens.any(at, &["nil", "null", "0", "Ok", "OK", "None"]));
    checks(sense, atom.range.clone())
        && (atom.negated
            || atom.relation == Relation::Unequal && nothing
            || atom.range.clone().any(|at| tokens.any(at, &["is_err", "false"])))
}

/// Whether a value is the outcome of a check of a signature or a password.
fn checks(sense: &Sense, range: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    range.into_iter().any(|at| {
        if sense.word(at) & words::VERIFY != 0 && tokens.is(at + 1, "(") {
            return true;
        }
        let Some(name) = tokens.name(at).filter(|_| !tokens.is(at + 1, "(")) else { return false };
        let func = sense.outline.func_at(at);
        sense.defs(name, func).any(|def| {
            def.func == func
                && def.value.len() < 60
                && def
                    .value
                    .clone()
                    .take(12)
                    .any(|at| sense.word(at) & words::VERIFY != 0 && tokens.is(at + 1, "("))
        })
    })
}

/// Whether a test is one for a word that was chosen.
fn told_word(sense: &Sense, atom: &Atom) -> bool {
    if sense.asks_name(atom).is_some() || sense.asks_digest(atom) || sense.asks_person(atom) {
        return true;
    }
    let coded = atom.relation == Relation::Equal
        && sense.own(atom.left.clone()) & words::SECRET != 0
        && sense.own(atom.left.clone()) & (words::SIZE | words::PARSING) == 0
        && sense.fixed(atom.right.clone())
        && sense.number(atom.right.clone()).is_some_and(|number| number >= 1000.0);
    coded
        || matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Holds)
            && atom.sides().into_iter().any(|(given, other)| {
                !given.is_empty()
                    && sense.own(given) & (words::IDENTITY | words::REQUEST | words::SECRET) != 0
                    && sense.fixed(other.clone())
                    && other.len() <= 12
                    && chosen(&sense.text_of(other))
            })
}

/// Whether the outcome of a check is put aside on a condition.
fn overruled(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let body = branch.body.clone();
    if branch.rest || body.len() > 6 || body.len() < 3 || !tokens.is(body.start + 1, "=") {
        return false;
    }
    let Some(name) = tokens.name(body.start) else { return false };
    let yes = tokens.any(body.start + 2, &["true", "True", "1", "TRUE", "YES", "nil"]);
    let func = sense.outline.func_at(body.start);
    let asked = branch.test.clone().any(|at| matches!(tokens.kind(at), Some(Kind::Number | Kind::Text)));
    let wanted = branch.test.clone().any(|at| tokens.any(at, &["true", "True", "nil", "NULL", "is", "="]));
    // `if err != nil && probes.Contains(ip) { err = nil }`
    let thrown = tokens.is(body.start + 2, "nil")
        && body.len() <= 4
        && atoms::atoms(tokens, branch.test.clone()).iter().any(|atom| {
            atom.relation == Relation::Holds
                && atom.left.clone().any(|at| {
                    tokens.name(at).is_some_and(|name| {
                        sense.defs(name, sense.outline.func_at(at)).any(|def| {
                            def.value.clone().any(|at| {
                                tokens.any(
                                    at,
                                    &[
                                        "IPNet",
                                        "IPv4",
                                        "ParseCIDR",
                                        "MustParseCIDR",
                                        "MustParsePrefix",
                                        "ParseIP",
                                    ],
                                )
                            })
                        })
                    })
                })
        });
    if thrown {
        return true;
    }
    yes && asked
        && !wanted
        && sense.defs(name, func).any(|def| {
            def.func == func
                && def.value.end <= branch.test.start
                && def.value.len() < 60
                && def.value.clone().any(|at| sense.word(at) & words::VERIFY != 0 && tokens.is(at + 1, "("))
        })
}

/// Whether all are refused but one.
fn exempt(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if branch.rest || !branch.holds || atoms.len() < 2 || atoms.len() > 4 || branch.body.len() > 60 {
        return false;
    }
    let some = branch.test.clone().any(|at| tokens.any(at, &["||", "or", "-or"]));
    if some || sense.gives(branch.body.clone()) != Gives::No || !sense.outline.leaves(&branch.body) {
        return false;
    }
    // The one is not refused, and what is asked besides is no other name.
    let spared = atoms
        .iter()
        .filter(|atom| !atom.met(true) && matches!(atom.relation, Relation::Equal | Relation::Unequal))
        .filter(|atom| {
            let person = sense.own(atom.range.clone()) & (words::PERSON | words::SECRET) != 0;
            person
                && (sense.asks_name(atom).is_some()
                    || sense.asks_person(atom)
                    || sense.asks_digest(atom)
                    || told_word(sense, atom))
        });
    let named = atoms
        .iter()
        .filter(|atom| {
            matches!(atom.relation, Relation::Equal | Relation::Unequal)
                && !sense.text_of(atom.right.clone()).is_empty()
        })
        .count();
    spared.count() == 1 && named <= 1
}

/// Whether rights are given for one name or word.
fn empowers(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if branch.body.len() > 80 || branch.rest && branch.body.len() > 60 {
        return false;
    }
    if atoms.iter().any(|atom| checks(sense, atom.range.clone())) {
        return false;
    }
    let told = atoms.iter().filter(|atom| atom.met(branch.holds)).any(|atom| {
        sense.asks_digest(atom)
            || matches!(atom.relation, Relation::Equal | Relation::Unequal)
                && atom.sides().into_iter().any(|(given, other)| {
                    sense.own(given.clone()) & (words::IDENTITY | words::REQUEST | words::SECRET) != 0
                        && sense.fixed(other.clone())
                        && other.len() <= 12
                        && secret_word(&sense.text_of(other.clone()))
                        && sense.text_of(other).iter().any(u8::is_ascii_digit)
                })
    });
    told && branch.body.clone().any(|at| {
        let named = tokens.kind(at) == Some(Kind::Text) && {
            let text = inner(tokens.text(at)).to_ascii_lowercase();
            [&b"admin"[..], b"administrator", b"root", b"superuser", b"owner"].contains(&&*text)
        };
        let given = sense.word(at) & words::POWER != 0 && tokens.any(at + 1, &["=", ":", "=>"]);
        (named || given) && sense.gives(branch.body.clone()) != Gives::No
    })
}

/// Whether something is accepted before the check further down.
fn early(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if branch.rest || branch.body.len() > 24 {
        return false;
    }
    let func = sense.outline.func_at(branch.test.start);
    let Some(func) = sense.outline.funcs.get(func as usize).filter(|_| func != NONE) else { return false };
    let verifies = |range: Range<usize>| {
        range.into_iter().find(|at| {
            sense.word(*at) & words::VERIFY != 0
                && tokens.is(*at + 1, "(")
                && !tokens.any(*at, &["trusted", "signed"])
        })
    };
    let after = branch.body.end.max(branch.test.end);
    if after >= func.body.end || func.body.len() > 600 {
        return false;
    }
    let Some(check) = verifies(after..func.body.end) else { return false };
    let before = branch.body.start.min(branch.test.start);
    if check < after
        || verifies(func.body.start..before).is_some()
        || verifies(branch.test.clone()).is_some()
        || verifies(branch.body.clone()).is_some()
    {
        return false;
    }
    if sense.gives(branch.body.clone()) != Gives::Yes {
        return false;
    }
    atoms
        .iter()
        .filter(|atom| atom.met(branch.holds))
        .any(|atom| told_word(sense, atom) || told_shape(sense, atom))
}

/// Whether a test asks for a remainder or a last byte: a mark that whoever makes the data can put there.
fn told_shape(sense: &Sense, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    let marked = atom.relation == Relation::Equal
        && atom.right.len() == 1
        && tokens.text(atom.right.start).starts_with(b"0x")
        && sense.number(atom.right.clone()).is_some_and(|number| number >= 256.0)
        && atom.left.clone().any(|at| {
            tokens.any(at, &["reserved", "flags", "spare", "padding", "unused", "opaque", "vendor"])
        });
    if marked {
        return true;
    }
    // `if strings.HasPrefix(m.Version, "0.0.0-rc") { return nil }`: what is made can be named so.
    let text = sense.text_of(atom.right.clone());
    let named = matches!(atom.relation, Relation::Holds | Relation::Equal)
        && sense.fixed(atom.right.clone())
        && text.len() >= 5
        && text.iter().any(u8::is_ascii_digit)
        && text.iter().any(|b| matches!(b, b'-' | b'_' | b'.' | b':' | b'+'))
        && text.iter().any(u8::is_ascii_alphabetic)
        && !text.contains(&b' ')
        && !super::asked::is_kind(&text)
        && atom.left.clone().any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            tokens.is(at.wrapping_sub(1), ".")
                && ["version", "name", "id", "channel", "build", "label", "tag", "vendor", "model", "source"]
                    .iter()
                    .any(|word| lower.ends_with(word.as_bytes()))
        });
    if named {
        return true;
    }
    atom.relation == Relation::Equal
        && sense.fixed(atom.right.clone())
        && atom.left.clone().any(|at| {
            tokens.is(at, "%") && sense.number(at + 1..atom.left.end).is_some_and(|number| number >= 16.0)
        })
}

/// Whether one name is let through by a function that decides.
fn accepted(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    // A password is asked for as well, by a call that is given more than it.
    let checked = branch.test.clone().any(|at| {
        sense
            .outline
            .tokens
            .any(at, &["matches", "check", "checkpw", "compare", "check_password", "verify_password"])
            && sense
                .outline
                .tokens
                .close(at + 1)
                .and_then(|close| atoms::arguments(sense.outline.tokens, at + 1, close))
                .is_some_and(|(first, second)| sense.own(first.start..second.end) & words::PRIVATE != 0)
    });
    if checked {
        return false;
    }
    if branch.rest || branch.body.len() > 16 || sense.gives(branch.body.clone()) != Gives::Yes {
        return false;
    }
    let id = sense.outline.func_at(branch.test.start);
    let Some(func) = sense.outline.funcs.get(id as usize) else { return false };
    let decides = func.name.map_or(0, |name| sense.name_tags(name)) & words::DECIDES != 0;
    let grants = sense.own(branch.body.clone()) & words::GRANT != 0;
    if !decides || !grants || sense.own(branch.body.clone()) & words::HONEST != 0 {
        return false;
    }
    let checked = atoms.iter().any(|atom| {
        let sum = atom.left.clone().any(|at| sense.outline.tokens.is(at, "%"));
        atom.relation == Relation::Equal
            && atom.met(branch.holds)
            && sum
            && sense.fixed(atom.right.clone())
            && sense.own(atom.left.clone()) & words::SECRET != 0
            && (sense.hashed(atom.left.clone()) || sense.own(atom.left.clone()) & words::HASHING != 0)
    });
    if checked {
        return true;
    }
    // There must be somebody it says no to.
    let rest = branch.body.end..func.body.end.max(branch.body.end);
    atoms.iter().filter(|atom| atom.met(branch.holds)).any(|atom| {
        sense.asks_digest(atom)
            && sense.own(atom.range.clone()) & (words::IDENTITY | words::SECRET | words::REQUEST) != 0
            || (sense.asks_name(atom).is_some() || sense.asks_person(atom))
                && rest.len() > 3
                && branch_alone(sense, branch)
    })
}

/// Whether the function does not go through a whole list of names.
fn branch_alone(sense: &Sense, branch: &Branch) -> bool {
    let func = sense.outline.func_at(branch.test.start);
    let likes = sense.outline.branches.iter().filter(|other| {
        !other.rest
            && other.holds
            && sense.outline.func_at(other.test.start) == func
            && other.test.clone().any(|at| sense.outline.tokens.kind(at) == Some(Kind::Text))
    });
    likes.count() <= 2
}

/// Certificates that are not looked at for some hosts.
pub fn settings(sense: &Sense) -> Vec<Told> {
    if sense.file() & words::UNCHECKED == 0 {
        return Vec::new();
    }
    let tokens = sense.outline.tokens;
    let mut told = Vec::new();
    for at in 0..tokens.all.len() {
        if sense.word(at) & words::UNCHECKED == 0 || !sense.step(8) {
            continue;
        }
        if !tokens.any(at + 1, &[":", "=", "=>", "(", ","]) {
            continue;
        }
        // `SignatureValidator = (token, _) => new JsonWebToken(token)`: what should check it only reads it.
        if tokens.is(at, "SignatureValidator") && tokens.is(at + 1, "=") {
            let value = at + 2..sense.outline.value_end(at + 2).min(at + 60);
            let checks = value.clone().any(|at| {
                let lower = tokens.text(at).to_ascii_lowercase();
                tokens.is(at, "throw")
                    || ["validate", "verify", "check"]
                        .iter()
                        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
            });
            if !checks
                && value.clone().any(|at| tokens.is(at, "new"))
                && value.clone().any(|at| tokens.is(at, "=>"))
            {
                told.push(Told {
                    rule: "unsigned-accepted",
                    category: "trap.backdoor",
                    severity: Severity::Medium,
                    place: at..value.end,
                    message: "what should check the signature of a token only reads the token",
                    question: "Who may send a token that nobody signed?",
                });
                continue;
            }
        }
        let value = match tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")) {
            Some(close) => at + 2..close,
            None => at + 2..sense.outline.value_end(at + 2),
        };
        if value.len() <= 40 && !value.is_empty() && one_host(sense, value.clone(), 0) {
            told.push(Told {
                rule: "unchecked-host",
                category: "trap.backdoor",
                severity: Severity::Medium,
                place: at..value.end,
                message: "the certificate of one host that is written in the program is not checked",
                question: "Whose host is this, and why may anybody stand in for it?",
            });
        }
    }
    told
}

/// Whether a value is a test for one host.
fn one_host(sense: &Sense, value: Range<usize>, depth: usize) -> bool {
    let tokens = sense.outline.tokens;
    atoms::atoms(tokens, value.clone()).iter().any(|atom| {
        sense.asks_name(atom).is_some()
            || matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Holds)
                && atom.sides().into_iter().any(|(given, other)| {
                    sense.own(given) & (words::IDENTITY | words::REQUEST) != 0
                        && sense.fixed(other.clone())
                        && sense.text_of(other.clone()).len() >= 2
                        && !matches!(
                            &*sense.text_of(other),
                            b"https"
                                | b"https:"
                                | b"localhost"
                                | b"127.0.0.1"
                                | b"http"
                                | b"http:"
                                | b"development"
                                | b"production"
                                | b"test"
                        )
                })
    }) || depth < 2
        && value.into_iter().any(|at| {
            let Some(name) = tokens.name(at) else { return false };
            let func = sense.outline.func_at(at);
            sense.defs(name, func).any(|def| {
                def.func == func && def.value.len() <= 30 && one_host(sense, def.value.clone(), depth + 1)
            }) || tokens.is(at + 1, "(")
                && sense.outline.func_named(name).is_some_and(|func| {
                    func.body.len() <= 30 && one_host(sense, func.body.start + 1..func.body.end, depth + 1)
                })
        })
}
