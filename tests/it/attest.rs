//! The attest suite: what is signed, who may believe it, and that nothing changed goes through.

mod command;
mod foreign;
mod mutation;
mod python;

use pellucid::attest;
use pellucid::attest::Algorithm;
use pellucid::attest::CheckError;
use pellucid::attest::SigningKey;
use pellucid::attest::Statement;
use pellucid::attest::VerifyError;
use pellucid::model::Evidence;
use pellucid::model::Rung;
use pellucid::model::Sha256;
use pellucid::model::Verdict;
use pellucid::model::verdict::Decision;
use pellucid::report;

use crate::report::sample;

/// A key of fixed bytes: the same signatures every time.
pub fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_seed(algorithm, &[7; 32]).unwrap()
}

/// The review's own policy on the evidence.
pub fn judge(evidence: &Evidence) -> Verdict {
    pellucid::verdict::judge(evidence, &evidence.review.policy)
}

/// Evidence as written, and the statement of its verdict.
pub fn stated(evidence: &Evidence) -> (Vec<u8>, Vec<u8>) {
    let bytes = report::canonical(evidence).unwrap();
    let statement = attest::statement(evidence, &judge(evidence), &bytes).unwrap();
    (bytes, statement)
}

#[test]
fn every_sample_is_signed_verified_and_follows_from_its_evidence_with_either_key_in_either_wrapping() {
    for (name, evidence) in sample::all() {
        let (bytes, statement) = stated(&evidence);
        for algorithm in [Algorithm::P256, Algorithm::Ed25519] {
            let key = key(algorithm);
            let envelope = attest::sign(&statement, &key).unwrap();
            assert_eq!(envelope, attest::sign(&statement, &key).unwrap(), "signing is deterministic");
            for file in [envelope.dsse(), envelope.bundle()] {
                let payload = attest::verify(&file, &key.verifying_key()).unwrap();
                assert_eq!(payload.bytes(), statement);
                assert_eq!(attest::verify_foreign(&file, &key.verifying_key()).unwrap(), payload);
                let (read, verdict) = attest::check_evidence(&payload, &bytes, judge).unwrap();
                assert_eq!((read, verdict), (evidence.clone(), judge(&evidence)), "{name}");
            }
        }
    }
}

#[test]
fn failure_and_doubt_are_stated_as_such() {
    let decisions: Vec<(&str, Decision, Option<Rung>)> = sample::all()
        .iter()
        .map(|(name, evidence)| {
            let statement: Statement = serde_json::from_slice(&stated(evidence).1).unwrap();
            let said = statement.predicate;
            assert_eq!(said.reasons.is_empty(), said.decision == Decision::Met);
            (*name, said.decision, said.artifacts.first().map(|artifact| artifact.rung))
        })
        .collect();
    let expected = [
        ("bit-exact", Decision::Met, Some(Rung::BitExact)),
        ("dishonest", Decision::NotMet, Some(Rung::Unexplained)),
        ("inconclusive", Decision::Inconclusive, Some(Rung::Inconclusive)),
        ("source-only", Decision::Met, None),
    ];
    assert_eq!(decisions, expected);
}

#[test]
fn the_statement_is_what_strict_parsers_of_the_field_take() {
    for (name, evidence) in sample::all() {
        let value: serde_json::Value = serde_json::from_slice(&stated(&evidence).1).unwrap();
        let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            ["_type", "predicate", "predicateType", "subject"],
            "nothing of ours beside the four"
        );
        assert_eq!(value["_type"], "https://in-toto.io/Statement/v1");
        assert!(value["predicate"].is_object());
        for subject in value["subject"].as_array().unwrap() {
            let keys: Vec<&String> = subject.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["digest", "name"]);
            assert!(subject["digest"].as_object().unwrap().keys().eq(["sha256"]));
        }
        let subject = value["subject"][0]["digest"]["sha256"].as_str().unwrap();
        match name {
            "source-only" => assert_eq!(subject, evidence.source.root.hex()),
            _ => assert_eq!(subject, evidence.artifacts[0].sha256.hex()),
        }
    }
}

#[test]
fn a_rehearsal_and_the_gaps_are_in_the_statement() {
    let mut evidence = sample::dishonest();
    evidence.artifacts[0].rehearsal = true;
    let statement: Statement = serde_json::from_slice(&stated(&evidence).1).unwrap();
    let said = statement.predicate;
    assert!(said.rehearsal && said.artifacts[0].rehearsal);
    assert_eq!(said.not_examined, 3);
    assert_eq!((said.findings.total, said.findings.failing.len()), (4, 2));
    assert_eq!(said.rebuild.self_consistent, Some(false));
    assert_eq!(said.artifacts[0].account["unexplained"], "19");
    assert_eq!(said.verified_on.as_deref(), Some("2026-01-02T03:05:11Z"));
}

