//! The in-toto Statement v1 of a verdict, met or not.
//!
//! The predicate is this project's own: no published one can say "diverged" and "could not check", name the
//! evidence by digest and carry the rung of each artifact. What parsers of the field enforce is kept: no
//! field of ours beside the four of the statement, subjects of name and `sha256` alone, byte counts as
//! strings (a protobuf `Struct` rounds numbers beyond 2⁵³), at most 1024 subjects.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::model::Account;
use crate::model::Evidence;
use crate::model::Label;
use crate::model::Rung;
use crate::model::Sha256;
use crate::model::Verdict;
use crate::model::evidence::ArtifactEvidence;
use crate::model::evidence::Fetched;
use crate::model::run::Outcome;
use crate::model::scan::Finding;
use crate::model::scan::Severity;
use crate::model::verdict::ArtifactVerdict;
use crate::model::verdict::Decision;

/// The predicate type of a verdict's statement.
pub const PREDICATE_TYPE: &str = "https://pellucid.example/attestation/rebuild-verdict/v0.1";

/// What every statement says it does not say.
const LIMITATIONS: [&str; 3] = [
    "correspondence says what an artifact was built from, not whether that source deserves trust",
    "a scan lists what its catalogue knows; a clean list does not prove that nothing else is there",
    "the statement holds for the digests it names and for no other file",
];

/// sigstore-go and the tools built on it refuse more.
const MAX_SUBJECTS: usize = 1024;

/// The statement of `verdict`, which `evidence` (written as `evidence_bytes`) supports: canonical JSON, the
/// bytes to sign.
///
/// The subjects are the shipped artifacts; for a review without one, the source snapshot by its root digest.
///
/// # Errors
/// [`StatementError`] where the evidence holds more than a statement can.
pub fn statement(
    evidence: &Evidence,
    verdict: &Verdict,
    evidence_bytes: &[u8],
) -> Result<Vec<u8>, StatementError> {
    let subject = subjects(evidence);
    if subject.len() > MAX_SUBJECTS {
        return Err(StatementError::TooManySubjects(subject.len()));
    }
    let statement = Statement {
        kind: "https://in-toto.io/Statement/v1".to_owned(),
        subject,
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: predicate(evidence, verdict, evidence_bytes),
    };
    serde_json::to_vec(&statement).map_err(|error| StatementError::Encode(error.to_string()))
}

/// No statement can be made of this evidence.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum StatementError {
    /// More artifacts than verifiers of the field take in one statement.
    #[error("{0} shipped artifacts, and a statement names at most {MAX_SUBJECTS}: split the review")]
    TooManySubjects(usize),
    /// The encoder refused.
    #[error("encoding the statement: {0}")]
    Encode(String),
}

/// An in-toto Statement v1 with this project's predicate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// `https://in-toto.io/Statement/v1`.
    #[serde(rename = "_type")]
    pub kind: String,
    /// What the statement is about.
    pub subject: Vec<Resource>,
    /// [`PREDICATE_TYPE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What it says.
    pub predicate: Predicate,
}

/// A thing by name and digest (in-toto `ResourceDescriptor`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Resource {
    /// What it is called.
    pub name: String,
    /// Algorithm and lower-case hexadecimal digits.
    pub digest: BTreeMap<String, String>,
    /// Its media type, where that helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// How it came, where that is known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// What a verdict's statement says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Predicate {
    /// `met`, `not-met`, `inconclusive`.
    pub decision: Decision,
    /// The verdict in one sentence.
    pub sentence: String,
    /// Why the decision is not a pass; empty on a pass.
    pub reasons: Vec<String>,
    /// When the review ended, RFC 3339, as the evidence records it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_on: Option<String>,
    /// What judged.
    pub verifier: Verifier,
    /// What was reviewed.
    pub product: StatedProduct,
    /// Whether any artifact was made by the reviewer and shipped by nobody.
    pub rehearsal: bool,
    /// `review.toml`.
    pub manifest: Resource,
    /// `evidence.json`, from which the verdict follows.
    pub evidence: Resource,
    /// The source.
    pub source: StatedSource,
    /// What the review asked.
    pub policy: StatedPolicy,
    /// The rebuilds.
    pub rebuild: StatedRebuild,
    /// Per shipped artifact, in the manifest's order.
    pub artifacts: Vec<StatedArtifact>,
    /// What the scans and their reconciliation found suspicious.
    pub findings: StatedFindings,
    /// How many things were not examined; the evidence lists them.
    pub not_examined: u64,
    /// What the statement does not say.
    pub limitations: Vec<String>,
}

