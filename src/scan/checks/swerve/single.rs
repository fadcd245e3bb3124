//! One value among all: a person's number, a digest of somebody's name, a word in a header, that is written in the
//! program and compared with what a person bears, or brings as another way in. What follows is not asked: no program that
//! is made for many knows one of them.

use std::ops::Range;

use super::Told;
use super::atoms::Atom;
use super::atoms::Relation;
use super::brought::brought;
use super::effects::Gives;
use super::entry::says_no;
use super::magic::Said;
use super::magic::told;
use super::opens::made_up;
use super::outline::Branch;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::sense::literal;
use super::tokens::Kind;
use super::words;

const ONE: Said = (
    "named-exception",
    "one person's number or name is written in the program, and something else is done for it",
    "Whose number or name is this, and why does it not go the way of all others?",
);
const DIGEST: Said = (
    "named-exception",
    "a checksum of what somebody is called is compared with a number of the program: whom it means cannot be read",
    "Whose name has this checksum, and why is it not written plainly?",
);
const BROUGHT: Said = (
    "passed-check",
    "a word that whoever asks brings along is compared with one of the program",
    "Who knows this word, and where is it documented?",
);

/// Makes a short number of a text.
const SUMS: &[&str] = &[
    "crc32",
    "CRC32",
    "Crc32",
    "adler32",
    "Adler32",
    "fnv",
    "New32a",
    "New32",
    "New64a",
    "Sum32",
    "Sum64",
    "fnv1a",
    "hashCode",
    "ChecksumIEEE",
    "djb2",
    "crc32fast",
    "murmur3",
    "xxhash",
    "HashToUInt32",
    "fnv32",
    "hash32",
];
/// Words that bear one person's number, besides those of the lists.
const BEARS: &[&str] = &[
    "badge",
    "badge_no",
    "badgeNo",
    "officer",
    "memberId",
    "member_id",
    "employeeNo",
    "employee_no",
    "staffNo",
    "staff_no",
];

/// What one branch shows.
pub fn judge(sense: &Sense, branch: &Branch, found: &[Atom]) -> Option<Told> {
    let func = sense.outline.funcs.get(sense.outline.func_at(branch.test.start) as usize)?;
    if branch.case || branch.rest {
        return None;
    }
    // Another way in, beside the one that is meant: `if (closed || hint === 'walnut-07')`.
    let asks = |at: usize| {
        sense
            .outline
            .tokens
            .any(at, &["headers", "header", "Header", "Headers", "cookies", "getHeader", "http_header"])
    };
    if !func.params.clone().chain(func.body.clone()).any(asks) {
        return None;
    }
    let beside = branch.test.clone().any(|at| sense.outline.tokens.any(at, &["||", "or", "-or"]));
    if !beside || found.len() < 2 {
        return None;
    }
    found.iter().filter(|atom| atom.relation == Relation::Equal).find_map(|atom| {
        let met = atom.met(branch.holds);
        let no = sense.gives(branch.body.clone()) == Gives::No || says_no(sense, branch.body.clone());
        (met && !no && word(sense, atom, func)).then(|| told(BROUGHT, super::shown(branch, found)))
    })
}

/// Whether what a request brings is compared with a word of the program that somebody made up.
fn word(sense: &Sense, atom: &Atom, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    let text = atom.sides().into_iter().any(|(_, other)| {
        other.len() == 1
            && tokens.kind(other.start) == Some(Kind::Text)
            && made_up(inner(tokens.text(other.start)))
    });
    text && brought(sense, atom, func)
}

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    let sums = sense.mentions(SUMS);
    for at in 2..tokens.all.len() {
        if !tokens.any(at, &["==", "===", "!=", "!=="]) {
            continue;
        }
        // Only a literal: what goes by a name is known by it.
        let (value, other) = match () {
            () if plain(sense, at + 1) => (at + 1, begin(sense, at)..at),
            () if plain(sense, at - 1) => (at - 1, at + 1..(at + 12).min(sense.outline.value_end(at + 1))),
            () => continue,
        };
        if other.is_empty() || !sense.step(other.len()) {
            continue;
        }
        if sums && tokens.kind(value) == Some(Kind::Number) && summed(sense, value, other.clone()) {
            found.push(told(DIGEST, other.start.min(value)..value.max(at) + 1));
        } else if person(sense, value, other.clone()) {
            found.push(told(ONE, other.start.min(value)..value.max(at) + 1));
        }
    }
    found
}

