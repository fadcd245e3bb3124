//! On which system it was written: carriage returns at the ends of lines.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;

/// The cause.
pub const CAUSE: Cause = Cause {
    id: "line-endings",
    looks_for: "A text for people whose lines end in CR LF on one side and in LF on the other, and are equal otherwise.",
    gives: "How many lines end in CR LF on either side.",
    roles: &[],
    fix: "Check the source out with the line endings the vendor used (text=auto eol=lf in .gitattributes).",
    judge: Judge::Text(judge),
};

fn judge(pair: &Pair<'_>) -> Opinion {
    let (theirs, ours) = (crlf(pair.shipped), crlf(pair.rebuilt));
    // A mix is not what a system does to a text: one side must have none, the other nothing else.
    let consistent =
        |crlf: usize, bytes: &[u8]| crlf == 0 || crlf == bytes.iter().filter(|b| **b == b'\n').count();
    if theirs == ours
        || (theirs != 0 && ours != 0)
        || !consistent(theirs, pair.shipped)
        || !consistent(ours, pair.rebuilt)
    {
        return Opinion::No;
    }
    if without(pair.shipped).eq(without(pair.rebuilt)) {
        Opinion::Explains(vec![format!(
            "{theirs} lines end in CR LF shipped, {ours} rebuilt; equal otherwise"
        )])
    } else {
        Opinion::No
    }
}

fn crlf(bytes: &[u8]) -> usize {
    bytes.windows(2).filter(|pair| *pair == b"\r\n").count()
}

/// The bytes without the carriage returns that stand before a line feed.
fn without(bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let next = bytes.iter().skip(1).copied().map(Some).chain(std::iter::once(None));
    bytes
        .iter()
        .copied()
        .zip(next)
        .filter(|(byte, next)| *byte != b'\r' || *next != Some(b'\n'))
        .map(|(byte, _)| byte)
}
