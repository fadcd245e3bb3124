//! Calls that compare too loosely, fill keys by halves, pay or write to what stands in the program.

use std::ops::Range;

use super::Told;
use super::atoms;
use super::magic::CHECKSUM;
use super::magic::FIXED_KEY;
use super::magic::GONE;
use super::magic::HALF;
use super::magic::NARROWED;
use super::magic::PAYEE;
use super::magic::STATED;
use super::magic::SUM;
use super::magic::WORD;
use super::magic::told;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

/// `(uint16_t)(count * size)` where a size is checked; `(x * y) as u16`.
pub(super) fn narrowed(sense: &Sense, at: usize) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let narrow = |at: usize| {
        tokens.any(
            at,
            &[
                "uint16_t", "uint8_t", "int16_t", "u16", "u8", "i16", "short", "ushort", "UInt16", "Int16",
                "byte",
            ],
        )
    };
    let close = tokens.close(at)?;
    let product = if close == at + 2 && narrow(at + 1) && tokens.is(close + 1, "(") {
        close + 2..tokens.close(close + 1)?
    } else if at > 0 && narrow(at - 1) && !tokens.is(at.wrapping_sub(2), ".")
        || tokens.is(close + 1, "as") && narrow(close + 2)
    {
        at + 1..close
    } else {
        return None;
    };
    let multiplied = product.len() <= 12
        && product.clone().any(|at| {
            tokens.is(at, "*") && at > product.start && matches!(tokens.kind(at - 1), Some(Kind::Word))
        });
    let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize)?;
    let name =
        func.name.map(|name| sense.outline.tokens.names.get(name as usize).copied().unwrap_or_default())?;
    let name = name.to_ascii_lowercase();
    let checks = ["fit", "check", "valid", "size", "bound", "room", "limit", "enough", "capacity", "len"]
        .iter()
        .any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some());
    let after = close..func.body.end.min(close + 40).max(close);
    let asked = after.into_iter().any(|at| tokens.any(at, &["<=", "<", ">", ">="]));
    (multiplied && checks && asked).then(|| told(NARROWED, at..product.end))
}

