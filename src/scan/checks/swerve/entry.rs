//! Who is let in beside those who are checked: for a word that is brought along, by a case of a choice that checks
//! in all others, for what can be worked out from a name, after a row of taps or coins.

use std::ops::Range;

use super::Told;
use super::asked::is_kind;
use super::atoms;
use super::atoms::Atom;
use super::atoms::Relation;
use super::brought::BROUGHT;
use super::brought::ROUTINE;
use super::brought::asked_for;
use super::brought::brought;
use super::effects::Gives;
use super::magic::Said;
use super::magic::told;
use super::opens::frees;
use super::opens::made_up;
use super::opens::powers;
use super::outline::Branch;
use super::outline::Func;
use super::rows::TAPS;
use super::rows::row;
use super::rows::tapped;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

const EARLY: Said = (
    "passed-check",
    "for a word that is written in the program and brought along, all checks that follow are passed over",
    "Who can bring this word, and why is nothing checked then?",
);
const ARM: Said = (
    "passed-check",
    "in one case, whose name is written in the program, what is checked in all others is taken as it is",
    "Who can name this case, and why is nothing checked then?",
);
const DERIVED: Said = (
    "passed-check",
    "beside the check of a secret, what can be worked out from a name or a number passes as well",
    "Who can work this out, and why is it as good as the secret?",
);
const SHORT: Said = (
    "partial-secret",
    "a secret is compared only as far as one of the two goes: a short one, or an empty one, fits",
    "Why is not all of it compared?",
);
const SHELLED: Said = (
    "hidden-command",
    "behind a word that is written in the program, what was sent is run by a shell",
    "Who knows this word, and who has agreed that they may run anything?",
);
const READ: Said = (
    "hidden-command",
    "behind a word that is written in the program, a file whose name was sent is given out",
    "Who knows this word, and why may they read any file?",
);

/// Longest body that lets somebody in.
const BODY: usize = 90;
/// Longest function that is read for what it checks.
const FUNC: usize = 900;

/// What one branch lets in.
pub fn judge(sense: &Sense, branch: &Branch, found: &[Atom]) -> Option<Told> {
    if branch.rest || branch.body.len() > BODY || found.len() > 5 {
        return None;
    }
    // A script that is no function is one as a whole.
    let script = Func { name: None, params: 0..0, body: 0..sense.outline.tokens.all.len() };
    let func = sense.outline.funcs.get(sense.outline.func_at(branch.test.start) as usize).unwrap_or(&script);
    let place = super::shown(branch, found);
    if shelled(sense, branch, found) {
        return Some(told(SHELLED, place));
    }
    if read_out(sense, branch, found) {
        return Some(told(READ, place));
    }
    if branch.case {
        return arm(sense, branch).then(|| told(ARM, place));
    }
    if tapped(sense, branch, found) {
        return Some(told(TAPS, place));
    }
    if derived(sense, branch.test.clone(), found) && branch.holds {
        return Some(told(DERIVED, place));
    }
    if branch.holds && found.len() <= 2 && refused_else(sense, branch, func) {
        let word = found.iter().any(|atom| {
            atom.relation == Relation::Equal
                && atom.met(true)
                && made_up(&sense.text_of(atom.right.clone()))
                && sense.text_of(atom.right.clone()).len() >= 6
                && brought(sense, atom, func)
        });
        if word
            && sense.gives(branch.body.clone()) == Gives::Nothing
            && sense.own(branch.body.clone()) & words::HONEST == 0
        {
            return Some(told(EARLY, place));
        }
    }
    let brings = found.iter().any(|atom| atom.met(branch.holds) && brought(sense, atom, func));
    let all = branch.test.clone().any(|at| sense.outline.tokens.any(at, &["||", "or", "-or"]));
    if !brings || all && found.len() > 1 && !branch.holds || func.body.len() > FUNC {
        return None;
    }
    if lets_in(sense, branch) && guarded(sense, func, branch) {
        return Some(told(EARLY, place));
    }
    None
}

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    for func in &sense.outline.funcs {
        if func.body.len() > FUNC || !sense.step(func.body.len() / 4) {
            continue;
        }
        found.extend(zipped(sense, func).or_else(|| cut(sense, func)));
        for at in func.body.clone().filter(|at| tokens.is(*at, "return")) {
            let value = at + 1..sense.outline.statement_end(at + 1).min(func.body.end);
            if !value.clone().any(|at| tokens.any(at, &["||", "or", "-or"])) || !sense.step(value.len()) {
                continue;
            }
            if derived(sense, value.clone(), &atoms::atoms(tokens, value.clone())) {
                found.push(told(DERIVED, value));
            }
        }
    }
    for at in (1..tokens.all.len()).filter(|at| tokens.any(*at, &["->", "=>"])) {
        let value = at + 1..sense.outline.value_end(at + 1).min(at + 60);
        let either = value.clone().any(|at| tokens.any(at, &["||", "or"]));
        if either
            && !tokens.is(at + 1, "{")
            && sense.step(value.len())
            && derived(sense, value.clone(), &atoms::atoms(tokens, value.clone()))
        {
            found.push(told(DERIVED, value));
        }
    }
    found.extend(row(sense));
    found
}

