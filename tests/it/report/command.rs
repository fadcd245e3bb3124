//! `pellucid report`: from the evidence alone.

use pellucid::cli::report;
use pellucid::cli::report::Args;
use pellucid::cli::report::Format;
use pellucid::exit::Exit;

use super::judge;
use super::sample;

#[test]
fn every_format_is_rendered_from_the_evidence_alone_with_the_verdicts_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.json");
    for ((name, evidence), expected) in
        sample::all().into_iter().zip([Exit::Met, Exit::NotMet, Exit::Inconclusive, Exit::Met])
    {
        std::fs::write(&path, pellucid::report::canonical(&evidence).unwrap()).unwrap();
        for format in [Format::Terminal, Format::Html, Format::Json] {
            let output = folder.path().join("out").join("report");
            let args = Args { evidence: path.clone(), format, output: Some(output.clone()) };
            let (exit, text) = report::render(&args).unwrap();
            assert_eq!(exit, expected, "{name}");
            assert_eq!(std::fs::read_to_string(&output).unwrap(), text);
            match format {
                Format::Terminal => assert!(text.contains(&judge(&evidence).sentence[..40]), "{text}"),
                Format::Html => assert!(text.starts_with("<!DOCTYPE html>")),
                Format::Json => {
                    assert_eq!(text.as_bytes(), pellucid::report::canonical(&judge(&evidence)).unwrap());
                }
                Format::Buildinfo | Format::Slsa => {
                    unreachable!("they are of a build and have tests of their own")
                }
            }
        }
    }
}

#[test]
fn what_is_of_a_build_is_rendered_where_there_is_one_and_is_a_wrong_request_where_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.json");
    let render = |evidence: &pellucid::model::Evidence, format| {
        std::fs::write(&path, pellucid::report::canonical(evidence).unwrap()).unwrap();
        report::render(&Args { evidence: path.clone(), format, output: None })
    };
    let debian = super::exports::debian();
    assert!(render(&debian, Format::Buildinfo).unwrap().1.starts_with("Format: 1.0\nSource: agent\n"));
    assert!(render(&debian, Format::Slsa).unwrap().1.contains("slsa.dev/provenance"));
    for format in [Format::Buildinfo, Format::Slsa] {
        let (exit, message) = render(&sample::source_only(), format).unwrap_err();
        assert_eq!(exit, Exit::Request);
        assert!(message.contains("built nothing"), "{message}");
    }
}

#[test]
fn what_is_no_evidence_is_a_wrong_request_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.json");
    let later = {
        let mut evidence = sample::bit_exact();
        evidence.evidence_version = 2;
        pellucid::report::canonical(&evidence).unwrap()
    };
    for (bytes, said) in [
        (b"".to_vec(), "is no evidence of a review: EOF"),
        (b"{}".to_vec(), "is no evidence of a review: missing field"),
        (later, "is evidence of version 2, this program reads 1"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let args = Args { evidence: path.clone(), format: Format::Json, output: None };
        let (exit, message) = report::render(&args).unwrap_err();
        assert_eq!(exit, Exit::Request);
        assert!(message.contains(said), "{message}");
    }
    let args = Args { evidence: folder.path().join("none"), format: Format::Json, output: None };
    assert!(report::render(&args).unwrap_err().1.contains("nothing was rendered"));
}
