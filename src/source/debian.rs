//! Debian packages, by exact version and digest, through the ordinary `apt-get` and `dpkg-source`.
//!
//! The manifest pins the `.dsc`; the `.dsc` pins every other file of a source package. Each is checked here
//! and kept in the cache. The archives are read by `formats::unpack` before `dpkg-source` sees them, so that
//! it gets none that leads outside or that fills the disk; `dpkg-source` then unpacks and patches, which runs
//! nothing of the package.
//!
//! A file that is byte for byte the one in an archive has that archive's time; one that a patch made or
//! changed has none, for `dpkg-source` gives it the time of the day.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use crate::formats::unpack;
use crate::host::files;
use crate::host::process;
use crate::host::process::ProcessError;
use crate::model::Limits;
use crate::model::RelPath;
use crate::model::Sha256;
use crate::model::evidence::Fetched;
use crate::model::names;
use crate::model::path::escape;
use crate::model::snapshot::Entry;
use crate::model::snapshot::Kind;

use super::Acquired;
use super::SourceError;
use super::apt;
use super::cache;
use super::cache::Cache;
use super::directory;
use super::dsc;

/// Largest `.dsc` read.
const DSC: u64 = 4 << 20;

/// Takes in the source package whose `.dsc` has the digest `wanted`.
pub fn acquire(
    package: &str,
    version: &str,
    wanted: &Sha256,
    cache: &Cache,
    into: &Path,
) -> Result<Acquired, SourceError> {
    if !names::is_debian_package(package) || !names::is_debian_version(version) {
        return Err(SourceError::BadName(escape(format!("{package} {version}").as_bytes())));
    }
    let what = format!("Debian source package {package} {version}");
    let set = match Set::cached(&what, wanted, cache)? {
        Some(set) => set,
        None => Set::downloaded(&what, &format!("{package}={version}"), wanted, cache)?,
    };
    let work = cache.workplace()?;
    let mut times = Times::default();
    for file in &set.files {
        let name = file.path.file_name().unwrap_or_default();
        let copy = work.path().join(name);
        std::fs::copy(&file.path, &copy).map_err(|error| SourceError::write(&copy, error))?;
        // What is handed on is checked where it lies: the cache may be shared.
        let (found, _) = cache::digest_of(&copy).map_err(|error| SourceError::read(&copy, error))?;
        if found != file.sha256 {
            let what = file.fetched.name.clone();
            return Err(SourceError::WrongDigest { what, found, wanted: file.sha256 });
        }
        times.read(&copy, &file.fetched.name)?;
    }
    let tree = work.path().join("unpacked");
    let program = apt::helper("dpkg-source", work.path())?;
    let arguments =
        ["--no-check", "--no-copy", "--extract", set.name.as_str(), "unpacked"].map(OsString::from);
    process::run("dpkg-source", arguments, work.path())
        .map_err(|error| SourceError::Client { what: what.clone(), error })?;
    times.read_changelog(&tree);
    let snapshot = directory::copy(&tree, into, &|entry| times.of(entry))?;
    let mut origin: Vec<Fetched> = set.files.into_iter().map(|file| file.fetched).collect();
    origin.push(program);
    Ok(Acquired { snapshot, root: into.to_owned(), origin })
}

