//! What was found against what the vendor declared.

use std::net::IpAddr;

use super::Matter;
use super::Matters;
use crate::model::ScanEvidence;
use crate::model::category;
use crate::model::review::Declared;
use crate::model::review::DeclaredEndpoint;
use crate::model::scan::Capability;
use crate::model::scan::Confidence;
use crate::model::scan::Endpoint;
use crate::model::scan::Finding;
use crate::model::scan::Location;
use crate::model::scan::Severity;

/// The findings of both directions: found and not declared, declared and not found.
pub fn findings(
    declared: &Declared,
    source: &ScanEvidence,
    artifacts: &[(&str, &ScanEvidence)],
) -> Vec<Finding> {
    let lay = Lay { declared, silent: is_silent(declared), source };
    let mut findings = lay.capabilities();
    findings.extend(lay.data());
    findings.extend(lay.endpoints());
    findings.extend(stale(declared, source, artifacts));
    findings
}

fn is_silent(declared: &Declared) -> bool {
    declared.endpoints.is_empty() && declared.data.is_empty() && declared.capabilities.is_empty()
}

struct Lay<'a> {
    declared: &'a Declared,
    /// Whether the vendor declared nothing at all.
    silent: bool,
    source: &'a ScanEvidence,
}

impl Lay<'_> {
    fn covered(&self, id: &str) -> bool {
        let all = self.declared.capabilities.iter().chain(&self.declared.data);
        all.into_iter().any(|entry| category::covers(&entry.category, id))
    }

    fn endpoint_covered(&self, endpoint: &Endpoint) -> bool {
        let host = endpoint.host.as_deref().unwrap_or(&endpoint.value);
        self.declared.endpoints.iter().any(|entry| entry.covers(host))
    }

    /// Undeclared at its worst; a question where nothing was declared; less where only tests do it.
    fn weigh(&self, worst: Severity, path: &str, confidence: Confidence) -> Severity {
        let mut severity = worst;
        if self.silent {
            severity = severity.min(Severity::Medium);
        }
        if is_beside(path) {
            severity = severity.min(Severity::Medium);
        }
        if confidence == Confidence::Low { severity.min(Severity::Low) } else { severity }
    }

    fn capabilities(&self) -> Vec<Finding> {
        let mut matters = Matters::default();
        for record in self.source.capabilities.iter().chain(&self.source.sources) {
            let Some(worst) = category::get(&record.category).and_then(|category| category.undeclared) else {
                continue;
            };
            if self.covered(&record.category) {
                continue;
            }
            matters.add(Matter {
                rule: if record.category.starts_with("src.") {
                    "undeclared-source"
                } else {
                    "undeclared-capability"
                },
                category: record.category.clone(),
                subject: record.api.clone(),
                artifact: String::new(),
                severity: self.weigh(worst, &record.location.path, record.confidence),
                confidence: record.confidence,
                places: vec![place(record)],
            });
        }
        matters.findings(|matter| {
            let meaning = category::get(&matter.category)
                .map_or("does something", |category| category.meaning.as_str());
            let declared =
                if self.silent { "nothing was declared" } else { "the declaration does not say so" };
            let beside = if matter.places.iter().all(|(place, _)| is_beside(&place.path)) {
                ", in tests and examples alone"
            } else {
                ""
            };
            (
                format!("the code {meaning} ({}){beside}; {declared}", matter.subject),
                "What does the product do this for, and should it be declared?".to_owned(),
            )
        })
    }

    /// Data that provably leaves: its category must be declared as data.
    fn data(&self) -> Vec<Finding> {
        let mut matters = Matters::default();
        for flow in &self.source.flows {
            let Some((from, to)) = flow.category.strip_prefix("flow.").and_then(|pair| pair.split_once("->"))
            else {
                continue;
            };
            let leaves = matches!(
                to,
                "net" | "telemetry" | "ai-api" | "dns" | "messenger" | "email" | "log" | "storage"
            );
            let data = format!("src.{from}");
            let known = category::get(&data).is_some();
            if !leaves
                || !known
                || self.declared.data.iter().any(|entry| category::covers(&entry.category, &data))
            {
                continue;
            }
            let steps = flow.steps.len();
            matters.add(Matter {
                rule: "undeclared-data",
                category: flow.category.clone(),
                subject: flow.source.clone(),
                artifact: String::new(),
                severity: self.weigh(Severity::High, &flow.location.path, flow.confidence),
                confidence: flow.confidence,
                places: vec![(
                    flow.location.clone(),
                    format!("{} → {} in {steps} steps", flow.source, flow.sink),
                )],
            });
        }
        matters.findings(|matter| {
            let declared =
                if self.silent { "nothing was declared" } else { "the declaration does not name this data" };
            (
                format!("data from {} reaches a way out; {declared}", matter.subject),
                "Which data is sent, to whom, and is the user told?".to_owned(),
            )
        })
    }

    fn endpoints(&self) -> Vec<Finding> {
        let mut matters = Matters::default();
        let talks: std::collections::BTreeSet<&str> = self
            .source
            .capabilities
            .iter()
            .filter(|record| {
                record.category.starts_with("cap.net") || record.category.starts_with("cap.exec")
            })
            .map(|record| record.location.path.as_str())
            .collect();
        for endpoint in &self.source.endpoints {
            let host = endpoint.host.clone().unwrap_or_default();
            let addressed = matches!(endpoint.kind.as_str(), "url" | "host" | "ipv4" | "ipv6" | "onion");
            if !endpoint.live || !addressed || host.is_empty() || self.endpoint_covered(endpoint) {
                continue;
            }
            let id = endpoint
                .category
                .clone()
                .filter(|id| id.starts_with("ind."))
                .unwrap_or_else(|| "ind.url".to_owned());
            let worst = category::get(&id).and_then(|category| category.undeclared).unwrap_or(Severity::High);
            // An address somebody reads is not an address the program talks to: a sentence, or a file that
            // has no way to talk.
            let near = talks.contains(endpoint.location.path.as_str());
            let worst = match (endpoint.confidence, near) {
                (Confidence::High, true) => worst,
                (Confidence::High, false) | (Confidence::Medium, true) => worst.min(Severity::Medium),
                (Confidence::Medium, false) => worst.min(Severity::Low),
                (Confidence::Low, _) => Severity::Info,
            };
            let worst = if is_private(&host) { worst.min(Severity::Low) } else { worst };
            matters.add(Matter {
                rule: "undeclared-endpoint",
                category: id,
                subject: host,
                artifact: String::new(),
                severity: self.weigh(worst, &endpoint.location.path, endpoint.confidence),
                confidence: endpoint.confidence,
                places: vec![(endpoint.location.clone(), endpoint.value.clone())],
            });
        }
        matters.findings(|matter| {
            let declared =
                if self.silent { "nothing was declared" } else { "no declared endpoint covers it" };
            (
                format!("the code names {}; {declared}", matter.subject),
                "Does the product talk to this host, and what does it send there?".to_owned(),
            )
        })
    }
}

