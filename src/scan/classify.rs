//! What a file is, by its name and its content: the content decides, the name refines.
//!
//! Every file falls in exactly one class, and nothing the vendor writes (a folder called `vendor`, an ignore
//! file, a wrong extension) takes a file out of the scan.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::text::Encoding;
use super::text::Text;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Hand-written code of a programming language.
    Code,
    /// Prose, data and configuration as text.
    Text,
    /// Anything that is not text.
    Binary,
    /// Code or text a program wrote and says so.
    Generated,
    /// Code squeezed so that nobody reads it.
    Minified,
    /// A container of files, or compressed content.
    Archive,
    /// Nothing.
    Empty,
}

impl Class {
    /// The class's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Class::Code => "code",
            Class::Text => "text",
            Class::Binary => "binary",
            Class::Generated => "generated",
            Class::Minified => "minified",
            Class::Archive => "archive",
            Class::Empty => "empty",
        }
    }

    /// Whether the content is text of some kind.
    pub fn is_text(self) -> bool {
        matches!(self, Class::Code | Class::Text | Class::Generated | Class::Minified)
    }
}

/// A file's class and language, and what was seen that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classified {
    /// The class.
    pub class: Class,
    /// `python`, `json`, `elf`, …; `text` or `data` where nothing better is known.
    pub language: &'static str,
    /// Whether the language is a programming language.
    pub code: bool,
    /// What the language was known by: `extension py`, `#! line`, `magic bytes`, `content`.
    pub evidence: String,
    /// What the name claims, where the content is something else altogether.
    pub disguise: Option<&'static str>,
}

/// The class and language of the file called `name` (its last path component) with `bytes`, read as `text`.
pub fn classify(name: &[u8], bytes: &[u8], text: &Text) -> Classified {
    let name = String::from_utf8_lossy(name).into_owned();
    let by_name = by_name(&name);
    if bytes.is_empty() {
        let (language, code) = by_name.as_ref().map_or(("text", false), |n| (n.language, n.code));
        return Classified {
            class: Class::Empty,
            language,
            code,
            evidence: "no bytes".into(),
            disguise: None,
        };
    }
    if let Some((language, class)) = magic(bytes) {
        let disguise =
            by_name.as_ref().filter(|claimed| disguises(claimed.language, language)).map(|n| n.language);
        return Classified { class, language, code: false, evidence: "magic bytes".into(), disguise };
    }
    if !is_text(text) {
        let claimed = by_name.filter(|n| !n.text);
        let language = claimed.as_ref().map_or("data", |n| n.language);
        return Classified {
            class: Class::Binary,
            language,
            code: false,
            evidence: "control bytes or NUL in what would be text".into(),
            disguise: None,
        };
    }
    let (known, evidence) = language(&name, by_name, text);
    let class = match known.code {
        _ if says_generated(&name, text.bytes()) => Class::Generated,
        true if is_minified(known.language, text.bytes()) => Class::Minified,
        false if known.language == "css" && is_minified("css", text.bytes()) => Class::Minified,
        true => Class::Code,
        false => Class::Text,
    };
    Classified { class, language: known.language, code: known.code, evidence, disguise: None }
}

/// What a name or a sniff says.
#[derive(Clone, Copy, Debug)]
struct Known {
    language: &'static str,
    code: bool,
    text: bool,
}

/// A row of `rules/languages.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    code: bool,
    #[serde(default)]
    binary: bool,
    #[serde(default)]
    extensions: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    interpreters: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: Vec<Row>,
}

#[derive(Default)]
struct Tables {
    extensions: BTreeMap<&'static str, Known>,
    names: BTreeMap<&'static str, Known>,
    interpreters: BTreeMap<&'static str, Known>,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    // Part of the program; a test parses it.
    toml::from_str::<File>(include_str!("../../rules/languages.toml")).map(|f| f.language).unwrap_or_default()
});

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables::default();
    for row in ROWS.iter() {
        let known = Known { language: &row.name, code: row.code, text: !row.binary };
        tables.extensions.extend(row.extensions.iter().map(|e| (e.as_str(), known)));
        tables.names.extend(row.names.iter().map(|e| (e.as_str(), known)));
        tables.interpreters.extend(row.interpreters.iter().map(|e| (e.as_str(), known)));
    }
    tables
});

