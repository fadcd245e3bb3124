//! A finding before it knows its place: what a check says, to be put into the file it looked at.

use super::text::Text;
use crate::model::scan::Confidence;
use crate::model::scan::Finding;
use crate::model::scan::Severity;

/// What a check found at `start..end` of a text.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The check's id.
    pub rule: &'static str,
    /// The category id.
    pub category: &'static str,
    /// How bad, if true.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// One sentence: what is there and why it matters.
    pub message: String,
    /// What to ask the vendor.
    pub question: &'static str,
    /// What makes it this finding within its file; the line's text where empty.
    pub key: String,
}

impl Draft {
    /// The finding in the file `path`.
    pub fn place(self, path: &str, text: &Text) -> Finding {
        let excerpt = text.excerpt(self.start);
        let key = if self.key.is_empty() { &excerpt } else { &self.key };
        let fingerprint = Finding::fingerprint_of(self.rule, self.category, &[path, key]);
        Finding {
            location: text.location(path, self.start, self.end.max(self.start + 1) - 1),
            rule: self.rule.to_owned(),
            category: self.category.to_owned(),
            // What is hardly sure is no more than a question.
            severity: if self.confidence > Confidence::Low {
                self.severity
            } else {
                self.severity.min(Severity::Medium)
            },
            confidence: self.confidence,
            message: self.message,
            evidence: vec![excerpt],
            question: self.question.to_owned(),
            fingerprint,
        }
    }
}
