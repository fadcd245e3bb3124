//! Inputs of a build: each brought by name, version and digest, and laid out so that an offline build takes
//! them as a matter of course. What stands under `/inputs`:
//!
//! | input | there |
//! |---|---|
//! | `pypi`, `file` | `<file name>` (`pip install --no-index --find-links /inputs …`) |
//! | `debian` | `<file name>`, and `Packages`: the folder is an apt repository |
//! | `crate`, `cargo-lock` | `vendor/<name>-<version>/`, and `cargo-config.toml` (`cargo build --offline --config …`) |
//! | `npm`, `npm-lock` | `npm/<file name>`; for a lock file also `package-lock.json`, which points there |

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::host::files;
use crate::model::RelPath;
use crate::model::Sha256;
use crate::model::evidence::Fetched;
use crate::model::path::escape;
use crate::model::review::Input;

use super::SourceError;
use super::beside;
use super::cache::Cache;
use super::crates;
use super::debian;
use super::lockfile;
use super::npm;
use super::python;
use super::repository;

/// Where inputs come from and where they are laid out.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// The manifest's folder.
    pub base: &'a Path,
    /// The source as taken in: where lock files of the source are.
    pub tree: &'a Path,
    /// The cache.
    pub cache: &'a Path,
    /// A folder of this review's own for what has to be laid out; made anew.
    pub work: &'a Path,
}

/// What a build is offered under `/inputs`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Names under `/inputs`, and the file or folder that stands there, in order of name.
    pub offered: BTreeMap<String, PathBuf>,
    /// Every file that was brought, in the manifest's order.
    pub origin: Vec<Fetched>,
}

/// Brings `inputs` and lays them out.
///
/// # Errors
/// [`SourceError`]; nothing is offered then.
pub fn offer(inputs: &[Input], places: &Places<'_>, progress: &dyn Fn(&str)) -> Result<Offer, SourceError> {
    files::remove(places.work).map_err(|error| SourceError::write(places.work, error))?;
    let mut layout = Layout {
        places: *places,
        cache: Cache::new(places.cache),
        offer: Offer::default(),
        inside: BTreeMap::new(),
        packages: String::new(),
    };
    for input in inputs {
        layout.bring(input, progress)?;
    }
    layout.finish()
}

struct Layout<'a> {
    places: Places<'a>,
    cache: Cache,
    offer: Offer,
    /// What stands in folders under `/inputs`, with the digest it came by.
    inside: BTreeMap<String, Sha256>,
    /// The index of the `.deb` files.
    packages: String,
}

/// Largest lock file read.
const LOCK: u64 = 64 << 20;

