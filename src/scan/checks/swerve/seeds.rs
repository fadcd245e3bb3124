//! Chance that can be worked out: what draws a token, a code or a key begins with the time or a number everybody can
//! know, or uses nothing fresh where it must.

use std::ops::Range;

use super::Told;
use super::magic::Said;
use super::magic::told;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

const SEEDED: Said = (
    "computable-secret",
    "what should be secret is drawn from a generator that begins with the time or a name: it can be drawn again",
    "Why does it not begin with chance of the system?",
);
const REPEATED: Said = (
    "computable-secret",
    "on one condition, what must be new for every message is one value that is written in the program",
    "Who can read two messages that share this value?",
);

/// Begins a generator: in a call, or as the name of a type before a name.
const BEGINS: &[&str] = &[
    "Random",
    "NewSource",
    "NewPCG",
    "srand",
    "mt_srand",
    "srandom",
    "srand48",
    "seed",
    "Seed",
    "seed_from_u64",
    "mt19937",
    "mt19937_64",
    "minstd_rand",
    "default_random_engine",
    "SplittableRandom",
];
/// What nobody may guess, as names say it.
const GUARDED: &[&str] = &[
    "token",
    "session",
    "password",
    "passwd",
    "passcode",
    "otp",
    "secret",
    "nonce",
    "voucher",
    "apikey",
    "invite",
    "recovery",
    "resetcode",
    "reset_code",
    "csrf",
    "pincode",
    "activation",
    "licence",
    "license",
    "ticket",
    "couponcode",
    "passwordreset",
    "challenge",
    "mnemonic",
    "privatekey",
    "private_key",
    "lottery",
    "jackpot",
    "raffle",
    "roulette",
];

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found: Vec<Told> = own_generator(sense).or_else(|| of_clock(sense)).into_iter().collect();
    if !sense.mentions(BEGINS) && sense.file() & words::UNGUESSABLE == 0 {
        return found;
    }
    for at in 1..tokens.all.len() {
        if tokens.any(at, BEGINS) && sense.step(8) && (begun(sense, at) || dealt(sense, at)) {
            found.push(told(SEEDED, at..at + 2));
        } else if tokens.any(at, &["nonce", "iv", "IV", "Nonce", "$iv", "$nonce"]) && repeated(sense, at) {
            found.push(told(REPEATED, at..at + 2));
        }
    }
    found
}

/// A generator of the program's own, begun with the time or somebody's number, that picks the signs of a secret.
fn own_generator(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    // `code += ALPHABET[sampler.next(ALPHABET.length)]`
    let picks = |func: &super::outline::Func| {
        func.body.clone().any(|at| {
            tokens.is(at, "[")
                && at > 0
                && tokens.name(at.wrapping_sub(1)).is_some_and(|list| {
                    tokens.close(at).is_some_and(|close| {
                        close - at <= 24
                            && (at + 1..close).any(|at| tokens.name(at) == Some(list) || tokens.is(at, "%"))
                            && (at + 1..close).any(|at| tokens.is(at, "("))
                    })
                })
        })
    };
    let guarded = |func: &super::outline::Func| {
        let name = func.name.and_then(|name| tokens.names.get(name as usize)).copied().unwrap_or_default();
        let lower = name.to_ascii_lowercase();
        GUARDED
            .iter()
            .chain(&["code", "pin", "coupon"])
            .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
            && !["encode", "decode", "mapping", "spin"]
                .iter()
                .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
    };
    let fresh = sense.outline.tokens.names.iter().any(|name| {
        let lower = name.to_ascii_lowercase();
        [
            "urandom",
            "securerandom",
            "randombytes",
            "random_bytes",
            "getrandomvalues",
            "getrandom",
            "osrng",
            "randomint",
            "random_int",
            "random_device",
            "randomnumbergenerator",
        ]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
    });
    if fresh || sense.file() & words::SECRET == 0 {
        return None;
    }
    let maker =
        sense.outline.funcs.iter().find(|func| {
            func.body.len() <= 200 && sense.step(func.body.len()) && guarded(func) && picks(func)
        })?;
    // One step of a generator mixes its own state.
    let stirs = sense.outline.funcs.iter().any(|func| {
        let mixes = func
            .body
            .clone()
            .filter(|at| tokens.any(*at, &["^", "^=", "<<", ">>", ">>>", "*", "imul", "wrapping_mul", "&*"]));
        let large = func.body.clone().any(|at| {
            tokens.kind(at) == Some(Kind::Number)
                && super::sense::literal(tokens.text(at)).is_some_and(|number| number >= 10_000.0)
        });
        func.body.len() <= 160 && sense.step(func.body.len()) && large && mixes.count() >= 2
    });
    // Its first state.
    let begins = |at: usize| {
        let lower = tokens.text(at).to_ascii_lowercase();
        let lower = lower.strip_prefix(b"$").unwrap_or(&lower);
        let lower = lower.strip_prefix(b"@").unwrap_or(lower);
        matches!(lower, b"state" | b"_state" | b"seed" | b"_seed" | b"s" | b"x" | b"m_state" | b"state_")
            && tokens.any(at + 1, &["=", ":="])
    };
    let begun = (0..tokens.all.len()).find(|at| {
        if tokens.kind(*at) != Some(Kind::Word) || !begins(*at) {
            return false;
        }
        let value = at + 2..sense.outline.value_end(at + 2).min(at + 50);
        sense.step(value.len())
            && value.clone().any(|at| tokens.any(at, &["^", "*", "imul", "+", "wrapping_mul", "&*"]))
            && value.clone().any(|at| {
                let known = sense.word(at) & (words::CLOCK | words::UPTIME | words::IDENTITY | words::PERSON)
                    != 0
                    || tokens.any(at, &["getTime", "id", "Unix", "unix", "epoch"]);
                known && tokens.kind(at) == Some(Kind::Word)
            })
    })?;
    (stirs && maker.body.len() > 8).then(|| told(SEEDED, begun..begun + 2))
}

