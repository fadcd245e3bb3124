//! How values are said for people: one word per value, the same in every rendering.

use std::fmt::Write;

use crate::model::Label;
use crate::model::account::DifferenceKind;
use crate::model::evidence::CauseProof;
use crate::model::evidence::ConditionCause;
use crate::model::evidence::Counterfactual;
use crate::model::evidence::CounterfactualResult;
use crate::model::evidence::Suspicion;
use crate::model::path::is_invisible;
use crate::model::run::Became;
use crate::model::run::Handling;
use crate::model::run::Outcome;
use crate::model::scan::Confidence;
use crate::model::scan::Location;
use crate::model::scan::Severity;
use crate::model::verdict::Decision;

/// `text` with every character that could rearrange, hide or drive what is shown spelled out as `\u{202e}`.
///
/// Texts of the evidence are mostly escaped where they were read; a report does not rely on that. Letters of
/// every script stay; line breaks and tabs are spelled out too, since a value stands on one line.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if c.is_control() || is_invisible(c) => {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// [`visible`] for a line of source: tabs become four spaces.
pub(super) fn source_line(text: &str) -> String {
    visible(&text.replace('\t', "    "))
}

/// `text` cut to `limit` characters, saying how many were cut.
pub(super) fn cut(text: &str, limit: usize) -> String {
    let all = text.chars().count();
    if all <= limit {
        return text.to_owned();
    }
    let head: String = text.chars().take(limit).collect();
    format!("{head}… ({} more characters)", all - limit)
}

/// The word for a severity.
pub fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

pub(super) fn confidence_word(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "by resemblance",
        Confidence::Medium => "by name",
        Confidence::High => "resolved",
    }
}

pub(super) fn decision_word(decision: Decision) -> &'static str {
    match decision {
        Decision::Met => "MET",
        Decision::NotMet => "NOT MET",
        Decision::Inconclusive => "INCONCLUSIVE",
    }
}

pub(super) fn label_word(label: Label) -> &'static str {
    match label {
        Label::Reproduced => "reproduced",
        Label::Derived => "derived",
        Label::Signature => "signature",
        Label::Explained => "explained",
        Label::Unexplained => "unexplained",
    }
}

pub(super) fn kind_word(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Changed => "changed",
        DifferenceKind::OnlyShipped => "only shipped",
        DifferenceKind::OnlyRebuilt => "only rebuilt",
        DifferenceKind::Reordered => "reordered",
        DifferenceKind::Renamed => "renamed",
    }
}

/// How a run ended, in a sentence, and the last lines of its log.
pub(super) fn outcome(outcome: &Outcome) -> (String, &[String]) {
    match outcome {
        Outcome::Built => ("built".to_owned(), &[]),
        Outcome::Failed { command, code, log_tail } => {
            (format!("failed: `{command}` ended with code {code}"), log_tail)
        }
        Outcome::LimitReached { limit, message, log_tail } => (format!("{limit} limit: {message}"), log_tail),
        Outcome::BadOutput { message, log_tail } => (format!("bad output: {message}"), log_tail),
        Outcome::Refused { message } => (format!("refused: {message}"), &[]),
    }
}

/// `src/a.c:12`, or the path alone for a file without lines.
pub(super) fn place(location: &Location) -> String {
    if location.start_line == 0 {
        location.path.clone()
    } else {
        format!("{}:{}", location.path, location.start_line)
    }
}

/// What is left out of a list: `and 12 more findings in evidence.json`; nothing where nothing is.
pub(super) fn more(rest: u64, what: &str) -> String {
    if rest == 0 {
        return String::new();
    }
    let counted = count(rest, what);
    let (figure, what) = counted.split_once(' ').unwrap_or((&counted, ""));
    format!("and {figure} more {what} in evidence.json")
}

/// `1 file`, `2 files`, `1,234 files`.
pub(super) fn count(n: u64, what: &str) -> String {
    let plural = match what {
        _ if n == 1 => what.to_owned(),
        "capability" => "capabilities".to_owned(),
        "category" => "categories".to_owned(),
        "acceptance" => "acceptances".to_owned(),
        _ => format!("{what}s"),
    };
    format!("{} {plural}", number(n))
}

