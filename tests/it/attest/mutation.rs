//! Every byte of an envelope, an artifact and the evidence changed once: each change must be found, and the
//! sentence must name the thing that was changed.

use pellucid::attest;
use pellucid::attest::Algorithm;
use pellucid::attest::CheckError;
use pellucid::attest::Statement;
use pellucid::attest::VerifyError;
use pellucid::model::Sha256;

use super::judge;
use super::key;
use super::stated;
use crate::report::sample;

/// Every single-bit change of `bytes`, every byte dropped, and every byte doubled.
fn changes(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).flat_map(move |at| {
        let flipped = (0..8).map(move |bit| {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1 << bit;
            changed
        });
        let mut dropped = bytes.to_vec();
        dropped.remove(at);
        let mut doubled = bytes.to_vec();
        doubled.insert(at, bytes[at]);
        flipped.chain([dropped, doubled])
    })
}

#[test]
fn any_changed_byte_of_an_envelope_or_bundle_fails() {
    // Ed25519 is quick enough to try every bit; the wrapping is the same for P-256.
    let key = key(Algorithm::Ed25519);
    let statement =
        br#"{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"x","predicate":{}}"#;
    let envelope = attest::sign(statement, &key).unwrap();
    let public = key.verifying_key();
    for (wrapping, file) in [("dsse", envelope.dsse()), ("bundle", envelope.bundle())] {
        assert!(attest::verify(&file, &public).is_ok());
        let mut kinds = std::collections::BTreeMap::new();
        for changed in changes(&file) {
            let error = attest::verify(&changed, &public).unwrap_err();
            let kind = match error {
                VerifyError::NotAnEnvelope(_) => "not an envelope",
                VerifyError::PayloadType(_) => "payload type",
                VerifyError::Signature => "signature",
                VerifyError::KeyId(_) => "key id",
                VerifyError::NotCanonical => "not as written",
                VerifyError::Key(_) => panic!("the key was not changed"),
            };
            *kinds.entry(kind).or_insert(0u32) += 1;
        }
        // Every way to fail is met, so the sample reaches every part of the file.
        for kind in ["not an envelope", "payload type", "signature", "key id", "not as written"] {
            assert!(kinds.get(kind).is_some_and(|n| *n > 0), "{wrapping}: no change gave {kind}: {kinds:?}");
        }
    }
}

#[test]
fn changes_a_json_reader_would_not_see_fail_too() {
    for algorithm in [Algorithm::P256, Algorithm::Ed25519] {
        let key = key(algorithm);
        let (_, statement) = stated(&sample::bit_exact());
        let file = String::from_utf8(attest::sign(&statement, &key).unwrap().dsse()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&file).unwrap();
        let same_meaning = [
            file.trim_end().to_owned(),
            format!(" {file}"),
            format!("{file}\n"),
            file.replace(r#"","payloadType""#, r#"", "payloadType""#),
            serde_json::to_string_pretty(&value).unwrap(),
            file.replacen("payload", "p\\u0061yload", 1),
            file.replacen('{', r#"{"comment":"unknown fields are ignored by most readers","#, 1),
        ];
        for changed in same_meaning {
            assert_ne!(changed, file);
            assert_eq!(
                attest::verify(changed.as_bytes(), &key.verifying_key()),
                Err(VerifyError::NotCanonical),
                "{changed}"
            );
        }
        let twice = file.replacen('{', r#"{"payloadType":"application/vnd.in-toto+json","#, 1);
        assert!(matches!(
            attest::verify(twice.as_bytes(), &key.verifying_key()),
            Err(VerifyError::NotAnEnvelope(_))
        ));
    }
}

#[test]
fn any_changed_byte_of_an_artifact_fails() {
    let (_, statement) = stated(&sample::bit_exact());
    let statement: Statement = serde_json::from_slice(&statement).unwrap();
    for changed in changes(sample::AGENT).filter(|changed| changed != sample::AGENT) {
        let error = attest::check_artifact(&statement, "agent", Sha256::of(&changed)).unwrap_err();
        assert!(matches!(error, CheckError::Artifact { .. }));
    }
}

#[test]
fn any_changed_byte_of_the_evidence_fails() {
    let key = key(Algorithm::Ed25519);
    let (evidence, statement) = stated(&sample::dishonest());
    let file = attest::sign(&statement, &key).unwrap().dsse();
    let payload = attest::verify(&file, &key.verifying_key()).unwrap();
    assert!(attest::check_evidence(&payload, &evidence, judge).is_ok());
    for at in 0..evidence.len() {
        let mut changed = evidence.clone();
        changed[at] ^= 1;
        let error = attest::check_evidence(&payload, &changed, judge).unwrap_err();
        assert!(matches!(error, CheckError::EvidenceDigest { .. }), "byte {at}: {error}");
    }
}