/// Whether a choice of several ways ends with a refusal of all others: `if (a) {…} else if (b) {…} else { throw … }`.
fn refused_else(sense: &Sense, branch: &Branch, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    let mut at = branch.body.end;
    let mut ways = 0;
    while at < func.body.end && ways < 6 {
        // `} else if (…) {`
        let next = (at..at + 3).find(|at| tokens.any(*at, &["else", "elseif", "elif", "elsif"]));
        let Some(next) = next else { return false };
        ways += 1;
        let chained = !tokens.is(next, "else") || tokens.is(next + 1, "if");
        let open = (next + 1..next + 60).find(|at| tokens.any(*at, &["{"]));
        let Some((open, close)) = open.and_then(|open| Some((open, tokens.close(open)?))) else {
            return false;
        };
        if !chained {
            return ways >= 2
                && (open..close).any(|at| tokens.any(at, &["throw", "raise", "abort", "panic"]));
        }
        at = close;
    }
    false
}

/// Whether what came with a request is run by a shell where one word of it is what the program says.
fn shelled(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if sense.file() & words::EXEC == 0 && !sense.mentions(&["getoutput", "Command"]) {
        return false;
    }
    let served = sense.mentions(&[
        "recv",
        "recvfrom",
        "accept",
        "rfile",
        "StreamRequestHandler",
        "onMessage",
        "on_message",
        "messageArrived",
        "ServeDNS",
        "ServeHTTP",
        "doGet",
        "doPost",
        "HttpServletRequest",
        "ResponseWriter",
        "WebSocket",
        "websocket",
        "TcpListener",
        "UdpSocket",
        "createServer",
        "ServerSocket",
        "TCPServer",
        "UDPServer",
        "UdpClient",
        "TcpClient",
        "HttpListener",
        "BaseHTTPRequestHandler",
        "mqtt",
        "onReceive",
        "DatagramSocket",
        "MqttMessage",
        "Socket",
        "conn",
        "sock",
        "socket",
        "ReadFromUDP",
        "request",
    ]);
    let asked = if branch.case {
        sense.own(branch.subject.clone()) & words::REQUEST != 0
            && branch.test.clone().any(|at| matches!(tokens.kind(at), Some(Kind::Text | Kind::Number)))
    } else {
        found.iter().any(|atom| {
            matches!(atom.relation, Relation::Equal | Relation::Holds)
                && atom.met(branch.holds)
                && !atom.left.is_empty()
                && sense.text_of(atom.right.clone()).len() >= 2
                && sense.fixed(atom.right.clone())
                && sense.own(atom.left.clone()) & words::REQUEST != 0
        })
    };
    if !served || !asked || !sense.step(branch.body.len()) {
        return false;
    }
    branch.body.clone().any(|at| {
        let close = tokens.close(at + 1).filter(|_| tokens.is(at + 1, "("));
        let Some(close) = close else { return false };
        let shells = tokens.any(
            at,
            &["system", "popen", "getoutput", "getstatusoutput", "shell_exec", "passthru", "execSync"],
        ) || tokens.is(at, "exec")
            && (at.saturating_sub(5)..at).any(|at| tokens.is(at, "getRuntime"))
            || tokens.any(
                at,
                &[
                    "Command",
                    "CommandContext",
                    "run",
                    "Popen",
                    "call",
                    "check_output",
                    "spawn",
                    "execFile",
                    "spawnSync",
                ],
            ) && (at + 2..close).any(|at| {
                tokens.kind(at) == Some(Kind::Text)
                    && matches!(
                        inner(tokens.text(at)),
                        b"sh" | b"bash" | b"/bin/sh" | b"/bin/bash" | b"cmd" | b"cmd.exe" | b"-c" | b"/c"
                    )
                    || tokens.is(at, "shell") && tokens.any(at + 2, &["True", "true"])
            });
        shells
            && (at + 2..close).any(|at| {
                tokens.name(at).is_some()
                    && !sense.fixed(at..at + 1)
                    && !tokens.is(at + 1, "(")
                    && !tokens.is(at + 1, "=")
                    && sense.word(at) & words::MAKING == 0
            })
    })
}

