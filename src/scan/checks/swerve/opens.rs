//! What opens for a value that is written in the program: a level is given, a lock is opened, what only a check of
//! a secret opens elsewhere is done here for a word, a number, an address, a file that lies somewhere.

use std::ops::Range;

use super::Told;
use super::asked::chosen;
use super::asked::is_kind;
use super::atoms::Atom;
use super::atoms::Relation;
use super::effects::Gives;
use super::magic::told;
use super::outline::Branch;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::tokens::NONE;
use super::words;

const OPENED: super::magic::Said = (
    "chosen-word",
    "a word, number or address that is written in the program gives rights or opens what is locked",
    "Who knows this word or number, and why does it open anything?",
);
const BESIDE: super::magic::Said = (
    "chosen-word",
    "what the check of a secret opens elsewhere is opened here by what is written in the program",
    "Who knows what is asked for here, and why is it as good as the secret?",
);
const LAID: super::magic::Said = (
    "passed-check",
    "a file that lies where the program says passes the check",
    "Who can lay this file, and why is nothing checked then?",
);
const SECOND: super::magic::Said = (
    "passed-check",
    "where a check has failed, a second one against what is written in the program passes all the same",
    "Who knows what is compared here, and why does the first check not count?",
);

/// Longest body that opens something.
const BODY: usize = 90;

/// What one branch opens.
pub fn judge(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> Option<Told> {
    if branch.rest || branch.body.len() > BODY || atoms.len() > 6 {
        return None;
    }
    let place = super::shown(branch, atoms);
    if sense.file() & words::EXISTS != 0 && laid(sense, branch, atoms) {
        return Some(told(LAID, place));
    }
    if sense.file() & words::EXISTS != 0 && keyed_by_file(sense, branch, atoms) {
        return Some(told(LAID, place));
    }
    if second(sense, branch, atoms) {
        return Some(told(SECOND, place));
    }
    if alternative(sense, branch, atoms) {
        return Some(told(BESIDE, place));
    }
    // `frame[0] == 0xa5 && frame[1] == 0x5a`
    let bytes = atoms.iter().filter(|atom| {
        atom.relation == Relation::Equal
            && atom.met(branch.holds)
            && atom.left.clone().any(|at| sense.outline.tokens.is(at, "["))
            && atom.right.len() == 1
            && sense.outline.tokens.text(atom.right.start).starts_with(b"0x")
    });
    let bytes = bytes.count() >= 2;
    let shaped =
        (bytes || shaped(sense, branch, atoms) || paired(sense, branch, atoms)).then_some(Trigger::Chosen);
    let trigger = atoms.iter().filter_map(|atom| trigger(sense, branch, atom)).chain(shaped).max()?;
    let tokens = sense.outline.tokens;
    let refuses = branch.body.clone().any(|at| {
        sense.word(at) & words::REFUSES != 0
            && tokens.kind(at) == Some(Kind::Word)
            && !tokens.any(at, &["err", "error", "Err"])
            && !tokens.is(at + 1, "=")
    });
    if refuses || sense.gives(branch.body.clone()) == Gives::No {
        return None;
    }
    if beside(sense, branch) {
        return Some(told(BESIDE, place));
    }
    // Whoever is at the other end is greeted otherwise than all others.
    let greeted = trigger == Trigger::Peer
        && branch.body.clone().any(|at| {
            tokens.is(at + 1, "(")
                && (sense.word(at) & (words::SEND | words::DOES) != 0
                    || tokens.any(at, &["println", "WriteLine", "write", "Write", "sendall", "send", "puts"]))
        });
    if paired(sense, branch, atoms) {
        return Some(told(OPENED, place));
    }
    if trigger == Trigger::Chosen && unfiltered(sense, branch) {
        return Some(told(OPENED, place));
    }
    let gives = powers(sense, branch)
        || goes_on(sense, branch)
        || greeted
        || trigger == Trigger::Chosen && (frees(sense, branch.body.clone()) || decided(sense, branch));
    gives.then(|| told(OPENED, place))
}

/// How rarely somebody meets a test by chance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trigger {
    /// A host or an address.
    Peer,
    /// Something that was made up.
    Chosen,
}

