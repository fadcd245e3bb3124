//! One file, with everything inside it: classified, read as text or as an artifact, its code lowered.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::artifact;
use super::checks;
use super::classify::Class;
use super::classify::Classified;
use super::classify::classify;
use super::code::Catalogues;
use super::code::CodeEvidence;
use super::code::CodeFile;
use super::code::FileUnit;
use super::code::Language;
use super::code::Telling;
use super::code::alone;
use super::code::lower;
use super::code::prefilter;
use super::code::quiet::without_quiet_bodies;
use super::code::reads;
use super::draft::Draft;
use super::endpoints;
use super::hidden;
use super::parts;
use super::syntax;
use super::text::Text;
use crate::formats;
use crate::model::Limits;
use crate::model::NotExamined;
use crate::model::scan::Capability;
use crate::model::scan::Confidence;
use crate::model::scan::Endpoint;
use crate::model::scan::Finding;
use crate::model::scan::Location;
use crate::model::scan::Severity;

/// What one level (a file, or a member of one) showed.
#[derive(Debug)]
pub struct Scanned {
    /// The class, and the language's name.
    pub class: Class,
    /// The language's name.
    pub language: &'static str,
    /// Whether it is a programming language.
    pub code: bool,
    /// Bytes.
    pub size: u64,
    /// Capabilities of checks and imports.
    pub capabilities: Vec<Capability>,
    /// Sources by imports and strings.
    pub sources: Vec<Capability>,
    /// Endpoints by literals and strings.
    pub endpoints: Vec<Endpoint>,
    /// Findings of checks and hidden text.
    pub findings: Vec<Finding>,
    /// What was not examined.
    pub not_examined: Vec<NotExamined>,
    /// Its code, lowered, for linking.
    pub units: Vec<FileUnit>,
    /// What its code shows by itself, where nothing is linked.
    pub shown: Option<CodeEvidence>,
    /// Whether a grammar was there for its language.
    pub grammar: bool,
    /// Whether it was left unparsed because nothing catalogued can stand in it.
    pub prefiltered: bool,
}

/// Code files larger than this are searched as text and not parsed: a tree takes 20 to 66 times its bytes.
const PARSED: usize = 16 << 20;

/// Trees larger than this are lowered only where a catalogued name stands in the file.
const SMALL_TREE: u64 = 96 << 20;

/// The number of any file while no name tells anything yet.
const FIRST: usize = 0;

impl Scanned {
    /// A file that could not be read.
    pub fn unread(size: u64, reason: NotExamined) -> Scanned {
        let mut scanned = Scanned::new(Class::Binary, "unread", false, size);
        scanned.not_examined.push(reason);
        scanned
    }

    fn new(class: Class, language: &'static str, code: bool, size: u64) -> Scanned {
        Scanned {
            class,
            language,
            code,
            size,
            capabilities: Vec::new(),
            sources: Vec::new(),
            endpoints: Vec::new(),
            findings: Vec::new(),
            not_examined: Vec::new(),
            units: Vec::new(),
            shown: None,
            grammar: false,
            prefiltered: false,
        }
    }
}

/// What is the same for every file of a scan.
pub struct Scan<'a> {
    /// The size of the tree.
    pub total: u64,
    /// The catalogues.
    pub catalogues: &'a Catalogues,
    /// Bounds on descending into archives.
    pub limits: Limits,
    /// Whether code is kept for following data through the tree.
    pub flows: bool,
    /// Names that keep a function, besides the catalogued ones.
    pub telling: Telling,
}

impl Scan<'_> {
    /// Whether code of `language` is parsed: always in a small tree whose flows are followed, else where
    /// something catalogued may stand in it.
    fn parses(&self, language: Language, bytes: &[u8]) -> bool {
        (self.flows && !self.large()) || prefilter::may_match(language, bytes, self.catalogues)
    }

    /// Whether the tree is too large to keep all of its code.
    pub fn large(&self) -> bool {
        self.total > SMALL_TREE
    }

    /// `unit`, without what need not be kept of it.
    fn kept(&self, mut unit: FileUnit, number: usize) -> FileUnit {
        if self.flows && self.large() {
            unit.thin(self.catalogues, &self.telling, number);
        } else if self.flows {
            unit.shrink();
        }
        unit
    }
}

