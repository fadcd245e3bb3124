//! Files from registries, kept by digest: `sha256/<64 digits>/<file name>` below the cache folder.
//!
//! A file is there whole and right, or not at all: it is downloaded into a private folder beside, digested,
//! and moved. A hit is digested again; one that went bad is fetched anew.

use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;

use crate::model::Sha256;

use super::SourceError;

/// The cache.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The cache in `root`, which need not exist.
    pub fn new(root: &Path) -> Cache {
        // A client is run in another folder, so the path has to hold there too.
        Cache { root: std::path::absolute(root).unwrap_or_else(|_| root.to_owned()) }
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file with this digest, where it is here and still right; with its size.
    pub fn get(&self, wanted: &Sha256) -> Option<(PathBuf, u64)> {
        let mut names: Vec<PathBuf> =
            fs::read_dir(self.folder(wanted)).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        names.sort();
        names.into_iter().find_map(|file| match digest_of(&file) {
            Ok((found, size)) if found == *wanted => Some((file, size)),
            _ => None,
        })
    }

    /// As [`Cache::get`], where the file is kept under this very name. Each client's files have names no other
    /// client's can have (`.deb`, `.crate`), so a file that came from elsewhere does not pass for one of its.
    pub fn get_named(&self, wanted: &Sha256, name: &str) -> Option<(PathBuf, u64)> {
        let file = self.folder(wanted).join(name);
        match digest_of(&file) {
            Ok((found, size)) if found == *wanted => Some((file, size)),
            _ => None,
        }
    }

    /// The SHA-256 digest of the file that was noted to be this: its SHA-512 digest in hexadecimal under
    /// `sha512`, its name and version under `wheel`.
    pub fn noted(&self, kind: &str, name: &str) -> Option<Sha256> {
        let note = crate::host::files::read_bounded(&self.root.join(kind).join(name), 128).ok()?;
        String::from_utf8(note).ok()?.trim().parse().ok()
    }

    /// Notes what the file with the digest `sha256` is. A note leads to a file; what the file really is, is found
    /// out from its bytes.
    pub fn note(&self, kind: &str, name: &str, sha256: &Sha256) -> Result<(), SourceError> {
        let at = self.root.join(kind).join(name);
        crate::host::files::write_atomically(&at, format!("{sha256}\n").as_bytes())
            .map_err(|error| SourceError::write(&at, error))
    }

    /// A private, empty folder beside the cached files; gone when dropped.
    pub fn workplace(&self) -> Result<tempfile::TempDir, SourceError> {
        let incoming = self.root.join("incoming");
        fs::create_dir_all(&incoming).map_err(|error| SourceError::write(&incoming, error))?;
        tempfile::Builder::new()
            .prefix("fetch-")
            .tempdir_in(&incoming)
            .map_err(|error| SourceError::write(&incoming, error))
    }

    /// Keeps the one file of `candidates` that has the digest `wanted`.
    ///
    /// # Errors
    /// [`SourceError::WrongDigest`] with the digest of the last candidate where none has it;
    /// [`SourceError::NotFetched`] where there is none. Nothing is kept then.
    pub fn keep(
        &self,
        what: &str,
        candidates: &[PathBuf],
        wanted: &Sha256,
    ) -> Result<(PathBuf, u64), SourceError> {
        let mut last = None;
        for file in candidates {
            let (found, size) = digest_of(file).map_err(|error| SourceError::read(file, error))?;
            if found == *wanted {
                return self.place(file, wanted).map(|placed| (placed, size));
            }
            last = Some(found);
        }
        Err(match last {
            Some(found) => SourceError::WrongDigest { what: what.to_owned(), found, wanted: *wanted },
            None => SourceError::NotFetched(format!(
                "fetching {what}: the client brought no file; it was not reviewed"
            )),
        })
    }

    fn place(&self, file: &Path, digest: &Sha256) -> Result<PathBuf, SourceError> {
        let folder = self.folder(digest);
        fs::create_dir_all(&folder).map_err(|error| SourceError::write(&folder, error))?;
        let to = folder.join(file.file_name().unwrap_or("file".as_ref()));
        // The client's file may be elsewhere (a local index): only a copy on this file system can be moved.
        let failed = |error| SourceError::write(&to, error);
        let mut copy = tempfile::Builder::new()
            .prefix(".incoming-")
            .tempfile_in(self.root.join("incoming"))
            .map_err(failed)?;
        let mut from = File::open(file).map_err(failed)?;
        io::copy(&mut from, copy.as_file_mut()).map_err(failed)?;
        let (found, _) = digest_of(copy.path()).map_err(failed)?;
        if found != *digest {
            let what = super::error::shown(file);
            return Err(SourceError::WrongDigest { what, found, wanted: *digest });
        }
        // Whoever builds has to read it; a temporary file is its maker's alone.
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        copy.as_file().set_permissions(readable).map_err(failed)?;
        copy.persist(&to).map_err(|error| failed(error.error))?;
        Ok(to)
    }

    fn folder(&self, digest: &Sha256) -> PathBuf {
        self.root.join("sha256").join(digest.hex())
    }
}

/// Digest and size of the regular file at `path`.
pub fn digest_of(path: &Path) -> io::Result<(Sha256, u64)> {
    let mut file = fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0u8; 1 << 17];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
        size += read as u64;
    }
    Ok((Sha256::from_bytes(hasher.finalize().into()), size))
}
