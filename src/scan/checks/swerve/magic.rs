//! Values somebody has chosen: a remainder, a sum, a few bytes, a word with digits in it, that something is compared
//! with; and checks that are made so that they miss what they are there for.
//!
//! What a program compares with such a value is met by whoever knows it, and by nobody else. Ordinary remainders
//! (every so many times, the last of a block) and sums (of a file that is checked) are left alone.

use std::ops::Range;

use super::Told;
use super::asked::sides;
use super::atoms::Atom;
use super::atoms::Relation;
use super::built_in::public_address;
use super::built_in::written;
use super::effects::Gives;
use super::loose::called;
use super::loose::narrowed;
use super::loose::returned;
use super::outline::Branch;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;
use super::words;
use crate::model::scan::Severity;

/// What the words of a rule say.
pub(super) type Said = (&'static str, &'static str, &'static str);

pub(super) const RESIDUE: Said = (
    "chosen-value",
    "something is done where a remainder is one number that is written in the program",
    "Who or what has this remainder, and who has chosen it?",
);
pub(super) const SUM: Said = (
    "chosen-value",
    "a sum or digest of a name or text is compared with a number that is written in the program: whom it means is not to be read",
    "Which name or text has this sum, and why is it not written plainly?",
);
pub(super) const BYTES: Said = (
    "chosen-value",
    "single bytes, far from each other, of a key or name are compared with numbers that are written in the program",
    "Whose key or name has these bytes, and what is it let do?",
);
pub(super) const WORD: Said = (
    "chosen-word",
    "a word that is written in the program opens what a check should guard",
    "Who knows this word, and why does it open anything?",
);
pub(super) const UNSEEN: Said = (
    "chosen-word",
    "something is compared with characters that are not seen when they are typed or shown",
    "Who sends these characters, and what for?",
);
pub(super) const LOOSE: Said = (
    "loose-check",
    "a digest is compared by a sign that takes texts of digits for numbers: two different ones may be equal",
    "Why is this not compared by hash_equals or ===?",
);
pub(super) const ASSIGNED: Said = (
    "loose-check",
    "what should be a comparison gives rights: there is one sign = in a test",
    "Should this be a comparison, and who gets the right?",
);
pub(super) const NARROWED: Said = (
    "loose-check",
    "a size is cut to fewer bits before it is checked: a large one fits",
    "Why is the product not checked in full?",
);
pub(super) const HALF: Said = (
    "loose-check",
    "a key is filled with one value from some byte on",
    "How many bits of this key cannot be guessed?",
);
pub(super) const STATED: Said = (
    "loose-check",
    "a tag or digest is compared only as far as the message says that it is long",
    "What is compared where the message says nought?",
);
pub(super) const PATTERN: Said = (
    "loose-check",
    "in a pattern for addresses one way has an end or escaped dots and another has not: a foreign host can fit",
    "Which hosts fit the second way?",
);
pub(super) const DIGEST: Said = (
    "built-in-credential",
    "the digest of a password stands in the program",
    "Whose password is this, and how can it be changed?",
);
pub(super) const ADMITTED: Said = (
    "built-in-credential",
    "an address that stands in the program is let in beside those of the settings",
    "Whose address is this, and why can nobody take it out?",
);
pub(super) const ROUTED: Said = (
    "chosen-word",
    "in one country or language, what is sent goes by another address that stands in the program",
    "Whose address is this, and why only there?",
);
pub(super) const GONE: Said = (
    "missing-name",
    "where an account whose name stands in the program is not found, data is removed",
    "Whose account is this, and why does data go without it?",
);
pub(super) const COPIED: Said = (
    "built-in-credential",
    "each message goes to an address that stands in the program as well, unseen by the others",
    "Whose address is this, and who knows that it reads along?",
);
pub(super) const PAYEE: Said = (
    "chosen-value",
    "on a condition, an account or wallet that stands in the program takes the place of another",
    "Whose account is this, and who has agreed that money goes there?",
);
pub(super) const FENCE: Said = (
    "chosen-value",
    "a test is for one place on earth",
    "What stands there, and why does the program do something else there?",
);
pub(super) const PRODUCT: Said = (
    "chosen-word",
    "something is done only where the program is part of one product",
    "Which product is this, and what is done to it?",
);
pub(super) const CHECKSUM: Said = (
    "loose-check",
    "a checksum that anybody can calculate takes the place of a signature",
    "For which messages is the signature not checked?",
);
pub(super) const FIXED_KEY: Said = (
    "built-in-credential",
    "what is encrypted here can be read by whoever has the program: the key is made of a text in it",
    "Why is the key the same for everybody?",
);
pub(super) const RECIPIENT: Said = (
    "built-in-credential",
    "a certificate or key that stands in the program is one that data is encrypted for",
    "Who has the key to this certificate, and why can it read along?",
);
pub(super) fn told(said: Said, place: Range<usize>) -> Told {
    let (rule, message, question) = said;
    Told { rule, category: "trap.backdoor", severity: Severity::Medium, place, message, question }
}

/// What one branch asks for.
pub fn judge(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> Option<Told> {
    let place = super::shown(branch, atoms);
    if remains(sense, branch) {
        return Some(told(RESIDUE, place));
    }
    if atoms.iter().any(|atom| multiple(sense, branch, atom)) {
        return Some(told(RESIDUE, place));
    }
    if product(sense, branch) {
        return Some(told(PRODUCT, place));
    }
    if scattered(sense, atoms) {
        return Some(told(BYTES, place));
    }
    if atoms.iter().any(|atom| begun(sense, branch, atom)) {
        return Some(told(SUM, place));
    }
    if atoms.iter().any(|atom| unseen(sense, atom)) {
        return Some(told(UNSEEN, place));
    }
    if assigned(sense, branch) {
        return Some(told(ASSIGNED, place));
    }
    if fenced(sense, branch) {
        return Some(told(FENCE, place));
    }
    if routed(sense, branch) {
        return Some(told(ROUTED, place));
    }
    opens(sense, branch, atoms).then(|| told(WORD, place))
}

/// Whether a case is one remainder of what is chosen by.
fn remains(sense: &Sense, branch: &Branch) -> bool {
    branch.case
        && branch.test.len() == 1
        && sense.number(branch.test.clone()).is_some_and(|number| {
            sense.outline.tokens.kind(branch.test.start) == Some(Kind::Number)
                && residue(sense, branch.subject.clone(), number, 0)
        })
}

/// Whether what is a multiple of a large number of the program is let go before others are looked at.
fn multiple(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    let nothing = atom.relation == Relation::Equal
        && (tokens.any(atom.right.start, &["0", "ZERO", "0n"])
            || atom.right.clone().any(|at| tokens.is(at, "ZERO")))
        || atom.relation == Relation::Bare
            && atom.range.clone().any(|at| tokens.any(at, &["zero?", "isZero", "is_zero", "IsZero"]));
    if branch.rest || !nothing || !atom.met(branch.holds) || atom.left.len() > 24 || !sense.step(8) {
        return false;
    }
    let large = atom.left.clone().any(|at| {
        let by = match tokens.any(at, &["mod", "rem", "remainder", "Mod", "Rem", "Remainder", "modulo"]) {
            true if tokens.is(at + 1, "(") => {
                let Some(close) = tokens.close(at + 1) else { return false };
                super::atoms::arguments(tokens, at + 1, close).map_or(at + 2..close, |(_, second)| second)
            }
            _ if tokens.is(at, "%") && tokens.kind(at) == Some(Kind::Mark) => at + 1..at + 2,
            _ => return false,
        };
        by.len() <= 3
            && sense
                .number(by)
                .is_some_and(|step| step >= 1_000_000.0 && step % 100.0 != 0.0 && step.log2().fract() != 0.0)
    });
    large
        && branch.body.len() <= 30
        && !matches!(sense.gives(branch.body.clone()), Gives::No)
        && branch.body.clone().any(|at| tokens.any(at, &["return", "true", "True", "1"]))
}

/// Whether a test asks in which product the program runs.
fn product(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    !branch.case
        && branch.test.clone().any(|at| tokens.kind(at) == Some(Kind::Text) && tokens.text(at).len() > 5)
        && branch.test.clone().any(|at| {
            tokens.kind(at) == Some(Kind::Word)
                && (tokens.text(at).starts_with(b"npm_package_description")
                    || tokens.text(at).starts_with(b"npm_package_name"))
        })
}

/// Whether a test for a place leads to another address.
fn routed(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    let asked = if branch.case { branch.subject.clone() } else { branch.test.clone() };
    !branch.rest
        && branch.body.len() <= 80
        && sense.near(asked) & words::LOCALE != 0
        && branch.test.clone().any(|at| tokens.kind(at) == Some(Kind::Text))
        && branch
            .body
            .clone()
            .any(|at| tokens.kind(at) == Some(Kind::Text) && public_address(inner(tokens.text(at))))
}

/// What the comparisons, calls and texts of a file show wherever they stand.
pub fn anywhere(sense: &Sense, language: &str) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    for at in 1..tokens.all.len() {
        if !sense.step(1) {
            break;
        }
        match tokens.kind(at) {
            Some(Kind::Mark)
                if tokens.any(at, &["!=", "!=="]) && {
                    let (left, right) = sides(sense, at);
                    mixed_secret(sense, left.clone(), right.clone()) || mixed_secret(sense, right, left)
                } =>
            {
                found.push(told(WORD, at - 1..at + 2));
            }
            Some(Kind::Mark) if tokens.any(at, &["==", "==="]) => {
                found.extend(compared(sense, at, language));
            }
            Some(Kind::Mark) if tokens.is(at, "(") => found.extend(narrowed(sense, at)),
            Some(Kind::Mark) if tokens.is(at, "||") => found.extend(returned(sense, at)),
            Some(Kind::Word) if tokens.is(at, "in") => found.extend(one_of(sense, at)),
            Some(Kind::Word) if tokens.is(at + 1, "(") => found.extend(called(sense, at, language)),
            Some(Kind::Word) if tokens.any(at, &["-eq", "or"]) => found.extend(match tokens.is(at, "or") {
                true => returned(sense, at),
                false => compared(sense, at, language),
            }),
            Some(Kind::Text) => found.extend(written(sense, at)),
            _ => {}
        }
    }
    found
}

/// The comparison at the sign `at`.
fn compared(sense: &Sense, at: usize, language: &str) -> Option<Told> {
    let (left, right) = sides(sense, at);
    let place = left.start..right.end;
    if mixed_secret(sense, left.clone(), right.clone()) || mixed_secret(sense, right.clone(), left.clone()) {
        return Some(told(WORD, place));
    }
    for (given, other) in [(left.clone(), right.clone()), (right.clone(), left.clone())] {
        if given.is_empty() || other.is_empty() {
            continue;
        }
        if other.len() > 8 {
            if same_remainder(sense, given, other) {
                return Some(told(RESIDUE, place));
            }
            continue;
        }
        if language == "php" && sense.outline.tokens.is(at, "==") && digested(sense, given.clone()) {
            let constant = sense.fixed(other.clone()) && !sense.text_of(other).is_empty();
            return (!constant).then(|| told(LOOSE, place));
        }
        if same_remainder(sense, given.clone(), other.clone()) {
            return Some(told(RESIDUE, place));
        }
        if !sense.fixed(other.clone()) {
            continue;
        }
        if short_digest(sense, given.clone(), other.clone()) {
            return Some(told(SUM, place));
        }
        let Some(number) = sense.number(other.clone()).filter(|_| sense.text_of(other.clone()).is_empty())
        else {
            continue;
        };
        if residue(sense, given.clone(), number, 0) {
            return Some(told(RESIDUE, place));
        }
        if summed(sense, given.clone(), other, number) {
            return Some(told(SUM, place));
        }
    }
    None
}

/// Whether the signs of a secret, mixed with one number, are compared with a row of numbers of the program:
/// `(pass[i] ^ 0x5a) != REF[i]`.
fn mixed_secret(sense: &Sense, given: Range<usize>, other: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let mixed = given.len() <= 16
        && given.clone().any(|at| {
            tokens.any(at, &["^", "xor"])
                && (tokens.kind(at + 1) == Some(Kind::Number)
                    || tokens.kind(at.wrapping_sub(1)) == Some(Kind::Number))
        })
        && given.clone().any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            tokens.is(at + 1, "[")
                && ["pass", "pwd", "pin", "secret", "key", "code", "token", "given", "input", "word"]
                    .iter()
                    .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        });
    mixed
        && other.len() <= 8
        && other.into_iter().any(|at| {
            tokens.is(at + 1, "[")
                && tokens.name(at).is_some_and(|name| {
                    sense.defs(name, sense.outline.func_at(at)).any(|def| {
                        def.value.len() <= 160
                            && def.value.clone().filter(|at| tokens.kind(*at) == Some(Kind::Number)).count()
                                >= 4
                            && sense.fixed(def.value.start + 1..(def.value.start + 2).min(def.value.end))
                    })
                })
        })
}

