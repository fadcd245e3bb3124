//! Files: bounded reads, memory maps, atomic writes.

use std::ffi::OsStr;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Write;
use std::ops::Deref;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use sha2::Digest;

use crate::model::RelPath;
use crate::model::Sha256;

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
    let (mut file, metadata) = regular(path)?;
    if metadata.len() > MAP_ABOVE {
        return map(&file).map(Bytes::Mapped);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.read_to_end(&mut bytes)?;
    Ok(Bytes::Owned(bytes))
}

/// Opens a file that is to be read; never waits, as opening a pipe would.
fn regular(path: &Path) -> io::Result<(File, fs::Metadata)> {
    let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok((file, metadata))
}

#[allow(unsafe_code)]
fn map(file: &File) -> io::Result<memmap2::Mmap> {
    // SAFETY: the files mapped are the run's outputs, cached downloads and the reviewer's own inputs; a
    // truncation by another process meanwhile ends this process with SIGBUS and never yields wrong bytes.
    unsafe { memmap2::Mmap::map(file) }
}

/// The size of two regular files that hold the same bytes; `None` where they differ.
///
/// The files are read piece by piece on all cores and never held: equal files of any size cost a few hundred
/// kilobytes of memory.
///
/// # Errors
/// As [`open`].
pub fn same(one: &Path, other: &Path) -> io::Result<Option<u64>> {
    let ((one, metadata), (other, against)) = (regular(one)?, regular(other)?);
    let size = metadata.len();
    if size != against.len() {
        return Ok(None);
    }
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let work = || -> io::Result<bool> {
        let mut buffers = (vec![0; PIECE], vec![0; PIECE]);
        loop {
            let at = next.fetch_add(PIECE as u64, Ordering::Relaxed);
            if at >= size || stop.load(Ordering::Relaxed) {
                return Ok(true);
            }
            let len = usize::try_from(size - at).unwrap_or(PIECE).min(PIECE);
            let (a, b) = (buffers.0.get_mut(..len), buffers.1.get_mut(..len));
            let (Some(a), Some(b)) = (a, b) else { return Ok(false) };
            one.read_exact_at(a, at)?;
            other.read_exact_at(b, at)?;
            if a != b {
                stop.store(true, Ordering::Relaxed);
                return Ok(false);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let threads = threads.min(usize::try_from(size / (4 * PIECE as u64)).unwrap_or(threads) + 1);
    let found: Vec<io::Result<bool>> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut found = vec![work()];
        found.extend(others.into_iter().map(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a thread that compares files ended early")))
        }));
        found
    });
    let mut equal = true;
    for result in found {
        equal &= result?;
    }
    Ok(equal.then_some(size))
}

/// Bytes read in one piece by [`same`]: two of them stay in a core's own cache while they are compared.
const PIECE: usize = 128 << 10;