/// Endings that stand before nothing but a template's own: what is below them says the language.
const TEMPLATE_ENDINGS: &[&str] = &[
    ".in",
    ".am",
    ".ac",
    ".tmpl",
    ".template",
    ".tpl",
    ".j2",
    ".jinja",
    ".jinja2",
    ".erb",
    ".orig",
    ".bak",
    ".dist",
    ".sample",
    ".example",
    ".old",
];

fn by_name(name: &str) -> Option<Known> {
    let lower = name.to_ascii_lowercase();
    if let Some(known) = TABLES.names.get(name).or_else(|| TABLES.names.get(lower.as_str())) {
        return Some(*known);
    }
    for prefix in ["Dockerfile.", "Containerfile.", "Makefile.", "GNUmakefile."] {
        if let Some(rest) = name.strip_prefix(prefix) {
            // `Makefile.PL` and `Makefile.py` are programs, `Makefile.inc` is not.
            if let Some(known) = TABLES.extensions.get(rest.to_ascii_lowercase().as_str()).filter(|k| k.code)
            {
                return Some(*known);
            }
            return TABLES.names.get(prefix.trim_end_matches('.')).copied();
        }
    }
    // The longest known ending wins: `.d.ts`, `.blade.php`, `.min.js`.
    let mut from = 0;
    while let Some(dot) = lower.get(from..).and_then(|rest| rest.find('.')) {
        let ending = lower.get(from + dot + 1..).unwrap_or_default();
        if let Some(known) = TABLES.extensions.get(ending) {
            return Some(*known);
        }
        from += dot + 1;
    }
    for ending in TEMPLATE_ENDINGS {
        if let Some(inner) = name.strip_suffix(ending).filter(|inner| !inner.is_empty()) {
            return by_name(inner);
        }
    }
    None
}

fn language(name: &str, by_name: Option<Known>, text: &Text) -> (Known, String) {
    let bytes = text.bytes();
    if let Some(known) = shebang(bytes) {
        // A program called notes.txt is a program; a TypeScript file that begins with `#!node` stays one.
        if by_name.is_none_or(|n| !n.code) {
            return (known, "#! line".into());
        }
    }
    let head = bytes.get(..bytes.len().min(64 << 10)).unwrap_or_default();
    if let Some(known) = by_name {
        let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let refined = refine(known, &ending, head);
        if known.language == "text"
            && let Some(sniffed) = sniff(head)
        {
            return (sniffed, "content".into());
        }
        let evidence = if name.contains('.') { format!("extension {ending}") } else { "file name".into() };
        return (
            refined,
            if refined.language == known.language { evidence } else { format!("{evidence}, content") },
        );
    }
    match sniff(head) {
        Some(known) => (known, "content".into()),
        None => (Known { language: "text", code: false, text: true }, "text of no known kind".into()),
    }
}

fn shebang(bytes: &[u8]) -> Option<Known> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let line = bytes.strip_prefix(b"#!")?.split(|b| *b == b'\n').next()?;
    let line = String::from_utf8_lossy(line.get(..line.len().min(256))?).into_owned();
    let mut words = line.split_ascii_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    let mut program = words.next()?;
    if program == "env" {
        program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    }
    let plain = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    TABLES.interpreters.get(program).or_else(|| TABLES.interpreters.get(plain)).copied()
}

/// Extensions that two languages share: the content tells which.
fn refine(known: Known, ending: &str, head: &[u8]) -> Known {
    let has = |needle: &str| memchr::memmem::find(head, needle.as_bytes()).is_some();
    let code = |language| Known { language, code: true, text: true };
    let data = |language| Known { language, code: false, text: true };
    match ending {
        "h" if has("\nclass ")
            || has("\nnamespace ")
            || has("template<")
            || has("template <")
            || has("std::") =>
        {
            code("cpp")
        }
        "h" if has("@interface") || has("@protocol") || has("\n#import ") => code("objective-c"),
        "m" if !(has("@interface") || has("@implementation") || has("#import") || has("@protocol")) => {
            code("matlab")
        }
        "ts" if head.starts_with(b"<?xml") || has("<!DOCTYPE TS>") => data("xml"),
        "pl" | "pro" if has(":- ") && !has("use strict") => code("prolog"),
        "inc" if has("<?php") => code("php"),
        "inc" if has("#include") || has("/*") => code("c"),
        "s" | "asm" => code("assembly"),
        "html" | "htm" | "txt" if head.trim_ascii_start().starts_with(b"<?php") => code("php"),
        _ => known,
    }
}