/// Scans the file `path` of `bytes` and everything inside it: first the file itself, then its members in
/// order.
pub fn scan(path: &str, bytes: &[u8], scan: &Scan<'_>) -> Vec<Scanned> {
    let name = artifact::file_name(path);
    let text = Text::new(bytes);
    let classified = classify(name.as_bytes(), bytes, &text);
    if classified.class.is_text() || classified.class == Class::Empty {
        return vec![scan_text(path, &name, bytes, &text, &classified, scan)];
    }
    drop(text);
    let mut levels = Vec::new();
    let mut outer: Vec<String> = Vec::new();
    let mut visit = |parts: &[String], bytes: &[u8], anatomy: &crate::model::Anatomy| {
        let parts: Vec<String> = if parts == outer {
            // The sole content of a compressor bears its compressor's path.
            let mut inner = parts.to_vec();
            if let Some(last) = inner.last_mut() {
                *last = formats::inner_name(last);
            }
            inner
        } else {
            parts.to_vec()
        };
        let path = artifact::level_path(&parts);
        let name = artifact::file_name(parts.last().map_or("", String::as_str));
        let text = Text::new(bytes);
        let classified = classify(name.as_bytes(), bytes, &text);
        outer = parts;
        if classified.class.is_text() || classified.class == Class::Empty {
            levels.push(scan_text(&path, &name, bytes, &text, &classified, scan));
            return;
        }
        levels.push(scan_binary(&path, bytes, &classified, anatomy));
    };
    let not_examined = formats::walk(path, bytes, scan.limits, &mut visit);
    if let Some(first) = levels.first_mut() {
        first
            .not_examined
            .extend(not_examined.into_iter().map(|n| NotExamined { stage: "scan".to_owned(), ..n }));
    }
    levels
}

fn scan_binary(
    path: &str,
    bytes: &[u8],
    classified: &Classified,
    anatomy: &crate::model::Anatomy,
) -> Scanned {
    let mut scanned = Scanned::new(classified.class, classified.language, false, bytes.len() as u64);
    if let Some(claimed) = classified.disguise {
        let draft = Draft {
            rule: "disguised-program",
            category: "evasion.masquerade",
            severity: Severity::High,
            confidence: Confidence::High,
            start: 0,
            end: 1,
            message: format!("a program ({}) under the name of a {claimed} file", classified.language),
            question: "Why does this program not bear the name of one?",
            key: classified.language.to_owned(),
        };
        scanned.findings.push(bare(draft, path));
    }
    // What a container holds is read member by member; its own bytes hold headers and encoded content.
    let is_leaf =
        anatomy.members.is_empty() && anatomy.packs.iter().all(|pack| pack.inside.members.is_empty());
    if is_leaf || matches!(anatomy.format, "elf" | "pe" | "macho") {
        let shown = artifact::shown(path, bytes, anatomy);
        scanned.capabilities = shown.capabilities;
        scanned.sources = shown.sources;
        scanned.endpoints = shown.endpoints;
        scanned.not_examined = shown.not_examined;
        if classified.class == Class::Archive && is_leaf && anatomy.format == "raw" {
            let reason = format!("no reader here opens {} content: strings were read", classified.language);
            scanned.not_examined.push(NotExamined::new("scan", path, reason));
        }
    }
    scanned
}

/// A finding about a file as a whole, which has no lines.
fn bare(draft: Draft, path: &str) -> Finding {
    let text = Text::new(b"");
    let mut finding = draft.place(path, &text);
    finding.location = Location { path: path.to_owned(), ..Location::default() };
    finding.evidence = Vec::new();
    finding
}

