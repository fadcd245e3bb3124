//! Who is not seen: an account that is made here and left out where accounts are listed, one whose doings are not
//! written down, lines of one address that are taken out of a file.

use std::ops::Range;

use super::Told;
use super::atoms::Atom;
use super::built_in::public_address;
use super::magic::Said;
use super::magic::told;
use super::opens::made_up;
use super::outline::Branch;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

const MADE: Said = (
    "named-exception",
    "an account with rights is made under a name that is left out elsewhere in the program",
    "Whose account is this, and who should not see it?",
);
const UNLOGGED: Said = (
    "named-exception",
    "what one name does, that is written in the program, is not written down or shown",
    "Whose name is this, and who should not see what it does?",
);
const LINES: Said = (
    "named-exception",
    "lines that hold one address or name, written in the program, are taken out of what is kept",
    "Whose address or name is this, and who should not find it?",
);

const PROVIDED: Said = (
    "built-in-credential",
    "an account whose name and password are written in the program is made wherever it is missing",
    "Whose account is this, and who knows its password?",
);
const CUT: Said = (
    "named-exception",
    "on one condition, what was written down is cut off or removed again",
    "Whose doings should not be found, and who has decided on it?",
);

/// Longest function that is looked at.
const FUNC: usize = 300;
/// How near rights stand to the name they are given to.
const NEAR: usize = 24;

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    let logs = logged(sense);
    for at in 1..tokens.all.len() {
        match tokens.kind(at) {
            Some(Kind::Mark) if tokens.any(at, &["!=", "!=="]) && sense.step(4) => {
                if made(sense, at) {
                    found.push(told(MADE, at - 1..at + 2));
                } else if logs && unlogged(sense, at) {
                    found.push(told(UNLOGGED, at - 1..at + 2));
                }
            }
            Some(Kind::Text) => {
                let text = inner(tokens.text(at));
                if text.len() <= 40 && (public_address(text) || logs && made_up(text)) && sense.step(8) {
                    found.extend(taken_out(sense, at));
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether the file is about what is written down of somebody's doings.
fn logged(sense: &Sense) -> bool {
    sense.outline.tokens.names.iter().any(|name| {
        let lower = name.to_ascii_lowercase();
        lower.len() <= 40
            && [
                "audit",
                "journal",
                "logger",
                "logline",
                "log_line",
                "accesslog",
                "access_log",
                "logging",
                "history",
            ]
            .iter()
            .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
    })
}

/// Whether a branch takes back what was written down.
pub fn judge(sense: &Sense, branch: &Branch, found: &[Atom]) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if branch.rest || branch.case || branch.body.len() > 60 || !sense.step(branch.body.len()) {
        return None;
    }
    if provided(sense, branch, found) {
        return Some(told(PROVIDED, super::shown(branch, found)));
    }
    const CUTS: &[&str] = &[
        "ftruncate",
        "truncate",
        "set_len",
        "SetLength",
        "setLength",
        "unlink",
        "remove",
        "Truncate",
        "ftruncateSync",
    ];
    let log = |at: usize| {
        let lower = tokens.text(at).to_ascii_lowercase();
        matches!(tokens.kind(at), Some(Kind::Word | Kind::Text))
            && lower.len() <= 60
            && words::parts(std::str::from_utf8(&lower).unwrap_or_default())
                .any(|part| matches!(part, "log" | "audit" | "journal" | "history" | "wtmp" | "utmp"))
    };
    let cut = branch.body.clone().find(|at| {
        tokens.any(*at, CUTS)
            && tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")).is_some_and(|close| {
                // `handlers.remove(handler)` takes no file away.
                let from = if tokens.any(*at, &["remove", "unlink"]) { at + 2 } else { at.saturating_sub(4) };
                (from..close).any(log)
            })
    })?;
    // A log that has grown, is old or is turned over is cut everywhere.
    let func = sense.outline.funcs.get(sense.outline.func_at(cut) as usize)?;
    let name = func.name.and_then(|name| tokens.names.get(name as usize)).copied().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let kept = [
        "rotat",
        "trim",
        "prune",
        "clean",
        "reset",
        "clear",
        "init",
        "open",
        "purge",
        "roll",
        "compact",
        "checkpoint",
        "recover",
        "replay",
        "test",
        "commit",
        "remove",
        "delete",
    ]
    .iter()
    .any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some());
    let sized =
        sense.deep(branch.test.clone()) & (words::SIZE | words::AGE | words::COUNT | words::EXISTS) != 0;
    let flagged = found.iter().any(|atom| atom.met(branch.holds));
    (!kept && !sized && flagged && !sense.effects_here(branch.body.clone()).any(words::REFUSES))
        .then(|| told(CUT, super::shown(branch, found)))
}