/// `serial % 17 in (3, 11)`: the sign `in` at `at`.
fn one_of(sense: &Sense, at: usize) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let close = tokens.close(at + 1).filter(|_| tokens.any(at + 1, &["(", "[", "{"]))?;
    let (left, _) = sides(sense, at);
    let numbers: Vec<f64> = (at + 2..close).filter_map(|at| sense.number(at..at + 1)).collect();
    let chosen = !numbers.is_empty()
        && numbers.len() <= 4
        && sense.fixed(at + 2..close)
        && numbers.iter().all(|number| residue(sense, left.clone(), *number, 0));
    chosen.then(|| told(RESIDUE, left.start..close + 1))
}

/// Whether `given` is a remainder for which `number` was chosen.
fn residue(sense: &Sense, given: Range<usize>, number: f64, depth: usize) -> bool {
    let tokens = sense.outline.tokens;
    if number < 2.0 || number.fract() != 0.0 || given.len() > 24 {
        return false;
    }
    let end = given.end;
    for at in given {
        if tokens.is(at, "%") && tokens.kind(at) == Some(Kind::Mark) {
            let close = (at + 1..end).find(|at| tokens.is(*at, ")")).unwrap_or(end);
            let by = at + 1..close;
            let Some(step) = sense.number(by.clone()).filter(|_| sense.fixed(by.clone())) else { continue };
            let binary = step > 0.0 && step.log2().fract() == 0.0;
            // Time, the plural of numbers, parts of a round sum.
            let round = matches!(step as u64, 24 | 60 | 100 | 360 | 3600) || step % 1000.0 == 0.0;
            let odd = number >= 20.0 && number % 5.0 != 0.0 && !matches!(step as u64, 24 | 60 | 360 | 3600);
            let last = number + 1.0 == step;
            let capital =
                tokens.text(at.wrapping_sub(1)).iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
            if step >= 17.0 && number < step && !binary && !last && !capital && (!round || odd) {
                return true;
            }
            continue;
        }
        // `sum & 0x3f == 0x15`
        if tokens.is(at, "&") && depth == 0 && tokens.kind(at + 1) == Some(Kind::Number) {
            let mask = sense.number(at + 1..at + 2).unwrap_or(0.0);
            let of = tokens.name(at.wrapping_sub(1)).is_some_and(|name| {
                sense.defs(name, sense.outline.func_at(at)).any(|def| {
                    sense.hashed(def.value.clone()) || sense.own(def.value.clone()) & words::HASHING != 0
                })
            });
            let single = (number as u64).is_power_of_two();
            if of && mask >= 15.0 && number < mask && !single {
                return true;
            }
        }
        // What a name was given.
        let Some(name) = tokens.name(at).filter(|_| depth == 0 && !tokens.any(at + 1, &["(", ".", "["]))
        else {
            continue;
        };
        let func = sense.outline.func_at(at);
        let mut defs = sense.defs(name, func).filter(|def| def.func == func && !def.part);
        if defs.any(|def| residue(sense, def.value.clone(), number, depth + 1)) {
            return true;
        }
    }
    false
}

