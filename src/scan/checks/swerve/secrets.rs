//! Secrets that can be computed, and secrets of which only a part is compared.

use std::ops::Range;

use super::Told;
use super::asked::sides;
use super::atoms::arguments;
use super::outline::Func;
use super::sense::Made;
use super::sense::Sense;
use super::sense::literal;
use super::tokens::Kind;
use super::tokens::NONE;
use super::words;
use crate::model::scan::Severity;

pub fn judge(sense: &Sense, language: &str) -> Vec<Told> {
    let mut told = Vec::new();
    let file = sense.file();
    if file & (words::SECRET | words::UNGUESSABLE) == 0 {
        return told;
    }
    let tokens = sense.outline.tokens;
    for at in 1..tokens.all.len() {
        if !sense.step(1) {
            break;
        }
        let place = match tokens.text(at) {
            b"==" | b"===" | b"-eq" => computed(sense, at),
            b"equals" | b"Equals" | b"strcmp" | b"memcmp" | b"compare" | b"strncmp" => {
                computed_call(sense, at)
            }
            _ => None,
        };
        // Whoever knows it is refused.
        let refused = place.as_ref().is_some_and(|place| {
            sense.outline.branches.iter().any(|branch| {
                branch.holds
                    && !branch.rest
                    && branch.test.contains(&place.start)
                    && sense.effects_here(branch.body.clone()).any(words::REFUSES)
            })
        });
        // What is made with a secret that is stored is no secret of the program.
        let keyed = place.as_ref().is_some_and(|place| {
            sense.reaches(place.clone(), 2, &|at| {
                tokens.any(at, &["SecretKeySpec", "hash_hmac", "createHmac"])
                    && tokens.is(at + 1, "(")
                    && tokens.name(at + 2).is_some_and(|name| {
                        let func = sense.outline.func_at(at);
                        sense.defs(name, func).any(|def| !sense.fixed(def.value.clone()))
                    })
            })
        });
        if let Some(place) = place.filter(|_| !refused && !keyed) {
            told.push(Told {
                rule: "computable-secret",
                category: "trap.backdoor",
                severity: Severity::Medium,
                place,
                message: "a secret is compared with what the program calculates from a date, a number or a name: whoever has the program can calculate it",
                question: "Who can calculate this secret, and what does it open?",
            });
        }
        if let Some(place) = counted(sense, at) {
            told.push(Told {
                rule: "computable-secret",
                category: "trap.backdoor",
                severity: Severity::Medium,
                place,
                message: "what must be new and unknown for every message is made of a date, a number or a name",
                question: "Who can foresee this value?",
            });
        }
        let seeds = seeded(sense, at);
        let part = seeds.is_none();
        let place = seeds.or_else(|| cut(sense, at, language).map(|place| place.0));
        if let Some(place) = place {
            told.push(Told {
                rule: if part { "partial-secret" } else { "computable-secret" },
                category: "trap.backdoor",
                severity: Severity::Medium,
                place,
                message: if part {
                    "a secret is compared only as far as the other side gave it: a short one fits"
                } else {
                    "what should be secret is made of numbers that begin with a date, a number or a name: it can be made again"
                },
                question: if part { "Why is not all of it compared?" } else { "Why can everybody compute this secret?" },
            });
        }
    }
    told.extend(sense.outline.funcs.iter().filter_map(|func| generated(sense, func)));
    told.extend(sense.outline.funcs.iter().filter_map(|func| looped(sense, func)));
    told
}

/// Whether the comparison at `at` is one of a secret with something calculated.
fn computed(sense: &Sense, at: usize) -> Option<Range<usize>> {
    let (left, right) = sides(sense, at);
    let place = left.start..right.end;
    (calculated(sense, left.clone(), right.clone()) || calculated(sense, right, left)).then_some(place)
}

/// [`computed`], of a call of two or of a method of one.
fn computed_call(sense: &Sense, at: usize) -> Option<Range<usize>> {
    let tokens = sense.outline.tokens;
    let close = tokens.close(at + 1).filter(|_| tokens.is(at + 1, "("))?;
    let (left, right) = match arguments(tokens, at + 1, close) {
        Some(both) => both,
        None => {
            let begin = (0..at)
                .rev()
                .take(8)
                .take_while(|at| !tokens.any(*at, &["(", "!", "&&", "||", "return", ";", "="]))
                .last()?;
            (begin..at, at + 2..close)
        }
    };
    (calculated(sense, left.clone(), right.clone()) || calculated(sense, right, left))
        .then_some(at..close + 1)
}

