//! Manifests that load, and the documents about them.

use pellucid::manifest;
use pellucid::model::review::Source;

#[test]
fn the_template_loads_and_so_does_every_alternative_its_comments_offer() {
    let template = manifest::template();
    manifest::load(&template, "review.toml").unwrap_or_else(|error| panic!("{error}"));
    let tables = tables(&template);
    let most = tables.iter().map(|(_, alternatives)| alternatives.len()).max().unwrap();
    assert_eq!(most, 5, "the kinds of source are the longest list");
    for variant in 0..most {
        let text: String = tables
            .iter()
            .map(|(head, alternatives)| head.clone() + &alternatives[variant.min(alternatives.len() - 1)])
            .collect();
        manifest::load(&text, "review.toml").unwrap_or_else(|error| panic!("{text}\n{error}"));
    }
}

/// The template with everything uncommented, table by table: the lines up to the first `kind`, and one
/// alternative for each `kind`.
fn tables(template: &str) -> Vec<(String, Vec<String>)> {
    let mut tables: Vec<(String, Vec<String>)> = vec![Default::default()];
    for line in template.lines().map(|line| line.trim_start_matches(['#', ' '])) {
        let key = line.split(" = ").next().unwrap();
        let is_key = line.contains(" = ") && !key.is_empty() && !key.contains([' ', '`']);
        let line = line
            .replace("<64 digits>", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
            .replace("<40 digits>", "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
            + "\n";
        let (head, alternatives) = tables.last_mut().unwrap();
        match (line.starts_with('['), is_key && key == "kind", is_key) {
            (true, ..) => tables.push((line, Vec::new())),
            (_, true, _) => alternatives.push(line),
            (_, _, true) => alternatives.last_mut().unwrap_or(head).push_str(&line),
            _ => {}
        }
    }
    tables.iter_mut().filter(|(_, a)| a.is_empty()).for_each(|(_, a)| a.push(String::new()));
    tables
}

#[test]
fn every_key_of_the_schema_is_in_the_template() {
    fn keys(schema: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        if let Some(properties) = schema["properties"].as_object() {
            found.extend(properties.keys().cloned());
        }
        match schema {
            serde_json::Value::Object(map) => map.values().for_each(|value| keys(value, found)),
            serde_json::Value::Array(all) => all.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }
    let mut found = std::collections::BTreeSet::new();
    keys(&manifest::schema(), &mut found);
    assert!(found.len() > 40, "{found:?}");
    let template = manifest::template();
    for key in found {
        let start = format!("{key} =");
        let as_key = template.lines().any(|line| line.trim_start_matches(['#', ' ']).starts_with(&start));
        let as_table = template.contains(&format!("[{key}]")) || template.contains(&format!(".{key}]"));
        let as_table = as_table || template.contains(&format!("[{key}."));
        assert!(as_key || as_table, "`{key}` is not in the template");
    }
}

#[test]
fn the_published_schema_accepts_what_loads_and_refuses_what_does_not() {
    let schema = manifest::schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let json = |text: &str| serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
    assert!(validator.is_valid(&json(&manifest::template())));
    assert!(validator.is_valid(&json(super::RIGHT)));
    assert!(!validator.is_valid(&json(&super::RIGHT.replace("commands", "comands"))));
    assert!(!validator.is_valid(&json(&super::RIGHT.replace("path = \".\"", "paht = \".\""))));
}

#[test]
fn values_arrive_as_written_and_defaults_are_those_of_the_types() {
    let review = manifest::load(super::RIGHT, "review.toml").unwrap();
    assert_eq!(review.source, Source::Directory { path: ".".into(), root: None });
    let build = review.build.unwrap();
    assert_eq!((build.path.as_str(), build.limits.time_seconds), ("/build/source", 1800));
    assert_eq!(review.policy.accepted[0].date, "2026-01-31");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_read() {
    let text = format!("\u{feff}{}", super::RIGHT.replace('\n', "\r\n"));
    assert!(manifest::load(&text, "review.toml").is_ok());
    let broken = text.replace("commands", "comands");
    let error = manifest::load(&broken, "review.toml").unwrap_err();
    assert_eq!((error.problems[0].line, error.problems[0].column), (14, 1));
    assert!(!error.to_string().contains('\r') && !error.to_string().contains("\\x0d"));
}

#[test]
fn init_writes_a_manifest_that_loads_and_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let pellucid = |arguments: &[&str]| {
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_pellucid"))
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (program.status.code().unwrap(), text(program.stdout), text(program.stderr))
    };
    assert_eq!(pellucid(&["init"]), (0, "./review.toml\n".into(), String::new()));
    let written = std::fs::read(folder.path().join("review.toml")).unwrap();
    assert!(manifest::read(&written, "review.toml").is_ok());
    std::fs::write(folder.path().join("review.toml"), "mine").unwrap();
    let (code, out, error) = pellucid(&["init"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(error.contains("review.toml exists and was left as it is"), "{error}");
    assert_eq!(std::fs::read_to_string(folder.path().join("review.toml")).unwrap(), "mine");
    assert_eq!(pellucid(&["init", "a/b"]).1, "a/b/review.toml\n");
    assert_eq!(pellucid(&["init", "a/other.toml"]).1, "a/other.toml\n");
    for record in ["review", "evidence", "verdict"] {
        let (code, out, _) = pellucid(&["schema", record]);
        let schema: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(code, 0);
        jsonschema::validator_for(&schema).unwrap();
    }
    assert_eq!(pellucid(&["schema", "nothing"]).0, 2);
}