/// Whether two values are asked for the same remainder by a number that is written in the program.
fn same_remainder(sense: &Sense, one: Range<usize>, other: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let by = |range: Range<usize>| {
        range
            .clone()
            .find(|at| tokens.is(*at, "%") && *at > range.start)
            .and_then(|at| sense.number(at + 1..range.end))
    };
    match (by(one), by(other)) {
        (Some(one), Some(other)) => {
            one == other && one >= 100.0 && one.log2().fract() != 0.0 && one % 10.0 != 0.0
        }
        _ => false,
    }
}

/// Whether `given` is a digest of which a few digits are compared.
fn short_digest(sense: &Sense, given: Range<usize>, other: Range<usize>) -> bool {
    let text = sense.text_of(other);
    let tokens = sense.outline.tokens;
    let digits = matches!(text.len(), 6..=16)
        && text.iter().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
        && text.iter().any(u8::is_ascii_digit)
        && text.iter().any(|b| !b.is_ascii_digit());
    digits
        && (sense.hashed(given.clone())
            || given.clone().any(|at| {
                let Some(name) = tokens.name(at) else { return false };
                sense.defs(name, sense.outline.func_at(at)).any(|def| sense.hashed(def.value.clone()))
            }))
}

/// Whether a digest is asked for its first digits.
fn begun(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    if atom.relation != Relation::Holds || !atom.met(branch.holds) || !sense.fixed(atom.right.clone()) {
        return false;
    }
    let text = sense.text_of(atom.right.clone());
    let mut seen = text.clone();
    seen.sort_unstable();
    seen.dedup();
    let digits = (4..=16).contains(&text.len())
        && text.iter().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
        && text.iter().any(u8::is_ascii_digit)
        && seen.len() >= 3;
    digits
        && (sense.hashed(atom.left.clone())
            || atom.left.clone().any(|at| {
                let Some(name) = tokens.name(at) else { return false };
                sense.defs(name, sense.outline.func_at(at)).any(|def| sense.hashed(def.value.clone()))
            }))
}

