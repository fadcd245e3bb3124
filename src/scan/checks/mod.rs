//! Checks that data cannot say: one file each, one line in [`CHECKS`].
//!
//! A check sees one text file and says what it found: capabilities (what the file can do, an inventory) and
//! drafts (what is suspicious). What runs without being called (install, build and load hooks), what fetches
//! and runs, what was packed.

mod backdoor;
mod build_hooks;
mod disguise;
mod disguised;
mod embedded;
mod fetch_and_run;
mod load_hooks;
mod machine_code;
mod made_code;
mod npm_hooks;
mod packed;
mod pasted;
mod pieced;
mod planted;
mod rebuilt;
mod scrambled;
mod shelled;
mod swerve;
mod unnamed;

use std::ops::Range;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use regex::bytes::Regex;
use regex::bytes::RegexBuilder;

use super::classify::Classified;
use super::draft::Draft;
use super::syntax::Kind;
use super::syntax::Span;
use super::syntax::kind_at;
use super::text::Text;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;

/// One file as a check sees it.
pub struct Subject<'a> {
    /// Escaped relative path.
    pub path: &'a str,
    /// Its last component.
    pub name: &'a str,
    /// The content.
    pub text: &'a Text<'a>,
    /// What it is.
    pub classified: &'a Classified,
    /// Its comments and strings.
    pub spans: &'a [Span],
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Report {
    /// Suspicions.
    pub drafts: Vec<Draft>,
    /// Capabilities: category, API, place.
    pub capabilities: Vec<(&'static str, String, usize)>,
    /// Why something was not looked at or is not told, each as a sentence.
    pub left: Vec<String>,
}

/// One check.
pub struct Check {
    /// The ids of the rules it can report, kebab-case.
    pub rules: &'static [&'static str],
    /// What it looks for and where, as a sentence.
    pub about: &'static str,
    /// Looks.
    pub run: fn(&Subject, &mut Report),
}

/// Every check, in the order they run.
pub const CHECKS: &[Check] = &[
    disguise::CHECK,
    npm_hooks::CHECK,
    load_hooks::CHECK,
    build_hooks::CHECK,
    fetch_and_run::CHECK,
    embedded::CHECK,
    packed::CHECK,
    disguised::CHECK,
    rebuilt::CHECK,
    made_code::CHECK,
    machine_code::CHECK,
    unnamed::CHECK,
    scrambled::CHECK,
    backdoor::CHECK,
    planted::CHECK,
    swerve::CHECK,
];

/// What every check says about `subject`.
pub fn run(subject: &Subject) -> Report {
    let mut report = Report::default();
    for check in CHECKS {
        (check.run)(subject, &mut report);
    }
    report
}

/// The lines around each of `places` (offsets in order), `before` lines more in front and `after` more behind:
/// stretches in order that do not overlap. A pattern is slow where it runs over a whole program, and what it
/// looks for stands on few lines.
fn lines_around(
    bytes: &[u8],
    places: impl Iterator<Item = usize>,
    before: usize,
    after: usize,
) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for place in places {
        let place = place.min(bytes.len());
        let mut end = place;
        for _ in 0..=after {
            let rest = bytes.get(end..).unwrap_or_default();
            end = memchr::memchr(b'\n', rest).map_or(bytes.len(), |line| end + line + 1);
        }
        if let Some(last) = stretches.last_mut().filter(|last| last.end > place) {
            last.end = last.end.max(end);
            continue;
        }
        let head = bytes.get(..place).unwrap_or_default();
        let mut start = place;
        for _ in 0..=before {
            let line = head.get(..start).and_then(|head| memchr::memrchr(b'\n', head));
            let Some(line) = line else {
                start = 0;
                break;
            };
            start = line;
        }
        let start = if head.get(start) == Some(&b'\n') { start + 1 } else { start };
        match stretches.last_mut() {
            Some(last) if last.end >= start => last.end = last.end.max(end),
            _ => stretches.push(start..end),
        }
    }
    stretches
}

/// A pattern over bytes; `None` where it does not read.
fn pattern(text: &str) -> Option<Regex> {
    /// Room for what a search learns, in bytes: patterns of bounded repetitions outgrow what is usual, and learnt
    /// everything again and again.
    const LEARNT: usize = 8 << 20;
    RegexBuilder::new(text).unicode(false).dfa_size_limit(LEARNT).build().ok()
}

