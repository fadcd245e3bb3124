//! What a shipped artifact itself shows: imported symbols, strings, and the code and text inside it.
//!
//! Containers are walked within limits; every level is classified and counted. Programs show what they
//! import and which strings they hold; scripts and texts inside archives are read like the source's own.
//! A start-up import of a language's runtime is marked as such (confidence `low`): every program of that
//! language has it, and it says nothing about this one.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::endpoints;
use super::indicators;
use super::symbols;
use super::text::Text;
use crate::model::Anatomy;
use crate::model::NotExamined;
use crate::model::path::escape;
use crate::model::scan::Capability;
use crate::model::scan::Confidence;
use crate::model::scan::Endpoint;
use crate::model::scan::Location;

/// What one binary shows.
#[derive(Debug, Default)]
pub struct Shown {
    /// Capabilities by imported symbol.
    pub capabilities: Vec<Capability>,
    /// Sources by imported symbol and by string.
    pub sources: Vec<Capability>,
    /// Endpoints by string.
    pub endpoints: Vec<Endpoint>,
    /// What was not examined.
    pub not_examined: Vec<NotExamined>,
}

/// Facts whose values are names a program refers to.
const NAMES: &[&str] = &["import", "symbol", "call", "class-ref", "method-ref"];

/// Strings shorter than this are chance.
const SHORTEST: usize = 6;

/// At most this many endpoints are kept of one binary.
const PER_FILE: usize = 5000;

/// What the binary `path` shows: `anatomy` of `bytes`.
pub fn shown(path: &str, bytes: &[u8], anatomy: &Anatomy) -> Shown {
    let mut shown = Shown::default();
    imports(path, bytes, anatomy, &mut shown);
    strings(path, bytes, anatomy.format, &mut shown);
    shown
}

fn imports(path: &str, bytes: &[u8], anatomy: &Anatomy, shown: &mut Shown) {
    let names: BTreeSet<&str> = anatomy
        .facts
        .iter()
        .filter(|fact| NAMES.contains(&fact.key))
        .map(|fact| fact.value.as_str())
        .collect();
    let executable = matches!(anatomy.format, "elf" | "pe" | "macho");
    let needs = anatomy.facts.iter().any(|fact| fact.key == "needed");
    let kind = anatomy.facts.iter().find(|fact| fact.key == "type").map_or("", |fact| fact.value.as_str());
    if executable && names.is_empty() && !needs && !matches!(kind, "relocatable" | "core" | "rel") {
        let reason = "linked statically: what it calls stands in no import table; strings were read";
        shown.not_examined.push(NotExamined::new("scan", path, reason));
    }
    let runtimes: Vec<&symbols::Runtime> = if names.is_empty() {
        Vec::new()
    } else {
        let marked = |runtime: &&symbols::Runtime| {
            runtime.marks.iter().any(|mark| memchr::memmem::find(bytes, mark.as_bytes()).is_some())
        };
        symbols::runtimes().iter().filter(marked).collect()
    };
    for name in names {
        let Some(meaning) = symbols::meaning(name) else { continue };
        let runtime = runtimes.iter().find(|runtime| meaning.runtime.contains(&runtime.name));
        let common = meaning.runtime.iter().any(|runtime| runtime == "any");
        let excerpt = match runtime {
            Some(runtime) => format!("imports {name}, as {} does in every program", runtime.about),
            None => format!("imports {name}"),
        };
        let capability = Capability {
            location: Location { path: path.to_owned(), ..Location::default() },
            category: meaning.category.clone(),
            api: name.to_owned(),
            language: anatomy.format.to_owned(),
            confidence: match (runtime, common) {
                (Some(_), _) => Confidence::Low,
                (None, true) => Confidence::Medium,
                (None, false) => Confidence::High,
            },
            excerpt,
        };
        if meaning.category.starts_with("src.") {
            shown.sources.push(capability);
        } else {
            shown.capabilities.push(capability);
        }
    }
}

fn strings(path: &str, bytes: &[u8], format: &str, shown: &mut Shown) {
    let mut endpoints_seen = BTreeMap::new();
    let mut markers_seen = BTreeSet::new();
    let mut cut = false;
    each_string(bytes, &mut |string| {
        let shaped = string.len() <= 64 << 10 && (string.contains(&b'.') || string.contains(&b':'));
        if shaped {
            for endpoint in endpoints::in_string(path, string) {
                if endpoints_seen.len() >= PER_FILE {
                    cut = true;
                    break;
                }
                endpoints_seen.entry((endpoint.kind.clone(), endpoint.value.clone())).or_insert(endpoint);
            }
        }
        for (at, marker) in indicators::markers(string) {
            if markers_seen.insert(marker.text.as_str()) {
                let text = Text::new(string);
                shown.sources.push(Capability {
                    location: Location { path: path.to_owned(), ..Location::default() },
                    category: marker.category.clone(),
                    api: marker.text.clone(),
                    language: format.to_owned(),
                    confidence: Confidence::Low,
                    excerpt: format!("string: {}", text.excerpt(at)),
                });
            }
        }
    });
    shown.endpoints.extend(endpoints_seen.into_values());
    let (sources, capabilities) = std::mem::take(&mut shown.sources)
        .into_iter()
        .partition(|c: &Capability| c.category.starts_with("src."));
    shown.sources = sources;
    shown.capabilities.extend(capabilities);
    if cut {
        let reason = format!("more than {PER_FILE} addresses: the rest is not listed");
        shown.not_examined.push(NotExamined::new("scan", path, reason));
    }
}