/// The language of text whose name says nothing, or says "text": only where the content leaves little doubt.
fn sniff(head: &[u8]) -> Option<Known> {
    let code = |language| Some(Known { language, code: true, text: true });
    let data = |language| Some(Known { language, code: false, text: true });
    let trimmed = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if trimmed.starts_with(b"<?php") {
        return code("php");
    }
    if trimmed.starts_with(b"<?xml") {
        return data("xml");
    }
    let first = trimmed.get(..trimmed.len().min(64)).unwrap_or_default().to_ascii_lowercase();
    if first.starts_with(b"<!doctype html") || first.starts_with(b"<html") {
        return data("html");
    }
    if first.starts_with(b"from ") && memchr::memmem::find(head, b"\nRUN ").is_some() {
        return data("dockerfile");
    }
    let mut lines = 0u32;
    let mut hits: BTreeMap<&str, u32> = BTreeMap::new();
    for line in head.split(|b| *b == b'\n').take(400) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        lines += 1;
        if let Some(language) = line_language(line) {
            *hits.entry(language).or_default() += 1;
        }
    }
    let (language, count) = hits.into_iter().max_by_key(|(_, count)| *count)?;
    if count >= 2 && count * 5 >= lines {
        return code(ROWS.iter().map(|row| row.name.as_str()).find(|name| *name == language)?);
    }
    None
}

/// The language whose statements begin or end the way this line does; prose does neither.
fn line_language(line: &[u8]) -> Option<&'static str> {
    let starts = |words: &[&str]| words.iter().any(|word| line.starts_with(word.as_bytes()));
    let ends = |word: &str| line.ends_with(word.as_bytes());
    if starts(&["#include <", "#include \"", "#define ", "#ifdef ", "#ifndef "]) {
        return Some("c");
    }
    if (starts(&["def ", "class ", "elif ", "except", "try:", "with ", "while ", "for ", "if "]) && ends(":"))
        || (starts(&["import ", "from "]) && !ends(".") && !ends(";") && python_import(line))
        || (starts(&["exec(", "print(", "eval("]) && ends(")"))
    {
        return Some("python");
    }
    if (starts(&["const ", "let ", "var ", "require(", "import ", "export ", "module.exports"])
        && (ends(";") || ends("{") || ends(")") || ends("',") || ends("'")))
        || (starts(&["function ", "(function", "async function", "(() =>", "(async"]) && ends("{"))
        || ends("});")
    {
        return Some("javascript");
    }
    if starts(&["fi", "done", "esac"]) && line.len() <= 5
        || (starts(&["if [", "while ", "for "]) && (ends("then") || ends("do")))
    {
        return Some("bash");
    }
    None
}

fn python_import(line: &[u8]) -> bool {
    let words: Vec<&[u8]> = line.split(|b| b.is_ascii_whitespace()).filter(|w| !w.is_empty()).collect();
    let module = |word: &&[u8]| word.iter().all(|b| b.is_ascii_alphanumeric() || b"_.,*".contains(b));
    match words.first() {
        Some(&b"import") => {
            words.len() >= 2
                && words.get(1..).unwrap_or_default().iter().all(module)
                && (words.len() == 2 || words.contains(&&b"as"[..]) || line.contains(&b','))
        }
        Some(&b"from") => words.get(2) == Some(&&b"import"[..]),
        _ => false,
    }
}

