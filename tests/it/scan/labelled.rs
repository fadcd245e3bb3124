//! How well the scanner does on programs it was not written against: `fixtures/labelled`,
//! `fixtures/holdout` and `fixtures/holdout2` to `fixtures/holdout10`.
//!
//! `fixtures/labelled/README.md` says what a label means. Every program folder is scanned as one tree, as a
//! vendor's would be; recall and precision are counted per language and kind of record, written to
//! `docs/scan-quality.md` under `PELLUCID_UPDATE=1`, and held above the floors. Every miss and every false
//! alarm is printed: `cargo test --test it -- scan::labelled --nocapture`.

#[path = "labelled/labels.rs"]
mod labels;

#[path = "labelled/malice.rs"]
mod malice;

#[path = "labelled/measure.rs"]
mod measure;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::path::PathBuf;

use self::measure::Kind;
use self::measure::Score;
use self::measure::Scores;

/// The languages none of which may fall below the second floor of outbound recall.
const NAMED: [&str; 12] = [
    "c",
    "cpp",
    "csharp",
    "go",
    "java",
    "javascript",
    "typescript",
    "php",
    "python",
    "ruby",
    "rust",
    "swift",
];
const EVERY: usize = 15;
const DOC: &str = "docs/scan-quality.md";
const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->\n";

/// The sets nobody wrote who had seen the scanner: name, folder, least number of languages and of pairs of twins.
const HOLDOUTS: [(&str, &str, usize, usize); 18] = [
    ("Holdout", "fixtures/holdout", EVERY, 0),
    ("Second holdout", "fixtures/holdout2", EVERY, 30),
    ("Third holdout", "fixtures/holdout3", EVERY, 20),
    ("Fourth holdout", "fixtures/holdout4", EVERY, 30),
    ("Fifth holdout", "fixtures/holdout5", NAMED.len() + 1, 12),
    ("Sixth holdout", "fixtures/holdout6", EVERY, 26),
    ("Seventh holdout", "fixtures/holdout7", EVERY, 26),
    ("Eighth holdout", "fixtures/holdout8", EVERY, 30),
    ("Ninth holdout", "fixtures/holdout9", 1, 120),
    ("Tenth holdout", "fixtures/holdout10", EVERY, 30),
    ("Eleventh holdout", "fixtures/holdout11", 10, 45),
    ("Twelfth holdout", "fixtures/holdout12", EVERY, 75),
    ("Thirteenth holdout", "fixtures/holdout13", NAMED.len() + 1, 36),
    ("Fourteenth holdout", "fixtures/holdout14", NAMED.len() + 1, 40),
    ("Fifteenth holdout", "fixtures/holdout15", NAMED.len() + 1, 38),
    ("Sixteenth holdout", "fixtures/holdout16", NAMED.len() + 1, 40),
    ("Seventeenth holdout", "fixtures/holdout17", NAMED.len() + 1, 68),
    ("Eighteenth holdout", "fixtures/holdout18", 11, 0),
];

#[test]
fn the_labelled_programs_reach_the_floors_and_the_table_is_current() {
    let labelled = measure::languages(&folder("fixtures/labelled"));
    let twins = malice::twins(&folder("fixtures/labelled/malice"));
    assert!(labelled.iter().filter(|(name, _)| *name != "hiding").count() >= EVERY);
    for (name, scores) in labelled.iter().filter(|(name, _)| *name != "hiding") {
        assert!(scores.hits() >= 40, "{name}: {} labelled hits", scores.hits());
        assert!(scores.near_misses() >= 20, "{name}: {} near misses", scores.near_misses());
    }
    assert!(twins.cases >= 30, "{} malicious cases", twins.cases);
    let mut table = table("Labelled programs", &labelled, Some(&twins));
    for (name, root, sets, cases) in HOLDOUTS {
        let scores = measure::languages(&folder(root));
        let malice = (cases > 0).then(|| malice::twins(&folder(root).join("malice")));
        assert!(scores.len() >= sets, "{root}: {} sets", scores.len());
        assert!(malice.is_none_or(|malice| malice.cases >= cases), "{root}: {malice:?}");
        table += &self::table(name, &scores, malice.as_ref());
    }
    println!("{table}");
    let low = below_floors(&labelled, &twins);
    current(&table);
    assert!(low.is_empty(), "below the floors:\n{}", low.join("\n"));
}

