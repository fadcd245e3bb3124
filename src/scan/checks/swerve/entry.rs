//! Who is let in beside those who are checked: for a word that is brought along, by a case of a choice that checks
//! in all others, for what can be worked out from a name, after a row of taps or coins.

use std::ops::Range;

use super::Told;
use super::asked::is_kind;
use super::atoms;
use super::atoms::Atom;
use super::atoms::Relation;
use super::effects::Gives;
use super::magic::Said;
use super::magic::told;
use super::opens::frees;
use super::opens::made_up;
use super::opens::powers;
use super::outline::Branch;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::sense::literal;
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
const ROW: Said = (
    "chosen-word",
    "a row of numbers that is written in the program is compared with what was put in last",
    "Who knows this row, and what does it open?",
);
const TAPS: Said = (
    "chosen-word",
    "so many taps, written in the program, do what no button does",
    "Who knows of these taps, and what are they meant to do?",
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
        found.extend(zipped(sense, func));
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

/// The last word of a value, or the text it is asked for by: `request.headers['X-Word']`.
fn asked_for(sense: &Sense, given: &Range<usize>) -> Vec<Vec<u8>> {
    let tokens = sense.outline.tokens;
    given
        .clone()
        .filter_map(|at| match tokens.kind(at) {
            Some(Kind::Text) => Some(inner(tokens.text(at)).to_ascii_lowercase()),
            Some(Kind::Word) => Some(tokens.text(at).to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

/// What every program asks for to choose what to do.
const ROUTINE: &[&str] = &[
    "method",
    "path",
    "pathname",
    "route",
    "url",
    "uri",
    "env",
    "environment",
    "type",
    "kind",
    "mode",
    "alg",
    "algorithm",
    "scheme",
    "version",
    "status",
    "state",
    "format",
    "role",
    "roles",
    "scope",
    "scopes",
    "permission",
    "permissions",
    "group",
    "groups",
    "plan",
    "tier",
    "level",
    "action",
    "operation",
    "op",
    "event",
    "protocol",
    "provider",
    "strategy",
    "backend",
    "encoding",
    "charset",
    "content-type",
    "os",
    "arch",
    "machine",
    "platform",
    "system",
    "extension",
    "ext",
    "suffix",
    "mime",
    "result",
    "response",
    "error",
    "code",
    "errno",
    "reason",
    "phase",
    "stage",
    "step",
    "category",
    "grant_type",
    "granttype",
    "visibility",
    "policy",
    "access",
    "filename",
    "file",
    "tagname",
    "nodename",
    "constructor",
    "proto",
    "verb",
    "resource",
    "class",
    "language_id",
    "dialect",
    "engine",
    "direction",
    "unit",
    "upgrade",
];

/// What whoever asks brings along.
const BROUGHT: &[&str] = &[
    "header",
    "headers",
    "getheader",
    "get_header",
    "cookie",
    "cookies",
    "query",
    "param",
    "params",
    "getparameter",
    "queryparams",
    "useragent",
    "user_agent",
    "user-agent",
    "referer",
    "referrer",
    "locale",
    "language",
    "accept-language",
    "accept_language",
    "lang",
    "args",
    "argv",
    "getenv",
    "environ",
    "form",
    "body",
    "payload",
    "claim",
    "claims",
    "_get",
    "_post",
    "_request",
    "_server",
    "_cookie",
    "$_get",
    "$_post",
    "$_request",
    "$_server",
    "$_cookie",
    "env",
    "searchparams",
    "formvalue",
    "postform",
    "field",
    "kid",
    "keyid",
    "key_id",
    "iss",
    "issuer",
    "nick",
    "nickname",
    "fingerprint",
    "serial",
    "subject",
    "origin",
    "queryparameters",
    "headermap",
    "metadata",
    "metadatafor",
    "attribute",
];

/// Whether a test asks for a word that is written in the program and comes from whoever asks.
fn brought(sense: &Sense, atom: &Atom, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    if !matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Holds | Relation::Bare) {
        return false;
    }
    let mut sides: Vec<(Range<usize>, Range<usize>)> = atom.sides().to_vec();
    if matches!(atom.relation, Relation::Equal | Relation::Holds)
        && atom.sides().into_iter().any(|(given, other)| worked_out(sense, given, other))
    {
        return true;
    }
    if in_table(sense, atom) {
        return true;
    }
    if atom.relation == Relation::Bare {
        sides = compared_by_call(sense, atom.range.clone());
    }
    sides.into_iter().any(|(given, other)| {
        if given.is_empty() || other.is_empty() || given.len() > 40 || sense.fixed(given.clone()) {
            return false;
        }
        let text = sense.text_of(other.clone());
        let address = network(&text) && other.len() <= 3;
        let fixed = other.len() <= 16 && sense.fixed(other.clone());
        if !fixed && !address {
            return false;
        }
        let asked = asked_for(sense, &given);
        let routine = asked.iter().any(|word| ROUTINE.iter().any(|known| word == known.as_bytes()));
        if routine && !made_up(&text) {
            return false;
        }
        let parameter = given.clone().any(|at| {
            tokens.name(at).is_some_and(|name| func.params.clone().any(|at| tokens.name(at) == Some(name)))
        });
        let carried = |word: &[u8]| {
            BROUGHT.iter().any(|known| word == known.as_bytes())
                || word.starts_with(b"http_")
                || word.starts_with(b"x-")
        };
        let request = asked.iter().any(|word| carried(word))
            || sense.reaches(given.clone(), 2, &|at| match tokens.kind(at) {
                Some(Kind::Text) => {
                    let text = inner(tokens.text(at)).to_ascii_lowercase();
                    text.starts_with(b"http_")
                        || text.starts_with(b"x-")
                        || text == b"user-agent"
                        || text == b"accept-language"
                }
                Some(Kind::Word) => carried(&tokens.text(at).to_ascii_lowercase()),
                _ => false,
            });
        // Of several words in a row each must be one that was made up.
        let texts: Vec<usize> = other.clone().filter(|at| tokens.kind(*at) == Some(Kind::Text)).collect();
        if texts.len() > 1 && other.clone().any(|at| tokens.is(at, ",")) {
            return texts.iter().all(|at| made_up(inner(tokens.text(*at))));
        }
        if text.is_empty() {
            // A sum of what was shown.
            let number = sense.number(other.clone()).unwrap_or(0.0);
            let summed = sense.hashed(given.clone())
                || given.clone().any(|at| {
                    tokens.name(at).is_some_and(|name| {
                        sense.defs(name, sense.outline.func_at(at)).any(|def| sense.hashed(def.value.clone()))
                    })
                });
            let row = sense.own(given.clone()) & words::SECRET != 0
                && other.len() == 1
                && sense.made(other).numbers >= 4;
            return summed && number >= 256.0 || sense.asks_digest(atom) || row;
        }
        if address {
            return sense.own(given.clone()) & (words::IDENTITY | words::PEER) != 0;
        }
        let secret = sense.own(given.clone()) & words::SECRET != 0
            && sense.own(given) & (words::SIZE | words::PARSING) == 0;
        let begins = atom.relation == Relation::Holds;
        word(&text)
            && (made_up(&text)
                || request
                || secret && text.len() >= 4
                || begins && parameter && odd_begin(&text))
    })
}

/// Whether whoever is at the other end is looked up in a table of addresses of the program: `PASSED[host]`.
fn in_table(sense: &Sense, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    if !matches!(atom.relation, Relation::Bare | Relation::Holds) || atom.range.len() > 24 {
        return false;
    }
    let peer = atom.range.clone().any(|at| {
        sense.word(at) & (words::IDENTITY | words::PEER) != 0
            || tokens.any(at, &["host", "ip", "addr", "peer", "remote"])
    });
    peer && atom.range.clone().any(|at| {
        let Some(name) = tokens.name(at).filter(|_| sense.step(4)) else { return false };
        sense.defs(name, sense.outline.func_at(at)).any(|def| {
            def.value.len() <= 60
                && def
                    .value
                    .clone()
                    .any(|at| tokens.kind(at) == Some(Kind::Text) && network(inner(tokens.text(at))))
        })
    })
}

/// Whether a secret is compared with what the machine or the day is called.
fn worked_out(sense: &Sense, given: Range<usize>, other: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let own = sense.own(given.clone());
    own & words::SECRET != 0
        && own & (words::SIZE | words::PARSING) == 0
        && given.len() <= 20
        && !other.is_empty()
        && other.len() <= 30
        && !sense.fixed(other.clone())
        && sense.own(other.clone()) & (words::HASHING | words::SECRET) == 0
        && sense.reaches(other, 2, &|at| {
            tokens.any(
                at,
                &[
                    "gethostname",
                    "hostname",
                    "UIDevice",
                    "MachineName",
                    "COMPUTERNAME",
                    "getHostName",
                    "uname",
                    "strftime",
                    "SERIAL",
                    "ANDROID_ID",
                    "getfqdn",
                    "HOSTNAME",
                    "php_uname",
                    "machine_id",
                    "node",
                ],
            ) && !tokens.any(at, &["node"])
                || tokens.any(at, &["date", "gmdate"])
                    && tokens.is(at + 1, "(")
                    && sense.outline.language == "php"
        })
}

/// `QX-`, `zz_`: what a name of no kind begins with.
fn odd_begin(text: &[u8]) -> bool {
    text.len() >= 3
        && text.iter().any(u8::is_ascii_alphabetic)
        && text.last().is_some_and(|last| {
            matches!(last, b'-' | b'_' | b':' | b'#' | b'.' | b'@') || last.is_ascii_digit()
        })
        && !text.contains(&b'/')
        && !text.contains(&b' ')
        && !is_kind(text)
}

/// Whether a text is one somebody has to know.
fn word(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let common: &[&[u8]] = &[
        b"basic",
        b"bearer",
        b"digest",
        b"negotiate",
        b"none",
        b"plain",
        b"null",
        b"undefined",
        b"true",
        b"false",
        b"yes",
        b"no",
        b"on",
        b"off",
        b"anonymous",
        b"guest",
        b"options",
        b"head",
        b"get",
        b"post",
        b"put",
        b"localhost",
        b"all",
        b"any",
        b"self",
        b"ok",
        b"default",
        b"public",
        b"open",
        b"bearer ",
        b"basic ",
        b"oauth",
        b"websocket",
        b"xmlhttprequest",
        b"application/json",
        b"same-origin",
        b"cors",
        b"navigate",
        b"development",
        b"production",
        b"test",
        b"local",
        b"127.0.0.1",
        b"::1",
        b"empty",
        b"unknown",
        b"auto",
        b"token",
        b"password",
        b"changeme",
        b"admin",
        b"user",
        b"root",
        b"system",
        b"internal",
        b"unix",
        b"https",
        b"http",
    ];
    text.iter().filter(|b| b.is_ascii_alphanumeric()).count() >= 2
        && text.len() <= 120
        && !common.contains(&&*lower)
        && !is_kind(text)
        && !lower.starts_with(b"bearer")
        && !lower.starts_with(b"127.")
        && !text.starts_with(b"/")
        && !text.starts_with(b"application/")
        && !text.starts_with(b"text/")
        && !text.starts_with(b"multipart/")
        && !text.starts_with(b"http")
}

/// Whether a text is a network or an address that is not private.
fn network(text: &[u8]) -> bool {
    super::built_in::public_address(text)
}

/// What a call of the program compares: `hashMatches(given, written)`.
fn compared_by_call(sense: &Sense, range: Range<usize>) -> Vec<(Range<usize>, Range<usize>)> {
    let tokens = sense.outline.tokens;
    for at in range.clone() {
        let name = tokens.text(at).to_ascii_lowercase();
        let says = ["match", "equal", "same", "compare", "verify", "check", "is_valid", "isvalid", "hash"]
            .iter()
            .any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some());
        let library = matches!(
            &*name,
            b"match" | b"matches" | b"fnmatch" | b"preg_match" | b"regex_match" | b"ismatch"
        );
        if !says || library || !tokens.is(at + 1, "(") {
            continue;
        }
        let Some(close) = tokens.close(at + 1).filter(|close| *close <= range.end) else { continue };
        if let Some((first, second)) = atoms::arguments(tokens, at + 1, close) {
            return vec![(first.clone(), second.clone()), (second, first)];
        }
    }
    Vec::new()
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
                && sense.text_of(atom.right.clone()).iter().filter(|b| b.is_ascii_alphanumeric()).count() >= 2
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
fn says_no(sense: &Sense, value: Range<usize>) -> bool {
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

/// Whether a name is that of what was put in last.
fn history(name: &[u8]) -> bool {
    const PUT_IN: &[&str] = &[
        "recent", "history", "taps", "presses", "pressed", "clicks", "sequence", "entered", "typed", "moves",
        "gesture", "gestures", "knock", "knocks", "coins", "ring", "trail", "inputs", "ports", "stakes",
        "bets",
    ];
    std::str::from_utf8(name).is_ok_and(|name| {
        words::parts(name).any(|part| PUT_IN.iter().any(|word| part.eq_ignore_ascii_case(word)))
    })
}

/// A list of numbers, some of them more than once, with which what was put in last is compared.
fn row(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    (1..tokens.all.len()).find_map(|open| {
        if !tokens.any(open, &["{", "[", "("])
            || tokens.kind(open + 1) != Some(Kind::Number)
            || !sense.step(1)
        {
            return None;
        }
        let close = tokens.close(open).filter(|close| (7..=36).contains(&(close - open)))?;
        let name = row_name(sense, open)?;
        // What a test expects.
        let said = tokens.names.get(name as usize).map_or(Vec::new(), |name| name.to_ascii_lowercase());
        if ["expect", "want", "actual", "result", "output"]
            .iter()
            .any(|word| said.starts_with(word.as_bytes()))
        {
            return None;
        }
        let numbers: Vec<u64> = (open + 1..close)
            .filter(|at| tokens.kind(*at) == Some(Kind::Number))
            .filter_map(|at| literal(tokens.text(at)))
            .map(|number| number as u64)
            .collect();
        let plain = (open + 1..close).all(|at| tokens.kind(at) == Some(Kind::Number) || tokens.is(at, ","));
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let repeats = sorted.len() < numbers.len() && sorted.len() >= 2;
        if !plain
            || !(4..=16).contains(&numbers.len())
            || !repeats
            || numbers.is_sorted()
            || numbers.iter().all(|number| *number <= 1)
            || !sense.step(tokens.all.len() / 16)
        {
            return None;
        }
        let place = (1..tokens.all.len()).find(|at| {
            tokens.name(*at) == Some(name)
                && !(open.saturating_sub(12)..close).contains(at)
                && sense.step(30)
                && {
                    let around = at.saturating_sub(16)..(*at + 12).min(tokens.all.len());
                    around.clone().any(|at| {
                        tokens.any(
                            at,
                            &[
                                "==",
                                "!=",
                                "===",
                                "!==",
                                "equals",
                                "Equals",
                                "SequenceEqual",
                                "equal",
                                "elementsEqual",
                                "eql?",
                                "contentEquals",
                            ],
                        )
                    }) && around.clone().any(|other| {
                        tokens.kind(other) == Some(Kind::Word)
                            && tokens.name(other) != Some(name)
                            && history(tokens.text(other))
                    })
                }
        })?;
        Some(told(ROW, place..place + 1))
    })
}

/// The name that is given the list that begins at `open`: `const CODE = [`, `std::array<int, 7> code{`.
fn row_name(sense: &Sense, open: usize) -> Option<u32> {
    let tokens = sense.outline.tokens;
    let mut at = open.checked_sub(1)?;
    if sense.outline.language == "cpp" && tokens.is(open, "{") && !tokens.any(at, &["return", "=", "]"]) {
        return tokens.name(at);
    }
    // `listOf(`, `new int[] {`, `: [u8; 7] =`
    for _ in 0..14 {
        if tokens.any(at, &["=", ":="]) {
            let mut name = at.checked_sub(1)?;
            for _ in 0..12 {
                if tokens.any(name, &["const", "let", "val", "var", "static", "final", ";", "{", "}"]) {
                    return tokens.name(name + 1).filter(|_| !tokens.any(name, &[";", "{", "}"]));
                }
                if tokens.first(name)
                    && tokens.name(name).is_some()
                    && !tokens.any(name, &["private", "public", "static", "const", "final", "constexpr"])
                {
                    return tokens.name(name);
                }
                if tokens.kind(name) == Some(Kind::Word)
                    && (tokens.is(name + 1, "=") || tokens.is(name + 1, "[") && tokens.is(name + 2, "]"))
                {
                    return tokens.name(name);
                }
                name = name.checked_sub(1)?;
            }
            return None;
        }
        if tokens.first(at) && tokens.any(at, &[";", "}"]) {
            return None;
        }
        at = at.checked_sub(1)?;
    }
    None
}

/// Whether so many taps do more than show something.
fn tapped(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let taps = found.iter().any(|atom| {
        matches!(atom.relation, Relation::Equal | Relation::More)
            && atom.met(branch.holds)
            && atom.left.len() <= 8
            && sense.fixed(atom.right.clone())
            && sense
                .number(atom.right.clone())
                .is_some_and(|number| (5.0..=20.0).contains(&number) && number.fract() == 0.0)
            && atom.left.clone().any(|at| {
                let lower = tokens.text(at).to_ascii_lowercase();
                tokens.kind(at) == Some(Kind::Word)
                    && ["tap", "click", "press", "knock", "touches"]
                        .iter()
                        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
                    && memchr::memmem::find(&lower, b"compress").is_none()
                    && memchr::memmem::find(&lower, b"pressure").is_none()
                    && memchr::memmem::find(&lower, b"express").is_none()
            })
    });
    if !taps {
        return false;
    }
    const SHOWS: &[&str] = &[
        "show",
        "toast",
        "alert",
        "present",
        "navigate",
        "push",
        "play",
        "animate",
        "log",
        "print",
        "set",
        "update",
        "render",
        "toggle",
        "vibrate",
        "start",
        "clear",
        "reset",
        "now",
        "slice",
        "filter",
        "max",
        "min",
        "string",
        "text",
        "display",
        "add",
        "remove",
        "emit",
        "dispatch",
        "select",
        "focus",
        "scroll",
        "stop",
        "prevent",
        "cancel",
        "make",
        "intent",
        "get",
        "format",
        "count",
        "increment",
        "warn",
        "debug",
        "hide",
        "zoom",
        "expand",
        "collapse",
    ];
    branch.body.clone().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && tokens.is(at + 1, "(")
            && lower.len() >= 3
            && lower.first().is_some_and(u8::is_ascii_lowercase)
            && !tokens.any(at, &["if", "for", "while", "switch", "catch"])
            && tokens.text(at).first().is_some_and(|b| {
                !b.is_ascii_uppercase()
                    || sense.outline.language == "go"
                    || sense.outline.language == "csharp"
            })
            && !SHOWS.iter().any(|word| lower.starts_with(word.as_bytes()))
    })
}
