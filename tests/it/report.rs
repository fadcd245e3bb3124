//! The report suite: what a reader sees, that it is bounded, inert and the same every time.

mod command;
pub mod exports;
mod page;
pub mod sample;

use pellucid::model::Evidence;
use pellucid::model::NotExamined;
use pellucid::model::Verdict;
use pellucid::report;
use pellucid::report::Style;

/// The review's own policy on the evidence.
pub fn judge(evidence: &Evidence) -> Verdict {
    pellucid::verdict::judge(evidence, &evidence.review.policy)
}

fn plain(evidence: &Evidence) -> String {
    report::terminal(evidence, &judge(evidence), Style { colour: false, width: 100 })
}

#[test]
fn the_verdict_comes_first_and_what_was_not_examined_last() {
    for ((name, evidence), (word, last)) in sample::all().iter().zip([
        ("MET ", "Nothing was left out that pellucid knows of."),
        ("NOT MET ", "source   vendor/zlib: a git submodule: its commit was not taken in"),
        ("INCONCLUSIVE ", "Nothing was left out that pellucid knows of."),
        ("MET ", "Nothing was left out that pellucid knows of."),
    ]) {
        let text = plain(evidence);
        assert!(text.starts_with(word), "{name}: {text}");
        let headings: Vec<&str> =
            text.lines().filter(|line| line.chars().next().is_some_and(char::is_uppercase)).collect();
        assert_eq!(headings.last(), Some(&"Not examined"), "{name}");
        assert_eq!(text.lines().last().map(str::trim), Some(last), "{name}");
    }
}

#[test]
fn the_dishonest_review_as_the_user_sees_it() {
    insta::assert_snapshot!(plain(&sample::dishonest()));
}

#[test]
fn the_bit_exact_review_as_the_user_sees_it() {
    insta::assert_snapshot!(plain(&sample::bit_exact()));
}

#[test]
fn the_inconclusive_review_as_the_user_sees_it() {
    insta::assert_snapshot!(plain(&sample::inconclusive()));
}

#[test]
fn a_rehearsal_is_marked_before_anything_else_and_at_the_artifact() {
    let mut evidence = sample::bit_exact();
    evidence.artifacts[0].rehearsal = true;
    let text = plain(&evidence);
    assert_eq!(text.matches("REHEARSAL").count(), 2, "{text}");
    assert!(text.find("REHEARSAL").unwrap() < text.find("Example Instruments").unwrap(), "{text}");
}

#[test]
fn no_line_is_wider_than_asked_and_none_wider_than_100() {
    for (_, evidence) in sample::all().into_iter().chain([("hostile", sample::hostile())]) {
        for (asked, most) in [(60, 60), (100, 100), (1000, 100)] {
            let text = report::terminal(&evidence, &judge(&evidence), Style { colour: false, width: asked });
            for line in text.lines() {
                assert!(line.chars().count() <= most, "{} at {asked}: {line}", line.chars().count());
                assert_eq!(line, line.trim_end());
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let evidence = sample::dishonest();
    let coloured = report::terminal(&evidence, &judge(&evidence), Style { colour: true, width: 100 });
    assert!(coloured.contains("\u{1b}[31;1mNOT MET\u{1b}[0m "));
    let mut bare = coloured;
    for code in ["\u{1b}[1m", "\u{1b}[32;1m", "\u{1b}[31;1m", "\u{1b}[33;1m", "\u{1b}[0m"] {
        bare = bare.replace(code, "");
    }
    assert_eq!(bare, plain(&evidence));
}

#[test]
fn hostile_text_cannot_drive_the_terminal() {
    let text = plain(&sample::hostile());
    assert!(text.contains("\\u{202e}txt.exe\\u{1b}[2J\\u{200b}"), "{text}");
    let bad =
        text.chars().find(|c| *c != '\n' && (c.is_control() || pellucid::model::path::is_invisible(*c)));
    assert_eq!(bad, None);
}

#[test]
fn long_lists_are_cut_and_counted() {
    let mut evidence = sample::dishonest();
    evidence.not_examined =
        (0..500).map(|n| NotExamined::new("scan", format!("file-{n:03}"), "unreadable")).collect();
    let text = plain(&evidence);
    assert!(text.lines().last().unwrap().contains("and 490 more records in evidence.json"), "{text}");
    assert!(text.contains("and 2 more differences in evidence.json"), "the ones the comparison cut: {text}");
}

#[test]
fn json_is_canonical_reads_back_and_holds_against_its_schema() {
    let evidence_schema = jsonschema::validator_for(report::schema_evidence().as_value()).unwrap();
    let verdict_schema = jsonschema::validator_for(report::schema_verdict().as_value()).unwrap();
    for (name, evidence) in sample::all().into_iter().chain([("hostile", sample::hostile())]) {
        let bytes = report::canonical(&evidence).unwrap();
        assert_eq!(bytes, report::canonical(&evidence).unwrap());
        assert!(bytes.ends_with(b"}\n") && !bytes.ends_with(b"\n\n"));
        assert_eq!(serde_json::from_slice::<Evidence>(&bytes).unwrap(), evidence, "{name}");
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let wrong: Vec<String> = evidence_schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
        let verdict = judge(&evidence);
        let value = serde_json::to_value(&verdict).unwrap();
        assert!(verdict_schema.is_valid(&value), "{name}");
        let mut broken = value.clone();
        broken["decision"] = "perfect".into();
        assert!(!verdict_schema.is_valid(&broken), "the schema refuses something");
    }
}
