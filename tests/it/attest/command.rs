//! `pellucid keygen` and `pellucid verify` as a user meets them: exit code and sentence.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use pellucid::attest;
use pellucid::attest::SigningKey;
use pellucid::cli::keygen;
use pellucid::cli::verify;
use pellucid::exit::Exit;
use pellucid::model::Evidence;

use super::stated;
use crate::report::sample;

/// A folder with a key pair, an artifact, the evidence and its attestation in both wrappings.
struct Signed {
    folder: tempfile::TempDir,
}

impl Signed {
    fn new(evidence: &Evidence, artifact: &[u8], ed25519: bool) -> Signed {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        keygen::keygen(&keygen::Args { out: at("signer"), ed25519 }).unwrap();
        let key = SigningKey::from_pem(&std::fs::read_to_string(at("signer.key")).unwrap()).unwrap();
        let (bytes, statement) = stated(evidence);
        let envelope = attest::sign(&statement, &key).unwrap();
        std::fs::write(at("a.intoto.json"), envelope.dsse()).unwrap();
        std::fs::write(at("a.sigstore.json"), envelope.bundle()).unwrap();
        std::fs::write(at("evidence.json"), bytes).unwrap();
        std::fs::write(at("agent"), artifact).unwrap();
        Signed { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn args(&self) -> verify::Args {
        verify::Args {
            envelope: self.at("a.intoto.json"),
            key: self.at("signer.pub"),
            artifacts: vec![self.at("agent")],
            evidence: Some(self.at("evidence.json")),
        }
    }

    /// Exit code and what is printed.
    fn verify(&self, args: &verify::Args) -> (Exit, String) {
        verify::check(args).unwrap_or_else(|(exit, message)| (exit, message))
    }

    fn change(&self, name: &str, change: impl FnOnce(String) -> String) {
        let text = std::fs::read_to_string(self.at(name)).unwrap();
        let changed = change(text.clone());
        assert_ne!(text, changed);
        std::fs::write(self.at(name), changed).unwrap();
    }
}

#[test]
fn an_authentic_attestation_ends_with_the_code_of_its_decision() {
    for (evidence, artifact, expected, word) in [
        (sample::bit_exact(), sample::AGENT, Exit::Met, "Policy met"),
        (sample::dishonest(), sample::AGENT_WITH_MORE, Exit::NotMet, "Policy not met"),
        (sample::inconclusive(), sample::AGENT, Exit::Inconclusive, "Inconclusive"),
    ] {
        for ed25519 in [false, true] {
            let signed = Signed::new(&evidence, artifact, ed25519);
            for wrapping in ["a.intoto.json", "a.sigstore.json"] {
                let args = verify::Args { envelope: signed.at(wrapping), ..signed.args() };
                let (exit, text) = signed.verify(&args);
                assert_eq!(exit, expected, "{text}");
                assert!(text.lines().last().unwrap().contains(word), "{text}");
                assert!(text.contains("is the attested agent"), "{text}");
                assert!(text.contains("judging it again gives the attested verdict"), "{text}");
            }
        }
    }
}

#[test]
fn what_was_not_given_is_said_not_to_be_checked() {
    let signed = Signed::new(&sample::bit_exact(), sample::AGENT, false);
    let (exit, text) = signed.verify(&verify::Args { artifacts: vec![], evidence: None, ..signed.args() });
    assert_eq!(exit, Exit::Met);
    assert!(text.contains("no --artifact was given") && text.contains("no --evidence was given"), "{text}");
}

#[test]
fn each_tampered_thing_is_named_and_ends_with_code_4() {
    type Tamper = fn(&Signed);
    let cases: [(Tamper, &str); 5] = [
        (
            |s| s.change("a.intoto.json", |t| t.replacen("\"sig\":\"M", "\"sig\":\"N", 1)),
            "the signature does not hold",
        ),
        (|s| s.change("a.intoto.json", |t| t.replace("in-toto+json", "in-toto+yaml")), "the payload type is"),
        (|s| s.change("a.intoto.json", |t| t + " "), "not as pellucid writes them"),
        (|s| s.change("agent", |t| t + "!"), "is not among the attestation's subjects"),
        (|s| s.change("evidence.json", |t| t.replacen("2.4.1", "2.4.2", 1)), "is not the one attested"),
    ];
    for (tamper, sentence) in cases {
        let signed = Signed::new(&sample::bit_exact(), sample::AGENT, false);
        tamper(&signed);
        let (exit, text) = signed.verify(&signed.args());
        assert_eq!(exit, Exit::Trust, "{sentence}: {text}");
        assert!(text.contains(sentence), "{sentence}: {text}");
    }
}

#[test]
fn another_key_does_not_verify() {
    let signed = Signed::new(&sample::bit_exact(), sample::AGENT, false);
    let other = Signed::new(&sample::bit_exact(), sample::AGENT, false);
    let (exit, text) = signed.verify(&verify::Args { key: other.at("signer.pub"), ..signed.args() });
    assert_eq!(exit, Exit::Trust);
    assert!(text.contains("another key signed it"), "{text}");
}

#[test]
fn files_that_cannot_be_read_are_a_wrong_request() {
    let signed = Signed::new(&sample::bit_exact(), sample::AGENT, false);
    let missing = signed.at("missing");
    for args in [
        verify::Args { envelope: missing.clone(), ..signed.args() },
        verify::Args { key: missing.clone(), ..signed.args() },
        verify::Args { key: signed.at("signer.key"), ..signed.args() },
        verify::Args { artifacts: vec![missing.clone()], ..signed.args() },
        verify::Args { artifacts: vec![signed.folder.path().to_owned()], ..signed.args() },
        verify::Args { evidence: Some(missing.clone()), ..signed.args() },
    ] {
        let (exit, text) = signed.verify(&args);
        assert_eq!(exit, Exit::Request, "{text}");
        assert!(text.starts_with("reading "), "{text}");
    }
}

#[test]
fn a_private_key_is_its_owners_alone_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("k");
    let args = keygen::Args { out: out.clone(), ed25519: false };
    assert!(keygen::keygen(&args).unwrap().contains("key id"));
    let mode = |name: &Path| std::fs::metadata(name).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&out.with_extension("key")), 0o600);
    let before = std::fs::read(out.with_extension("key")).unwrap();
    assert_eq!(keygen::keygen(&args).unwrap_err().0, Exit::Request);
    std::fs::remove_file(out.with_extension("pub")).unwrap();
    let (exit, message) = keygen::keygen(&args).unwrap_err();
    assert_eq!(exit, Exit::Request, "the private half alone is enough to refuse");
    assert!(message.contains("k.key: "), "{message}");
    assert_eq!(std::fs::read(out.with_extension("key")).unwrap(), before);
    assert!(!out.with_extension("pub").exists(), "no public half of another pair is left beside it");
}
