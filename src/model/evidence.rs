//! Everything observed in a review and nothing concluded: the waist of the hourglass.
//!
//! Written as `evidence.json`; `report`, `verify`, `attest` and a second reviewer's judging start from it
//! without building again. Two reviews of the same inputs give the same bytes but for [`Recorded`].

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::account::Comparison;
use super::digest::Sha256;
use super::environment::MadeEnvironment;
use super::environment::Resolved;
use super::problem::NotExamined;
use super::review::Review;
use super::run::Outcome;
use super::run::RunRecord;
use super::scan::Finding;
use super::scan::ScanEvidence;
use super::snapshot::Entry;

/// The version of this record's schema.
pub const EVIDENCE_VERSION: u32 = 1;

/// Everything observed in one review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Schema version: 1.
    pub evidence_version: u32,
    /// The program that observed.
    pub tool: Tool,
    /// Digest of `review.toml` as read.
    pub manifest: Sha256,
    /// The manifest's content: policy and declarations are judged from here.
    pub review: Review,
    /// The source as taken in.
    pub source: SourceEvidence,
    /// What the build was given from outside, offered to it read-only.
    #[serde(default)]
    pub inputs: Vec<Fetched>,
    /// The environment that was made from distribution packages, where the recipe asks for one.
    #[serde(default)]
    pub environment: Option<MadeEnvironment>,
    /// What of its environment the nominal run used; absent where nothing was built.
    #[serde(default)]
    pub resolved: Option<Resolved>,
    /// The runs. Empty for a review of source alone.
    pub runs: Vec<RunRecord>,
    /// The nominal run's outputs against the varied run's; empty unless both were built.
    pub reproducibility: Vec<OutputComparison>,
    /// Why the runs differ, where they do and a search was made.
    #[serde(default)]
    pub causes: Option<CauseSearch>,
    /// What was tried to find out why shipped artifacts differ from what was rebuilt, one entry an artifact.
    #[serde(default)]
    pub proofs: Vec<CauseProof>,
    /// The shipped artifacts, in the manifest's order.
    pub artifacts: Vec<ArtifactEvidence>,
    /// What the source can do.
    pub scan: ScanEvidence,
    /// Findings from laying found against declared, and artifact against source.
    pub reconciliation: Vec<Finding>,
    /// Whatever was not examined, of all stages.
    pub not_examined: Vec<NotExamined>,
    /// Times and other facts of this one execution; the only part that changes between two reviews of the
    /// same inputs.
    pub recorded: Recorded,
}

impl Evidence {
    /// Whatever was not examined, wherever it is recorded: each record once, in order of stage and path.
    pub fn every_not_examined(&self) -> Vec<&NotExamined> {
        let searched = self.causes.iter().flat_map(|search| &search.causes).flat_map(|cause| &cause.outputs);
        let runs =
            self.reproducibility.iter().chain(searched).filter_map(|output| output.comparison.as_ref());
        let artifacts = self.artifacts.iter().filter_map(|artifact| artifact.comparison.as_ref());
        let all: std::collections::BTreeSet<&NotExamined> = self
            .not_examined
            .iter()
            .chain(&self.scan.not_examined)
            .chain(self.artifacts.iter().flat_map(|artifact| &artifact.scan.not_examined))
            .chain(runs.chain(artifacts).flat_map(|comparison| &comparison.not_examined))
            .collect();
        all.into_iter().collect()
    }
}

/// The program that observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `pellucid`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The source as taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceEvidence {
    /// What was fetched or read, with digests: `idna-3.20.tar.gz sha256:…`, `commit …`.
    pub origin: Vec<Fetched>,
    /// The snapshot's root digest.
    pub root: Sha256,
    /// Regular files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Every path.
    pub entries: Vec<Entry>,
}

/// Something brought in from outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fetched {
    /// What it is: a file name, `commit`, `tag`.
    pub name: String,
    /// How it came: `file`, `git`, `apt-get source`, `pip download`.
    pub by: String,
    /// Digest of the file, or the commit id.
    pub digest: String,
    /// Bytes; 0 where that means nothing.
    pub size: u64,
}

/// One output of the nominal run against the varied run's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputComparison {
    /// The output, as the recipe lists it.
    pub output: String,
    /// Digest in the nominal run.
    pub nominal: Sha256,
    /// Digest in the varied run.
    pub varied: Sha256,
    /// What differs, where they do (nominal in the place of shipped).
    pub comparison: Option<Comparison>,
}