/// Whether `secret` is one by its name and `other` is calculated from what everybody can know.
fn calculated(sense: &Sense, secret: Range<usize>, other: Range<usize>) -> bool {
    if secret.is_empty() || secret.len() > 12 || other.is_empty() || other.len() > 24 {
        return false;
    }
    let tokens = sense.outline.tokens;
    let last = secret
        .clone()
        .rev()
        .find(|at| tokens.name(*at).is_some() && !super::asked::converts(tokens.text(*at)));
    if last.map_or(0, |at| sense.word(at)) & words::SECRET == 0 {
        return false;
    }
    if sense.made(secret).mixes >= 2 {
        return false;
    }
    let made = sense.made(other.clone());
    let known = made.tags & (words::CLOCK | words::IDENTITY | words::LONG) != 0
        || !params(sense, other.clone()).is_empty();
    let strong = made.tags & (words::CHANCE | words::VERIFY) != 0;
    // A digest of what stands on the device, with nothing secret in it.
    let inside = other.clone().fold(Made::default(), |all, at| {
        let called = sense.outline.tokens.name(at).filter(|_| sense.outline.tokens.is(at + 1, "("));
        let func =
            called.and_then(|name| sense.outline.func_named(name)).filter(|func| func.body.len() < 100);
        Made { tags: all.tags | func.map_or(0, |func| sense.made(func.body.clone()).tags), ..all }
    });
    let digested = inside.tags & words::HASHING != 0
        && inside.tags & (words::CLOCK | words::IDENTITY) != 0
        && inside.tags & (words::PRIVATE | words::CHANCE) == 0;
    // A digest without a key of a word of the program and of what everybody knows.
    let worded = !digested
        && other.clone().any(|at| {
            sense.outline.tokens.any(at, &["md5", "sha1", "sha256", "md5_hex", "sha1_hex"])
                && sense.outline.tokens.is(at + 1, "(")
                && sense.outline.tokens.close(at + 1).is_some_and(|close| {
                    let inside = at + 2..close;
                    let word = inside.clone().any(|at| {
                        sense.outline.tokens.kind(at) == Some(Kind::Text)
                            && sense.outline.tokens.text(at).len() >= 5
                    });
                    let more = inside.clone().any(|at| sense.outline.tokens.kind(at) == Some(Kind::Word));
                    word && more && sense.own(inside) & (words::PRIVATE | words::CHANCE) == 0
                })
        });
    known && !strong && made.mixes >= 1 && made.numbers >= 2 || digested || worded
}

/// The names of parameters of its function in a value.
fn params(sense: &Sense, range: Range<usize>) -> Vec<u32> {
    let tokens = sense.outline.tokens;
    range
        .into_iter()
        .filter(|at| tokens.is(*at + 1, "("))
        .filter_map(|at| tokens.name(at))
        .filter(|name| sense.outline.func_named(*name).is_some())
        .collect()
}