/// Brings a binary package.
pub fn fetch(
    package: &str,
    version: &str,
    architecture: &str,
    wanted: &Sha256,
    cache: &Cache,
) -> Result<(PathBuf, Fetched), SourceError> {
    let known = names::is_debian_package(package)
        && names::is_debian_version(version)
        && names::is_debian_architecture(architecture);
    if !known {
        return Err(SourceError::BadName(escape(format!("{package} {version} {architecture}").as_bytes())));
    }
    let what = format!("Debian package {package} {version} {architecture}");
    let (file, size) = match cache.get(wanted) {
        Some(hit) => hit,
        None => {
            let work = cache.workplace()?;
            let asked = format!("{package}:{architecture}={version}");
            let arguments = || [OsString::from("download"), asked.clone().into()];
            let by_system = process::run("apt-get", apt::options().chain(arguments()), work.path());
            if let Err(first) = by_system {
                if matches!(first, ProcessError::Start { .. }) {
                    return Err(SourceError::Client { what, error: first });
                }
                // The system's lists may be absent or old. The same archives are asked anew.
                let own = apt::own_lists(&what, cache, work.path(), apt::BINARIES)?;
                process::run("apt-get", apt::options().chain(own).chain(arguments()), work.path())
                    .map_err(|error| SourceError::Client { what: what.clone(), error })?;
            }
            cache.keep(&what, &named(work.path(), "deb")?, wanted)?
        }
    };
    let name = file.file_name().map(|name| escape(name.as_encoded_bytes())).unwrap_or_default();
    Ok((file, Fetched { name, by: "apt-get download".to_owned(), digest: wanted.hex(), size }))
}

/// A source package's files, all in the cache and checked; the `.dsc` first.
struct Set {
    name: String,
    files: Vec<Held>,
}

struct Held {
    path: PathBuf,
    sha256: Sha256,
    fetched: Fetched,
}

impl Set {
    fn cached(what: &str, wanted: &Sha256, cache: &Cache) -> Result<Option<Set>, SourceError> {
        let Some((dsc, _)) = cache.get(wanted) else { return Ok(None) };
        let listed = listed(what, &dsc)?;
        let complete = listed.iter().all(|file| cache.get(&file.sha256).is_some());
        if complete { Set::from_cache(what, wanted, cache).map(Some) } else { Ok(None) }
    }

    fn from_cache(what: &str, wanted: &Sha256, cache: &Cache) -> Result<Set, SourceError> {
        let lost = |name: &str| {
            SourceError::NotFetched(format!("{what}: {name} went from the cache; run the review again"))
        };
        let held = |sha256: &Sha256| -> Result<Held, SourceError> {
            let (path, size) = cache.get(sha256).ok_or_else(|| lost(&sha256.hex()))?;
            let name = path.file_name().map(|name| escape(name.as_encoded_bytes())).unwrap_or_default();
            let fetched = Fetched { name, by: "apt-get source".to_owned(), digest: sha256.hex(), size };
            Ok(Held { path, sha256: *sha256, fetched })
        };
        let dsc = held(wanted)?;
        let name = dsc.fetched.name.clone();
        let mut files = Vec::new();
        for file in listed(what, &dsc.path)? {
            files.push(held(&file.sha256)?);
        }
        files.insert(0, dsc);
        Ok(Set { name, files })
    }

    fn downloaded(what: &str, asked: &str, wanted: &Sha256, cache: &Cache) -> Result<Set, SourceError> {
        let work = cache.workplace()?;
        let arguments =
            || ["source", "--download-only", "--only-source", asked].into_iter().map(OsString::from);
        let by_system = process::run("apt-get", apt::options().chain(arguments()), work.path());
        if let Err(first) = by_system {
            if matches!(first, ProcessError::Start { .. }) {
                return Err(SourceError::Client { what: what.to_owned(), error: first });
            }
            // Most systems list no source packages. The same archives are asked, through lists of our own.
            let own = apt::own_lists(what, cache, work.path(), apt::SOURCES)?;
            process::run("apt-get", apt::options().chain(own).chain(arguments()), work.path())
                .map_err(|error| SourceError::Client { what: what.to_owned(), error })?;
        }
        let (dsc, _) = cache.keep(what, &named(work.path(), "dsc")?, wanted)?;
        for file in listed(what, &dsc)? {
            let path = work.path().join(&file.name);
            if !path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                let message =
                    format!("fetching {what}: the client did not bring {}; it was not reviewed", file.name);
                return Err(SourceError::NotFetched(message));
            }
            cache.keep(&file.name, &[path], &file.sha256)?;
        }
        Set::from_cache(what, wanted, cache)
    }
}

