//! What scanning observed: capabilities, data sources, endpoints, flows, findings, coverage.
//!
//! Category ids (`cap.net.http`, `src.env`, …) are public and permanent; the closed list stands in
//! `rules/capabilities.toml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::digest::Sha256;
use super::problem::NotExamined;

/// Everything scanning one tree or artifact observed. Every list is in order of path, line, column, category.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanEvidence {
    /// What the code CAN DO: an inventory, not an accusation.
    pub capabilities: Vec<Capability>,
    /// Where data that could leave comes from.
    pub sources: Vec<Capability>,
    /// Proved paths from a source to a sink.
    pub flows: Vec<Flow>,
    /// Whom the code can talk to.
    pub endpoints: Vec<Endpoint>,
    /// What is suspicious.
    pub findings: Vec<Finding>,
    /// What was not examined.
    pub not_examined: Vec<NotExamined>,
    /// What was looked at.
    pub coverage: Coverage,
}

/// A place in a file of the snapshot, or in a member of an artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// Escaped relative path; containers joined by ` › `.
    pub path: String,
    /// First line, from 1; 0 where the file has no lines (a binary).
    pub start_line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// First column in bytes, from 1; 0 where unknown.
    pub start_column: u32,
}

/// A call site (or import, or symbol) that gives the code a capability or reads a data source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Capability {
    /// Where.
    #[serde(flatten)]
    pub location: Location,
    /// The category id: `cap.net.http`.
    pub category: String,
    /// The resolved API: `requests.post`, `connect`.
    pub api: String,
    /// `c`, `python`, …, or the artifact format: `elf`.
    pub language: String,
    /// How sure the resolution is.
    pub confidence: Confidence,
    /// The line, escaped and bounded.
    pub excerpt: String,
}

/// A host, URL, address or name the code can talk to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Endpoint {
    /// Where it stands.
    #[serde(flatten)]
    pub location: Location,
    /// `url`, `host`, `ipv4`, `ipv6`, `email`, `onion`, `pipe`, `unresolved`.
    pub kind: String,
    /// As written (or folded); for `unresolved` the expression.
    pub value: String,
    /// The host part in lower case, where there is one.
    pub host: Option<String>,
    /// The category id of an indicator it matches (`ind.paste-site`), where it matches one.
    pub category: Option<String>,
    /// Whether it stands in code or configuration, as opposed to a comment or a document.
    pub live: bool,
    /// How sure.
    pub confidence: Confidence,
}

/// A path along which data from a source reaches a sink.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Flow {
    /// The sink's place.
    #[serde(flatten)]
    pub location: Location,
    /// `flow.env->net`.
    pub category: String,
    /// The source's category and API.
    pub source: String,
    /// The sink's category and API.
    pub sink: String,
    /// Every step, source first.
    pub steps: Vec<Step>,
    /// What carries the data: `body`, `query`, `header`, `path`, …; empty where unknown.
    pub carrier: String,
    /// How sure.
    pub confidence: Confidence,
}

/// One step of a flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Where.
    #[serde(flatten)]
    pub location: Location,
    /// What happens there: "read from os.environ", "passed to upload(data)".
    pub what: String,
}

/// Something suspicious or undeclared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Where.
    #[serde(flatten)]
    pub location: Location,
    /// The check's id, kebab-case: `hidden-bidi`.
    pub rule: String,
    /// The category id.
    pub category: String,
    /// How bad, if true.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// One sentence that says what is there and why it matters.
    pub message: String,
    /// What was seen: bounded, escaped lines.
    pub evidence: Vec<String>,
    /// What to ask the vendor, or how to fix it.
    pub question: String,
    /// Stable across unrelated edits: what an acceptance in `review.toml` names.
    pub fingerprint: String,
}

/// How bad a finding is, if true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Look when there is time.
    Low,
    /// Look.
    Medium,
    /// Ask the vendor.
    High,
    /// Stop.
    Critical,
}

/// How sure a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// By resemblance.
    Low,
    /// By name, receiver not resolved.
    Medium,
    /// Resolved.
    High,
}

/// What was looked at, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// Files and bytes by class: `code`, `text`, `binary`, `generated`, `minified`, `archive`, `empty`.
    pub classes: BTreeMap<String, Count>,
    /// Files and bytes by language.
    pub languages: BTreeMap<String, Count>,
    /// Files parsed by a grammar.
    pub parsed: Count,
    /// Bytes under ERROR nodes in parsed files: read by literals only.
    pub error_bytes: u64,
    /// Files of a programming language no grammar here reads.
    pub unparsed_code: Count,
    /// Files of code read as text and not parsed, because no name of anything recorded stands in them and the tree is
    /// large: nothing of them can be a capability, but flows through their functions were not followed.
    #[serde(default)]
    pub prefiltered: Count,
}

/// Files and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Finding {
    /// The fingerprint of a finding: 16 hexadecimal digits over its rule, its category and what makes it
    /// this finding and no other (path, API, host; never a line number, so that it survives unrelated edits).
    pub fn fingerprint_of(rule: &str, category: &str, parts: &[&str]) -> String {
        let mut text = String::from("pellucid finding 1\n");
        for part in [rule, category].iter().chain(parts) {
            // Netstring fashion: no two lists share an encoding.
            text.push_str(&format!("{}:{part}", part.len()));
        }
        let mut digits = Sha256::of(text.as_bytes()).hex();
        digits.truncate(16);
        digits
    }
}

impl Count {
    /// Adds one file of `bytes` bytes.
    pub fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}
