//! `judge(&Evidence, &Policy) -> Verdict`: pure, small, the most reviewed file in the house.
//!
//! It sees `model` alone, so anyone who holds the evidence can derive the verdict again. It trusts nothing it
//! can check: a claimed equality is re-decided from the two digests, a claimed explanation from the labels,
//! roles and causes listed. Where two answers are possible it gives the worse one.

use std::collections::BTreeSet;

use crate::model::Evidence;
use crate::model::Label;
use crate::model::Rung;
use crate::model::Verdict;
use crate::model::account::Comparison;
use crate::model::account::Difference;
use crate::model::evidence::ArtifactEvidence;
use crate::model::review::Policy;
use crate::model::run::Outcome;
use crate::model::run::RunRecord;
use crate::model::scan::Finding;
use crate::model::snapshot::root_digest;
use crate::model::verdict::ArtifactVerdict;
use crate::model::verdict::Decision;

/// What `policy` concludes from `evidence`.
///
/// A review's own policy is `evidence.review.policy`; a second reviewer may judge by another.
pub fn judge(evidence: &Evidence, policy: &Policy) -> Verdict {
    let artifacts: Vec<ArtifactVerdict> =
        evidence.artifacts.iter().map(|artifact| judge_artifact(evidence, artifact, policy)).collect();
    let reproducible = reproducible(&evidence.runs);
    let findings: Vec<&Finding> = all_findings(evidence).collect();
    let accepted: BTreeSet<&str> = policy.accepted.iter().map(|a| a.fingerprint.as_str()).collect();
    let known: BTreeSet<&str> = findings.iter().map(|f| f.fingerprint.as_str()).collect();
    let failing: BTreeSet<&str> = findings
        .iter()
        .filter(|finding| finding.severity >= policy.fail_on)
        .map(|finding| finding.fingerprint.as_str())
        .filter(|fingerprint| !accepted.contains(fingerprint))
        .collect();

    let mut undecided = Vec::new();
    let mut against = Vec::new();
    for run in &evidence.runs {
        if let Some(why) = unfinished(run) {
            undecided.push(format!("the {} run did not finish: {why}", run.name));
        }
    }
    if root_digest(&evidence.source.entries) != evidence.source.root {
        undecided.push("the snapshot's entries do not have the root digest the evidence states".to_owned());
    }
    if evidence.review.artifacts.len() != evidence.artifacts.len() {
        let (have, want) = (evidence.artifacts.len(), evidence.review.artifacts.len());
        undecided.push(format!("the evidence covers {have} of the {want} artifacts the manifest lists"));
    }
    for artifact in artifacts.iter().filter(|artifact| !artifact.met) {
        let line = format!(
            "{} is {}, the policy asks for {}: {}",
            artifact.name, artifact.rung, artifact.required, artifact.because
        );
        if artifact.rung == Rung::Inconclusive { undecided.push(line) } else { against.push(line) }
    }
    if policy.require_reproducible && reproducible == Some(false) {
        against.push("two runs under different conditions left different outputs".to_owned());
    }
    if policy.require_reproducible && reproducible.is_none() {
        undecided.push("reproducibility is required, and two runs to compare are not there".to_owned());
    }
    if !failing.is_empty() {
        against.push(format!(
            "{} at or above {}",
            count(failing.len(), "unaccepted finding"),
            severity_word(policy)
        ));
    }
    let decision = match (undecided.is_empty(), against.is_empty()) {
        (false, _) => Decision::Inconclusive,
        (true, false) => Decision::NotMet,
        (true, true) => Decision::Met,
    };
    Verdict {
        decision,
        sentence: sentence(decision, &artifacts, failing.len(), policy, evidence),
        reproducible,
        artifacts,
        failing_findings: failing.iter().map(|fingerprint| (*fingerprint).to_owned()).collect(),
        reasons: undecided.into_iter().chain(against).collect(),
        stale_acceptances: policy
            .accepted
            .iter()
            .map(|a| a.fingerprint.clone())
            .filter(|fingerprint| !known.contains(fingerprint.as_str()))
            .collect(),
    }
}

/// Every finding of a review: of the source, of each artifact, of reconciling.
pub fn all_findings(evidence: &Evidence) -> impl Iterator<Item = &Finding> {
    let of_artifacts = evidence.artifacts.iter().flat_map(|artifact| &artifact.scan.findings);
    evidence.scan.findings.iter().chain(of_artifacts).chain(&evidence.reconciliation)
}