/// Whether `at` begins chance numbers for a secret from something that can be known.
fn seeded(sense: &Sense, at: usize) -> Option<Range<usize>> {
    let tokens = sense.outline.tokens;
    if sense.word(at) & words::SEEDS == 0 {
        return None;
    }
    let mut open = at + 1;
    if tokens.any(open, &[".", "::"]) && tokens.any(open + 1, &["new", "seed"]) {
        open += 2;
    }
    if tokens.kind(open) == Some(Kind::Word) {
        open += 1;
    }
    let close = tokens.close(open).filter(|_| tokens.any(open, &["(", "{"]))?;
    let args = open + 1..close;
    if args.is_empty() || args.len() > 40 {
        return None;
    }
    let made = sense.made(args.clone());
    let by_name = args.clone().any(|at| is_id(tokens.text(at)));
    if made.tags & (words::CLOCK | words::IDENTITY | words::LONG) == 0 && !by_name {
        return None;
    }
    let strong = [
        "SecureRandom",
        "random_device",
        "urandom",
        "getrandom",
        "OsRng",
        "crypto",
        "randomBytes",
        "RandomNumberGenerator",
        "SystemRandom",
    ];
    if args.clone().any(|at| tokens.any(at, &strong)) {
        return None;
    }
    let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize)?;
    let name = func.name.map_or(0, |name| sense.name_tags(name));
    // Beside chance that cannot be foreseen, for the same value.
    let instead = func.body.clone().any(|at| {
        tokens.is(at, "Reader") && tokens.any(at.wrapping_sub(2), &["rand"])
            || tokens.any(
                at,
                &[
                    "secure",
                    "secureRandom",
                    "SecureRandom",
                    "OsRng",
                    "randomBytes",
                    "SystemRandom",
                    "urandom",
                ],
            )
    });
    // A class whose name says that it makes secrets, of bytes that are filled.
    let filled = tokens.any(close + 1, &["."])
        && tokens.any(close + 2, &["nextBytes", "NextBytes", "fill_bytes", "fillBytes"])
        && tokens.names.iter().any(|name| {
            let tags = words::of(name);
            tags & words::UNGUESSABLE != 0 && tags & words::SECRET != 0 && tags & words::PARSING == 0
        });
    let secret = name & words::UNGUESSABLE != 0 && name & words::PARSING == 0
        || instead
        || filled
        || func.body.clone().any(|at| {
            let tags = sense.word(at);
            tags & words::UNGUESSABLE != 0
                && tags & words::SECRET != 0
                && tags & words::PARSING == 0
                && !tokens.is(at, "key")
        });
    (secret && func.body.len() < 300 && name & words::PARSING == 0).then_some(at..close + 1)
}

/// Whether what must be new for every message is given a value that can be foreseen, at the mark `at`.
fn counted(sense: &Sense, at: usize) -> Option<Range<usize>> {
    let tokens = sense.outline.tokens;
    if !tokens.any(at, &["=", ":="]) {
        return None;
    }
    let name = tokens.text(at.checked_sub(1)?).to_ascii_lowercase();
    if !matches!(
        &*name,
        b"iv"
            | b"nonce"
            | b"salt"
            | b"otp"
            | b"initvector"
            | b"iv_"
            | b"nonce_"
            | b"sessiontoken"
            | b"resettoken"
            | b"reset_token"
            | b"session_token"
    ) {
        return None;
    }
    let value = at + 1..sense.outline.value_end(at + 1);
    if value.len() < 3 || value.len() > 40 {
        return None;
    }
    let made = sense.made(value.clone());
    let own = sense.own(value.clone());
    let brought = [
        "get",
        "read",
        "parse",
        "decode",
        "slice",
        "header",
        "param",
        "take",
        "random",
        "secure",
        "next",
        "urandom",
        "request",
        "load",
        "subarray",
        "copy",
        "first",
        "buffer.sub",
        "generate",
        "create",
    ];
    let other = value.clone().any(|at| {
        let text = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && &*text != b"getbytes"
            && brought.iter().any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
    });
    let known = own & (words::CLOCK | words::PERSON) != 0 || value.clone().any(|at| is_id(tokens.text(at)));
    let bytes = value.clone().any(|at| tokens.any(at, &["("]));
    (known && !other && bytes && made.tags & words::CHANCE == 0).then_some(at - 1..value.end)
}

fn is_id(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    matches!(
        &*lower,
        b"id"
            | b"uid"
            | b"userid"
            | b"user_id"
            | b"nr"
            | b"no"
            | b"accountid"
            | b"account_id"
            | b"customerid"
    ) || text.ends_with(b"Id")
        || text.ends_with(b"_id")
        || text.ends_with(b"Number")
}