/// A plain generator of the program, begun with the time where keys are made: `LCG(state: UInt64(Date()…))`.
fn of_clock(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let keys = [
        "mnemonic",
        "entropy",
        "privatekey",
        "private_key",
        "secretkey",
        "secret_key",
        "token",
        "passphrase",
    ];
    let says = |name: &[u8]| {
        let lower = name.to_ascii_lowercase();
        keys.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
            && memchr::memmem::find(&lower, b"tokeniz").is_none()
    };
    if !tokens.names.iter().any(|name| says(name)) {
        return None;
    }
    let plain = sense.outline.funcs.iter().find(|func| {
        func.body.len() <= 60
            && sense.step(func.body.len())
            && super::bombs::generator(sense, func.body.clone())
    })?;
    let kind = (plain.params.start.saturating_sub(60)..plain.params.start)
        .rev()
        .find(|at| tokens.any(*at, &["struct", "class", "impl", "type", "object"]))?;
    let kind = tokens.name(kind + 1)?;
    sense.outline.funcs.iter().filter(|func| func.body.len() <= 120).find_map(|func| {
        func.name.and_then(|name| tokens.names.get(name as usize)).filter(|name| says(name))?;
        func.body.clone().find_map(|at| {
            let close =
                tokens.close(at + 1).filter(|_| tokens.name(at) == Some(kind) && tokens.is(at + 1, "("))?;
            let timed = sense.reaches(at + 2..close, 1, &|at| {
                sense.word(at) & (words::CLOCK | words::UPTIME) != 0 || tokens.any(at, &["Date", "time"])
            });
            timed.then(|| told(SEEDED, at..close + 1))
        })
    })
}