/// By hand, for labels that are not the project's: `PELLUCID_LABELLED=FOLDER cargo test --test it --
/// scan::labelled::by_hand --ignored --nocapture`.
#[test]
#[ignore = "by hand: PELLUCID_LABELLED names a folder of labelled programs"]
fn by_hand_the_programs_of_a_folder() {
    let root =
        PathBuf::from(std::env::var_os("PELLUCID_LABELLED").expect("PELLUCID_LABELLED names no folder"));
    let twins = root.join("malice");
    let twins = twins.is_dir().then(|| malice::twins(&twins));
    println!("{}", table("By hand", &measure::languages(&root), twins.as_ref()));
}

/// What lies below what the project promises.
fn below_floors(labelled: &BTreeMap<String, Scores>, twins: &malice::Twins) -> Vec<String> {
    let mut low = Vec::new();
    let mut floor = |what: &str, value: f64, least: f64| {
        if value < least {
            low.push(format!("{what}: {:.1} %, the floor is {:.0} %", value * 100.0, least * 100.0));
        }
    };
    let sum = |kind: Kind| -> Score { labelled.values().map(|scores| scores.of(kind)).sum() };
    let net = sum(Kind::Net);
    floor("outbound recall", net.recall(), 0.92);
    floor("outbound precision", net.precision(), 0.92);
    for name in NAMED {
        let recall = labelled.get(name).map_or(0.0, |scores| scores.of(Kind::Net).recall());
        floor(&format!("outbound recall of {name}"), recall, 0.85);
    }
    floor("execution recall", sum(Kind::Exec).recall(), 0.97);
    floor("evaluation recall", sum(Kind::Eval).recall(), 0.95);
    let flow = sum(Kind::Flow);
    floor("flow recall", flow.recall(), 0.85);
    floor("safe flows left alone", 1.0 - flow.flagged_share(), 0.95);
    floor("flows with a path", flow.with_path(), 1.0);
    floor("hiding recall", sum(Kind::Hide).recall(), 0.90);
    floor("malice recall", twins.recall(), 0.90);
    floor("clean twins left alone", 1.0 - twins.flagged_share(), 0.95);
    low
}

/// One set in the generated part of the document.
fn table(name: &str, sets: &BTreeMap<String, Scores>, twins: Option<&malice::Twins>) -> String {
    let mut out = format!("### {name}\n\n");
    section(&mut out, sets);
    if let Some(twins) = twins {
        let _ = writeln!(
            out,
            "\nEmbedded malice: {} of {} cases named, {} of {} clean twins flagged.",
            twins.named, twins.cases, twins.flagged, twins.cases
        );
    }
    out.push('\n');
    out
}

fn section(out: &mut String, sets: &BTreeMap<String, Scores>) {
    out.push_str("| set | outbound found | precision | exec | eval | sources | flows | safe flows flagged | hiding | same id |\n");
    out.push_str("|---|---|---|---|---|---|---|---|---|---|\n");
    let mut rows: Vec<(String, Scores)> = sets.clone().into_iter().collect();
    rows.push(("**all**".to_owned(), sets.values().cloned().sum()));
    for (name, scores) in rows {
        let found = |kind: Kind| scores.of(kind).found();
        let net = scores.of(Kind::Net);
        let flow = scores.of(Kind::Flow);
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {} | {} | {}/{} | {} | {} |",
            found(Kind::Net),
            net.precision_text(),
            found(Kind::Exec),
            found(Kind::Eval),
            found(Kind::Source),
            found(Kind::Flow),
            flow.flagged,
            flow.safe,
            found(Kind::Hide),
            scores.same_id(),
        );
    }
}

/// Writes the generated part where asked to, and fails where the document says something else.
fn current(table: &str) {
    let path = folder(DOC);
    let kept = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = kept.split_once(BEGIN).expect("the document has no generated part");
    let (_, after) = rest.split_once(END).expect("the generated part does not end");
    let now = format!("{before}{BEGIN}{table}{END}{after}");
    if std::env::var_os("PELLUCID_UPDATE").is_some() {
        std::fs::write(&path, &now).unwrap();
        return;
    }
    assert!(
        kept == now,
        "{DOC} is not current: run `PELLUCID_UPDATE=1 cargo test --test it -- scan::labelled`"
    );
}

fn folder(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}