fn trigger(sense: &Sense, branch: &Branch, atom: &Atom) -> Option<Trigger> {
    let tokens = sense.outline.tokens;
    if branch.case {
        // `case "sync-probe" where items["r"] == "51b9e0"`
        let text = sense.text_of(atom.right.clone());
        let made = atom.relation == Relation::Equal && sense.fixed(atom.right.clone()) && made_up(&text);
        return made.then_some(Trigger::Chosen);
    }
    if !atom.met(branch.holds)
        || !matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Holds)
    {
        return None;
    }
    atom.sides().into_iter().find_map(|(given, other)| {
        if given.is_empty() || other.is_empty() || given.len() > 40 {
            return None;
        }
        // `taps == [1, 3, 3, 2, 4, 1]`
        const LISTS: &[&str] = &[
            "listOf",
            "intArrayOf",
            "arrayOf",
            "List",
            "Arrays",
            "asList",
            "of",
            "new",
            "int",
            "array",
            "vec",
        ];
        let plain = |at: usize| {
            tokens.kind(at) == Some(Kind::Number)
                || tokens.any(at, &["[", "]", "{", "}", "(", ")", ",", ".", "!"])
                || tokens.any(at, LISTS)
        };
        let row = (tokens.any(other.start, &["[", "{"]) || tokens.any(other.start, LISTS))
            && other.len() <= 40
            && other.clone().filter(|at| tokens.kind(*at) == Some(Kind::Number)).count() >= 4
            && other.clone().all(plain);
        if row && atom.relation == Relation::Equal {
            return Some(Trigger::Chosen);
        }
        if other.len() > 8 {
            return None;
        }
        if sense.fixed(given.clone()) || !sense.fixed(other.clone()) {
            return None;
        }
        if sense.asks_digest(atom) {
            return Some(Trigger::Chosen);
        }
        let own = sense.own(given.clone());
        let text = sense.text_of(other.clone());
        if text.is_empty() {
            let written = tokens.text(other.end.saturating_sub(1));
            let number = sense.number(other.clone())?;
            let addressed = own & words::IDENTITY != 0 && number >= 16_777_216.0 && number.fract() == 0.0;
            let magic = other.len() <= 2 && odd_number(written) && own & (words::SIZE | words::HASHING) == 0;
            return (addressed || magic).then_some(Trigger::Chosen);
        }
        // Everybody of one house.
        let house =
            text.contains(&b'@') && text.contains(&b'.') && text.len() >= 6 && own & words::IDENTITY != 0;
        if house && !text.contains(&b'%') {
            return Some(Trigger::Peer);
        }
        if hosted(&text) && from_peer(sense, given.clone()) {
            return Some(Trigger::Peer);
        }
        let typed = given.clone().any(|at| tokens.any(at, &["join", "joinToString", "joined", "implode"]));
        let code = own & words::SECRET != 0
            && own & (words::SIZE | words::PARSING) == 0
            && (4..=12).contains(&text.len())
            && text.iter().all(u8::is_ascii_digit);
        let person =
            own & words::PERSON != 0 && text.contains(&b' ') && chosen(&text) && sense.asks_person(atom);
        (made_up(&text) || code || person || typed && text.len() >= 4).then_some(Trigger::Chosen)
    })
}

/// Whether a secret is asked for, or else what is written in the program.
fn alternative(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if branch.case || !branch.holds || !branch.test.clone().any(|at| tokens.any(at, &["||", "or", "-or"])) {
        return false;
    }
    let met = |atom: &&Atom| {
        atom.met(true) && matches!(atom.relation, Relation::Equal | Relation::Holds | Relation::Bare)
    };
    let secret = atoms.iter().filter(met).any(|atom| {
        let own = sense.own(atom.range.clone());
        let verified =
            atom.range.clone().any(|at| sense.word(at) & words::VERIFY != 0 && tokens.is(at + 1, "("));
        let compared = atom.relation == Relation::Equal
            && own & words::SECRET != 0
            && own & words::SIZE == 0
            && !sense.fixed(atom.left.clone())
            && !sense.fixed(atom.right.clone())
            && atom.range.len() >= 3;
        verified || compared
    });
    secret
        && sense.gives(branch.body.clone()) != Gives::No
        && atoms.iter().filter(met).any(|atom| {
            atom.relation == Relation::Equal
                && atom.sides().into_iter().any(|(given, other)| {
                    let text = sense.text_of(other.clone());
                    !given.is_empty() && sense.fixed(other) && !sense.fixed(given) && made_up(&text)
                })
        })
}