fn listed(what: &str, dsc: &Path) -> Result<Vec<dsc::Listed>, SourceError> {
    let bytes = files::read_bounded(dsc, DSC).map_err(|error| SourceError::read(dsc, error))?;
    dsc::files(&String::from_utf8_lossy(&bytes)).map_err(|reason| SourceError::Tree {
        path: format!("the .dsc of {what}"),
        reason: escape(reason.as_bytes()),
    })
}

/// The files in `folder` with the ending `end`, in order.
fn named(folder: &Path, end: &str) -> Result<Vec<PathBuf>, SourceError> {
    let entries = std::fs::read_dir(folder).map_err(|error| SourceError::read(folder, error))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == end))
        .collect();
    files.sort();
    Ok(files)
}

/// The times that the archives of a source package give its entries.
#[derive(Default)]
struct Times {
    /// By path and, for files, digest: a file that a patch changed is no longer the archive's.
    archived: BTreeMap<(RelPath, Option<Sha256>), i64>,
    /// The date of the newest entry of `debian/changelog`, which dpkg-buildpackage makes `SOURCE_DATE_EPOCH`:
    /// what a build clamps the time of a freshly patched file to.
    changelog: Option<i64>,
}

impl Times {
    /// Reads an archive of the package, and refuses one that leads outside or is too large.
    fn read(&mut self, file: &Path, name: &str) -> Result<(), SourceError> {
        if !name.contains(".tar.") || name.ends_with(".asc") {
            return Ok(());
        }
        let bytes = files::open(file).map_err(|error| SourceError::read(file, error))?;
        let unpacked = unpack::unpack(&bytes, 0, &Limits::default(), &mut Nowhere)
            .map_err(|error| SourceError::Archive { archive: name.to_owned(), error })?;
        let below = placement(name);
        let leading = has_leading_folder(unpacked.entries.iter().map(|entry| &entry.path));
        for entry in unpacked.entries {
            if let (Some(mtime), Some(path)) = (entry.mtime, below.place(&entry.path, leading)) {
                self.archived.insert((path, digest(&entry.kind)), mtime);
            }
        }
        Ok(())
    }

    /// Takes the date of the newest changelog entry of an unpacked source (deb-changelog(5)).
    fn read_changelog(&mut self, tree: &Path) {
        let text = files::open(&tree.join("debian/changelog")).ok();
        self.changelog = text.and_then(|text| {
            let start = text.get(..text.len().min(CHANGELOG_READ)).unwrap_or_default();
            changelog_date(&String::from_utf8_lossy(start))
        });
    }

    fn of(&self, entry: &Entry) -> Option<i64> {
        self.archived.get(&(entry.path.clone(), digest(&entry.kind))).copied().or(self.changelog)
    }
}

/// How much of a changelog is read for the date of its first entry, in bytes.
const CHANGELOG_READ: usize = 1 << 20;

/// Seconds since the epoch of the first trailer line, ` -- Name <address>  date` (deb-changelog(5)).
fn changelog_date(text: &str) -> Option<i64> {
    let trailer = text.lines().find_map(|line| line.strip_prefix(" -- "))?;
    let (_, date) = trailer.rsplit_once(">  ")?;
    let zoned = jiff::fmt::rfc2822::DateTimeParser::new().parse_zoned(date.trim_end()).ok()?;
    Some(zoned.timestamp().as_second())
}

fn digest(kind: &Kind) -> Option<Sha256> {
    match kind {
        Kind::File { sha256, .. } => Some(*sha256),
        _ => None,
    }
}

/// Where `dpkg-source` puts what is in an archive (dpkg-source(1), "Source package formats").
enum Placement<'a> {
    /// `debian.tar`: as it is.
    AsIs,
    /// `orig.tar`, and the only archive of a native package: without the leading folder, where it has one.
    Root,
    /// `orig-COMPONENT.tar`: likewise, below the component's.
    Component(&'a str),
}

