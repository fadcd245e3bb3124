//! What every rendering needs and the evidence holds in several places: findings in order of severity with
//! what became of each, capabilities by category, endpoints with their declaration.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::Evidence;
use crate::model::RelPath;
use crate::model::ScanEvidence;
use crate::model::Verdict;
use crate::model::category;
use crate::model::environment::Resolved;
use crate::model::environment::ToolRole;
use crate::model::review::Accepted;
use crate::model::review::DeclaredCategory;
use crate::model::run;
use crate::model::run::OpaqueInput;
use crate::model::scan::Capability;
use crate::model::scan::Endpoint;
use crate::model::scan::Finding;
use crate::model::scan::Severity;
use crate::model::snapshot::Kind;
use crate::report::words;

/// Where a scan record comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin<'a> {
    /// The source.
    Source,
    /// The shipped artifact of this name.
    Artifact(&'a str),
    /// Laying one against another.
    Reconciliation,
}

impl Origin<'_> {
    /// In words.
    pub fn word(&self) -> String {
        match self {
            Origin::Source => "source".to_owned(),
            Origin::Artifact(name) => format!("shipped {name}"),
            Origin::Reconciliation => "source against shipped and declared".to_owned(),
        }
    }
}

/// A finding with what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Ranked<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Where it comes from.
    pub origin: Origin<'a>,
    /// What became of it.
    pub fate: Fate<'a>,
}

/// What became of a finding.
#[derive(Clone, Copy, Debug)]
pub enum Fate<'a> {
    /// It fails the policy.
    Fails,
    /// It was accepted.
    Accepted(&'a Accepted),
    /// Below the policy's level.
    Below,
}

impl Fate<'_> {
    /// In words.
    pub fn word(&self) -> &'static str {
        match self {
            Fate::Fails => "fails the policy",
            Fate::Accepted(_) => "accepted",
            Fate::Below => "below the policy's level",
        }
    }
}

/// Every finding: those that fail first, then by severity, worst first, then by place.
pub fn findings<'a>(evidence: &'a Evidence, verdict: &'a Verdict) -> Vec<Ranked<'a>> {
    let failing: BTreeSet<&str> = verdict.failing_findings.iter().map(String::as_str).collect();
    let accepted: BTreeMap<&str, &Accepted> =
        evidence.review.policy.accepted.iter().map(|a| (a.fingerprint.as_str(), a)).collect();
    let rank = |origin: Origin<'a>, finding: &'a Finding| {
        let fate = match accepted.get(finding.fingerprint.as_str()) {
            _ if failing.contains(finding.fingerprint.as_str()) => Fate::Fails,
            Some(accepted) => Fate::Accepted(accepted),
            None => Fate::Below,
        };
        Ranked { finding, origin, fate }
    };
    let mut all: Vec<Ranked<'a>> = scans(evidence)
        .flat_map(|(origin, scan)| scan.findings.iter().map(move |finding| (origin, finding)))
        .chain(evidence.reconciliation.iter().map(|finding| (Origin::Reconciliation, finding)))
        .map(|(origin, finding)| rank(origin, finding))
        .collect();
    all.sort_by_key(|ranked| {
        let fate = match ranked.fate {
            Fate::Fails => 0,
            Fate::Below => 1,
            Fate::Accepted(_) => 2,
        };
        (fate, std::cmp::Reverse(ranked.finding.severity), ranked.origin, ranked.finding)
    });
    all
}

/// How many findings of each severity, worst first; severities without a finding are left out.
pub fn by_severity(findings: &[Ranked<'_>]) -> Vec<(Severity, u64)> {
    let mut counts = BTreeMap::new();
    for ranked in findings {
        *counts.entry(std::cmp::Reverse(ranked.finding.severity)).or_insert(0) += 1;
    }
    counts.into_iter().map(|(severity, n)| (severity.0, n)).collect()
}

/// The call sites of one category.
#[derive(Clone, Debug)]
pub struct CategoryGroup<'a> {
    /// The id: `cap.net.http`.
    pub id: &'a str,
    /// What a record in it says; empty for an id that is not in the list.
    pub meaning: &'static str,
    /// The declaration that covers it.
    pub declared: Option<&'a DeclaredCategory>,
    /// The sites, in order of place.
    pub sites: Vec<(Origin<'a>, &'a Capability)>,
}

/// Capabilities of source and artifacts by category, in order of the id.
pub fn capabilities(evidence: &Evidence) -> Vec<CategoryGroup<'_>> {
    let sites = scans(evidence).flat_map(|(origin, scan)| scan.capabilities.iter().map(move |c| (origin, c)));
    group(sites, &evidence.review.declared.capabilities)
}

/// Data sources of source and artifacts by category, in order of the id.
pub fn data_sources(evidence: &Evidence) -> Vec<CategoryGroup<'_>> {
    let sites = scans(evidence).flat_map(|(origin, scan)| scan.sources.iter().map(move |c| (origin, c)));
    group(sites, &evidence.review.declared.data)
}

fn group<'a>(
    sites: impl Iterator<Item = (Origin<'a>, &'a Capability)>,
    declared: &'a [DeclaredCategory],
) -> Vec<CategoryGroup<'a>> {
    let mut groups: BTreeMap<&str, Vec<(Origin<'a>, &'a Capability)>> = BTreeMap::new();
    for (origin, capability) in sites {
        groups.entry(&capability.category).or_default().push((origin, capability));
    }
    groups
        .into_iter()
        .map(|(id, sites)| CategoryGroup {
            id,
            meaning: category::get(id).map(|category| category.meaning.as_str()).unwrap_or_default(),
            declared: declared.iter().find(|entry| category::covers(&entry.category, id)),
            sites,
        })
        .collect()
}