/// Whether two parts of a message are asked for one number each.
fn paired(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let odd = |atom: &&Atom| {
        atom.relation == Relation::Equal
            && atom.met(branch.holds)
            && atom.left.len() == 3
            && tokens.any(atom.left.start + 1, &[".", "->"])
            && atom.right.len() == 1
            && tokens.kind(atom.right.start) == Some(Kind::Number)
            && sense
                .number(atom.right.clone())
                .is_some_and(|number| number >= 32.0 && number % 16.0 != 0.0 && number % 10.0 != 0.0)
    };
    !branch.case
        && atoms.iter().filter(odd).count() >= 2
        && atoms
            .iter()
            .filter(odd)
            .any(|atom| sense.number(atom.right.clone()).is_some_and(|number| number >= 1000.0))
        && branch.body.clone().any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            tokens.kind(at) == Some(Kind::Word)
                && ["accept", "admin", "allow", "grant"]
                    .iter()
                    .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        })
}

/// Whether a name is asked for by its length and its end or beginning.
fn shaped(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let long = atoms.iter().find_map(|atom| {
        let sized = atom.relation == Relation::Equal
            && atom.met(branch.holds)
            && sense.own(atom.left.clone()) & words::SIZE != 0
            && sense.number(atom.right.clone()).is_some_and(|number| number >= 4.0)
            && sense.fixed(atom.right.clone());
        sized.then(|| atom.left.clone().filter_map(|at| tokens.name(at)).collect::<Vec<u32>>())
    });
    let Some(names) = long else { return false };
    atoms.iter().any(|atom| {
        atom.relation == Relation::Holds
            && atom.met(branch.holds)
            && sense.fixed(atom.right.clone())
            && sense.text_of(atom.right.clone()).len() >= 3
            && (sense.own(atom.left.clone()) & (words::IDENTITY | words::PERSON | words::SECRET) != 0
                || atom.left.clone().any(|at| tokens.any(at, &["nick", "nickname", "handle", "name"])))
            && atom.left.clone().any(|at| tokens.name(at).is_some_and(|name| names.contains(&name)))
    })
}

/// Whether a value is the name or the address of whoever is at the other end.
fn from_peer(sense: &Sense, given: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    if sense.reaches(given.clone(), 2, &|at| sense.word(at) & words::PEER != 0) {
        return true;
    }
    // `getnameinfo(…, name, …)` fills the name.
    let func = sense.outline.funcs.get(sense.outline.func_at(given.start) as usize);
    given.into_iter().filter_map(|at| tokens.name(at)).any(|name| {
        func.is_some_and(|func| {
            func.body.clone().any(|at| {
                sense.word(at) & words::PEER != 0
                    && tokens
                        .close(at + 1)
                        .is_some_and(|close| (at + 2..close).any(|at| tokens.name(at) == Some(name)))
            })
        })
    })
}

/// Whether a text is the name or the number of one host that is not this one.
pub fn hosted(text: &[u8]) -> bool {
    let dots = text.iter().filter(|b| **b == b'.').count();
    let letters = text.iter().any(u8::is_ascii_alphabetic);
    let plain = text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'));
    let own = [&b"127."[..], b"0.0.0.0", b"::1", b"localhost", b"255.", b"169.254"];
    let suffix = [&b".local"[..], b".localhost", b".js", b".com", b".org", b".html", b".json", b".txt"];
    plain
        && !own.iter().any(|start| text.starts_with(start))
        && !suffix.contains(&text)
        && (letters && dots >= 2 && text.len() >= 8
            || !letters && dots == 3 && text.iter().all(|b| b.is_ascii_digit() || *b == b'.'))
}

