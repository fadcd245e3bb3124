//! What is done to data once somebody is no longer listed: the name or number stands in the program.

use std::ops::Range;

use super::Told;
use super::atoms::Atom;
use super::atoms::Relation;
use super::effects::Effects;
use super::outline::Branch;
use super::sense::Sense;
use super::shown;
use super::tokens::Kind;
use super::words;
use crate::model::scan::Severity;

/// Whether something is done to data once a name is missing.
pub(super) fn missing(
    sense: &Sense,
    branch: &Branch,
    atoms: &[Atom],
    effects: &mut impl FnMut() -> Effects,
) -> bool {
    let tokens = sense.outline.tokens;
    let gone = atoms.iter().any(|atom| {
        let begins = [
            "startsWith",
            "starts_with",
            "startswith",
            "hasPrefix",
            "HasPrefix",
            "str_contains",
            "str_starts_with",
            "str_ends_with",
            "endsWith",
            "ends_with",
            "endswith",
            "hasSuffix",
            "HasSuffix",
            "strstr",
            "start_with?",
            "end_with?",
            "StartsWith",
            "EndsWith",
        ];
        if atom.relation != Relation::Holds
            || atom.met(branch.holds)
            || atom.range.clone().any(|at| tokens.any(at, &begins))
        {
            return false;
        }
        let [(one, other), _] = atom.sides();
        [(one.clone(), other.clone()), (other, one)].into_iter().any(|(list, name)| {
            let listed = sense.near(list.clone()) & words::IDENTITY != 0 || of_people(sense, list);
            let numbered = sense.number(name.clone()).is_some_and(|number| number >= 1000.0);
            let fixed = sense.fixed(name.clone()) && (!sense.text_of(name.clone()).is_empty() || numbered);
            let asked = name.clone().any(|at| {
                // `e => e.Login == "…" && e.LeftOn == null`
                let text =
                    tokens.kind(at + 1) == Some(Kind::Text) && tokens.any(at + 2, &["&&", "||", "and"]);
                let one = at + 1..if text { at + 2 } else { name.end };
                tokens.any(at, &["==", "===", "!=", "!=="])
                    && sense.fixed(one.clone())
                    && (!sense.text_of(one.clone()).is_empty()
                        || sense.number(one).is_some_and(|number| number >= 1000.0))
            });
            listed && (fixed || asked)
        })
    });
    let gone = gone
        || atoms.iter().any(|atom| not_in(sense, branch, atom))
        || branch.rest && atoms.iter().any(|atom| looked_up(sense, atom))
        || atoms.iter().any(|atom| {
            // `var seen = lines.Any(l => l.EmployeeNo == 20417); if (!seen) …`
            atom.relation == Relation::Bare && !atom.met(branch.holds) && sought(sense, atom)
        });
    // `if (!isEnabled(…)) reset(…)`, of one account whose name stands in the program.
    let asked = !branch.rest
        && atoms.iter().any(|atom| {
            atom.relation == Relation::Bare
                && !atom.met(branch.holds)
                && atom.left.clone().any(|at| {
                    let called = tokens.name(at).filter(|_| tokens.is(at + 1, "("));
                    called.and_then(|name| sense.outline.func_named(name)).is_some_and(|func| {
                        func.body.len() <= 60
                            && func.body.clone().any(|at| {
                                tokens.any(
                                    at,
                                    &["FindByIdentity", "getpwnam", "getUserByName", "findByUsername"],
                                ) && tokens.close(at + 1).is_some_and(|close| {
                                    (at + 2..close).any(|at| tokens.kind(at) == Some(Kind::Text))
                                })
                            })
                    })
                })
        });
    if asked && !effects().any(words::HONEST) {
        return true;
    }
    // `if (!accountEnabled("mhalvorsen")) clearTables()`
    let personal = !branch.rest
        && atoms.iter().any(|atom| {
            atom.relation == Relation::Bare
                && !atom.met(branch.holds)
                && atom.left.clone().any(|at| {
                    let lower = tokens.text(at).to_ascii_lowercase();
                    tokens.is(at + 1, "(")
                        && ["enabled", "active", "employed", "account", "employee", "staff", "user"]
                            .iter()
                            .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
                        && (at + 2..atom.left.end).any(|at| {
                            tokens.kind(at) == Some(Kind::Text)
                                && words::is_person(super::sense::inner(tokens.text(at)))
                        })
                })
        });
    if personal && effects().any(words::DESTROY) {
        return true;
    }
    // `$one = Get-ADUser -Identity 'h.brandt'; if (-not $one) …`
    let directory = sense.outline.language == "powershell"
        && !branch.rest
        && branch.test.clone().any(|at| {
            tokens.name(at).is_some_and(|name| {
                sense.defs(name, sense.outline.func_at(at)).any(|def| {
                    def.value.len() <= 24
                        && def
                            .value
                            .clone()
                            .any(|at| tokens.is(at, "Get") && tokens.text(at + 1).ends_with(b"User"))
                        && def.value.clone().any(|at| {
                            tokens.kind(at) == Some(Kind::Text)
                                && words::is_person(super::sense::inner(tokens.text(at)))
                                && super::sense::inner(tokens.text(at)).len() >= 5
                        })
                })
            })
        });
    if directory && effects().any(words::DESTROY | words::SPOIL) && !effects().any(words::HONEST) {
        return true;
    }
    // `reference = roster.get("E-1187")`, and where nobody is found a result is otherwise.
    let unfound = !branch.rest && atoms.iter().any(|atom| unfound(sense, branch, atom));
    if unfound && (skewed(sense, branch) || effects().alters) && !effects().any(words::HONEST) {
        return true;
    }
    gone && {
        let effects = effects();
        effects.any(words::DESTROY | words::SPOIL) && !effects.any(words::HONEST)
    }
}

