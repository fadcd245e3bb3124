//! What was not examined, and why: a result like any other, never silence.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// Something the review did not look at, or not fully.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotExamined {
    /// The stage that stopped: `source`, `build`, `compare`, `scan`.
    pub stage: String,
    /// The path (through containers, ` › ` between levels) it concerns.
    pub path: String,
    /// What was not done and why, as a sentence fragment: "depth limit 12 reached".
    pub reason: String,
}

impl NotExamined {
    /// A record of something not examined.
    pub fn new(stage: &str, path: impl Into<String>, reason: impl Into<String>) -> NotExamined {
        NotExamined { stage: stage.to_owned(), path: path.into(), reason: reason.into() }
    }
}