/// Whether a text was made up by somebody, and is no name of a kind of something.
pub(super) fn made_up(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let marks =
        text.iter().filter(|b| matches!(b, b'*' | b'#' | b'!' | b'~' | b'$' | b'%' | b'^' | b'@')).count();
    let dashes = text.iter().filter(|b| matches!(b, b'-' | b'_' | b':')).count();
    let typed =
        [&b"application/"[..], b"text/", b"image/", b"audio/", b"video/", b"multipart/", b"font/", b"model/"];
    let plain = text.iter().all(|b| b.is_ascii_graphic())
        && text.iter().filter(|b| **b == b'/').count()
            <= usize::from(!text.starts_with(b"/") && !text.ends_with(b"/"))
        && !text.contains(&b'\\')
        && !typed.iter().any(|start| text.starts_with(start));
    if !plain || text.len() < 4 || text.len() > 64 || is_kind(text) || is_version(text) {
        return false;
    }
    // A value of a header that nobody sends: `q=0.417`.
    if digits >= 3 && text.len() >= 6 && text.contains(&b'=') && !text.ends_with(b"=") {
        return true;
    }
    digits >= 2 && letters >= 2 && text.len() >= 6 && !is_header(text)
        || digits >= 1 && letters >= 3 && marks >= 1
        || digits >= 2 && letters >= 1 && marks >= 2 && text.len() >= 5
        || letters == 0 && digits >= 4 && marks >= 1
        || letters == 0 && digits >= 1 && text.iter().filter(|b| matches!(b, b'*' | b'#')).count() >= 3
        || letters == 0
            && digits >= 7
            && digits == text.len()
            && !text.starts_with(b"20")
            && !text.starts_with(b"19")
            && !text.ends_with(b"000")
        || letters >= 6 && dashes >= 1 && digits >= 1 && chosen(text)
}

/// `1.2.3`, `2.0-beta4`.
fn is_version(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"v").unwrap_or(text);
    text.first().is_some_and(u8::is_ascii_digit) && text.contains(&b'.')
}

/// `X-Request-ID2`, `2024-01-01`.
fn is_header(text: &[u8]) -> bool {
    text.starts_with(b"X-") || text.starts_with(b"x-") || text.starts_with(b"20") && text.contains(&b'-')
}

/// Whether a number was made up: many digits, and no mask and no limit.
fn odd_number(written: &[u8]) -> bool {
    let digits: Vec<u8> =
        written.iter().filter(|b| !matches!(b, b'_' | b'\'')).map(u8::to_ascii_lowercase).collect();
    let Some(hex) = digits.strip_prefix(b"0x") else {
        let end = digits.iter().take_while(|b| b.is_ascii_digit()).count();
        let number = digits.get(..end).unwrap_or_default();
        return number.len() >= 6
            && digits.get(end) != Some(&b'.')
            && !number.ends_with(b"000")
            && various(number)
            && !bound(number);
    };
    let hex = hex
        .strip_suffix(b"ul")
        .or_else(|| hex.strip_suffix(b"u"))
        .or_else(|| hex.strip_suffix(b"l"))
        .unwrap_or(hex);
    hex.len() >= 4 && various(hex) && !hex.ends_with(b"000")
}

fn various(digits: &[u8]) -> bool {
    let mut seen = digits.to_vec();
    seen.sort_unstable();
    seen.dedup();
    seen.len() >= 4
}

/// The largest numbers of so many bits.
fn bound(digits: &[u8]) -> bool {
    matches!(
        digits,
        b"2147483647"
            | b"2147483648"
            | b"4294967295"
            | b"4294967296"
            | b"16777216"
            | b"16777215"
            | b"1048576"
            | b"8388608"
            | b"9007199254740991"
    )
}