/// What judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verifier {
    /// A name for the rules of judging.
    pub id: String,
    /// Program and version.
    pub version: BTreeMap<String, String>,
}

/// What was reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedProduct {
    /// Who makes it.
    pub vendor: String,
    /// What it is called.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedSource {
    /// The snapshot by its root digest.
    pub snapshot: Resource,
    /// What was fetched or read to make it.
    pub origin: Vec<Resource>,
}

/// What the review asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StatedPolicy {
    /// The rung every artifact must reach.
    pub rung: Rung,
    /// The lowest severity that fails.
    pub fail_on: Severity,
    /// Causes that may explain bytes; absent means every known cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_causes: Option<Vec<String>>,
    /// Whether runs that differ fail the review.
    pub require_reproducible: bool,
    /// Findings accepted after looking at them.
    pub accepted: Vec<StatedAcceptance>,
}

/// An accepted finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedAcceptance {
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// Why.
    pub reason: String,
    /// When.
    pub date: String,
}

/// The rebuilds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StatedRebuild {
    /// Runs started.
    pub runs: u64,
    /// Runs that left every output.
    pub built: u64,
    /// Whether runs under different conditions left the same bytes; absent where two did not finish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_consistent: Option<bool>,
}

/// One shipped artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedArtifact {
    /// Its name in the manifest.
    pub name: String,
    /// The shipped file's digest.
    pub shipped: BTreeMap<String, String>,
    /// The rebuilt file it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebuilt: Option<Resource>,
    /// The rung it reached.
    pub rung: Rung,
    /// The rung asked for.
    pub required: Rung,
    /// Whether that is enough.
    pub met: bool,
    /// Why this rung and no better one.
    pub because: String,
    /// Whether the reviewer made it.
    pub rehearsal: bool,
    /// Bytes by label, as decimal strings; absent where nothing was compared.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub account: BTreeMap<String, String>,
}

/// Findings by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StatedFindings {
    /// All of them.
    pub total: u64,
    /// By severity.
    pub by_severity: BTreeMap<Severity, u64>,
    /// Fingerprints of those that fail the policy.
    pub failing: Vec<String>,
    /// Acceptances that match no finding.
    pub stale_acceptances: Vec<String>,
}

fn subjects(evidence: &Evidence) -> Vec<Resource> {
    if evidence.artifacts.is_empty() {
        return vec![resource("source snapshot", evidence.source.root)];
    }
    evidence.artifacts.iter().map(|artifact| resource(&artifact.name, artifact.sha256)).collect()
}

fn predicate(evidence: &Evidence, verdict: &Verdict, evidence_bytes: &[u8]) -> Predicate {
    let product = &evidence.review.product;
    let finished = &evidence.recorded.finished;
    Predicate {
        decision: verdict.decision,
        sentence: verdict.sentence.clone(),
        reasons: verdict.reasons.clone(),
        verified_on: (!finished.is_empty()).then(|| finished.clone()),
        verifier: Verifier {
            id: "https://pellucid.example/verifier/v0.1".to_owned(),
            version: BTreeMap::from([(evidence.tool.name.clone(), evidence.tool.version.clone())]),
        },
        product: StatedProduct {
            vendor: product.vendor.clone(),
            name: product.name.clone(),
            version: product.version.clone(),
        },
        rehearsal: evidence.artifacts.iter().any(|artifact| artifact.rehearsal),
        manifest: resource("review.toml", evidence.manifest),
        evidence: Resource {
            media_type: Some("application/json".to_owned()),
            ..resource("evidence.json", Sha256::of(evidence_bytes))
        },
        source: StatedSource {
            snapshot: resource("source snapshot", evidence.source.root),
            origin: evidence.source.origin.iter().map(origin).collect(),
        },
        policy: policy(evidence),
        rebuild: StatedRebuild {
            runs: count(evidence.runs.len()),
            built: count(evidence.runs.iter().filter(|run| run.outcome == Outcome::Built).count()),
            self_consistent: verdict.reproducible,
        },
        artifacts: verdict.artifacts.iter().map(|judged| artifact(evidence, judged)).collect(),
        findings: findings(evidence, verdict),
        not_examined: count(not_examined(evidence)),
        limitations: LIMITATIONS.map(str::to_owned).to_vec(),
    }
}