/// The digest and the size of the regular file at `path`, which is read piece by piece and never held.
///
/// # Errors
/// As [`open`].
pub fn measure(path: &Path) -> io::Result<(Sha256, u64)> {
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; PIECE];
    let mut size = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((Sha256::from_bytes(hasher.finalize().into()), size)),
            Ok(read) => {
                hasher.update(buffer.get(..read).unwrap_or_default());
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// At most `limit` bytes of the regular file at `path`.
///
/// # Errors
/// As [`open`], and where the file is larger than `limit`.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut file = regular(path)?.0.take(limit.saturating_add(1));
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// The digest of a regular file; of a folder, a digest over the paths and digests of all files and links in it.
///
/// # Errors
/// As [`open`].
pub fn digest_below(path: &Path) -> io::Result<Sha256> {
    if !path.is_dir() {
        return open(path).map(|bytes| Sha256::of(&bytes));
    }
    let mut list = Vec::new();
    for entry in walkdir::WalkDir::new(path).min_depth(1).sort_by_file_name() {
        let entry = entry?;
        let content = if entry.file_type().is_file() {
            open(entry.path())?.to_vec()
        } else if entry.path_is_symlink() {
            fs::read_link(entry.path())?.as_os_str().as_bytes().to_vec()
        } else {
            continue;
        };
        let below = entry.path().strip_prefix(path).unwrap_or(entry.path()).as_os_str().as_bytes();
        let digest = Sha256::of(&content);
        list.extend_from_slice(format!("{} {}:", digest, below.len()).as_bytes());
        list.extend_from_slice(below);
    }
    Ok(Sha256::of(&list))
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

/// Where `path` lies below `root`.
pub fn under(root: &Path, path: &RelPath) -> PathBuf {
    root.join(OsStr::from_bytes(path.as_bytes()))
}

/// `name` as one plain file name: other characters than letters, digits and `+-._~` become `_`.
pub fn plain_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "+-._~".contains(c) { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    if name.chars().all(|c| c == '.') { format!("_{name}") } else { name }
}

/// Removes a file or a folder with all that is in it; what is not there is removed already. Links are not
/// followed.
///
/// # Errors
/// Where it cannot be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            open_folders(path)?;
            fs::remove_dir_all(path)
        }
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Gives this user the right to remove what lies in folders a source made read-only.
fn open_folders(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for entry in walkdir::WalkDir::new(path).follow_links(false) {
        let Ok(entry) = entry else { continue };
        if entry.file_type().is_dir() {
            let mode = entry.metadata().map(|m| m.permissions().mode()).unwrap_or(0);
            if mode & 0o700 != 0o700 {
                fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode | 0o700))?;
            }
        }
    }
    Ok(())
}

/// Moves a file; the parent folder of the new place is made.
///
/// # Errors
/// Where the file is not there or cannot be moved or copied.
pub fn move_to(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::rename(from, to).is_err() {
        fs::copy(from, to)?;
        fs::remove_file(from)?;
    }
    Ok(())
}

/// The user's cache folder for downloads: `$XDG_CACHE_HOME/pellucid`, else `~/.cache/pellucid`, else
/// `pellucid-cache` in the folder for temporary files.
#[allow(clippy::disallowed_methods)] // where downloads are kept changes nothing that is recorded
pub fn cache_folder() -> PathBuf {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder("XDG_CACHE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))
        .map_or_else(|| std::env::temp_dir().join("pellucid-cache"), |cache| cache.join("pellucid"))
}

/// Makes the folder `path` and takes it for this process alone until the file it gives is dropped, or the process
/// ends in whatever way. `None` where another process has it.
///
/// # Errors
/// Where the folder or its lock cannot be made.
pub fn take_folder(path: &Path) -> io::Result<Option<File>> {
    fs::create_dir_all(path)?;
    let lock = File::options().write(true).create(true).truncate(false).open(path.join("lock"))?;
    match rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(lock)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Memory that could be given to programs now, in MiB (proc_meminfo(5), `MemAvailable`); 0 where unknown.
pub fn available_memory_mib() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
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
    // The mode is set at creation, never afterwards: a private key must not be readable for a moment.
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods)] // inputs of a test, in a folder of its own
    fn files_are_the_same_where_every_byte_is() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 9 * PIECE + 7] {
            let mut bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            fs::write(&a, &bytes).unwrap();
            fs::write(&b, &bytes).unwrap();
            assert_eq!(same(&a, &b).unwrap(), Some(size as u64));
            for at in [0, size / 2, size.saturating_sub(1)] {
                let Some(byte) = bytes.get_mut(at) else { continue };
                *byte ^= 1;
                fs::write(&b, &bytes).unwrap();
                assert_eq!(same(&a, &b).unwrap(), None, "byte {at} of {size}");
                bytes[at] ^= 1;
            }
            bytes.push(0);
            fs::write(&b, &bytes).unwrap();
            assert_eq!(same(&a, &b).unwrap(), None);
        }
        assert!(same(&a, folder.path()).is_err());
    }
}