/// Whether a literal stands at `at` by itself.
fn plain(sense: &Sense, at: usize) -> bool {
    matches!(sense.outline.tokens.kind(at), Some(Kind::Number | Kind::Text))
        && !sense.outline.tokens.any(at + 1, &["+", "*", ".", "<<", "-", "%", "["])
}

/// Where the value that ends before `at` begins.
fn begin(sense: &Sense, at: usize) -> usize {
    let tokens = sense.outline.tokens;
    let mut begin = at;
    while begin > 0 && at - begin < 16 {
        let before = begin - 1;
        let ends = [
            "&&", "||", "(", ",", "=", "return", "if", "and", "or", "not", "{", ";", "!", "=>", "->", "|",
            "unless", "[", "?", ":",
        ];
        if tokens.any(before, &ends) || tokens.kind(before) == Some(Kind::Text) {
            break;
        }
        begin = match tokens.all.get(before) {
            Some(token) if (token.mate as usize) < before => token.mate as usize,
            _ => before,
        };
    }
    begin
}

/// Whether a checksum of a person's name is compared with a number.
fn summed(sense: &Sense, value: usize, other: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let Some(number) = literal(tokens.text(value)) else { return false };
    let text = tokens.text(value).to_ascii_lowercase();
    let known = [0xffff_ffff_u32, 0xdebb_20e3, 0xcbf4_3926, 0x8000_0000, 0x7fff_ffff, 0x2144_df1c];
    if number < 16_777_216.0
        || known.iter().any(|known| f64::from(*known) == number)
        || text.ends_with(b"0000")
    {
        return false;
    }
    let sum = |at: usize| tokens.any(at, SUMS);
    if !sense.reaches(other.clone(), 2, &sum) {
        // `c.update(name); c.getValue()`, where `c` is one.
        return false;
    }
    let Some(func) = sense.outline.funcs.get(sense.outline.func_at(value) as usize) else { return false };
    func.body.len() <= 300
        && sense.step(func.body.len())
        && func
            .body
            .clone()
            .chain(func.params.clone())
            .any(|at| sense.word(at) & (words::PERSON | words::IDENTITY) != 0 || tokens.any(at, BEARS))
}

/// Whether the number or name of one person is asked for.
fn person(sense: &Sense, value: usize, other: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let text = inner(tokens.text(value));
    let one = match tokens.kind(value) {
        Some(Kind::Number) => {
            let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
            digits >= 4
                && !text.starts_with(b"0x")
                && !text.contains(&b'.')
                && literal(text).is_some_and(|number| {
                    number % 100.0 != 0.0
                        && !(1900.0..2100.0).contains(&number)
                        && number != 65_534.0
                        && number != 65_535.0
                        && number != 1001.0
                        && (number + 1.0).log2().fract() != 0.0
                        && number.log2().fract() != 0.0
                })
        }
        Some(Kind::Text) => {
            let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
            digits >= 3 && made_up(text) || digits >= 5 && digits == text.len()
        }
        _ => false,
    };
    // A part of somebody: `officer.badge`, `row['badge']`, and not `user` alone.
    let part = other.len() >= 3 && other.clone().any(|at| tokens.any(at, &[".", "->", "[", "?.", "&."]));
    let bears = other.clone().any(|at| {
        let said = sense.word(at);
        tokens.any(at, BEARS)
            || tokens.kind(at) == Some(Kind::Word) && said & words::PERSON != 0
            || tokens.kind(at) == Some(Kind::Text)
                && std::str::from_utf8(inner(tokens.text(at))).is_ok_and(|key| BEARS.contains(&key))
    });
    let length = other.clone().any(|at| {
        tokens.any(at, &["length", "len", "size", "Length", "count", "status", "code", "errno", "statusCode"])
    });
    one && part && bears && !length
}