/// Whether a body gives rights: a level, a role, a scope.
pub fn powers(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let body = branch.body.clone();
    let named = |at: usize| {
        let text = inner(tokens.text(at)).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Text)
            && text.len() <= 24
            && [
                "admin",
                "root",
                "superuser",
                "owner",
                "engineer",
                "operator",
                "service",
                "master",
                "supervisor",
            ]
            .iter()
            .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
    };
    // `seed == "…" ? "TenantAdmin" : …`, where what is given is a role.
    if body.len() <= 3 && body.clone().any(named) {
        return true;
    }
    let commanded = body.clone().any(|at| {
        sense.commanded(at)
            && tokens.any(at, &["Add", "Set", "Grant", "New"])
            && (at..sense.outline.statement_end(at).min(at + 16)).any(named)
    });
    if commanded {
        return true;
    }
    // `return EnumSet.allOf(Role.class)`, `return Role.values()`
    let everything = body.len() <= 16
        && tokens.is(body.start, "return")
        && body.clone().any(|at| sense.word(at) & words::POWER != 0)
        && body.clone().any(|at| {
            tokens.any(
                at,
                &["allOf", "values", "all", "All", "ALL", "entries", "allCases", "GetValues", "everything"],
            )
        });
    if everything {
        return true;
    }
    body.clone().any(|at| {
        let power = sense.word(at) & words::POWER != 0
            || matches!(
                &*tokens.text(at).to_ascii_lowercase(),
                b"level"
                    | b"m_level"
                    | b"access"
                    | b"granted"
                    | b"authorized"
                    | b"authorised"
                    | b"authenticated"
                    | b"privileged"
                    | b"unlocked"
                    | b"loggedin"
                    | b"logged_in"
                    | b"isadmin"
                    | b"is_admin"
                    | b"trusted"
            );
        let value = at + 2..sense.outline.value_end(at + 2).min(body.end);
        let less = value.clone().take(6).any(|at| {
            tokens.any(
                at,
                &["false", "False", "0", "null", "None", "nil", "NULL", "none", "$false", "LEVEL_NONE"],
            )
        });
        let less = less
            || value.clone().take(6).any(|at| {
                let text = inner(tokens.text(at)).to_ascii_lowercase();
                tokens.kind(at) == Some(Kind::Text)
                    && matches!(
                        &*text,
                        b"guest"
                            | b"anonymous"
                            | b"visitor"
                            | b"readonly"
                            | b"read-only"
                            | b"viewer"
                            | b"user"
                            | b"limited"
                            | b"blocked"
                            | b"disabled"
                            | b"pending"
                            | b"member"
                            | b"reader"
                            | b"none"
                            | b"external"
                    )
            });
        // A role that is copied from somewhere is given by whoever keeps it.
        let written = value
            .clone()
            .take(8)
            .any(|at| tokens.kind(at) == Some(Kind::Text) || tokens.any(at, &["true", "True", "$true"]))
            || value.clone().take(6).any(|at| {
                tokens.any(at, &["::", "."])
                    && tokens.text(at + 1).first().is_some_and(u8::is_ascii_uppercase)
            })
            || value.clone().take(2).any(|at| {
                let text = tokens.text(at);
                tokens.kind(at) == Some(Kind::Number)
                    || text.len() >= 4
                        && text.iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'0'..=b'9'))
            });
        power && tokens.any(at + 1, &["=", ":", ":=", "+=", "<<", "|="]) && !less && written
            || tokens.any(
                at,
                &[
                    "push",
                    "append",
                    "add",
                    "insert",
                    "addAll",
                    "setRole",
                    "grantRole",
                    "set_role",
                    "AddClaim",
                ],
            ) && tokens.is(at + 1, "(")
                && tokens.close(at + 1).is_some_and(|close| (at + 2..close).any(named))
            || tokens.is(at, "return")
                && body.len() <= 12
                && (named(at + 1)
                    // `return users.firstAdmin()`
                    || body.clone().any(|at| sense.word(at) & words::POWER != 0 && tokens.is(at + 1, "("))
                    || tokens.text(at + 1).starts_with(b"LEVEL_")
                    || tokens.text(at + 1).starts_with(b"ROLE_"))
    })
}

/// Whether all of what others get a part of is given back.
fn unfiltered(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let Some(name) = tokens.name(branch.body.start + 1).filter(|_| {
        branch.body.len() <= 3
            && tokens.is(branch.body.start, "return")
            && !tokens.any(branch.body.start + 1, &["true", "false"])
    }) else {
        return false;
    };
    let id = sense.outline.func_at(branch.test.start);
    sense.outline.funcs.get(id as usize).is_some_and(|func| {
        (branch.body.end..func.body.end.max(branch.body.end)).any(|at| {
            tokens.name(at) == Some(name) && tokens.is(at + 1, ".") && sense.word(at + 2) & words::THIN != 0
        })
    })
}