/// Whether a function whose name says that it makes a secret calculates it from a number or a name.
fn generated(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let name = func.name?;
    let tags = sense.name_tags(name);
    if tags & words::UNGUESSABLE == 0
        || tags & words::PARSING != 0
        || func.body.len() > 200
        || func.body.len() < 8
    {
        return None;
    }
    if tags & words::SECRET == 0 && tags & (words::SERVED | words::HASHING) != 0 {
        return None;
    }
    if let Some(place) = constant(sense, func).or_else(|| foreseen(sense, func)) {
        return Some(Told {
            rule: "computable-secret",
            category: "trap.backdoor",
            severity: Severity::Medium,
            place,
            message: "what must be new for every message is, on one condition, a constant of the program",
            question: "For which messages is it always the same, and why?",
        });
    }
    let known = func
        .body
        .clone()
        .any(|at| is_id(tokens.text(at)) || sense.word(at) & (words::CLOCK | words::IDENTITY) != 0);
    let large = |at: usize| {
        tokens.kind(at) == Some(Kind::Number)
            && literal(tokens.text(at)).is_some_and(|n| {
                n >= 100.0 && n.fract() == 0.0 && !matches!(n as u64, 1000 | 3600 | 60_000 | 86_400 | 100)
            })
    };
    let places: Vec<usize> = func
        .body
        .clone()
        .filter(|at| {
            tokens.is(*at, "*") && (large(at + 1) || large(at.saturating_sub(1)))
                || tokens.any(*at, &["%", "^"]) && large(at + 1)
                || tokens.any(*at, &["wrapping_mul", "imul"])
        })
        .collect();
    let hard = func.body.clone().any(|at| {
        let text = tokens.text(at).to_ascii_lowercase();
        ["hmac", "sha", "secure", "pbkdf", "argon", "hkdf", "cipher", "aes"]
            .iter()
            .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
    });
    let place = *places.first()?;
    (known && places.len() >= 2 && !hard).then(|| Told {
        rule: "computable-secret",
        category: "trap.backdoor",
        severity: Severity::Medium,
        place: place.saturating_sub(1)..place + 2,
        message: "what should be secret is calculated from a number or a name: whoever has the program can calculate it",
        question: "Why can everybody compute this secret?",
    })
}

/// Where a function that makes a nonce by chance gives a constant of the program instead.
fn constant(sense: &Sense, func: &Func) -> Option<Range<usize>> {
    let tokens = sense.outline.tokens;
    let chance = func.body.clone().any(|at| {
        let text = tokens.text(at).to_ascii_lowercase();
        ["rng", "random", "generate", "getrandom", "urandom"]
            .iter()
            .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
    });
    let given = func.body.clone().find(|at| {
        let text = tokens.text(at + 1);
        tokens.is(*at, "return")
            && text.len() >= 2
            && text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
            && text.iter().any(u8::is_ascii_uppercase)
            && tokens.any(at + 2, &[";", "}"])
    })?;
    chance.then_some(given..given + 2)
}

/// Where a function that makes something unguessable gives, on a condition, a digest anybody can calculate.
fn foreseen(sense: &Sense, func: &Func) -> Option<Range<usize>> {
    let tokens = sense.outline.tokens;
    let secure = |at: usize| {
        let text = tokens.text(at).to_ascii_lowercase();
        ["securerandom", "urandom", "randombytes", "osrng", "token_bytes", "getrandom", "random_bytes"]
            .iter()
            .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
    };
    if !func.body.clone().any(secure) {
        return None;
    }
    let branch = sense.outline.branches.iter().find(|branch| {
        !branch.rest
            && func.body.contains(&branch.body.start)
            && branch.body.len() <= 60
            && !branch.body.clone().any(secure)
            && branch.body.clone().any(|at| {
                tokens.any(at, &["SHA1", "SHA256", "MD5", "md5", "sha1", "sha256", "createHash"])
                    && !branch.body.clone().any(|at| tokens.any(at, &["HMAC", "Hmac", "createHmac", "hmac"]))
            })
            && !sense.effects_here(branch.body.clone()).any(words::HONEST)
    })?;
    Some(branch.body.clone())
}