/// Formats known by their first bytes; the registries of the formats themselves name these values.
fn magic(bytes: &[u8]) -> Option<(&'static str, Class)> {
    use Class::Archive;
    use Class::Binary;
    let starts = |prefix: &[u8]| bytes.starts_with(prefix);
    let at = |offset: usize, word: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(word));
    let table: &[(&[u8], &'static str, Class)] = &[
        (b"\x7fELF", "elf", Binary),
        (b"\xcf\xfa\xed\xfe", "macho", Binary),
        (b"\xce\xfa\xed\xfe", "macho", Binary),
        (b"\xfe\xed\xfa\xcf", "macho", Binary),
        (b"\xfe\xed\xfa\xce", "macho", Binary),
        (b"\0asm", "wasm", Binary),
        (b"PK\x03\x04", "zip", Archive),
        (b"PK\x05\x06", "zip", Archive),
        (b"\x1f\x8b\x08", "gzip", Archive),
        (b"\xfd7zXZ\0", "xz", Archive),
        (b"BZh", "bzip2", Archive),
        (b"\x28\xb5\x2f\xfd", "zstd", Archive),
        (b"\x04\x22\x4d\x18", "lz4", Archive),
        (b"7z\xbc\xaf\x27\x1c", "7z", Archive),
        (b"Rar!\x1a\x07", "rar", Archive),
        (b"!<arch>\n", "ar", Archive),
        (b"!<thin>\n", "ar", Archive),
        (b"\xed\xab\xee\xdb", "rpm", Archive),
        (b"MSCF\0\0\0\0", "cab", Archive),
        (b"xar!", "xar", Archive),
        (b"070701", "cpio", Archive),
        (b"070702", "cpio", Archive),
        (b"070707", "cpio", Archive),
        (b"hsqs", "squashfs", Archive),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole", Archive),
        (b"\x89PNG\r\n\x1a\n", "png", Binary),
        (b"\xff\xd8\xff", "jpeg", Binary),
        (b"GIF87a", "gif", Binary),
        (b"GIF89a", "gif", Binary),
        (b"%PDF-", "pdf", Binary),
        (b"SQLite format 3\0", "sqlite", Binary),
        (b"wOFF", "font", Binary),
        (b"wOF2", "font", Binary),
        (b"OTTO", "font", Binary),
        (b"\0\x01\0\0\0", "font", Binary),
        (b"OggS", "audio", Binary),
        (b"fLaC", "audio", Binary),
        (b"ID3", "audio", Binary),
        (b"\0\0\x01\0", "ico", Binary),
        (b"\xde\x12\x04\x95", "gettext-mo", Binary),
        (b"\x95\x04\x12\xde", "gettext-mo", Binary),
        (b"dex\n0", "dex", Binary),
        (b"BC\xc0\xde", "llvm-bitcode", Binary),
        (b"\x1bLua", "lua-bytecode", Binary),
    ];
    for (prefix, language, class) in table {
        if starts(prefix)
            && (prefix.len() > 3 || !Text::new(bytes.get(..bytes.len().min(512))?).bytes().is_ascii())
        {
            return Some((language, *class));
        }
    }
    if starts(b"BZh") && bytes.get(3).is_some_and(u8::is_ascii_digit) && at(4, b"1AY&SY") {
        return Some(("bzip2", Archive));
    }
    if starts(b"\xca\xfe\xba\xbe") {
        // Java class files and universal Mach-O files share the magic; the next word is the class file's
        // version (45 and up) or the number of architectures (few).
        return Some((if bytes.get(7).is_some_and(|n| *n < 40) { "macho" } else { "class" }, Binary));
    }
    if starts(b"MZ") && bytes.len() >= 64 {
        let offset = bytes.get(60..64).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
        let pe = usize::try_from(offset).is_ok_and(|offset| at(offset, b"PE\0\0"));
        if pe || !Text::new(bytes.get(..64)?).bytes().is_ascii() || bytes.get(..64)?.contains(&0) {
            return Some((if pe { "pe" } else { "dos-executable" }, Binary));
        }
    }
    if at(257, b"ustar") {
        return Some(("tar", Archive));
    }
    if starts(b"RIFF") && (at(8, b"WEBP") || at(8, b"WAVE") || at(8, b"AVI ")) {
        return Some((if at(8, b"WEBP") { "webp" } else { "audio" }, Binary));
    }
    if at(4, b"ftyp") {
        return Some(("video", Binary));
    }
    // CPython bytecode: a version word, then CR LF, then flags below 4 (PEP 552).
    if at(2, b"\r\n")
        && bytes.get(4).is_some_and(|f| *f < 4)
        && at(5, b"\0\0\0")
        && bytes.get(1) == Some(&0x0d)
    {
        return Some(("pyc", Binary));
    }
    None
}

