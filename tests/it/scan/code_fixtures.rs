//! Every marked source file under `fixtures/scan/<language>/`: the expectation stands on the line it is about.
//!
//! `expect: cap.net.http requests.post; src.env os.getenv` lists what is recorded on the line, category and
//! API; `expect: none` marks a near miss; `flow.env->net` needs no API. A line without a marker expects
//! nothing. A language's folder is read as one tree.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use pellucid::scan::code::Catalogues;
use pellucid::scan::code::CodeEvidence;
use pellucid::scan::code::CodeFile;
use pellucid::scan::code::Language;
use pellucid::scan::code::analyse;
use pellucid::scan::code::prefilter::may_match;

type Records = BTreeMap<(String, u32), BTreeSet<String>>;

#[test]
fn every_marked_line_shows_exactly_what_it_says() {
    let mut wrong = Vec::new();
    for language in languages() {
        let (files, texts) = read(&language);
        let evidence = run(&files, &texts);
        let expected = expected(&files, &texts);
        let seen = seen(&evidence);
        let lines: BTreeSet<_> = expected.keys().chain(seen.keys()).cloned().collect();
        for line in lines {
            let none = BTreeSet::new();
            let (wanted, got) = (expected.get(&line).unwrap_or(&none), seen.get(&line).unwrap_or(&none));
            if wanted != got {
                let join = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join("; ");
                wrong.push(format!(
                    "{language}/{}:{}: expected [{}] got [{}]",
                    line.0,
                    line.1,
                    join(wanted),
                    join(got)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} lines differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_rules_hold_by_the_command_that_says_so() {
    let said = std::process::Command::new(env!("CARGO_BIN_EXE_pellucid"))
        .args(["rules", "test", "fixtures/scan"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
}

#[test]
fn every_language_has_forty_hits_and_twenty_near_misses() {
    for language in languages() {
        let (files, texts) = read(&language);
        let hits: usize =
            expected(&files, &texts).values().filter(|set| !set.is_empty()).map(BTreeSet::len).sum();
        let misses: usize = texts.iter().map(|text| text.matches("expect: none").count()).sum();
        assert!(hits >= 40, "{language}: {hits} hits");
        assert!(misses >= 20, "{language}: {misses} near misses");
    }
}

/// Recall and precision per language and kind of record, against what the marks say.
#[test]
fn every_language_reaches_its_floor() {
    // Prefix of the records, least recall, least precision.
    let floors = [
        ("cap.net", 0.92, 0.92),
        ("cap.exec", 0.97, 0.92),
        ("cap.code-eval", 0.95, 0.92),
        ("src.", 0.85, 0.92),
        ("flow.", 0.85, 0.95),
    ];
    let mut low = Vec::new();
    for language in languages() {
        let (files, texts) = read(&language);
        let expected = expected(&files, &texts);
        let seen = seen(&run(&files, &texts));
        for (prefix, recall, precision) in floors {
            let of = |records: &Records| -> BTreeSet<(String, u32, String)> {
                let flat = records.iter().flat_map(|(at, all)| all.iter().map(move |one| (at, one)));
                let kind = flat.filter(|(_, one)| one.starts_with(prefix));
                kind.map(|((path, line), one)| (path.clone(), *line, one.clone())).collect()
            };
            let (wanted, got) = (of(&expected), of(&seen));
            let hit = wanted.intersection(&got).count() as f64;
            let share = |all: usize| if all == 0 { 1.0 } else { hit / all as f64 };
            if prefix == "cap.net" {
                assert!(wanted.len() >= 10, "{language}: only {} marked network records", wanted.len());
            }
            if share(wanted.len()) < recall || share(got.len()) < precision {
                low.push(format!(
                    "{language} {prefix}: recall {:.3}, precision {:.3}",
                    share(wanted.len()),
                    share(got.len())
                ));
            }
        }
    }
    assert!(low.is_empty(), "below the floor:\n{}", low.join("\n"));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for language in languages() {
        let (files, texts) = read(&language);
        let at = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| format!("{:?}", run(&files, &texts)))
        };
        assert_eq!(at(1), at(4), "{language}");
    }
}

/// An object holds more than one value can carry; which of it is kept must be the same every time, however the maps
/// are seeded.
#[test]
fn what_is_kept_of_much_data_is_the_same_every_time() {
    let mut text = String::from("import os\nimport requests\n\n\nclass Report:\n    def fill(self):\n");
    for name in 0..40 {
        text.push_str(&format!("        self.field_{name} = os.environ[\"NAME_{name}\"]\n"));
    }
    text.push_str("\n\ndef send(report: Report):\n    requests.post(\"https://example.org\", json=report)\n");
    let file = CodeFile {
        path: "report.py".to_owned(),
        language: Language::Python,
        size: text.len() as u64,
        first_line: 1,
    };
    let once = || run(std::slice::from_ref(&file), std::slice::from_ref(&text));
    let first = once();
    assert!(first.flows.iter().any(|flow| flow.category == "flow.env->net"), "{:?}", first.flows);
    for _ in 0..8 {
        assert_eq!(format!("{:?}", once()), format!("{first:?}"));
    }
}

/// What the machine runs is a vendor's: programs that hide something, cut, doubled, and with numbers no program has,
/// are read to an end without a panic (overflow is one here).
#[test]
fn broken_programs_that_hide_something_are_read_to_an_end() {
    let catalogues = Catalogues::new(&[]).unwrap();
    let mut read = 0;
    for set in ["holdout6", "holdout7"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(set).join("hiding");
        for folder in fs::read_dir(root).unwrap().map(|entry| entry.unwrap()) {
            let language = Language::from_name(&folder.file_name().into_string().unwrap()).unwrap();
            for path in fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
                let text = fs::read_to_string(path).unwrap();
                for broken in broken(&text) {
                    let file =
                        CodeFile { path: "x".to_owned(), language, size: broken.len() as u64, first_line: 1 };
                    analyse(&[file], &|_| Some(Cow::Borrowed(broken.as_bytes())), &catalogues);
                    read += 1;
                }
            }
        }
    }
    assert!(read > 400, "{read} programs");
}

fn broken(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let part = |from: usize, to: usize| letters[from * letters.len() / 16..to * letters.len() / 16].iter();
    let numbers = |number: &str| {
        let mut out = String::new();
        let mut within = false;
        for letter in &letters {
            match letter.is_ascii_digit() {
                true if within => {}
                true => out.push_str(number),
                false => out.push(*letter),
            }
            within = letter.is_ascii_digit();
        }
        out
    };
    vec![
        part(0, 11).collect(),
        part(0, 9).chain(part(5, 16)).collect(),
        part(7, 16).chain(part(0, 7)).collect(),
        numbers("9223372036854775807"),
        numbers("-9223372036854775808"),
        numbers("0"),
    ]
}

/// The prefilter may only skip a file in which nothing is found.
#[test]
fn the_prefilter_loses_no_hit() {
    let catalogues = Catalogues::new(&[]).unwrap();
    for language in languages() {
        let (files, texts) = read(&language);
        for (file, text) in files.iter().zip(&texts) {
            // Every line alone is a file of its own: many of them hold one name and nothing else.
            for line in text.lines() {
                let alone = CodeFile {
                    path: file.path.clone(),
                    language: file.language,
                    size: line.len() as u64,
                    first_line: 1,
                };
                let evidence = analyse(&[alone], &|_| Some(Cow::Borrowed(line.as_bytes())), &catalogues);
                let found = evidence.capabilities.len() + evidence.sources.len() + evidence.findings.len();
                let skipped = !may_match(file.language, line.as_bytes(), &catalogues);
                assert!(!(skipped && found > 0), "{}: {line}", file.path);
            }
        }
    }
}

pub fn run(files: &[CodeFile], texts: &[String]) -> CodeEvidence {
    let catalogues = Catalogues::new(&[]).unwrap();
    analyse(files, &|index| Some(Cow::Borrowed(texts[index].as_bytes())), &catalogues)
}

fn languages() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Language::from_name(name).is_some())
        .collect();
    names.sort();
    assert!(!names.is_empty());
    names
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scan")
}

fn read(language: impl AsRef<str>) -> (Vec<CodeFile>, Vec<String>) {
    let folder = root().join(language.as_ref());
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    paths.sort();
    let texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let files = paths
        .iter()
        .zip(&texts)
        .map(|(path, text)| CodeFile {
            path: path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned(),
            language: match path.extension().and_then(|ending| ending.to_str()) {
                Some("tsx") => Language::Tsx,
                Some("h") if language.as_ref() == "cpp" => Language::Cpp,
                _ => Language::from_name(language.as_ref()).unwrap(),
            },
            size: text.len() as u64,
            first_line: 1,
        })
        .collect();
    (files, texts)
}

fn expected(files: &[CodeFile], texts: &[String]) -> Records {
    let mut records = Records::new();
    for (file, text) in files.iter().zip(texts) {
        for (number, line) in text.lines().enumerate() {
            let Some((_, marks)) = line.split_once("expect: ") else { continue };
            for mark in marks.trim_end_matches("*/").trim_end_matches("-->").split(';') {
                let mark = mark.trim();
                if mark != "none" && !mark.is_empty() {
                    records
                        .entry((file.path.clone(), number as u32 + 1))
                        .or_default()
                        .insert(mark.to_owned());
                }
            }
        }
    }
    records
}

fn seen(evidence: &CodeEvidence) -> Records {
    let mut records = Records::new();
    let mut put = |path: &str, line: u32, what: String| {
        records.entry((path.to_owned(), line)).or_default().insert(what);
    };
    for record in evidence.capabilities.iter().chain(&evidence.sources) {
        put(&record.location.path, record.location.start_line, format!("{} {}", record.category, record.api));
    }
    for flow in &evidence.flows {
        put(&flow.location.path, flow.location.start_line, flow.category.clone());
    }
    for finding in evidence.findings.iter().filter(|finding| !finding.category.starts_with("flow.")) {
        put(&finding.location.path, finding.location.start_line, finding.category.clone());
    }
    records
}

/// What a hostile file may hold: nothing of it may panic, overflow the stack or hang.
#[test]
fn hostile_source_is_read_to_an_end() {
    let deep = "(".repeat(100_000);
    let balanced = format!("x = {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    let chained = format!("a{}", ".b()".repeat(50_000));
    let inputs: [&[u8]; 7] = [
        deep.as_bytes(),
        balanced.as_bytes(),
        chained.as_bytes(),
        b"\xff\xfe\x00x\x00=\x001\x00",
        b"\0\0\0\0",
        b"",
        "if x: \u{202e}eval('\\ud800')".as_bytes(),
    ];
    let catalogues = Catalogues::new(&[]).unwrap();
    for language in Language::ALL {
        for input in inputs {
            let file = CodeFile { path: "x".to_owned(), language, size: input.len() as u64, first_line: 1 };
            let evidence = analyse(&[file], &|_| Some(Cow::Borrowed(input)), &catalogues);
            assert!(evidence.parsed.files + evidence.not_examined.len() as u64 > 0, "{language}");
        }
    }
}