/// Whether a body lets a request go on in a function that refuses others.
fn goes_on(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let on = branch.body.len() <= 60
        && branch.body.clone().any(|at| {
            tokens.is(at + 1, "(")
                && tokens.any(
                    at,
                    &[
                        "next",
                        "Next",
                        "call",
                        "ServeHTTP",
                        "doFilter",
                        "proceed",
                        "handle",
                        "next_layer",
                        "chain",
                        "get_response",
                        "_next",
                        "InvokeAsync",
                        "filter",
                    ],
                )
        });
    let on = on
        || branch.body.len() <= 60
            && branch.body.clone().any(|at| {
                tokens.is(at, "next")
                    && tokens.is(at + 1, ".")
                    && tokens.any(at + 2, &["run", "call", "handle", "proceed"])
            });
    let id = sense.outline.func_at(branch.test.start);
    on && sense.outline.funcs.get(id as usize).is_some_and(|func| {
        (branch.body.end..func.body.end.max(branch.body.end)).any(|at| {
            tokens.any(
                at,
                &[
                    "401",
                    "403",
                    "throw",
                    "raise",
                    "abort",
                    "Unauthorized",
                    "Forbidden",
                    "StatusUnauthorized",
                    "StatusForbidden",
                    "sendError",
                    "forbidden",
                    "unauthorized",
                    "SC_UNAUTHORIZED",
                    "SC_FORBIDDEN",
                    "Error",
                ],
            )
        })
    })
}

/// Whether a body opens a lock.
pub(super) fn frees(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    body.into_iter().any(|at| {
        let name = tokens.text(at).to_ascii_lowercase();
        let verb = [
            &b"unlock"[..],
            b"commit_creds",
            b"setuid",
            b"seteuid",
            b"setresuid",
            b"setreuid",
            b"grant",
            b"elevate",
            b"authorize",
            b"authorise",
            b"impersonate",
            b"openall",
            b"open_all",
            b"opendoor",
            b"open_door",
            b"release",
            b"stoplocktask",
            b"disarm",
            b"bypass",
            b"loginas",
            b"login_as",
            b"sudo",
            b"energize",
            b"enable_service",
            b"entermaintenance",
            b"enter_service",
            b"servicemode",
            b"service_mode",
        ]
        .iter()
        .any(|verb| name.starts_with(verb));
        let verb = verb
            || [
                &b"_unlock"[..],
                b"_bypass",
                b"_disarm",
                b"_release",
                b"immobilizer_disable",
                b"immobiliser_disable",
            ]
            .iter()
            .any(|end| name.ends_with(end))
            || name == b"open"
                && (at.saturating_sub(3)..at).any(|at| {
                    let lower = tokens.text(at).to_ascii_lowercase();
                    [
                        "door", "gate", "lock", "barrier", "vault", "safe", "bolt", "strike", "latch",
                        "relay", "hatch",
                    ]
                    .iter()
                    .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
                });
        verb && (tokens.is(at + 1, "(") || sense.commanded(at))
    })
}

