//! What the policy concludes from the evidence.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::digest::Sha256;

/// How far a shipped artifact's correspondence with the rebuilt one is proved; ordered from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// Every byte is equal.
    BitExact,
    /// The vendor's signature is the only difference, proved by graft.
    ExactModuloSignature,
    /// Every differing byte has a cause the policy allows, and none can carry code.
    Explained,
    /// Some differing byte has no cause.
    Unexplained,
    /// Nothing in the outputs corresponds.
    NotRebuilt,
    /// Apart from the ladder: the harness or the build could not finish.
    Inconclusive,
}

impl Rung {
    /// Whether this rung is `required` or better. Inconclusive reaches nothing.
    pub fn reaches(self, required: Rung) -> bool {
        self != Rung::Inconclusive && self <= required
    }
}

impl std::fmt::Display for Rung {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Rung::BitExact => "bit-exact",
            Rung::ExactModuloSignature => "exact-modulo-signature",
            Rung::Explained => "explained",
            Rung::Unexplained => "unexplained",
            Rung::NotRebuilt => "not-rebuilt",
            Rung::Inconclusive => "inconclusive",
        })
    }
}

/// What the policy concludes from the evidence. Derived from the two alone: anyone can derive it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The outcome.
    pub decision: Decision,
    /// The verdict in one sentence.
    pub sentence: String,
    /// Whether two runs under different conditions left the same bytes; `None` where two did not finish.
    pub reproducible: Option<bool>,
    /// Per shipped artifact, in the manifest's order.
    pub artifacts: Vec<ArtifactVerdict>,
    /// Fingerprints of the unaccepted findings at or above the policy's level.
    pub failing_findings: Vec<String>,
    /// Why the decision is not a pass, as sentences; empty on a pass.
    pub reasons: Vec<String>,
    /// Acceptances that match no finding: they should be removed.
    pub stale_acceptances: Vec<String>,
}

/// The outcome of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Every artifact reaches its rung and no unaccepted finding is at or above the policy's level.
    Met,
    /// The policy is not met.
    NotMet,
    /// The harness or the build could not finish.
    Inconclusive,
}

/// The verdict on one shipped artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArtifactVerdict {
    /// Its name in the manifest.
    pub name: String,
    /// Digest of the shipped file.
    pub sha256: Sha256,
    /// The rung it reached.
    pub rung: Rung,
    /// The rung asked for.
    pub required: Rung,
    /// Whether that is enough.
    pub met: bool,
    /// Why this rung and no better one, as a sentence.
    pub because: String,
}
