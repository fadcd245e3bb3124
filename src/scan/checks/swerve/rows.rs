//! What opens after a row of taps, presses or numbers.

use super::Told;
use super::atoms::Atom;
use super::atoms::Relation;
use super::magic::Said;
use super::magic::told;
use super::outline::Branch;
use super::sense::Sense;
use super::sense::literal;
use super::tokens::Kind;
use super::words;

const ROW: Said = (
    "chosen-word",
    "a row of numbers that is written in the program is compared with what was put in last",
    "Who knows this row, and what does it open?",
);

pub(super) const TAPS: Said = (
    "chosen-word",
    "so many taps, written in the program, do what no button does",
    "Who knows of these taps, and what are they meant to do?",
);

/// Whether a name is that of what was put in last.
fn history(name: &[u8]) -> bool {
    const PUT_IN: &[&str] = &[
        "recent", "history", "taps", "presses", "pressed", "clicks", "sequence", "entered", "typed", "moves",
        "gesture", "gestures", "knock", "knocks", "coins", "ring", "trail", "inputs", "ports", "stakes",
        "bets",
    ];
    std::str::from_utf8(name).is_ok_and(|name| {
        words::parts(name).any(|part| PUT_IN.iter().any(|word| part.eq_ignore_ascii_case(word)))
    })
}

/// A list of numbers, some of them more than once, with which what was put in last is compared.
pub(super) fn row(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    (1..tokens.all.len()).find_map(|open| {
        if !tokens.any(open, &["{", "[", "("])
            || tokens.kind(open + 1) != Some(Kind::Number)
            || !sense.step(1)
        {
            return None;
        }
        let close = tokens.close(open).filter(|close| (7..=36).contains(&(close - open)))?;
        let name = row_name(sense, open)?;
        // What a test expects.
        let said = tokens.names.get(name as usize).map_or(Vec::new(), |name| name.to_ascii_lowercase());
        if ["expect", "want", "actual", "result", "output"]
            .iter()
            .any(|word| said.starts_with(word.as_bytes()))
        {
            return None;
        }
        let numbers: Vec<u64> = (open + 1..close)
            .filter(|at| tokens.kind(*at) == Some(Kind::Number))
            .filter_map(|at| literal(tokens.text(at)))
            .map(|number| number as u64)
            .collect();
        let plain = (open + 1..close).all(|at| tokens.kind(at) == Some(Kind::Number) || tokens.is(at, ","));
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let repeats = sorted.len() < numbers.len() && sorted.len() >= 2;
        if !plain
            || !(4..=16).contains(&numbers.len())
            || !repeats
            || numbers.is_sorted()
            || numbers.iter().all(|number| *number <= 1)
            || !sense.step(tokens.all.len() / 16)
        {
            return None;
        }
        let place = (1..tokens.all.len()).find(|at| {
            tokens.name(*at) == Some(name)
                && !(open.saturating_sub(12)..close).contains(at)
                && sense.step(30)
                && {
                    let around = at.saturating_sub(16)..(*at + 12).min(tokens.all.len());
                    around.clone().any(|at| {
                        tokens.any(
                            at,
                            &[
                                "==",
                                "!=",
                                "===",
                                "!==",
                                "equals",
                                "Equals",
                                "SequenceEqual",
                                "equal",
                                "elementsEqual",
                                "eql?",
                                "contentEquals",
                            ],
                        )
                    }) && around.clone().any(|other| {
                        tokens.kind(other) == Some(Kind::Word)
                            && tokens.name(other) != Some(name)
                            && history(tokens.text(other))
                    })
                }
        })?;
        Some(told(ROW, place..place + 1))
    })
}

/// The name that is given the list that begins at `open`: `const CODE = [`, `std::array<int, 7> code{`.
fn row_name(sense: &Sense, open: usize) -> Option<u32> {
    let tokens = sense.outline.tokens;
    let mut at = open.checked_sub(1)?;
    if sense.outline.language == "cpp" && tokens.is(open, "{") && !tokens.any(at, &["return", "=", "]"]) {
        return tokens.name(at);
    }
    // `listOf(`, `new int[] {`, `: [u8; 7] =`
    for _ in 0..14 {
        if tokens.any(at, &["=", ":="]) {
            let mut name = at.checked_sub(1)?;
            for _ in 0..12 {
                if tokens.any(name, &["const", "let", "val", "var", "static", "final", ";", "{", "}"]) {
                    return tokens.name(name + 1).filter(|_| !tokens.any(name, &[";", "{", "}"]));
                }
                if tokens.first(name)
                    && tokens.name(name).is_some()
                    && !tokens.any(name, &["private", "public", "static", "const", "final", "constexpr"])
                {
                    return tokens.name(name);
                }
                if tokens.kind(name) == Some(Kind::Word)
                    && (tokens.is(name + 1, "=") || tokens.is(name + 1, "[") && tokens.is(name + 2, "]"))
                {
                    return tokens.name(name);
                }
                name = name.checked_sub(1)?;
            }
            return None;
        }
        if tokens.first(at) && tokens.any(at, &[";", "}"]) {
            return None;
        }
        at = at.checked_sub(1)?;
    }
    None
}

/// Whether so many taps do more than show something.
pub(super) fn tapped(sense: &Sense, branch: &Branch, found: &[Atom]) -> bool {
    let tokens = sense.outline.tokens;
    let taps = found.iter().any(|atom| {
        matches!(atom.relation, Relation::Equal | Relation::More)
            && atom.met(branch.holds)
            && atom.left.len() <= 8
            && sense.fixed(atom.right.clone())
            && sense
                .number(atom.right.clone())
                .is_some_and(|number| (5.0..=20.0).contains(&number) && number.fract() == 0.0)
            && atom.left.clone().any(|at| {
                let lower = tokens.text(at).to_ascii_lowercase();
                tokens.kind(at) == Some(Kind::Word)
                    && ["tap", "click", "press", "knock", "touches"]
                        .iter()
                        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
                    && memchr::memmem::find(&lower, b"compress").is_none()
                    && memchr::memmem::find(&lower, b"pressure").is_none()
                    && memchr::memmem::find(&lower, b"express").is_none()
            })
    });
    if !taps {
        return false;
    }
    const SHOWS: &[&str] = &[
        "show",
        "toast",
        "alert",
        "present",
        "navigate",
        "push",
        "play",
        "animate",
        "log",
        "print",
        "set",
        "update",
        "render",
        "toggle",
        "vibrate",
        "start",
        "clear",
        "reset",
        "now",
        "slice",
        "filter",
        "max",
        "min",
        "string",
        "text",
        "display",
        "add",
        "remove",
        "emit",
        "dispatch",
        "select",
        "focus",
        "scroll",
        "stop",
        "prevent",
        "cancel",
        "make",
        "intent",
        "get",
        "format",
        "count",
        "increment",
        "warn",
        "debug",
        "hide",
        "zoom",
        "expand",
        "collapse",
    ];
    branch.body.clone().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && tokens.is(at + 1, "(")
            && lower.len() >= 3
            && lower.first().is_some_and(u8::is_ascii_lowercase)
            && !tokens.any(at, &["if", "for", "while", "switch", "catch"])
            && tokens.text(at).first().is_some_and(|b| {
                !b.is_ascii_uppercase()
                    || sense.outline.language == "go"
                    || sense.outline.language == "csharp"
            })
            && !SHOWS.iter().any(|word| lower.starts_with(word.as_bytes()))
    })
}