/// Whether a file that claims to be `claimed` and is `found` deceives whoever looks at names.
fn disguises(claimed: &str, found: &str) -> bool {
    let executable = ["elf", "macho", "pe", "dos-executable", "wasm", "class", "pyc", "dex"].contains(&found);
    let harmless = [
        "text",
        "markdown",
        "rst",
        "json",
        "yaml",
        "toml",
        "xml",
        "csv",
        "css",
        "html",
        "png",
        "jpeg",
        "gif",
        "webp",
        "ico",
        "font",
        "pdf",
        "audio",
        "video",
        "svg",
        "python",
        "javascript",
        "typescript",
        "c",
        "cpp",
        "gettext",
    ];
    executable && harmless.contains(&claimed)
}

/// Whether the content is text: no control bytes a text has no use for, in whatever encoding.
fn is_text(text: &Text) -> bool {
    let head = text.bytes().get(..text.bytes().len().min(64 << 10)).unwrap_or_default();
    let control = head.iter().filter(|b| matches!(**b, 0..=6 | 14..=26 | 28..=31)).count();
    if head.contains(&0) {
        // A few NULs in a long text are a text with NULs in it: they hide what follows from C programs.
        return control * 500 < head.len() && !matches!(text.encoding, Encoding::Other);
    }
    match text.encoding {
        Encoding::Other => {
            // An 8-bit encoding has letters; compressed or encrypted data has everything.
            let high = head.iter().filter(|b| **b >= 0x80).count();
            control * 100 <= head.len() && high * 3 <= head.len()
        }
        _ => control * 20 <= head.len(),
    }
}

/// Whether the file says that a program wrote it, in words generators use.
fn says_generated(name: &str, bytes: &[u8]) -> bool {
    const LOCKS: &[&str] = &[
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "Cargo.lock",
        "poetry.lock",
        "Pipfile.lock",
        "composer.lock",
        "Gemfile.lock",
        "go.sum",
        "uv.lock",
        "bun.lock",
        "pdm.lock",
    ];
    const WORDS: &[&[u8]] = &[
        b"@generated",
        b"DO NOT EDIT",
        b"Do not edit",
        b"do not edit",
        b"Generated by",
        b"generated by",
        b"automatically generated",
        b"Automatically generated",
        b"AUTOMATICALLY GENERATED",
        b"auto-generated",
        b"autogenerated",
        b"Autogenerated",
        b"This file was generated",
        b"GENERATED FILE",
        b"machine generated",
    ];
    if LOCKS.contains(&name) || name.ends_with(".map") && bytes.starts_with(b"{") {
        return true;
    }
    let head = bytes.get(..bytes.len().min(2048)).unwrap_or_default();
    head.split(|b| *b == b'\n').take(30).any(|line| {
        // In a comment or a title, not in a string or a sentence about other files.
        let line = line.trim_ascii();
        let comment = line.first().is_some_and(|b| b"/#*;-%<!.\"'d@".contains(b)) || line.len() < 100;
        comment
            && WORDS.iter().any(|word| memchr::memmem::find(line, word).is_some())
            && !line.starts_with(b"print")
    })
}

