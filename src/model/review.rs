//! One `review.toml`: what is reviewed, how it is rebuilt, what the vendor declared, what the policy asks.
//!
//! These types are the manifest's schema (version 1). Reading and validation, with errors that point at the
//! line, are in `manifest`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::digest::Sha256;
use super::scan::Severity;
use super::verdict::Rung;

/// A review manifest, version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Review {
    /// The manifest's schema version: 1.
    pub version: u32,
    /// What is reviewed.
    pub product: Product,
    /// Where the source comes from.
    pub source: Source,
    /// How it is built. Absent for a review of source alone.
    pub build: Option<Recipe>,
    /// What the vendor ships.
    #[serde(default, rename = "artifact")]
    pub artifacts: Vec<Artifact>,
    /// What the vendor says the product does.
    #[serde(default)]
    pub declared: Declared,
    /// What the review asks.
    #[serde(default)]
    pub policy: Policy,
}

/// What is reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Product {
    /// Who makes it.
    pub vendor: String,
    /// What it is called.
    pub name: String,
    /// The product's version.
    pub version: String,
    /// Why this review exists.
    pub purpose: String,
}

/// Where the source comes from. Relative paths are relative to the manifest's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Source {
    /// A folder.
    Directory {
        /// The folder.
        path: String,
        /// The snapshot's root digest, where it is pinned.
        root: Option<Sha256>,
    },
    /// An archive: tar, plain or with gzip, xz, bzip2 or zstd; zip.
    Archive {
        /// The file.
        path: String,
        /// Digest of the file.
        sha256: Sha256,
        /// Leading path components to drop, as `tar --strip-components`.
        #[serde(default)]
        strip_components: u32,
    },
    /// A commit of a git repository, exported without filters, hooks or attributes.
    Git {
        /// Path or URL of the repository.
        repository: String,
        /// Full commit id. Either this or `tag`; both must agree where both stand.
        commit: Option<String>,
        /// Tag name.
        tag: Option<String>,
    },
    /// A Debian source package, through `apt-get source`.
    Debian {
        /// Source package name.
        package: String,
        /// Exact version.
        version: String,
        /// Digest of the `.dsc`.
        sha256: Sha256,
    },
    /// A source distribution from the Python package index, through `pip download`.
    Pypi {
        /// Project name.
        package: String,
        /// Exact version.
        version: String,
        /// Digest of the sdist.
        sha256: Sha256,
    },
}

/// Commands, environment and limits that turn a snapshot into outputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipe {
    /// The file system and toolchain the build sees.
    #[serde(default)]
    pub environment: Environment,
    /// Absolute path the snapshot is unpacked to inside the sandbox.
    #[serde(default = "default_path")]
    pub path: String,
    /// Shell commands, each run by `/bin/sh -e -c` in `path`.
    pub commands: Vec<String>,
    /// What the build leaves: paths or globs relative to `path` (`../x.deb` is allowed: it is looked up in
    /// the parent of `path`, which is private to the run). Each must match exactly one regular file.
    pub outputs: Vec<String>,
    /// `SOURCE_DATE_EPOCH`, in seconds since the epoch; unset where absent.
    pub source_date_epoch: Option<i64>,
    /// Further environment variables.
    #[serde(default)]
    pub env: std::collections::BTreeMap<String, String>,
    /// Things from outside the build needs, fetched before it and offered read-only under `/inputs`.
    #[serde(default, rename = "input")]
    pub inputs: Vec<Input>,
    /// Bounds on the run.
    #[serde(default)]
    pub limits: RunLimits,
    /// Further runs at most to find out which conditions make two runs differ; 0 for no search.
    #[serde(default = "default_cause_runs")]
    pub cause_runs: u64,
    /// Further runs at most, for each artifact that differs, to prove by what; 0 for no proof.
    #[serde(default = "default_proof_runs")]
    pub proof_runs: u64,
}

fn default_proof_runs() -> u64 {
    10
}

fn default_cause_runs() -> u64 {
    48
}

fn default_path() -> String {
    "/build/source".to_owned()
}

