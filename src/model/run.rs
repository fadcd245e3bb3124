//! One execution of a recipe: the record a run leaves.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::digest::Sha256;
use super::path::RelPath;

/// The record of one run. Nothing in it depends on the clock: what does stands in
/// [`super::evidence::Recorded`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// `nominal`, `varied`, …
    pub name: String,
    /// Every property of the run's world that was set, in a fixed order.
    pub conditions: Vec<Condition>,
    /// What the sandbox did and did not give: `network: none`, `cgroup: none, limits are rlimits`.
    pub sandbox: Vec<Setting>,
    /// How it ended.
    pub outcome: Outcome,
    /// What the recipe declared as outputs and the run left, in order of path. Empty unless built.
    pub outputs: Vec<Output>,
    /// What the run tried that the sandbox refused, and other things worth knowing, as sentences.
    pub notes: Vec<String>,
    /// What the build read, ran and tried. Empty where the run was not watched.
    #[serde(default)]
    pub trace: Trace,
}

/// What a build read, ran and tried, as far as it does not change from run to run: files the build made for
/// itself and then read again are left out, and so are its temporary files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// Files of the snapshot that were read or executed, in order of path.
    pub source_read: Vec<RelPath>,
    /// Files of the snapshot that were opened for writing: what was built is then not what was taken in.
    pub source_written: Vec<RelPath>,
    /// Files under `/inputs` that were read, by name.
    pub inputs_read: Vec<RelPath>,
    /// Files of the environment that were read or executed, in order of path.
    pub environment_read: Vec<UsedFile>,
    /// Programs that were run, in order of path.
    pub programs: Vec<UsedProgram>,
    /// What was tried and had no effect: connections, name look-ups, writes outside, secrets, refused calls.
    pub attempts: Vec<Attempt>,
    /// Files of the snapshot that no person can read and the build did: what read them, and what became of
    /// them. In order of path.
    #[serde(default)]
    pub opaque: Vec<OpaqueInput>,
    /// Source code that the build wrote itself before it compiled it, in order of path.
    #[serde(default)]
    pub generated: Vec<GeneratedSource>,
    /// Whether a bound was reached and something is missing here.
    pub truncated: bool,
}

/// Source code that the build wrote itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GeneratedSource {
    /// The file, relative to the build folder.
    pub path: RelPath,
    /// The commands that wrote it, in order of program and command line; at most four.
    pub by: Vec<Handling>,
}

/// A file of the snapshot that is not text, or hides what it holds in text, and that the build read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpaqueInput {
    /// The file.
    pub path: RelPath,
    /// Why a person cannot read it: `not text`, `encoded in text`.
    pub because: String,
    /// The commands that read the file itself, in order of command line.
    pub readers: Vec<Handling>,
    /// The commands from the file to the output it reaches first, or to the code it becomes, in their order.
    pub way: Vec<Handling>,
    /// The outputs, as the recipe lists them, that something written from it went into.
    pub outputs: Vec<String>,
    /// What became of it.
    pub became: Became,
}

/// What became of an opaque input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// It was read, and no output was seen to depend on it.
    Read,
    /// It, or what was made from it, went into an output as data.
    Carried,
    /// A compiler, an assembler or a linker took it, or what was made from it; or what was made from it was
    /// run, by itself or by a shell.
    Code,
}

/// One command that handled a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Handling {
    /// The program.
    pub program: RelPath,
    /// Its command line, escaped; the build folder is `.`, and temporary names are `/tmp/…`.
    pub line: String,
    /// Files it wrote, relative to the build folder; at most eight.
    pub wrote: Vec<RelPath>,
}

/// A file of the environment that the build used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsedFile {
    /// Absolute path as the build saw it, links resolved.
    pub path: RelPath,
    /// Digest of the content; absent where it could not be read.
    pub sha256: Option<Sha256>,
}

/// A program that the build ran.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsedProgram {
    /// Absolute path, or relative to the build path where it lies there.
    pub path: RelPath,
    /// Where it came from.
    pub origin: Origin,
}

/// Where a program came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The environment.
    Environment,
    /// The snapshot, unchanged in place.
    Source,
    /// `/inputs`.
    Input,
    /// Made by the build itself.
    Built,
}

/// Something a build tried that had no effect outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// What, as the end of a sentence: `connect to 192.0.2.1:443`.
    pub what: String,
    /// The program that tried: absolute path.
    pub program: RelPath,
}

/// A property of the run's world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// `build-path`, `time-zone`, …
    pub name: String,
    /// The value the build saw.
    pub value: String,
    /// Whether it was varied on purpose in this run.
    pub varied: bool,
    /// Why it could not be applied, where it could not.
    pub not_applied: Option<String>,
}

/// A property of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// What.
    pub name: String,
    /// The value, or the reason why not.
    pub value: String,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// Every command succeeded and every output is there.
    Built,
    /// A command failed.
    Failed {
        /// The command, as the recipe states it.
        command: String,
        /// Its exit code, or 128 plus the signal.
        code: i32,
        /// The last lines of the log, escaped.
        log_tail: Vec<String>,
    },
    /// A limit was reached.
    LimitReached {
        /// `time`, `memory`, `processes`, `output`, `log`.
        limit: String,
        /// What happened and what to do, as a sentence.
        message: String,
        /// The last lines of the log, escaped.
        log_tail: Vec<String>,
    },
    /// The commands succeeded, but a declared output is missing, ambiguous or not a regular file.
    BadOutput {
        /// What is wrong and what to do, as a sentence.
        message: String,
        /// The last lines of the log, escaped.
        log_tail: Vec<String>,
    },
    /// The sandbox could not be set up.
    Refused {
        /// What was refused, by whom, and what to do.
        message: String,
    },
}

/// One file a run left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Relative to the build path.
    pub path: RelPath,
    /// Bytes.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
    /// Digest of the content.
    pub sha256: Sha256,
}
