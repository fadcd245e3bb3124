//! A root file system made of Debian packages, and of nothing else: an `environment.lock` in, a tree out.
//!
//! Every `.deb` is fetched by exact version through apt, which checks the archive's signatures, and held
//! against the lock's digest; a file of that digest that another client brought is not taken. A repository is
//! written from them, and `mmdebstrap` sets the packages up from that repository alone, as root or as an
//! ordinary user. What it takes over from this machine is taken out again, and the clock stands at the
//! lock's time: the same lock gives the same tree, whoever makes it, and its digest says so.
//!
//! Trees are kept in the cache by the lock's digest, and are there whole or not at all. A kept one is held
//! against its digest before it is used again.

mod lock;
mod made;
mod resolve;

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use crate::host::files;
use crate::host::process;
use crate::host::process::ProcessError;
use crate::model::Sha256;
use crate::model::environment::Lock;
use crate::model::environment::LockedPackage;
use crate::model::environment::MadeEnvironment;
use crate::model::path::escape;

pub use lock::read as read_lock;
pub use lock::write as write_lock;
pub use resolve::Ask;
pub use resolve::Asked;
pub use resolve::resolve;

use super::SourceError;
use super::apt;
use super::cache::Cache;
use super::repository;

/// An environment on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its root.
    pub root: PathBuf,
    /// What it is made of, by what.
    pub evidence: MadeEnvironment,
}