/// The file system and toolchain a build sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Environment {
    /// The host's system folders, read-only.
    #[default]
    Host,
    /// A root file system in a folder, read-only.
    Directory {
        /// The folder.
        path: String,
    },
    /// A root file system in a tar archive.
    Tarball {
        /// The file.
        path: String,
        /// Digest of the file.
        sha256: Sha256,
    },
    /// A root file system made of Debian packages at exact versions, from nothing but their `.deb` files.
    Debian {
        /// The lock: a file beside the manifest that names every package with version and digest.
        /// `pellucid lock` writes one.
        lock: String,
    },
}

/// Something from outside that the build needs, by exact version and digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Input {
    /// A wheel from the Python package index; offered as `/inputs/<file name>`.
    Pypi {
        /// Project name.
        package: String,
        /// Exact version.
        version: String,
        /// Digest of the wheel.
        sha256: Sha256,
    },
    /// A file beside the manifest; offered as `/inputs/<file name>`.
    File {
        /// The file.
        path: String,
        /// Digest of the file.
        sha256: Sha256,
    },
    /// A crate of crates.io, through `cargo fetch`; offered as `/inputs/vendor/<package>-<version>/`, with
    /// `/inputs/cargo-config.toml` that puts that folder in the place of the registry.
    Crate {
        /// Crate name.
        package: String,
        /// Exact version.
        version: String,
        /// Digest of the `.crate`.
        sha256: Sha256,
    },
    /// A package of the npm registry, through `npm pack`; offered as `/inputs/npm/<file name>`.
    Npm {
        /// Package name, with its scope.
        package: String,
        /// Exact version.
        version: String,
        /// Digest of the tarball.
        sha256: Sha256,
    },
    /// A Debian binary package, through `apt-get download`; offered as `/inputs/<file name>`, with
    /// `/inputs/Packages`, the index that makes the folder an apt repository.
    Debian {
        /// Binary package name.
        package: String,
        /// Exact version.
        version: String,
        /// Architecture: `amd64`, `all`.
        architecture: String,
        /// Digest of the `.deb`.
        sha256: Sha256,
    },
    /// Every registry package of a `Cargo.lock`, each by the digest that stands there; offered like `crate`.
    CargoLock {
        /// The lock file, relative to the manifest's folder, or to the source where `in-source` is true.
        path: String,
        /// Whether the path is one of the source's.
        #[serde(default)]
        in_source: bool,
    },
    /// Every registry package of a `package-lock.json`, each by the digest that stands there; offered under
    /// `/inputs/npm/`, with `/inputs/package-lock.json`, the lock file that points there.
    NpmLock {
        /// The lock file, relative to the manifest's folder, or to the source where `in-source` is true.
        path: String,
        /// Whether the path is one of the source's.
        #[serde(default)]
        in_source: bool,
    },
}

/// Bounds on one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RunLimits {
    /// Wall-clock seconds.
    pub time_seconds: u64,
    /// Processor seconds of all processes together.
    pub cpu_seconds: u64,
    /// Memory in MiB: of the whole run where a cgroup can hold it, else of each process.
    pub memory_mib: u64,
    /// Processes at once.
    pub processes: u64,
    /// What the run may write, in MiB.
    pub output_mib: u64,
    /// What the log may hold, in MiB; the run ends when it is full.
    pub log_mib: u64,
}

impl Default for RunLimits {
    fn default() -> RunLimits {
        RunLimits {
            time_seconds: 1800,
            // Eight hours: far above what the time allows on most machines, and an end on a large one.
            cpu_seconds: 28_800,
            memory_mib: 4096,
            processes: 512,
            output_mib: 4096,
            log_mib: 64,
        }
    }
}

/// One file the vendor ships.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Artifact {
    /// What the report calls it; unique.
    pub name: String,
    /// Where it comes from.
    pub from: Shipped,
    /// The recipe's output (as listed there) it corresponds to; absent where nothing does.
    pub output: Option<String>,
    /// The rung it must reach; the policy's where absent.
    pub rung: Option<Rung>,
}