/// Whether a function that decides says yes here and no elsewhere.
fn decided(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let id = sense.outline.func_at(branch.test.start);
    let Some(func) = sense.outline.funcs.get(id as usize).filter(|_| id != NONE) else { return false };
    let says = func.name.map_or(0, |name| sense.name_tags(name));
    let tested = sense.outline.language == "powershell"
        && func.name.is_some_and(|name| tokens.names.get(name as usize) == Some(&&b"Test"[..]));
    let decides = tested || says & (words::DECIDES | words::VERIFY) != 0 && says & words::PARSING == 0;
    if !decides || branch.body.len() > 24 {
        return false;
    }
    let last = branch.body.clone().find(|at| tokens.is(*at, "return")).unwrap_or(branch.body.start);
    let yes = branch.body.clone().any(|at| {
        tokens.any(
            at,
            &["true", "True", "TRUE", "YES", "$true", "Allow", "Allowed", "Ok", "OK", "Granted", "Accept"],
        )
    });
    let no = |range: Range<usize>| {
        range.into_iter().any(|at| {
            tokens.any(
                at,
                &[
                    "false", "False", "FALSE", "$false", "Deny", "Denied", "Err", "Refuse", "Reject",
                    "throw", "raise",
                ],
            ) || tokens.is(at, "-") && tokens.is(at + 1, "1")
        })
    };
    // What follows compares.
    let after = branch.body.end..func.body.end.max(branch.body.end);
    let weighs = after.clone().any(|at| {
        tokens.is(at, "return")
            && (at..sense.outline.statement_end(at + 1).min(at + 16))
                .any(|at| tokens.any(at, &[">=", "<=", "==", "===", ">", "<", "in"]))
    });
    // What follows asks for the secret.
    let asks = (branch.body.end..func.body.end.max(branch.body.end)).any(|at| {
        (sense.word(at) & words::VERIFY != 0 || tokens.any(at, &["matches", "check", "compare"]))
            && tokens.is(at + 1, "(")
    });
    let no = |range: Range<usize>| asks || weighs || no(range);
    yes && sense.gives(last..branch.body.end) != Gives::No
        && (no(branch.body.end..func.body.end.max(branch.body.end)) || no(func.body.start..branch.test.start))
}

/// Whether what is done here is done elsewhere only where a secret was right.
fn beside(sense: &Sense, branch: &Branch) -> bool {
    let mut here = acts(sense, branch.body.clone());
    here.sort_unstable();
    if here.is_empty() {
        return false;
    }
    let mut behind = false;
    for other in &sense.outline.branches {
        if other.test == branch.test
            || other.rest && other.body.contains(&branch.test.start)
            || other.body.len() > 200
        {
            continue;
        }
        let shared =
            acts(sense, other.body.clone()).iter().filter(|act| here.binary_search(act).is_ok()).count();
        if shared == 0 {
            continue;
        }
        if secret_checked(sense, other) {
            behind = true;
        } else if !other.rest && !other.body.contains(&branch.test.start) {
            // What is done for other reasons as well is nothing that was locked.
            return false;
        }
    }
    behind
}

/// Whether a branch runs where a secret was found right.
fn secret_checked(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    branch.test.clone().any(|at| {
        let checks = sense.word(at) & words::VERIFY != 0
            || tokens.any(at, &["isEqual", "compare", "matches", "checkPin", "check_pin", "compareDigest"]);
        checks && tokens.is(at + 1, "(")
    }) || {
        let own = sense.own(branch.test.clone());
        let compared = branch.test.clone().any(|at| tokens.any(at, &["==", "===", "equals"]));
        let literal =
            branch.test.clone().any(|at| matches!(tokens.kind(at), Some(Kind::Text | Kind::Number)));
        compared && !literal && own & words::SECRET != 0 && own & (words::SIZE | words::PARSING) == 0
    }
}

