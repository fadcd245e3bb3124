//! An environment made of distribution packages: the lock that names them, what was made of it, and which of
//! them a build really used.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::digest::Sha256;
use super::evidence::Fetched;
use super::path::RelPath;

/// The version of the lock's schema.
pub const LOCK_VERSION: u32 = 1;

/// `environment.lock`: every package of an environment, by exact version and digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lock {
    /// Schema version: 1.
    pub version: u32,
    /// Code name of the distribution's release: `bookworm`.
    pub suite: String,
    /// The architecture the environment runs on: `amd64`.
    pub architecture: String,
    /// Seconds since the epoch that stand for now while the packages are set up: what they write carries it.
    pub source_date_epoch: i64,
    /// Every package, in order of name and architecture.
    #[serde(default, rename = "package")]
    pub packages: Vec<LockedPackage>,
    /// Packages that were wanted at a version the archive does not have.
    #[serde(default, rename = "missing", skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingPackage>,
}

/// One package of an environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockedPackage {
    /// Binary package name.
    pub name: String,
    /// `amd64`, `all`.
    pub architecture: String,
    /// Exact version.
    pub version: String,
    /// Bytes of the `.deb`.
    pub size: u64,
    /// Digest of the `.deb`.
    pub sha256: Sha256,
}

/// A package that was wanted at a version the archive does not have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MissingPackage {
    /// Binary package name.
    pub name: String,
    /// The version that was wanted.
    pub wanted: String,
    /// The version that is in the environment in its place; absent where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<String>,
}

/// An environment that was made from a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MadeEnvironment {
    /// Digest of the lock file.
    pub lock_sha256: Sha256,
    /// What the lock says.
    pub lock: Lock,
    /// Digest of the tree that was made, as of a snapshot: paths, modes, times and contents.
    pub root: Sha256,
    /// Regular files of the tree.
    pub files: u64,
    /// The programs that made it, with version and digest.
    pub made_by: Vec<Fetched>,
}

/// What of its environment a build really used, from what it was seen to open and run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolved {
    /// The environment's machine architecture, where its package database states it.
    pub architecture: Option<String>,
    /// Packages that a file used belongs to, in order of name and architecture.
    pub packages: Vec<UsedPackage>,
    /// Compiler, assembler, linker, C library and interpreters among the files used, in order of role and path.
    pub tools: Vec<UsedTool>,
    /// Files used that belong to no package, in order of path.
    pub unowned: Vec<RelPath>,
}

/// A package of the environment that the build used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsedPackage {
    /// Binary package name.
    pub name: String,
    /// `amd64`, `all`.
    pub architecture: String,
    /// Exact version.
    pub version: String,
    /// How many of its files were used.
    pub files: u64,
}

/// A tool of the environment that the build used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsedTool {
    /// What it is.
    pub role: ToolRole,
    /// The file, links followed.
    pub path: RelPath,
    /// Digest of the file.
    pub sha256: Sha256,
    /// The package it belongs to, where it belongs to one.
    pub package: Option<String>,
    /// That package's version.
    pub version: Option<String>,
}

/// What a tool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ToolRole {
    /// Turns source into code.
    Compiler,
    /// Turns assembly into objects.
    Assembler,
    /// Joins objects.
    Linker,
    /// The C library.
    CLibrary,
    /// Runs programs from their text.
    Interpreter,
}
