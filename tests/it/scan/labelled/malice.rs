//! Twins: a program that hides something and one that does the honest thing resembling it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pellucid::model::ScanEvidence;
use pellucid::model::category;
use pellucid::model::scan::Severity;
use serde::Deserialize;

use super::measure;

/// How many were told apart.
#[derive(Clone, Copy, Debug, Default)]
pub struct Twins {
    /// Pairs.
    pub cases: usize,
    /// Bad ones with a finding or flow that names them.
    pub named: usize,
    /// Clean ones with one.
    pub flagged: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    path: String,
    what: String,
    families: Vec<String>,
}

/// Scans every pair `cases.toml` in `root` lists.
pub fn twins(root: &Path) -> Twins {
    let text = fs::read_to_string(root.join("cases.toml")).unwrap();
    let cases: Cases = toml::from_str(&text).unwrap();
    let mut twins = Twins::default();
    for case in &cases.case {
        let names = |twin: &str| {
            let folder = root.join(&case.path).join(twin);
            let (evidence, texts) = measure::scan_folder(&folder);
            assert!(!texts.is_empty(), "{} holds nothing", folder.display());
            named(&evidence, &case.families)
        };
        let (bad, clean) = (names("bad"), names("clean"));
        twins.cases += 1;
        twins.named += usize::from(!bad.is_empty());
        twins.flagged += usize::from(!clean.is_empty());
        if bad.is_empty() {
            println!("miss   malice/{}: {}", case.path, case.what);
        }
        if !clean.is_empty() {
            println!("wrong  malice/{}: the clean twin shows {clean:?}", case.path);
        }
    }
    twins
}

impl Twins {
    /// The share of bad ones that were named.
    pub fn recall(&self) -> f64 {
        self.named as f64 / self.cases as f64
    }

    /// The share of clean ones that were flagged.
    pub fn flagged_share(&self) -> f64 {
        self.flagged as f64 / self.cases as f64
    }
}

/// Findings of medium severity or more and flows, in one of the families or below.
fn named(evidence: &ScanEvidence, families: &[String]) -> BTreeSet<String> {
    let within = |id: &str| {
        // All of the environment at once is the environment.
        let id = &*id.replace(".bulk->", "->");
        families.iter().any(|family| {
            category::covers(family, id)
                || (family.contains('.') && id.starts_with(family.as_str()))
                || (family == "flow" && id.starts_with("flow."))
        })
    };
    let findings = evidence.findings.iter().filter(|f| f.severity >= Severity::Medium).map(|f| &f.category);
    findings.chain(evidence.flows.iter().map(|f| &f.category)).filter(|id| within(id)).cloned().collect()
}