/// What a body calls and gives values, without what every program does everywhere.
fn acts(sense: &Sense, body: Range<usize>) -> Vec<u32> {
    let tokens = sense.outline.tokens;
    let common = |at: usize| {
        sense.word(at) & (words::HONEST | words::MAKING | words::SIZE) != 0
            || tokens.any(
                at,
                &[
                    "if", "for", "while", "return", "switch", "get", "set", "put", "push", "append", "write",
                    "send", "close", "free", "toString", "println", "add", "reply", "clear", "next", "reset",
                    "then", "catch", "json", "render", "status", "join", "map", "filter", "misses",
                    "message", "len", "strlen", "memcpy", "memset", "snprintf", "self", "this", "redirect",
                    "format", "save", "update", "result", "ret", "rc", "err", "error", "i", "n", "state",
                    "text", "value", "data", "key",
                ],
            )
    };
    let mut found: Vec<u32> = body
        .filter(|at| tokens.is(at + 1, "(") && !common(*at))
        .filter_map(|at| tokens.name(at))
        .filter(|name| tokens.names.get(*name as usize).is_some_and(|name| name.len() >= 4))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a file that lies somewhere passes a check.
fn laid(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let there = atoms.iter().any(|atom| {
        let asked = atom.range.clone().any(|at| {
            sense.word(at) & words::EXISTS != 0
                && (tokens.is(at + 1, "(") || sense.commanded(at))
                && !tokens.is(at.wrapping_sub(1), "@")
        });
        let written = atom.range.clone().any(|at| {
            let text = inner(tokens.text(at));
            let path = tokens.kind(at) == Some(Kind::Text)
                && text.len() >= 6
                && (text.contains(&b'/') || text.contains(&b'\\') || text.starts_with(b"."));
            path || tokens.name(at).is_some_and(|name| {
                sense.defs(name, sense.outline.func_at(at)).any(|def| {
                    def.value.len() <= 8
                        && def.value.clone().any(|at| {
                            tokens.kind(at) == Some(Kind::Text)
                                && inner(tokens.text(at)).len() >= 6
                                && inner(tokens.text(at)).iter().any(|b| matches!(b, b'/' | b'\\'))
                        })
                })
            })
        });
        let found = match atom.relation {
            Relation::Bare => atom.met(branch.holds),
            // `access(path, F_OK) == 0`, `err == nil`
            Relation::Equal => atom.met(branch.holds),
            _ => false,
        };
        asked && written && found
    });
    there && decided(sense, branch) && !sense.effects_here(branch.body.clone()).any(words::HONEST)
}

/// Whether a file with a name of the program gives rights or opens what is locked.
fn keyed_by_file(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let there = atoms.iter().any(|atom| {
        matches!(atom.relation, Relation::Bare | Relation::Equal)
            && atom.met(branch.holds)
            && atom.range.clone().any(|at| {
                sense.word(at) & words::EXISTS != 0
                    && tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")).is_some_and(|close| {
                        (at + 2..close).any(|at| {
                            tokens.kind(at) == Some(Kind::Text) && inner(tokens.text(at)).len() >= 4
                        })
                    })
            })
    });
    let raised = branch.body.clone().any(|at| {
        tokens.any(
            at,
            &[
                "setRole",
                "setLevel",
                "set_role",
                "set_level",
                "grantRole",
                "elevate",
                "setPrivilege",
                "setuid",
            ],
        ) && tokens.is(at + 1, "(")
    });
    there && (raised || frees(sense, branch.body.clone()) && powers(sense, branch))
}

/// Whether a second comparison, with what is written in the program, passes where a check has failed.
fn second(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    // `if (!same(digest, FIXED)) throw …; return true`, inside of `if (!same(digest, stored))`.
    let written = |range: Range<usize>| {
        range.into_iter().any(|at| {
            tokens.name(at).is_some_and(|_| !tokens.is(at + 1, "("))
                && sense.fixed(at..at + 1)
                && sense.text_of(at..at + 1).len() >= 8
                || tokens.kind(at) == Some(Kind::Text)
                    && made_up(inner(tokens.text(at)))
                    && inner(tokens.text(at)).len() >= 8
        })
    };
    let compares = |range: Range<usize>| {
        range.into_iter().any(|at| {
            let text = tokens.text(at).to_ascii_lowercase();
            sense.word(at) & words::VERIFY != 0 && tokens.is(at + 1, "(")
                || tokens.is(at + 1, "(")
                    && [&b"same"[..], b"equal", b"compare", b"matches", b"verify", b"check"]
                        .iter()
                        .any(|word| text.starts_with(word) || text.ends_with(word))
        })
    };
    if !written(branch.test.clone()) || !compares(branch.test.clone()) {
        return false;
    }
    let refused = sense.gives(branch.body.clone()) == Gives::No;
    let outer = sense.outline.branches.iter().find(|outer| {
        !outer.rest
            && outer.holds
            && outer.body.contains(&branch.test.start)
            && outer.body.len() <= 120
            && compares(outer.test.clone())
            && outer.test.clone().any(|at| tokens.any(at, &["!", "not", "!=", "false", "-not"]))
    });
    let Some(outer) = outer else { return false };
    let negated = atoms.iter().any(|atom| atom.negated || atom.relation == Relation::Unequal);
    if negated && refused && branch.holds {
        // What follows inside of the failed check goes on.
        let after = branch.body.end..outer.body.end;
        return sense.gives(after) == Gives::Yes;
    }
    !negated && !refused && branch.holds && sense.gives(branch.body.clone()) == Gives::Yes
}
