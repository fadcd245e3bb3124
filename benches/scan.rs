//! How fast a tree is scanned, against the honest limit: reading every file of code and parsing it with the
//! same grammar, and doing nothing else, in the same run.
//!
//! `cargo bench --bench scan -- PATH…` prints one block per tree: for parsing alone, for the scan without
//! flows and for the whole scan the CPU seconds (all threads; the figure to trust on a shared machine), the
//! wall clock, lines a second and core, the ratio to parsing alone (1.00 is as fast), and the peak of resident
//! memory. Nothing is held between the three but the list of files. Linux alone tells CPU time and memory
//! this way; elsewhere those columns are zero.

#![allow(clippy::print_stdout, clippy::disallowed_methods, missing_docs)]

use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use pellucid::model::RelPath;
use pellucid::scan::Options;
use pellucid::scan::SourceFile;
use pellucid::scan::classify::classify;
use pellucid::scan::code::Language;
use pellucid::scan::scan_source;
use pellucid::scan::text::Text;
use rayon::prelude::*;

/// The program's own; the grammars' parsers, in C, take the system's in every row.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let asked: Vec<PathBuf> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).map(PathBuf::from).collect();
    let own = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    println!("| tree | what | CPU, s | wall, s | lines/s/core | ratio | resident, MiB | shows |");
    println!("|---|---|---|---|---|---|---|---|");
    for root in if asked.is_empty() { own } else { asked } {
        measure(&root);
    }
}

fn measure(root: &Path) {
    let list = list(root);
    let read = |path: &RelPath| std::fs::read(root.join(path.text())).map_err(|error| error.to_string());
    // What is code, and how many lines it has: found out before any clock runs. It also warms the page cache.
    let code: Vec<(&SourceFile, Language, u64)> = list
        .par_iter()
        .filter_map(|file| {
            let bytes = read(&file.path).ok().filter(|bytes| bytes.len() <= 16 << 20)?;
            let path = file.path.text();
            let name = path.rsplit('/').next().unwrap_or(&path);
            let classified = classify(name.as_bytes(), &bytes, &Text::new(&bytes));
            let language = Language::from_name(classified.language)?;
            Some((file, language, bytes.iter().filter(|byte| **byte == b'\n').count() as u64))
        })
        .collect();
    let lines: u64 = code.iter().map(|(_, _, lines)| lines).sum();
    let name = root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let parse = timed(|| {
        let mut order: Vec<_> = code.iter().collect();
        order.sort_by_key(|(file, ..)| std::cmp::Reverse(file.size));
        order.into_par_iter().with_max_len(1).for_each(|(file, language, _)| {
            let mut parser = tree_sitter::Parser::new();
            if let (Ok(bytes), Ok(())) = (read(&file.path), parser.set_language(&grammar(*language))) {
                std::hint::black_box(parser.parse(bytes, None));
            }
        });
        format!("{} files, {lines} lines", code.len())
    });
    row(&name, "parsing alone", &parse, &parse, lines);
    for (what, flows) in [("without flows", false), ("with flows", true)] {
        let options = Options { flows, ..Options::default() };
        let scanned = timed(|| {
            let evidence = scan_source(&list, &read, &options);
            let (parsed, left) = (evidence.coverage.parsed, evidence.coverage.prefiltered);
            format!(
                "{} capabilities, {} flows; {} files parsed, {} prefiltered",
                evidence.capabilities.len(),
                evidence.flows.len(),
                parsed.files,
                left.files
            )
        });
        row(&name, what, &scanned, &parse, lines);
    }
}

struct Timed {
    cpu: f64,
    wall: f64,
    peak: u64,
    said: String,
}

fn timed(work: impl FnOnce() -> String) -> Timed {
    // Asks the kernel to forget the peak so far.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let (cpu, start) = (cpu(), Instant::now());
    let said = work();
    Timed { cpu: self::cpu() - cpu, wall: start.elapsed().as_secs_f64(), peak: peak(), said }
}

fn row(tree: &str, what: &str, timed: &Timed, parse: &Timed, lines: u64) {
    println!(
        "| {tree} | {what} | {:.1} | {:.1} | {:.0} | {:.2} | {} | {} |",
        timed.cpu,
        timed.wall,
        lines as f64 / timed.cpu,
        parse.cpu / timed.cpu,
        timed.peak,
        timed.said
    );
}

/// CPU seconds of this process, user and system, in clock ticks of a hundredth.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
        / 100.0
}

/// The most MiB ever resident since last forgotten.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("");
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn list(root: &Path) -> Vec<SourceFile> {
    walkdir::WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| {
            let path = entry.path().strip_prefix(root).ok()?.to_str()?;
            Some(SourceFile {
                path: RelPath::from(path),
                size: entry.metadata().map_or(0, |data| data.len()),
            })
        })
        .collect()
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
