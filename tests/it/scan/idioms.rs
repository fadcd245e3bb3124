//! What programs spell of constants is told in every language alike.

use std::fs;

use pellucid::model::RelPath;
use pellucid::model::scan::Severity;
use pellucid::scan::Options;
use pellucid::scan::SourceFile;
use pellucid::scan::scan_source;

/// How many files there are at least, so that nothing passes empty.
const LEAST: usize = 240;

#[test]
fn what_is_spelled_of_numbers_and_started_is_told_in_every_language() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/idioms");
    let mut missed = Vec::new();
    let mut read = 0;
    for entry in walkdir::WalkDir::new(root).min_depth(2).sort_by_file_name() {
        let entry = entry.expect("fixtures can be listed");
        let name = entry.path().strip_prefix(root).expect("it is below").to_string_lossy().into_owned();
        let bytes = fs::read(entry.path()).expect("fixtures can be read");
        let files = [SourceFile { path: RelPath::from(&*name), size: bytes.len() as u64 }];
        let evidence = scan_source(&files, &|_: &RelPath| Ok(bytes.clone()), &Options::default());
        let told = evidence.findings.iter().any(|finding| {
            let hidden = finding.category.starts_with("obf") || finding.category.starts_with("flow.encoded");
            hidden && finding.severity >= Severity::Medium
        });
        if !told {
            missed.push(name);
        }
        read += 1;
    }
    assert!(read >= LEAST, "{read} files");
    assert!(missed.is_empty(), "not told: {missed:?}");
}