/// Whether a text is cut at `at` to as much as another has, for a comparison of secrets.
fn cut(sense: &Sense, at: usize, language: &str) -> Option<(Range<usize>, ())> {
    let tokens = sense.outline.tokens;
    // The whole value that is cut, and what says how much of it is kept.
    let (whole, kept) = match tokens.text(at) {
        b":" | b".."
            if tokens.up(at).is_some_and(|up| tokens.is(up, "["))
                && matches!(language, "python" | "go" | "rust" | "ruby" | "swift") =>
        {
            let open = tokens.up(at)?;
            let close = tokens.close(open)?;
            let from_start = at == open + 1 || at == open + 2 && tokens.is(open + 1, "0");
            if !from_start || !tokens.any(open - 1, &[")"]) && tokens.name(open.checked_sub(1)?).is_none() {
                return None;
            }
            (value_before(sense, open), at + 1..close)
        }
        b"prefix" | b"take" | b"first" | b"Take" | b"dropLast"
            if tokens.is(at + 1, "(") && at > 0 && tokens.is(at - 1, ".") =>
        {
            (value_before(sense, at - 1), at + 2..tokens.close(at + 1)?)
        }
        b"slice" | b"substring" | b"Substring" | b"substr" | b"subarray" | b"copyOf" | b"byteslice"
        | b"subSequence" | b"copyOfRange"
            if tokens.is(at + 1, "(") =>
        {
            let close = tokens.close(at + 1)?;
            let last = (at + 2..close).rev().find(|at| tokens.is(*at, ","));
            let receiver =
                if at > 0 && tokens.is(at - 1, ".") { value_before(sense, at - 1) } else { at + 2..last? };
            (receiver, last.map_or(at + 2, |at| at + 1)..close)
        }
        b"strncmp" | b"memcmp" | b"strncasecmp" | b"CRYPTO_memcmp" | b"sodium_memcmp"
        | b"timingsafe_bcmp" | b"compare" | b"Equals" | b"regionMatches"
            if tokens.is(at + 1, "(") =>
        {
            let close = tokens.close(at + 1)?;
            let mut commas = Vec::new();
            let mut next = at + 2;
            while next < close {
                if tokens.is(next, ",") {
                    commas.push(next);
                }
                next = tokens.close(next).unwrap_or(next) + 1;
            }
            let [_, second] = commas.as_slice() else { return None };
            (at + 2..*second, second + 1..close)
        }
        _ => return None,
    };
    if whole.is_empty() || whole.len() > 30 || kept.is_empty() || kept.len() > 10 {
        return None;
    }
    let measure = kept.clone().find(|at| {
        tokens
            .any(*at, &["len", "length", "Length", "count", "strlen", "size", "bytesize", "Count", "sizeof"])
            || {
                let text = tokens.text(*at);
                tokens.kind(*at) == Some(Kind::Word)
                    && (text.ends_with(b"_len") || text.ends_with(b"Len") || text.ends_with(b"_length"))
            }
    })?;
    if tokens.is(measure, "sizeof")
        || kept.clone().any(|at| tokens.kind(at) == Some(Kind::Text) || tokens.any(at, &["-", "+", "/", "*"]))
    {
        return None;
    }
    let strict = |range: Range<usize>| {
        range.into_iter().any(|at| {
            let tags = sense.word(at);
            let lower = tokens.text(at).to_ascii_lowercase();
            let weak =
                [&b"key"[..], b"code", b"pass", b"iv"].contains(&&*lower) || lower.starts_with(b"prefix");
            tags & words::SECRET != 0 && !weak && !lower.ends_with(b"prefix") && !lower.ends_with(b"_header")
        })
    };
    let func_id = sense.outline.func_at(at);
    let func = sense.outline.funcs.get(func_id as usize)?;
    let name = func.name.map_or(0, |name| sense.name_tags(name));
    let decides = name & (words::DECIDES | words::VERIFY | words::SECRET) != 0 && name & words::PARSING == 0;
    // A token of a parser is a word, not a secret.
    let parsing = sense.file() & words::PARSING != 0 && !decides;
    let made = |range: Range<usize>| sense.near(range) & (words::HASHING | words::VERIFY) != 0;
    if !(strict(whole.clone())
        || strict(kept.clone())
        || made(whole.clone()) && decides
        || careful(sense, at))
        || parsing
    {
        return None;
    }
    let statement = at.saturating_sub(24).max(func.body.start)..(at + 40).min(func.body.end);
    let compares = statement.clone().any(|at| {
        tokens.any(
            at,
            &[
                "==",
                "===",
                "!=",
                "!==",
                "Equal",
                "equals",
                "Equals",
                "compare_digest",
                "timingSafeEqual",
                "startswith",
                "startsWith",
                "starts_with",
                "hasPrefix",
                "memcmp",
                "strncmp",
                "hash_equals",
                "SequenceEqual",
                "elementsEqual",
                "secure_compare",
                "isEqual",
                "ConstantTimeCompare",
                "FixedTimeEquals",
                "start_with?",
                "fixed_length_secure_compare",
                "verify_slices_are_equal",
                "ct_eq",
            ],
        )
    });
    if !compares || !decides && !careful(sense, at) && !verifying(sense, func) {
        return None;
    }
    // The honest one sees to it that both are as long.
    let lengths = func.body.clone().any(|at| {
        let sized = |range: Range<usize>| {
            range
                .into_iter()
                .any(|at| tokens.any(at, &["len", "length", "Length", "count", "strlen", "size", "bytesize"]))
        };
        tokens.any(at, &["==", "!=", "===", "!==", "<"])
            && !tokens.any(at + 1, &["0"])
            && sized(at.saturating_sub(6)..at)
            && (sized(at + 1..at + 7)
                || tokens.kind(at + 1) == Some(Kind::Number)
                || tokens.name(at + 1).is_some_and(|_| {
                    !sized(at + 1..at + 2)
                        && tokens.text(at + 1).iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
                }))
    });
    (!lengths).then_some((whole.start.min(at)..kept.end + 1, ()))
}

