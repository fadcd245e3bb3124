//! What others read: a `.buildinfo` and a provenance statement, from the evidence alone.

use pellucid::attest;
use pellucid::model::Evidence;
use pellucid::model::RelPath;
use pellucid::model::Sha256;
use pellucid::model::environment::LOCK_VERSION;
use pellucid::model::environment::Lock;
use pellucid::model::environment::LockedPackage;
use pellucid::model::environment::MadeEnvironment;
use pellucid::model::environment::Resolved;
use pellucid::model::environment::ToolRole;
use pellucid::model::environment::UsedPackage;
use pellucid::model::environment::UsedTool;
use pellucid::model::review::Environment;
use pellucid::model::review::Source;
use pellucid::report;
use serde_json::Value;

use super::sample;

fn package(name: &str, architecture: &str, version: &str) -> LockedPackage {
    let sha256 = Sha256::of(name.as_bytes());
    LockedPackage {
        name: name.into(),
        architecture: architecture.into(),
        version: version.into(),
        size: 9,
        sha256,
    }
}

/// A Debian package built in an environment of three packages.
pub fn debian() -> Evidence {
    let mut evidence = sample::bit_exact();
    let version = "1:2.0+x-1".to_owned();
    evidence.review.source =
        Source::Debian { package: "agent".into(), version, sha256: Sha256::of(b"the dsc") };
    let recipe = evidence.review.build.as_mut().unwrap();
    recipe.environment = Environment::Debian { lock: "environment.lock".into() };
    recipe.env = [("DEB_BUILD_OPTIONS".to_owned(), "parallel=2 \"quoted\"".to_owned())].into();
    for run in &mut evidence.runs {
        run.outputs[0].path = RelPath::from("../agent_2.0+x-1_amd64.deb");
    }
    let packages = vec![
        package("bash", "amd64", "5.2.15-2+b13"),
        package("libc6", "amd64", "2.36-9+deb12u14"),
        package("zlib1g", "all", "1:1.2.13.dfsg-1"),
    ];
    evidence.environment = Some(MadeEnvironment {
        lock_sha256: Sha256::of(b"the lock"),
        lock: Lock {
            version: LOCK_VERSION,
            suite: "bookworm".into(),
            architecture: "amd64".into(),
            source_date_epoch: 1_700_000_000,
            packages,
            missing: Vec::new(),
        },
        root: Sha256::of(b"the root"),
        files: 3,
        made_by: vec![],
    });
    evidence
}

fn on_the_host() -> Evidence {
    let mut evidence = debian();
    evidence.environment = None;
    evidence.review.build.as_mut().unwrap().environment = Environment::Host;
    let used = |name: &str, architecture: &str| UsedPackage {
        name: name.into(),
        architecture: architecture.into(),
        version: "1-1".into(),
        files: 2,
    };
    evidence.resolved = Some(Resolved {
        architecture: Some("amd64".into()),
        packages: vec![used("gcc-12", "amd64"), used("libfoo", "i386")],
        tools: vec![UsedTool {
            role: ToolRole::Compiler,
            path: RelPath::from("/usr/lib/gcc/cc1"),
            sha256: Sha256::of(b"cc1"),
            package: Some("gcc-12".into()),
            version: Some("1-1".into()),
        }],
        unowned: vec![],
    });
    evidence
}

#[test]
fn a_buildinfo_says_what_was_built_with_which_packages() {
    insta::assert_snapshot!(report::buildinfo(&debian()).unwrap());
    let host = report::buildinfo(&on_the_host()).unwrap();
    let depends = "Installed-Build-Depends:\n gcc-12 (= 1-1),\n libfoo:i386 (= 1-1)\n";
    assert!(host.contains(depends), "{host}");
}

#[test]
fn a_review_that_a_buildinfo_cannot_tell_of_gives_none() {
    for (name, evidence) in sample::all() {
        let refused = report::buildinfo(&evidence).unwrap_err();
        assert!(refused.contains("Debian") || refused.contains("built"), "{name}: {refused}");
    }
    let mut unwatched = on_the_host();
    unwatched.resolved = None;
    assert!(report::buildinfo(&unwatched).unwrap_err().contains("names no package"));
}

/// That `value` is a table with no other keys than these, as `provenance.proto` has them.
fn only<'a>(value: &'a Value, keys: &[&str]) -> &'a serde_json::Map<String, Value> {
    let table = value.as_object().unwrap_or_else(|| panic!("{value} is no object"));
    for key in table.keys() {
        assert!(keys.contains(&key.as_str()), "{key} is not one of {keys:?}");
    }
    table
}

fn resource(value: &Value) {
    let keys = ["uri", "digest", "name", "downloadLocation", "mediaType", "content", "annotations"];
    let table = only(value, &keys);
    assert!(table.contains_key("uri") || table.contains_key("name"), "{value}");
    for (algorithm, digits) in table["digest"].as_object().unwrap() {
        let length = if algorithm == "sha256" { 64 } else { 40 };
        assert_eq!(digits.as_str().unwrap().len(), length, "{value}");
    }
}

#[test]
fn provenance_has_the_shape_of_its_schema_and_names_everything_by_digest() {
    for evidence in [debian(), on_the_host(), sample::bit_exact()] {
        let text = attest::provenance(&evidence).unwrap();
        assert_eq!(text, attest::provenance(&evidence).unwrap());
        let statement: Value = serde_json::from_str(&text).unwrap();
        only(&statement, &["_type", "subject", "predicateType", "predicate"]);
        assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
        for subject in statement["subject"].as_array().unwrap() {
            only(subject, &["name", "digest"]);
            resource(subject);
        }
        let predicate = &statement["predicate"];
        only(predicate, &["buildDefinition", "runDetails"]);
        let definition = &predicate["buildDefinition"];
        only(definition, &["buildType", "externalParameters", "internalParameters", "resolvedDependencies"]);
        let dependencies = definition["resolvedDependencies"].as_array().unwrap();
        dependencies.iter().for_each(resource);
        let details = &predicate["runDetails"];
        only(details, &["builder", "metadata", "byproducts"]);
        only(&details["builder"], &["id", "version", "builderDependencies"]);
        only(&details["metadata"], &["invocationId", "startedOn", "finishedOn"]);
        details["byproducts"].as_array().unwrap().iter().for_each(resource);
        assert!(!text.contains("9007199254740993"), "no number a protobuf Struct would round");
    }
    let statement: Value = serde_json::from_str(&attest::provenance(&debian()).unwrap()).unwrap();
    let dependencies = statement["predicate"]["buildDefinition"]["resolvedDependencies"].as_array().unwrap();
    let uris: Vec<&str> = dependencies.iter().filter_map(|one| one["uri"].as_str()).collect();
    assert_eq!(
        uris,
        [
            "pkg:deb/debian/bash@5.2.15-2%2Bb13?arch=amd64",
            "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64",
            "pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1?arch=all",
        ]
    );
    for (name, evidence) in [("inconclusive", sample::inconclusive()), ("source-only", sample::source_only())]
    {
        assert!(attest::provenance(&evidence).unwrap_err().contains("built"), "{name}");
    }
}