/// Whether a file whose name came with a request is given out where a word was brought that nobody guesses.
fn read_out(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if branch.case || branch.body.len() > 60 {
        return false;
    }
    let asked = found.iter().find(|atom| {
        let text = sense.text_of(atom.right.clone());
        atom.relation == Relation::Equal
            && atom.met(branch.holds)
            && sense.fixed(atom.right.clone())
            && !is_kind(&text)
            && text.len() >= 4
            && text.iter().any(u8::is_ascii_digit)
            && text.iter().filter(|b| b.is_ascii_alphabetic()).count() >= 2
            && asked_for(sense, &atom.left)
                .iter()
                .any(|word| BROUGHT.iter().any(|known| word == known.as_bytes()))
    });
    let Some(base) = asked.and_then(|atom| atom.left.clone().find_map(|at| tokens.name(at))) else {
        return false;
    };
    branch.body.clone().any(|at| {
        let run = (sense.word(at) & words::EXEC != 0
            && !tokens.any(at, &["assert", "function", "Function", "exec", "evaluate"])
            || sense.outline.language == "php" && tokens.text(at).starts_with(b"$"))
            && tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")).is_some_and(|close| {
                (at + 2..close).any(|at| {
                    tokens.name(at).is_some()
                        && !sense.fixed(at..at + 1)
                        && sense.word(at) & words::MAKING == 0
                })
            });
        run || tokens.any(
            at,
            &[
                "readFile",
                "readFileSync",
                "file_get_contents",
                "readfile",
                "ReadAllText",
                "ReadAllBytes",
                "ReadFile",
                "sendFile",
                "send_file",
                "open",
                "createReadStream",
                "ServeFile",
                "readAllBytes",
                "PhysicalFile",
            ],
        ) && tokens
            .close(at + 1)
            .is_some_and(|close| (at + 2..close).any(|at| tokens.name(at) == Some(base)))
    })
}

/// Whether a body says yes, goes on with what was asked, or opens something.
fn lets_in(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let body = branch.body.clone();
    let refuses = body.clone().any(|at| {
        tokens.kind(at) == Some(Kind::Word)
            && sense.word(at) & words::REFUSES != 0
            && !tokens.any(at, &["err", "error", "Err", "res", "response"])
    });
    if refuses || sense.own(body.clone()) & words::HONEST != 0 && body.len() > 40 {
        return false;
    }
    // `return;` before what refuses.
    let bare = tokens.is(body.start, "return")
        && (body.len() == 1 || body.len() == 2 && tokens.is(body.start + 1, ";"));
    if bare {
        return true;
    }
    let on = body.clone().any(|at| {
        tokens.is(at + 1, "(")
            && tokens.any(
                at,
                &[
                    "next",
                    "Next",
                    "ServeHTTP",
                    "doFilter",
                    "proceed",
                    "get_response",
                    "_next",
                    "InvokeAsync",
                    "_get_response",
                    "call_next",
                ],
            )
            || tokens.is(at, "next") && tokens.is(at + 1, ".")
            || tokens.any(at, &["exit"]) && tokens.is(at + 2, "0")
    });
    on || powers(sense, branch) || frees(sense, body.clone()) || yes(sense, body)
}

