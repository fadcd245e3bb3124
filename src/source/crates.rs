//! Crates of crates.io, by exact version and digest, through the ordinary `cargo fetch`.
//!
//! Cargo is asked by a manifest made for the purpose, with every crate at `=version`, and a home of its own:
//! it brings the crates' files and runs nothing of them. What it brings is digested here. Whatever else it
//! brings because one of them depends on it is left out: only what is named by digest is offered.
//!
//! A build gets them unpacked, as `cargo vendor` lays them out (the Cargo book, "Source replacement"), and a
//! configuration that puts that folder in the place of the registry.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::path::PathBuf;

use serde_json::json;

use crate::host::files;
use crate::host::process;
use crate::host::process::ProcessError;
use crate::model::Sha256;
use crate::model::evidence::Fetched;
use crate::model::names;
use crate::model::path::escape;

use super::SourceError;
use super::archive;
use super::cache::Cache;
use super::lockfile::CargoLock;

/// A crate that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Its name.
    pub package: String,
    /// Exact version.
    pub version: String,
    /// Digest of the `.crate`.
    pub sha256: Sha256,
}

impl Wanted {
    fn what(&self) -> String {
        format!("crate {} {}", self.package, self.version)
    }

    fn file_name(&self) -> String {
        format!("{}-{}.crate", self.package, self.version)
    }
}

/// Brings one crate into the cache.
pub fn fetch(wanted: &Wanted, cache: &Cache) -> Result<(PathBuf, Fetched), SourceError> {
    check(wanted)?;
    if cache.get_named(&wanted.sha256, &wanted.file_name()).is_none() {
        download(std::slice::from_ref(wanted), None, cache)?;
    }
    held(wanted, cache)
}

/// Brings every crate of a lock file into the cache; in the lock's order.
pub fn fetch_locked(lock: &CargoLock, cache: &Cache) -> Result<Vec<(Wanted, PathBuf, Fetched)>, SourceError> {
    lock.crates.iter().try_for_each(check)?;
    let missing: Vec<Wanted> = lock
        .crates
        .iter()
        .filter(|wanted| cache.get_named(&wanted.sha256, &wanted.file_name()).is_none())
        .cloned()
        .collect();
    if !missing.is_empty()
        && let Err(error) = download(&missing, Some(&lock.text), cache)
    {
        // Cargo says of a crate with another digest only its name; asked for alone, it shows the digest.
        let said = error.to_string();
        let named = |wanted: &&Wanted| said.contains(&format!("`{} v{}`", wanted.package, wanted.version));
        if let (SourceError::Client { .. }, Some(one)) = (&error, missing.iter().find(named)) {
            download(std::slice::from_ref(one), None, cache)?;
        }
        return Err(error);
    }
    lock.crates
        .iter()
        .map(|wanted| held(wanted, cache).map(|(file, fetched)| (wanted.clone(), file, fetched)))
        .collect()
}

fn check(wanted: &Wanted) -> Result<(), SourceError> {
    let Wanted { package, version, .. } = wanted;
    match names::is_crate(package) && names::is_semantic_version(version) {
        true => Ok(()),
        false => Err(SourceError::BadName(escape(format!("{package} {version}").as_bytes()))),
    }
}

fn held(wanted: &Wanted, cache: &Cache) -> Result<(PathBuf, Fetched), SourceError> {
    let name = wanted.file_name();
    let (file, size) = cache.get_named(&wanted.sha256, &name).ok_or_else(|| {
        SourceError::NotFetched(format!("{}: it went from the cache; run the review again", wanted.what()))
    })?;
    Ok((file, Fetched { name, by: "cargo fetch".to_owned(), digest: wanted.sha256.hex(), size }))
}

