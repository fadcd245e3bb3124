//! The document against the manifest's JSON Schema: unknown and missing keys, types, closed lists, digests.
//!
//! Reads the part of JSON Schema that `schemars` writes for the types of [`crate::model::review`]: `$ref`,
//! `type`, `properties`, `required`, `additionalProperties`, `items`, `oneOf` of constants or of tables told
//! apart by `kind`, and `anyOf` with null. A schema word it does not know is reported as a problem rather
//! than passed over (and a test loads a manifest that uses every key).

use serde_json::Value;
use toml::de::DeValue;

use crate::model::Sha256;

use super::document::Kind;
use super::document::Node;
use super::error::Problem;
use super::nearest::nearest;

/// Every way in which `document` does not have the shape of a manifest.
pub fn check(document: &Node<'_>) -> Vec<Problem> {
    let root = super::schema();
    let mut walk = Walk { definitions: &root["$defs"], problems: Vec::new() };
    walk.value(&root, document);
    walk.problems
}

struct Walk<'s> {
    definitions: &'s Value,
    problems: Vec<Problem>,
}

impl<'s> Walk<'s> {
    fn value(&mut self, schema: &'s Value, node: &Node<'_>) {
        let (schema, name) = self.resolve(schema);
        if name == "Sha256" {
            return self.digest(node);
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let words: Vec<&str> = choices.iter().filter_map(|choice| choice["const"].as_str()).collect();
            return match words.len() == choices.len() {
                true => self.word(&words, node),
                false => self.tagged(choices, node),
            };
        }
        match kind(schema) {
            Some("object") => self.table(schema, node),
            Some("array") => match node.value {
                Kind::Other(DeValue::Array(_)) => {
                    node.items().iter().for_each(|item| self.value(&schema["items"], item));
                }
                _ => self.wrong(node, "an array", "put it in brackets: `[…]`"),
            },
            Some("string") if node.text().is_none() => self.wrong(node, "a string", "put it in quotes"),
            Some("boolean") if !matches!(node.value, Kind::Other(DeValue::Boolean(_))) => {
                self.wrong(node, "true or false", "write `true` or `false`, without quotes");
            }
            Some("integer") => self.integer(schema, node),
            Some("string" | "boolean") => {}
            _ => self.push(node, format!("`{}` has a form this program cannot check", node.path), ""),
        }
    }

    /// The schema behind `$ref` and behind "this or null", and the name it is defined under.
    fn resolve(&self, mut schema: &'s Value) -> (&'s Value, &'s str) {
        let mut name = "";
        loop {
            let some =
                schema["anyOf"].as_array().and_then(|any| any.iter().find(|one| one["type"] != "null"));
            if let Some(some) = some {
                schema = some;
            } else if let Some(path) = schema["$ref"].as_str() {
                name = path.rsplit('/').next().unwrap_or(path);
                schema = &self.definitions[name];
            } else {
                return (schema, name);
            }
        }
    }