/// Whether the generator at `at` begins with what everybody can know, where a secret is drawn.
fn begun(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let open = match () {
        () if tokens.any(at + 1, &["(", "{"]) => at + 1,
        // `std::mt19937 gen(…)`, `Random.new(…)`
        () if tokens.any(at + 2, &["(", "{"]) && tokens.kind(at + 1) == Some(Kind::Word) => at + 2,
        () if tokens.is(at + 1, ".") && tokens.is(at + 2, "new") && tokens.is(at + 3, "(") => at + 3,
        () => return false,
    };
    let Some(close) = tokens.close(open).filter(|close| *close > open + 1 && close - open <= 40) else {
        return false;
    };
    let given = open + 1..close;
    let known = |at: usize| {
        sense.word(at) & (words::CLOCK | words::UPTIME) != 0
            || tokens.any(
                at,
                &[
                    "time",
                    "Unix",
                    "UnixNano",
                    "currentTimeMillis",
                    "getpid",
                    "Ticks",
                    "Millisecond",
                    "nanoTime",
                    "to_i",
                ],
            )
            || tokens.any(at, &["getId", "id", "userId", "user_id", "serial", "GetHashCode", "hashCode"])
                && !tokens.is(at.wrapping_sub(1), "thread")
            || tokens.kind(at) == Some(Kind::Word)
                && (tokens.text(at).ends_with(b"_id") || tokens.text(at).ends_with(b"Id"))
    };
    let fresh = |at: usize| {
        let lower = tokens.text(at).to_ascii_lowercase();
        ["random_device", "entropy", "urandom", "secure", "getrandom", "osrng", "crypto"]
            .iter()
            .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
    };
    if !sense.reaches(given.clone(), 2, &known) || sense.reaches(given, 2, &fresh) {
        return false;
    }
    // What is drawn is named by the function, its class, or what it gives.
    let id = sense.outline.func_at(at);
    let Some(func) = sense.outline.funcs.get(id as usize).filter(|func| func.body.len() <= 300) else {
        return false;
    };
    let class = (0..func.params.start.min(tokens.all.len())).rev().take(400).find(|at| {
        tokens.any(*at, &["class", "struct", "interface", "object", "module", "::"])
            && tokens.kind(*at + 1) == Some(Kind::Word)
    });
    let drawn = |at: usize| {
        let lower: Vec<u8> = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && GUARDED.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
            && memchr::memmem::find(&lower, b"tokeniz").is_none()
    };
    let mut around: Vec<usize> = func.params.clone().chain(func.body.clone()).collect();
    // `std::string TokenMaker::make()`
    around.extend(
        (func.params.start.saturating_sub(6)..func.params.start).filter(|at| !tokens.any(*at, &["}", ";"])),
    );
    // A class that has another source of chance draws its secrets from that.
    around.into_iter().any(drawn)
        || class.is_some_and(|at| !tokens.is(at + 1, "::") && drawn(at + 1))
            && !(0..tokens.all.len()).any(|at| tokens.kind(at) == Some(Kind::Word) && fresh(at))
}

/// Whether cards or lots are drawn from a generator that begins with a number of the game and the time together.
fn dealt(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let open = (at + 1..at + 4).find(|at| tokens.any(*at, &["(", "{"]));
    let Some((open, close)) = open.and_then(|open| Some((open, tokens.close(open)?))) else { return false };
    let known = open + 1..close;
    let id = known.clone().any(|at| tokens.any(at, &["id", "Id", "getId", "number", "getNumber"]));
    let mixed = known.clone().any(|at| tokens.any(at, &["*", "^", "+"]));
    close - open <= 40
        && id
        && mixed
        && tokens.names.iter().any(|name| {
            let lower = name.to_ascii_lowercase();
            ["deck", "card", "lottery", "draw", "raffle", "dice", "roulette"]
                .iter()
                .any(|word| lower == word.as_bytes() || lower.starts_with(format!("{word}_").as_bytes()))
        })
}

/// Whether what must be new is a value of the program in one of two cases: the name at `at`.
fn repeated(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    if !tokens.any(at + 1, &["=", ":="]) {
        return false;
    }
    let value = at + 2..sense.outline.value_end(at + 2).min(at + 60);
    if value.len() < 5 || !sense.step(value.len()) {
        return false;
    }
    let chooses = value.clone().any(|at| tokens.any(at, &["if", "?", "else"]));
    let nought = |range: Range<usize>| {
        range.clone().any(|at| {
            tokens.kind(at) == Some(Kind::Text)
                && matches!(inner(tokens.text(at)), b"\\x00" | b"\\0" | b"000000000000")
                && tokens.any(at + 1, &["*", ".", ")"])
                || tokens.any(at, &["bytes", "alloc", "ByteArray"])
                    && tokens.is(at + 1, "(")
                    && tokens.kind(at + 2) == Some(Kind::Number)
                    && tokens.is(at + 3, ")")
                || tokens.is(at, "[") && tokens.any(at + 1, &["0u8", "0", "0x00"]) && tokens.is(at + 2, ";")
        })
    };
    chooses && nought(value)
}