/// One endpoint with every place that names it.
#[derive(Clone, Debug)]
pub struct EndpointGroup<'a> {
    /// `url`, `host`, …
    pub kind: &'a str,
    /// As written or folded.
    pub value: &'a str,
    /// The declaration's reason, where one covers the host.
    pub declared: Option<&'a str>,
    /// Whether any place stands in code or configuration.
    pub live: bool,
    /// The indicator it matches.
    pub indicator: Option<&'a str>,
    /// The places.
    pub places: Vec<(Origin<'a>, &'a Endpoint)>,
}

/// Endpoints of source and artifacts: undeclared ones in code first, then declared ones in code, then those
/// in comments and documents; within each by value.
pub fn endpoints(evidence: &Evidence) -> Vec<EndpointGroup<'_>> {
    let mut groups: BTreeMap<(&str, &str), Vec<(Origin<'_>, &Endpoint)>> = BTreeMap::new();
    for (origin, scan) in scans(evidence) {
        for endpoint in &scan.endpoints {
            groups.entry((&endpoint.kind, &endpoint.value)).or_default().push((origin, endpoint));
        }
    }
    let declared = |endpoint: &Endpoint| {
        let host = endpoint.host.as_deref()?;
        let entries = &evidence.review.declared.endpoints;
        entries.iter().find(|entry| entry.covers(host)).map(|entry| entry.reason.as_str())
    };
    let mut all: Vec<EndpointGroup<'_>> = groups
        .into_iter()
        .map(|((kind, value), places)| EndpointGroup {
            kind,
            value,
            declared: places.iter().find_map(|(_, endpoint)| declared(endpoint)),
            live: places.iter().any(|(_, endpoint)| endpoint.live),
            indicator: places.iter().find_map(|(_, endpoint)| endpoint.category.as_deref()),
            places,
        })
        .collect();
    all.sort_by_key(|group| (!group.live, group.declared.is_some()));
    all
}

/// Every scan of a review with where it comes from.
pub fn scans(evidence: &Evidence) -> impl Iterator<Item = (Origin<'_>, &ScanEvidence)> {
    let artifacts = evidence.artifacts.iter().map(|a| (Origin::Artifact(a.name.as_str()), &a.scan));
    std::iter::once((Origin::Source, &evidence.scan)).chain(artifacts)
}

/// Whether any artifact was made by a rehearsal.
pub fn rehearsal(evidence: &Evidence) -> bool {
    evidence.artifacts.iter().any(|artifact| artifact.rehearsal)
}

/// What the nominal run used, as far as it was watched.
pub struct Used<'a> {
    /// Files of the source that were read.
    pub read: u64,
    /// Files of the source that no build command opened.
    pub unread: Vec<&'a RelPath>,
    /// Programs of the environment that were run.
    pub programs: u64,
    /// Programs the build made, or the source brought, and that were run.
    pub own_programs: Vec<&'a RelPath>,
    /// Files of the environment that were read.
    pub environment: u64,
    /// Files no person can read, the worst use first.
    pub opaque: Vec<&'a OpaqueInput>,
    /// Compiler, linker, C library and the like, by package and version.
    pub toolchain: Vec<(&'static str, String)>,
    /// The lock the environment was made from, where it was.
    pub made_from: Option<String>,
    /// Whether the record is incomplete.
    pub truncated: bool,
}

/// What the nominal run used; nothing where no run was watched.
pub fn used(evidence: &Evidence) -> Option<Used<'_>> {
    let trace = &evidence.runs.first()?.trace;
    if trace.programs.is_empty() {
        return None;
    }
    let read: BTreeSet<&RelPath> = trace.source_read.iter().collect();
    let files = evidence.source.entries.iter().filter(|entry| matches!(entry.kind, Kind::File { .. }));
    let (own, others): (Vec<_>, Vec<_>) = trace
        .programs
        .iter()
        .partition(|program| matches!(program.origin, run::Origin::Built | run::Origin::Source));
    let mut opaque: Vec<&OpaqueInput> = trace.opaque.iter().collect();
    opaque.sort_by_key(|input| std::cmp::Reverse(input.became));
    Some(Used {
        read: read.len() as u64,
        unread: files.map(|entry| &entry.path).filter(|path| !read.contains(path)).collect(),
        programs: others.len() as u64,
        own_programs: own.into_iter().map(|program| &program.path).collect(),
        environment: trace.environment_read.len() as u64,
        opaque,
        toolchain: evidence.resolved.iter().flat_map(toolchain).collect(),
        made_from: evidence.environment.as_ref().map(|made| {
            format!(
                "{} of {} by environment.lock, sha256 {}",
                words::count(made.lock.packages.len() as u64, "package"),
                made.lock.suite,
                made.lock_sha256
            )
        }),
        truncated: trace.truncated,
    })
}

/// Each kind of tool that was used, and the packages its files are of.
fn toolchain(resolved: &Resolved) -> Vec<(&'static str, String)> {
    let mut roles: BTreeMap<ToolRole, BTreeSet<String>> = BTreeMap::new();
    for tool in &resolved.tools {
        let name = match (&tool.package, &tool.version) {
            (Some(package), Some(version)) => format!("{package} {version}"),
            _ => tool.path.text(),
        };
        roles.entry(tool.role).or_default().insert(name);
    }
    let word = |role| match role {
        ToolRole::Compiler => "compiler",
        ToolRole::Assembler => "assembler",
        ToolRole::Linker => "linker",
        ToolRole::CLibrary => "C library",
        ToolRole::Interpreter => "interpreter",
    };
    let told = |(role, names): (ToolRole, BTreeSet<String>)| {
        (word(role), names.into_iter().collect::<Vec<_>>().join(", "))
    };
    roles.into_iter().map(told).collect()
}
