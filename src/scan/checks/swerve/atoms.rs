//! A test taken apart: what is compared with what, and which way round.

use std::ops::Range;

use super::tokens::Kind;
use super::tokens::Tokens;

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Equal,
    Unequal,
    More,
    Less,
    /// The one holds the other, or begins or ends with it.
    Holds,
    /// Nothing is compared: a call, a flag.
    Bare,
}

/// One comparison of a test.
#[derive(Clone, Debug)]
pub struct Atom {
    pub range: Range<usize>,
    pub relation: Relation,
    pub left: Range<usize>,
    pub right: Range<usize>,
    /// Whether it stands under a `not`.
    pub negated: bool,
}

impl Atom {
    /// Whether, where the test comes out as `holds`, this was found equal or holding.
    pub fn met(&self, holds: bool) -> bool {
        match self.relation {
            Relation::Equal | Relation::Holds | Relation::More | Relation::Bare => holds != self.negated,
            Relation::Unequal | Relation::Less => holds == self.negated,
        }
    }

    /// Both ways round: one side and the other.
    pub fn sides(&self) -> [(Range<usize>, Range<usize>); 2] {
        [(self.left.clone(), self.right.clone()), (self.right.clone(), self.left.clone())]
    }
}

const HOLDING: &[&str] = &[
    "startsWith",
    "starts_with",
    "start_with?",
    "startswith",
    "hasPrefix",
    "HasPrefix",
    "StartsWith",
    "endsWith",
    "ends_with",
    "end_with?",
    "endswith",
    "hasSuffix",
    "HasSuffix",
    "EndsWith",
    "contains",
    "Contains",
    "includes",
    "include?",
    "has",
    "str_starts_with",
    "str_ends_with",
    "str_contains",
    "AnyAsync",
    "ContainsAsync",
    "ExistsAsync",
    "exists?",
    "CutPrefix",
    "CutSuffix",
    "in_array",
    "containsKey",
    "has_key",
    "ContainsKey",
    "contains_key",
    "includes?",
    "strstr",
    "some",
    "any",
    "any?",
    "match?",
    "preg_match",
    "MatchString",
    "IsMatch",
    "anyMatch",
    "key?",
    "indexOf",
    "Any",
];
const EQUALS: &[&str] = &[
    "equals",
    "Equals",
    "equalsIgnoreCase",
    "eql?",
    "isEqual",
    "Equal",
    "EqualFold",
    "equal?",
    "SequenceEqual",
    "compare_digest",
    "hash_equals",
    "timingSafeEqual",
    "eq",
    "equalTo",
    "isEqualTo",
    "ConstantTimeCompare",
    "secure_compare",
    "FixedTimeEquals",
    "eq_ignore_ascii_case",
    "contentEquals",
];
const COMPARES: &[&str] = &[
    "strcmp",
    "strcasecmp",
    "strncmp",
    "memcmp",
    "strncasecmp",
    "compare",
    "compareTo",
    "wcscmp",
    "stricmp",
    "_stricmp",
];
const AFTER: &[&str] = &[
    "isAfter",
    "after",
    "After",
    "is_after",
    "isAfterOrEqual",
    "gt",
    "gte",
    "greaterThan",
    "greaterThanOrEqualTo",
    "isSameOrAfter",
    "after?",
];
const BEFORE: &[&str] = &[
    "isBefore",
    "before",
    "Before",
    "is_before",
    "lt",
    "lte",
    "lessThan",
    "lessThanOrEqualTo",
    "isSameOrBefore",
    "before?",
];

/// The comparisons of the test in `range`, at most a few dozen.
pub fn atoms(tokens: &Tokens, range: Range<usize>) -> Vec<Atom> {
    let mut found = Vec::new();
    split(tokens, range, false, 0, &mut found);
    found
}