impl Layout<'_> {
    fn bring(&mut self, input: &Input, progress: &dyn Fn(&str)) -> Result<(), SourceError> {
        match input {
            Input::File { path, sha256 } => {
                progress(path);
                let (file, fetched) = beside(self.places.base, path, sha256)?;
                self.file(file, fetched)
            }
            Input::Pypi { package, version, sha256 } => {
                progress(package);
                let wanted =
                    python::Wanted { package, version, sha256: Some(sha256), form: python::Form::Wheel };
                let (file, fetched) = python::fetch(&wanted, &self.cache)?;
                self.file(file, fetched)
            }
            Input::Debian { package, version, architecture, sha256 } => {
                progress(package);
                let (file, fetched) = debian::fetch(package, version, architecture, sha256, &self.cache)?;
                let stanza = repository::stanza(&repository::Indexed {
                    file: &file,
                    name: &fetched.name,
                    size: fetched.size,
                    sha256,
                    is: (package, version, architecture),
                })?;
                self.packages.push_str(&stanza);
                self.packages.push('\n');
                self.file(file, fetched)
            }
            Input::Crate { package, version, sha256 } => {
                progress(package);
                let (package, version) = (package.clone(), version.clone());
                let wanted = crates::Wanted { package, version, sha256: *sha256 };
                let (file, fetched) = crates::fetch(&wanted, &self.cache)?;
                self.vendor(&wanted, &file, fetched)
            }
            Input::Npm { package, version, sha256 } => {
                progress(package);
                let (file, fetched) = npm::fetch(package, version, sha256, &self.cache)?;
                self.tarball(&file, fetched)
            }
            Input::CargoLock { path, in_source } => {
                progress(path);
                let lock = self.lock_file(path, *in_source, lockfile::cargo)?;
                for (wanted, file, fetched) in crates::fetch_locked(&lock, &self.cache)? {
                    self.vendor(&wanted, &file, fetched)?;
                }
                Ok(())
            }
            Input::NpmLock { path, in_source } => {
                progress(path);
                let lock = self.lock_file(path, *in_source, lockfile::npm)?;
                for (file, fetched) in npm::fetch_locked(&lock.packages, &self.cache)? {
                    self.tarball(&file, fetched)?;
                }
                let place = |one: &lockfile::NpmPackage| {
                    format!("file:/inputs/npm/{}", npm::file_name(&one.package, &one.version))
                };
                self.text("package-lock.json", &lock.pointing(&place))
            }
        }
    }

    /// Reads a lock file and notes it among what was brought.
    fn lock_file<T>(
        &mut self,
        path: &str,
        in_source: bool,
        read: fn(&str) -> Result<T, String>,
    ) -> Result<T, SourceError> {
        let refuse = |reason: String| SourceError::LockFile {
            path: escape(path.as_bytes()),
            reason: escape(reason.as_bytes()),
        };
        let inside = RelPath::from(path);
        if in_source && !inside.stays_inside() {
            return Err(refuse("it is not in the source; write its path without `..`".to_owned()));
        }
        let at =
            if in_source { files::under(self.places.tree, &inside) } else { self.places.base.join(path) };
        // A link of the vendor's could lead to any file of this machine.
        if in_source && !stays(self.places.tree, &at) {
            return Err(refuse("there is no such file in the source".to_owned()));
        }
        let bytes = files::read_bounded(&at, LOCK).map_err(|error| SourceError::read(&at, error))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| refuse(error.to_string()))?;
        let lock = read(text).map_err(refuse)?;
        let by = if in_source { "lock file of the source" } else { "file" };
        self.offer.origin.push(Fetched {
            name: escape(path.as_bytes()),
            by: by.to_owned(),
            digest: Sha256::of(&bytes).hex(),
            size: bytes.len() as u64,
        });
        Ok(lock)
    }

    fn file(&mut self, file: PathBuf, fetched: Fetched) -> Result<(), SourceError> {
        let name = fetched.name.clone();
        match self.offer.offered.insert(name.clone(), file) {
            Some(_) => Err(SourceError::SameName(name)),
            None => {
                self.offer.origin.push(fetched);
                Ok(())
            }
        }
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), SourceError> {
        let at = self.places.work.join(name);
        files::write_atomically(&at, text.as_bytes()).map_err(|error| SourceError::write(&at, error))?;
        match self.offer.offered.insert(name.to_owned(), at) {
            Some(_) => Err(SourceError::SameName(name.to_owned())),
            None => Ok(()),
        }
    }

    /// Whether `name` under `/inputs` is new; not where it stands there already and is the same.
    fn is_new(&mut self, name: &str, sha256: Sha256) -> Result<bool, SourceError> {
        match self.inside.insert(name.to_owned(), sha256) {
            None => Ok(true),
            Some(there) if there == sha256 => Ok(false),
            Some(_) => Err(SourceError::SameName(name.to_owned())),
        }
    }

    fn vendor(&mut self, wanted: &crates::Wanted, file: &Path, fetched: Fetched) -> Result<(), SourceError> {
        let folder = self.places.work.join("vendor");
        if self.is_new(&format!("vendor/{}-{}", wanted.package, wanted.version), wanted.sha256)? {
            crates::vendor(wanted, file, &folder)?;
            self.offer.origin.push(fetched);
        }
        Ok(())
    }

    fn tarball(&mut self, file: &Path, fetched: Fetched) -> Result<(), SourceError> {
        let folder = self.places.work.join("npm");
        let digest = fetched.digest.parse().map_err(|_| SourceError::BadName(fetched.digest.clone()))?;
        if self.is_new(&format!("npm/{}", fetched.name), digest)? {
            std::fs::create_dir_all(&folder).map_err(|error| SourceError::write(&folder, error))?;
            let to = folder.join(&fetched.name);
            std::fs::copy(file, &to).map_err(|error| SourceError::write(&to, error))?;
            self.offer.origin.push(fetched);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Offer, SourceError> {
        let has = |start: &str, inside: &BTreeMap<String, Sha256>| {
            inside.keys().any(|name| name.starts_with(start))
        };
        let (crates, tarballs) = (has("vendor/", &self.inside), has("npm/", &self.inside));
        if crates {
            self.text("cargo-config.toml", crates::CONFIGURATION)?;
        }
        if !self.packages.is_empty() {
            let packages = std::mem::take(&mut self.packages);
            self.text("Packages", &packages)?;
        }
        let folders: BTreeSet<&str> = [("vendor", crates), ("npm", tarballs)]
            .into_iter()
            .filter_map(|(name, is)| is.then_some(name))
            .collect();
        for name in folders {
            let folder = self.places.work.join(name);
            if self.offer.offered.insert(name.to_owned(), folder).is_some() {
                return Err(SourceError::SameName(name.to_owned()));
            }
        }
        Ok(self.offer)
    }
}

/// Whether `at`, with all links followed, is a regular file below `tree`.
fn stays(tree: &Path, at: &Path) -> bool {
    match (tree.canonicalize(), at.canonicalize()) {
        (Ok(tree), Ok(at)) => at.starts_with(tree) && at.is_file(),
        _ => false,
    }
}
