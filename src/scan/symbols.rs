//! What importing a symbol lets a program do, read from `rules/symbols.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// What a symbol stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The category id.
    pub category: String,
    /// Names of the runtimes whose every program imports the symbol; `any` for symbols hardly a program is without.
    pub runtime: Vec<String>,
}

/// A runtime known by strings in the programs it builds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// Its name in this file.
    pub name: String,
    /// What to call it in a report.
    pub about: String,
    /// Strings that give it away.
    pub marks: Vec<String>,
}

/// What `symbol` stands for, as an import of an artifact of `format` names it.
pub fn meaning(symbol: &str) -> Option<&'static Meaning> {
    let name = bare(symbol);
    let chk = name.strip_prefix("__").and_then(|inner| inner.strip_suffix("_chk"));
    let windows = ["ExA", "ExW", "A", "W"].iter().filter_map(|suffix| {
        // `CreateProcessW` is `CreateProcess`; `RegOpenKeyExW` stands in the list as `RegOpenKeyEx`.
        let stem = name.strip_suffix(suffix)?;
        stem.ends_with(|c: char| c.is_ascii_lowercase()).then_some(stem)
    });
    let ex =
        ["A", "W"].iter().filter_map(|suffix| name.strip_suffix(suffix).filter(|stem| stem.ends_with("Ex")));
    let forms = [Some(name), chk, name.strip_suffix("64"), name.strip_prefix('_')];
    forms
        .into_iter()
        .flatten()
        .chain(ex)
        .chain(windows)
        .find_map(|form| TABLES.names.get(form))
        .or_else(|| class_of(name).and_then(|class| TABLES.names.get(class)))
        .or_else(|| {
            let plain = name.strip_prefix('_').filter(|rest| !rest.starts_with('Z')).unwrap_or(name);
            TABLES
                .prefixes
                .iter()
                .find(|(prefix, _)| plain.starts_with(prefix.as_str()) || name.starts_with(prefix.as_str()))
                .map(|(_, meaning)| meaning)
        })
}

/// The runtimes known here.
pub fn runtimes() -> &'static [Runtime] {
    &TABLES.runtimes
}

/// The symbol without its library, version and Mach-O underscore: `KERNEL32.dll!CreateFileW`,
/// `connect@GLIBC_2.2.5`.
fn bare(symbol: &str) -> &str {
    let name = symbol.rsplit('!').next().unwrap_or(symbol);
    name.split('@').next().unwrap_or(name)
}

/// `java/net/Socket` of `java/net/Socket.connect:(…)`.
fn class_of(name: &str) -> Option<&str> {
    let method = name.split([':', '(']).next()?;
    if TABLES.names.contains_key(method) {
        Some(method)
    } else {
        method.rsplit_once('.').map(|(class, _)| class)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    symbol: Vec<Row>,
    runtime: Vec<Runtime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    category: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    prefixes: Vec<String>,
    #[serde(default)]
    runtime: Vec<String>,
}

#[derive(Default)]
struct Tables {
    names: BTreeMap<String, Meaning>,
    prefixes: Vec<(String, Meaning)>,
    runtimes: Vec<Runtime>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    // Part of the program; a test parses it.
    let Ok(file) = toml::from_str::<File>(include_str!("../../rules/symbols.toml")) else {
        return Tables::default();
    };
    let mut tables = Tables { runtimes: file.runtime, ..Tables::default() };
    for row in file.symbol {
        let meaning = Meaning { category: row.category, runtime: row.runtime };
        tables.names.extend(row.names.into_iter().map(|name| (name, meaning.clone())));
        tables.prefixes.extend(row.prefixes.into_iter().map(|prefix| (prefix, meaning.clone())));
    }
    tables
});

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::category;

    #[test]
    fn the_file_reads_names_stand_once_and_categories_are_in_the_closed_list() {
        let file: File = toml::from_str(include_str!("../../rules/symbols.toml")).unwrap();
        let known: BTreeSet<&str> = file.runtime.iter().map(|r| r.name.as_str()).chain(["any"]).collect();
        let mut seen = BTreeSet::new();
        for row in &file.symbol {
            assert!(category::get(&row.category).is_some(), "{}", row.category);
            for name in row.names.iter().chain(&row.prefixes) {
                assert!(seen.insert(name.clone()), "{name} stands twice");
            }
            assert!(row.runtime.iter().all(|r| known.contains(r.as_str())), "{:?}", row.runtime);
        }
        assert!(seen.len() > 250);
    }

    #[test]
    fn a_symbol_is_known_under_its_many_spellings() {
        let category = |symbol| meaning(symbol).map(|meaning| meaning.category.as_str());
        for (symbol, expected) in [
            ("connect", "cap.net.socket"),
            ("connect@GLIBC_2.2.5", "cap.net.socket"),
            ("_connect", "cap.net.socket"),
            ("WS2_32.dll!connect", "cap.net.socket"),
            ("KERNEL32.dll!CreateProcessW", "cap.exec"),
            ("CreateProcessA", "cap.exec"),
            ("RegOpenKeyExW", "src.registry"),
            ("LoadLibraryExW", "cap.dynload.library"),
            ("__read_chk", "none"),
            ("__fopen_chk", "cap.fs.read"),
            ("open64", "cap.fs.read"),
            ("curl_easy_perform", "cap.net.http"),
            ("java/net/Socket.<init>:(Ljava/lang/String;I)V", "cap.net.socket"),
            ("java/lang/Runtime.exec:(Ljava/lang/String;)Ljava/lang/Process;", "cap.exec"),
            ("java/lang/Runtime.availableProcessors", "none"),
            ("puts", "none"),
            ("disconnect", "none"),
        ] {
            assert_eq!(category(symbol).unwrap_or("none"), expected, "{symbol}");
        }
    }
}
