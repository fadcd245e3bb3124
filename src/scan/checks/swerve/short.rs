//! Secrets that are compared only as far as what was brought goes: the loop ends with it, and the look at the
//! lengths turns away what is too long, not what is too short.

use std::ops::Range;

use super::Told;
use super::magic::Said;
use super::magic::told;
use super::outline::Func;
use super::sense::Sense;
use super::tokens::Kind;
use super::words;

const SHORT: Said = (
    "partial-secret",
    "a secret is compared only as far as what was brought goes: an empty one fits",
    "Why is one that is too short not turned away?",
);
/// Longest function that is looked at.
const FUNC: usize = 160;
const LENGTHS: &[&str] =
    &["len", "length", "Length", "count", "size", "strlen", "bytesize", "Count", "byteLength", "getSize"];

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    if sense.file() & (words::VERIFY | words::HASHING | words::SECRET) == 0 {
        return Vec::new();
    }
    sense.outline.funcs.iter().filter_map(|func| compared(sense, func)).collect()
}

/// Whether a function compares two of its values as far as one goes that may be shorter.
fn compared(sense: &Sense, func: &Func) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let name = func.name.map_or(0, |name| sense.name_tags(name));
    let said = func.name.and_then(|name| tokens.names.get(name as usize)).copied().unwrap_or_default();
    let same = ["same", "equal", "match", "compare", "eq", "verify", "check"]
        .iter()
        .any(|word| said.to_ascii_lowercase().starts_with(word.as_bytes()));
    if func.body.len() > FUNC
        || !same && name & (words::DECIDES | words::VERIFY) == 0
        || !sense.step(func.body.len())
    {
        return None;
    }
    let taken: Vec<u32> = func.params.clone().filter_map(|at| tokens.name(at)).collect();
    // `diff |= a[i] ^ b[i]`, `a[i] != b[i]`
    let (at, one, other) = func.body.clone().find_map(|at| {
        if !tokens.any(at, &["^", "!=", "!==", "==", "==="]) || !tokens.is(at.wrapping_sub(1), "]") {
            return None;
        }
        let open = tokens.all.get(at.wrapping_sub(1))?.mate as usize;
        let one = tokens.name(open.checked_sub(1)?)?;
        let other = tokens.name(at + 1).filter(|_| tokens.is(at + 2, "["))?;
        let plain = tokens.close(at + 2) == Some(at + 4) && at == open + 3;
        (one != other && plain && taken.contains(&one) && taken.contains(&other)).then_some((at, one, other))
    })?;
    let begin = (func.body.start..at).rev().find(|at| tokens.any(*at, &["for", "while", "times"]))?;
    let bound = |name: u32| measured(sense, begin..at, name);
    // As far as only one of them goes.
    let (short, long) = match (bound(one), bound(other)) {
        (true, false) => (one, other),
        (false, true) => (other, one),
        _ => return None,
    };
    let expected = func.params.clone().chain(func.body.clone()).any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        let lower = lower.strip_prefix(b"$").unwrap_or(&lower);
        matches!(
            lower,
            b"expected"
                | b"given"
                | b"want"
                | b"wanted"
                | b"presented"
                | b"supplied"
                | b"received"
                | b"mac"
                | b"tag"
                | b"sig"
                | b"signature"
                | b"token"
                | b"digest"
                | b"secret"
        )
    });
    // `short.len() > long.len()` turns away what is too long; anything else that holds one against the other
    // may turn away what is too short.
    let mut turned = false;
    for at in func.body.clone() {
        if !tokens.any(at, &["<", ">", "<=", ">=", "==", "!=", "===", "!==", "^", "-"]) {
            continue;
        }
        let left = at.saturating_sub(6).max(func.body.start)..at;
        let right = at + 1..(at + 7).min(func.body.end);
        let lengths = |range: Range<usize>| range.into_iter().any(|at| tokens.any(at, LENGTHS));
        if !lengths(left.clone()) || !lengths(right.clone()) {
            continue;
        }
        let first = |range: Range<usize>| {
            let mut names =
                range.filter_map(|at| tokens.name(at)).filter(|name| *name == short || *name == long);
            names.next()
        };
        let last =
            left.clone().rev().find_map(|at| tokens.name(at).filter(|name| *name == short || *name == long));
        match (last, first(right)) {
            (Some(before), Some(after))
                if before == short && after == long && tokens.any(at, &[">", ">="]) =>
            {
                turned = true;
            }
            (Some(before), Some(after))
                if before == long && after == short && tokens.any(at, &["<", "<="]) =>
            {
                turned = true;
            }
            (Some(_), Some(_)) => return None,
            _ => {}
        }
    }
    // A sign at the end of a text, or an empty one that is turned away.
    let ended = func.body.clone().any(|at| {
        tokens.any(at, &["isEmpty", "empty", "is_empty", "isempty", "empty?", "IsEmpty"])
            || tokens.text(at) == b"'\\0'"
    });
    (turned && expected && !ended).then(|| told(SHORT, begin..begin + 1))
}

/// Whether a loop goes as far as a name is long, or over the name itself.
fn measured(sense: &Sense, head: Range<usize>, name: u32) -> bool {
    let tokens = sense.outline.tokens;
    head.clone().any(|at| {
        tokens.name(at) == Some(name)
            && !tokens.is(at + 1, "[")
            && (tokens.any(at + 1, &[".", "->", "?."]) && tokens.any(at + 2, LENGTHS)
                || tokens.is(at + 1, ".")
                    && tokens.any(at + 2, &["indices", "each_index", "enumerate", "iter"])
                || tokens.is(at.wrapping_sub(1), "(") && tokens.any(at.wrapping_sub(2), LENGTHS)
                || tokens.any(at.wrapping_sub(1), &["range"])
                || tokens.is(at.wrapping_sub(1), "(") && tokens.is(at.wrapping_sub(2), "enumerate"))
    }) && head
        .clone()
        .all(|at| tokens.kind(at) != Some(Kind::Word) || !tokens.any(at, &["min", "Min", "zip"]))
}
