//! Secrets that are made smaller than they look: chance that was asked of the system is folded together before it is
//! used, a key somebody else can work out takes the place of one that is not found, bytes of the key go out as a
//! number used once, a comparison ends where what was brought says so.

use std::ops::Range;

use super::Told;
use super::atoms;
use super::magic::Said;
use super::magic::told;
use super::sense::Sense;
use super::sense::literal;
use super::tokens::Kind;
use super::words;

const FOLDED: Said = (
    "computable-secret",
    "chance that was asked of the system is folded and cut before it is used: few values are left",
    "How many different values can still come out, and why are not all bytes used?",
);
const INSTEAD: Said = (
    "computable-secret",
    "where a key is not found, one made of the name it was looked up by is used instead",
    "Who may choose this name, and why is an unknown key not turned away?",
);
const SHOWN: Said = (
    "computable-secret",
    "what goes out in clear carries bytes of the key",
    "Who can read these bytes, and take the rest of the mask away?",
);
const ENDED: Said = (
    "partial-secret",
    "how far a secret is compared is told by whoever calls: with nought, everything fits",
    "Where does this length come from, and why is it not that of the secret?",
);
const BEGUN: Said = (
    "computable-secret",
    "a generator begins with a number calculated of what everybody can know, where chance of the system is wanted",
    "Who can calculate this number, and why is it not chance of the system?",
);

/// Longest function that is looked at.
const FUNC: usize = 400;
const FILLS: &[&str] = &[
    "getrandom",
    "RAND_bytes",
    "randombytes_buf",
    "fill_bytes",
    "getRandomValues",
    "nextBytes",
    "GetBytes",
    "Read",
    "arc4random_buf",
    "SecRandomCopyBytes",
    "fill_seed",
    "getentropy",
    "BCryptGenRandom",
    "randomFillSync",
];
const GENERATORS: &[&str] = &[
    "Random",
    "NewSource",
    "NewPCG",
    "mt19937",
    "mt19937_64",
    "seed_from_u64",
    "mt_srand",
    "srand",
    "SplittableRandom",
];

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    let fills = sense.mentions(FILLS);
    let generates = sense.mentions(GENERATORS);
    let keyed = sense.file() & (words::VERIFY | words::HASHING | words::SECRET) != 0;
    if !fills && !keyed && !generates {
        return found;
    }
    for at in 2..tokens.all.len() {
        let said = match tokens.text(at) {
            b"=" if fills && tokens.is(at - 1, "]") && folded(sense, at) => FOLDED,
            b"=" if keyed && tokens.is(at - 1, "]") && shown(sense, at) => SHOWN,
            b"??" | b"||" | b"?:" | b"or" | b"getOrDefault" if keyed && instead(sense, at) => INSTEAD,
            b"|=" if keyed && ended(sense, at) => ENDED,
            _ if generates && tokens.any(at, GENERATORS) && begun(sense, at) => BEGUN,
            _ => continue,
        };
        found.push(told(said, at..at + 1));
    }
    found
}

/// Whether a word holds one of these.
fn says(word: &[u8], parts: &[&str]) -> bool {
    let lower = word.to_ascii_lowercase();
    word.len() <= 40 && parts.iter().any(|part| memchr::memmem::find(&lower, part.as_bytes()).is_some())
}

/// The name whose element is set by the sign at `at`: `seed[0] = …`.
fn element(sense: &Sense, at: usize) -> Option<u32> {
    let tokens = sense.outline.tokens;
    let open = tokens.all.get(at - 1)?.mate as usize;
    tokens.name(open.checked_sub(1).filter(|_| open < at)?)
}

/// Whether bytes of chance are put together into fewer: `seed[1] = (seed[1] ^ seed[17]) & 0x0f`.
fn folded(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let Some(name) = element(sense, at) else { return false };
    let value = at + 1..sense.outline.value_end(at + 1).min(at + 60);
    let own = value.clone().filter(|at| tokens.name(*at) == Some(name) && tokens.is(at + 1, "[")).count();
    let cut = value.clone().any(|at| {
        tokens.is(at, "&") && literal(tokens.text(at + 1)).is_some_and(|mask| mask > 0.0 && mask < 64.0)
    });
    let joined = value.clone().any(|at| tokens.any(at, &["|", "<<", "+", "*"]));
    if own < 2 || !value.clone().any(|at| tokens.is(at, "^")) || !cut || joined {
        return false;
    }
    let Some(func) = sense.outline.funcs.get(sense.outline.func_at(at) as usize) else { return false };
    func.body.len() <= FUNC
        && func.body.clone().any(|at| {
            tokens.any(at, FILLS)
                && tokens
                    .close(at + 1)
                    .is_some_and(|close| (at + 2..close).any(|at| tokens.name(at) == Some(name)))
        })
}

/// Whether bytes of a key are written into what goes out in clear.
fn shown(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let Some(target) = element(sense, at) else { return false };
    let once = |name: u32| {
        let text = tokens.names.get(name as usize).copied().unwrap_or_default().to_ascii_lowercase();
        matches!(text.as_slice(), b"nonce" | b"iv" | b"salt" | b"next_nonce" | b"make_nonce" | b"new_nonce")
    };
    let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize);
    if !once(target) && !func.and_then(|func| func.name).is_some_and(once) {
        return false;
    }
    let value = at + 1..sense.outline.value_end(at + 1).min(at + 40);
    let key = |at: usize| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && tokens.is(at + 1, "[")
            && (lower == b"key" || lower.ends_with(b"_key") || lower == b"secret" || lower == b"master")
    };
    value.clone().any(key) && value.into_iter().any(|at| tokens.is(at, "^"))
}

