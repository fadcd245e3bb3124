//! Packages of the npm registry, by exact version and digest, through the ordinary `npm pack`.
//!
//! npm brings the registry's tarball as it is and is told to run no scripts. The files are digested here. A
//! build gets them as files under `/inputs/npm`; a lock file gets a copy that points there, which `npm ci
//! --offline` takes.

use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;

use crate::host::files;
use crate::host::process;
use crate::host::process::ProcessError;
use crate::model::Sha256;
use crate::model::evidence::Fetched;
use crate::model::names;
use crate::model::path::escape;

use super::SourceError;
use super::cache::Cache;
use super::lockfile::NpmPackage;

/// Tarballs asked for in one call.
const BATCH: usize = 40;
/// Largest tarball taken: the registry's own limit lies below.
const TARBALL: u64 = 1 << 30;

/// Brings one package into the cache.
pub fn fetch(
    package: &str,
    version: &str,
    sha256: &Sha256,
    cache: &Cache,
) -> Result<(PathBuf, Fetched), SourceError> {
    check(package, version)?;
    let name = file_name(package, version);
    let what = format!("npm package {package} {version}");
    let (file, size) = match cache.get_named(sha256, &name) {
        Some(hit) => hit,
        None => {
            let work = cache.workplace()?;
            let brought = download(&what, &[format!("{package}@{version}")], work.path())?;
            cache.keep(&what, &brought, sha256)?
        }
    };
    let name = file.file_name().map(|name| escape(name.as_encoded_bytes())).unwrap_or(name);
    Ok((file, Fetched { name, by: "npm pack".to_owned(), digest: sha256.hex(), size }))
}

/// Brings every package of a lock file into the cache; in the lock's order.
pub fn fetch_locked(packages: &[NpmPackage], cache: &Cache) -> Result<Vec<(PathBuf, Fetched)>, SourceError> {
    packages.iter().try_for_each(|one| check(&one.package, &one.version))?;
    let missing: Vec<&NpmPackage> = packages.iter().filter(|one| locked(one, cache).is_none()).collect();
    for batch in missing.chunks(BATCH) {
        let work = cache.workplace()?;
        let what = match batch {
            [one] => format!("npm package {} {}", one.package, one.version),
            several => format!("{} npm packages", several.len()),
        };
        let asked: Vec<String> = batch.iter().map(|one| format!("{}@{}", one.package, one.version)).collect();
        let brought = download(&what, &asked, work.path())?;
        for one in batch {
            keep(one, &brought, cache)?;
        }
    }
    let held = |one: &NpmPackage| {
        locked(one, cache).ok_or_else(|| {
            let (package, version) = (&one.package, &one.version);
            SourceError::NotFetched(format!("npm package {package} {version} went from the cache; run again"))
        })
    };
    packages.iter().map(held).collect()
}

/// The package's tarball, where it is in the cache and has the digest its lock file states.
fn locked(one: &NpmPackage, cache: &Cache) -> Option<(PathBuf, Fetched)> {
    let sha256 = cache.noted("sha512", &one.sha512)?;
    let name = file_name(&one.package, &one.version);
    let (file, size) = cache.get_named(&sha256, &name)?;
    (sha512(&file).ok()? == one.sha512)
        .then_some((file, Fetched { name, by: "npm pack".to_owned(), digest: sha256.hex(), size }))
}

fn keep(one: &NpmPackage, brought: &[PathBuf], cache: &Cache) -> Result<(), SourceError> {
    let what = format!("npm package {} {}", one.package, one.version);
    let name = file_name(&one.package, &one.version);
    let Some(file) = brought.iter().find(|file| file.file_name().is_some_and(|found| *found == *name)) else {
        return Err(SourceError::NotFetched(format!("fetching {what}: npm brought no file {name}")));
    };
    let found = sha512(file).map_err(|error| SourceError::read(file, error))?;
    if found != one.sha512 {
        let (found, wanted) = (format!("SHA-512 {found}"), one.sha512.clone());
        return Err(SourceError::NotAsLocked { what, found, wanted });
    }
    let (sha256, _) = super::cache::digest_of(file).map_err(|error| SourceError::read(file, error))?;
    cache.keep(&what, std::slice::from_ref(file), &sha256)?;
    cache.note("sha512", &one.sha512, &sha256)
}

fn sha512(file: &Path) -> std::io::Result<String> {
    let bytes = files::read_bounded(file, TARBALL)?;
    let digest = sha2::Sha512::digest(&bytes);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn check(package: &str, version: &str) -> Result<(), SourceError> {
    match names::is_npm_package(package) && names::is_semantic_version(version) {
        true => Ok(()),
        false => Err(SourceError::BadName(escape(format!("{package} {version}").as_bytes()))),
    }
}

/// What npm calls a package's tarball: the scope without its `@`, a hyphen, the name and the version.
pub fn file_name(package: &str, version: &str) -> String {
    format!("{}-{version}.tgz", package.trim_start_matches('@').replace('/', "-"))
}

fn download(what: &str, asked: &[String], work: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let options = ["pack", "--ignore-scripts", "--silent", "--loglevel=error", "--cache=npm-cache"];
    let words = options.into_iter().chain(asked.iter().map(String::as_str));
    process::run("npm", words, work).map_err(|error| {
        let error = match error {
            // The last line names a log that is gone with its folder.
            ProcessError::Failed { command, code, tail } => {
                let lines = tail.split("; ").filter(|line| !line.contains("complete log"));
                ProcessError::Failed { command, code, tail: lines.collect::<Vec<_>>().join("; ") }
            }
            start => start,
        };
        SourceError::Client { what: what.to_owned(), error }
    })?;
    let entries = std::fs::read_dir(work).map_err(|error| SourceError::read(work, error))?;
    let mut brought: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "tgz"))
        .collect();
    brought.sort();
    Ok(brought)
}