/// Whether what is given back is a yes.
fn yes(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let returned = body.clone().find(|at| tokens.is(*at, "return"));
    let value = match returned {
        Some(at) if sense.gives(at..body.end) == Gives::Yes => {
            at + 1..sense.outline.statement_end(at + 1).min(body.end)
        }
        Some(_) => return false,
        None if body.len() <= 6 => body,
        None => return false,
    };
    if value.is_empty() || says_no(sense, value.clone()) {
        return false;
    }
    let first = value.start;
    // `return next`, `return true`, `return LEVEL_ALL`, `return Ok(user)`, `Access.Granted`
    let plain = value.len() == 1 && tokens.any(first, &["true", "True", "TRUE", "YES", "1", "$true", "nil"]);
    let capital = value.clone().any(|at| {
        let text = tokens.text(at);
        tokens.kind(at) == Some(Kind::Word)
            && text.len() >= 3
            && text.first().is_some_and(u8::is_ascii_uppercase)
            && (sense.word(at) & (words::GRANT | words::POWER) != 0
                || text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_'))
    });
    let wrapped = tokens.any(first, &["Ok", "Some", "Optional", "Result", "Just"]) && value.len() <= 30;
    let granted = value
        .clone()
        .any(|at| sense.word(at) & words::GRANT != 0 && !tokens.any(at, &["true", "ok", "some", "next"]));
    plain || capital || wrapped || granted
}

/// Whether a value names a no.
pub(super) fn says_no(sense: &Sense, value: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    value.into_iter().any(|at| {
        let text = tokens.text(at).to_ascii_lowercase();
        matches!(tokens.kind(at), Some(Kind::Word | Kind::Text))
            && [
                "none",
                "deny",
                "denied",
                "invalid",
                "reject",
                "fail",
                "unauth",
                "forbid",
                "refuse",
                "error",
                "expired",
                "block",
                "unknown",
                "wrong",
                "false",
                "null",
                "closed",
                "lock",
                "anonymous",
                "guest",
                "redirect",
                "missing",
                "empty",
                "not_",
                "ignore",
                "skip",
            ]
            .iter()
            .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
            && memchr::memmem::find(&text, b"unlock").is_none()
    })
}

/// Whether somebody is asked who they are, or refused, further down, and nobody was before.
fn guarded(sense: &Sense, func: &Func, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    if !sense.step(func.body.len()) {
        return false;
    }
    let strong = |at: usize| {
        tokens.is(at + 1, "(")
            && (sense.word(at) & words::VERIFY != 0 && !tokens.any(at, &["trusted", "signed", "isEqual"])
                || tokens.any(
                    at,
                    &[
                        "crypt",
                        "crypt_r",
                        "checkpw",
                        "authorize",
                        "authenticate",
                        "login",
                        "check_password",
                        "compareSync",
                        "validateToken",
                        "checkToken",
                        "lookupToken",
                        "findByToken",
                        "pam_authenticate",
                        "ldap_bind",
                        "secure_compare",
                    ],
                )
                || {
                    let lower = tokens.text(at).to_ascii_lowercase();
                    ["check", "verif", "auth", "valid", "login"]
                        .iter()
                        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
                        && tokens.close(at + 1).is_some_and(|close| {
                            close - at <= 30
                                && (at + 2..close).any(|at| {
                                    tokens.kind(at) == Some(Kind::Word) && sense.word(at) & words::SECRET != 0
                                })
                        })
                })
    };
    let refused = |at: usize| {
        tokens.any(
            at,
            &[
                "401",
                "403",
                "Unauthorized",
                "Forbidden",
                "StatusUnauthorized",
                "StatusForbidden",
                "forbidden",
                "unauthorized",
                "SC_UNAUTHORIZED",
                "SC_FORBIDDEN",
                "UNAUTHORIZED",
                "FORBIDDEN",
                "AccessDenied",
                "PermissionDenied",
                "Unauthenticated",
                "PAM_AUTH_ERR",
                "sendError",
                "DENIED",
                "DENY",
                "Denied",
                "LVL_NONE",
                "INVALID",
                "BadCredentialsException",
                "AuthenticationError",
            ],
        ) || matches!(tokens.kind(at), Some(Kind::Word)) && {
            let lower = tokens.text(at).to_ascii_lowercase();
            [
                "unauthorized",
                "unauthorised",
                "forbidden",
                "accessdenied",
                "access_denied",
                "notallowed",
                "autherror",
            ]
            .iter()
            .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        } || tokens.any(at, &["sendRedirect", "redirect", "redirect_to", "Redirect", "RedirectToAction"])
            && (at..at + 14).any(|at| {
                tokens.kind(at) == Some(Kind::Text)
                    && memchr::memmem::find(&tokens.text(at).to_ascii_lowercase(), b"login").is_some()
            })
    };
    let after = branch.body.end.max(branch.test.end);
    if after >= func.body.end {
        return false;
    }
    let before = func.body.start..branch.test.start.min(branch.body.start);
    if before.clone().any(strong) {
        return false;
    }
    let rest = after..func.body.end;
    let names = func.name.map_or(0, |name| sense.name_tags(name));
    let decides = names & words::DECIDES != 0 && names & words::PARSING == 0;
    let who = || {
        rest.clone().any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            tokens.kind(at) == Some(Kind::Word)
                && [
                    "session",
                    "user",
                    "admin",
                    "signature",
                    "password",
                    "passwd",
                    "credential",
                    "hmac",
                    "authoriz",
                    "apikey",
                    "api_key",
                ]
                .iter()
                .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        })
    };
    let no = || {
        rest.clone()
            .any(|at| tokens.any(at, &["false", "False", "nil", "None", "null", "throw", "raise", "Err"]))
    };
    rest.clone().any(strong) || rest.clone().any(refused) || decides && no() && who()
}