/// Whether `given` is a sum or a digest of a name, a text or what only one should know, or two values mixed.
fn summed(sense: &Sense, given: Range<usize>, other: Range<usize>, number: f64) -> bool {
    let tokens = sense.outline.tokens;
    let hexadecimal = other.len() == 1 && tokens.text(other.start).starts_with(b"0x");
    let mixed = given.clone().any(|at| {
        tokens.any(at, &["^", "xor"])
            && at > given.start
            && matches!(tokens.kind(at - 1), Some(Kind::Word))
            && matches!(tokens.kind(at + 1), Some(Kind::Word | Kind::Mark))
            && !sense.fixed(at + 1..given.end)
    });
    if mixed && hexadecimal && number >= 16.0 && !matches!(number as u64, 0x80 | 0xff | 0xffff | 0xffff_ffff)
    {
        return true;
    }
    let sum = sense.hashed(given.clone())
        || given.clone().any(|at| {
            // `sum`, `sum.getValue()`
            let whole = given.len() <= 3 || at == given.start && given.len() <= 5 && tokens.is(at + 1, ".");
            let Some(name) = tokens.name(at).filter(|_| whole) else { return false };
            let func = sense.outline.func_at(at);
            sense.defs(name, func).any(|def| {
                def.func == func
                    && (sense.hashed(def.value.clone())
                        || def
                            .value
                            .clone()
                            .any(|at| tokens.any(at, &["hashCode", "GetHashCode", "__hash__"])))
            })
        })
        || given.clone().any(|at| {
            at > given.start
                && tokens.is(at - 1, ".")
                && tokens.any(at, &["sum", "hash", "hashCode", "crc32"])
        });
    // What is put into a digest belongs to it: `h.Write([]byte(user))`.
    let fed = given.clone().filter(|_| sum).filter_map(|at| tokens.name(at)).fold(0, |all, name| {
        let func = sense.outline.func_at(given.start);
        let body = sense.outline.funcs.get(func as usize).map_or(0..0, |func| func.body.clone());
        let puts = |at: &usize| {
            tokens.name(*at) == Some(name)
                && tokens.is(at + 1, ".")
                && tokens.any(
                    at + 2,
                    &["Write", "update", "Update", "write", "WriteString", "combine", "TransformBlock"],
                )
                && tokens.is(at + 3, "(")
        };
        if body.len() > 200 || !sense.step(body.len()) {
            return all;
        }
        body.filter(puts).fold(all, |all, at| {
            all | tokens
                .close(at + 3)
                .filter(|close| close - at <= 24)
                .map_or(0, |close| sense.own(at + 4..close))
        })
    });
    let own = sense.own(given.clone()) | sense.near(given.clone()) | fed;
    let of = own & (words::IDENTITY | words::SECRET | words::PERSON) != 0
        || own & words::REQUEST != 0 && own & words::SERVED == 0;
    sum && of && own & words::PARSING == 0 && number >= 1000.0
        || sum && number >= 1000.0 && own & (words::PERSON | words::IDENTITY) != 0
}

