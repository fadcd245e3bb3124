//! Keys that somebody else can open besides the owner of the data: a key of the data is sealed for a recipient whose
//! public key is written in the program, by the same call that seals it for those who were asked for.

use std::ops::Range;

use super::Told;
use super::magic::RECIPIENT;
use super::magic::told;
use super::sense::Sense;
use super::sense::inner;
use super::sense::literal;
use super::tokens::Kind;
use super::tokens::Tokens;

/// Bytes the shortest public key has.
const SHORTEST: usize = 24;
/// Tokens of the longest list of bytes that is a key.
const LONGEST: usize = 300;
/// Tokens of the longest call that is looked at.
const CALL: usize = 40;

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    if !tokens.names.iter().any(|name| seals(name)) {
        return found;
    }
    for at in 1..tokens.all.len() {
        if tokens.kind(at) != Some(Kind::Word) || !tokens.is(at + 1, "(") || !seals(tokens.text(at)) {
            continue;
        }
        let Some(close) = tokens.close(at + 1).filter(|close| close - at <= CALL) else { continue };
        if !sense.step(16) || tokens.any(at.wrapping_sub(1), &["fn", "def", "func", "fun", "function"]) {
            continue;
        }
        let given = given(tokens, at + 1, close);
        // `SealedBox(PublicKey(POINT)).encrypt(data_key)`
        let holder = match tokens.all.get(at.saturating_sub(2)) {
            Some(token)
                if tokens.is(at.wrapping_sub(1), ".")
                    && tokens.is(at.wrapping_sub(2), ")")
                    && (token.mate as usize) < at =>
            {
                (token.mate as usize).saturating_sub(1)..at.saturating_sub(1)
            }
            Some(_) if tokens.is(at.wrapping_sub(1), ".") => at.saturating_sub(2)..at.saturating_sub(1),
            _ => at..at,
        };
        let owned = given.iter().position(|range| private(tokens, range.clone()));
        let Some(owned) = owned else { continue };
        let typed = tokens.name(at).and_then(|name| sense.outline.func_named(name));
        let typed = typed.is_some_and(|func| func.params.clone().any(|at| public(tokens, at)));
        let foreign = given
            .into_iter()
            .enumerate()
            .filter(|(number, _)| *number != owned)
            .map(|(_, range)| range)
            .chain([holder])
            .any(|range| {
                range.len() <= CALL
                    && sense.reaches(range.clone(), 3, &|at| written(sense, at))
                    && (typed || sense.reaches(range, 2, &|at| public(tokens, at)))
            });
        if foreign {
            found.push(told(RECIPIENT, at..close + 1));
        }
    }
    found
}

/// Whether a call of this name makes something readable for one recipient alone.
fn seals(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.len() <= 32
        && ["seal", "encrypt", "wrap", "encapsulate"].iter().any(|word| lower.starts_with(word.as_bytes()))
        && !lower.ends_with(b"ed")
        && !lower.ends_with(b"error")
}

/// What a call is given, one by one.
fn given(tokens: &Tokens, open: usize, close: usize) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut from = open + 1;
    let mut at = from;
    while at < close {
        if tokens.is(at, ",") {
            all.push(from..at);
            from = at + 1;
        }
        at = tokens.close(at).unwrap_or(at) + 1;
    }
    if from < close {
        all.push(from..close);
    }
    all
}

/// Whether a value is a key of the data by its name.
fn private(tokens: &Tokens, range: Range<usize>) -> bool {
    let says = |at: usize| {
        let lower = tokens.text(at).to_ascii_lowercase();
        let lower = lower.strip_prefix(b"$").unwrap_or(&lower);
        tokens.kind(at) == Some(Kind::Word)
            && (matches!(lower, b"dek" | b"cek" | b"secret" | b"passphrase" | b"password" | b"master")
                || lower.ends_with(b"key"))
            && !tokens.is(at + 1, "(")
    };
    range.len() <= 8 && !range.clone().any(|at| public(tokens, at)) && range.into_iter().any(says)
}

/// Whether a word speaks of what everybody may know of a recipient.
fn public(tokens: &Tokens, at: usize) -> bool {
    let lower = tokens.text(at).to_ascii_lowercase();
    match tokens.kind(at) {
        Some(Kind::Word) => ["public", "pubkey", "recipient", "pub_key", "sealedbox", "certificate"]
            .iter()
            .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some()),
        Some(Kind::Text) => inner(tokens.text(at)).starts_with(b"-----BEGIN PUBLIC"),
        _ => false,
    }
}

/// Whether the token at `at` is a key that is written in the program, as a text or as bytes, or the name of one.
fn written(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    match tokens.kind(at) {
        Some(Kind::Text) => {
            let text = inner(tokens.text(at));
            text.len() == 44 && text.ends_with(b"=")
                || text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit)
                || text.starts_with(b"-----BEGIN PUBLIC")
                || text.starts_with(b"age1") && text.len() > 50
        }
        Some(Kind::Word) => {
            let Some(name) = tokens.name(at) else { return false };
            sense.defs(name, sense.outline.func_at(at)).any(|def| {
                def.value.len() >= SHORTEST
                    && def.value.len() <= LONGEST
                    && sense.step(def.value.len())
                    && bytes(tokens, def.value.clone())
            })
        }
        _ => false,
    }
}

/// Whether a value is a list of various bytes.
fn bytes(tokens: &Tokens, value: Range<usize>) -> bool {
    let mut numbers: Vec<u8> = Vec::new();
    for at in value {
        match tokens.kind(at) {
            Some(Kind::Number) => match literal(tokens.text(at)) {
                Some(number) if (0.0..256.0).contains(&number) => numbers.push(number as u8),
                _ => return false,
            },
            Some(Kind::Text) => return false,
            _ => {}
        }
    }
    let all = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    all >= SHORTEST && numbers.len() > all / 2
}