/// Which conditions make two runs of the same recipe differ, found by further runs with fewer of them varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CauseSearch {
    /// Outputs that differ between two runs under the same conditions: no condition is their cause.
    pub unstable: Vec<String>,
    /// The smallest sets of conditions that change an output, sorted by their names.
    pub causes: Vec<ConditionCause>,
    /// Runs the search asked for.
    pub runs: u64,
    /// Whether the search ended at its budget: there may be causes that are not listed.
    pub cut_short: bool,
}

/// One smallest set of conditions that changes an output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionCause {
    /// Names of conditions. All of them have to be varied; fewer change nothing.
    pub conditions: Vec<String>,
    /// The outputs they change: the nominal run's against that of the run with these conditions varied and no
    /// others. Empty where with them the build does not succeed.
    pub outputs: Vec<OutputComparison>,
    /// How the build ended under these conditions, where it did not succeed.
    pub failure: Option<Outcome>,
}

/// Counterfactual runs for one shipped artifact: what may have been different where it was built, tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CauseProof {
    /// The artifact's name in the manifest.
    pub artifact: String,
    /// The runs, in the order made.
    pub tried: Vec<Counterfactual>,
    /// The properties with which, and with no others changed, the source builds to the shipped bytes. A proof of
    /// cause and no reproduction: the artifact's rung stays what it is.
    pub proved: Option<Vec<Suspicion>>,
    /// Suspicions that could not be tried, as sentences.
    pub not_tried: Vec<String>,
    /// Whether the budget ended the trials.
    pub cut_short: bool,
}

/// One run with suspected values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counterfactual {
    /// What was different from the nominal run.
    pub properties: Vec<Suspicion>,
    /// What came out.
    pub result: CounterfactualResult,
    /// Bytes that differ in their own right, where there was an output: without encodings and digests around them.
    pub differing: Option<u64>,
}

/// A property of the world, and the value it may have had where a shipped artifact was built.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suspicion {
    /// The condition's name: `clock`, `compiler`, …
    pub property: String,
    /// The value.
    pub value: String,
    /// Why it was thought of, as the rest of a sentence.
    pub because: String,
}

/// How a counterfactual run's output stands to the shipped artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CounterfactualResult {
    /// Equal, byte for byte.
    Equal,
    /// More of its bytes are reproduced than before.
    Nearer,
    /// No more of its bytes are reproduced.
    NoNearer,
    /// The build did not succeed.
    NotBuilt,
}

/// One shipped artifact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArtifactEvidence {
    /// Its name in the manifest.
    pub name: String,
    /// File name.
    pub file: String,
    /// Bytes.
    pub size: u64,
    /// Digest.
    pub sha256: Sha256,
    /// How it came.
    pub origin: Fetched,
    /// True where the artifact was made here by a rehearsal and not shipped by anyone.
    pub rehearsal: bool,
    /// The rebuilt artifact it was compared with.
    pub rebuilt: Option<RebuiltArtifact>,
    /// The comparison; absent where nothing corresponds, and where the two are equal there are no differences.
    pub comparison: Option<Comparison>,
    /// What the shipped artifact itself shows.
    pub scan: ScanEvidence,
}

/// The rebuilt artifact a shipped one was compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RebuiltArtifact {
    /// The output, as the recipe lists it.
    pub output: String,
    /// Bytes.
    pub size: u64,
    /// Digest.
    pub sha256: Sha256,
}

/// Facts of one execution, apart from everything that follows from the inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Start, RFC 3339, UTC.
    pub started: String,
    /// End, RFC 3339, UTC.
    pub finished: String,
    /// Per run: how long, how much, and the digest of its log.
    pub runs: Vec<RunMeasure>,
}

/// What one run took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunMeasure {
    /// The run's name.
    pub name: String,
    /// Wall-clock milliseconds.
    pub wall_ms: u64,
    /// CPU milliseconds, user and system, of the whole process tree.
    pub cpu_ms: u64,
    /// Largest resident set of any process of the run, in KiB.
    pub max_rss_kib: u64,
    /// Digest of the log.
    pub log_sha256: Option<Sha256>,
    /// The log's file name beside the evidence.
    pub log: String,
    /// Digest of the graph of processes and files, `trace.json` beside the log.
    #[serde(default)]
    pub trace_sha256: Option<Sha256>,
}