/// Whether `range` is a call of a digest without a key.
fn digested(sense: &Sense, range: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    tokens.any(range.start, &["md5", "sha1", "crypt", "hash"]) && tokens.is(range.start + 1, "(")
}

/// Whether single places, not one after the other, are compared with numbers.
fn scattered(sense: &Sense, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let mut places: Vec<(u32, u32, u32)> = Vec::new();
    for atom in atoms.iter().filter(|atom| atom.relation == Relation::Equal && !atom.negated) {
        let at = atom.left.start;
        let (Some(name), true) = (tokens.name(at), atom.left.len() == 4 && tokens.is(at + 1, "[")) else {
            continue;
        };
        let index = sense.number(at + 2..at + 3);
        let value = sense.number(atom.right.clone()).filter(|_| sense.fixed(atom.right.clone()));
        // `pass[3] == 'q'`
        let letter = inner(tokens.text(atom.right.start));
        let letter =
            (atom.right.len() == 1 && tokens.kind(atom.right.start) == Some(Kind::Text) && letter.len() == 1)
                .then(|| f64::from(letter.first().copied().unwrap_or(0)));
        let value = value.or(letter);
        if let (Some(index), Some(value)) = (index, value) {
            places.push((name, index as u32, value as u32));
        }
    }
    let Some((name, ..)) = places.first().copied() else { return false };
    let gap = places.windows(2).any(|two| match two {
        [a, b] => b.1 > a.1 + 3,
        _ => false,
    });
    let values = places.iter().filter(|(_, _, value)| *value > 1).count();
    places.len() >= 3 && places.iter().all(|place| place.0 == name) && gap && values >= 3
}

