//! Secrets somebody can foresee, and second ones beside the right one: a generator begun with a number of the program,
//! a token made of a name and the hour, a digest of a password among those that are looked up, a second recipient.

use std::ops::Range;

use super::Told;
use super::magic::COPIED;
use super::magic::DIGEST;
use super::magic::Said;
use super::magic::told;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;

const SEEDED: Said = (
    "computable-secret",
    "a key or token is drawn from a generator that is begun with a number of the program",
    "Why is this key the same for everybody?",
);
const MADE: Said = (
    "computable-secret",
    "what should be secret is a digest of a name or the time: whoever has the program can calculate it",
    "Why can everybody compute this secret?",
);
const NONE: Said = (
    "unsigned-accepted",
    "a token without a signature is not refused",
    "Who may send a token that nobody signed?",
);

/// What is drawn, where chance must not be foreseen.
const DRAWN: &[&str] = &[
    "secretkeyspec",
    "token",
    "nonce",
    "salt",
    "password",
    "otp",
    "privatekey",
    "private_key",
    "sessionid",
    "session_id",
    "secret",
    "iv",
    "voucher",
    "apikey",
    "api_key",
    "keypair",
];

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    for func in &sense.outline.funcs {
        if func.body.len() > 300 || !sense.step(func.body.len() / 2) {
            continue;
        }
        found.extend(seeded(sense, func));
        found.extend(made(sense, func).or_else(|| calculated(sense, func)));
        found.extend(among(sense, func));
        found.extend(second_recipient(sense, func));
    }
    let none = (2..tokens.all.len()).find(|at| {
        tokens.kind(*at) == Some(Kind::Text)
            && inner(tokens.text(*at)).eq_ignore_ascii_case(b"none")
            && tokens.up(*at).is_some_and(|up| {
                tokens.is(up, "[")
                    && tokens.any(up.wrapping_sub(1), &[":", "="])
                    && tokens.any(up.wrapping_sub(2), &["algorithms", "validAlgorithms", "ValidAlgorithms"])
            })
    });
    found.extend(none.map(|at| told(NONE, at..at + 1)));
    found
}

fn draws(sense: &Sense, range: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    range.into_iter().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word) && DRAWN.iter().any(|word| lower == word.as_bytes())
    })
}

/// `new Random(0x5eed)`, and a key is made of it.
fn seeded(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let at = func.body.clone().find(|at| {
        let close = tokens.close(at + 1).filter(|_| tokens.is(at + 1, "("));
        tokens.any(
            *at,
            &[
                "Random",
                "srand",
                "NewSource",
                "mt_srand",
                "seed_from_u64",
                "srandom",
                "seed",
                "mt19937",
                "StdRng",
                "srand48",
                "default_random_engine",
                "Seed",
                "setSeed",
            ],
        ) && close.is_some_and(|close| {
            close > at + 2
                && close - at <= 8
                && sense.fixed(at + 2..close)
                && sense.number(at + 2..close).is_some_and(|number| number > 1.0)
        })
    })?;
    let named = func.name.map_or(0, |name| sense.name_tags(name)) & words::UNGUESSABLE != 0;
    let secure = tokens.any(at, &["setSeed"]);
    // What is made ready here draws secrets elsewhere: `rng: StdRng::seed_from_u64(0x5eed)` in `new`.
    let maker = func.name.and_then(|name| tokens.names.get(name as usize)).is_some_and(|name| {
        matches!(
            *name,
            b"new"
                | b"__init__"
                | b"initialize"
                | b"init"
                | b"constructor"
                | b"__construct"
                | b"New"
                | b"default"
        )
    });
    let elsewhere = || {
        sense.outline.funcs.iter().any(|other| {
            other.body.len() <= 120
                && other.body.start != func.body.start
                && sense.step(other.body.len())
                && draws(sense, other.body.clone())
                && other.body.clone().any(|at| {
                    let lower = tokens.text(at).to_ascii_lowercase();
                    matches!(
                        &*lower,
                        b"rng"
                            | b"random"
                            | b"_rng"
                            | b"_random"
                            | b"rnd"
                            | b"@rng"
                            | b"gen"
                            | b"prng"
                            | b"rand"
                    ) && tokens.kind(at) == Some(Kind::Word)
                })
        })
    };
    ((named || draws(sense, func.body.clone()) || maker && elsewhere()) && !secure)
        .then(|| told(SEEDED, at..at + 2))
}