fn split(tokens: &Tokens, mut range: Range<usize>, mut negated: bool, depth: usize, found: &mut Vec<Atom>) {
    if depth > 8 || found.len() > 24 || range.is_empty() {
        return;
    }
    // Go and Swift: what comes before the test itself.
    if let Some(last) = range.clone().rev().find(|at| tokens.is(*at, ";")) {
        range = last + 1..range.end;
    }
    let mut from = range.start;
    let mut at = range.start;
    let mut cut = false;
    while at < range.end {
        if tokens.any(at, &["&&", "||", "and", "or", "-and", "-or", ","])
            && tokens.kind(at) != Some(Kind::Text)
        {
            split(tokens, from..at, negated, depth + 1, found);
            from = at + 1;
            cut = true;
        }
        at = tokens.close(at).filter(|close| *close < range.end).unwrap_or(at) + 1;
    }
    if cut {
        split(tokens, from..range.end, negated, depth + 1, found);
        return;
    }
    while tokens.any(range.start, &["!", "not", "-not"]) && !range.is_empty() {
        // `not in` and `!a == b` are what they are.
        negated = !negated;
        range.start += 1;
    }
    if tokens.is(range.start, "(")
        && tokens.close(range.start) == Some(range.end.saturating_sub(1))
        && range.len() > 1
    {
        split(tokens, range.start + 1..range.end - 1, negated, depth + 1, found);
        return;
    }
    found.push(atom(tokens, range, negated));
}

fn atom(tokens: &Tokens, range: Range<usize>, negated: bool) -> Atom {
    let mut at = range.start;
    while at < range.end {
        let relation = match tokens.text(at) {
            _ if tokens.kind(at) == Some(Kind::Text) => None,
            b"==" | b"===" | b"-eq" | b"eq" | b"-like" | b"=~" | b"-ceq" | b"-ieq" | b"-match" => {
                Some(Relation::Equal)
            }
            b"!=" | b"!==" | b"-ne" | b"ne" | b"-cne" | b"-notlike" | b"-notmatch" => Some(Relation::Unequal),
            b">" | b">=" | b"-gt" | b"-ge" => Some(Relation::More),
            b"<" | b"<=" | b"-lt" | b"-le" => Some(Relation::Less),
            b"in" | b"-in" | b"-notin" | b"-contains" | b"-notcontains" | b"-ccontains" => {
                Some(Relation::Holds)
            }
            _ => None,
        };
        if let Some(relation) = relation {
            let apart = relation == Relation::Holds && at > range.start && tokens.is(at - 1, "not");
            let not = apart || tokens.any(at, &["-notin", "-notcontains"]);
            let (left, right) = (range.start..at - usize::from(apart), at + 1..range.end);
            // `strcmp(a, b) == 0`
            let zero = tokens.is(right.start, "0") && right.len() == 1;
            let equal = matches!(relation, Relation::Equal | Relation::Unequal);
            if zero
                && equal
                && let Some((left, right)) = compared(tokens, left.clone())
            {
                return Atom { range, relation, left, right, negated };
            }
            // `subtle.ConstantTimeCompare(a, b) == 1`
            let one = equal && right.len() == 1 && tokens.any(right.start, &["1", "true", "True"]);
            if one
                && let Some(call) = left.clone().find(|at| tokens.any(*at, EQUALS) && tokens.is(*at + 1, "("))
                && let Some(close) = tokens.close(call + 1)
                && let Some((left, right)) = arguments(tokens, call + 1, close)
            {
                return Atom { range, relation, left, right, negated };
            }
            // `strcmp(stamp, "20270630") > 0`
            let ordered = matches!(relation, Relation::More | Relation::Less) && zero;
            if ordered && let Some((left, right)) = compared(tokens, left.clone()) {
                return Atom { range, relation, left, right, negated };
            }
            // `strpos(text, begin) === 0`
            if relation == Relation::Equal
                && zero
                && let Some((left, right)) = begins(tokens, left.clone())
            {
                return Atom { range, relation: Relation::Holds, left, right, negated };
            }
            // `list.indexOf(a) < 0`
            let none = relation == Relation::Less && zero
                || relation == Relation::Equal && right.len() == 2 && tokens.is(right.start, "-");
            if none && let Some(atom) = found_in(tokens, left.clone()) {
                return Atom { negated: !negated, range, ..atom };
            }
            return Atom { range, relation, left, right, negated: negated != not };
        }
        at = tokens.close(at).filter(|close| *close < range.end).unwrap_or(at) + 1;
    }
    if let Some((left, right)) = compared(tokens, range.clone()) {
        return Atom { range, relation: Relation::Unequal, left, right, negated };
    }
    // `all(x => x.id != 7)`, `none(x => x.id == 7)`: it is not there.
    for at in range.clone() {
        let all = tokens.any(at, &["All", "all", "every", "allMatch", "all?", "TrueForAll", "allSatisfy"]);
        let none = tokens.any(at, &["none", "noneMatch", "none?"]);
        if !all && !none {
            continue;
        }
        let Some(close) = tokens.close(at + 1).filter(|_| tokens.any(at + 1, &["(", "{"])) else { continue };
        let (open, close) = (at + 1, close.min(range.end));
        let signs: &[&str] = if all { &["!=", "!=="] } else { &["==", "==="] };
        if (open..close).any(|at| tokens.any(at, signs)) {
            let left = range.start..at.saturating_sub(1).max(range.start);
            return Atom {
                range,
                relation: Relation::Holds,
                left,
                right: open + 1..close,
                negated: !negated,
            };
        }
    }
    for at in range.clone().rev() {
        let relation = if tokens.any(at, HOLDING) {
            Relation::Holds
        } else if tokens.any(at, EQUALS) {
            Relation::Equal
        } else if tokens.any(at, AFTER) {
            Relation::More
        } else if tokens.any(at, BEFORE) {
            Relation::Less
        } else {
            continue;
        };
        let (open, close) = match tokens.close(at + 1).filter(|_| tokens.any(at + 1, &["(", "{"])) {
            Some(close) => (at + 1, close.min(range.end)),
            None => continue,
        };
        let both = arguments(tokens, open, close).filter(|(_, second)| {
            // `text.StartsWith(begin, StringComparison.Ordinal)`: how, not what.
            !tokens.any(second.start, &["StringComparison", "true", "false", "ignoreCase"])
        });
        // `name.end_with?(one, other)`
        let both = both.filter(|(first, second)| {
            let text =
                |range: &Range<usize>| range.len() == 1 && tokens.kind(range.start) == Some(Kind::Text);
            !(text(first) && text(second))
        });
        if let Some((left, right)) = both {
            return Atom { range, relation, left, right, negated };
        }
        let receiver = range.start..at.saturating_sub(1).max(range.start);
        let first = arguments(tokens, open, close).map_or(open + 1..close, |(first, _)| first);
        return Atom { range, relation, left: receiver, right: first, negated };
    }
    let end = range.end;
    Atom { left: range.clone(), right: end..end, range, relation: Relation::Bare, negated }
}