/// Whether a search for one name of the program found nobody: `staff.find("…") == staff.end()`.
fn not_in(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    let nothing = |range: Range<usize>| {
        range.len() <= 6
            && range.clone().any(|at| {
                tokens.any(at, &["end", "null", "nil", "None", "undefined", "0", "nullptr", "npos"])
            })
    };
    let equal = match atom.relation {
        Relation::Equal => atom.met(branch.holds),
        Relation::Unequal => atom.met(!branch.holds) && branch.holds == atom.negated,
        _ => false,
    };
    equal
        && nothing(atom.right.clone())
        && sense.near(atom.left.clone()) & words::IDENTITY != 0
        && atom.left.clone().any(|at| {
            let given = at + 2..at + 3;
            tokens.any(
                at,
                &["find", "count", "get", "lookup", "Find", "Get", "search", "indexOf", "find_by", "by_name"],
            ) && tokens.is(at + 1, "(")
                && tokens.any(at + 3, &[")", ","])
                && sense.fixed(given.clone())
                && super::asked::chosen(&sense.text_of(given))
        })
}

/// Whether a test asks if somebody who is named in the program was not found, or is no longer with those who are.
fn unfound(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    let gone = match atom.relation {
        Relation::Equal => {
            atom.met(branch.holds)
                && atom.right.len() == 1
                && tokens.any(atom.right.start, &["null", "nil", "None", "undefined", "nullptr", "NULL"])
        }
        Relation::Bare => {
            let none = atom.range.clone().any(|at| {
                tokens.any(at, &["nil?", "isEmpty", "is_none", "isNull", "none?", "blank?", "empty"])
            });
            atom.met(branch.holds) == none
        }
        _ => false,
    };
    let Some(name) = atom.left.clone().find_map(|at| tokens.name(at)).filter(|_| gone) else { return false };
    let direct = atom.left.clone();
    let looks = |range: Range<usize>| {
        range.len() <= 24
            && (of_people(sense, range.clone()) || sense.own(range.clone()) & words::IDENTITY != 0)
            && range.into_iter().any(|at| {
                let text = super::sense::inner(tokens.text(at));
                tokens.kind(at) == Some(Kind::Text)
                    && text.len() >= 4
                    && text.iter().any(u8::is_ascii_digit)
                    && text.iter().any(u8::is_ascii_alphabetic)
                    && super::asked::chosen(text)
                    && tokens.any(at.wrapping_sub(1), &["(", "["])
                    && tokens.any(at + 1, &[")", "]", ","])
            })
    };
    looks(direct)
        || sense
            .defs(name, sense.outline.func_at(atom.left.start))
            .any(|def| def.func == sense.outline.func_at(atom.left.start) && looks(def.value.clone()))
}

/// Whether what is given back elsewhere in a function is given back with something added or taken away.
fn skewed(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let Some(at) = branch.body.clone().find(|at| tokens.is(*at, "return")) else { return false };
    let value = at + 1..sense.outline.statement_end(at + 1).min(branch.body.end);
    let Some(func) = sense.outline.funcs.get(sense.outline.func_at(at) as usize) else { return false };
    if func.body.len() > 160 || branch.body.len() > 60 {
        return false;
    }
    let Some(mark) = value.clone().find(|at| {
        tokens.any(*at, &["+", "-", "*", "/"])
            && *at > value.start
            && tokens.up(*at).is_none_or(|up| !value.contains(&up))
    }) else {
        return false;
    };
    let plain = value.start..mark;
    (branch.body.end..func.body.end.max(branch.body.end)).any(|other| {
        let end = sense.outline.statement_end(other + 1).min(func.body.end);
        let end = if tokens.is(end.wrapping_sub(1), ";") { end - 1 } else { end };
        tokens.is(other, "return")
            && end.wrapping_sub(other + 1) == plain.len()
            && plain.clone().zip(other + 1..end).all(|(one, two)| tokens.text(one) == tokens.text(two))
    })
}

/// Whether a value is a list of people by its name.
fn of_people(sense: &Sense, range: Range<usize>) -> bool {
    const PEOPLE: &[&str] = &[
        "employee",
        "staff",
        "user",
        "member",
        "person",
        "people",
        "roster",
        "crew",
        "operator",
        "colleague",
        "worker",
    ];
    let tokens = sense.outline.tokens;
    range.into_iter().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word) && PEOPLE.iter().any(|word| lower.starts_with(word.as_bytes()))
    })
}

