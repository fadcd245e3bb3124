//! Which packages an environment takes: apt is asked what it would install on a system where nothing is.
//!
//! The archives are those this machine is configured with for one suite, through lists of our own; neither
//! what is installed here nor a preference of this machine's owner plays a part. Recommended packages are left
//! out, as on a distribution's own builders. A `.buildinfo` states every version itself, so apt is asked only
//! which of them there still are.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use crate::host::files;
use crate::host::process;
use crate::model::Sha256;
use crate::model::environment::LOCK_VERSION;
use crate::model::environment::Lock;
use crate::model::environment::LockedPackage;
use crate::model::environment::MissingPackage;
use crate::model::names;
use crate::model::path::escape;

use super::SourceError;
use super::apt;
use super::lock;
use crate::source::cache::Cache;

/// What an environment is wanted for; at least one of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Packages that have to be there, each as `name` or `name=version`.
    pub packages: Vec<String>,
    /// A source package, by name and exact version, whose build dependencies have to be there.
    pub source: Option<(String, String)>,
    /// The text of a `.buildinfo` whose packages have to be there, at its versions.
    pub buildinfo: Option<String>,
    /// The suite; this machine's own where absent.
    pub suite: Option<String>,
    /// Whether a version of a `.buildinfo` that the archive no longer has may be another one.
    pub substitute: bool,
}

/// A lock, and what it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The lock.
    pub lock: Lock,
    /// Its text.
    pub text: String,
}

/// Resolves `ask` to a lock.
///
/// # Errors
/// [`SourceError`]: a name that is none, an archive that cannot be asked, packages it does not have; those are
/// all named.
pub fn resolve(ask: &Ask, cache: &Path) -> Result<Asked, SourceError> {
    check(ask)?;
    let cache = Cache::new(cache);
    let work = cache.workplace()?;
    let suite = match &ask.suite {
        Some(suite) => suite.clone(),
        None => own_suite()?,
    };
    let what = "the environment's packages".to_owned();
    let kinds = apt::of_suite(&suite);
    let own = apt::own_lists(&what, &cache, work.path(), kinds)?;
    let architecture = architecture(work.path())?;
    let archive = Archive { what, own, work: work.path(), architecture };
    let (found, missing) = match &ask.buildinfo {
        Some(text) => archive.of_buildinfo(text, ask)?,
        None => (archive.to_install(ask)?, Vec::new()),
    };
    let packages: BTreeMap<(String, String), LockedPackage> =
        found.into_iter().map(|one| ((one.name.clone(), one.architecture.clone()), one)).collect();
    let lock = Lock {
        version: LOCK_VERSION,
        source_date_epoch: newest_list(&apt::list_folder(&cache, kinds))?,
        suite,
        architecture: archive.architecture,
        packages: packages.into_values().collect(),
        missing,
    };
    let text = lock::write(&lock)?;
    // What is written has to be what is read.
    lock::read(text.as_bytes(), "environment.lock")?;
    Ok(Asked { lock, text })
}

/// That the archive has every one of these packages at its version.
///
/// # Errors
/// [`SourceError::NotFetched`], which names all that it does not have.
pub fn must_be_there(
    what: &str,
    wanted: &[&LockedPackage],
    own: &[OsString],
    work: &Path,
) -> Result<(), SourceError> {
    let archive = Archive { what: what.to_owned(), own: own.to_vec(), work, architecture: String::new() };
    let names: BTreeSet<String> = wanted.iter().map(|one| one.name.clone()).collect();
    let there = archive.versions(&names)?;
    let has = |one: &LockedPackage| {
        there
            .get(&one.name)
            .into_iter()
            .flatten()
            .any(|other| (&other.version, &other.architecture) == (&one.version, &one.architecture))
    };
    let gone: Vec<String> = wanted
        .iter()
        .filter(|one| !has(one))
        .map(|one| {
            let now = there.get(&one.name).and_then(|all| all.first());
            let now = now.map_or("no version".to_owned(), |other| other.version.clone());
            format!("{} {} (now {now})", one.name, one.version)
        })
        .collect();
    if gone.is_empty() {
        return Ok(());
    }
    Err(SourceError::NotFetched(format!(
        "{what}: the archive no longer has {}; the environment was not made. `pellucid lock` writes the lock anew",
        gone.join(", ")
    )))
}

