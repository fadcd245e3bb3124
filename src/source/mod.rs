//! [`Source`] → [`Snapshot`]: the source as taken in, and the tree it describes.
//!
//! One file per kind of source. Each brings bytes in, checks them against the digest or commit the manifest
//! pins, and writes the tree into an empty folder of its own; the snapshot is computed from the very bytes
//! that were written, never from a second look at the vendor's. Nothing of the vendor's is run.
//!
//! [`fetch_shipped`] brings a single file the same way, [`offer`] the inputs of a build. What comes from a registry comes
//! through its ordinary client and is kept in the cache under its digest ([`cache`]); a second review needs
//! no network.

mod apt;
mod archive;
mod cache;
mod crates;
mod debian;
mod directory;
mod dsc;
pub mod environment;
mod error;
mod git;
mod inputs;
mod lockfile;
mod materialise;
mod npm;
mod overlay;
mod python;
mod repository;

use std::path::Path;
use std::path::PathBuf;

use crate::model::Sha256;
use crate::model::Snapshot;
use crate::model::evidence::Fetched;
use crate::model::review::Shipped;
use crate::model::review::Source;

pub use error::SourceError;
pub use inputs::Offer;
pub use inputs::Places;
pub use inputs::offer;
pub use overlay::lay_over;
pub use python::any_wheel;

use cache::Cache;

/// A source that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acquired {
    /// What is there.
    pub snapshot: Snapshot,
    /// The folder that holds it: the one the caller gave.
    pub root: PathBuf,
    /// What was read or fetched, by which means, with digests; in a fixed order.
    pub origin: Vec<Fetched>,
}

/// Takes in `source`, whose relative paths start at `base`, and materialises it in the empty folder `into`.
/// Modes and recorded times of the tree are those of the snapshot; an entry without a time has whichever it
/// got when it was written.
///
/// # Errors
/// [`SourceError`]; `into` may then hold a part of the tree, and nothing outside it was touched.
pub fn acquire(source: &Source, base: &Path, cache: &Path, into: &Path) -> Result<Acquired, SourceError> {
    let cache = Cache::new(cache);
    materialise::must_be_empty(into)?;
    match source {
        Source::Directory { path, root } => {
            let acquired = directory::acquire(&base.join(path), path, &cache, into)?;
            match root {
                Some(root) if *root != acquired.snapshot.root => {
                    let (what, found) = (format!("the snapshot of {path}"), acquired.snapshot.root);
                    Err(SourceError::WrongDigest { what, found, wanted: *root })
                }
                _ => Ok(acquired),
            }
        }
        Source::Archive { path, sha256, strip_components } => {
            archive::acquire(&base.join(path), sha256, *strip_components, into)
        }
        Source::Git { repository, commit, tag } => {
            git::acquire(repository, commit.as_deref(), tag.as_deref(), base, &cache, into)
        }
        Source::Debian { package, version, sha256 } => {
            debian::acquire(package, version, sha256, &cache, into)
        }
        Source::Pypi { package, version, sha256 } => {
            let wanted = python::Wanted { package, version, sha256: Some(sha256), form: python::Form::Sdist };
            let (file, fetched) = python::fetch(&wanted, &cache)?;
            // An sdist holds one folder, `name-version` (PyPA "Source distribution format").
            let mut acquired = archive::acquire(&file, sha256, 1, into)?;
            acquired.origin = vec![fetched];
            Ok(acquired)
        }
    }
}

/// Brings a shipped artifact; gives the file and how it came. A rehearsal is built and not brought.
///
/// # Errors
/// [`SourceError`].
pub fn fetch_shipped(
    shipped: &Shipped,
    base: &Path,
    cache: &Path,
) -> Result<(PathBuf, Fetched), SourceError> {
    let cache = Cache::new(cache);
    match shipped {
        Shipped::File { path, sha256 } => beside(base, path, sha256),
        Shipped::Debian { package, version, architecture, sha256 } => {
            debian::fetch(package, version, architecture, sha256, &cache)
        }
        Shipped::Pypi { package, version, sha256 } => python::fetch(
            &python::Wanted { package, version, sha256: Some(sha256), form: python::Form::Wheel },
            &cache,
        ),
        Shipped::Rehearsal { .. } => {
            Err(SourceError::NotFetched("a rehearsal is built here; it cannot be fetched".to_owned()))
        }
    }
}

/// A file named in the manifest, with the digest it has to have.
fn beside(base: &Path, path: &str, wanted: &Sha256) -> Result<(PathBuf, Fetched), SourceError> {
    let file = base.join(path);
    let (found, size) = cache::digest_of(&file).map_err(|error| SourceError::read(&file, error))?;
    if found != *wanted {
        return Err(SourceError::WrongDigest { what: path.to_owned(), found, wanted: *wanted });
    }
    let name = file.file_name().map(|name| crate::model::path::escape(name.as_encoded_bytes()));
    let name = name.unwrap_or_else(|| path.to_owned());
    Ok((file, Fetched { name, by: "file".to_owned(), digest: found.hex(), size }))
}