/// Whether a test is of what a search for one number or name of the program gave.
fn sought(sense: &Sense, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    atom.left.clone().any(|at| {
        let Some(name) = tokens.name(at) else { return false };
        let func = sense.outline.func_at(at);
        sense.defs(name, func).any(|def| {
            def.func == func
                && def.value.len() <= 40
                && def.value.clone().any(|at| {
                    let person = sense.own(at.saturating_sub(4)..at) & (words::PERSON | words::IDENTITY) != 0;
                    let one = at + 1..at + 2;
                    let among = of_people(sense, def.value.clone());
                    let called = tokens.any(at, &["equals", "Equals", "equalsIgnoreCase", "eq"])
                        && tokens.is(at + 1, "(")
                        && among
                        && [at.wrapping_sub(2), at + 2].into_iter().any(|at| {
                            let text = super::sense::inner(tokens.text(at));
                            tokens.kind(at) == Some(Kind::Text)
                                && text.len() >= 4
                                && text.iter().any(|b| matches!(b, b'.' | b' ' | b'@') || b.is_ascii_digit())
                        });
                    let text = super::sense::inner(tokens.text(at + 1));
                    let listed = tokens.kind(at + 1) == Some(Kind::Text)
                        && text.iter().filter(|b| b.is_ascii_digit()).count() >= 3
                        && def.value.clone().any(|at| {
                            tokens.any(at, &["Any", "some", "any", "any?", "anyMatch", "Exists", "contains"])
                        });
                    called
                        || tokens.any(at, &["==", "==="])
                            && (person || listed)
                            && (tokens.kind(at + 1) == Some(Kind::Text) && tokens.text(at + 1).len() >= 6
                                || tokens.kind(at + 1) == Some(Kind::Number)
                                    && sense.number(one).is_some_and(|number| number >= 1000.0))
                })
        })
    })
}

/// Whether a statement asks a database for one person by a number or name in it.
fn one_row(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let has = |word: &str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    if !has("select")
        || !["employee", "staff", "user", "person", "member", "login", "account"].iter().any(|word| has(word))
    {
        return false;
    }
    memchr::memchr_iter(b'=', &lower).any(|at| {
        let rest = lower.get(at + 1..).unwrap_or_default().trim_ascii_start();
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        digits >= 4
            || rest.starts_with(b"'")
                && rest.iter().skip(1).take_while(|b| b.is_ascii_alphanumeric()).count() >= 4
    })
}

/// Whether a test asks about somebody who was looked up by a name that is written in the program.
fn looked_up(sense: &Sense, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    // `directory.active("jdoe")`
    let asked = atom.relation == Relation::Bare
        && atom.left.clone().any(|at| {
            let text = super::sense::inner(tokens.text(at + 2));
            tokens.any(
                at,
                &[
                    "active",
                    "employed",
                    "enabled",
                    "is_active",
                    "isActive",
                    "IsActive",
                    "is_employed",
                    "isEmployed",
                    "active?",
                    "employed?",
                    "Active",
                    "Employed",
                    "known",
                    "present",
                ],
            ) && tokens.is(at + 1, "(")
                && tokens.kind(at + 2) == Some(Kind::Text)
                && tokens.is(at + 3, ")")
                && text.len() >= 4
                && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@'))
        });
    if asked {
        return true;
    }
    // `count = query("select count(*) from staff where id = 40417")`
    let counted = atom.left.clone().any(|at| {
        let Some(name) = tokens.name(at) else { return false };
        let func = sense.outline.func_at(at);
        sense.defs(name, func).any(|def| {
            def.func == func
                && def.value.clone().any(|at| tokens.kind(at) == Some(Kind::Text) && one_row(tokens.text(at)))
        })
    });
    if counted {
        return true;
    }
    atom.left.clone().any(|at| {
        let Some(name) = tokens.name(at) else { return false };
        let func = sense.outline.func_at(at);
        sense.defs(name, func).any(|def| {
            def.func == func
                && def.value.len() <= 30
                && sense.own(def.value.clone()) & words::IDENTITY != 0
                && def.value.clone().any(|at| {
                    let text = super::sense::inner(tokens.text(at));
                    tokens.kind(at) == Some(Kind::Text)
                        && text.len() >= 4
                        && text
                            .iter()
                            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'@' | b'-' | b'_'))
                        && tokens.any(at + 1, &[")", ","])
                })
                && def.value.clone().any(|at| {
                    let text = tokens.text(at).to_ascii_lowercase();
                    [
                        "findbyidentity",
                        "finduser",
                        "find_user",
                        "getuser",
                        "get_user",
                        "getpwnam",
                        "lookup",
                        "find_by",
                        "findby",
                    ]
                    .iter()
                    .any(|word| text.starts_with(word.as_bytes()))
                })
        })
    })
}

pub(super) fn told_missing(branch: &Branch, atoms: &[Atom]) -> Told {
    Told {
        rule: "missing-name",
        category: "trap.logic-bomb",
        severity: Severity::Medium,
        place: shown(branch, atoms),
        message: "once a name that is written in the program is missing, data is removed or changed",
        question: "Whose name is this, and why does data go once it is gone?",
    }
}