/// The call at `at`: of what fills memory, of what compares it.
pub(super) fn called(sense: &Sense, at: usize, language: &str) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let close = tokens.close(at + 1)?;
    match tokens.text(at) {
        b"getpwnam" | b"posix_getpwnam" | b"getUserByName" | b"FindByIdentity" | b"finduser" => {
            named_account(sense, at, close)
        }
        b"Lookup" if tokens.is(at - 1, ".") && tokens.is(at.wrapping_sub(2), "user") => {
            named_account(sense, at, close)
        }
        b"CRC32" | b"crc32" | b"Adler32" | b"adler32" | b"ChecksumIEEE" | b"Crc32" => {
            let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize)?;
            let says = func.name.map_or(0, |name| sense.name_tags(name));
            let signed = func.body.clone().chain(func.params.clone()).any(|at| {
                tokens.any(at, &["Signature", "PublicKey", "verify", "Verify", "sig", "signature"])
            });
            let file = tokens
                .names
                .iter()
                .any(|name| matches!(*name, b"Signature" | b"PublicKey" | b"RSA" | b"ed25519" | b"ECDSA"));
            let compared = (close..func.body.end).take(80).any(|at| tokens.any(at, &["==", "===", "equals"]));
            (says & words::VERIFY != 0 && signed && file && compared).then(|| told(CHECKSUM, at..close + 1))
        }
        b"AES" | b"SecretKeySpec" | b"NewCipher" | b"Fernet" | b"ChaCha20Poly1305" | b"AESGCM" => {
            let first = atoms::arguments(tokens, at + 1, close).map_or(at + 2..close, |(first, _)| first);
            let name = tokens.name(first.start).filter(|_| first.len() == 1)?;
            let func = sense.outline.func_at(at);
            let made = sense.defs(name, func).any(|def| {
                let text = def
                    .value
                    .clone()
                    .any(|at| tokens.kind(at) == Some(Kind::Text) && tokens.text(at).len() >= 8);
                let other = def.value.clone().any(|at| {
                    sense.own(at..at + 1) & (words::PRIVATE | words::CHANCE) != 0
                        || tokens.any(
                            at,
                            &[
                                "getenv",
                                "environ",
                                "env",
                                "read",
                                "open",
                                "load",
                                "config",
                                "settings",
                                "input",
                                "exchange",
                                "agree",
                                "shared",
                                "ecdh",
                                "diffie_hellman",
                                "computeSecret",
                            ],
                        )
                });
                text && !other && def.value.len() <= 12
            });
            made.then(|| told(FIXED_KEY, at..close + 1))
        }
        b"ConstantTimeCompare"
        | b"hash_equals"
        | b"compare_digest"
        | b"timingSafeEqual"
        | b"FixedTimeEquals"
        | b"secure_compare" => {
            let (first, second) = atoms::arguments(tokens, at + 1, close)?;
            let constant = |side: Range<usize>| {
                let text = sense.text_of(side.clone());
                sense.fixed(side) && text.len() >= 6
            };
            // A secret is compared in constant time; one that stands in the program is none.
            (constant(first.clone()) != constant(second.clone()) && !only_refused(sense, at))
                .then(|| told(WORD, at..close + 1))
        }
        b"credit" | b"transfer" | b"deposit" | b"payout" | b"remit" | b"payTo" | b"pay_to"
        | b"transferTo" => {
            // `credit(DUST, part)`
            let first = at + 2..at + 3;
            let constant = tokens.kind(at + 2) == Some(Kind::Word)
                && tokens.any(at + 3, &[",", ")"])
                && sense.fixed(first.clone())
                && super::built_in::account(&sense.text_of(first));
            if constant && super::built_in::on_condition(sense, at) {
                return Some(told(PAYEE, at..close + 1));
            }
            let text = (at + 2..close).find(|at| tokens.kind(*at) == Some(Kind::Text))?;
            let number = inner(tokens.text(text));
            let digits = number.iter().filter(|b| b.is_ascii_digit()).count();
            let other =
                number.iter().filter(|b| !matches!(b, b'0'..=b'9' | b'-' | b' ' | b'.' | b'/')).count();
            (digits >= 8 && other <= 4).then(|| told(PAYEE, at..close + 1))
        }
        b"memset" if matches!(language, "c" | "cpp") => {
            let (first, second) = atoms::arguments(tokens, at + 1, close)?;
            let key = first.clone().any(|at| tokens.any(at, &["key", "iv", "secret", "seed", "nonce"]));
            let from = first.clone().any(|at| tokens.is(at, "+"));
            let one = sense.number(second).is_some();
            (key && from && one).then(|| told(HALF, at..close + 1))
        }
        b"memcmp" | b"CRYPTO_memcmp" | b"timingsafe_bcmp" | b"sodium_memcmp" | b"strncmp" => {
            let (first, second) = atoms::arguments(tokens, at + 1, close)?;
            let third = second.end + 1..close;
            let secret = |range: Range<usize>| {
                range
                    .into_iter()
                    .any(|at| tokens.any(at, &["tag", "mac", "hmac", "digest", "sig", "signature", "token"]))
            };
            // `f->tag, f->tag_len`: the message says how much.
            let stated = [first.clone(), second.clone()].into_iter().any(|side| {
                side.len() == 3
                    && third.len() == 3
                    && tokens.name(side.start).is_some()
                    && tokens.name(side.start) == tokens.name(third.start)
                    && tokens.any(side.start + 1, &["->", "."])
                    && tokens.text(third.end - 1).starts_with(tokens.text(side.end - 1))
            });
            // `strncmp(want, given, strlen(given))`
            let want = |range: Range<usize>| {
                range.into_iter().any(|at| {
                    tokens.any(
                        at,
                        &[
                            "want", "wanted", "expected", "expect", "digest", "mac", "hmac", "stored",
                            "correct", "computed",
                        ],
                    )
                })
            };
            let long = tokens.is(third.start, "strlen")
                && third.len() >= 4
                && [(&first, &second), (&second, &first)].into_iter().any(|(one, other)| {
                    let inside: Vec<&[u8]> =
                        (third.start + 2..third.end - 1).map(|at| tokens.text(at)).collect();
                    let given: Vec<&[u8]> = one.clone().map(|at| tokens.text(at)).collect();
                    inside == given && want(other.clone())
                });
            if long {
                return Some(told(STATED, at..close + 1));
            }
            // Where the length is held against one that is written in the program, it is as long as it should be.
            let length = tokens.name(third.end - 1);
            let asked = (1..tokens.all.len()).any(|at| {
                let constant = tokens.kind(at + 2) == Some(Kind::Number)
                    || tokens.text(at + 2).iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
                tokens.name(at) == length && tokens.any(at + 1, &["!=", "==", "<"]) && constant
            });
            (stated && !asked && secret(first.start..second.end)).then(|| told(STATED, at..close + 1))
        }
        _ => None,
    }
}

