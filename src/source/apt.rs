//! How `apt` is asked: the same options for every call, package lists of our own where the system's will not
//! do, and the version and digest of a helper program for the evidence.
//!
//! Lists of our own come from the archives this machine is configured with, and apt checks their signatures
//! with the keys configured for them; the system's own state is neither needed nor touched.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use crate::host::files;
use crate::host::process;
use crate::model::evidence::Fetched;

use super::SourceError;
use super::cache;
use super::cache::Cache;

/// Which packages a list of our own holds.
#[derive(Clone, Copy, Debug)]
pub struct Kinds<'a> {
    /// The folder below the cache's `apt` that keeps the lists.
    folder: &'a str,
    /// `deb`, `deb-src`.
    types: &'a [&'a str],
    /// Only of this suite and what belongs to it (`bookworm`, `bookworm-updates`).
    suite: Option<&'a str>,
}

/// Source packages of every archive that is configured.
pub const SOURCES: Kinds<'static> = Kinds { folder: "", types: &["deb-src"], suite: None };

/// Binary packages of every archive that is configured.
pub const BINARIES: Kinds<'static> = Kinds { folder: "binary", types: &["deb"], suite: None };

/// Source and binary packages of one suite; `folder` keeps the lists and is the suite's name.
pub fn of_suite(suite: &str) -> Kinds<'_> {
    Kinds { folder: suite, types: &["deb", "deb-src"], suite: Some(suite) }
}

/// Options of every call: quiet, unattended, and without the other user apt would download as, who may not
/// write into a private folder.
pub fn options() -> impl Iterator<Item = OsString> {
    ["--quiet=2", "-o", "APT::Sandbox::User=root"].into_iter().map(OsString::from)
}

/// Where lists of our own are kept.
pub fn list_folder(cache: &Cache, kinds: Kinds<'_>) -> PathBuf {
    cache.root().join("apt").join(kinds.folder).join("lists")
}

/// apt options for lists of our own, kept in the cache and brought up to date.
///
/// # Errors
/// Where nothing is configured for what is asked, or apt cannot bring the lists.
pub fn own_lists(
    what: &str,
    cache: &Cache,
    work: &Path,
    kinds: Kinds<'_>,
) -> Result<Vec<OsString>, SourceError> {
    let failed = |error| SourceError::Client { what: what.to_owned(), error };
    let asked = ["shell", "list", "Dir::Etc::sourcelist/f", "parts", "Dir::Etc::sourceparts/d"];
    let said = process::run("apt-config", asked, work).map_err(failed)?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let value = |name: &str| {
        let quoted = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("='"))?;
        quoted.strip_suffix('\'').map(PathBuf::from)
    };
    let mut configured: Vec<PathBuf> = value("list").into_iter().collect();
    if let Some(Ok(entries)) = value("parts").map(std::fs::read_dir) {
        let mut parts: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        parts.sort();
        configured.extend(parts);
    }
    let home = cache.root().join("apt").join(kinds.folder);
    let parts = work.join("parts");
    let folders = [parts.clone(), home.join("lists/partial"), home.join("cache/archives/partial")];
    for folder in &folders {
        std::fs::create_dir_all(folder).map_err(|error| SourceError::write(folder, error))?;
    }
    let mut found = String::new();
    for (number, file) in configured.iter().enumerate() {
        let Ok(text) = files::read_bounded(file, CONFIGURATION) else { continue };
        let text = String::from_utf8_lossy(&text);
        let (text, end) = match file.extension().and_then(|end| end.to_str()) {
            Some("sources") => (stanzas_for(&text, kinds), "sources"),
            Some("list") => (lines_for(&text, kinds), "list"),
            _ => continue,
        };
        let to = parts.join(format!("{number:03}.{end}"));
        files::write_atomically(&to, text.as_bytes()).map_err(|error| SourceError::write(&to, error))?;
        found.push_str(&text);
    }
    if let Some(suite) = kinds.suite.filter(|_| found.trim().is_empty()) {
        return Err(SourceError::NotFetched(format!(
            "{what}: this machine's apt has no archive of the suite `{suite}` configured; add one to its sources"
        )));
    }
    let setting = |key: &str, path: &Path| {
        let mut setting = OsString::from(format!("{key}="));
        setting.push(path);
        [OsString::from("-o"), setting]
    };
    let nothing = Path::new("/dev/null");
    let status = home.join("status");
    files::write_atomically(&status, b"").map_err(|error| SourceError::write(&status, error))?;
    let own: Vec<OsString> = [
        setting("Dir::Etc::sourcelist", nothing),
        setting("Dir::Etc::sourceparts", &parts),
        // A preference of this machine's owner is no reason to resolve a lock in another way.
        setting("Dir::Etc::preferences", nothing),
        setting("Dir::Etc::preferencesparts", nothing),
        // What is installed on this machine is none of the archive's packages.
        setting("Dir::State::status", &status),
        setting("Dir::State::lists", &home.join("lists")),
        setting("Dir::Cache", &home.join("cache")),
    ]
    .into_iter()
    .flatten()
    .chain(QUICK.iter().flat_map(|option| ["-o", option]).map(OsString::from))
    .collect();
    let update = options().chain(own.clone()).chain([OsString::from("update")]);
    process::run("apt-get", update, work).map_err(failed)?;
    Ok(own)
}

