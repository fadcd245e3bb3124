//! Why a source, an artifact or an input could not be taken in.

use std::io;
use std::path::Path;

use crate::formats::unpack::UnpackError;
use crate::host::process::ProcessError;
use crate::model::Sha256;

/// Why a source, an artifact or an input could not be taken in. Nothing of it was reviewed then.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file or folder the manifest names cannot be read.
    #[error(
        "reading {path}: {error}; see that `review.toml` names what is there, relative to its own folder"
    )]
    Read {
        /// The path.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// What was found is not what the manifest pins.
    #[error(
        "{what} has SHA-256 {found}, but the manifest says {wanted}; nothing of it was used. Find out which of \
         the two is right before changing the manifest"
    )]
    WrongDigest {
        /// What.
        what: String,
        /// Its digest.
        found: Sha256,
        /// The manifest's.
        wanted: Sha256,
    },
    /// What was found is not what a lock file pins, in the words of its registry's kind of digest.
    #[error(
        "{what} has {found}, but its lock file says {wanted}; nothing of it was used. Find out which of the two \
         is right before changing the lock file"
    )]
    NotAsLocked {
        /// What.
        what: String,
        /// Its digest.
        found: String,
        /// The lock file's.
        wanted: String,
    },
    /// A lock file cannot be used.
    #[error("the lock file {path}: {reason}")]
    LockFile {
        /// The file, as the manifest names it.
        path: String,
        /// What, and what to do.
        reason: String,
    },
    /// Inputs of the build that cannot stand beside one another.
    #[error("two inputs of the build would both be `/inputs/{0}`; take one out")]
    SameName(String),
    /// An archive is refused, corrupt or too large.
    #[error(
        "unpacking {archive}: {error}; nothing of it was reviewed. Ask whoever made it for an archive that \
             every tool unpacks alike"
    )]
    Archive {
        /// The archive.
        archive: String,
        /// Why.
        error: UnpackError,
    },
    /// A tree holds something that cannot be taken in.
    #[error("taking in {path}: {reason}")]
    Tree {
        /// Where.
        path: String,
        /// What, and what to do.
        reason: String,
    },
    /// A git repository does not have what the manifest names.
    #[error("git repository {repository}: {reason}")]
    Git {
        /// The repository, as the manifest names it.
        repository: String,
        /// What, and what to do.
        reason: String,
    },
    /// The registry's client could not bring the file.
    #[error(
        "fetching {what}: {error}; it was not reviewed. See that the registry is reachable and still has it"
    )]
    Client {
        /// What.
        what: String,
        /// What the client said.
        error: ProcessError,
    },
    /// The tool that makes an environment could not.
    #[error("{what}: {error}; nothing was built. {help}")]
    NotMade {
        /// What.
        what: String,
        /// What the tool said.
        error: ProcessError,
        /// What to look at.
        help: String,
    },
    /// The registry's client brought nothing that fits.
    #[error("{0}")]
    NotFetched(String),
    /// A name or version that cannot be one.
    #[error("{0} is not a name or version of its registry; correct the manifest")]
    BadName(String),
    /// This side's disk failed.
    #[error("writing {path}: {error}; see that there is space and that the folder may be written")]
    Write {
        /// The path.
        path: String,
        /// Why.
        error: io::Error,
    },
}

impl SourceError {
    /// Reading `path` failed.
    pub fn read(path: &Path, error: io::Error) -> SourceError {
        SourceError::Read { path: shown(path), error }
    }

    /// Writing `path` failed.
    pub fn write(path: &Path, error: io::Error) -> SourceError {
        SourceError::Write { path: shown(path), error }
    }

    /// Whether the request is wrong (exit code 2), as opposed to something that could not be completed
    /// (exit code 3).
    pub fn is_request(&self) -> bool {
        match self {
            SourceError::Read { .. }
            | SourceError::WrongDigest { .. }
            | SourceError::NotAsLocked { .. }
            | SourceError::LockFile { .. }
            | SourceError::SameName(_)
            | SourceError::Git { .. }
            | SourceError::BadName(_) => true,
            SourceError::Archive { .. }
            | SourceError::Tree { .. }
            | SourceError::Client { .. }
            | SourceError::NotMade { .. }
            | SourceError::NotFetched(_)
            | SourceError::Write { .. } => false,
        }
    }
}

/// A path as text that cannot rearrange a message.
pub fn shown(path: &Path) -> String {
    crate::model::path::escape(path.as_os_str().as_encoded_bytes())
}