/// Declarations nothing was found for.
fn stale(declared: &Declared, source: &ScanEvidence, artifacts: &[(&str, &ScanEvidence)]) -> Vec<Finding> {
    let scans = || std::iter::once(source).chain(artifacts.iter().map(|(_, scan)| *scan));
    let shows = |id: &str| {
        scans().any(|scan| {
            let records = scan.capabilities.iter().chain(&scan.sources).map(|record| &record.category);
            let flows = scan.flows.iter().map(|flow| &flow.category);
            let endpoints = scan.endpoints.iter().filter_map(|endpoint| endpoint.category.as_ref());
            records.chain(flows).chain(endpoints).any(|found| category::covers(id, found))
        })
    };
    let named = |entry: &DeclaredEndpoint| {
        scans().any(|scan| {
            scan.endpoints.iter().filter_map(|e| e.host.as_deref()).any(|found| entry.covers(found))
        })
    };
    let mut findings = Vec::new();
    let mut push = |category: &str, subject: &str, message: String| {
        let matter = Matter {
            rule: "stale-declaration",
            category: category.to_owned(),
            subject: subject.to_owned(),
            artifact: String::new(),
            severity: Severity::Low,
            confidence: Confidence::Medium,
            places: vec![(Location { path: "review.toml".to_owned(), ..Location::default() }, String::new())],
        };
        findings.push(matter.finding(&|_: &Matter| {
            (
                message.clone(),
                "Is this declaration out of date, or where does the product do this?".to_owned(),
            )
        }));
    };
    for entry in declared.capabilities.iter().chain(&declared.data).filter(|entry| !shows(&entry.category)) {
        let message = format!("{} is declared (\"{}\") and was found nowhere", entry.category, entry.reason);
        push(&entry.category, "", message);
    }
    for entry in declared.endpoints.iter().filter(|entry| !named(entry)) {
        let message =
            format!("the endpoint {} is declared (\"{}\") and was found nowhere", entry.host, entry.reason);
        push("ind.url", &entry.host, message);
    }
    findings
}

fn place(record: &Capability) -> (Location, String) {
    (record.location.clone(), record.excerpt.clone())
}

/// Tests, examples and documents: they are in the tree and not in the product, unless the build uses them.
pub fn is_beside(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let mut parts = lower.split('/').collect::<Vec<_>>();
    let name = parts.pop().unwrap_or_default();
    let folder = parts.iter().any(|part| {
        matches!(
            *part,
            "test"
                | "tests"
                | "testing"
                | "t"
                | "spec"
                | "specs"
                | "__tests__"
                | "testdata"
                | "fixtures"
                | "examples"
                | "example"
                | "docs"
                | "doc"
                | "samples"
                | "sample"
                | "benches"
                | "bench"
                | "benchmark"
                | "benchmarks"
                | "fuzz"
                | ".github"
                | "contrib"
                | "demo"
                | "demos"
        )
    });
    folder
        || name.starts_with("test_")
        || name.contains("_test.")
        || name.contains(".test.")
        || name.contains(".spec.")
        || name == "conftest.py"
}

/// Addresses that are no one machine's on the Internet.
fn is_private(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.segments()[0] & 0xfe00 == 0xfc00 || address.segments()[0] & 0xffc0 == 0xfe80
        }
        Err(_) => !host.contains('.'),
    }
}
