//! How fast code is read, against the honest limit: parsing every file with the same grammars and doing
//! nothing else, in the same run on the same tree.
//!
//! `cargo bench --bench scan -- PATH` prints one line per language: files, lines, and lines per second and core
//! of parsing alone, of lowering (parsing included), and of everything with flows.

#![allow(clippy::print_stdout, missing_docs)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use pellucid::scan::code::Catalogues;
use pellucid::scan::code::CodeFile;
use pellucid::scan::code::Language;
use pellucid::scan::code::analyse;
use pellucid::scan::code::lower;
use rayon::prelude::*;

fn main() {
    let asked = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let root = asked.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), PathBuf::from);
    let mut by_language: BTreeMap<Language, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().flatten() {
        let Some(language) = entry.path().extension().and_then(|ending| ending.to_str()).and_then(language)
        else {
            continue;
        };
        if let Ok(bytes) = std::fs::read(entry.path()) {
            let path = entry.path().strip_prefix(&root).unwrap_or(entry.path()).display().to_string();
            by_language.entry(language).or_default().push((path, bytes));
        }
    }
    let catalogues = Catalogues::default();
    let cores = rayon::current_num_threads() as f64;
    println!("language files lines parse/s/core lower/s/core all/s/core lower:parse all:parse");
    for (language, files) in by_language {
        let lines: usize =
            files.iter().map(|(_, bytes)| bytes.iter().filter(|byte| **byte == b'\n').count()).sum();
        let list: Vec<CodeFile> = files
            .iter()
            .map(|(path, bytes)| CodeFile {
                path: path.clone(),
                language,
                size: bytes.len() as u64,
                first_line: 1,
            })
            .collect();
        let parse = timed(|| {
            files.par_iter().with_max_len(1).for_each(|(_, bytes)| {
                let mut parser = tree_sitter::Parser::new();
                if parser.set_language(&grammar(language)).is_ok() {
                    std::hint::black_box(parser.parse(bytes, None));
                }
            });
        });
        let lowered = timed(|| {
            list.par_iter().zip(&files).with_max_len(1).for_each(|(file, (_, bytes))| {
                std::hint::black_box(lower(file, bytes, &catalogues));
            });
        });
        let all = timed(|| {
            let read = |at: usize| files.get(at).map(|(_, bytes)| Cow::Borrowed(bytes.as_slice()));
            std::hint::black_box(analyse(&list, &read, &catalogues));
        });
        let rate = |time: Duration| lines as f64 / time.as_secs_f64() / cores;
        println!(
            "{language} {} {lines} {:.0} {:.0} {:.0} {:.2} {:.2}",
            files.len(),
            rate(parse),
            rate(lowered),
            rate(all),
            parse.as_secs_f64() / lowered.as_secs_f64(),
            parse.as_secs_f64() / all.as_secs_f64()
        );
    }
}

/// The better of two runs: the first one pages code and files in.
fn timed(work: impl Fn()) -> Duration {
    let once = || {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    once().min(once())
}

fn language(ending: &str) -> Option<Language> {
    Some(match ending {
        "c" | "h" => Language::C,
        "cc" | "cpp" | "cxx" | "hpp" | "hh" => Language::Cpp,
        "cs" => Language::CSharp,
        "go" => Language::Go,
        "java" => Language::Java,
        "js" | "mjs" | "cjs" | "jsx" => Language::JavaScript,
        "kt" | "kts" => Language::Kotlin,
        "php" => Language::Php,
        "ps1" | "psm1" => Language::PowerShell,
        "py" => Language::Python,
        "rb" => Language::Ruby,
        "rs" => Language::Rust,
        "sh" | "bash" => Language::Bash,
        "swift" => Language::Swift,
        "ts" => Language::TypeScript,
        "tsx" => Language::Tsx,
        _ => return None,
    })
}

fn grammar(language: Language) -> tree_sitter::Language {
    match language {
        Language::Bash => tree_sitter_bash::LANGUAGE.into(),
        Language::C => tree_sitter_c::LANGUAGE.into(),
        Language::Cpp => tree_sitter_cpp::LANGUAGE.into(),
        Language::CSharp => tree_sitter_c_sharp::LANGUAGE.into(),
        Language::Go => tree_sitter_go::LANGUAGE.into(),
        Language::Java => tree_sitter_java::LANGUAGE.into(),
        Language::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
        Language::Kotlin => tree_sitter_kotlin_ng::LANGUAGE.into(),
        Language::Php => tree_sitter_php::LANGUAGE_PHP.into(),
        Language::PowerShell => tree_sitter_powershell::LANGUAGE.into(),
        Language::Python => tree_sitter_python::LANGUAGE.into(),
        Language::Ruby => tree_sitter_ruby::LANGUAGE.into(),
        Language::Rust => tree_sitter_rust::LANGUAGE.into(),
        Language::Swift => tree_sitter_swift::LANGUAGE.into(),
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    }
}
