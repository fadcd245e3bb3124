//! An archive's bytes → the tree it holds: entries with digests, and contents given to a [`Sink`] in order.
//!
//! Reads tar (plain, or in gzip, xz, bzip2 or zstd) and zip, told by content and never by name. This is how
//! a *source* is taken in, so unlike an anatomy it refuses: a tree that two tools would unpack differently
//! is not one source. Refused with [`UnpackError`]: names that are absolute, hold `..` or NUL; links out of
//! the tree; members below a link or a file; two members of one name with different content; truncated and
//! corrupt data; more than [`Limits`] allow. Recorded as problems: devices, FIFOs and sockets, repeated
//! equal members, bytes before or after the archive.
//!
//! Nothing is written here. A sink sees only paths that stay inside, no links (they are entries, for the
//! caller to make last) and every path at most once.

mod coding;
mod meter;
mod tar;
mod tree;
mod zip;

use std::io;
use std::io::Read;

use crate::model::Limits;
use crate::model::RelPath;
use crate::model::snapshot::Entry;

pub use tree::links_outside;

/// Unpacks `archive`, dropping `strip` leading path components.
///
/// # Errors
/// [`UnpackError`]; the sink may have got some contents before.
pub fn unpack(
    archive: &[u8],
    strip: u32,
    limits: &Limits,
    sink: &mut dyn Sink,
) -> Result<Unpacked, UnpackError> {
    let mut tree = tree::Tree::new(archive.len(), strip, *limits, sink);
    let format = if zip::recognise(archive) {
        zip::unpack(archive, &mut tree)?;
        "zip".to_owned()
    } else {
        let coding = coding::recognise(archive);
        tar::unpack(coding, archive, &mut tree)?;
        coding.map_or("tar".to_owned(), |coding| format!("tar in {}", coding.name()))
    };
    let (entries, problems) = tree.finish()?;
    Ok(Unpacked { format, entries, problems })
}

/// Where contents go.
pub trait Sink {
    /// A regular file's content; `path` stays inside, its folders have to be made, and it comes once.
    ///
    /// # Errors
    /// Where writing fails, and where reading `content` does.
    fn file(&mut self, path: &RelPath, content: &mut dyn Read) -> io::Result<()>;

    /// A hard link: `path` has the content of `of`, which came before.
    ///
    /// # Errors
    /// Where writing fails.
    fn copy(&mut self, path: &RelPath, of: &RelPath) -> io::Result<()>;
}

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// `zip`, `tar`, `tar in gzip`, …
    pub format: String,
    /// Every path, folders that are only implied included (mode 0755, no time), in byte order of the path.
    pub entries: Vec<Entry>,
    /// What was not taken in: path and reason.
    pub problems: Vec<(String, String)>,
}

/// Why an archive was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It is no archive this program reads.
    #[error(
        "not an archive this program reads ({0}); it reads tar, plain or in gzip, xz, bzip2 or zstd, and zip"
    )]
    Unknown(String),
    /// A member would be unpacked outside the tree, or differently by different tools.
    #[error("member {member}: {reason}")]
    Refused {
        /// The member's name, escaped.
        member: String,
        /// Why.
        reason: String,
    },
    /// The archive is truncated or corrupt.
    #[error("the archive is truncated or corrupt: {0}")]
    Broken(String),
    /// It holds more than is allowed.
    #[error("the archive holds more than is allowed: {0}")]
    TooLarge(String),
    /// The sink could not take a file.
    #[error("writing {path}: {error}")]
    Write {
        /// The path, escaped.
        path: String,
        /// Why.
        error: io::Error,
    },
}

impl UnpackError {
    fn refused(member: &[u8], reason: impl Into<String>) -> UnpackError {
        let mut member = crate::model::path::escape(member);
        if let Some((at, _)) = member.char_indices().nth(300) {
            member.truncate(at);
            member.push('…');
        }
        UnpackError::Refused { member, reason: reason.into() }
    }
}

#[cfg(test)]
mod tests;
