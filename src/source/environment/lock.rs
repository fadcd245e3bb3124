//! `environment.lock`: read, checked and written, always in the same form.

use crate::model::environment::LOCK_VERSION;
use crate::model::environment::Lock;
use crate::model::names;
use crate::model::path::escape;

use super::SourceError;

/// The lock in `bytes`, which messages call `name`.
///
/// # Errors
/// [`SourceError::LockFile`] where it is none, has another version, names what cannot be a package, or names
/// one twice.
pub fn read(bytes: &[u8], name: &str) -> Result<Lock, SourceError> {
    let refuse = |reason: String| SourceError::LockFile {
        path: escape(name.as_bytes()),
        reason: escape(reason.replace('\n', " ").as_bytes()),
    };
    let text = std::str::from_utf8(bytes).map_err(|error| refuse(error.to_string()))?;
    let lock: Lock = toml::from_str(text)
        .map_err(|error| refuse(format!("{}; write it anew with `pellucid lock`", error.message())))?;
    if lock.version != LOCK_VERSION {
        return Err(refuse(format!("it has version {}, this program reads {LOCK_VERSION}", lock.version)));
    }
    if !is_suite(&lock.suite) || !names::is_debian_architecture(&lock.architecture) {
        return Err(refuse("its suite or its architecture is none".to_owned()));
    }
    if lock.packages.is_empty() {
        return Err(refuse("it names no package".to_owned()));
    }
    if !(0..=MAX_EPOCH).contains(&lock.source_date_epoch) {
        return Err(refuse("its `source-date-epoch` is out of range".to_owned()));
    }
    let mut last = None;
    for package in &lock.packages {
        let known = names::is_debian_package(&package.name)
            && names::is_debian_version(&package.version)
            && names::is_debian_architecture(&package.architecture);
        if !known {
            let said = format!("{} {} {}", package.name, package.version, package.architecture);
            return Err(refuse(format!("{said} is no package")));
        }
        if package.architecture != lock.architecture && package.architecture != "all" {
            let sentence = "is of another architecture than the environment, which is not supported";
            return Err(refuse(format!("{}:{} {sentence}", package.name, package.architecture)));
        }
        let key = (&package.name, &package.architecture);
        if last.is_some_and(|last| last >= key) {
            return Err(refuse(format!("{} stands twice or out of order; write it anew", package.name)));
        }
        last = Some(key);
    }
    Ok(lock)
}

/// The year 9999 and what every date of a repository can state.
const MAX_EPOCH: i64 = 253_402_300_799;

/// Whether this can be a code name of a release.
pub fn is_suite(suite: &str) -> bool {
    suite.starts_with(|c: char| c.is_ascii_lowercase())
        && suite.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The text of a lock: the same lock, the same text.
///
/// # Errors
/// Where it cannot be written as TOML, which no lock is.
pub fn write(lock: &Lock) -> Result<String, SourceError> {
    let text = toml::to_string(lock).map_err(|error| SourceError::LockFile {
        path: "environment.lock".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(format!("{HEADER}{text}"))
}

const HEADER: &str =
    "# Every package of a build's environment, by exact version and digest. Written by `pellucid lock`.\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sha256;
    use crate::model::environment::LockedPackage;
    use crate::model::environment::MissingPackage;

    fn lock() -> Lock {
        let package = |name: &str, architecture: &str| LockedPackage {
            name: name.to_owned(),
            architecture: architecture.to_owned(),
            version: "1:2.0-1".to_owned(),
            size: 7,
            sha256: Sha256::of(name.as_bytes()),
        };
        Lock {
            version: LOCK_VERSION,
            suite: "bookworm".to_owned(),
            architecture: "amd64".to_owned(),
            source_date_epoch: 1_700_000_000,
            packages: vec![package("bash", "amd64"), package("debconf", "all")],
            missing: vec![MissingPackage { name: "gcc-12".into(), wanted: "12.2.0-13".into(), used: None }],
        }
    }

    #[test]
    fn a_lock_is_read_as_it_was_written() {
        let text = write(&lock()).unwrap();
        assert_eq!(read(text.as_bytes(), "environment.lock").unwrap(), lock());
        assert_eq!(write(&read(text.as_bytes(), "x").unwrap()).unwrap(), text);
    }

    #[test]
    fn what_is_no_lock_is_refused_with_a_reason() {
        let refused = |change: &dyn Fn(&mut Lock)| {
            let mut lock = lock();
            change(&mut lock);
            read(write(&lock).unwrap().as_bytes(), "environment.lock").unwrap_err().to_string()
        };
        assert!(refused(&|lock| lock.version = 2).contains("version 2"));
        assert!(refused(&|lock| lock.suite = "book worm".into()).contains("suite"));
        assert!(refused(&|lock| lock.packages.clear()).contains("no package"));
        assert!(refused(&|lock| lock.packages.reverse()).contains("out of order"));
        assert!(refused(&|lock| lock.packages[1] = lock.packages[0].clone()).contains("twice"));
        assert!(refused(&|lock| lock.packages[0].name = "--option".into()).contains("is no package"));
        assert!(refused(&|lock| lock.packages[0].version = "1 2".into()).contains("is no package"));
        assert!(
            refused(&|lock| lock.packages[0].architecture = "i386".into()).contains("another architecture")
        );
        assert!(refused(&|lock| lock.source_date_epoch = -1).contains("source-date-epoch"));
        let error = read(b"version = 1\nsuite = \"x\"\n", "environment.lock").unwrap_err();
        assert!(error.is_request() && error.to_string().contains("pellucid lock"), "{error}");
        assert!(read(b"\xff", "environment.lock").unwrap_err().is_request());
    }
}
