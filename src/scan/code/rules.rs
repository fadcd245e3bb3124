//! What the engine needs to know about categories: which pairs of source and effect are flows, which paths
//! are secrets, what is an effect. Data in `rules/flows.toml` and `rules/secrets.toml`.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use crate::model::scan::Severity;

/// A pair of source and effect worth telling.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowPair {
    /// The flow's category id.
    pub id: String,
    /// Prefix of the source's category.
    pub source: String,
    /// Prefix of the effect's category.
    pub sink: String,
    /// How bad, if undeclared.
    pub severity: Severity,
    /// What it means, without subject and full stop.
    pub message: String,
    /// What to ask.
    pub question: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flows {
    flow: Vec<FlowPair>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretPath {
    category: String,
    parts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    path: Vec<SecretPath>,
}

static FLOWS: LazyLock<Vec<FlowPair>> = LazyLock::new(|| {
    toml::from_str::<Flows>(include_str!("../../../rules/flows.toml"))
        .map(|flows| flows.flow)
        .unwrap_or_default()
});

static SECRETS: LazyLock<Option<(AhoCorasick, Vec<String>)>> = LazyLock::new(|| {
    let secrets = toml::from_str::<Secrets>(include_str!("../../../rules/secrets.toml")).ok()?;
    let mut parts = Vec::new();
    let mut categories = Vec::new();
    for path in secrets.path {
        for part in path.parts {
            parts.push(part);
            categories.push(path.category.clone());
        }
    }
    let finder = AhoCorasick::builder().ascii_case_insensitive(true).build(parts).ok()?;
    Some((finder, categories))
});

/// The pair that data of category `source` reaching `sink` is, where it is one.
pub fn pair(source: &str, sink: &str) -> Option<&'static FlowPair> {
    FLOWS.iter().find(|pair| under(source, &pair.source) && under(sink, &pair.sink))
}

/// `category` made more precise by the constant it is used with: a file by its path.
pub fn refine<'c>(category: &'c str, text: &str) -> &'c str {
    let general = category == "src.file" || category == "net" || category == "src.database";
    if !general || text.is_empty() || text.len() > 4096 {
        return category;
    }
    let text = text.replace('\\', "/");
    let Some((finder, categories)) = SECRETS.as_ref() else { return category };
    let first = finder.find_overlapping_iter(&text).map(|found| found.pattern().as_usize()).min();
    let best = first.map(|at| categories.get(at).map_or("", |category| category.as_str()));
    match best {
        Some("src.cloud-metadata") if category == "net" => "src.cloud-metadata",
        Some(secret) if category != "net" && !secret.is_empty() && secret != "src.cloud-metadata" => secret,
        _ => category,
    }
}

/// Whether a use of this category changes or reveals something outside the program.
pub fn is_effect(category: &str) -> bool {
    [
        "cap.net",
        "cap.exec",
        "cap.code-eval",
        "cap.fs.delete",
        "cap.dynload",
        "cap.process-injection",
        "persist",
    ]
    .iter()
    .any(|prefix| under(category, prefix))
}

/// Whether `category` is `prefix` or below it.
pub fn under(category: &str, prefix: &str) -> bool {
    category.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_files_parse() {
        assert!(toml::from_str::<Flows>(include_str!("../../../rules/flows.toml")).is_ok());
        assert!(SECRETS.is_some());
    }

    #[test]
    fn pairs_and_paths_mean_what_they_say() {
        assert_eq!(pair("src.env", "cap.net.http").map(|pair| pair.id.as_str()), Some("flow.env->net"));
        assert_eq!(
            pair("src.env.bulk", "cap.net.dns").map(|pair| pair.id.as_str()),
            Some("flow.env.bulk->net")
        );
        assert!(pair("src.env", "cap.fs.read").is_none());
        assert_eq!(refine("src.file", "{}/.ssh/id_rsa"), "src.ssh-key");
        assert_eq!(
            refine("src.file", "C:\\Users\\x\\AppData\\Google\\Chrome\\User Data\\Default\\Login Data"),
            "src.browser-data"
        );
        assert_eq!(refine("src.file", "data/input.csv"), "src.file");
        assert_eq!(refine("src.env", ".ssh/"), "src.env");
    }
}
