//! Files: bounded reads, memory maps, atomic writes.

use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Write;
use std::ops::Deref;
use std::path::Path;

/// A file's bytes, mapped where the file is large.
pub enum Bytes {
    /// Read into memory.
    Owned(Vec<u8>),
    /// Mapped.
    Mapped(memmap2::Mmap),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Owned(bytes) => bytes,
            Bytes::Mapped(map) => map,
        }
    }
}

/// Files up to this size are read, larger ones mapped.
const MAP_ABOVE: u64 = 1 << 20;

/// The bytes of the regular file at `path`.
///
/// # Errors
/// Where the file cannot be opened, is not a regular file, or cannot be read.
pub fn open(path: &Path) -> io::Result<Bytes> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    if metadata.len() > MAP_ABOVE {
        return map(&file).map(Bytes::Mapped);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.read_to_end(&mut bytes)?;
    Ok(Bytes::Owned(bytes))
}

#[allow(unsafe_code)]
fn map(file: &File) -> io::Result<memmap2::Mmap> {
    // SAFETY: the files mapped are the run's outputs, cached downloads and the reviewer's own inputs; a
    // truncation by another process meanwhile ends this process with SIGBUS and never yields wrong bytes.
    unsafe { memmap2::Mmap::map(file) }
}

/// At most `limit` bytes of the regular file at `path`.
///
/// # Errors
/// As [`open`], and where the file is larger than `limit`.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?.take(limit.saturating_add(1));
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// Writes `bytes` to `path` so that the file is there whole or not at all; parent folders are made.
///
/// # Errors
/// Where the folder cannot be made or the file not written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    set_plain_mode(file.as_file())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Writes `bytes` to `path`, which must not exist yet; parent folders are made.
///
/// # Errors
/// `AlreadyExists` where something of that name is there; else as [`write_atomically`].
pub fn create_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    set_plain_mode(file.as_file())?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

fn set_plain_mode(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

/// Creates the file `path` with permission bits `mode` and writes `bytes`; an existing file is left alone.
///
/// # Errors
/// Where the file is already there, its folder is not, or it cannot be written.
pub fn create_with_mode(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    // The mode is set at creation, never afterwards: a private key must not be readable for a moment.
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
