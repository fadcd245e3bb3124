//! Which process of a build read and wrote which files: the graph that `why` walks.
//!
//! Written beside the evidence as `logs/<run>/trace.json`; its digest stands in
//! [`super::evidence::RunMeasure`], for the order of processes is a fact of one execution.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::digest::Sha256;
use super::path::RelPath;

/// The version of this record's schema.
pub const TRACE_VERSION: u32 = 1;

/// Everything one run's processes did with files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunTrace {
    /// Schema version: 1.
    pub trace_version: u32,
    /// Every file a step read, wrote or was, in order of path; steps name them by index.
    pub files: Vec<TracedFile>,
    /// One program of one process each, in the order they began.
    pub steps: Vec<TracedStep>,
    /// The recipe's outputs.
    pub outputs: Vec<TracedOutput>,
    /// Whether a bound was reached and something is missing.
    pub truncated: bool,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TracedFile {
    /// Its path: in the source or made by the build relative to the build folder, else absolute.
    pub path: RelPath,
    /// Where it came from.
    pub origin: FileOrigin,
    /// The git object id of its content as a blob under SHA-256 (gitoid `blob:sha256`); absent for files the build
    /// made, and where it could not be read.
    pub gitoid: Option<Sha256>,
}

/// Where a file came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileOrigin {
    /// The snapshot.
    Source,
    /// `/inputs`.
    Input,
    /// The environment.
    Environment,
    /// Made by the build.
    Built,
}

/// One program of one process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TracedStep {
    /// The program, as an index into the files.
    pub program: u32,
    /// Its command line, escaped.
    pub line: String,
    /// The step that started it, as an index into the steps.
    pub parent: Option<u32>,
    /// Files it read.
    pub read: Vec<u32>,
    /// Files it wrote.
    pub written: Vec<u32>,
    /// Steps whose output it had as input through a pipe, or that wrote to a pipe it may have read.
    pub heard: Vec<u32>,
}

/// One output of the recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TracedOutput {
    /// As the recipe lists it.
    pub output: String,
    /// The file it was, as an index.
    pub file: u32,
}
