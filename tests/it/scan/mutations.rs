//! The fixtures, spoilt: cut, repeated, with pieces of other files and of bytes no editor writes in between.
//! Whatever comes out, reading it ends without a panic and every record stands inside the file.
//!
//! `PELLUCID_MUTATIONS=n` spoils each language's fixtures n times (default 12). The fuzz target `lower` does the
//! same without end, guided by what it reaches.

use std::borrow::Cow;
use std::path::Path;

use pellucid::scan::code::Catalogues;
use pellucid::scan::code::CodeFile;
use pellucid::scan::code::Language;
use pellucid::scan::code::analyse;

#[test]
fn spoilt_source_is_read_to_an_end() {
    let rounds: u64 = std::env::var("PELLUCID_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let catalogues = Catalogues::default();
    let mut read = 0;
    for language in Language::ALL {
        let samples = samples(language);
        assert!(!samples.is_empty(), "{language} has fixtures");
        for round in 0..rounds {
            let source = spoil(&samples, round.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ language as u64);
            let lines = 1 + source.iter().filter(|byte| **byte == b'\n').count() as u32;
            let size = source.len() as u64;
            let file = CodeFile { path: "x".to_owned(), language, size, first_line: 1 };
            let evidence = analyse(&[file], &|_| Some(Cow::Borrowed(&source[..])), &catalogues);
            for record in evidence.capabilities.iter().chain(&evidence.sources) {
                assert!((1..=lines).contains(&record.location.start_line), "{language} {round}: {record:?}");
            }
            read += 1;
        }
    }
    assert_eq!(read, rounds * Language::ALL.len() as u64);
}

fn samples(language: Language) -> Vec<Vec<u8>> {
    let folder = match language {
        Language::Tsx => Language::TypeScript,
        other => other,
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scan").join(folder.name());
    walkdir::WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| std::fs::read(entry.path()).unwrap())
        .collect()
}

/// A sample spoilt in up to eight places, the same for the same `seed`.
fn spoil(samples: &[Vec<u8>], seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut pick = |below: usize| {
        // xorshift64*
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below.max(1)
    };
    const PIECES: [&[u8]; 14] = [
        b"\0",
        b"\xff\xfe",
        b"\xc3",
        b"\xe2\x80\xae",
        b"((((((((((((((((",
        b"}}}}",
        b"\"\"\"",
        b"\\",
        b"\\x",
        b"\\u{110000}",
        b"%999999999s{99999999999}",
        b"99999999999999999999999999",
        b"<<EOF\n",
        b"\r\n\r",
    ];
    let mut source = samples[pick(samples.len())].clone();
    for _ in 0..1 + pick(8) {
        let at = pick(source.len() + 1);
        match pick(5) {
            0 => source.truncate(at),
            1 => drop(source.splice(at..at, PIECES[pick(PIECES.len())].iter().copied())),
            2 => {
                let end = (at + pick(200)).min(source.len());
                source.drain(at..end);
            }
            3 => {
                let other = &samples[pick(samples.len())];
                let start = pick(other.len() + 1);
                let end = (start + pick(400)).min(other.len());
                let piece = other[start..end].to_vec();
                source.splice(at..at, piece);
            }
            _ => {
                let end = (at + pick(40)).min(source.len());
                let piece = source[at..end].repeat(1 + pick(60));
                source.splice(at..at, piece);
            }
        }
    }
    source
}