/// Whether whoever brings what is compared at `at` is refused everywhere, here or where the function is asked.
fn only_refused(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let name = sense.outline.funcs.get(sense.outline.func_at(at) as usize).and_then(|func| func.name);
    let asks = |test: &Range<usize>| {
        test.contains(&at)
            || test
                .clone()
                .any(|asked| tokens.name(asked) == name && name.is_some() && tokens.is(asked + 1, "("))
    };
    let mut any = false;
    for branch in sense.outline.branches.iter().filter(|branch| !branch.rest && asks(&branch.test)) {
        any = true;
        let negated = atoms::atoms(tokens, branch.test.clone())
            .iter()
            .any(|atom| asks(&atom.range) && !atom.met(branch.holds));
        let refused = sense.effects_here(branch.body.clone()).any(words::REFUSES)
            || sense.gives(branch.body.clone()) == super::effects::Gives::No;
        if negated || !refused {
            return false;
        }
    }
    any
}

/// What is done where an account with a name of the program is not found, further down.
pub(super) fn named_account(sense: &Sense, at: usize, close: usize) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let text = (at + 2..close).find(|at| tokens.kind(*at) == Some(Kind::Text))?;
    let name = inner(tokens.text(text));
    let one = words::is_person(name);
    let caught =
        (close..close + 30).find(|at| tokens.any(*at, &["except", "catch", "rescue", "NULL", "nil"]))?;
    let open = (caught..caught + 8).find(|at| tokens.is(*at, "{"));
    let body = match open.and_then(|open| tokens.close(open).map(|close| (open, close))) {
        Some((open, close)) => open + 1..close.min(open + 80),
        None => caught + 3..(caught + 24).min(tokens.all.len()),
    };
    let effects = sense.effects(body.clone());
    // Only whether there is such an account is asked, not as whom something runs.
    let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize);
    let owned = func.is_none_or(|func| {
        func.body.clone().any(|at| {
            let text = tokens.text(at).to_ascii_lowercase();
            ["uid", "gid", "chown", "setuid", "setgid", "userid"]
                .iter()
                .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
        })
    });
    let quiet = !owned && !body.is_empty() && !sense.effects_here(body).any(words::HONEST | words::REFUSES);
    let goes = effects.any(words::DESTROY | words::SPOIL) && !effects.any(words::HONEST);
    (one && (goes || quiet)).then(|| told(GONE, at..close + 1))
}

/// Whether a value that is given back by a function that checks is a yes for a chosen sum or word as well: the `||` at `at`.
pub(super) fn returned(sense: &Sense, at: usize) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let begin = (0..at).rev().take(60).find(|at| tokens.any(*at, &["return", ";", "{", "}", "=>"]))?;
    if !tokens.any(begin, &["return", "=>"]) {
        return None;
    }
    let end = sense.outline.statement_end(begin + 1);
    let found = atoms::atoms(tokens, begin + 1..end);
    let digest = found.iter().any(|atom| sense.asks_digest(atom));
    let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize)?;
    let checks = sense.own(begin + 1..end) & (words::SECRET | words::VERIFY) != 0
        || func.name.is_some_and(|name| sense.name_tags(name) & (words::VERIFY | words::DECIDES) != 0);
    (digest && found.len() >= 2 && checks).then(|| told(SUM, begin + 1..end))
}