fn check(ask: &Ask) -> Result<(), SourceError> {
    let bad = |text: &str| Err(SourceError::BadName(escape(text.as_bytes())));
    for package in &ask.packages {
        let (name, version) = package.split_once('=').unwrap_or((package, "0"));
        if !names::is_debian_package(name) || !names::is_debian_version(version) {
            return bad(package);
        }
    }
    if let Some((name, version)) = &ask.source
        && (!names::is_debian_package(name) || !names::is_debian_version(version))
    {
        return bad(&format!("{name} {version}"));
    }
    match &ask.suite {
        Some(suite) if !lock::is_suite(suite) => bad(suite),
        _ => Ok(()),
    }
}

/// The code name of the release this machine runs (os-release(5)).
fn own_suite() -> Result<String, SourceError> {
    let read = |path: &str| files::read_bounded(Path::new(path), 1 << 16).ok();
    let text = read("/etc/os-release").or_else(|| read("/usr/lib/os-release")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let name = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap_or_default();
    let name = name.trim_matches('"').to_owned();
    match lock::is_suite(&name) {
        true => Ok(name),
        false => Err(SourceError::NotFetched(
            "this machine does not say which release it runs; name a suite with `--suite`".to_owned(),
        )),
    }
}

fn architecture(work: &Path) -> Result<String, SourceError> {
    let said = process::run("dpkg", ["--print-architecture"], work)
        .map_err(|error| SourceError::Client { what: "this machine's architecture".to_owned(), error })?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// The newest date that the archives' releases state: no package in them is newer.
fn newest_list(folder: &Path) -> Result<i64, SourceError> {
    let entries = std::fs::read_dir(folder).map_err(|error| SourceError::read(folder, error))?;
    let mut newest = None;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with("Release") {
            continue;
        }
        let text = files::read_bounded(&entry.path(), 16 << 20).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        newest = newest.max(text.lines().find_map(|line| release_date(line.strip_prefix("Date: ")?)));
    }
    newest.ok_or_else(|| SourceError::NotFetched("no list of the archive states its date".to_owned()))
}

fn release_date(text: &str) -> Option<i64> {
    // Releases end their dates with `UTC` (Debian's repository format), which RFC 2822 calls obsolete.
    let text = text.trim().replace("UTC", "+0000");
    let zoned = jiff::fmt::rfc2822::DateTimeParser::new().parse_zoned(&text).ok()?;
    Some(zoned.timestamp().as_second())
}

type Found = (Vec<LockedPackage>, Vec<MissingPackage>);

struct Archive<'a> {
    what: String,
    /// The options that lead apt to our lists.
    own: Vec<OsString>,
    work: &'a Path,
    architecture: String,
}