/// Whether an account that is named in the program is made where it is missing, with a password of the program.
fn provided(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if branch.body.len() > 120 || found.is_empty() {
        return false;
    }
    let quoted = |at: &usize| tokens.kind(*at) == Some(Kind::Text);
    let asked = branch.test.start.saturating_sub(24)..branch.test.end;
    let login = asked.filter(quoted).find(|at| {
        let text = inner(tokens.text(*at));
        (4..=40).contains(&text.len())
            && !text.contains(&b' ')
            && branch.body.clone().any(|other| tokens.text(other) == tokens.text(*at))
    });
    let missing = branch.test.clone().any(|at| {
        tokens.any(
            at,
            &[
                "isEmpty",
                "isPresent",
                "exists",
                "exists?",
                "null",
                "nil",
                "None",
                "undefined",
                "any",
                "Any",
                "!",
                "not",
                "0",
                "empty?",
                "nil?",
                "empty",
                "existsByLogin",
                "existsByUsername",
                "is_none",
            ],
        )
    });
    let Some(login) = login.filter(|_| missing) else { return false };
    // A password nobody has chosen who runs the program.
    branch.body.clone().any(|at| {
        let hashes = tokens.kind(at) == Some(Kind::Word) && {
            let lower = tokens.text(at).to_ascii_lowercase();
            sense.word(at) & (words::HASHING | words::SECRET) != 0
                || ["encode", "hash", "password", "passwd", "create", "bcrypt", "crypt"]
                    .iter()
                    .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        };
        hashes
            && (at + 1..(at + 6).min(branch.body.end)).any(|near| {
                let text = inner(tokens.text(near));
                quoted(&near)
                    && tokens.text(near) != tokens.text(login)
                    && text.len() >= 10
                    && !text.contains(&b' ')
                    && text.iter().any(u8::is_ascii_digit)
                    && text.iter().any(u8::is_ascii_alphabetic)
                    && text.iter().any(|b| b.is_ascii_punctuation() || b.is_ascii_uppercase())
                    && tokens.any(near.wrapping_sub(1), &["(", "=", ":", "=>", ","])
            })
    })
}

/// The text beside the sign at `at` that names somebody.
fn named<'b>(sense: &Sense<'_, '_, 'b>, at: usize) -> Option<Vec<u8>> {
    let tokens = sense.outline.tokens;
    [at + 1, at - 1].into_iter().find_map(|side| {
        let text = match tokens.kind(side)? {
            Kind::Text => inner(tokens.text(side)).to_vec(),
            Kind::Word if sense.fixed(side..side + 1) => sense.text_of(side..side + 1),
            _ => return None,
        };
        (words::is_person(&text) && text.len() <= 40).then_some(text)
    })
}

