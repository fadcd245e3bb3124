//! Envelopes other programs made, and the vector of the DSSE specification.

use std::path::Path;
use std::path::PathBuf;

use pellucid::attest;
use pellucid::attest::Algorithm;
use pellucid::attest::SigningKey;
use pellucid::attest::VerifyError;
use pellucid::attest::VerifyingKey;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/attest/vectors")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(vectors().join(name)).unwrap()
}

fn public(name: &str) -> VerifyingKey {
    VerifyingKey::from_pem(&String::from_utf8(read(name)).unwrap()).unwrap()
}

#[test]
fn the_pre_authentication_encoding_is_the_specifications() {
    let pae = attest::pae("http://example.com/HelloWorld", b"hello world");
    assert_eq!(pae, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    // Lengths are of bytes, not of characters.
    assert_eq!(attest::pae("é", "日".as_bytes()), "DSSEv1 2 é 3 日".as_bytes());
}

#[test]
fn the_specifications_key_signs_the_specifications_vector() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use p256::ecdsa::signature::Verifier;
    let x = decimal("46950820868899156662930047687818585632848591499744589407958293238635476079160");
    let y = decimal("5640078356564379163099075877009565129882514886557779369047442380624545832820");
    let mut point = vec![4];
    point.extend_from_slice(&x);
    point.extend_from_slice(&y);
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).unwrap();
    let sig = "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==";
    let signature = p256::ecdsa::Signature::from_slice(&STANDARD.decode(sig).unwrap()).unwrap();
    let pae = attest::pae("http://example.com/HelloWorld", b"hello world");
    key.verify(&pae, &signature).unwrap();

    // Its private key gives that same signature here: the nonce is RFC 6979's.
    let d = decimal("97358161215184420915383655311931858321456579547487070936769975997791359926199");
    let ours = SigningKey::from_seed(Algorithm::P256, &d).unwrap();
    assert_eq!(ours.verifying_key(), VerifyingKey::P256(key));
    let SigningKey::P256(inner) = ours else { panic!("a P-256 key") };
    let made: p256::ecdsa::Signature = p256::ecdsa::signature::Signer::sign(&inner, &pae);
    assert_eq!(made, signature);
    let envelope = format!(
        r#"{{"payload": "aGVsbG8gd29ybGQ=", "payloadType": "http://example.com/HelloWorld", "signatures": [{{"sig": "{sig}"}}]}}"#
    );
    assert_eq!(
        attest::verify_foreign(envelope.as_bytes(), &VerifyingKey::P256(key)),
        Err(VerifyError::PayloadType("http://example.com/HelloWorld".into())),
    );
}

#[test]
fn key_ids_and_hints_are_those_of_the_other_programs() {
    for name in ["p256", "ed25519"] {
        let info: serde_json::Value =
            serde_json::from_slice(&read(&format!("generated/{name}.keyinfo.json"))).unwrap();
        let key = public(&format!("generated/{name}.pub.pem"));
        assert_eq!(info["keyid_securesystemslib"], key.key_id().unwrap());
        assert_eq!(info["hint"], key.hint().unwrap());
    }
}

#[test]
fn envelopes_of_others_are_read_and_not_taken_for_ours() {
    let mut read_ones = 0;
    for statement in ["rebuild-verdict", "provenance", "vsa", "scai"] {
        for name in ["p256", "ed25519"] {
            let key = public(&format!("generated/{name}.pub.pem"));
            let other =
                public(if name == "p256" { "generated/ed25519.pub.pem" } else { "generated/p256.pub.pem" });
            for wrapping in ["intoto", "sigstore"] {
                let file = read(&format!("generated/{statement}.{name}.{wrapping}.json"));
                let payload = attest::verify_foreign(&file, &key).unwrap();
                let value: serde_json::Value = serde_json::from_slice(payload.bytes()).unwrap();
                assert_eq!(value["_type"], "https://in-toto.io/Statement/v1");
                assert_eq!(attest::verify_foreign(&file, &other), Err(VerifyError::Signature));
                assert!(attest::verify(&file, &key).is_err(), "not written as we write");
                assert!(attest::read_statement(&payload).is_err(), "not our predicate");
                read_ones += 1;
            }
        }
    }
    assert_eq!(read_ones, 16);
}

#[test]
fn a_tampered_envelope_of_others_is_refused() {
    let key = public("generated/p256.pub.pem");
    let file = String::from_utf8(read("generated/vsa.p256.intoto.json")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&file).unwrap();
    let payload = value["payload"].as_str().unwrap();
    let mut changed = payload.to_owned();
    changed.replace_range(40..41, if &payload[40..41] == "A" { "B" } else { "A" });
    assert_eq!(
        attest::verify_foreign(file.replace(payload, &changed).as_bytes(), &key),
        Err(VerifyError::Signature)
    );
    let text = file.replace("application/vnd.in-toto+json", "application/vnd.in-toto+yaml");
    assert!(matches!(attest::verify_foreign(text.as_bytes(), &key), Err(VerifyError::PayloadType(_))));
}

#[test]
fn a_real_summary_with_raw_r_and_s_and_the_url_safe_alphabet_is_read() {
    let key = public("slsa-vsa/vsa_signing_public_key.pem");
    let file = String::from_utf8(read("slsa-vsa/gke-gce-pre.bcid-vsa.jsonl")).unwrap();
    let payload = attest::verify_foreign(file.as_bytes(), &key).unwrap();
    let value: serde_json::Value = serde_json::from_slice(payload.bytes()).unwrap();
    assert_eq!(value["predicateType"], "https://slsa.dev/verification_summary/v1");
    let value: serde_json::Value = serde_json::from_str(&file).unwrap();
    let standard = value["payload"].as_str().unwrap();
    let url_safe = standard.replace('+', "-").replace('/', "_");
    let url_safe = file.replace(standard, url_safe.trim_end_matches('='));
    assert_eq!(attest::verify_foreign(url_safe.as_bytes(), &key).unwrap(), payload);
}

#[test]
fn stray_bits_in_the_last_character_are_refused() {
    let key = public("generated/p256.pub.pem");
    // "hello" is aGVsbG8=; aGVsbG9= decodes to the same five bytes in a careless decoder.
    let file =
        r#"{"payload":"aGVsbG9=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":""}]}"#;
    let error = attest::verify_foreign(file.as_bytes(), &key).unwrap_err();
    assert!(matches!(&error, VerifyError::NotAnEnvelope(text) if text.contains("not base64")), "{error}");
}

/// 32 bytes, big-endian, of a decimal number.
fn decimal(text: &str) -> [u8; 32] {
    let mut bytes = [0u8; 32];
    for digit in text.bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in bytes.iter_mut().rev() {
            let value = u32::from(*byte) * 10 + carry;
            *byte = (value & 255) as u8;
            carry = value >> 8;
        }
        assert_eq!(carry, 0);
    }
    bytes
}
