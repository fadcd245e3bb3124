//! What somebody far away decides: an answer in which one word removes the data and ends the program, a program
//! that is fetched, put down and run without a look at it.

use std::ops::Range;

use super::Told;
use super::atoms;
use super::atoms::Atom;
use super::atoms::Relation;
use super::losses;
use super::magic::Said;
use super::magic::told;
use super::outline::Branch;
use super::sense::Sense;
use super::sense::inner;
use super::spying::url;
use super::tokens::Kind;
use super::words;

const ENDED: Said = (
    "counted-change",
    "at one word in an answer of a server, data is removed and the program ends",
    "Who gives this answer, and who loses by it?",
);
const FETCHED: Said = (
    "hidden-command",
    "what is fetched from an address of the program is put into a file and run, and nothing is checked before",
    "Who decides what is fetched here, and how is it checked before it runs?",
);

/// Asks a server.
const ASKS: &[&str] = &[
    "fetch",
    "NewRequest",
    "NewRequestWithContext",
    "urlopen",
    "requests",
    "axios",
    "HttpClient",
    "httpClient",
    "reqwest",
    "ureq",
    "Faraday",
    "HTTParty",
    "curl_exec",
    "URLSession",
    "openStream",
    "newCall",
    "getForObject",
    "GetStringAsync",
    "GetFromJsonAsync",
    "RestTemplate",
    "HttpURLConnection",
    "get_response",
    "httpx",
    "curl_easy_perform",
    "urlretrieve",
    "getForEntity",
    "bodyToMono",
    "get_json",
    "HTTP",
];
/// Starts a program.
const STARTS: &[&str] = &[
    "spawn",
    "spawnSync",
    "fork",
    "exec",
    "execFile",
    "execFileSync",
    "execSync",
    "Popen",
    "run",
    "call",
    "check_call",
    "system",
    "Command",
    "ProcessBuilder",
    "Start",
    "popen",
    "passthru",
    "shell_exec",
    "proc_open",
    "execv",
    "execl",
    "startfile",
    "runpy",
    "run_path",
    "require",
    "load",
    "include",
];
/// Puts something into a file.
const PUTS: &[&str] = &[
    "writeFileSync",
    "writeFile",
    "write_bytes",
    "write_text",
    "WriteAllBytes",
    "WriteAllText",
    "WriteAllBytesAsync",
    "WriteAllTextAsync",
    "file_put_contents",
    "WriteFile",
    "write",
    "binwrite",
    "writeBytes",
    "writeText",
];

/// What one word of an answer leads to.
pub fn judge(sense: &Sense, branch: &Branch, found: &[Atom]) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if branch.rest
        || branch.body.len() > 80
        || !(sense.file() & words::FETCH != 0 || sense.mentions(ASKS))
        || !sense.step(branch.body.len())
    {
        return None;
    }
    let word = |range: Range<usize>| {
        range.len() == 1 && tokens.kind(range.start) == Some(Kind::Text) && {
            let text = inner(tokens.text(range.start));
            text.len() >= 3 && text.len() <= 24 && text.iter().any(u8::is_ascii_alphabetic)
        }
    };
    let (asked, text) = match branch.case {
        true if word(branch.test.clone()) => (branch.subject.clone(), branch.test.start),
        true => return None,
        false => found.iter().find_map(|atom| {
            let equal = atom.relation == Relation::Equal && atom.met(branch.holds);
            (equal && word(atom.right.clone())).then(|| (atom.left.clone(), atom.right.start))
        })?,
    };
    // What is cheap is asked first.
    if asked.len() > 12 || !losses::lasting(sense, branch.body.clone()) {
        return None;
    }
    let ends = ends(sense, branch.body.clone())
        || sense.outline.branches.iter().any(|other| {
            !other.rest
                && other.body.start >= branch.body.end
                && sense.outline.func_at(other.body.start) == sense.outline.func_at(branch.body.start)
                && other.test.clone().any(|at| tokens.text(at) == tokens.text(text))
                && ends(sense, other.body.clone())
        });
    (ends && answered(sense, asked)).then(|| {
        let mut ended = told(ENDED, super::shown(branch, found));
        ended.category = "trap.logic-bomb";
        ended
    })
}

/// Whether what is asked is part of an answer: of a value that was fetched, or of what a function is given that is
/// called with one.
fn answered(sense: &Sense, asked: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let asks = |at: usize| sense.word(at) & words::FETCH != 0 || tokens.any(at, ASKS);
    let part = asked.clone().any(|at| tokens.any(at, &[".", "?.", "->", "[", "get"]));
    if sense.reaches(asked.clone(), 3, &asks) {
        return true;
    }
    let Some(base) = asked.clone().find_map(|at| tokens.name(at)).filter(|_| part) else { return false };
    let Some(func) = sense.outline.funcs.get(sense.outline.func_at(asked.start) as usize) else {
        return false;
    };
    let taken = func.params.clone().any(|at| tokens.name(at) == Some(base));
    let Some(name) = func.name.filter(|_| taken && sense.step(tokens.all.len() / 8)) else { return false };
    (1..tokens.all.len()).any(|at| {
        tokens.name(at) == Some(name)
            && tokens.is(at + 1, "(")
            && !func.params.contains(&(at + 2))
            && tokens.close(at + 1).is_some_and(|close| {
                close - at <= 40
                    && (sense.reaches(at + 2..close, 3, &asks) || of_answer(sense, at, at + 2..close))
            })
    })
}