/// Whether code is squeezed: few lines, long, with hardly a blank in them.
fn is_minified(language: &str, bytes: &[u8]) -> bool {
    if !matches!(language, "javascript" | "typescript" | "css" | "php" | "python" | "lua" | "html")
        || bytes.len() < 1000
    {
        return false;
    }
    let head = bytes.get(..bytes.len().min(1 << 20)).unwrap_or_default();
    let (mut lines, mut long, mut in_long) = (0usize, 0usize, 0usize);
    let mut blanks_in_long = 0usize;
    for line in head.split(|b| *b == b'\n') {
        lines += 1;
        if line.len() > 500 {
            long += 1;
            in_long += line.len();
            blanks_in_long += line.iter().filter(|b| **b == b' ').count();
        }
    }
    let mean = head.len() / lines.max(1);
    // Data in long lines (tables, base64) is code with data in it; most of a minified file is long lines of code.
    (mean > 250 || (long > 0 && in_long * 10 > head.len() * 8)) && blanks_in_long * 8 < in_long.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, bytes: &[u8], class: Class, language: &str) -> Classified {
        let found = classify(name.as_bytes(), bytes, &Text::new(bytes));
        assert_eq!((found.class, found.language), (class, language), "{name}: {found:?}");
        found
    }

    #[test]
    fn the_table_of_languages_reads_and_no_name_stands_twice() {
        let file: File = toml::from_str(include_str!("../../rules/languages.toml")).unwrap();
        assert!(file.language.len() > 60);
        let mut seen = std::collections::BTreeSet::new();
        for row in &file.language {
            let keys = row.extensions.iter().map(|e| format!(".{e}"));
            let keys = keys
                .chain(row.names.iter().cloned())
                .chain(row.interpreters.iter().map(|i| format!("#!{i}")));
            for key in keys {
                assert!(seen.insert(key.clone()), "{key} stands twice");
            }
        }
    }

    #[test]
    fn content_decides_and_the_name_refines() {
        check("setup", b"#!/usr/bin/env python3\nimport os\n", Class::Code, "python");
        check("run.txt", b"#!/bin/sh\necho\n", Class::Code, "bash");
        check("notes.txt", b"We met on Monday.\nIt rained.\n", Class::Text, "text");
        check("notes.txt", b"import os\nimport base64\nexec(x)\n", Class::Code, "python");
        check("data", b"#include <stdio.h>\n#define X 1\nint main(void){}\n", Class::Code, "c");
        check("a.h", b"#pragma once\nnamespace a {}\nnamespace b {}\n", Class::Code, "cpp");
        check("a.h", b"int f(void);\n", Class::Code, "c");
        check("Makefile", b"all:\n\tcc x.c\n", Class::Text, "make");
        check("Makefile.PL", b"use strict;\n", Class::Code, "perl");
        check("config.h.in", b"#undef X\n", Class::Code, "c");
        check("Dockerfile.dev", b"FROM x\n", Class::Text, "dockerfile");
        check("types.d.ts", b"export {}\n", Class::Code, "typescript");
        check("x.json", b"{\"a\": 1}", Class::Text, "json");
        check("x.unknown", b"plain words\n", Class::Text, "text");
        check("empty.py", b"", Class::Empty, "python");
    }

    #[test]
    fn a_program_under_a_harmless_name_is_binary_and_a_disguise() {
        let elf = [&b"\x7fELF\x02\x01\x01\0"[..], &[0; 64]].concat();
        assert_eq!(check("readme.txt", &elf, Class::Binary, "elf").disguise, Some("text"));
        assert_eq!(check("logo.png", &elf, Class::Binary, "elf").disguise, Some("png"));
        assert_eq!(check("program", &elf, Class::Binary, "elf").disguise, None);
        assert_eq!(check("program.bin", &elf, Class::Binary, "elf").disguise, None);
    }

    #[test]
    fn binary_archive_minified_generated() {
        check("x.dat", &[0u8, 1, 2, 255].repeat(100), Class::Binary, "data");
        check("x.gz", b"\x1f\x8b\x08\0\0\0\0\0", Class::Archive, "gzip");
        check("x.py", b"PK\x03\x04aaaaaaaaaaaa\xff", Class::Archive, "zip");
        let minified = "function a(b,c){return b.d(c)+e[f]};".repeat(60);
        check("x.js", minified.as_bytes(), Class::Minified, "javascript");
        check("x.min.js", minified.as_bytes(), Class::Minified, "javascript");
        check(
            "x.go",
            b"// Code generated by protoc-gen-go. DO NOT EDIT.\npackage x\n",
            Class::Generated,
            "go",
        );
        check("package-lock.json", b"{}\n", Class::Generated, "json");
        let table = format!("x = {{\n{}\n}}", "    0x00, 0x01, 0x02,\n".repeat(200));
        check("t.py", table.as_bytes(), Class::Code, "python");
    }

    #[test]
    fn eight_bit_text_and_text_with_a_nul_are_text_and_noise_is_not() {
        check("a.c", b"/* caf\xe9 */ int x; /* \xfcber */\n", Class::Code, "c");
        let with_nul = [&b"int x;\n".repeat(400)[..], b"\0hidden\n"].concat();
        check("a.c", &with_nul, Class::Code, "c");
        let noise: Vec<u8> = (0..4096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        check("a.c", &noise, Class::Binary, "data");
    }

    #[test]
    fn no_bytes_make_it_panic() {
        use proptest::prelude::*;
        proptest!(|(name in prop::collection::vec(any::<u8>(), 0..20), bytes in prop::collection::vec(any::<u8>(), 0..300))| {
            classify(&name, &bytes, &Text::new(&bytes));
        });
    }
}
