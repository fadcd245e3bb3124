//! Writing a tree into an empty folder, so that nothing in it can lead a later write elsewhere.
//!
//! Files are created, never opened: a name that exists is an error. Links, modes and times come last, deepest
//! first, when nothing more is written through any path. On disk the owner can always read and write, and
//! set-user-id, set-group-id and sticky bits are left out: the tree lies on the reviewer's machine.

use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use sha2::Digest;

use crate::formats::unpack::Sink;
use crate::model::RelPath;
use crate::model::Sha256;
use crate::model::snapshot::Entry;
use crate::model::snapshot::Kind;

use super::SourceError;

/// The folder a tree is written into.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

/// Refuses a folder that holds anything; makes one that is not there.
pub fn must_be_empty(into: &Path) -> Result<(), SourceError> {
    fs::create_dir_all(into).map_err(|error| SourceError::write(into, error))?;
    let mut entries = fs::read_dir(into).map_err(|error| SourceError::write(into, error))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => {
            let error =
                io::Error::new(io::ErrorKind::DirectoryNotEmpty, "the folder for the tree is not empty");
            Err(SourceError::write(into, error))
        }
    }
}

impl Folder {
    /// The tree goes into `root`, which is empty.
    pub fn new(root: &Path) -> Folder {
        Folder { root: root.to_owned() }
    }

    /// Writes a new file and gives its size and digest.
    pub fn write(&self, path: &RelPath, content: &mut dyn Read) -> io::Result<(u64, Sha256)> {
        let mut file = self.create(path)?;
        copy(content, &mut file)
    }

    /// Makes folders, links, modes and times as the entries say. Nothing may be written afterwards.
    pub fn finish(&self, entries: &[Entry]) -> Result<(), SourceError> {
        for entry in entries.iter().filter(|entry| entry.kind == Kind::Directory) {
            let at = self.at(&entry.path);
            fs::create_dir_all(&at).map_err(|error| SourceError::write(&at, error))?;
        }
        for entry in entries {
            if let Kind::Submodule { .. } = entry.kind {
                let at = self.at(&entry.path);
                fs::create_dir_all(&at).map_err(|error| SourceError::write(&at, error))?;
            }
            if let Kind::Symlink { target } = &entry.kind {
                let at = self.at(&entry.path);
                self.parent(&at).map_err(|error| SourceError::write(&at, error))?;
                std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(target.as_bytes()), &at)
                    .map_err(|error| SourceError::write(&at, error))?;
            }
        }
        // Deepest first: a folder's time changes with what is made in it, and its mode may close it.
        for entry in entries.iter().rev() {
            let at = self.at(&entry.path);
            settle(&at, entry).map_err(|error| SourceError::write(&at, error))?;
        }
        Ok(())
    }

    fn at(&self, path: &RelPath) -> PathBuf {
        self.root.join(std::ffi::OsStr::from_bytes(path.as_bytes()))
    }

    fn parent(&self, at: &Path) -> io::Result<()> {
        at.parent().map_or(Ok(()), fs::create_dir_all)
    }

    fn create(&self, path: &RelPath) -> io::Result<File> {
        if !path.stays_inside() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a path that leaves the tree"));
        }
        let at = self.at(path);
        self.parent(&at)?;
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(at)
    }
}

impl Sink for Folder {
    fn file(&mut self, path: &RelPath, content: &mut dyn Read) -> io::Result<()> {
        self.write(path, content).map(|_| ())
    }

    fn copy(&mut self, path: &RelPath, of: &RelPath) -> io::Result<()> {
        let mut from = fs::OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(self.at(of))?;
        self.write(path, &mut from).map(|_| ())
    }
}

/// Copies `content` to `file`, leaving holes for blocks of zeros; gives size and digest.
fn copy(content: &mut dyn Read, file: &mut File) -> io::Result<(u64, Sha256)> {
    let mut buffer = vec![0u8; 1 << 17];
    let mut hasher = sha2::Sha256::new();
    let mut size = 0u64;
    loop {
        let read = match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let chunk = buffer.get(..read).unwrap_or_default();
        hasher.update(chunk);
        size += read as u64;
        if read >= 4096 && chunk.iter().all(|byte| *byte == 0) {
            file.seek(SeekFrom::Current(i64::try_from(read).unwrap_or(0)))?;
        } else {
            file.write_all(chunk)?;
        }
    }
    file.set_len(size)?;
    Ok((size, Sha256::from_bytes(hasher.finalize().into())))
}

fn settle(at: &Path, entry: &Entry) -> io::Result<()> {
    let owner = match entry.kind {
        Kind::Symlink { .. } => return settle_link(at, entry),
        Kind::File { .. } => 0o600,
        Kind::Directory | Kind::Submodule { .. } => 0o700,
    };
    let file = fs::OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(at)?;
    if let Some(seconds) = entry.mtime {
        file.set_times(fs::FileTimes::new().set_modified(time(seconds)?))?;
    }
    file.set_permissions(fs::Permissions::from_mode((entry.mode & 0o777) | owner))
}

fn settle_link(at: &Path, entry: &Entry) -> io::Result<()> {
    use rustix::fs::AtFlags;
    use rustix::fs::Timespec;
    use rustix::fs::Timestamps;
    let Some(seconds) = entry.mtime else { return Ok(()) };
    let time = Timespec { tv_sec: seconds, tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(rustix::fs::CWD, at, &times, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(())
}

fn time(seconds: i64) -> io::Result<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    let time = if seconds < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) };
    time.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, format!("a time of {seconds} seconds")))
}