/// What some systems turn off to save space is on: the lists are read many times. Descriptions are never read.
const QUICK: &[&str] = &[
    "Dir::Cache::pkgcache=pkgcache.bin",
    "Dir::Cache::srcpkgcache=srcpkgcache.bin",
    "Acquire::GzipIndexes=false",
    "Acquire::Languages=none",
];

/// Largest list of archives read.
const CONFIGURATION: u64 = 4 << 20;

/// A helper program, with version and digest, for the evidence.
///
/// # Errors
/// Where it is not installed.
pub fn helper(program: &str, work: &Path) -> Result<Fetched, SourceError> {
    let failed = |error| SourceError::Client { what: format!("the program `{program}`"), error };
    let said = process::run(program, ["--version"], work).map_err(failed)?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let version = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let place = process::run("sh", ["-c", "command -v -- \"$1\"", "sh", program], work).map_err(failed)?;
    let place = PathBuf::from(String::from_utf8_lossy(&place.stdout).trim_end());
    let (digest, size) = cache::digest_of(&place).map_err(|error| SourceError::read(&place, error))?;
    let by = format!("helper, version {}", version.unwrap_or("unknown").trim_end_matches('.'));
    Ok(Fetched { name: program.to_owned(), by, digest: digest.hex(), size })
}

/// Whether a suite is the one asked for or belongs to it, where one is asked for.
fn belongs(suite: &str, kinds: Kinds<'_>) -> bool {
    let suite = suite.trim_end_matches('/');
    kinds.suite.is_none_or(|wanted| {
        ["", "-updates", "-security", "/updates"].iter().any(|end| suite.strip_suffix(end) == Some(wanted))
    })
}

/// A one-line-style list with every `deb` line once for each type asked for (sources.list(5)).
fn lines_for(text: &str, kinds: Kinds<'_>) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let rest = line.trim_start().strip_prefix("deb").filter(|rest| rest.starts_with([' ', '\t']));
        let Some(rest) = rest else { continue };
        let bare = match (rest.find('['), rest.find(']')) {
            (Some(open), Some(close)) if open < close => rest.get(close + 1..).unwrap_or_default(),
            _ => rest,
        };
        if bare.split_whitespace().nth(1).is_some_and(|suite| belongs(suite, kinds)) {
            kinds.types.iter().for_each(|kind| lines.push_str(&format!("{kind}{rest}\n")));
        }
    }
    lines
}

/// A deb822-style list with every `Types` made the types asked for, and only the suites asked for.
fn stanzas_for(text: &str, kinds: Kinds<'_>) -> String {
    let mut stanzas = String::new();
    for stanza in text.split("\n\n") {
        let mut kept = String::new();
        let mut any = false;
        for line in stanza.lines() {
            match line.split_once(':') {
                Some((field, _)) if field.eq_ignore_ascii_case("types") => {
                    kept.push_str(&format!("Types: {}\n", kinds.types.join(" ")));
                }
                Some((field, suites)) if field.eq_ignore_ascii_case("suites") => {
                    let suites: Vec<&str> =
                        suites.split_whitespace().filter(|suite| belongs(suite, kinds)).collect();
                    any |= !suites.is_empty();
                    kept.push_str(&format!("Suites: {}\n", suites.join(" ")));
                }
                _ => kept.push_str(&format!("{line}\n")),
            }
        }
        if any {
            stanzas.push_str(&kept);
            stanzas.push('\n');
        }
    }
    stanzas
}

/// The stanzas of a control file (deb822(5)): fields by lower-case name, continuation lines joined by newlines.
pub fn stanzas(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut stanzas = Vec::new();
    let mut stanza: BTreeMap<String, String> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines() {
        if line.trim().is_empty() {
            if !stanza.is_empty() {
                stanzas.push(std::mem::take(&mut stanza));
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some(value) = stanza.get_mut(&last) {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((field, value)) = line.split_once(':') {
            last = field.to_ascii_lowercase();
            stanza.insert(last.clone(), value.trim().to_owned());
        }
    }
    if !stanza.is_empty() {
        stanzas.push(stanza);
    }
    stanzas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_binary_packages_become_lists_of_what_is_asked_for() {
        let list = "# a\ndeb [signed-by=/k] mirror bookworm main\ndeb-src mirror bookworm main\n";
        assert_eq!(lines_for(list, SOURCES), "deb-src [signed-by=/k] mirror bookworm main\n");
        assert_eq!(lines_for(list, of_suite("trixie")), "");
        let both = "deb [signed-by=/k] mirror bookworm main\ndeb-src [signed-by=/k] mirror bookworm main\n";
        assert_eq!(lines_for(list, of_suite("bookworm")), both);
        let deb822 = "Types: deb\nURIs: mirror\nSuites: x x-updates xy\n\n# comment\n\ntypes: deb deb-src\nSuites: z\n";
        assert_eq!(
            stanzas_for(deb822, SOURCES),
            "Types: deb-src\nURIs: mirror\nSuites: x x-updates xy\n\nTypes: deb-src\nSuites: z\n\n"
        );
        let of_x = "Types: deb deb-src\nURIs: mirror\nSuites: x x-updates\n\n";
        assert_eq!(stanzas_for(deb822, of_suite("x")), of_x);
    }

    #[test]
    fn a_control_file_is_read_stanza_by_stanza() {
        let read = stanzas("Package: a\nDepends: b,\n c\n\n\nPackage: d\n continued\nno field\n");
        assert_eq!(read.len(), 2);
        assert_eq!(read[0]["depends"], "b,\n c");
        assert_eq!(read[1]["package"], "d\n continued");
    }
}
