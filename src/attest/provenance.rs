//! SLSA Provenance v1 of a rebuild: what the nominal run's outputs were built from, in which environment.
//!
//! An in-toto Statement like the verdict's, made of the evidence alone, and unsigned: it tells how the files
//! were built *here*. It says nothing about how the vendor built what it ships; where the digests are equal,
//! the shipped file is a subject of it.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::json;

use crate::model::Evidence;
use crate::model::environment::LockedPackage;
use crate::model::evidence::Fetched;
use crate::model::review::Environment;
use crate::model::review::Recipe;
use crate::model::run::Outcome;
use crate::model::run::RunRecord;

/// The predicate type.
const PREDICATE: &str = "https://slsa.dev/provenance/v1";
/// What the parameters below mean.
const BUILD_TYPE: &str = "https://pellucid.example/buildtypes/rebuild/v0.1";
/// Who built.
const BUILDER: &str = "https://pellucid.example/builder/local/v0.1";
/// sigstore-go and the tools built on it refuse more.
const MAX_SUBJECTS: usize = 1024;

/// The statement: JSON with fields in a fixed order, two spaces of indentation, a newline at the end.
///
/// # Errors
/// A sentence, where there is no build, it did not succeed, or it left more than a statement can name.
pub fn provenance(evidence: &Evidence) -> Result<String, String> {
    let (Some(recipe), Some(run)) = (&evidence.review.build, evidence.runs.first()) else {
        return Err("the review built nothing, so there is no provenance to state".to_owned());
    };
    if run.outcome != Outcome::Built {
        return Err(format!("the {} run was not built, so there is no provenance to state", run.name));
    }
    if run.outputs.len() > MAX_SUBJECTS {
        let outputs = run.outputs.len();
        return Err(format!(
            "{outputs} outputs, and a statement names at most {MAX_SUBJECTS}: split the review"
        ));
    }
    let subject: Vec<Value> = run
        .outputs
        .iter()
        .map(|output| {
            let name = crate::model::path::escape(output.path.file_name());
            json!({ "name": name, "digest": { "sha256": output.sha256 } })
        })
        .collect();
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": external(evidence, recipe),
                "internalParameters": internal(run),
                "resolvedDependencies": dependencies(evidence),
            },
            "runDetails": details(evidence),
        },
    });
    Ok(format!("{statement:#}\n"))
}

/// What whoever asked for the build chose. Whole numbers are text: a protobuf `Struct` rounds large ones.
fn external(evidence: &Evidence, recipe: &Recipe) -> Value {
    let product = &evidence.review.product;
    let environment = match &recipe.environment {
        Environment::Host => json!({ "kind": "host" }),
        Environment::Directory { path } => json!({ "kind": "directory", "path": path }),
        Environment::Tarball { path, sha256 } => json!({ "kind": "tarball", "path": path, "sha256": sha256 }),
        Environment::Debian { lock } => json!({ "kind": "debian", "lock": lock }),
    };
    let mut parameters = json!({
        "product": { "vendor": product.vendor, "name": product.name, "version": product.version },
        "path": recipe.path,
        "commands": recipe.commands,
        "outputs": recipe.outputs,
        "env": recipe.env,
        "environment": environment,
    });
    if let Some(epoch) = recipe.source_date_epoch {
        parameters["sourceDateEpoch"] = Value::String(epoch.to_string());
    }
    parameters
}

/// What the builder chose.
fn internal(run: &RunRecord) -> Value {
    let conditions: BTreeMap<&str, &str> =
        run.conditions.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
    let sandbox: BTreeMap<&str, &str> =
        run.sandbox.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
    json!({ "run": run.name, "conditions": conditions, "sandbox": sandbox })
}

/// What went in: the source, the manifest, the inputs, and the environment as far as it is known by digest.
fn dependencies(evidence: &Evidence) -> Vec<Value> {
    let mut all = vec![
        json!({ "name": "review.toml", "digest": { "sha256": evidence.manifest } }),
        json!({
            "name": "source snapshot",
            "digest": { "sha256": evidence.source.root },
            "annotations": { "digestOf": "the list of every path with mode, size and digest" },
        }),
    ];
    all.extend(evidence.source.origin.iter().map(fetched));
    all.extend(evidence.inputs.iter().map(fetched));
    if let Some(made) = &evidence.environment {
        all.push(json!({ "name": "environment.lock", "digest": { "sha256": made.lock_sha256 } }));
        all.push(json!({
            "name": "environment root",
            "digest": { "sha256": made.root },
            "annotations": { "digestOf": "the list of every path with mode, size and digest" },
        }));
        all.extend(made.lock.packages.iter().map(package));
    } else if let Some(resolved) = &evidence.resolved {
        all.extend(resolved.tools.iter().map(|tool| {
            let mut one = json!({ "name": tool.path, "digest": { "sha256": tool.sha256 } });
            if let (Some(package), Some(version)) = (&tool.package, &tool.version) {
                one["annotations"] = json!({ "package": package, "version": version });
            }
            one
        }));
    }
    all
}

fn fetched(one: &Fetched) -> Value {
    let digest = match one.digest.len() {
        64 => json!({ "sha256": one.digest.to_lowercase() }),
        _ => json!({ "gitCommit": one.digest.to_lowercase() }),
    };
    json!({ "name": one.name, "digest": digest, "annotations": { "by": one.by } })
}

fn package(package: &LockedPackage) -> Value {
    let (version, architecture) = (escaped(&package.version), &package.architecture);
    json!({
        "uri": format!("pkg:deb/debian/{}@{version}?arch={architecture}", escaped(&package.name)),
        "digest": { "sha256": package.sha256 },
    })
}

/// A part of a package URL: what is not unreserved is escaped (purl specification, "Character encoding").
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn details(evidence: &Evidence) -> Value {
    let tool = &evidence.tool;
    let mut builder = json!({ "id": BUILDER, "version": { tool.name.as_str(): tool.version } });
    if let Some(made) = &evidence.environment {
        builder["builderDependencies"] = made.made_by.iter().map(fetched).collect();
    }
    let logs = evidence.recorded.runs.iter().take(1).filter_map(|run| {
        let digest = run.log_sha256?;
        Some(json!({ "name": run.log, "digest": { "sha256": digest }, "mediaType": "text/plain" }))
    });
    json!({
        "builder": builder,
        "metadata": {
            // The review's digest names the invocation: the same evidence, the same statement.
            "invocationId": format!("sha256:{}", evidence.manifest),
            "startedOn": evidence.recorded.started,
            "finishedOn": evidence.recorded.finished,
        },
        "byproducts": logs.collect::<Vec<Value>>(),
    })
}