/// The rung that two artifacts' bytes reach, and why no better one, from digests and comparison alone.
///
/// `equal` is whether size and digest are equal; `allowed` the causes the policy lets explain bytes (`None`:
/// every known one).
pub fn rung(equal: bool, comparison: Option<&Comparison>, allowed: Option<&[String]>) -> (Rung, String) {
    let Some(comparison) = comparison else {
        return if equal {
            (Rung::BitExact, "every byte is equal".to_owned())
        } else {
            (Rung::Inconclusive, "the artifacts differ and were not compared".to_owned())
        };
    };
    let account = &comparison.account;
    let differs = account.bytes(Label::Reproduced) != account.size()
        || comparison.absent > 0
        || !comparison.differences.is_empty()
        || comparison.differences_cut > 0;
    if equal {
        return if differs {
            (Rung::Inconclusive, "the digests are equal and the account says otherwise".to_owned())
        } else {
            (Rung::BitExact, "every byte is equal".to_owned())
        };
    }
    if !differs {
        return (Rung::Inconclusive, "the digests differ and the account shows no difference".to_owned());
    }
    let unexplained = account.bytes(Label::Unexplained);
    if unexplained > 0 || comparison.absent > 0 {
        let mut parts = Vec::new();
        if unexplained > 0 {
            parts.push(format!("{unexplained} of {} shipped bytes are unexplained", account.size()));
        }
        if comparison.absent > 0 {
            parts.push(format!("{} rebuilt bytes are absent from what was shipped", comparison.absent));
        }
        return (Rung::Unexplained, parts.join(", and "));
    }
    if let Some(why) =
        comparison.differences.iter().find_map(|difference| not_explicable(difference, allowed))
    {
        return (Rung::Unexplained, why);
    }
    if comparison.differences_cut > 0 && allowed.is_some() {
        let why = format!(
            "{} differences are not listed, so their causes cannot be held against the policy's",
            comparison.differences_cut
        );
        return (Rung::Unexplained, why);
    }
    let proved = comparison.graft.as_ref().is_some_and(|graft| graft.equal && graft.covers);
    if account.bytes(Label::Signature) > 0 && !proved {
        return (Rung::Unexplained, "bytes are labelled signature without a graft that proves it".to_owned());
    }
    let explained = account.bytes(Label::Explained);
    let only_signature =
        comparison.differences.iter().all(|d| matches!(d.label, Label::Signature | Label::Derived));
    if proved && explained == 0 && only_signature && comparison.differences_cut == 0 {
        return (Rung::ExactModuloSignature, "the vendor's signature is the only difference".to_owned());
    }
    if explained == 0 && comparison.differences.is_empty() {
        return (Rung::Unexplained, "the digests differ and no listed difference says why".to_owned());
    }
    (Rung::Explained, format!("{explained} of {} shipped bytes differ for allowed causes", account.size()))
}

/// Roles whose bytes may carry code or anything else, so that no resemblance explains them.
const NEVER_EXPLAINED: [&str; 3] = ["code", "gap", "trailing"];

/// The one cause that may explain code: it rests on a proof of the whole program, instruction by instruction.
const PROVES_CODE: &str = "moved-address";

/// Why `difference` forbids the rung `explained`, if it does.
fn not_explicable(difference: &Difference, allowed: Option<&[String]>) -> Option<String> {
    let place = difference.path.join(" › ");
    if difference.label == Label::Unexplained {
        return Some(format!("{place} is unexplained"));
    }
    if difference.label != Label::Explained {
        return None;
    }
    let proved = difference.role == "code" && difference.cause.as_deref() == Some(PROVES_CODE);
    if NEVER_EXPLAINED.contains(&difference.role.as_str()) && !proved {
        return Some(format!("{place} is called explained, and a {} region never is", difference.role));
    }
    let Some(cause) = &difference.cause else {
        return Some(format!("{place} is called explained without a cause"));
    };
    if difference.evidence.is_empty() {
        return Some(format!("{place} is called explained by {cause} without evidence"));
    }
    if allowed.is_some_and(|allowed| !allowed.contains(cause)) {
        return Some(format!("{place} is explained by {cause}, which the policy does not allow"));
    }
    None
}