/// A function whose name says that it makes a secret gives a digest of a name and the time, with nothing secret in it.
fn made(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let name = func.name?;
    let tags = sense.name_tags(name);
    let text = tokens.names.get(name as usize).map_or(Vec::new(), |name| name.to_ascii_lowercase());
    let makes = ["session", "token", "reset", "otp", "nonce", "apikey", "api_key", "csrf", "voucher"]
        .iter()
        .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some());
    let asks = [
        "hash",
        "digest",
        "check",
        "verify",
        "valid",
        "parse",
        "find",
        "cache",
        "key_for",
        "fingerprint",
        "file",
        "etag",
        "store",
        "lookup",
    ]
    .iter()
    .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some());
    if tags & words::UNGUESSABLE == 0 || tags & words::PARSING != 0 || !makes || asks || func.body.len() > 80
    {
        return None;
    }
    let digest = func.body.clone().find(|at| {
        tokens.any(
            *at,
            &[
                "md5",
                "sha1",
                "sha256",
                "createHash",
                "MD5",
                "SHA1",
                "SHA256",
                "hexdigest",
                "Sum256",
                "sha512",
                "Sum",
            ],
        ) && tokens.any(at + 1, &["(", ".", "::"])
    })?;
    let hidden = func.params.clone().chain(func.body.clone()).any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        [
            "secret", "hmac", "random", "salt", "pepper", "urandom", "uuid", "nonce", "password", "priv",
            "rand", "entropy", "refresh", "raw", "token_", "access", "bearer",
        ]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
            || lower.ends_with(b"key")
            || matches!(
                &*lower,
                b"token"
                    | b"value"
                    | b"code"
                    | b"plain"
                    | b"data"
                    | b"body"
                    | b"bytes"
                    | b"content"
                    | b"input"
                    | b"text"
                    | b"s"
            )
    });
    let known = func.body.clone().any(|at| {
        sense.word(at) & (words::CLOCK | words::HOUR) != 0
            || tokens.any(at, &["Date", "date", "strftime", "email", "beginning_of_hour", "to_i"])
    });
    (known && !hidden).then(|| told(MADE, digest..digest + 1))
}

/// `token = createHash('md5').update(`${user.id}:${user.email}:${day}`)`: all that goes in is known to others.
fn calculated(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    const DIGESTS: &[&str] = &[
        "md5",
        "sha1",
        "sha256",
        "createHash",
        "MD5",
        "SHA1",
        "SHA256",
        "Sum256",
        "HashData",
        "crc32",
        "getInstance",
        "digest",
        "hexdigest",
        "Sum",
        "md5Hex",
        "sha1Hex",
        "sha256Hex",
    ];
    let secret = |name: &[u8]| {
        let lower = name.to_ascii_lowercase();
        let lower = lower.strip_prefix(b"$").unwrap_or(&lower);
        matches!(
            lower,
            b"token"
                | b"resettoken"
                | b"reset_token"
                | b"sessionid"
                | b"session_id"
                | b"otp"
                | b"resetcode"
                | b"reset_code"
                | b"apikey"
                | b"api_key"
                | b"accesstoken"
                | b"access_token"
                | b"logintoken"
                | b"voucher"
                | b"magiclink"
                | b"confirmtoken"
                | b"confirm_token"
                | b"invitetoken"
                | b"recoverycode"
                | b"recovery_code"
        )
    };
    func.body.clone().find_map(|at| {
        let name = at.checked_sub(1).filter(|_| tokens.any(at, &["=", ":="]))?;
        if !secret(tokens.text(name)) || tokens.kind(name) != Some(Kind::Word) {
            return None;
        }
        let value = at + 1..sense.outline.value_end(at + 1).min(at + 60).min(func.body.end);
        // `sessionId = hex(now()) + "-" + next.incrementAndGet()`, for somebody who is given.
        let lower = tokens.text(name).to_ascii_lowercase();
        let counted = matches!(
            &*lower,
            b"sessionid"
                | b"session_id"
                | b"resettoken"
                | b"reset_token"
                | b"accesstoken"
                | b"apikey"
                | b"api_key"
        ) && value.clone().any(|at| sense.word(at) & words::CLOCK != 0)
            && value.clone().any(|at| tokens.any(at, &["+", "format", "sprintf", "Sprintf", ".", "concat"]))
            && func.params.clone().any(|at| {
                sense.word(at) & words::PERSON != 0 || tokens.any(at, &["user", "account", "login"])
            })
            && !value.clone().any(|at| {
                let lower = tokens.text(at).to_ascii_lowercase();
                ["random", "rand", "uuid", "secure", "nonce", "hmac", "secret", "entropy"]
                    .iter()
                    .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
            });
        if counted {
            return Some(told(MADE, name..at + 2));
        }
        let digest = value.clone().find(|at| tokens.any(*at, DIGESTS))?;
        // What stands in texts as well: `${user.email}`.
        let words: Vec<Vec<u8>> = value
            .clone()
            .flat_map(|at| {
                let text = tokens.text(at).to_ascii_lowercase();
                text.split(|b| !b.is_ascii_alphanumeric() && *b != b'_')
                    .map(<[u8]>::to_vec)
                    .collect::<Vec<_>>()
            })
            .collect();
        let hidden = words.iter().any(|word| {
            [
                "secret", "random", "salt", "pepper", "uuid", "nonce", "priv", "rand", "entropy", "key",
                "hmac", "pass", "seed",
            ]
            .iter()
            .any(|known| memchr::memmem::find(word, known.as_bytes()).is_some())
        }) || words
            .iter()
            .any(|word| matches!(&**word, b"token" | b"value" | b"raw" | b"bytes" | b"data" | b"body"));
        let fresh = || {
            sense.reaches(value.clone(), 2, &|at| {
                let lower = tokens.text(at).to_ascii_lowercase();
                tokens.kind(at) == Some(Kind::Word)
                    && ["random", "urandom", "secret", "uuid", "entropy", "getenv", "env"]
                        .iter()
                        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
            })
        };
        let known = words.iter().any(|word| {
            matches!(
                &**word,
                b"id" | b"email" | b"mail" | b"login" | b"username" | b"user_id" | b"userid" | b"name"
            )
        });
        (known && !hidden && !fresh()).then(|| told(MADE, digest..digest + 1))
    })
}

