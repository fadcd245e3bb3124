//! Where in the nest of containers two files stand, and whether a text there is inert.
//!
//! A text can carry code. Only texts of kinds that nothing runs and nothing obeys are ever explained word by
//! word; everything else, every script, source, configuration, maintainer script and page with active
//! content among them, is `unexplained` when it differs.

use std::sync::Arc;

use super::lists::Installed;
use crate::model::anatomy::Anatomy;
use crate::model::anatomy::Member;

/// Where two files stand.
#[derive(Clone, Debug)]
pub struct Place {
    /// From the artifact through its containers.
    pub path: Vec<String>,
    /// The innermost name.
    pub name: String,
    /// Permission bits, where either container states them.
    pub modes: Vec<u32>,
    /// The formats the file stands in, outermost first.
    pub containers: Vec<&'static str>,
    /// What the Debian package around this installs, shipped and rebuilt, where its control archive is looked at.
    pub installed: Option<Arc<[Installed; 2]>>,
}

impl Place {
    /// The place of the artifact itself.
    pub fn top(name: &str) -> Place {
        let shown = crate::model::path::escape(name.as_bytes());
        Place {
            path: vec![shown.clone()],
            name: shown,
            modes: Vec::new(),
            containers: Vec::new(),
            installed: None,
        }
    }

    /// The place of a member.
    pub fn inside(&self, name: &str, format: &'static str, shipped: &Member, rebuilt: &Member) -> Place {
        let mut place = self.clone();
        place.containers.push(format);
        if !name.is_empty() {
            // A compressor's sole content keeps the compressor's name without its suffix, and its modes.
            place.modes = [shipped, rebuilt].into_iter().filter_map(mode).collect();
            place.path.push(name.to_owned());
            place.name = name.to_owned();
        } else {
            place.name = without_suffix(&place.name).to_owned();
        }
        place
    }

    /// Whether this is the control archive of a Debian package, and not an archive further inside.
    pub fn is_control_archive(&self) -> bool {
        self.containers.first() == Some(&"deb")
            && self.containers.len() <= 2
            && !self.containers.contains(&"tar")
    }

    /// Levels of containers around the file.
    pub fn depth(&self) -> u32 {
        u32::try_from(self.containers.len()).unwrap_or(u32::MAX)
    }

    /// Whether either side makes the file executable.
    pub fn is_executable(&self) -> bool {
        self.modes.iter().any(|mode| mode & 0o111 != 0)
    }

    /// Whether a text here is of a kind that nothing runs and nothing obeys.
    pub fn is_inert_text(&self, shipped: &[u8], rebuilt: &[u8]) -> bool {
        !self.is_executable()
            && !looks_like_script(shipped)
            && !looks_like_script(rebuilt)
            && is_inert_name(&self.name)
    }

    /// The last component of the name, lower case.
    pub fn base_name(&self) -> String {
        base(&self.name)
    }
}

/// The permission bits a container states for a member, if it does.
fn mode(member: &Member) -> Option<u32> {
    let (_, text) = member.attributes.iter().find(|(key, _)| *key == "mode")?;
    u32::from_str_radix(text.trim_start_matches("0o"), 8).ok()
}

/// Whether two members would be one file: the same name, or one that some file system takes for the same, which do
/// not tell upper from lower case, `a` from `./a`, or two spellings of an accent.
pub fn has_repeated_names(anatomy: &Anatomy) -> bool {
    let mut names: Vec<String> = anatomy.members.iter().map(|member| as_unpacked(&member.name)).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair.first() == pair.get(1))
}

fn as_unpacked(name: &str) -> String {
    let parts = name.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".");
    let plain = parts.map(|part| part.trim_end_matches(['.', ' ']).to_lowercase());
    let joined = plain.collect::<Vec<_>>().join("/");
    // Which letters beyond ASCII are one and the same is for each system to say: none of them tells names apart here.
    joined.chars().filter(char::is_ascii).collect()
}

fn base(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase()
}

fn without_suffix(name: &str) -> &str {
    [".gz", ".xz", ".bz2", ".zst", ".lzma", ".lz4", ".Z"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name)
}

fn looks_like_script(bytes: &[u8]) -> bool {
    bytes.starts_with(b"#!") || bytes.starts_with(b"\xef\xbb\xbf#!")
}

/// Suffixes of texts that are read by people only. No HTML, SVG or notebook: they run scripts. No JSON, XML,
/// INI or properties in general: programs obey them, and a date in them can be a trigger.
const INERT_SUFFIXES: [&str; 6] = [".txt", ".md", ".rst", ".adoc", ".changelog", ".news"];

/// Stems of texts that are read by people only, whatever follows (`changelog.debian`, `readme.source`).
const INERT_STEMS: [&str; 9] =
    ["changelog", "changes", "readme", "news", "copyright", "license", "licence", "authors", "thanks"];

