//! The closed list of category ids, read from `rules/capabilities.toml`.
//!
//! Ids are public and permanent: reports, acceptances and declarations name them. What each means, how bad
//! it is alone and how bad it is undeclared is data that people who need not program can review.

use std::sync::LazyLock;

use serde::Deserialize;

use super::scan::Severity;

/// One category.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// The id; one ending in `.*` stands for every id below it.
    pub id: String,
    /// What a record in this category says, as a sentence fragment.
    pub meaning: String,
    /// How bad a record standing alone is.
    pub severity: Severity,
    /// How bad it is where the vendor declared other things and not this; nothing where nobody would
    /// declare it.
    #[serde(deserialize_with = "severity_or_none")]
    pub undeclared: Option<Severity>,
    /// MITRE ATT&CK technique ids.
    pub attack: Vec<String>,
}

/// Every category, in the order of the file.
pub fn all() -> &'static [Category] {
    &LIST
}

/// The category of `id`: its own entry, else the closest family above it.
pub fn get(id: &str) -> Option<&'static Category> {
    if let Some(exact) = LIST.iter().find(|category| category.id == id) {
        return Some(exact);
    }
    LIST.iter()
        .filter(|category| category.id.strip_suffix('*').is_some_and(|family| id.starts_with(family)))
        .max_by_key(|category| category.id.len())
}

/// Whether a declaration of `declared` covers `id`: the same id, or one below it.
pub fn covers(declared: &str, id: &str) -> bool {
    id.strip_prefix(declared).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    category: Vec<Category>,
}

static LIST: LazyLock<Vec<Category>> = LazyLock::new(|| {
    // The file is part of the program and a test parses it; an empty list is what a broken one would give.
    toml::from_str::<File>(include_str!("../../rules/capabilities.toml"))
        .map(|file| file.category)
        .unwrap_or_default()
});

fn severity_or_none<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Severity>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        None,
        Info,
        Low,
        Medium,
        High,
        Critical,
    }
    Ok(match Word::deserialize(deserializer)? {
        Word::None => None,
        Word::Info => Some(Severity::Info),
        Word::Low => Some(Severity::Low),
        Word::Medium => Some(Severity::Medium),
        Word::High => Some(Severity::High),
        Word::Critical => Some(Severity::Critical),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_reads_is_closed_and_says_something_about_every_id() {
        let file: File = toml::from_str(include_str!("../../rules/capabilities.toml")).unwrap();
        assert_eq!(file.category, all());
        assert!(all().len() > 100);
        let mut seen = BTreeSet::new();
        for category in all() {
            assert!(seen.insert(&category.id), "{} stands twice", category.id);
            assert!(category.meaning.len() > 8, "{} has no meaning", category.id);
            let plain = category.id.trim_end_matches('*').trim_end_matches('.');
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.>".contains(c);
            assert!(plain.chars().all(kebab), "{} is not kebab-case", category.id);
            for technique in &category.attack {
                assert!(technique.starts_with('T') && technique.len() >= 5, "{technique}");
            }
        }
    }

    #[test]
    fn a_family_stands_for_what_is_below_it_and_nothing_else() {
        assert_eq!(get("cap.net.http").map(|c| c.id.as_str()), Some("cap.net.http"));
        assert_eq!(get("flow.env->net").map(|c| c.id.as_str()), Some("flow.*"));
        assert_eq!(get("flow.net->exec").map(|c| c.severity), Some(Severity::High));
        assert_eq!(get("cap.net.telepathy"), None);
        assert!(covers("cap.net", "cap.net.http") && covers("cap.net", "cap.net"));
        assert!(!covers("cap.net.http", "cap.net") && !covers("cap.ne", "cap.net"));
    }
}
