//! Names and addresses that mean something by themselves, read from `rules/indicators.toml`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::MatchKind;
use serde::Deserialize;

use crate::model::scan::Severity;

/// What a host or a URL is known for.
#[derive(Clone, Debug)]
pub struct Known {
    /// The category id.
    pub category: String,
    /// How bad a live occurrence is; nothing where it is only worth listing.
    pub severity: Option<Severity>,
    /// What the service is, as a sentence fragment.
    pub note: String,
    path: String,
}

/// A string that leads to secret data or is suspicious as it stands.
#[derive(Clone, Debug)]
pub struct Marker {
    /// The string.
    pub text: String,
    /// The category id.
    pub category: String,
    /// How bad a live occurrence is; nothing where it is only worth listing.
    pub severity: Option<Severity>,
    /// What it leads to, as a sentence fragment.
    pub note: String,
}

/// What `host` (lower case) with `path` (from the `/` on, or empty) is known for.
pub fn host(host: &str, path: &str) -> Option<&'static Known> {
    let mut suffix = host;
    loop {
        if let Some(list) = TABLES.hosts.get(suffix)
            && let Some(known) = list.iter().find(|known| path.starts_with(&known.path))
        {
            return Some(known);
        }
        suffix = suffix.split_once('.')?.1;
    }
}

/// Whether `url` names a vocabulary and is not fetched.
pub fn is_namespace(url: &str) -> bool {
    TABLES.namespaces.iter().any(|prefix| url.starts_with(prefix.as_str()))
}

/// Whether `url` is one that compilers and standard libraries leave in what they build.
pub fn is_toolchain(url: &str) -> bool {
    TABLES.toolchain.iter().any(|prefix| url.starts_with(prefix.as_str()))
}

/// Whether `tld` has a high share of abuse.
pub fn is_abused_tld(tld: &str) -> bool {
    TABLES.tlds.contains(tld)
}

/// Every marker in `text`, with its place: leftmost and longest where they overlap.
pub fn markers(text: &[u8]) -> impl Iterator<Item = (usize, &'static Marker)> {
    TABLES.automaton.as_ref().into_iter().flat_map(move |automaton| {
        automaton.find_iter(text).filter_map(|found| {
            let marker = TABLES.markers.get(found.pattern().as_usize())?;
            stands_alone(text, found.start(), found.end()).then_some((found.start(), marker))
        })
    })
}

/// A marker that begins or ends with a letter or digit must not go on with one: `id_rsa` is not in `grid_rsample`.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    let (first, last) = (text.get(start), end.checked_sub(1).and_then(|at| text.get(at)));
    let (before, after) = (start.checked_sub(1).and_then(|at| text.get(at)), text.get(end));
    !(word(first) && word(before) || word(last) && word(after))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    host: Vec<HostRow>,
    tld: Vec<TldRow>,
    namespace: Vec<PrefixRow>,
    toolchain: Vec<PrefixRow>,
    path: Vec<MarkerRow>,
    text: Vec<MarkerRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostRow {
    category: String,
    severity: Level,
    note: String,
    suffixes: Vec<String>,
    #[serde(default)]
    path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TldRow {
    names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrefixRow {
    prefixes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkerRow {
    category: String,
    #[serde(default)]
    severity: Level,
    note: String,
    texts: Vec<String>,
}

/// A severity, or none.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    #[default]
    None,
    Low,
    Medium,
    High,
}

impl Level {
    fn severity(self) -> Option<Severity> {
        match self {
            Level::None => None,
            Level::Low => Some(Severity::Low),
            Level::Medium => Some(Severity::Medium),
            Level::High => Some(Severity::High),
        }
    }
}

#[derive(Default)]
struct Tables {
    hosts: BTreeMap<String, Vec<Known>>,
    namespaces: Vec<String>,
    toolchain: Vec<String>,
    tlds: BTreeSet<String>,
    markers: Vec<Marker>,
    automaton: Option<AhoCorasick>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    // Part of the program; a test parses it.
    toml::from_str::<File>(include_str!("../../rules/indicators.toml")).map(tables).unwrap_or_default()
});

fn tables(file: File) -> Tables {
    let mut tables = Tables::default();
    for row in file.host {
        for suffix in row.suffixes {
            let (name, path) =
                suffix.split_once('/').map_or((suffix.as_str(), ""), |(name, path)| (name, path));
            let path = if path.is_empty() { row.path.clone() } else { format!("/{path}") };
            let known = Known {
                category: row.category.clone(),
                severity: row.severity.severity(),
                note: row.note.clone(),
                path,
            };
            tables.hosts.entry(name.to_owned()).or_default().push(known);
        }
    }
    tables.namespaces = file.namespace.into_iter().flat_map(|row| row.prefixes).collect();
    tables.toolchain = file.toolchain.into_iter().flat_map(|row| row.prefixes).collect();
    tables.tlds = file.tld.into_iter().flat_map(|row| row.names).collect();
    for row in file.path.into_iter().chain(file.text) {
        for text in row.texts {
            let (category, note) = (row.category.clone(), row.note.clone());
            tables.markers.push(Marker { text, category, severity: row.severity.severity(), note });
        }
    }
    let patterns = tables.markers.iter().map(|marker| marker.text.as_bytes());
    tables.automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns).ok();
    tables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::category;

    #[test]
    fn the_file_reads_and_every_category_is_in_the_closed_list() {
        let file: File = toml::from_str(include_str!("../../rules/indicators.toml")).unwrap();
        let categories = file.host.iter().map(|row| &row.category);
        for id in categories.chain(file.path.iter().chain(&file.text).map(|row| &row.category)) {
            assert!(category::get(id).is_some(), "{id} is not in rules/capabilities.toml");
        }
        assert!(TABLES.automaton.is_some() && TABLES.hosts.len() > 150 && TABLES.markers.len() > 100);
        let mut seen = BTreeSet::new();
        for marker in &TABLES.markers {
            assert!(seen.insert(&marker.text), "{} stands twice", marker.text);
        }
        for name in TABLES.hosts.keys() {
            assert_eq!(*name, name.to_ascii_lowercase());
        }
    }

    #[test]
    fn a_host_is_known_by_its_suffix_and_its_path() {
        let category = |name, path| host(name, path).map(|known| known.category.as_str());
        assert_eq!(category("webhook.site", ""), Some("ind.oob-domain"));
        assert_eq!(category("a.b.webhook.site", "/x"), Some("ind.oob-domain"));
        assert_eq!(category("mywebhook.site", "/x"), None);
        assert_eq!(category("discord.com", "/api/webhooks/1/x"), Some("ind.webhook"));
        assert_eq!(category("discord.com", "/invite/x"), None);
        assert_eq!(category("169.254.169.254", "/latest"), Some("src.cloud-metadata"));
        assert_eq!(category("httpbin.org", "/ip"), Some("ind.public-ip"));
        assert_eq!(category("httpbin.org", "/get"), None);
    }

    #[test]
    fn a_marker_stands_alone() {
        let found =
            |text: &'static str| markers(text.as_bytes()).map(|(_, m)| m.text.as_str()).collect::<Vec<_>>();
        assert_eq!(found("open('~/.ssh/id_rsa')"), [".ssh/id_"]);
        assert_eq!(found("grid_rsample"), Vec::<&str>::new());
        assert_eq!(found("x/.aws/credentials\""), [".aws/credentials"]);
        assert_eq!(found("my.netrcs"), Vec::<&str>::new());
    }
}