    fn table(&mut self, schema: &'s Value, node: &Node<'_>) {
        if !matches!(node.value, Kind::Table(_)) {
            let advice = format!("write `[{}]` and its keys on lines of their own", node.path);
            return self.wrong(node, "a table", &advice);
        }
        let place = place(node);
        let known = schema["properties"].as_object();
        let mut meant = Vec::new();
        for field in node.fields() {
            if let Some(property) = known.and_then(|known| known.get(field.name)) {
                self.value(property, &field.node);
            } else if schema["additionalProperties"].is_object() {
                self.value(&schema["additionalProperties"], &field.node);
            } else {
                let keys: Vec<&str> = known.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
                let help = match nearest(field.name, keys.iter().copied()) {
                    Some(near) => {
                        meant.push(near.to_owned());
                        format!("did you mean `{near}`?")
                    }
                    None => format!("the keys known {place} are {}", listed(&keys)),
                };
                let message =
                    format!("unknown key `{}` {place}", crate::model::path::escape(field.name.as_bytes()));
                self.problems.push(Problem::new(field.span, message).help(help));
            }
        }
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if node.get(key).is_none() && !meant.iter().any(|meant| meant == key) {
                let (property, _) = self.resolve(&schema["properties"][key]);
                let described = [&schema["properties"][key], property];
                let what = described.iter().find_map(|one| one["description"].as_str()).unwrap_or_default();
                let what = what.lines().next().unwrap_or_default();
                let path = if node.path.is_empty() { key.to_owned() } else { format!("{}.{key}", node.path) };
                let add = match kind(property) {
                    Some("object") => format!("[{path}]"),
                    None if property["oneOf"].is_array() => format!("[{path}]"),
                    Some("array") => format!("{key} = […]"),
                    Some("integer") => format!("{key} = 1"),
                    _ => format!("{key} = \"…\""),
                };
                self.push(node, format!("`{key}` is missing {place}"), &format!("add `{add}`: {what}"));
            }
        }
    }

    /// A table whose `kind` says which of `choices` it is.
    fn tagged(&mut self, choices: &'s [Value], node: &Node<'_>) {
        let tag = |choice: &'s Value| choice["properties"]["kind"]["const"].as_str();
        let kinds: Vec<&str> = choices.iter().filter_map(tag).collect();
        if !matches!(node.value, Kind::Table(_)) {
            return self.wrong(node, "a table", &format!("write `[{}]` with a `kind`", node.path));
        }
        let Some(given) = node.get("kind") else {
            let help = format!("add `kind = \"…\"`, one of {}", listed(&kinds));
            return self.push(node, format!("`kind` is missing {}", place(node)), &help);
        };
        let Some(choice) = choices.iter().find(|choice| tag(choice) == given.text()) else {
            return self.word(&kinds, &given);
        };
        self.table(choice, node);
    }

    fn word(&mut self, words: &[&str], node: &Node<'_>) {
        let Some(given) = node.text() else {
            return self.wrong(node, "a string", &format!("write one of {}", listed(words)));
        };
        if !words.contains(&given) {
            let help = match nearest(given, words.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("write one of {}", listed(words)),
            };
            let given = crate::model::path::escape(given.as_bytes());
            self.push(node, format!("`{}` cannot be \"{given}\"", node.path), &help);
        }
    }

    fn digest(&mut self, node: &Node<'_>) {
        let Some(text) = node.text() else {
            return self.wrong(node, "a string", "write the 64 hexadecimal digits in quotes");
        };
        if text.parse::<Sha256>().is_ok_and(|digest| digest.hex() == text) {
            return;
        }
        let wrong = match text.chars().find(|c| !c.is_ascii_hexdigit()) {
            Some(other) => format!("this has {:?} in it", other),
            None if text.len() == 64 => "this has upper-case letters in it".to_owned(),
            None => format!("this has {} digits", text.len()),
        };
        let help = format!(
            "a SHA-256 digest is 64 hexadecimal digits in lower case (`sha256sum FILE` prints it); {wrong}"
        );
        self.push(node, format!("`{}` is not a SHA-256 digest", node.path), &help);
    }

    fn integer(&mut self, schema: &Value, node: &Node<'_>) {
        if !matches!(node.value, Kind::Other(DeValue::Integer(_))) {
            return self.wrong(node, "a whole number", "write digits, without quotes");
        }
        let most = if schema["format"] == "uint32" { i64::from(u32::MAX) } else { i64::MAX };
        let least = if schema["minimum"].is_number() { 0 } else { i64::MIN };
        if !node.integer().is_some_and(|number| (least..=most).contains(&number)) {
            let help = format!("write a number from {least} to {most}");
            self.push(node, format!("`{}` is out of range", node.path), &help);
        }
    }

    fn wrong(&mut self, node: &Node<'_>, wanted: &str, help: &str) {
        self.push(node, format!("`{}` is {} where {wanted} is wanted", node.path, node.what()), help);
    }

    fn push(&mut self, node: &Node<'_>, message: String, help: &str) {
        let problem = Problem::new(node.span.clone(), message);
        self.problems.push(if help.is_empty() { problem } else { problem.help(help) });
    }
}

/// The `type` of a schema, "or null" left aside.
fn kind(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(one) => Some(one),
        Value::Array(any) => any.iter().filter_map(Value::as_str).find(|one| *one != "null"),
        _ => None,
    }
}

fn place(node: &Node<'_>) -> String {
    if node.path.is_empty() { "at the top level".to_owned() } else { format!("in `{}`", node.path) }
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