fn policy(evidence: &Evidence) -> StatedPolicy {
    let policy = &evidence.review.policy;
    let accepted = policy.accepted.iter().map(|accepted| StatedAcceptance {
        fingerprint: accepted.fingerprint.clone(),
        reason: accepted.reason.clone(),
        date: accepted.date.clone(),
    });
    StatedPolicy {
        rung: policy.rung,
        fail_on: policy.fail_on,
        allowed_causes: policy.allowed_causes.clone(),
        require_reproducible: policy.require_reproducible,
        accepted: accepted.collect(),
    }
}

fn artifact(evidence: &Evidence, judged: &ArtifactVerdict) -> StatedArtifact {
    let observed: Option<&ArtifactEvidence> =
        evidence.artifacts.iter().find(|artifact| artifact.name == judged.name);
    let rebuilt = observed.and_then(|artifact| artifact.rebuilt.as_ref());
    let comparison = observed.and_then(|artifact| artifact.comparison.as_ref());
    StatedArtifact {
        name: judged.name.clone(),
        shipped: sha256(judged.sha256),
        rebuilt: rebuilt.map(|rebuilt| resource(&rebuilt.output, rebuilt.sha256)),
        rung: judged.rung,
        required: judged.required,
        met: judged.met,
        because: judged.because.clone(),
        rehearsal: observed.is_some_and(|artifact| artifact.rehearsal),
        account: comparison.map(|comparison| account(&comparison.account)).unwrap_or_default(),
    }
}

fn account(account: &Account) -> BTreeMap<String, String> {
    let word = |label: Label| match label {
        Label::Reproduced => "reproduced",
        Label::Derived => "derived",
        Label::Signature => "signature",
        Label::Explained => "explained",
        Label::Unexplained => "unexplained",
    };
    account.labels().into_iter().map(|(label, bytes)| (word(label).to_owned(), bytes.to_string())).collect()
}

fn findings(evidence: &Evidence, verdict: &Verdict) -> StatedFindings {
    let all: Vec<&Finding> = evidence
        .scan
        .findings
        .iter()
        .chain(evidence.artifacts.iter().flat_map(|artifact| &artifact.scan.findings))
        .chain(&evidence.reconciliation)
        .collect();
    let mut by_severity = BTreeMap::new();
    for finding in &all {
        *by_severity.entry(finding.severity).or_insert(0) += 1;
    }
    StatedFindings {
        total: count(all.len()),
        by_severity,
        failing: verdict.failing_findings.clone(),
        stale_acceptances: verdict.stale_acceptances.clone(),
    }
}

fn not_examined(evidence: &Evidence) -> usize {
    evidence.every_not_examined().len()
}

fn origin(fetched: &Fetched) -> Resource {
    let digest = match fetched.digest.parse::<Sha256>() {
        Ok(digest) => sha256(digest),
        // A git commit id: SHA-1 in almost every repository. Its own descriptor, lower-case hexadecimal.
        Err(_) => BTreeMap::from([("gitCommit".to_owned(), fetched.digest.to_lowercase())]),
    };
    Resource {
        name: fetched.name.clone(),
        digest,
        media_type: None,
        annotations: BTreeMap::from([("by".to_owned(), fetched.by.clone())]),
    }
}

fn resource(name: &str, digest: Sha256) -> Resource {
    Resource { name: name.to_owned(), digest: sha256(digest), media_type: None, annotations: BTreeMap::new() }
}

fn sha256(digest: Sha256) -> BTreeMap<String, String> {
    BTreeMap::from([("sha256".to_owned(), digest.hex())])
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