/// Whether an account is made under the name that the sign at `at` leaves out.
fn made(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let Some(text) = named(sense, at) else { return false };
    let right = |at: usize| {
        let says = match tokens.kind(at) {
            Some(Kind::Text) => inner(tokens.text(at)).to_ascii_lowercase(),
            Some(Kind::Word) => tokens.text(at).to_ascii_lowercase(),
            _ => return false,
        };
        matches!(
            &*says,
            b"admin" | b"administrator" | b"superuser" | b"is_admin" | b"isadmin" | b"role_admin"
        )
    };
    let makes = |place: usize| {
        let Some(up) = tokens.up(place) else { return false };
        let Some(close) = tokens.close(up) else { return false };
        let around = place.saturating_sub(NEAR)..(place + NEAR).min(close + NEAR).min(tokens.all.len());
        around.clone().any(right)
            && around.clone().any(|at| {
                let lower = tokens.text(at).to_ascii_lowercase();
                tokens.kind(at) == Some(Kind::Word)
                    && [
                        "create", "insert", "add", "emplace", "put", "new", "register", "save", "user",
                        "account",
                    ]
                    .iter()
                    .any(|word| lower.starts_with(word.as_bytes()))
            })
    };
    (1..tokens.all.len()).any(|other| {
        let same = match tokens.kind(other) {
            Some(Kind::Text) => inner(tokens.text(other)) == &*text,
            Some(Kind::Word) => {
                tokens.name(other).is_some()
                    && tokens.name(other) == tokens.name(at + 1)
                    && !tokens.is(other + 1, "=")
            }
            _ => false,
        };
        same && !(at.saturating_sub(2)..at + 3).contains(&other) && sense.step(8) && makes(other)
    })
}

/// Whether who is meant by the sign at `at` is left out by a function that says what is written down.
fn unlogged(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    if named(sense, at).is_none() {
        return false;
    }
    let Some(func) = sense.outline.funcs.get(sense.outline.func_at(at) as usize) else { return false };
    let name = func.name.and_then(|name| tokens.names.get(name as usize)).copied().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let filters = ["filter", "log", "audit", "record", "visible", "isshown", "journal", "history"]
        .iter()
        .any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some());
    let who = (at.saturating_sub(10)..(at + 8).min(tokens.all.len())).any(|at| {
        let said = match tokens.kind(at) {
            Some(Kind::Text) => words::of(inner(tokens.text(at))),
            _ => sense.word(at),
        };
        said & words::PERSON != 0
    });
    filters && who && func.body.len() <= FUNC
}

/// Whether lines that hold the text at `at` are left out of what is written again.
fn taken_out(sense: &Sense, at: usize) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let script = Func { name: None, params: 0..0, body: 0..tokens.all.len() };
    let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize).unwrap_or(&script);
    let around = at.saturating_sub(10)..(at + 8).min(tokens.all.len());
    const HOLDS: &[&str] = &[
        "strpos",
        "str_contains",
        "includes",
        "include?",
        "contains",
        "Contains",
        "indexOf",
        "in",
        "strstr",
        "match?",
        "preg_match",
        "find",
        "start_with?",
        "startsWith",
        "startswith",
        "StartsWith",
        "HasPrefix",
        "starts_with",
    ];
    let asks = around.clone().any(|at| tokens.any(at, HOLDS));
    let line = around.clone().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && matches!(
                &*lower,
                b"line" | b"lines" | b"l" | b"ln" | b"row" | b"entry" | b"$line" | b"$l" | b"it"
            )
    });
    let not = around.clone().any(|at| {
        tokens.any(
            at,
            &[
                "!",
                "not",
                "false",
                "reject",
                "filterNot",
                "removeIf",
                "delete_if",
                "RemoveAll",
                "continue",
                "next",
                "NULL",
            ],
        )
    });
    (asks
        && line
        && not
        && func.body.len() <= FUNC
        && sense.step(func.body.len())
        && rewrites(sense, func.body.clone()))
    .then(|| told(LINES, at..at + 1))
}

/// Whether a file is read and written again.
fn rewrites(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let says = |starts: &[&str]| {
        body.clone().any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            tokens.kind(at) == Some(Kind::Word)
                && tokens.any(at + 1, &["(", "?", "!"])
                && starts.iter().any(|word| lower.starts_with(word.as_bytes()))
        })
    };
    says(&[
        "write",
        "file_put_contents",
        "fputs",
        "fprintf",
        "rename",
        "save",
        "fwrite",
        "println",
        "puts",
        "replace",
    ]) && says(&["read", "file", "fgets", "getline", "open", "lines", "split", "fopen", "scan"])
}