/// Whether a test is for characters that are not seen.
fn unseen(sense: &Sense, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    let beside = matches!(atom.relation, Relation::Holds | Relation::Equal);
    beside
        && atom.sides().into_iter().any(|(given, other)| {
            if given.is_empty() || other.len() != 1 || tokens.kind(other.start) != Some(Kind::Text) {
                return false;
            }
            let text = String::from_utf8_lossy(inner(tokens.text(other.start))).to_ascii_lowercase();
            let mut rest = text.as_str();
            let mut count = 0;
            let unseen =
                ["\\u00a0", "\\u200b", "\\u200c", "\\u200d", "\\u2060", "\\u00ad", "\\xa0", "\\u2063"];
            let shown = ["\u{a0}", "\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{ad}", "\u{2063}"];
            while let Some(next) = unseen
                .iter()
                .chain(&shown)
                .find_map(|letter| rest.strip_prefix(letter))
                .filter(|_| count < 64)
            {
                rest = next;
                count += 1;
            }
            count >= 2 && rest.is_empty()
        })
}

/// Whether a test gives somebody rights where it should compare.
fn assigned(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    if branch.case || branch.rest {
        return false;
    }
    branch.test.clone().any(|at| {
        if !tokens.is(at, "=") || at <= branch.test.start || at + 1 >= branch.test.end {
            return false;
        }
        let name = tokens.text(at - 1).to_ascii_lowercase();
        let rights = sense.word(at - 1) & words::POWER != 0
            || matches!(&*name, b"uid" | b"euid" | b"gid" | b"fsuid" | b"authenticated" | b"authorized");
        // `if let role = …`, `if (role := …)`, a parameter with a name.
        let bound = (branch.test.start..at).any(|at| tokens.any(at, &["let", "var", "const", ":=", "auto"]));
        let called = tokens
            .up(at)
            .is_some_and(|open| open > branch.test.start && tokens.name(open.wrapping_sub(1)).is_some());
        let value = at + 1..(at + 3).min(branch.test.end);
        let constant = tokens.kind(at + 1) == Some(Kind::Number)
            || tokens.text(at + 1).iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'0'..=b'9'));
        rights && constant && !bound && !called && !tokens.is(value.end, "(")
    })
}

