//! A folder, taken in whole: dot files, ignored files and all.
//!
//! Every file is copied while it is digested, so the snapshot describes the copy and not a folder that may
//! change. Nothing is followed: a link is an entry. Left out, and recorded as such: devices, FIFOs, sockets,
//! and a git repository's own metadata (`.git` with a `HEAD`), which is no source.

use std::fs::File;
use std::io;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rayon::prelude::*;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::ResolveFlags;

use crate::formats::unpack;
use crate::model::Limits;
use crate::model::NotExamined;
use crate::model::RelPath;
use crate::model::Snapshot;
use crate::model::evidence::Fetched;
use crate::model::snapshot::Entry;
use crate::model::snapshot::Kind;

use super::Acquired;
use super::SourceError;
use super::cache::Cache;
use super::error::shown;
use super::materialise::Folder;

/// Copies the folder `from` (which the manifest calls `name`) into the empty folder `into`.
pub fn acquire(from: &Path, name: &str, cache: &Cache, into: &Path) -> Result<Acquired, SourceError> {
    apart(from, into)?;
    apart(from, cache.root())?;
    let snapshot = copy(from, into, &|_| None)?;
    let origin = Fetched {
        name: crate::model::path::escape(name.as_bytes()),
        by: "directory".to_owned(),
        digest: snapshot.root.hex(),
        size: snapshot.files().map(|(_, size, _)| size).sum(),
    };
    Ok(Acquired { snapshot, root: into.to_owned(), origin: vec![origin] })
}

/// Copies the folder `from` into the empty folder `into`; `time` says which time an entry has.
pub fn copy(from: &Path, into: &Path, time: &dyn Fn(&Entry) -> Option<i64>) -> Result<Snapshot, SourceError> {
    let root = open_root(from).map_err(|error| SourceError::read(from, error))?;
    let walked = walk(from)?;
    let folder = Folder::new(into);
    let entries: Result<Vec<Entry>, SourceError> = walked
        .entries
        .into_par_iter()
        .map(|found| match found {
            Found::File { path } => take(&root, &folder, path),
            Found::Ready(entry) => Ok(entry),
        })
        .collect();
    let mut entries = entries?;
    entries.iter_mut().for_each(|entry| entry.mtime = time(entry));
    let mut problems = walked.problems;
    problems.extend(outside(&entries)?);
    folder.finish(&entries)?;
    Ok(Snapshot::new(entries, problems))
}

/// A record for every link that leads out of the tree. It is taken in as a link; what it leads to is not.
pub fn outside(entries: &[Entry]) -> Result<Vec<NotExamined>, SourceError> {
    let links = unpack::links_outside(entries).ok_or_else(|| SourceError::Tree {
        path: String::new(),
        reason: "symbolic links through too many others; nothing was reviewed".to_owned(),
    })?;
    let record = |(path, target): (RelPath, RelPath)| {
        let reason =
            format!("a link to {target}, outside the tree; what it leads to is not part of the snapshot");
        NotExamined::new("source", path.text(), reason)
    };
    Ok(links.into_iter().map(record).collect())
}

struct Walked {
    entries: Vec<Found>,
    problems: Vec<NotExamined>,
}

enum Found {
    File { path: RelPath },
    Ready(Entry),
}

/// The tree would be copied into itself.
fn apart(from: &Path, other: &Path) -> Result<(), SourceError> {
    let real = |path: &Path| path.ancestors().find_map(|above| above.canonicalize().ok());
    match (from.canonicalize().ok(), real(other)) {
        (Some(from), Some(other)) if other.starts_with(&from) => Err(SourceError::Tree {
            path: shown(&from),
            reason: format!(
                "the review's own folder {} is inside the source; put it elsewhere, so that it is not reviewed as source",
                shown(&other)
            ),
        }),
        _ => Ok(()),
    }
}

fn open_root(from: &Path) -> io::Result<OwnedFd> {
    Ok(rustix::fs::open(from, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
}

fn walk(from: &Path) -> Result<Walked, SourceError> {
    let mut walked = Walked { entries: Vec::new(), problems: Vec::new() };
    let mut walker = walkdir::WalkDir::new(from).min_depth(1).sort_by_file_name().into_iter();
    let most = Limits::default().members;
    while let Some(found) = walker.next() {
        let found = found.map_err(|error| {
            let path = error.path().unwrap_or(from).to_owned();
            SourceError::read(&path, error.into_io_error().unwrap_or_else(|| io::Error::other("a loop")))
        })?;
        let relative = found.path().strip_prefix(from).unwrap_or(found.path());
        let path = RelPath::from_bytes(relative.as_os_str().as_bytes());
        let kind = found.file_type();
        if found.file_name() == ".git" && is_repository(found.path()) {
            let reason = "a git repository's own metadata, not source; not taken in";
            walked.problems.push(NotExamined::new("source", path.text(), reason));
            if kind.is_dir() {
                walker.skip_current_dir();
            }
        } else if kind.is_dir() {
            walked.entries.push(Found::Ready(Entry {
                path,
                mode: 0o755,
                mtime: None,
                kind: Kind::Directory,
            }));
        } else if kind.is_symlink() {
            let target = std::fs::read_link(found.path()).map_err(|e| SourceError::read(found.path(), e))?;
            let target = RelPath::from_bytes(target.as_os_str().as_bytes());
            let kind = Kind::Symlink { target };
            walked.entries.push(Found::Ready(Entry { path, mode: 0o777, mtime: None, kind }));
        } else if kind.is_file() {
            walked.entries.push(Found::File { path });
        } else {
            let what = match kind {
                kind if kind.is_fifo() => "a FIFO",
                kind if kind.is_socket() => "a socket",
                _ => "a device",
            };
            let reason = format!("{what}; not taken in");
            walked.problems.push(NotExamined::new("source", path.text(), reason));
        }
        if walked.entries.len() as u64 > most {
            let reason = format!("more than {most} files and folders; nothing was reviewed");
            return Err(SourceError::Tree { path: shown(from), reason });
        }
    }
    Ok(walked)
}

/// Whether `.git` is a repository's metadata: a folder with a `HEAD` and objects, or the file that points to
/// one elsewhere (worktrees, submodules).
fn is_repository(path: &Path) -> bool {
    let points = || {
        let mut start = [0u8; 8];
        let plain = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        plain
            && File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
            && start == *b"gitdir: "
    };
    (path.join("HEAD").exists() && path.join("objects").is_dir()) || points()
}

/// Copies one file, opened below `root` without following any link on the way: between the walk and now the
/// folder may have changed.
fn take(root: &OwnedFd, folder: &Folder, path: RelPath) -> Result<Entry, SourceError> {
    let failed = |error: io::Error| SourceError::Read { path: path.text(), error };
    let name = std::ffi::OsStr::from_bytes(path.as_bytes());
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let file = match rustix::fs::openat2(root, name, flags, Mode::empty(), resolve) {
        // Kernels before 5.6, and some containers, have no openat2: the last component is still not followed.
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {
            rustix::fs::openat(root, name, flags, Mode::empty())
        }
        other => other,
    };
    let mut file = File::from(file.map_err(|error| failed(error.into()))?);
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(io::Error::other("it changed while it was read")));
    }
    let mode = if metadata.permissions().mode() & 0o100 == 0 { 0o644 } else { 0o755 };
    let (size, sha256) =
        folder.write(&path, &mut file).map_err(|error| SourceError::Write { path: path.text(), error })?;
    Ok(Entry { path, mode, mtime: None, kind: Kind::File { size, sha256 } })
}
