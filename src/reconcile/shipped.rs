//! What a shipped artifact shows against what the source shows.

use std::collections::BTreeSet;

use super::Matter;
use super::Matters;
use crate::model::ScanEvidence;
use crate::model::category;
use crate::model::scan::Capability;
use crate::model::scan::Confidence;
use crate::model::scan::Finding;
use crate::model::scan::Location;
use crate::model::scan::Severity;

/// The findings on the artifact called `name`. None where there is no source to lay it against.
pub fn findings(name: &str, artifact: &ScanEvidence, source: &ScanEvidence) -> Vec<Finding> {
    if source.coverage.files == 0 {
        return Vec::new();
    }
    let mut findings = capabilities(name, artifact, source);
    findings.extend(endpoints(name, artifact, source));
    findings.extend(suspicions(name, artifact, source));
    findings.extend(runtime(name, artifact));
    findings
}

fn capabilities(name: &str, artifact: &ScanEvidence, source: &ScanEvidence) -> Vec<Finding> {
    let shows: BTreeSet<&str> = records(source).map(|record| record.category.as_str()).collect();
    let families: BTreeSet<&str> = shows.iter().map(|id| family(id)).collect();
    let blind = source.coverage.unparsed_code.files > 0;
    let mut matters = Matters::default();
    for record in records(artifact) {
        // `low` marks what the runtime imports in every program, and strings that only resemble something.
        if record.confidence == Confidence::Low || shows.contains(record.category.as_str()) {
            continue;
        }
        let Some(worst) = category::get(&record.category).and_then(|category| category.undeclared) else {
            continue;
        };
        let severity = if families.contains(family(&record.category)) {
            // The source has another way of doing the same kind of thing: an HTTP library opens sockets.
            if compiled_from_c(source) { worst.min(Severity::Medium) } else { worst.min(Severity::Info) }
        } else if record.confidence == Confidence::Medium {
            worst.min(Severity::Low)
        } else {
            worst
        };
        matters.add(Matter {
            rule: "capability-not-in-source",
            category: record.category.clone(),
            subject: record.api.clone(),
            artifact: name.to_owned(),
            severity,
            confidence: if blind { Confidence::Medium } else { record.confidence },
            places: vec![(record.location.clone(), record.excerpt.clone())],
        });
    }
    let unread = source.coverage.unparsed_code.files;
    matters.findings(|matter| {
        let meaning =
            category::get(&matter.category).map_or("does something", |category| category.meaning.as_str());
        let doubt = if blind {
            format!(" ({unread} source files are in languages not read here)")
        } else {
            String::new()
        };
        (
            format!(
                "the shipped artifact {meaning} ({}), and the source shows no such thing{doubt}",
                matter.subject
            ),
            "Which source file is this built from?".to_owned(),
        )
    })
}

fn endpoints(name: &str, artifact: &ScanEvidence, source: &ScanEvidence) -> Vec<Finding> {
    let named: BTreeSet<&str> =
        source.endpoints.iter().filter_map(|endpoint| endpoint.host.as_deref()).collect();
    let mut matters = Matters::default();
    for endpoint in artifact.endpoints.iter().filter(|endpoint| endpoint.live) {
        let addressed = matches!(endpoint.kind.as_str(), "url" | "host" | "ipv4" | "ipv6" | "onion");
        let Some(host) = endpoint.host.as_deref().filter(|_| addressed) else { continue };
        if endpoint.confidence == Confidence::Low || named.contains(host) {
            continue;
        }
        let whole = matches!(endpoint.kind.as_str(), "url" | "onion");
        matters.add(Matter {
            rule: "endpoint-not-in-source",
            category: endpoint
                .category
                .clone()
                .filter(|id| id.starts_with("ind."))
                .unwrap_or_else(|| "ind.url".to_owned()),
            subject: host.to_owned(),
            artifact: name.to_owned(),
            severity: if whole { Severity::High } else { Severity::Medium },
            confidence: endpoint.confidence,
            places: vec![(endpoint.location.clone(), endpoint.value.clone())],
        });
    }
    matters.findings(|matter| {
        (
            format!("the shipped artifact names {}, which stands nowhere in the source", matter.subject),
            "Where does this address come from?".to_owned(),
        )
    })
}

/// What is suspicious in the artifact itself and was not so in the source.
fn suspicions(name: &str, artifact: &ScanEvidence, source: &ScanEvidence) -> Vec<Finding> {
    let known: BTreeSet<(&str, &[String])> =
        source.findings.iter().map(|f| (f.rule.as_str(), f.evidence.as_slice())).collect();
    let mut matters = Matters::default();
    for finding in artifact.findings.iter().filter(|f| f.severity >= Severity::Medium) {
        if known.contains(&(finding.rule.as_str(), finding.evidence.as_slice())) {
            continue;
        }
        matters.add(Matter {
            rule: "suspicion-not-in-source",
            category: finding.category.clone(),
            subject: format!("{}: {}", finding.rule, finding.message),
            artifact: name.to_owned(),
            severity: finding.severity,
            confidence: finding.confidence,
            places: vec![(finding.location.clone(), finding.evidence.first().cloned().unwrap_or_default())],
        });
    }
    matters.findings(|matter| {
        (
            format!("only the shipped artifact has this: {}", matter.subject),
            "Which source file is this built from?".to_owned(),
        )
    })
}

/// What the runtime imports in every program, named once.
fn runtime(name: &str, artifact: &ScanEvidence) -> Option<Finding> {
    let imports: BTreeSet<&str> = records(artifact)
        .filter(|record| record.confidence == Confidence::Low && record.excerpt.starts_with("imports "))
        .map(|record| record.api.as_str())
        .collect();
    let first = imports.first()?;
    let list: Vec<&str> = imports.iter().copied().take(20).collect();
    let matter = Matter {
        rule: "runtime-imports",
        category: records(artifact).find(|record| record.api == *first)?.category.clone(),
        subject: "runtime".to_owned(),
        artifact: name.to_owned(),
        severity: Severity::Info,
        confidence: Confidence::High,
        places: vec![(Location { path: name.to_owned(), ..Location::default() }, list.join(", "))],
    };
    let message = format!(
        "{} imports belong to the compiler's runtime and are not held against the source",
        imports.len()
    );
    Some(
        matter
            .finding(&|_: &Matter| (message.clone(), "Is the runtime the one the recipe names?".to_owned())),
    )
}

fn records(scan: &ScanEvidence) -> impl Iterator<Item = &Capability> {
    scan.capabilities.iter().chain(&scan.sources)
}

/// What one library may stand for another within: `cap.net`, `cap.exec`, `cap.fs`; sources each alone.
fn family(id: &str) -> &str {
    if id.starts_with("src.") {
        return id;
    }
    let mut dots = id.match_indices('.').map(|(at, _)| at);
    dots.nth(1).map_or(id, |at| id.get(..at).unwrap_or(id))
}

/// Whether the source is C and C++ alone, where an import bears the name of the function the source calls.
fn compiled_from_c(source: &ScanEvidence) -> bool {
    let runtimes = ["go", "rust", "java", "kotlin", "swift", "csharp", "python", "javascript", "typescript"];
    !source.coverage.languages.keys().any(|language| runtimes.contains(&language.as_str()))
}