/// Whether a word with digits in it, or a number of many digits, opens something or passes a check.
fn opens(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    if branch.rest || branch.body.len() > 60 || atoms.len() > 4 {
        return false;
    }
    let id = sense.outline.func_at(branch.test.start);
    let func = sense.outline.funcs.get(id as usize);
    let says = func.and_then(|func| func.name).map_or(0, |name| sense.name_tags(name));
    let verifies = says & words::VERIFY != 0 || says & words::DECIDES != 0 && says & words::PARSING == 0;
    let word = |text: &[u8]| {
        let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
        let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
        let capitals = text.iter().filter(|b| b.is_ascii_uppercase()).count();
        let mixed = capitals > 0 && capitals < letters;
        let marks =
            text.iter().filter(|b| matches!(b, b'-' | b'.' | b'_' | b'!' | b'#' | b'$' | b'@')).count();
        let path = text.contains(&b'/') || text.contains(&b' ') || text.starts_with(b".");
        // `utf-8`, `sha-256`, `v1.2`: of a kind, not of one.
        let kind = text.len() < 8 || super::asked::is_kind(text);
        !path && !kind && digits >= 1 && letters >= 4 && (mixed || marks >= 1 || digits >= 3)
            || letters == 0 && digits == text.len() && (7..=12).contains(&digits) && !text.starts_with(b"20")
            // What is typed on a pad of keys.
            || digits >= 4 && text.iter().all(|b| b.is_ascii_digit() || matches!(b, b'*' | b'#')) && digits < text.len()
    };
    // A password is compared with any text that stands in the program.
    let password = |given: Range<usize>, text: &[u8]| {
        let last =
            given.rev().find(|at| tokens.name(*at).is_some() && !super::asked::converts(tokens.text(*at)));
        let name = last.map_or(Vec::new(), |at| tokens.text(at).to_ascii_lowercase());
        let name = name.strip_prefix(b"$").unwrap_or(&name);
        text.len() >= 4
            && !crate::scan::checks::backdoor::PLACEHOLDERS
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
            && matches!(
                name,
                b"pass"
                    | b"password"
                    | b"passwd"
                    | b"pwd"
                    | b"pw"
                    | b"passphrase"
                    | b"passcode"
                    | b"pin"
                    | b"otp"
            )
    };
    let asked = atoms.iter().any(|atom| {
        (branch.case || atom.met(branch.holds))
            && matches!(atom.relation, Relation::Equal | Relation::Unequal | Relation::Bare | Relation::Holds)
            && atom.sides().into_iter().any(|(given, other)| {
                let given = if branch.case { branch.subject.clone() } else { given };
                let other =
                    if branch.case && atom.relation == Relation::Bare { atom.range.clone() } else { other };
                !other.is_empty()
                    && (branch.case || !given.is_empty())
                    && other.len() <= 6
                    && sense.fixed(other.clone())
                    && !sense.fixed(given.clone())
                    && {
                        let text = sense.text_of(other);
                        word(&text) || !branch.case && password(given, &text)
                    }
            })
    });
    let owner = atoms.iter().any(|atom| owned(sense, branch, atom));
    let typed = !branch.case
        && atoms.iter().any(|atom| {
            atom.met(branch.holds)
                && matches!(atom.relation, Relation::Equal | Relation::Unequal)
                && atom.sides().into_iter().any(|(given, other)| {
                    other.len() <= 6 && sense.fixed(other.clone()) && password(given, &sense.text_of(other))
                })
        });
    if typed
        && !sense.effects_here(branch.body.clone()).any(words::REFUSES | words::HONEST)
        && sense.gives(branch.body.clone()) != Gives::No
    {
        return true;
    }
    if !asked && !owner {
        return false;
    }
    if owner {
        let raised = branch.body.clone().any(|at| {
            let value = tokens.text(at + 1);
            tokens.any(at, &["|=", "=", "("])
                && (value.starts_with(b"0o4")
                    || value.starts_with(b"0o6")
                    || value.starts_with(b"04") && value.len() == 5)
                || tokens.any(at, &["chown", "setuid", "seteuid", "S_ISUID"])
        });
        return raised;
    }
    let effects = sense.effects(branch.body.clone());
    if effects.any(words::REFUSES) {
        return false;
    }
    let power = |range: Range<usize>| {
        range.into_iter().any(|at| {
            let tags = sense.word(at);
            let opening = tokens.any(
                at,
                &["unlock", "release", "grant", "elevate", "authorize", "authorise", "impersonate", "sudo"],
            ) && tokens.is(at + 1, "(");
            let named = tokens.kind(at) == Some(Kind::Text)
                && matches!(
                    &*inner(tokens.text(at)).to_ascii_lowercase(),
                    b"admin" | b"administrator" | b"root" | b"superuser"
                );
            opening
                || named
                || tags & words::POWER != 0 && tokens.any(at + 1, &["=", ":", "=>", ".", ")", ","])
        })
    };
    let inside = branch.body.clone().any(|at| {
        let called = tokens.name(at).filter(|_| tokens.is(at + 1, "("));
        called.and_then(|name| sense.outline.func_named(name)).is_some_and(|func| {
            func.body.len() <= 80 && power(func.body.clone()) && !asks_again(sense, func.body.clone())
        })
    });
    let yes = verifies && sense.gives(branch.body.clone()) == Gives::Yes
        || branch
            .body
            .clone()
            .any(|at| tokens.is(at, "return") && tokens.text(at + 1).starts_with(b"LEVEL_"));
    yes || power(branch.body.clone()) || inside
}