fn placement(name: &str) -> Placement<'_> {
    let stem = name.split(".tar.").next().unwrap_or(name);
    match stem.rsplit_once(".orig-") {
        Some((_, component)) => Placement::Component(component),
        None if stem.ends_with(".debian") => Placement::AsIs,
        None => Placement::Root,
    }
}

impl Placement<'_> {
    /// `leading`: whether all of the archive lies in one folder.
    fn place(&self, path: &RelPath, leading: bool) -> Option<RelPath> {
        let bytes = path.as_bytes();
        let without = || bytes.iter().position(|byte| *byte == b'/').and_then(|at| bytes.get(at + 1..));
        let inner = if leading { without() } else { Some(bytes) };
        Some(match self {
            Placement::AsIs => path.clone(),
            Placement::Root => RelPath::from_bytes(inner?),
            Placement::Component(component) => {
                RelPath::from_bytes([component.as_bytes(), b"/", inner?].concat())
            }
        })
    }
}

/// Whether all of an archive lies in one folder, which `dpkg-source` then takes for the source's own.
fn has_leading_folder<'e>(paths: impl Iterator<Item = &'e RelPath>) -> bool {
    let mut folder: Option<&[u8]> = None;
    let mut inside = false;
    for path in paths {
        let bytes = path.as_bytes();
        let first = bytes.split(|byte| *byte == b'/').next().unwrap_or_default();
        if *folder.get_or_insert(first) != first {
            return false;
        }
        inside |= first.len() < bytes.len();
    }
    inside
}

/// Reads contents and keeps none.
struct Nowhere;

impl unpack::Sink for Nowhere {
    fn file(&mut self, _: &RelPath, content: &mut dyn Read) -> io::Result<()> {
        io::copy(content, &mut io::sink()).map(|_| ())
    }

    fn copy(&mut self, _: &RelPath, _: &RelPath) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_a_changelog_is_its_newest_entrys() {
        let text = "x (2) u; urgency=low\n\n  * a -- b\n\n -- A B <a@b>  Fri, 20 Dec 2024 08:39:40 +0100\n\nx (1) u; urgency=low\n\n -- A <a@b>  Thu, 19 Dec 2024 08:39:40 +0100\n";
        assert_eq!(changelog_date(text), Some(1_734_680_380));
        assert_eq!(changelog_date(" -- A <a@b>  yesterday\n"), None);
    }

    #[test]
    fn a_file_of_an_archive_is_found_where_dpkg_source_puts_it() {
        let at = |name: &str, path: &str| {
            placement(name).place(&RelPath::from(path), true).map(|path| path.text())
        };
        assert_eq!(at("jq_1.6.orig.tar.gz", "jq-1.6/src/main.c").as_deref(), Some("src/main.c"));
        assert_eq!(at("jq_1.6-2.debian.tar.xz", "debian/rules").as_deref(), Some("debian/rules"));
        assert_eq!(at("x_1.orig-lib.tar.xz", "lib-1/a.c").as_deref(), Some("lib/a.c"));
        assert_eq!(at("ucf_3.tar.xz", "ucf/ucf").as_deref(), Some("ucf"));
        assert_eq!(at("ucf_3.tar.xz", "ucf"), None);
        let flat = placement("tzdata_2026b.orig.tar.gz").place(&RelPath::from("a/b"), false);
        assert_eq!(flat.map(|path| path.text()).as_deref(), Some("a/b"));
        let leading = |paths: &[&str]| {
            let paths: Vec<RelPath> = paths.iter().map(|path| RelPath::from(*path)).collect();
            has_leading_folder(paths.iter())
        };
        assert!(leading(&["x", "x/a", "x/b/c"]) && leading(&["x/a"]));
        assert!(
            !leading(&["a", "b/c"]) && !leading(&["Makefile"]) && !leading(&[]) && !leading(&["x/a", "y/a"])
        );
    }
}