fn judge_artifact(evidence: &Evidence, artifact: &ArtifactEvidence, policy: &Policy) -> ArtifactVerdict {
    let manifest = evidence.review.artifacts.iter().find(|entry| entry.name == artifact.name);
    let required = manifest.and_then(|entry| entry.rung).unwrap_or(policy.rung);
    let nominal = evidence.runs.first();
    let nominal_finished = nominal.is_some_and(|run| run.outcome == Outcome::Built);
    let declares_output = manifest.is_some_and(|entry| entry.output.is_some());
    let (rung, because) = match &artifact.rebuilt {
        None if declares_output && evidence.review.build.is_some() && !nominal_finished => {
            (Rung::Inconclusive, "the build did not finish, so there is nothing to compare with".to_owned())
        }
        None => (Rung::NotRebuilt, "nothing in the recipe's outputs corresponds to it".to_owned()),
        Some(_) if !nominal_finished => {
            (Rung::Inconclusive, "it is compared with an output of a run that did not finish".to_owned())
        }
        Some(rebuilt)
            if nominal.is_none_or(|run| !run.outputs.iter().any(|o| o.sha256 == rebuilt.sha256)) =>
        {
            (Rung::Inconclusive, "it is compared with a file the nominal run did not leave".to_owned())
        }
        Some(rebuilt) => {
            let equal = rebuilt.sha256 == artifact.sha256 && rebuilt.size == artifact.size;
            let sized = artifact.comparison.as_ref().is_none_or(|c| c.account.size() == artifact.size);
            if sized {
                rung(equal, artifact.comparison.as_ref(), policy.allowed_causes.as_deref())
            } else {
                (Rung::Inconclusive, "the account is of another size than the artifact".to_owned())
            }
        }
    };
    let met = rung.reaches(required);
    ArtifactVerdict { name: artifact.name.clone(), sha256: artifact.sha256, rung, required, met, because }
}

/// Whether the first two runs left the same bytes; `None` where two did not finish.
fn reproducible(runs: &[RunRecord]) -> Option<bool> {
    let [nominal, varied, ..] = runs else { return None };
    let built = |run: &RunRecord| run.outcome == Outcome::Built;
    (built(nominal) && built(varied)).then(|| {
        let digests = |run: &RunRecord| run.outputs.iter().map(|o| (o.size, o.sha256)).collect::<Vec<_>>();
        digests(nominal) == digests(varied)
    })
}

fn unfinished(run: &RunRecord) -> Option<String> {
    match &run.outcome {
        Outcome::Built => None,
        Outcome::Failed { command, code, .. } => Some(format!("`{command}` ended with code {code}")),
        Outcome::LimitReached { limit, message, .. } => Some(format!("{limit} limit: {message}")),
        Outcome::BadOutput { message, .. } | Outcome::Refused { message } => Some(message.clone()),
    }
}

fn sentence(
    decision: Decision,
    artifacts: &[ArtifactVerdict],
    failing: usize,
    policy: &Policy,
    evidence: &Evidence,
) -> String {
    let rehearsal = evidence.artifacts.iter().any(|artifact| artifact.rehearsal);
    let prefix = if rehearsal { "Rehearsal, not a vendor's artifact. " } else { "" };
    let met = artifacts.iter().filter(|artifact| artifact.met).count();
    let worst = artifacts.iter().map(|artifact| artifact.rung).max();
    let correspondence = match (artifacts.len(), worst) {
        (0, _) => "no shipped artifact was compared".to_owned(),
        (1, Some(rung)) => format!("the shipped artifact is {rung}"),
        (all, Some(rung)) if met == all => format!("all {all} shipped artifacts are {rung} or better"),
        (all, _) => format!("{met} of {all} shipped artifacts reach the rung asked for"),
    };
    let findings = match failing {
        0 => format!("no unaccepted finding at or above {}", severity_word(policy)),
        n => format!("{} at or above {}", count(n, "unaccepted finding"), severity_word(policy)),
    };
    let word = match decision {
        Decision::Met => "Policy met",
        Decision::NotMet => "Policy not met",
        Decision::Inconclusive => "Inconclusive",
    };
    format!("{prefix}{word}: {correspondence}; {findings}.")
}

fn severity_word(policy: &Policy) -> String {
    format!("{:?}", policy.fail_on).to_lowercase()
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[cfg(test)]
mod tests;