/// Makes the environment of the lock file `path`, which messages call `name`, or finds it in the cache.
///
/// # Errors
/// [`SourceError`]: the lock is none, a package is no longer to be had or has another digest, `mmdebstrap` is
/// not installed or fails. The cache then has the packages that were fetched and no half of an environment.
pub fn make(path: &Path, name: &str, cache: &Path, progress: &dyn Fn(&str)) -> Result<Made, SourceError> {
    let bytes = files::read_bounded(path, LOCK).map_err(|error| SourceError::read(path, error))?;
    let lock = lock::read(&bytes, name)?;
    let lock_sha256 = Sha256::of(&bytes);
    let cache = Cache::new(cache);
    let folder = cache.root().join("environments").join(lock_sha256.hex());
    progress("looking for it in the cache");
    if let Some(made) = made::find(&folder, &lock_sha256, &lock) {
        return Ok(made);
    }
    let debs = fetch(name, &lock, &cache, progress)?;
    // mmdebstrap drops to another user, who has to be able to read the repository and go through its folders.
    let work = tempfile::Builder::new()
        .prefix("pellucid-environment-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir()
        .map_err(|error| SourceError::write(Path::new("the folder for temporary files"), error))?;
    let repository = work.path().join("repository");
    write_repository(&lock, &debs, &repository)?;
    let names = ["mmdebstrap", "apt-get", "dpkg-deb", "tar"];
    let made_by = names.iter().map(|name| apt::helper(name, work.path())).collect::<Result<Vec<_>, _>>()?;
    progress("setting the packages up");
    let archive = work.path().join("root.tar");
    bootstrap(name, &lock, &repository, &archive)?;
    progress("unpacking and digesting");
    let evidence = |root, files| MadeEnvironment { lock_sha256, lock: lock.clone(), root, files, made_by };
    made::unpack(name, &archive, &folder, evidence)
}

/// Largest lock read: about 200 bytes a package.
const LOCK: u64 = 16 << 20;
/// Packages asked for in one call.
const BATCH: usize = 100;

/// The file name apt gives a package: the epoch's colon is escaped.
fn file_name(package: &LockedPackage) -> String {
    format!("{}_{}_{}.deb", package.name, package.version.replace(':', "%3a"), package.architecture)
}

/// Every package's file, in the lock's order, each of the lock's digest.
fn fetch(
    name: &str,
    lock: &Lock,
    cache: &Cache,
    progress: &dyn Fn(&str),
) -> Result<Vec<PathBuf>, SourceError> {
    let held = |package: &LockedPackage| cache.get_named(&package.sha256, &file_name(package));
    let missing: Vec<&LockedPackage> =
        lock.packages.iter().filter(|package| held(package).is_none()).collect();
    if !missing.is_empty() {
        let what = format!("the packages of {name}");
        let lists = cache.workplace()?;
        progress("reading the archive's package lists");
        let own = apt::own_lists(&what, cache, lists.path(), apt::of_suite(&lock.suite))?;
        resolve::must_be_there(&what, &missing, &own, lists.path())?;
        for (number, batch) in missing.chunks(BATCH).enumerate() {
            progress(&format!("fetching packages, {} of {}", number * BATCH + batch.len(), missing.len()));
            let work = cache.workplace()?;
            let exact = batch.iter().map(|one| format!("{}:{}={}", one.name, one.architecture, one.version));
            let words = apt::options().chain(own.clone()).chain([OsString::from("download")]);
            process::run("apt-get", words.chain(exact.map(OsString::from)), work.path())
                .map_err(|error| SourceError::Client { what: what.clone(), error })?;
            for one in batch {
                let file = work.path().join(file_name(one));
                let brought: Vec<PathBuf> = file.is_file().then_some(file).into_iter().collect();
                let what = format!("Debian package {} {} {}", one.name, one.version, one.architecture);
                cache.keep(&what, &brought, &one.sha256)?;
            }
        }
    }
    let gone = |package: &LockedPackage| {
        let what = format!("{} {}", package.name, package.version);
        SourceError::NotFetched(format!("{what} went from the cache meanwhile; run it again"))
    };
    lock.packages
        .iter()
        .map(|package| held(package).map(|(file, _)| file).ok_or_else(|| gone(package)))
        .collect()
}

/// Writes a flat repository of the lock's packages: the files, `Packages`, and a `Release` that names the suite.
fn write_repository(lock: &Lock, debs: &[PathBuf], folder: &Path) -> Result<(), SourceError> {
    std::fs::create_dir(folder).map_err(|error| SourceError::write(folder, error))?;
    let mut packages = String::new();
    for (package, deb) in lock.packages.iter().zip(debs) {
        let name = file_name(package);
        let copy = folder.join(&name);
        std::fs::copy(deb, &copy).map_err(|error| SourceError::write(&copy, error))?;
        let stanza = repository::stanza(&repository::Indexed {
            file: deb,
            name: &name,
            size: package.size,
            sha256: &package.sha256,
            is: (&package.name, &package.version, &package.architecture),
        })?;
        packages.push_str(&stanza);
        packages.push('\n');
    }
    let write = |name: &str, text: &str| {
        let at = folder.join(name);
        files::write_atomically(&at, text.as_bytes()).map_err(|error| SourceError::write(&at, error))
    };
    write("Packages", &packages)?;
    let date = jiff::Timestamp::from_second(lock.source_date_epoch).unwrap_or_default();
    let date = date.strftime("%a, %d %b %Y %H:%M:%S UTC").to_string();
    let (suite, architecture) = (&lock.suite, &lock.architecture);
    let digest = Sha256::of(packages.as_bytes());
    let release = format!(
        "Codename: {suite}\nSuite: {suite}\nArchitectures: {architecture}\nDate: {date}\nSHA256:\n {digest} {} Packages\n",
        packages.len()
    );
    write("Release", &release)
}

/// What the tool takes over from this machine or from the temporary folder goes out of the tree again.
const FORGET: &str =
    "--customize-hook=rm -f \"$1/etc/resolv.conf\" \"$1/etc/hostname\"; : >\"$1/etc/apt/sources.list\"";
/// Makes `/bin` and its like links before the first package is unpacked, where the release asks for it.
const MERGED: &str = "/usr/share/mmdebstrap/hooks/maybe-merged-usr";

fn bootstrap(name: &str, lock: &Lock, repository: &Path, archive: &Path) -> Result<(), SourceError> {
    let include: Vec<String> = lock
        .packages
        .iter()
        .map(|package| match package.architecture.as_str() {
            "all" => package.name.clone(),
            architecture => format!("{}:{architecture}", package.name),
        })
        .collect();
    let mode = if rustix::process::geteuid().is_root() { "--mode=root" } else { "--mode=unshare" };
    let mut words: Vec<OsString> =
        [mode, "--variant=essential", "--format=tar", "--skip=output/dev", "--quiet", FORGET]
            .map(OsString::from)
            .to_vec();
    words.push(format!("--architectures={}", lock.architecture).into());
    words.push(format!("--include={}", include.join(",")).into());
    if Path::new(MERGED).is_dir() {
        words.push(format!("--hook-dir={MERGED}").into());
    }
    words.push(lock.suite.clone().into());
    words.push(archive.into());
    let mut mirror = OsString::from("deb [trusted=yes] copy:");
    mirror.push(repository);
    mirror.push(" ./");
    words.push(mirror);
    let epoch = lock.source_date_epoch.to_string();
    let folder = repository.parent().unwrap_or(repository);
    process::run_alone("mmdebstrap", words, folder, &[("SOURCE_DATE_EPOCH", epoch.as_ref())])
        .map(|_| ())
        .map_err(|error| {
            let error = match error {
                // The command is a screenful of package names.
                ProcessError::Failed { code, tail, .. } => {
                    ProcessError::Failed { command: "mmdebstrap".to_owned(), code, tail }
                }
                start => start,
            };
            let what = format!("making the environment of {}", escape(name.as_bytes()));
            let help = match mode {
                "--mode=root" => "",
                _ => "an ordinary user needs `newuidmap` and a range of ids of its own in /etc/subuid and /etc/subgid",
            };
            SourceError::NotMade { what, error, help: help.to_owned() }
        })
}