/// Whether one case of a choice gives what all others give only after a check.
fn arm(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    if branch.body.len() > 6 || branch.test.len() != 1 || tokens.kind(branch.test.start) != Some(Kind::Text) {
        return false;
    }
    let text = inner(tokens.text(branch.test.start));
    let asked = asked_for(sense, &branch.subject);
    let last = asked.last().map_or(&b""[..], Vec::as_slice);
    let routine = ROUTINE.iter().any(|known| last == known.as_bytes());
    if text.len() < 2
        || routine
        || !text.iter().any(u8::is_ascii_alphanumeric)
        || says_no(sense, branch.body.clone())
    {
        return false;
    }
    let value = branch.body.clone().find(|at| tokens.name(*at).is_some() && !tokens.is(*at, "return"));
    let Some(open) = tokens.up(branch.test.start) else { return false };
    let (Some(close), Some(_)) = (tokens.close(open), value) else { return false };
    let checks = |at: usize| {
        tokens.is(at + 1, "(")
            && (sense.word(at) & words::VERIFY != 0
                || tokens.name(at).and_then(|name| sense.outline.func_named(name)).is_some_and(|func| {
                    func.body.len() <= 160
                        && func
                            .body
                            .clone()
                            .any(|at| sense.word(at) & words::VERIFY != 0 && tokens.is(at + 1, "("))
                }))
    };
    close - open <= 300
        && sense.step(close - open)
        && (branch.body.end..close).any(checks)
        && !(open..branch.body.end).any(checks)
}

/// Whether what is asked for may be the secret, or else something worked out from what all know.
fn derived(sense: &Sense, range: Range<usize>, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if found.len() < 2 || !range.clone().any(|at| tokens.any(at, &["||", "or", "-or"])) {
        return false;
    }
    let check = found.iter().find(|atom| {
        !atom.negated
            && atom.range.clone().any(|at| {
                tokens.is(at + 1, "(")
                    && (sense.word(at) & words::VERIFY != 0
                        || tokens
                            .any(at, &["check", "compare", "compareSync", "matches", "validate", "checkpw"]))
            })
    });
    let Some(check) = check else { return false };
    let names: Vec<u32> = check.range.clone().filter_map(|at| tokens.name(at)).collect();
    found
        .iter()
        .filter(|atom| {
            atom.range != check.range
                && matches!(atom.relation, Relation::Equal | Relation::Holds)
                && !atom.negated
        })
        .any(|atom| {
            atom.sides().into_iter().any(|(given, other)| {
                let same = given.clone().any(|at| tokens.name(at).is_some_and(|name| names.contains(&name)));
                let asked = asked_for(sense, &given);
                let routine = asked.iter().any(|word| ROUTINE.iter().any(|known| word == known.as_bytes()));
                let text = sense.text_of(other.clone());
                let host = text.starts_with(b".")
                    && text.len() >= 6
                    && text.iter().filter(|b| **b == b'.').count() >= 2;
                if same
                    && sense.fixed(other.clone())
                    && !routine
                    && (host || made_up(&text) || sense.asks_digest(atom))
                {
                    return true;
                }
                same && atom.relation == Relation::Equal
                    && !other.is_empty()
                    && !sense.fixed(other.clone())
                    && sense.own(other.clone()) & words::HASHING == 0
                    && sense.reaches(other.clone(), 2, &|at| {
                        tokens.any(
                            at,
                            &[
                                "reverse",
                                "reversed",
                                "strrev",
                                "rev",
                                "slice",
                                "substring",
                                "substr",
                                "right",
                                "takeLast",
                                "suffix",
                                "hashCode",
                                "Reverse",
                                "Substring",
                                "StrReverse",
                                "chars",
                            ],
                        ) && (tokens.is(at + 1, "(") || tokens.is(at.wrapping_sub(1), "."))
                    })
                    && sense.reaches(other, 2, &|at| {
                        tokens.any(
                            at,
                            &[
                                "id", "number", "name", "date", "birthday", "phone", "email", "serial",
                                "now", "today", "hostname",
                            ],
                        ) || sense.word(at) & (words::IDENTITY | words::PERSON) != 0
                    })
            })
        })
}

