//! One file of the Python package index, by exact version and digest, through the ordinary `pip`.
//!
//! pip does the talking (its configured index, mirrors, certificates, proxies) and is told the digest, so
//! that it chooses the one file that has it. For a source distribution `pip download` would then run the
//! package's build back end, which is the vendor's code outside the sandbox. `guarded_pip.py` therefore runs
//! pip under an audit hook that ends it at that moment: the file is there and checked, and nothing of it has
//! run. For wheels pip runs nothing; the guard stays on to hold it to that.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::path::PathBuf;

use crate::host::files;
use crate::host::process;
use crate::host::process::ProcessError;
use crate::model::Sha256;
use crate::model::evidence::Fetched;
use crate::model::names;
use crate::model::path::escape;

use super::SourceError;
use super::cache::Cache;
use super::cache::digest_of;

/// What is wanted from the index.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Project name.
    pub package: &'a str,
    /// Exact version.
    pub version: &'a str,
    /// Digest of the file; `None` for whichever there is.
    pub sha256: Option<&'a Sha256>,
    /// Which kind of file.
    pub form: Form,
}

/// Which kind of file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A source distribution.
    Sdist,
    /// A wheel.
    Wheel,
}

/// The code `guarded_pip.py` ends with when it has stopped pip.
const STOPPED: i32 = 97;

/// Brings the wheel of this version, whatever its digest, into the cache: for builds that show what would have been,
/// and nothing else.
pub fn any_wheel(package: &str, version: &str, cache: &Path) -> Result<(PathBuf, Fetched), SourceError> {
    fetch(&Wanted { package, version, sha256: None, form: Form::Wheel }, &Cache::new(cache))
}

/// Brings the file into the cache.
pub fn fetch(wanted: &Wanted<'_>, cache: &Cache) -> Result<(PathBuf, Fetched), SourceError> {
    let Wanted { package, version, sha256, .. } = *wanted;
    let noted = format!("{package}-{version}");
    if !names::is_python_project(package) || !names::is_python_version(version) {
        return Err(SourceError::BadName(escape(format!("{package} {version}").as_bytes())));
    }
    let known = sha256.copied().or_else(|| cache.noted("wheel", &noted));
    let (file, size) = match known.and_then(|sha256| cache.get(&sha256)) {
        Some(hit) => hit,
        None => download(wanted, cache)?,
    };
    let (digest, _) = digest_of(&file).map_err(|error| SourceError::read(&file, error))?;
    if sha256.is_none() {
        cache.note("wheel", &noted, &digest)?;
    }
    let name = file.file_name().map(|name| escape(name.as_encoded_bytes())).unwrap_or_default();
    Ok((file, Fetched { name, by: "pip download".to_owned(), digest: digest.hex(), size }))
}

fn download(wanted: &Wanted<'_>, cache: &Cache) -> Result<(PathBuf, u64), SourceError> {
    let Wanted { package, version, sha256, form } = *wanted;
    let what = format!("{package} {version}");
    let work = cache.workplace()?;
    let at = |name: &str| work.path().join(name);
    for folder in ["temporary", "files"] {
        std::fs::create_dir(at(folder)).map_err(|error| SourceError::write(&at(folder), error))?;
    }
    let requirement = match sha256 {
        Some(sha256) => format!("{package}=={version} --hash=sha256:{sha256}\n"),
        None => format!("{package}=={version}\n"),
    };
    files::write_atomically(&at("requirement.txt"), requirement.as_bytes())
        .map_err(|error| SourceError::write(&at("requirement.txt"), error))?;
    let mut temporary = OsString::from("TMPDIR=");
    temporary.push(at("temporary"));
    let mut arguments: Vec<OsString> = vec![temporary];
    arguments.extend(["python3", "-c", include_str!("guarded_pip.py")].map(OsString::from));
    arguments.push(at("opened").into());
    let choose = if form == Form::Sdist { "--no-binary=:all:" } else { "--only-binary=:all:" };
    let options = ["download", "--quiet", "--no-input", "--no-deps", choose];
    arguments.extend(options.map(OsString::from));
    arguments.extend(sha256.map(|_| OsString::from("--require-hashes")));
    arguments.push(OsString::from("--requirement"));
    arguments.extend([at("requirement.txt").into(), OsString::from("--dest"), at("files").into()]);
    match process::run("env", arguments, work.path()) {
        Ok(_) => {}
        Err(ProcessError::Failed { code: STOPPED, .. }) if form == Form::Sdist => {}
        Err(error) => return Err(explain(what, error, sha256, form)),
    }
    let mut candidates = found_below(&at("files"));
    candidates.extend(found_below(&at("temporary")));
    if let Ok(list) = files::read_bounded(&at("opened"), 1 << 20) {
        let names = list.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        candidates.extend(names.map(|name| PathBuf::from(OsString::from_vec(name.to_vec()))));
    }
    candidates.retain(|file| file.symlink_metadata().is_ok_and(|metadata| metadata.is_file()));
    // pip unpacks what it brings; only the file itself can have the digest, and it is an archive.
    candidates.retain(|file| {
        file.extension()
            .is_some_and(|end| ["gz", "bz2", "xz", "tgz", "zip", "whl"].iter().any(|known| end == *known))
    });
    let first = || candidates.first().and_then(|file| digest_of(file).ok()).map(|(found, _)| found);
    let digest = sha256.copied().or_else(first).unwrap_or_else(|| Sha256::of(&[]));
    cache.keep(&what, &candidates, &digest)
}

/// pip's failure; where it says which digest it got, as that.
fn explain(what: String, error: ProcessError, wanted: Option<&Sha256>, form: Form) -> SourceError {
    let ProcessError::Failed { command, code, tail } = error else {
        return SourceError::Client { what, error };
    };
    let got = tail.split_once("Got").and_then(|(_, after)| {
        after.split(|c: char| !c.is_ascii_hexdigit()).find(|word| word.len() == 64)?.parse::<Sha256>().ok()
    });
    if let Some((found, wanted)) = got.zip(wanted) {
        return SourceError::WrongDigest { what, found, wanted: *wanted };
    }
    let mut tail = tail;
    if form == Form::Wheel {
        tail.push_str("; pip offers wheels for this machine's interpreter alone: bring another as a `file`");
    }
    // The guard is a screenful; the command is what comes after it.
    let command = command.rsplit_once("alter_sys=True)").map_or(command.clone(), |(_, after)| {
        format!("pip{}", after.trim_start().find(' ').map_or("", |at| after.trim_start().split_at(at).1))
    });
    SourceError::Client { what, error: ProcessError::Failed { command, code, tail } }
}

/// The regular files below `folder`, in order of path; links are not followed.
fn found_below(folder: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}