impl Archive<'_> {
    /// What apt would install where nothing is.
    fn to_install(&self, ask: &Ask) -> Result<Vec<LockedPackage>, SourceError> {
        let status = self.work.join("status");
        let write = |text: &str| {
            files::write_atomically(&status, text.as_bytes())
                .map_err(|error| SourceError::write(&status, error))
        };
        write("")?;
        let mut words = vec!["install".to_owned(), "?essential".to_owned()];
        // Where the release has it, `/bin` is a link from the start, and nothing has to move it there.
        let merged = BTreeSet::from(["usr-is-merged".to_owned()]);
        words.extend(self.versions(&merged)?.into_keys());
        words.extend(ask.packages.iter().cloned());
        words.extend(ask.source.is_some().then(|| "build-essential".to_owned()));
        let mut taken = self.would_install(&words, &status)?;
        let mut found = self.exact(&taken)?;
        if let Some((name, version)) = &ask.source {
            let installed: String = found
                .iter()
                .map(|(_, stanza)| format!("{stanza}\nStatus: install ok installed\n\n"))
                .collect();
            write(&installed)?;
            let words = ["build-dep".to_owned(), "--only-source".to_owned(), format!("{name}={version}")];
            let more = self.would_install(&words, &status)?;
            found.extend(self.exact(&more)?);
            taken.extend(more);
        }
        Ok(found.into_iter().map(|(package, _)| package).collect())
    }

    /// Names, architectures and versions of what apt would fetch.
    fn would_install(
        &self,
        words: &[String],
        status: &Path,
    ) -> Result<BTreeSet<(String, String, String)>, SourceError> {
        let mut setting = OsString::from("Dir::State::status=");
        setting.push(status);
        let options = [
            OsString::from("-o"),
            setting,
            "--no-install-recommends".into(),
            "--print-uris".into(),
            "--yes".into(),
        ];
        let words = options.into_iter().chain(words.iter().map(OsString::from));
        let said = self.ask("apt-get", words)?;
        let mut taken = BTreeSet::new();
        for line in said.lines().filter(|line| line.starts_with('\'')) {
            // 'where' name_version_architecture.deb size digest
            let file = line.split_whitespace().nth(1).unwrap_or_default();
            let parts: Vec<&str> = file.trim_end_matches(".deb").split('_').collect();
            let [name, version, architecture] = parts.as_slice() else {
                return Err(self.strange(line));
            };
            let version = version.replace("%3a", ":").replace("%3A", ":");
            taken.insert(((*name).to_owned(), (*architecture).to_owned(), version));
        }
        Ok(taken)
    }

    /// The archive's record of each of these packages, and its stanza.
    fn exact(
        &self,
        wanted: &BTreeSet<(String, String, String)>,
    ) -> Result<Vec<(LockedPackage, String)>, SourceError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let exact =
            wanted.iter().map(|(name, architecture, version)| format!("{name}:{architecture}={version}"));
        let words = [OsString::from("show")].into_iter().chain(exact.map(OsString::from));
        let said = self.ask("apt-cache", words)?;
        let mut found: BTreeMap<(String, String, String), (LockedPackage, String)> = BTreeMap::new();
        for text in said.split("\n\n").filter(|text| !text.trim().is_empty()) {
            let package = self.record(text)?;
            let key = (package.name.clone(), package.architecture.clone(), package.version.clone());
            if let Some((other, _)) = found.get(&key).filter(|(other, _)| *other != package) {
                let (name, version) = (&other.name, &other.version);
                return Err(SourceError::NotFetched(format!(
                    "{}: the archives have two different files of {name} {version}; leave one of them out of this \
                     machine's sources",
                    self.what
                )));
            }
            if wanted.contains(&key) {
                found.insert(key, (package, text.trim().to_owned()));
            }
        }
        let gone: Vec<String> = wanted
            .iter()
            .filter(|key| !found.contains_key(*key))
            .map(|(name, _, version)| format!("{name} {version}"))
            .collect();
        match gone.is_empty() {
            true => Ok(found.into_values().collect()),
            false => {
                let gone = gone.join(", ");
                Err(SourceError::NotFetched(format!("{}: the archive has no record of {gone}", self.what)))
            }
        }
    }

    /// Every version the archive has of these names, the newest first; a name it does not have is not there.
    fn versions(
        &self,
        names: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Vec<LockedPackage>>, SourceError> {
        let mut versions: BTreeMap<String, Vec<LockedPackage>> = BTreeMap::new();
        let words = ["show", "--all-versions"].map(OsString::from);
        let said = match self.ask("apt-cache", words.into_iter().chain(names.iter().map(OsString::from))) {
            Ok(said) => said,
            // apt-cache fails where it has none of them.
            Err(SourceError::Client { error: process::ProcessError::Failed { tail, .. }, .. })
                if tail.contains("No packages found") =>
            {
                return Ok(versions);
            }
            Err(error) => return Err(error),
        };
        for text in said.split("\n\n").filter(|text| !text.trim().is_empty()) {
            let package = self.record(text)?;
            let all = versions.entry(package.name.clone()).or_default();
            if names.contains(&package.name) && !all.contains(&package) {
                all.push(package);
            }
        }
        versions.retain(|_, all| !all.is_empty());
        Ok(versions)
    }

    fn record(&self, text: &str) -> Result<LockedPackage, SourceError> {
        let stanzas = apt::stanzas(text);
        let field = |key: &str| stanzas.first().and_then(|all| all.get(key)).cloned();
        let made = || -> Option<LockedPackage> {
            Some(LockedPackage {
                name: field("package")?,
                architecture: field("architecture")?,
                version: field("version")?,
                size: field("size")?.parse().ok()?,
                sha256: field("sha256")?.parse::<Sha256>().ok()?,
            })
        };
        made().ok_or_else(|| self.strange(text.lines().next().unwrap_or_default()))
    }

    /// The packages of a `.buildinfo`, and those the archive does not have at its version.
    fn of_buildinfo(&self, text: &str, ask: &Ask) -> Result<Found, SourceError> {
        let wanted = installed(text).map_err(|reason| SourceError::LockFile {
            path: "the .buildinfo".to_owned(),
            reason: escape(reason.as_bytes()),
        })?;
        let names = wanted.iter().map(|one| one.name.clone()).collect();
        let there = self.versions(&names)?;
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for one in &wanted {
            let foreign = one.architecture.as_ref().is_some_and(|other| *other != self.architecture);
            let all = there.get(&one.name).filter(|_| !foreign);
            let exact = all.and_then(|all| all.iter().find(|other| other.version == one.version));
            if let Some(package) = exact {
                found.push(package.clone());
                continue;
            }
            let newest = all.and_then(|all| all.first()).cloned();
            missing.push(MissingPackage {
                name: one.name.clone(),
                wanted: one.version.clone(),
                used: newest.as_ref().map(|other| other.version.clone()),
            });
            found.extend(newest.filter(|_| ask.substitute));
        }
        missing.sort();
        if missing.is_empty() || ask.substitute {
            return Ok((found, missing));
        }
        let named = |one: &MissingPackage| {
            format!("{} {} (now {})", one.name, one.wanted, one.used.as_deref().unwrap_or("no version"))
        };
        Err(SourceError::NotFetched(format!(
            "the .buildinfo names {} packages, and the archive no longer has {} of them: {}; `--substitute` takes \
             the versions it has now, and the lock says so",
            wanted.len(),
            missing.len(),
            missing.iter().map(named).collect::<Vec<_>>().join(", ")
        )))
    }

    fn ask(&self, program: &str, words: impl Iterator<Item = OsString>) -> Result<String, SourceError> {
        // `apt-cache` knows no `--quiet=2`; what it prints besides its answer goes elsewhere.
        let quiet: Vec<OsString> = if program == "apt-get" { apt::options().collect() } else { Vec::new() };
        let said =
            process::run(program, quiet.into_iter().chain(self.own.iter().cloned()).chain(words), self.work)
                .map_err(|error| SourceError::Client { what: self.what.clone(), error })?;
        Ok(String::from_utf8_lossy(&said.stdout).into_owned())
    }

    fn strange(&self, line: &str) -> SourceError {
        let line = escape(line.as_bytes());
        SourceError::NotFetched(format!("{}: apt said what this program cannot read: {line}", self.what))
    }
}