/// Shows `visit` every run of printable ASCII of [`SHORTEST`] bytes or more, and every run of as many
/// UTF-16 units (little endian, as Windows programs hold them) as ASCII.
pub fn each_string(bytes: &[u8], visit: &mut dyn FnMut(&[u8])) {
    let printable = |b: u8| matches!(b, 9 | 32..=126);
    let mut at = 0;
    let mut wide = Vec::new();
    while at < bytes.len() {
        if !printable(bytes[at]) {
            at += 1;
            continue;
        }
        let length = bytes[at..].iter().position(|b| !printable(*b)).unwrap_or(bytes.len() - at);
        if length >= SHORTEST {
            visit(&bytes[at..at + length]);
            at += length;
            continue;
        }
        if length == 1 && bytes.get(at + 1) == Some(&0) {
            wide.clear();
            let units = bytes[at..].chunks_exact(2).take_while(|unit| printable(unit[0]) && unit[1] == 0);
            wide.extend(units.map(|unit| unit[0]));
            if wide.len() >= SHORTEST {
                visit(&wide);
            }
            at += 2 * wide.len();
            continue;
        }
        at += length;
    }
}

/// The path of a level inside an artifact: container names joined by ` › `, without repeating a compressor
/// for its sole content.
pub fn level_path(parts: &[String]) -> String {
    parts.join(" › ")
}

/// The file name of a member's path, escaped.
pub fn file_name(part: &str) -> String {
    escape(crate::model::path::unescape(part).rsplit(|b| *b == b'/').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fact;

    fn anatomy(imports: &[&str]) -> Anatomy {
        let facts = imports.iter().map(|name| Fact { key: "import", value: (*name).to_owned() }).collect();
        Anatomy { format: "elf", facts, ..Anatomy::default() }
    }

    #[test]
    fn imports_and_strings_become_capabilities_sources_and_endpoints() {
        let bytes = b"\x7fELF\0\0https://t.example.com/v1\0\x01~/.ssh/id_rsa\0\0h\0t\0t\0p\0:\0/\0/\0u\0.\0e\0x\0a\0m\0p\0l\0e\0.\0o\0r\0g\0\0\0";
        let shown = shown("agent", bytes, &anatomy(&["connect@GLIBC_2.2.5", "puts", "getenv"]));
        let categories: Vec<_> =
            shown.capabilities.iter().map(|c| (c.category.as_str(), c.confidence)).collect();
        assert_eq!(categories, [("cap.net.socket", Confidence::High)]);
        let sources: Vec<_> = shown.sources.iter().map(|c| c.category.as_str()).collect();
        assert_eq!(sources, ["src.env", "src.ssh-key"]);
        let hosts: Vec<_> = shown.endpoints.iter().filter_map(|e| e.host.as_deref()).collect();
        assert_eq!(hosts, ["u.example.org", "t.example.com"]);
        assert_eq!(shown.not_examined, []);
    }

    #[test]
    fn an_import_of_the_runtime_is_marked_and_a_static_program_is_said_to_hide_its_calls() {
        let rust = shown("agent", b"/rustc/1234/library/std/src/io.rs", &anatomy(&["dlsym", "connect"]));
        assert_eq!(
            rust.capabilities.iter().map(|c| c.confidence).collect::<Vec<_>>(),
            [Confidence::High, Confidence::Low]
        );
        let still = shown("agent", b"\x7fELF", &anatomy(&[]));
        assert!(still.not_examined[0].reason.contains("linked statically"), "{:?}", still.not_examined);
    }

    #[test]
    fn strings_of_both_widths_are_found_and_short_ones_are_not() {
        let mut found = Vec::new();
        let bytes = b"\x01short\x02longer one\x03w\0i\0d\0e\0 \0o\0n\0e\0\0\x04a\0b\0\0end-of-file";
        each_string(bytes, &mut |s| found.push(String::from_utf8_lossy(s).into_owned()));
        assert_eq!(found, ["longer one", "wide one", "end-of-file"]);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        use proptest::prelude::*;
        proptest!(|(bytes in prop::collection::vec(prop::sample::select(b"\0ahtp:/.\x01\x7f\xff".to_vec()), 0..300))| {
            shown("x", &bytes, &anatomy(&[]));
        });
    }
}