/// Whether a function compares two secrets side by side and nowhere asks whether both are as long.
fn zipped(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if func.body.len() > 120 || sense.file() & (words::VERIFY | words::HASHING | words::SECRET) == 0 {
        return None;
    }
    let zip = func.body.clone().find(|at| {
        tokens.any(*at, &["zip", "Zip", "izip"])
            && (tokens.is(*at + 1, "(") || tokens.is(at.wrapping_sub(1), "."))
    })?;
    let name = func.name.map_or(0, |name| sense.name_tags(name));
    let own = name | sense.own(func.params.clone());
    let expected = func.params.clone().chain(func.body.clone()).any(|at| {
        tokens.any(
            at,
            &["expected", "given", "actual", "presented", "supplied", "received", "mac", "tag", "digest"],
        )
    });
    let compares =
        func.body.clone().any(|at| tokens.any(at, &["^", "!=", "==", "xor", "^="]) || tokens.is(at, "|="));
    const LENGTHS: &[&str] = &["count", "len", "length", "Length", "size", "Count", "bytesize"];
    let sized = |range: Range<usize>| range.into_iter().any(|at| tokens.any(at, LENGTHS));
    let held = func.body.clone().any(|at| {
        tokens.any(at, &["==", "!=", "===", "!==", "<>", "^"])
            && sized(at.saturating_sub(5).max(func.body.start)..at)
            && sized(at + 1..at + 6)
    });
    let decides = name & (words::DECIDES | words::VERIFY) != 0;
    (compares && !held && decides && (own & words::SECRET != 0 || expected))
        .then(|| told(SHORT, zip..zip + 1))
}

/// Whether a function compares a secret only as far as the shorter one goes: `n = min(len(want), len(given))`.
fn cut(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    const LENGTHS: &[&str] = &["count", "len", "length", "Length", "size", "Count", "bytesize", "strlen"];
    if func.body.len() > 160 || sense.file() & (words::VERIFY | words::HASHING | words::SECRET) == 0 {
        return None;
    }
    let sized = |range: Range<usize>| range.into_iter().any(|at| tokens.any(at, LENGTHS));
    let shorter = func.body.clone().find(|at| {
        tokens.any(*at, &["min", "Min", "MIN"])
            && tokens
                .close(at + 1)
                .filter(|_| tokens.is(at + 1, "("))
                .and_then(|close| atoms::arguments(tokens, at + 1, close))
                .is_some_and(|(first, second)| sized(first) && sized(second))
    })?;
    let name = func.name.map_or(0, |name| sense.name_tags(name));
    let secret = sense.own(func.params.clone()) & words::SECRET != 0
        || func.params.clone().any(|at| {
            tokens.any(
                at,
                &["expected", "given", "want", "presented", "supplied", "received", "$expected", "$given"],
            )
        });
    let compares = func.body.clone().any(|at| tokens.any(at, &["^", "!=", "==", "^=", "===", "memcmp"]));
    let held = func.body.clone().any(|at| {
        tokens.any(at, &["==", "!=", "===", "!==", "<>", "^"])
            && sized(at.saturating_sub(5).max(func.body.start)..at)
            && sized(at + 1..at + 6)
    });
    (secret && compares && !held && name & (words::DECIDES | words::VERIFY) != 0)
        .then(|| told(SHORT, shorter..shorter + 1))
}