/// What is told by its shape: a person decides.
fn suspicion(
    rule: &'static str,
    category: &'static str,
    severity: Severity,
    place: Range<usize>,
    message: &str,
    question: &'static str,
) -> Draft {
    Draft {
        rule,
        category,
        severity,
        confidence: Confidence::Medium,
        start: place.start,
        end: place.end,
        message: message.to_owned(),
        question,
        key: String::new(),
    }
}

/// Whether the file is named as a test, or lies among tests. It is looked at like any other; only that a test has a
/// password of its own, or an odd address, is nothing new.
pub fn is_test(path: &str) -> bool {
    let among = |part: &str| matches!(part, "test" | "tests" | "testing" | "spec" | "__tests__" | "testdata");
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or_default();
    folders.split('/').any(among)
        || stem.starts_with("test_")
        || ["_test", "_spec", "Test", "Tests"].iter().any(|end| stem.ends_with(end))
        || name.contains(".test.")
        || name.contains(".spec.")
}

/// Finds any of `words`, whatever their case. The tables are larger than what is usual, and twice as fast.
fn finder<'w>(words: impl IntoIterator<Item = &'w &'w str>) -> Option<AhoCorasick> {
    let words = words.into_iter().map(|word| word.as_bytes());
    AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).ascii_case_insensitive(true).build(words).ok()
}

/// Where `finder` finds something.
fn places<'b>(finder: Option<&'b AhoCorasick>, bytes: &'b [u8]) -> impl Iterator<Item = usize> {
    finder.into_iter().flat_map(move |finder| finder.find_iter(bytes)).map(|found| found.start())
}

impl Subject<'_> {
    fn bytes(&self) -> &[u8] {
        self.text.bytes()
    }

    fn in_comment(&self, at: usize) -> bool {
        kind_at(self.spans, at).is_some_and(|span| span.kind == Kind::Comment)
    }

    fn is_test(&self) -> bool {
        is_test(self.path)
    }

    fn is_prose(&self) -> bool {
        matches!(
            self.classified.language,
            "text"
                | "markdown"
                | "rst"
                | "asciidoc"
                | "tex"
                | "man"
                | "gettext"
                | "csv"
                | "diff"
                | "html"
                | "svg"
        )
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::classify::classify;
    use super::super::syntax::marks;
    use super::super::syntax::spans;
    use super::*;
    use crate::model::category;

    pub fn found(path: &str, content: &str) -> Vec<(&'static str, Severity)> {
        report(path, content).drafts.into_iter().map(|draft| (draft.rule, draft.severity)).collect()
    }

    pub fn report(path: &str, content: &str) -> Report {
        let name = path.rsplit('/').next().unwrap_or(path);
        let text = Text::new(content.as_bytes());
        let classified = classify(name.as_bytes(), content.as_bytes(), &text);
        let spans = spans(text.bytes(), &marks(classified.language));
        let report = run(&Subject { path, name, text: &text, classified: &classified, spans: &spans });
        for draft in &report.drafts {
            assert!(category::get(draft.category).is_some(), "{} is not in the closed list", draft.category);
            assert!(
                CHECKS.iter().any(|check| check.rules.contains(&draft.rule)),
                "{} is not registered",
                draft.rule
            );
            assert!(draft.start <= draft.end && draft.end <= content.len());
        }
        for (category, ..) in &report.capabilities {
            assert!(category::get(category).is_some(), "{category} is not in the closed list");
        }
        report
    }

    #[test]
    fn stretches_are_whole_lines_in_order() {
        let text = b"a\nb\nc X\nd\ne\nf X X\ng\n";
        let around = |before, after| {
            let at = text.iter().enumerate().filter(|(_, b)| **b == b'X').map(|(at, _)| at);
            let stretches = lines_around(text, at, before, after);
            stretches
                .into_iter()
                .map(|range| String::from_utf8_lossy(&text[range]).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(around(0, 0), ["c X\n", "f X X\n"]);
        assert_eq!(around(1, 0), ["b\nc X\n", "e\nf X X\n"]);
        assert_eq!(around(1, 1), ["b\nc X\nd\ne\nf X X\ng\n"]);
        assert_eq!(around(9, 9), [String::from_utf8_lossy(text)]);
    }

    #[test]
    fn rules_are_unique_kebab_case_and_say_what_they_are_about() {
        let mut seen = std::collections::BTreeSet::new();
        for check in CHECKS {
            assert!(check.about.ends_with('.') && !check.rules.is_empty());
            for rule in check.rules {
                assert!(seen.insert(rule), "{rule} stands twice");
                assert!(rule.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{rule}");
            }
        }
    }
}
