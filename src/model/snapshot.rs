//! The source as taken in: every path, one root digest.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;

use super::digest::Sha256;
use super::path::RelPath;
use super::problem::NotExamined;

/// The source as taken in. Nothing is skipped because the vendor's files say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Every entry, in byte order of the path.
    pub entries: Vec<Entry>,
    /// [`root_digest`] of the entries.
    pub root: Sha256,
    /// What could not be taken in.
    pub problems: Vec<NotExamined>,
}

/// One path of a snapshot. Unknown fields are not rejected here: serde cannot do that beside a flattened field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Relative to the root of the source.
    pub path: RelPath,
    /// Permission bits including set-uid, set-gid and sticky, as the build will see them. From a directory
    /// or git they are reduced to 0644 and 0755 (the local umask is not part of a source).
    pub mode: u32,
    /// Modification time in seconds since the epoch, where the source itself records one (archives).
    pub mtime: Option<i64>,
    /// What the path is.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What a path of a snapshot is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// A regular file.
    File {
        /// Bytes.
        size: u64,
        /// Digest of the content.
        sha256: Sha256,
    },
    /// A symbolic link. One that leaves the tree is a problem of the snapshot too.
    Symlink {
        /// The link text, as it is.
        target: RelPath,
    },
    /// A directory.
    Directory,
    /// A git submodule: a commit of another repository, not taken in.
    Submodule {
        /// The commit id it pins, in hexadecimal.
        commit: String,
    },
}

impl Snapshot {
    /// A snapshot of `entries`, sorted here, with its root digest.
    pub fn new(mut entries: Vec<Entry>, mut problems: Vec<NotExamined>) -> Snapshot {
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        problems.sort();
        let root = root_digest(&entries);
        Snapshot { entries, root, problems }
    }

    /// The regular files: path, size, digest.
    pub fn files(&self) -> impl Iterator<Item = (&RelPath, u64, &Sha256)> {
        self.entries.iter().filter_map(|entry| match &entry.kind {
            Kind::File { size, sha256 } => Some((&entry.path, *size, sha256)),
            _ => None,
        })
    }
}

/// The root digest: SHA-256 over one record per entry, in byte order of the path, every field preceded by
/// its length in decimal and a colon (netstring fashion), so that no two lists share an encoding.
pub fn root_digest(entries: &[Entry]) -> Sha256 {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut hasher = sha2::Sha256::new();
    hasher.update(b"pellucid snapshot 1\n");
    for entry in sorted {
        let (kind, detail): (&str, Vec<u8>) = match &entry.kind {
            Kind::File { size, sha256 } => ("file", format!("{size} {sha256}").into_bytes()),
            Kind::Symlink { target } => ("symlink", target.as_bytes().to_vec()),
            Kind::Directory => ("directory", Vec::new()),
            Kind::Submodule { commit } => ("submodule", commit.clone().into_bytes()),
        };
        let mtime = entry.mtime.map(|t| t.to_string()).unwrap_or_default();
        let mode = format!("{:o}", entry.mode);
        for field in [entry.path.as_bytes(), kind.as_bytes(), mode.as_bytes(), mtime.as_bytes(), &detail] {
            hasher.update(format!("{}:", field.len()).as_bytes());
            hasher.update(field);
        }
        hasher.update(b"\n");
    }
    Sha256::from_bytes(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, mode: u32) -> Entry {
        let kind = Kind::File { size: 1, sha256: Sha256::of(b"x") };
        Entry { path: RelPath::from(path), mode, mtime: None, kind }
    }

    #[test]
    fn every_kind_of_entry_survives_json() {
        let kinds = [
            Kind::File { size: 1, sha256: Sha256::of(b"x") },
            Kind::Symlink { target: RelPath::from("a") },
            Kind::Directory,
            Kind::Submodule { commit: "0".repeat(40) },
        ];
        for kind in kinds {
            let entry = Entry { path: RelPath::from("a"), mode: 0o644, mtime: Some(1), kind };
            let text = serde_json::to_string(&entry).unwrap();
            assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry, "{text}");
        }
    }

    #[test]
    fn the_root_digest_ignores_order_and_nothing_else() {
        let (a, b) = (file("a", 0o644), file("b", 0o644));
        let root = root_digest(&[a.clone(), b.clone()]);
        assert_eq!(root, root_digest(&[b.clone(), a.clone()]));
        assert_ne!(root, root_digest(std::slice::from_ref(&a)));
        assert_ne!(root, root_digest(&[a.clone(), file("b", 0o4644)]), "the set-uid bit counts");
        assert_ne!(root, root_digest(&[a, Entry { mtime: Some(0), ..b }]), "a recorded time counts");
    }
}