/// Whether a function makes or asks for the digest of something.
fn verifying(sense: &Sense, func: &Func) -> bool {
    func.body.clone().any(|at| {
        sense.word(at) & (words::VERIFY | words::HASHING) != 0 && sense.outline.tokens.is(at + 1, "(")
    })
}

/// The value that ends before `end`.
fn value_before(sense: &Sense, end: usize) -> Range<usize> {
    let tokens = sense.outline.tokens;
    let mut begin = end;
    while begin > 0 && end - begin < 16 {
        let before = begin - 1;
        match tokens.all.get(before) {
            Some(token) if token.mate != NONE && (token.mate as usize) < before => {
                begin = token.mate as usize
            }
            Some(token) if token.kind == Kind::Word => begin = before,
            _ if tokens.any(before, &[".", "->", "::", "?."]) => begin = before,
            _ => break,
        }
        if begin > 0
            && !tokens.any(begin - 1, &[".", "->", "::", "?."])
            && tokens.kind(begin) == Some(Kind::Word)
        {
            break;
        }
    }
    begin..end
}

/// Whether a function compares two secrets one by one, only as far as one of them goes.
fn looped(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let tags = func.name.map_or(0, |name| sense.name_tags(name)) | sense.own(func.params.clone());
    let name = func.name.map_or(0, |name| sense.name_tags(name));
    if func.body.len() > 120
        || name & (words::DECIDES | words::VERIFY) == 0
        || tags & words::SECRET == 0
        || tags & words::PARSING != 0
    {
        return None;
    }
    const LENGTHS: &[&str] =
        &["len", "length", "Length", "count", "size", "strlen", "indices", "bytesize", "Count"];
    let body = func.body.clone();
    let lengths = body.clone().filter(|at| tokens.any(*at, LENGTHS)).count();
    // The honest one holds one length against the other.
    let held = body.clone().any(|at| {
        let sized = |range: Range<usize>| range.into_iter().any(|at| tokens.any(at, LENGTHS));
        tokens.any(at, &["==", "!=", "===", "!==", "<", ">", "^", "-"])
            && sized(at.saturating_sub(4).max(func.body.start)..at)
            && sized(at + 1..at + 6)
            && !(at.saturating_sub(4)..at + 6).any(|at| tokens.any(at, &["&&", "||", ";", "and", "or"]))
    });
    let goes = body.clone().any(|at| tokens.any(at, &["for", "while", "times", "forEach"]));
    // `a[i] != b[i]`
    let at = body.clone().find(|at| {
        tokens.any(*at, &["!=", "!==", "==", "===", "^"])
            && tokens.is(at - 1, "]")
            && tokens.name(at + 1).is_some()
            && (at + 2..at + 6).any(|at| tokens.is(at, "["))
    })?;
    let terminated = body.clone().any(|at| tokens.text(at) == b"'\\0'");
    (goes && !held && !terminated && (lengths >= 1 || body.clone().any(|at| tokens.is(at, "range")))).then(|| Told {
        rule: "partial-secret",
        category: "trap.backdoor",
        severity: Severity::Medium,
        place: at - 1..at + 2,
        message: "a secret is compared only as far as one of the two goes: a short one, or an empty one, fits",
        question: "Why is not all of it compared?",
    })
}

/// Whether what stands at `at` is given to a comparison made for secrets.
fn careful(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let names = [
        "compare_digest",
        "timingSafeEqual",
        "hash_equals",
        "secure_compare",
        "ConstantTimeCompare",
        "FixedTimeEquals",
        "ct_eq",
        "CRYPTO_memcmp",
    ];
    (at.saturating_sub(16)..at)
        .any(|at| tokens.any(at, &names) || tokens.is(at, "Equal") && at > 1 && tokens.is(at - 2, "hmac"))
}