/// What `list.indexOf(a)` looks for.
fn found_in(tokens: &Tokens, range: Range<usize>) -> Option<Atom> {
    let at = range.clone().find(|at| {
        tokens.any(*at, &["indexOf", "find", "index", "findIndex", "array_search"]) && tokens.is(*at + 1, "(")
    })?;
    let close = tokens.close(at + 1)?.min(range.end);
    let left = range.start..at.saturating_sub(1).max(range.start);
    Some(Atom { range, relation: Relation::Holds, left, right: at + 2..close, negated: true })
}

/// What `strpos(a, b)`, `a.indexOf(b)` looks for.
fn begins(tokens: &Tokens, range: Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    let at = range.clone().find(|at| {
        tokens.any(*at, &["strpos", "stripos", "indexOf", "IndexOf", "rfind"]) && tokens.is(*at + 1, "(")
    })?;
    let close = tokens.close(at + 1)?.min(range.end);
    match arguments(tokens, at + 1, close) {
        Some(both) if tokens.any(at, &["strpos", "stripos"]) => Some(both),
        Some((first, _)) => Some((range.start..at.saturating_sub(1).max(range.start), first)),
        None => Some((range.start..at.saturating_sub(1).max(range.start), at + 2..close)),
    }
}

/// What `strcmp(a, b)` compares.
fn compared(tokens: &Tokens, range: Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    let at = range.clone().find(|at| tokens.any(*at, COMPARES) && tokens.is(*at + 1, "("))?;
    let close = tokens.close(at + 1)?.min(range.end);
    arguments(tokens, at + 1, close)
}

/// The first two arguments of a call.
pub fn arguments(tokens: &Tokens, open: usize, close: usize) -> Option<(Range<usize>, Range<usize>)> {
    let mut commas = Vec::new();
    let mut at = open + 1;
    while at < close {
        if tokens.is(at, ",") {
            commas.push(at);
        }
        at = tokens.close(at).unwrap_or(at) + 1;
    }
    let first = *commas.first()?;
    Some((open + 1..first, first + 1..commas.get(1).copied().unwrap_or(close)))
}
