//! Two texts that differ, line by line and word by word.
//!
//! Lines correspond by position: a line more or fewer is a difference in structure and is not explained here.
//! In a line that differs, causes name *slots* of the rebuilt line: places whose value they can account for,
//! with the pattern the shipped value must have. Everything outside the slots must be equal, byte for byte,
//! and every slot whose values differ must be accepted by its cause with both values.

use std::collections::BTreeMap;
use std::ops::Range;

use regex::Regex;

use super::causes::CAUSES;
use super::causes::Judge;
use super::causes::Pair;
use super::place;

/// Whether the bytes are text: UTF-8 without control characters but tab, line feed, carriage return, form feed.
pub fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && std::str::from_utf8(bytes).is_ok()
        && !bytes.iter().any(|b| matches!(b, 0..=8 | 0x0b | 0x0e..=0x1f | 0x7f))
}

/// A place of a rebuilt line whose shipped counterpart a cause can account for.
pub struct Slot {
    /// Where in the rebuilt line.
    pub range: Range<usize>,
    /// A regular expression without groups of its own: what the shipped value must look like.
    pub pattern: String,
    /// The cause.
    pub cause: &'static str,
    /// Judges the two values; the evidence, if it accepts.
    pub accept: Accept,
}

/// Judges a shipped and a rebuilt value.
pub enum Accept {
    /// By the two values alone.
    Values(fn(&str, &str) -> Option<String>),
    /// The shipped value stands for the same thing all over the text: it must always be the same one.
    Same {
        /// What the rebuilt value is: `the run's build path`.
        what: &'static str,
    },
}

/// More differing lines than this are not looked at word by word.
const LINES: usize = 2000;

/// Longer lines are not looked at.
const WIDTH: usize = 4096;

/// Sentences of evidence kept.
const SENTENCES: usize = 8;

/// The cause and the evidence, if every word that differs is accounted for. Where several causes take part,
/// the one named is that of the first difference; the evidence names each.
pub fn explain_words(pair: &Pair<'_>) -> Option<(&'static str, Vec<String>)> {
    let shipped = std::str::from_utf8(pair.shipped).ok()?;
    let rebuilt = std::str::from_utf8(pair.rebuilt).ok()?;
    let mut theirs = shipped.split('\n');
    let mut ours = rebuilt.split('\n');
    let mut seen = Seen::default();
    let mut differing = 0usize;
    for number in 1usize.. {
        match (theirs.next(), ours.next()) {
            (None, None) => break,
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => {
                differing += 1;
                if differing > LINES || a.len() > WIDTH || b.len() > WIDTH {
                    return None;
                }
                if place::is_obeyed_line(&pair.place.name, a) || place::is_obeyed_line(&pair.place.name, b) {
                    return None;
                }
                explain_line(number, a, b, pair, &mut seen)?;
            }
            _ => return None,
        }
    }
    let cause = seen.cause?;
    let mut evidence = seen.evidence;
    if seen.more > 0 {
        evidence.push(format!("{} more values, each of the same kinds", seen.more));
    }
    Some((cause, evidence))
}

#[derive(Default)]
struct Seen {
    cause: Option<&'static str>,
    evidence: Vec<String>,
    more: u64,
    /// What each rebuilt value that must stay the same was found to correspond to.
    same: BTreeMap<String, String>,
}

fn explain_line(number: usize, shipped: &str, rebuilt: &str, pair: &Pair<'_>, seen: &mut Seen) -> Option<()> {
    let slots = slots(rebuilt, pair);
    let mut pattern = String::from("^");
    let mut at = 0;
    for slot in &slots {
        pattern.push_str(&regex::escape(rebuilt.get(at..slot.range.start)?));
        pattern.push_str(&format!("({})", slot.pattern));
        at = slot.range.end;
    }
    pattern.push_str(&regex::escape(rebuilt.get(at..)?));
    pattern.push('$');
    let found = Regex::new(&pattern).ok()?.captures(shipped)?;
    for (index, slot) in slots.iter().enumerate() {
        let theirs = found.get(index + 1)?.as_str();
        let ours = rebuilt.get(slot.range.clone())?;
        if let Accept::Same { .. } = slot.accept {
            // Equal counts too: a path that changes in one place and not in another is not a moved build.
            let known = seen.same.entry(ours.to_owned()).or_insert_with(|| theirs.to_owned());
            if known != theirs {
                return None;
            }
        }
        if theirs == ours {
            continue;
        }
        let sentence = match slot.accept {
            Accept::Values(judge) => judge(theirs, ours)?,
            Accept::Same { what } => format!("shipped {theirs}, rebuilt {ours}, which is {what}"),
        };
        seen.cause = seen.cause.or(Some(slot.cause));
        if seen.evidence.len() < SENTENCES {
            seen.evidence.push(format!("line {number}: {}: {sentence}", slot.cause));
        } else {
            seen.more += 1;
        }
    }
    Some(())
}

/// The slots of a line in order; where two overlap, the earlier cause of the table keeps its own.
fn slots(line: &str, pair: &Pair<'_>) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    for cause in CAUSES {
        let Judge::Words(find) = cause.judge else { continue };
        if pair.context.allows(cause.id) {
            slots.extend(find(line, pair));
        }
    }
    let mut kept: Vec<Slot> = Vec::new();
    for slot in slots {
        let free = kept.iter().all(|k| slot.range.end <= k.range.start || k.range.end <= slot.range.start);
        if free && !slot.range.is_empty() {
            kept.push(slot);
        }
    }
    kept.sort_by_key(|slot| slot.range.start);
    kept
}

/// Every place where `needle` stands as a word of its own.
pub fn words(line: &str, needle: &str) -> Vec<Range<usize>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    line.match_indices(needle)
        .map(|(at, found)| at..at + found.len())
        .filter(|range| {
            let before = line.get(..range.start).and_then(|s| s.chars().next_back());
            let after = line.get(range.end..).and_then(|s| s.chars().next());
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
        .collect()
}