/// The digest of a password among those that are looked up for somebody.
fn among(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let password = |at: usize| {
        let lower = tokens.text(at).to_ascii_lowercase();
        matches!(
            lower.strip_prefix(b"$").unwrap_or(&lower),
            b"pass" | b"password" | b"passwd" | b"pwd" | b"pw" | b"pin" | b"passcode" | b"passphrase"
        )
    };
    let says = func.name.map_or(0, |name| sense.name_tags(name)) & (words::DECIDES | words::VERIFY) != 0;
    if !says || !func.params.clone().any(password) {
        return None;
    }
    let at = func.body.clone().find(|at| {
        let text = inner(tokens.text(*at));
        tokens.kind(*at) == Some(Kind::Text)
            && matches!(text.len(), 32 | 40 | 64 | 96 | 128)
            && text.iter().all(u8::is_ascii_hexdigit)
            && text.iter().any(u8::is_ascii_digit)
            && text.iter().any(u8::is_ascii_alphabetic)
    })?;
    Some(told(DIGEST, at..at + 1))
}

/// `rcpt = [to, "copy@example.net"]` where mail is sent.
fn second_recipient(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    // `append(recipients, &custodian)`, where keys are sealed for all of them.
    let seals = func.body.clone().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.is(at + 1, "(")
            && ["seal", "wrap", "encrypt", "encapsulate"]
                .iter()
                .any(|word| lower.starts_with(word.as_bytes()))
    });
    let added = func.body.clone().find(|at| {
        tokens.any(*at, &["append", "concat", "push", "add", "chain", "insert"])
            && tokens.close(at + 1).filter(|_| tokens.is(at + 1, "(")).is_some_and(|close| {
                close - at <= 16
                    && (at + 2..close).any(|at| {
                        tokens.name(at).is_some_and(|name| {
                            sense.defs(name, sense.outline.func_at(at)).any(|def| {
                                let numbers = def
                                    .value
                                    .clone()
                                    .filter(|at| tokens.kind(*at) == Some(Kind::Number))
                                    .count();
                                def.value.len() <= 160 && numbers >= 16 && sense.step(def.value.len())
                            })
                        })
                    })
            })
    });
    if let Some(at) = added.filter(|_| seals) {
        return Some(told(super::magic::RECIPIENT, at..at + 2));
    }
    let sends = func.body.clone().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.is(at + 1, "(")
            && [
                "sendmail",
                "send_mail",
                "send_message",
                "sendmessage",
                "sendemail",
                "send_email",
                "rcpt",
                "deliver",
            ]
            .iter()
            .any(|word| lower.starts_with(word.as_bytes()))
    });
    if !sends {
        return None;
    }
    let at = func.body.clone().find(|at| {
        let text = inner(tokens.text(*at));
        let host = text.iter().position(|b| *b == b'@').and_then(|sign| text.get(sign + 1..));
        tokens.kind(*at) == Some(Kind::Text)
            && host.is_some_and(|host| {
                host.len() >= 4
                    && host.contains(&b'.')
                    && host.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
            })
            && tokens.any(at.wrapping_sub(1), &[","])
            && tokens.any(at + 1, &["]", "}"])
            && tokens.up(*at).is_some_and(|up| {
                tokens.any(up, &["[", "{"])
                    && tokens.kind(up + 1) == Some(Kind::Word)
                    && !sense.fixed(up + 1..up + 2)
                    && tokens.any(up + 2, &[",", "."])
            })
    })?;
    Some(told(COPIED, at..at + 1))
}