/// Digits in groups of three: `1,234,567`.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Bytes for people, with the exact figure where it is short: `512 bytes`, `1.5 MiB`.
pub(super) fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if n < 10_000 {
        return count(n, "byte");
    }
    let mut value = n as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// `part` of `whole` as a percentage that says 100 and 0 only where that is exact.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    if part == 0 || part == whole {
        return format!("{} %", if part == 0 { 0 } else { 100 });
    }
    let value = (part as f64 / whole as f64 * 100.0).clamp(0.01, 99.99);
    if !(0.1..=99.9).contains(&value) { format!("{value:.2} %") } else { format!("{value:.1} %") }
}

/// A set of conditions as words: `umask`, `hash-seed together with time-zone`.
pub fn conditions(cause: &ConditionCause) -> String {
    cause.conditions.join(" together with ")
}

/// What a set of conditions changes, as the rest of a sentence.
pub fn effect(cause: &ConditionCause) -> String {
    if let Some(failure) = &cause.failure {
        return format!("makes the build fail: {}", outcome(failure).0);
    }
    let outputs: Vec<&str> = cause.outputs.iter().map(|output| output.output.as_str()).collect();
    format!("changes {}", outputs.join(", "))
}

/// What a search that ended at its budget leaves open.
pub const CUT_SHORT: &str = "the search ended at its number of runs (`cause-runs` in `[build]`); there may be causes that are not listed";

/// Suspected values as words: `clock 2022-12-26T15:30:00Z and compiler Debian 12.2.0-10`.
pub fn suspicions(list: &[Suspicion]) -> String {
    list.iter().map(|one| format!("{} {}", one.property, one.value)).collect::<Vec<_>>().join(" and ")
}

/// What a counterfactual run showed, as the rest of a sentence.
pub fn counterfactual(trial: &Counterfactual) -> String {
    match (trial.result, trial.differing) {
        (CounterfactualResult::Equal, _) => "gives the shipped bytes".to_owned(),
        (CounterfactualResult::Nearer, Some(far)) => {
            format!("comes nearer: {} differ", bytes(far))
        }
        (CounterfactualResult::NoNearer, Some(far)) => {
            format!("comes no nearer: {} differ", bytes(far))
        }
        (CounterfactualResult::NotBuilt, _) => "does not build".to_owned(),
        (_, None) => "gives no output to compare".to_owned(),
    }
}

/// What the trials for one artifact come to, as a sentence without its full stop; whether it is a proof.
pub fn proof(proof: &CauseProof) -> (String, bool) {
    match &proof.proved {
        Some(properties) => {
            let what = suspicions(properties);
            (
                format!(
                    "proved by rebuild: with {what}, and nothing else changed, the source builds to the shipped bytes"
                ),
                true,
            )
        }
        None if proof.tried.is_empty() => ("nothing that was suspected could be tried".to_owned(), false),
        None => {
            let runs = count(proof.tried.len() as u64, "counterfactual run");
            (format!("not proved: no cause that was tried accounts for it, in {runs}"), false)
        }
    }
}

/// What trials that ended at their budget leave open.
pub const TRIALS_CUT_SHORT: &str = "the trials ended at their number of runs (`proof-runs` in `[build]`); not everything suspected was tried";

/// What became of a file no person can read, as the rest of a sentence.
pub fn became(became: Became) -> &'static str {
    match became {
        Became::Read => "was read, and nothing was seen to depend on it",
        Became::Carried => "went into an output as data",
        Became::Code => "became code",
    }
}

/// A command of a story: what was called, and what it wrote.
pub fn handling(step: &Handling) -> String {
    let line = if step.line.is_empty() { step.program.text() } else { step.line.clone() };
    let wrote: Vec<String> = step.wrote.iter().map(|file| file.text()).collect();
    if wrote.is_empty() { line } else { format!("{line}  → {}", wrote.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_spelled_out_and_letters_stay() {
        assert_eq!(visible("a\u{202e}b\u{1b}[2J\u{200b}\n"), "a\\u{202e}b\\u{1b}[2J\\u{200b}\\n");
        assert_eq!(visible("Zürich, עברית, 日本"), "Zürich, עברית, 日本");
    }

    #[test]
    fn figures_say_all_and_nothing_only_where_that_is_exact() {
        assert_eq!(percent(9_999_999, 10_000_000), "99.99 %");
        assert_eq!(percent(1, 10_000_000), "0.01 %");
        assert_eq!((percent(5, 5), percent(0, 5), percent(0, 0)), ("100 %".into(), "0 %".into(), "–".into()));
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(
            (bytes(1), bytes(9_999), bytes(1 << 20)),
            ("1 byte".into(), "9,999 bytes".into(), "1.0 MiB".into())
        );
        assert_eq!(cut("abcdef", 3), "abc… (3 more characters)");
    }
}
