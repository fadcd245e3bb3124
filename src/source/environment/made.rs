//! An environment's tree in the cache: unpacked, digested, named when it is whole, and checked when it is
//! used again.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rayon::iter::IntoParallelIterator;
use rayon::iter::ParallelIterator;

use crate::host::files;
use crate::host::process;
use crate::model::RelPath;
use crate::model::Sha256;
use crate::model::Snapshot;
use crate::model::environment::Lock;
use crate::model::environment::MadeEnvironment;
use crate::model::snapshot::Entry;
use crate::model::snapshot::Kind;

use super::Made;
use super::SourceError;

/// The tree, below an environment's folder.
const ROOT: &str = "root";
/// What it is made of.
const EVIDENCE: &str = "environment.json";
/// Every path of it, with the modes the packages gave: on disk the set-id bits are left out.
const TREE: &str = "tree.json";
/// Largest record read.
const RECORD: u64 = 1 << 30;

/// The finished environment in `folder`, where it is the lock's and every byte of its tree is still right.
pub fn find(folder: &Path, lock_sha256: &Sha256, lock: &Lock) -> Option<Made> {
    let record = |name: &str| files::read_bounded(&folder.join(name), RECORD).ok();
    let evidence: MadeEnvironment = serde_json::from_slice(&record(EVIDENCE)?).ok()?;
    let tree: Snapshot = serde_json::from_slice(&record(TREE)?).ok()?;
    let root = folder.join(ROOT);
    let named = evidence.lock_sha256 == *lock_sha256 && evidence.lock == *lock && evidence.root == tree.root;
    // The record's own digest is taken again; a record that was changed does not vouch for a tree.
    let whole = Snapshot::new(tree.entries.clone(), Vec::new()).root == tree.root;
    if !(named && whole) {
        return None;
    }
    let there = entries(&root).ok()?;
    let stated: Vec<Entry> = tree.entries.into_iter().map(settled).collect();
    (there == stated).then_some(Made { root, evidence })
}

/// Unpacks `archive` and gives it the name `folder`, with the record that `evidence` makes of digest and files.
pub fn unpack(
    name: &str,
    archive: &Path,
    folder: &Path,
    evidence: impl FnOnce(Sha256, u64) -> MadeEnvironment,
) -> Result<Made, SourceError> {
    let Some(parent) = folder.parent() else {
        return Err(SourceError::NotFetched(format!("{name}: the cache has no folder for environments")));
    };
    fs::create_dir_all(parent).map_err(|error| SourceError::write(parent, error))?;
    let half = tempfile::Builder::new()
        .prefix("half-")
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir_in(parent)
        .map_err(|error| SourceError::write(parent, error))?;
    let root = half.path().join(ROOT);
    fs::create_dir(&root).map_err(|error| SourceError::write(&root, error))?;
    let archive = archive.display().to_string();
    let words = [
        "--extract",
        "--no-same-owner",
        "--same-permissions",
        "--delay-directory-restore",
        "--file",
        &archive,
    ];
    process::run("tar", words, &root)
        .map_err(|error| SourceError::Client { what: format!("the tree of {name}"), error })?;
    let read = |error| SourceError::read(&root, error);
    let tree = Snapshot::new(entries(&root).map_err(read)?, Vec::new());
    for entry in &tree.entries {
        settle(&root, entry).map_err(|error| SourceError::write(&files::under(&root, &entry.path), error))?;
    }
    let evidence = evidence(tree.root, tree.files().count() as u64);
    let write = |name: &str, record: serde_json::Result<Vec<u8>>| {
        let at = half.path().join(name);
        let bytes = record.map_err(|error| SourceError::write(&at, error.into()))?;
        files::write_atomically(&at, &bytes).map_err(|error| SourceError::write(&at, error))
    };
    write(TREE, serde_json::to_vec(&tree))?;
    write(EVIDENCE, serde_json::to_vec_pretty(&evidence))?;
    // Another review may have made it meanwhile, and may be building in it: the same lock gave the same tree.
    if let Some(made) = find(folder, &evidence.lock_sha256, &evidence.lock) {
        return Ok(made);
    }
    // One that went bad makes room.
    files::remove(folder).map_err(|error| SourceError::write(folder, error))?;
    let half = half.keep();
    fs::rename(&half, folder).map_err(|error| {
        let _ = files::remove(&half);
        SourceError::write(folder, error)
    })?;
    Ok(Made { root: folder.join(ROOT), evidence })
}

/// Every path below `root`, in byte order, as it is on disk.
fn entries(root: &Path) -> std::io::Result<Vec<Entry>> {
    let mut paths = Vec::new();
    for entry in walkdir::WalkDir::new(root).min_depth(1).follow_links(false) {
        paths.push(entry?.into_path());
    }
    let mut entries: Vec<Entry> = paths
        .into_par_iter()
        .map(|path| {
            let metadata = path.symlink_metadata()?;
            let kind = if metadata.is_symlink() {
                Kind::Symlink { target: RelPath::from_bytes(fs::read_link(&path)?.as_os_str().as_bytes()) }
            } else if metadata.is_dir() {
                Kind::Directory
            } else if metadata.is_file() {
                let (sha256, size) = super::super::cache::digest_of(&path)?;
                Kind::File { size, sha256 }
            } else {
                return Err(std::io::Error::other(format!("{} is a special file", path.display())));
            };
            // A link has no mode of its own that anything reads.
            let mode = if metadata.is_symlink() { 0o777 } else { metadata.mode() & 0o7777 };
            let below = path.strip_prefix(root).map_err(std::io::Error::other)?;
            let path = RelPath::from_bytes(below.as_os_str().as_bytes());
            Ok(Entry { path, mode, mtime: Some(metadata.mtime()), kind })
        })
        .collect::<std::io::Result<Vec<Entry>>>()?;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

/// The entry as [`settle`] leaves it on disk.
fn settled(entry: Entry) -> Entry {
    let mode = match entry.kind {
        Kind::Symlink { .. } => entry.mode,
        Kind::Directory | Kind::Submodule { .. } => (entry.mode & 0o777) | 0o755,
        Kind::File { .. } => (entry.mode & 0o777) | 0o600,
    };
    Entry { mode, ..entry }
}

/// The tree lies on the reviewer's machine: no set-id programs in it, and its owner can read and remove it.
fn settle(root: &Path, entry: &Entry) -> std::io::Result<()> {
    let mode = settled(entry.clone()).mode;
    if mode == entry.mode || matches!(entry.kind, Kind::Symlink { .. }) {
        return Ok(());
    }
    fs::set_permissions(files::under(root, &entry.path), fs::Permissions::from_mode(mode))
}
