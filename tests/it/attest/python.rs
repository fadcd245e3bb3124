//! A program of others says yes to what we sign, and no once it is changed.

use std::path::Path;
use std::process::Command;

use pellucid::attest;
use pellucid::attest::Algorithm;

use super::key;
use super::stated;
use crate::report::sample;

#[test]
fn network_securesystemslib_and_the_strict_protobuf_mapping_take_our_envelopes() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {said}", program.display());
    };
    run(Path::new("python3"), &["-m", "venv", at("venv").to_str().unwrap()]);
    let packages = ["securesystemslib[crypto]==1.6.0", "in-toto-attestation==0.9.3"];
    run(&at("venv/bin/pip"), &["install", "-q", "--disable-pip-version-check", packages[0], packages[1]]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/attest/verify_with_python.py");
    let checked = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/attest/parse_provenance.py");
    for evidence in [crate::report::exports::debian(), sample::bit_exact()] {
        std::fs::write(at("provenance.json"), attest::provenance(&evidence).unwrap()).unwrap();
        let file = at("provenance.json").display().to_string();
        run(&at("venv/bin/python"), &[checked.to_str().unwrap(), &file]);
    }
    for (name, evidence) in sample::all() {
        for algorithm in [Algorithm::P256, Algorithm::Ed25519] {
            let key = key(algorithm);
            let envelope = attest::sign(&stated(&evidence).1, &key).unwrap().dsse();
            let text = String::from_utf8(envelope.clone()).unwrap();
            // One character inside the payload, so that it is still base64 and still an envelope.
            let mut tampered = envelope.clone();
            let inside = text.find("\"payload\":\"").unwrap() + 200;
            tampered[inside] = if tampered[inside] == b'A' { b'B' } else { b'A' };
            std::fs::write(at("key.pub"), key.verifying_key().to_pem().unwrap()).unwrap();
            std::fs::write(at("good.json"), &envelope).unwrap();
            std::fs::write(at("tampered.json"), &tampered).unwrap();
            let files = ["key.pub", "good.json", "tampered.json"].map(|file| at(file).display().to_string());
            let arguments = [script.to_str().unwrap(), &files[0], &files[1], &files[2]];
            println!("{name} {algorithm:?}");
            run(&at("venv/bin/python"), &arguments);
        }
    }
}
