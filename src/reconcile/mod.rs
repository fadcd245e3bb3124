//! Found against declared; artifact against source.
//!
//! Sees the vocabulary alone: two scans and a review in, findings out. One finding per category and API or
//! host, not per call site; up to five places stand as evidence. What is held against the vendor:
//!
//! - a capability, data source, flow or endpoint the declaration does not cover ([`declared`]);
//! - a declaration nothing was found for: it should be removed, or the scan missed something;
//! - a capability or endpoint of a shipped artifact that the source shows nowhere ([`shipped`]);
//! - what a build made code of, or tried, that no build should ([`built`]).
//!
//! Where the vendor declared nothing at all, nothing can contradict a declaration: such findings stay at
//! `medium`, as questions. What a compiler's runtime imports in every program is not held against this one;
//! it is named once per artifact.

mod built;
mod declared;
mod shipped;

pub use built::findings as of_builds;

use std::collections::BTreeMap;

use crate::model::Review;
use crate::model::ScanEvidence;
use crate::model::scan::Confidence;
use crate::model::scan::Finding;
use crate::model::scan::Location;
use crate::model::scan::Severity;

/// Findings from laying `source` and the shipped `artifacts` (name and scan) against each other and against
/// what `review` declares. In order of path, rule and fingerprint.
pub fn reconcile(
    review: &Review,
    source: &ScanEvidence,
    artifacts: &[(&str, &ScanEvidence)],
) -> Vec<Finding> {
    let mut findings = declared::findings(&review.declared, source, artifacts);
    for (name, artifact) in artifacts {
        findings.extend(shipped::findings(name, artifact, source));
    }
    findings.sort();
    findings.dedup();
    findings
}

/// A finding in the making: the places it was seen, gathered under what makes it one.
struct Matter {
    rule: &'static str,
    category: String,
    /// API or host.
    subject: String,
    /// The artifact's name; empty for the source.
    artifact: String,
    severity: Severity,
    confidence: Confidence,
    places: Vec<(Location, String)>,
}

/// Matters by rule, category, subject and artifact.
#[derive(Default)]
struct Matters(BTreeMap<(&'static str, String, String, String), Matter>);

impl Matters {
    /// Adds one place. The worst severity and the best confidence of all places stand.
    fn add(&mut self, matter: Matter) {
        let key = (matter.rule, matter.category.clone(), matter.subject.clone(), matter.artifact.clone());
        match self.0.get_mut(&key) {
            Some(known) => {
                known.severity = known.severity.max(matter.severity);
                known.confidence = known.confidence.max(matter.confidence);
                known.places.extend(matter.places);
            }
            None => drop(self.0.insert(key, matter)),
        }
    }

    /// The findings, with `message` and `question` for each.
    fn findings(self, say: impl Fn(&Matter) -> (String, String)) -> Vec<Finding> {
        self.0.into_values().map(|matter| matter.finding(&say)).collect()
    }
}

/// At most this many places stand in a finding.
const PLACES: usize = 5;

impl Matter {
    fn finding(mut self, say: &impl Fn(&Matter) -> (String, String)) -> Finding {
        self.places.sort();
        self.places.dedup();
        let (message, question) = say(&self);
        let location = self.places.first().map(|(location, _)| location.clone()).unwrap_or_default();
        let mut evidence: Vec<String> =
            self.places.iter().take(PLACES).map(|(place, text)| shown(place, text)).collect();
        if self.places.len() > PLACES {
            evidence.push(format!("and {} more places", self.places.len() - PLACES));
        }
        Finding {
            fingerprint: Finding::fingerprint_of(self.rule, &self.category, &[&self.subject, &self.artifact]),
            location,
            rule: self.rule.to_owned(),
            category: self.category,
            severity: self.severity,
            confidence: self.confidence,
            message,
            evidence,
            question,
        }
    }
}

fn shown(place: &Location, text: &str) -> String {
    let line = if place.start_line > 0 { format!(":{}", place.start_line) } else { String::new() };
    if text.is_empty() { format!("{}{line}", place.path) } else { format!("{}{line}: {text}", place.path) }
}