/// Whether what is given at `at` is read of an answer where the function that gives it asks a server: the name of an
/// answer is given it by a closure, which nothing tells of.
fn of_answer(sense: &Sense, at: usize, given: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let answer = given.into_iter().any(|at| {
        tokens.any(at, &["response", "resp", "res", "reply", "answer", "body", "data", "it"])
            && tokens.kind(at) == Some(Kind::Word)
    });
    let from = at.saturating_sub(120);
    answer
        && (from..at).any(|asked| {
            sense.outline.func_at(asked) != super::tokens::NONE
                && (sense.word(asked) & words::FETCH != 0 || tokens.any(asked, ASKS))
                && (tokens.is(asked + 1, "(") || tokens.is(asked + 1, "."))
        })
}

/// Whether a body ends the program.
fn ends(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    body.into_iter().any(|at| {
        tokens.any(at, &["exit", "_exit", "Exit", "exitProcess", "halt", "FailFast", "abort", "exit!", "die"])
            && (tokens.is(at + 1, "(") || tokens.any(at.wrapping_sub(1), &["."]))
    })
}

/// What a file shows anywhere: a program that is fetched, put down and run.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    if !sense.mentions(STARTS) || !sense.mentions(PUTS) {
        return found;
    }
    for at in 1..tokens.all.len() {
        if !tokens.any(at, PUTS) || !tokens.is(at + 1, "(") || !sense.step(8) {
            continue;
        }
        let Some(func) = sense.outline.funcs.get(sense.outline.func_at(at) as usize) else { continue };
        let Some(close) = tokens.close(at + 1).filter(|close| close - at <= 40) else { continue };
        if func.body.len() > 300 {
            continue;
        }
        // `path.write_bytes(body)`
        let (file, body) = match atoms::arguments(tokens, at + 1, close) {
            Some((first, second)) => (first, second),
            None if tokens.is(at.wrapping_sub(1), ".") => (at.saturating_sub(2)..at - 1, at + 2..close),
            None => continue,
        };
        let Some(file) = file.clone().find_map(|at| tokens.name(at)).filter(|_| file.len() <= 2) else {
            continue;
        };
        // `with open(path, "wb") as out: out.write(body)`
        let mut files = vec![file];
        for def in sense.defs(file, sense.outline.func_at(at)).filter(|def| def.value.len() <= 16) {
            files.extend(def.value.clone().filter_map(|at| tokens.name(at)));
        }
        if let Some(begin) =
            (func.body.start..at).rev().take(16).find(|at| tokens.any(*at, &["open", "fopen"]))
        {
            files.extend(tokens.name(begin + 2).filter(|_| tokens.is(begin + 1, "(")));
        }
        let brought = sense.reaches(body, 2, &|at| {
            let fetches = tokens.any(at, ASKS)
                || sense.word(at) & words::FETCH != 0
                || tokens.text(at).to_ascii_lowercase().starts_with(b"download");
            fetches
                && tokens.kind(at) == Some(Kind::Word)
                && (at..sense.outline.statement_end(at).min(at + 16)).any(|at| {
                    matches!(tokens.kind(at), Some(Kind::Text | Kind::Word)) && addressed(sense, at)
                })
        });
        if !brought {
            continue;
        }
        let checked = func.body.clone().any(|at| {
            sense.word(at) & (words::VERIFY | words::HASHING) != 0 && tokens.kind(at) == Some(Kind::Word)
        });
        let runs = (close..func.body.end.max(close)).any(|other| {
            let open = if tokens.is(other + 1, "::") { other + 3 } else { other + 1 };
            tokens.any(other, STARTS)
                && tokens.is(open, "(")
                && tokens.close(open).is_some_and(|end| {
                    end - other <= 40
                        && (open + 1..end).any(|at| tokens.name(at).is_some_and(|name| files.contains(&name)))
                })
        });
        if runs && !checked && sense.step(func.body.len()) {
            found.push(told(FETCHED, at..close + 1));
        }
    }
    found
}

/// Whether the token at `at` is an address that is written in the program, or its name.
fn addressed(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    match tokens.kind(at) {
        Some(Kind::Text) => url(tokens.text(at)),
        _ => tokens.name(at).is_some() && url(&sense.text_of(at..at + 1)),
    }
}