#[test]
fn more_subjects_than_verifiers_take_is_an_error_and_not_a_broken_statement() {
    let mut evidence = sample::bit_exact();
    evidence.artifacts = vec![evidence.artifacts[0].clone(); 1025];
    let verdict = judge(&evidence);
    assert_eq!(
        attest::statement(&evidence, &verdict, b"").unwrap_err().to_string(),
        "1025 shipped artifacts, and a statement names at most 1024: split the review"
    );
    evidence.artifacts.pop();
    assert!(attest::statement(&evidence, &judge(&evidence), b"").is_ok());
}

#[test]
fn an_artifact_that_was_not_attested_is_named_with_the_subjects() {
    let (_, statement) = stated(&sample::bit_exact());
    let statement: Statement = serde_json::from_slice(&statement).unwrap();
    assert_eq!(attest::check_artifact(&statement, "x", Sha256::of(sample::AGENT)).unwrap(), "agent");
    let other = Sha256::of(b"another file");
    let error = attest::check_artifact(&statement, "other.bin", other).unwrap_err();
    assert!(matches!(error, CheckError::Artifact { .. }));
    let text = error.to_string();
    assert!(text.starts_with(&format!("artifact other.bin (sha256 {other}) is not among")), "{text}");
    assert!(text.contains("agent (sha256 "), "{text}");
}

#[test]
fn a_signer_who_states_another_verdict_than_the_evidence_gives_is_found_out() {
    let evidence = sample::dishonest();
    let (bytes, _) = stated(&evidence);
    let key = key(Algorithm::P256);
    let verify = |verdict: &Verdict, evidence: &Evidence| {
        let statement = attest::statement(evidence, verdict, &bytes).unwrap();
        let file = attest::sign(&statement, &key).unwrap().dsse();
        let payload = attest::verify(&file, &key.verifying_key()).unwrap();
        attest::check_evidence(&payload, &bytes, judge).unwrap_err().to_string()
    };
    let mut kinder = judge(&evidence);
    kinder.decision = Decision::Met;
    let text = verify(&kinder, &evidence);
    assert_eq!(
        text,
        "the attested verdict does not follow from the evidence: /predicate/decision is stated as \"met\" \
         and the evidence gives \"not-met\""
    );
    let mut rung = judge(&evidence);
    rung.artifacts[0].rung = Rung::BitExact;
    assert!(verify(&rung, &evidence).contains("/predicate/artifacts/0/rung"));
    let mut fewer = judge(&evidence);
    fewer.failing_findings.clear();
    assert!(verify(&fewer, &evidence).contains("/predicate/findings/failing/0"));
    // A policy in the statement that is not the evidence's, and a product's name.
    let mut lenient = evidence.clone();
    lenient.review.policy.fail_on = pellucid::model::scan::Severity::Critical;
    assert!(verify(&judge(&evidence), &lenient).contains("/predicate/policy/failOn"));
}

#[test]
fn a_signature_turned_into_its_other_half_or_spelled_otherwise_is_not_ours() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let (_, statement) = stated(&sample::bit_exact());
    let key = key(Algorithm::P256);
    let file = attest::sign(&statement, &key).unwrap().dsse();
    let value: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let sig = value["signatures"][0]["sig"].as_str().unwrap();
    let der = STANDARD.decode(sig).unwrap();
    let low = p256::ecdsa::Signature::from_der(&der).unwrap();
    assert_eq!(low.normalize_s(), low, "we sign in the low half");
    let high = p256::ecdsa::Signature::from_scalars(low.r(), -*low.s()).unwrap();
    for other in [high.to_der().as_bytes().to_vec(), low.to_vec()] {
        let text = String::from_utf8(file.clone()).unwrap().replace(sig, &STANDARD.encode(other));
        let public = key.verifying_key();
        assert_eq!(attest::verify(text.as_bytes(), &public), Err(VerifyError::NotCanonical));
        assert!(attest::verify_foreign(text.as_bytes(), &public).is_ok(), "it does hold");
    }
}

#[test]
fn keys_survive_their_files_and_other_files_are_no_keys() {
    for algorithm in [Algorithm::P256, Algorithm::Ed25519] {
        let key = key(algorithm);
        let again = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
        assert_eq!(again.verifying_key(), key.verifying_key());
        let public = attest::VerifyingKey::from_pem(&key.verifying_key().to_pem().unwrap()).unwrap();
        assert_eq!((public.algorithm(), public), (algorithm, key.verifying_key()));
        assert!(SigningKey::from_pem(&key.verifying_key().to_pem().unwrap()).is_err());
        assert!(attest::VerifyingKey::from_pem(&key.to_pem().unwrap()).is_err());
    }
    for text in ["", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "\0\0\0"] {
        assert!(SigningKey::from_pem(text).is_err() && attest::VerifyingKey::from_pem(text).is_err());
    }
    assert!(SigningKey::from_seed(Algorithm::P256, &[0; 32]).is_err(), "zero is no scalar");
}