/// Metadata that records what was built and that no program obeys. `requirements.txt` and its kin end in
/// `.txt` and are obeyed: they stand in [`OBEYED`].
const INERT_NAMES: [&str; 6] = ["metadata", "pkg-info", "wheel", "record", "manifest.mf", "pom.properties"];

/// Names that would pass as inert and are obeyed by a program.
const OBEYED: [&str; 8] = [
    "requirements.txt",
    "entry_points.txt",
    "top_level.txt",
    "cmakelists.txt",
    "constraints.txt",
    "robots.txt",
    "dependency_links.txt",
    "namespace_packages.txt",
];

fn is_inert_name(name: &str) -> bool {
    let name = base(name);
    if OBEYED.contains(&name.as_str()) {
        return false;
    }
    let mut words = name.split(['.', '-', '_']);
    let stem = words.next().unwrap_or(&name);
    // What follows a stem is one of a few words: `readme.ps1` and `news.service` are not for people.
    let is_document = INERT_STEMS.contains(&stem)
        && words.all(|word| AFTER_STEM.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit()));
    INERT_NAMES.contains(&name.as_str())
        || INERT_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
        || is_document
        || is_manual_page(&name)
}

/// Whether a line of a text in this place is obeyed by a program, whatever the rest of the text is: a manifest's class
/// path, a package's dependencies.
pub fn is_obeyed_line(name: &str, line: &str) -> bool {
    match base(name).as_str() {
        // Every header of a manifest but those that only say who wrote it when; a space continues the line before.
        "manifest.mf" => !line.trim_end().is_empty() && !TOLD.iter().any(|key| line.starts_with(key)),
        // Headers are `Key: value`; the description below them may hold anything, and nobody obeys it.
        "metadata" | "pkg-info" => OBEYED_KEYS.iter().any(|key| line.starts_with(key)),
        _ => false,
    }
}

/// Keys of a manifest that tell who wrote it, where and when.
const TOLD: [&str; 14] = [
    "Created-By:",
    "Built-By:",
    "Built-On:",
    "Built-With:",
    "Build-Jdk:",
    "Build-Jdk-Spec:",
    "Build-Date:",
    "Build-Time:",
    "Build-Timestamp:",
    "Build-Host:",
    "Build-Path:",
    "Bnd-LastModified:",
    "Implementation-Build:",
    "Implementation-Build-Date:",
];

/// Keys of a Python package's metadata that installers act on.
const OBEYED_KEYS: [&str; 9] = [
    "Metadata-Version:",
    "Name:",
    "Version:",
    "Requires",
    "Provides",
    "Obsoletes",
    "Dynamic:",
    "Platform:",
    "Download-URL:",
];

/// What may follow a stem: languages of documents, architectures, the usual endings.
const AFTER_STEM: [&str; 26] = [
    "debian", "upstream", "source", "old", "txt", "md", "rst", "adoc", "en", "utf8", "gpl", "lgpl", "agpl",
    "mit", "apache", "bsd", "amd64", "arm64", "armhf", "armel", "i386", "ppc64el", "riscv64", "s390x", "all",
    "nonfree",
];

/// `hello.1`, `printf.3`: a section number after a stem without further dots but letters.
fn is_manual_page(name: &str) -> bool {
    let Some((stem, section)) = name.rsplit_once('.') else { return false };
    let digit = section.chars().next().is_some_and(|c| ('1'..='8').contains(&c));
    digit
        && section.len() <= 5
        && section.chars().skip(1).all(|c| c.is_ascii_lowercase())
        && stem.chars().next().is_some_and(char::is_alphabetic)
        && !stem.contains(".so")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_something_runs_or_obeys_are_not_inert() {
        for name in ["usr/share/doc/x/changelog.Debian", "README.md", "a.dist-info/METADATA", "man1/hello.1"]
        {
            assert!(is_inert_name(name), "{name}");
        }
        for name in [
            "postinst",
            "setup.py",
            "readme.py",
            "news.html",
            "config.json",
            "git.properties",
            "requirements.txt",
            "CMakeLists.txt",
            "libfoo.so.1",
            "etc/cron.d/x",
            "index.html",
            "license.js",
        ] {
            assert!(!is_inert_name(name), "{name}");
        }
    }

    #[test]
    fn an_executable_or_a_script_is_never_inert() {
        let mut place = Place::top("README.md");
        assert!(place.is_inert_text(b"a", b"b"));
        assert!(!place.is_inert_text(b"#!/bin/sh\n", b"b"));
        place.modes = vec![0o644, 0o755];
        assert!(!place.is_inert_text(b"a", b"b"));
    }
}
