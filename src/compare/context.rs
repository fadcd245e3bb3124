//! What a comparison is told from outside: limits, the facts of the run, the causes the policy allows.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::anatomy::Limits;
use crate::model::run::RunRecord;

/// What a comparison is told from outside.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Bounds on descending into containers.
    pub limits: Limits,
    /// What the record says of the run that produced the rebuilt artifact.
    pub facts: Facts,
    /// Ids of the causes that may explain bytes; every known cause where absent.
    pub allowed_causes: Option<BTreeSet<String>>,
}

impl Context {
    /// Whether the policy lets this cause explain bytes.
    pub fn allows(&self, cause: &str) -> bool {
        self.allowed_causes.as_ref().is_none_or(|allowed| allowed.contains(cause))
    }
}

/// Conditions of one run, name → value. Empty where no run record exists: then a cause that rests on a fact
/// of the run explains nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<String, String>);

/// The condition's name for where the source stood.
pub const BUILD_PATH: &str = "build-path";
/// The condition's name for the host.
pub const HOST: &str = "host-name";
/// The condition's name for the user.
pub const USER: &str = "user-name";
/// The condition's name for the home folder.
pub const HOME: &str = "home";
/// The condition's name for the numeric user.
pub const UID: &str = "user-id";
/// The condition's name for the file creation mask.
pub const UMASK: &str = "umask";
/// The condition's name for `SOURCE_DATE_EPOCH`.
pub const SOURCE_DATE_EPOCH: &str = "source-date-epoch";
/// The condition's name for the time zone.
pub const TIME_ZONE: &str = "time-zone";

/// The condition's name for the language and sorting order.
pub const LOCALE: &str = "locale";
/// The condition's name for the order in which folders give their entries.
pub const DIRECTORY_ORDER: &str = "directory-order";
/// The condition's name for the seed of hash tables.
pub const HASH_SEED: &str = "hash-seed";
/// The condition's name for the number of processors.
pub const CPU_COUNT: &str = "cpu-count";
/// The condition's name for what the kernel calls itself.
pub const KERNEL: &str = "kernel-release";
/// The condition's name for the folders programs are looked for in.
pub const EXEC_PATH: &str = "exec-path";
/// The condition's name for the folder of temporary files.
pub const TEMPORARY_FOLDER: &str = "temporary-folder";
/// The condition's name for a variable put into the environment.
pub const ENVIRONMENT: &str = "environment";
/// The fact's name for the commit the source was taken from, in hexadecimal digits.
pub const COMMIT: &str = "commit";

/// Other names records use for the same conditions.
const SPELLINGS: [(&str, &[&str]); 8] = [
    (BUILD_PATH, &["path", "build path"]),
    (HOST, &["host", "hostname"]),
    (USER, &["user", "USER", "LOGNAME"]),
    (HOME, &["home-folder", "HOME"]),
    (UID, &["uid"]),
    (UMASK, &[]),
    (SOURCE_DATE_EPOCH, &["SOURCE_DATE_EPOCH"]),
    (TIME_ZONE, &["timezone", "TZ", "tz"]),
];

impl Facts {
    /// The facts of the run that `record` describes: what its build saw, varied or not.
    pub fn of_run(record: &RunRecord) -> Facts {
        let conditions = record.conditions.iter();
        conditions.map(|condition| (condition.name.clone(), condition.value.clone())).collect()
    }

    /// With `value` for a fact, in place of what was known of it; `None`: nothing is known of it.
    pub fn with(mut self, name: &str, value: Option<&str>) -> Facts {
        self.0.remove(name);
        self.0.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        self
    }

    /// The value of a condition, under any of its spellings; empty values are no value.
    pub fn get(&self, name: &str) -> Option<&str> {
        let others = SPELLINGS.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, others)| others);
        std::iter::once(name)
            .chain(others.iter().copied())
            .find_map(|name| self.0.get(name))
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether nothing is known of the run.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, String)> for Facts {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Facts {
        Facts(pairs.into_iter().collect())
    }
}