/// Where a shipped artifact comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Shipped {
    /// A file beside the manifest.
    File {
        /// The file.
        path: String,
        /// Digest of the file.
        sha256: Sha256,
    },
    /// A Debian binary package, through `apt-get download`.
    Debian {
        /// Binary package name.
        package: String,
        /// Exact version.
        version: String,
        /// Architecture: `amd64`, `all`.
        architecture: String,
        /// Digest of the `.deb`.
        sha256: Sha256,
    },
    /// A wheel from the Python package index, through `pip download`.
    Pypi {
        /// Project name.
        package: String,
        /// Exact version.
        version: String,
        /// Digest of the wheel.
        sha256: Sha256,
    },
    /// A rehearsal: the "shipped" artifact is built here, from another folder, under the varied conditions.
    /// It shows a recipe or trains a reviewer; it says nothing about a vendor, and every report says so.
    Rehearsal {
        /// The folder that stands for the vendor's private tree.
        source: String,
        /// A folder laid over it, file by file: what the vendor's tree has that the reviewer's has not.
        overlay: Option<String>,
        /// Shell commands, as in the recipe.
        commands: Vec<String>,
        /// The one file they leave, as in the recipe's outputs.
        output: String,
    },
}

/// What the vendor says the product does. Each entry gives a reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Declared {
    /// Whom it talks to.
    #[serde(default, rename = "endpoint")]
    pub endpoints: Vec<DeclaredEndpoint>,
    /// What data it sends.
    #[serde(default, rename = "data")]
    pub data: Vec<DeclaredCategory>,
    /// What it can do.
    #[serde(default, rename = "capability")]
    pub capabilities: Vec<DeclaredCategory>,
}

/// A declared endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeclaredEndpoint {
    /// A host name (`updates.example.com`), `*.example.com` for its subdomains, or an address.
    pub host: String,
    /// Why.
    pub reason: String,
}

impl DeclaredEndpoint {
    /// Whether the declaration covers `host` (lower case): the same name or address, or a subdomain of what
    /// stands behind `*.`.
    pub fn covers(&self, host: &str) -> bool {
        let declared = self.host.to_ascii_lowercase();
        match declared.strip_prefix("*.") {
            Some(parent) => host.strip_suffix(parent).is_some_and(|sub| sub.len() > 1 && sub.ends_with('.')),
            None => declared == host,
        }
    }
}

/// A declared capability or data category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeclaredCategory {
    /// A category id (`cap.net.http`, `src.env`); it covers the ids below it (`cap.net` covers `cap.net.http`).
    pub category: String,
    /// Why.
    pub reason: String,
}

/// What the review asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Policy {
    /// The rung every artifact must reach.
    pub rung: Rung,
    /// The lowest severity of an unaccepted finding that fails the review.
    pub fail_on: Severity,
    /// Causes that may explain bytes; every known cause where absent.
    pub allowed_causes: Option<Vec<String>>,
    /// Whether two runs that differ fail the review even where an artifact reaches its rung.
    pub require_reproducible: bool,
    /// Findings accepted after looking at them.
    #[serde(rename = "accept")]
    pub accepted: Vec<Accepted>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            rung: Rung::BitExact,
            fail_on: Severity::High,
            allowed_causes: None,
            require_reproducible: false,
            accepted: Vec::new(),
        }
    }
}

/// A finding accepted after looking at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Accepted {
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// Why it is acceptable.
    pub reason: String,
    /// When it was accepted, `YYYY-MM-DD`.
    pub date: String,
}

#[cfg(test)]
mod tests {
    use super::DeclaredEndpoint;

    #[test]
    fn a_declared_host_covers_itself_and_a_star_covers_subdomains_only() {
        let declared = |host: &str| DeclaredEndpoint { host: host.into(), reason: String::new() };
        assert!(declared("API.example.com").covers("api.example.com"));
        assert!(!declared("example.com").covers("evil-example.com"));
        assert!(declared("*.example.com").covers("a.b.example.com"));
        for host in ["example.com", ".example.com", "evilexample.com", "example.com.evil.org"] {
            assert!(!declared("*.example.com").covers(host), "{host}");
        }
    }
}