fn scan_text(
    path: &str,
    name: &str,
    bytes: &[u8],
    text: &Text,
    classified: &Classified,
    scan: &Scan<'_>,
) -> Scanned {
    let mut scanned =
        Scanned::new(classified.class, classified.language, classified.code, bytes.len() as u64);
    let spans = syntax::spans(text.bytes(), &syntax::marks(classified.language));
    let (mut drafts, more) = hidden::hidden(text, classified, &spans);
    if more {
        let reason = format!("hidden text: only the first {} places of one kind are told", hidden::PER_FILE);
        scanned.not_examined.push(NotExamined::new("scan", path, reason));
    }
    let found = endpoints::endpoints(path, name, text, classified, &spans);
    drafts.extend(found.drafts);
    scanned.endpoints = found.endpoints;
    if found.cut {
        let reason = format!("more than {} addresses: the rest is not listed", endpoints::PER_FILE);
        scanned.not_examined.push(NotExamined::new("scan", path, reason));
    }
    let capability = |category: &str, api: String, at: usize, confidence| Capability {
        location: text.location(path, at, at),
        category: category.to_owned(),
        api,
        language: classified.language.to_owned(),
        confidence,
        excerpt: text.excerpt(at),
    };
    for marked in found.markers {
        let record = capability(&marked.category, marked.text, marked.at, marked.confidence);
        if record.category.starts_with("src.") {
            scanned.sources.push(record);
        } else {
            scanned.capabilities.push(record);
        }
    }
    let report = checks::run(&checks::Subject { path, name, text, classified, spans: &spans });
    drafts.extend(report.drafts);
    let left = report.left.into_iter().map(|reason| NotExamined::new("scan", path, reason));
    scanned.not_examined.extend(left);
    for (category, api, at) in report.capabilities {
        scanned.capabilities.push(capability(category, api, at, Confidence::High));
    }
    scanned.findings = drafts.into_iter().map(|draft| draft.place(path, text)).collect();
    scan_code(path, text, classified, scan, &mut scanned);
    if !scan.flows && !scanned.units.is_empty() {
        scanned.shown = Some(alone(std::mem::take(&mut scanned.units), scan.catalogues));
    }
    scanned
}

fn scan_code(path: &str, text: &Text, classified: &Classified, scan: &Scan<'_>, scanned: &mut Scanned) {
    let Some(language) =
        Language::from_name(classified.language).filter(|_| classified.class != Class::Empty)
    else {
        for (language, code) in parts::parts(classified.language, path, text.bytes()) {
            let bytes = code.as_bytes();
            if scan.parses(language, bytes) && reads(language) {
                let size = bytes.len() as u64;
                let file = CodeFile { path: path.to_owned(), language, size, first_line: 1 };
                scanned.units.push(scan.kept(lower(&file, bytes, scan.catalogues), FIRST));
            }
        }
        return;
    };
    scanned.grammar = reads(language);
    let bytes = text.bytes();
    if bytes.len() > PARSED {
        let reason =
            format!("{} bytes exceed what is parsed ({PARSED}): searched as text alone", bytes.len());
        scanned.not_examined.push(NotExamined::new("scan", path, reason));
        return;
    }
    if !scan.parses(language, bytes) {
        scanned.prefiltered = true;
        return;
    }
    let mut content = without_nul(bytes);
    if !scan.flows
        && let Cow::Owned(quiet) = without_quiet_bodies(language, &content, scan.catalogues)
    {
        content = Cow::Owned(quiet);
    }
    let file = CodeFile { path: path.to_owned(), language, size: content.len() as u64, first_line: 1 };
    scanned.units.push(scan.kept(lower(&file, &content, scan.catalogues), FIRST));
}

/// NUL bytes end a text for some grammars; a blank in their place moves nothing.
fn without_nul(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.contains(&0) {
        Cow::Owned(bytes.iter().map(|b| if *b == 0 { b' ' } else { *b }).collect())
    } else {
        Cow::Borrowed(bytes)
    }
}

/// The new names of `scan.telling` that may be called in the file `path`, number `number` of the tree. Files
/// with parts in other languages and members of archives are not looked at.
pub fn called(
    path: &str,
    number: usize,
    bytes: &[u8],
    scan: &Scan<'_>,
) -> Option<(Language, BTreeSet<Box<str>>)> {
    let name = artifact::file_name(path);
    let text = Text::new(bytes);
    let classified = classify(name.as_bytes(), bytes, &text);
    let language = Language::from_name(classified.language).filter(|language| reads(*language))?;
    if text.bytes().len() > PARSED {
        return None;
    }
    let names = scan.telling.called_in(language, number, text.bytes());
    (!names.is_empty()).then_some((language, names))
}

/// The code of the file `path` lowered again, with what `scan.telling` tells in mind.
pub fn wake(path: &str, number: usize, language: Language, bytes: &[u8], scan: &Scan<'_>) -> FileUnit {
    let text = Text::new(bytes);
    let content = without_nul(text.bytes());
    let file = CodeFile { path: path.to_owned(), language, size: content.len() as u64, first_line: 1 };
    scan.kept(lower(&file, &content, scan.catalogues), number)
}
