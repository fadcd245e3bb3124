//! Unpacks a snapshot into the sandbox, entry by entry, with the modes and times the snapshot states.
//!
//! The bytes come from the materialised snapshot on disk and are held against the snapshot's digests while
//! they are copied: the build gets the source that was reviewed, or nothing is built.

use std::fs;
use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use rustix::fs::AtFlags;
use rustix::fs::CWD;
use rustix::fs::Timespec;
use rustix::fs::Timestamps;
use sha2::Digest;

use super::Tree;
use super::world::Owner;
use crate::model::Sha256;
use crate::model::snapshot::Entry;
use crate::model::snapshot::Kind;

/// Unpacks `tree`, whose files lie under `from`, into the empty folder `to`.
///
/// # Errors
/// A sentence saying which path could not be made and why, or which file is not what the snapshot states.
pub fn unpack(tree: &Tree, from: &Path, to: &Path, owner: Owner) -> Result<(), String> {
    let mut entries: Vec<&Entry> = tree.entries.iter().collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    if tree.descending {
        entries.reverse();
    }
    for number in 0..tree.inodes_before {
        let path = to.join(number.to_string());
        let made = File::create_new(&path).and_then(|_| fs::remove_file(&path));
        made.map_err(|error| format!("taking inode numbers in the build folder: {error}"))?;
    }
    for entry in &entries {
        if !entry.path.stays_inside() {
            return Err(format!("the snapshot's path {} leaves the source", entry.path));
        }
        make(entry, from, to, owner).map_err(|error| format!("unpacking {}: {error}", entry.path))?;
    }
    // Folders last and deepest first: making a file in one changes its time.
    entries.sort_by(|a, b| b.path.cmp(&a.path));
    for entry in entries {
        let path = inside(to, entry);
        if !matches!(entry.kind, Kind::Symlink { .. }) {
            fs::set_permissions(&path, fs::Permissions::from_mode(entry.mode & 0o7777))
                .map_err(|error| format!("setting the mode of {}: {error}", entry.path))?;
        }
        set_time(&path, entry.mtime.unwrap_or(tree.default_mtime))
            .map_err(|error| format!("setting the time of {}: {error}", entry.path))?;
    }
    set_time(to, tree.default_mtime).map_err(|error| format!("setting the time of the build folder: {error}"))
}

fn make(entry: &Entry, from: &Path, to: &Path, owner: Owner) -> Result<(), String> {
    let path = inside(to, entry);
    make_parents(&path, to, owner)?;
    match &entry.kind {
        Kind::Directory | Kind::Submodule { .. } => {
            if !path.is_dir() {
                owner.folder(&path)?;
            }
            Ok(())
        }
        Kind::Symlink { target } => owner.link(std::ffi::OsStr::from_bytes(target.as_bytes()), &path),
        Kind::File { size, sha256 } => {
            let found = copy(&inside(from, entry), &path, *size, owner)?;
            if found != *sha256 {
                return Err(format!("the file has digest {found}, and not {sha256} as when it was taken in"));
            }
            Ok(())
        }
    }
}

fn make_parents(path: &Path, to: &Path, owner: Owner) -> Result<(), String> {
    let Some(parent) = path.parent() else { return Ok(()) };
    if parent == to || parent.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(());
    }
    make_parents(parent, to, owner)?;
    owner.folder(parent)
}

/// Copies one file, `size` bytes at most and one more, and gives the digest of what was copied.
fn copy(from: &Path, to: &Path, size: u64, owner: Owner) -> Result<Sha256, String> {
    let source = fs::OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(from)
        .map_err(|error| format!("reading it: {error}"))?;
    let mut source = source.take(size.saturating_add(1));
    let mut target = File::create_new(to).map_err(|error| format!("making it: {error}"))?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0u8; 1 << 17];
    loop {
        let count = source.read(&mut buffer).map_err(|error| format!("reading it: {error}"))?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        target.write_all(&buffer[..count]).map_err(|error| format!("writing it: {error}"))?;
    }
    owner.take(to)?;
    Ok(Sha256::from_bytes(hasher.finalize().into()))
}

fn inside(root: &Path, entry: &Entry) -> PathBuf {
    root.join(std::ffi::OsStr::from_bytes(entry.path.as_bytes()))
}

fn set_time(path: &Path, seconds: i64) -> rustix::io::Result<()> {
    let time = Timespec { tv_sec: seconds, tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)
}