/// A package that a `.buildinfo` says was installed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Installed {
    name: String,
    version: String,
    /// Where it is stated: of another architecture than the build's.
    architecture: Option<String>,
}

/// `Installed-Build-Depends` of a `.buildinfo` (deb-buildinfo(5)), signed or not. The signature is not checked:
/// the versions are looked up in the archive, and the digests are the archive's.
fn installed(text: &str) -> Result<Vec<Installed>, String> {
    let stanzas = apt::stanzas(text);
    let field = stanzas.iter().find_map(|stanza| stanza.get("installed-build-depends"));
    let Some(field) = field else {
        return Err("it has no field `Installed-Build-Depends`; is it a .buildinfo?".to_owned());
    };
    let mut packages = BTreeSet::new();
    for item in field.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let (name, version) = item.split_once('(').unwrap_or((item, ""));
        let version = version.trim_end_matches(')').trim().strip_prefix('=').unwrap_or_default().trim();
        let (name, architecture) = match name.trim().split_once(':') {
            Some((name, architecture)) => (name, Some(architecture.to_owned())),
            None => (name.trim(), None),
        };
        if !names::is_debian_package(name) || !names::is_debian_version(version) {
            return Err(format!("`{item}` names no package at an exact version"));
        }
        packages.insert(Installed { name: name.to_owned(), version: version.to_owned(), architecture });
    }
    match packages.is_empty() {
        true => Err("its `Installed-Build-Depends` is empty".to_owned()),
        false => Ok(packages.into_iter().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_of_a_buildinfo_are_read() {
        let text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nFormat: 1.0\nSource: hello\n\
                    Installed-Build-Depends:\n autoconf (= 2.71-3),\n libc6 (= 2.36-9+deb12u1),\n \
                    libfoo:i386 (= 1:2-1)\nEnvironment:\n LANG=\"C\"\n";
        let read = installed(text).unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!((read[0].name.as_str(), read[0].version.as_str()), ("autoconf", "2.71-3"));
        assert_eq!(read[2].architecture.as_deref(), Some("i386"));
        for bad in [
            "Format: 1.0\n",
            "Installed-Build-Depends:\n",
            "Installed-Build-Depends:\n a b (= 1)\n",
            "Installed-Build-Depends:\n gcc (>= 1)\n",
            "Installed-Build-Depends:\n gcc\n",
        ] {
            assert!(installed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_date_of_a_release_is_read() {
        assert_eq!(release_date("Tue, 14 Nov 2023 22:13:20 UTC"), Some(1_700_000_000));
        assert_eq!(release_date("Tue, 14 Nov 2023 22:13:20 +0000"), Some(1_700_000_000));
        assert_eq!(release_date("yesterday"), None);
    }
}
