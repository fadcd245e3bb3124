//! What whoever asks brings along: a header, a cookie, a parameter, a word; and whether it stands in the program.

use std::ops::Range;

use super::asked::is_kind;
use super::atoms;
use super::atoms::Atom;
use super::atoms::Relation;
use super::opens::made_up;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

/// The last word of a value, or the text it is asked for by: `request.headers['X-Word']`.
pub(super) fn asked_for(sense: &Sense, given: &Range<usize>) -> Vec<Vec<u8>> {
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
pub(super) const ROUTINE: &[&str] = &[
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
pub(super) const BROUGHT: &[&str] = &[
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
pub(super) fn brought(sense: &Sense, atom: &Atom, func: &Func) -> bool {
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
        // `"Expires" in response.headers`: whether a field is there at all is no word of anybody's.
        let field = atom.relation == Relation::Holds
            && given.clone().rev().find(|at| tokens.name(*at).is_some()).is_some_and(|at| {
                tokens.any(at, &["headers", "params", "cookies", "query", "args", "form", "environ", "META"])
            });
        if field && !made_up(&text) {
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
pub(super) fn worked_out(sense: &Sense, given: Range<usize>, other: Range<usize>) -> bool {
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
