//! The file system a build sees: the host's, a root file system in a folder, or one in a tar archive.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::Request;
use super::conditions::Machine;
use crate::host::files;
use crate::host::process;
use crate::model::Sha256;
use crate::model::review::Environment;

/// Where the environment's root lies, or will lie once it is [made ready](make_ready).
pub fn root(request: &Request<'_>) -> PathBuf {
    match &request.recipe.environment {
        Environment::Host => PathBuf::from("/"),
        Environment::Directory { path } => request.base.join(path),
        Environment::Tarball { sha256, .. } => request.work.join(format!("environment-{}", sha256.hex())),
        Environment::Debian { .. } => {
            request.made.map_or_else(|| PathBuf::from("/nonexistent"), Path::to_owned)
        }
    }
}

/// Sees that the environment is there. A tar archive is held against its digest and unpacked beside the runs,
/// once: the folder has its name only when it is whole.
///
/// # Errors
/// A sentence where there is no such folder or archive, the digest is another, or it cannot be unpacked.
pub fn make_ready(request: &Request<'_>) -> Result<(), String> {
    let root = root(request);
    match &request.recipe.environment {
        Environment::Host => Ok(()),
        Environment::Directory { path } => {
            let there = root.join("usr").is_dir();
            let sentence = "is no root file system: it has no folder `usr`; name the folder that holds one";
            if there { Ok(()) } else { Err(format!("the environment `{path}` {sentence}")) }
        }
        Environment::Tarball { path, sha256 } if !root.is_dir() => {
            let archive = request.base.join(path);
            let bytes = files::open(&archive)
                .map_err(|error| format!("reading the environment `{path}`: {error}"))?;
            let found = Sha256::of(&bytes);
            if found != *sha256 {
                return Err(format!(
                    "the environment `{path}` has digest {found}, and not {sha256}; use the \
                                    archive the recipe was written for, or change the recipe"
                ));
            }
            unpack(&archive, &root).map_err(|error| format!("unpacking the environment `{path}`: {error}"))
        }
        Environment::Tarball { .. } => Ok(()),
        Environment::Debian { lock } => {
            let there = root.join("usr").is_dir();
            if there { Ok(()) } else { Err(format!("the environment that `{lock}` names was not made")) }
        }
    }
}

fn unpack(archive: &Path, root: &Path) -> Result<(), String> {
    let archive = archive.canonicalize().map_err(|error| error.to_string())?;
    let half = root.with_extension("half");
    if half.exists() {
        fs::remove_dir_all(&half).map_err(|error| format!("removing what an earlier try left: {error}"))?;
    }
    fs::create_dir_all(&half).map_err(|error| error.to_string())?;
    // The program knows every compression and every oddity of old archives. Owners are not taken over: the
    // build sees them mapped anyway; devices are left out, the sandbox has its own.
    let words =
        ["--extract", "--no-same-owner", "--delay-directory-restore", "--exclude=./dev/*", "--exclude=dev/*"];
    let archive = archive.display().to_string();
    let words = words.into_iter().chain(["--file", archive.as_str()]);
    process::run("tar", words, &half).map_err(|error| error.to_string())?;
    fs::rename(&half, root).map_err(|error| error.to_string())
}

/// What a record says of the environment.
pub fn sentence(environment: &Environment) -> String {
    match environment {
        Environment::Host => "the host's system folders, read-only".to_owned(),
        Environment::Directory { path } => format!("the root file system in the folder {path}, read-only"),
        Environment::Tarball { sha256, .. } => {
            format!("the root file system in an archive, sha256 {sha256}, read-only")
        }
        Environment::Debian { lock } => {
            format!("the root file system made of the Debian packages that {lock} names, read-only")
        }
    }
}

/// What the machine and the environment under `root` allow.
pub fn machine(root: &Path) -> Machine {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    Machine { cpus, locales: locales(root), faketime: faketime(root), other_shell: other_shell(root) }
}

/// The library that shows programs another time, as Debian's package of it lays it.
fn faketime(root: &Path) -> Option<String> {
    let folders = fs::read_dir(root.join("usr/lib")).ok()?;
    let library = |folder: fs::DirEntry| {
        let path = folder.path().join("faketime/libfaketime.so.1");
        let name = folder.file_name().into_string().ok()?;
        path.is_file().then(|| format!("/usr/lib/{name}/faketime/libfaketime.so.1"))
    };
    let mut found: Vec<String> = folders.flatten().filter_map(library).collect();
    found.sort();
    found.into_iter().next()
}

/// dash, where it is `/bin/sh`, and bash, which can stand in for it.
fn other_shell(root: &Path) -> Option<(String, PathBuf)> {
    let shell = fs::read_link(root.join("usr/bin/sh")).ok()?;
    let bash = root.join("usr/bin/bash");
    let stands_in = shell.ends_with("dash") && bash.symlink_metadata().ok()?.is_file();
    let merged = root.join("bin").symlink_metadata().ok()?.is_symlink();
    (stands_in && merged).then(|| ("/usr/bin/dash".to_owned(), bash))
}

/// The locales of the environment under `root` that have a folder of their own, other than those of the C
/// family, by the names programs use, sorted.
fn locales(root: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root.join("usr/lib/locale")) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("LC_CTYPE").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name != "C" && name != "POSIX" && !name.starts_with("C."))
        .map(|name| name.replace(".utf8", ".UTF-8"))
        .collect();
    names.sort();
    names
}