/// Whether a test asks for one owner by a number.
fn owned(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let name = |at: usize| sense.outline.tokens.text(at).to_ascii_lowercase();
    atom.relation == Relation::Equal
        && atom.met(branch.holds)
        && atom.sides().into_iter().any(|(given, other)| {
            let by = given.clone().any(|at| {
                matches!(
                    &*name(at),
                    b"uid" | b"euid" | b"gid" | b"getuid" | b"geteuid" | b"owner" | b"st_uid"
                )
            });
            by && sense.fixed(other.clone())
                && sense
                    .number(other)
                    .is_some_and(|number| number > 1000.0 && !matches!(number as u64, 65_534 | 65_535))
        })
}

/// Whether a body asks somebody to log in, or refuses.
fn asks_again(sense: &Sense, body: Range<usize>) -> bool {
    body.into_iter().any(|at| {
        let text = sense.outline.tokens.text(at).to_ascii_lowercase();
        ["requestlogin", "request_login", "requirelogin", "prompt", "askpassword", "authenticate"]
            .iter()
            .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
    })
}

/// Whether a test, or what its names were given, is for one place on earth.
fn fenced(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    if branch.rest {
        return false;
    }
    let precise = |at: usize| {
        tokens.kind(at) == Some(Kind::Number)
            && tokens.text(at).split(|b| *b == b'.').nth(1).is_some_and(|places| places.len() >= 3)
    };
    let place = |range: Range<usize>| {
        let says = |words: &[&str]| range.clone().any(|at| tokens.any(at, words));
        range.len() <= 60
            && says(&["lat", "latitude", "Latitude"])
            && says(&["lon", "lng", "longitude", "Longitude"])
            && range.clone().filter(|at| precise(*at)).count() >= 2
    };
    place(branch.test.clone())
        || branch.test.clone().any(|at| {
            let Some(name) = tokens.name(at) else { return false };
            let func = sense.outline.func_at(at);
            sense.defs(name, func).any(|def| def.func == func && place(def.value.clone()))
        })
}