fn download(wanted: &[Wanted], lock: Option<&str>, cache: &Cache) -> Result<(), SourceError> {
    let what = match wanted {
        [one] => one.what(),
        several => format!("{} crates", several.len()),
    };
    let work = cache.workplace()?;
    let write = |name: &str, text: &str| {
        let at = work.path().join(name);
        files::write_atomically(&at, text.as_bytes()).map_err(|error| SourceError::write(&at, error))
    };
    write("Cargo.toml", &manifest(wanted))?;
    write("src/lib.rs", "")?;
    if let Some(lock) = lock {
        write("Cargo.lock", lock)?;
    }
    let home = work.path().join("home");
    let folder = home.join("registry/cache");
    std::fs::create_dir_all(&home).map_err(|error| SourceError::write(&home, error))?;
    // A mirror or proxy that this machine's owner configured holds for the home of its own too.
    let copy = "f=\"${CARGO_HOME:-$HOME/.cargo}/config.toml\"; test ! -f \"$f\" || cp \"$f\" \"$1\"";
    process::run("sh", [OsStr::new("-c"), OsStr::new(copy), OsStr::new("sh"), home.as_os_str()], work.path())
        .map_err(|error| SourceError::Client { what: what.clone(), error })?;
    process::run_with(
        "cargo",
        ["fetch", "--quiet", "--color", "never"],
        work.path(),
        &[("CARGO_HOME", home.as_os_str())],
    )
    .map_err(|error| SourceError::Client { what: what.clone(), error: readable(error, work.path()) })?;
    let mut brought: BTreeMap<String, PathBuf> = BTreeMap::new();
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().flatten() {
        if entry.file_type().is_file() {
            brought.insert(entry.file_name().to_string_lossy().into_owned(), entry.path().to_owned());
        }
    }
    for one in wanted {
        let file: Vec<PathBuf> = brought.get(&one.file_name()).cloned().into_iter().collect();
        cache.keep(&one.what(), &file, &one.sha256)?;
    }
    Ok(())
}

/// What cargo said, without the folder that is gone when it is read.
fn readable(error: ProcessError, work: &Path) -> ProcessError {
    let work = work.display().to_string();
    match error {
        ProcessError::Failed { command, code, tail } => {
            ProcessError::Failed { command, code, tail: tail.replace(&work, ".") }
        }
        start => start,
    }
}

/// A manifest that asks for these crates and is its own workspace.
fn manifest(wanted: &[Wanted]) -> String {
    let mut text =
        "[package]\nname = \"pellucid-inputs\"\nversion = \"0.0.0\"\nedition = \"2018\"\n\n[workspace]\n\n\
                    [dependencies]\n"
            .to_owned();
    for (number, Wanted { package, version, .. }) in wanted.iter().enumerate() {
        // What follows `+` is no part of a requirement.
        let exact = version.split('+').next().unwrap_or(version);
        text.push_str(&format!(
            "input-{number} = {{ package = \"{package}\", version = \"={exact}\", default-features = false }}\n"
        ));
    }
    text
}

/// Unpacks the crate `file` into `vendor`, as a directory source has it.
pub fn vendor(wanted: &Wanted, file: &Path, vendor: &Path) -> Result<(), SourceError> {
    let into = vendor.join(format!("{}-{}", wanted.package, wanted.version));
    super::materialise::must_be_empty(&into)?;
    // A `.crate` holds one folder, `name-version`.
    let unpacked = archive::acquire(file, &wanted.sha256, 1, &into)?;
    let files: BTreeMap<String, String> =
        unpacked.snapshot.files().map(|(path, _, digest)| (path.text(), digest.hex())).collect();
    let sums = json!({ "files": files, "package": wanted.sha256.hex() }).to_string();
    let at = into.join(".cargo-checksum.json");
    files::write_atomically(&at, sums.as_bytes()).map_err(|error| SourceError::write(&at, error))
}

/// The configuration that puts the vendored folder in the place of crates.io.
pub const CONFIGURATION: &str = "# Puts the crates that the review names in the place of the registry:\n\
    # cargo build --offline --config /inputs/cargo-config.toml\n\
    [source.crates-io]\nreplace-with = \"inputs\"\n\n[source.inputs]\ndirectory = \"/inputs/vendor\"\n\n\
    [net]\noffline = true\n";