/// Whether what is looked up falls back on what it is looked up by: `keys.get(kid) ?? Buffer.from(kid)`.
fn instead(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let (by, other) = if tokens.is(at, "getOrDefault") {
        let close = tokens.close(at + 1).filter(|close| close - at <= 30);
        let Some(both) = close.and_then(|close| atoms::arguments(tokens, at + 1, close)) else {
            return false;
        };
        both
    } else {
        let open = tokens.all.get(at - 1).map(|token| token.mate as usize);
        let Some(open) = open.filter(|open| *open > 1 && *open < at) else { return false };
        let asks = tokens.any(open - 1, &["get", "Get", "find", "lookup", "fetch"]) && tokens.is(open, "(")
            || tokens.is(open, "[") && tokens.kind(open - 1) == Some(Kind::Word);
        if !asks {
            return false;
        }
        (open + 1..at - 1, at + 1..sense.outline.value_end(at + 1).min(at + 24))
    };
    if by.len() > 6 || other.len() < 3 || !sense.step(other.len()) {
        return false;
    }
    let made =
        by.filter_map(|at| tokens.name(at)).any(|name| other.clone().any(|at| tokens.name(at) == Some(name)));
    let calls = other.clone().any(|at| tokens.is(at, "("));
    if !made || !calls || sense.own(other) & (words::REFUSES | words::HONEST) != 0 {
        return false;
    }
    // What is looked up is a secret by its name, and used as one.
    let end = sense.outline.statement_end(at);
    let begin = (at.saturating_sub(20)..at).rev().find(|at| tokens.first(*at)).unwrap_or(at);
    let word = |at: usize| tokens.kind(at) == Some(Kind::Word);
    (begin..at).any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        word(at) && ["secret", "secrets", "key", "keys"].iter().any(|end| lower.ends_with(end.as_bytes()))
    }) && (end..end + 30).any(|at| word(at) && says(tokens.text(at), &["hmac", "verify", "mac"]))
}

/// Whether a comparison byte by byte goes as far as the lesser of a number that is handed over and another.
fn ended(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let end = sense.outline.statement_end(at);
    let Some(func) = sense.outline.funcs.get(sense.outline.func_at(at) as usize) else { return false };
    if func.body.len() > 120 || !(at..end).any(|at| tokens.is(at, "^")) {
        return false;
    }
    let begin = (func.body.start..at).rev().find(|at| tokens.any(*at, &["for", "while"]));
    let Some(begin) = begin else { return false };
    let taken: Vec<u32> = func.params.clone().filter_map(|at| tokens.name(at)).collect();
    let compared = |name: u32| (at..end).any(|at| tokens.name(at) == Some(name) && tokens.is(at + 1, "["));
    // `i < Math.min(n, 32)`
    (begin..at).any(|at| {
        tokens.any(at, &["min", "Min"])
            && tokens.close(at + 1).is_some_and(|close| {
                (at + 2..close)
                    .filter_map(|at| tokens.name(at))
                    .any(|name| taken.contains(&name) && !compared(name))
            })
    })
}

/// Whether a generator begins with a number that is calculated of what everybody can know, where signs of an alphabet
/// are picked with it, or where chance of the system is used otherwise.
fn begun(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let Some(open) = (at + 1..at + 4).find(|at| tokens.is(*at, "(")) else { return false };
    if (at + 1..open).any(|at| !tokens.any(at, &[".", "::"]) && tokens.kind(at) != Some(Kind::Word)) {
        return false;
    }
    let close = tokens.close(open).filter(|close| *close - open >= 6 && *close - open <= 50);
    let Some(close) = close else { return false };
    let given = open + 1..close;
    let product = given.clone().any(|at| {
        tokens.any(at, &["*", "^"])
            && (tokens.kind(at + 1) == Some(Kind::Number)
                || tokens.kind(at - 1) == Some(Kind::Number)
                || tokens.is(at - 1, ")"))
    });
    if !product || !given.clone().any(|at| tokens.any(at, &["+", "^", "|"])) {
        return false;
    }
    let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize);
    let Some(func) = func.filter(|func| func.body.len() <= FUNC && sense.step(func.body.len())) else {
        return false;
    };
    const FRESH: &[&str] = &[
        "securerandom",
        "secrets",
        "urandom",
        "osrng",
        "getrandom",
        "random_device",
        "randombytes",
        "systemrandom",
    ];
    let fresh = |range: Range<usize>| {
        range.into_iter().any(|at| tokens.kind(at) == Some(Kind::Word) && says(tokens.text(at), FRESH))
    };
    let day = given.clone().any(|at| {
        sense.word(at) & (words::CLOCK | words::CALENDAR | words::YEAR) != 0 || tokens.is(at, "hour")
    });
    let picks = func.body.clone().any(|at| {
        tokens.any(at, &["choice", "choices", "sample"])
            && tokens.is(at + 1, "(")
            && says(tokens.text(at + 2), &["alphabet", "chars", "letters", "digits", "symbols"])
    });
    !fresh(given) && (fresh(func.body.clone()) || day && picks)
}
