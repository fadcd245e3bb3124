//! The programming languages the code scan reads, by their public names.

use std::fmt;

/// A programming language with a grammar here. The name ([`Language::name`]) is public and permanent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the names speak
pub enum Language {
    Bash,
    C,
    CSharp,
    Cpp,
    Go,
    Java,
    JavaScript,
    Kotlin,
    Php,
    PowerShell,
    Python,
    Ruby,
    Rust,
    Swift,
    Tsx,
    TypeScript,
}

impl Language {
    /// Every language, in the order of [`Language::name`].
    pub const ALL: [Language; 16] = [
        Language::Bash,
        Language::C,
        Language::Cpp,
        Language::CSharp,
        Language::Go,
        Language::Java,
        Language::JavaScript,
        Language::Kotlin,
        Language::Php,
        Language::PowerShell,
        Language::Python,
        Language::Ruby,
        Language::Rust,
        Language::Swift,
        Language::Tsx,
        Language::TypeScript,
    ];

    /// The public name: `c`, `cpp`, `csharp`, `python`, …
    pub fn name(self) -> &'static str {
        match self {
            Language::Bash => "bash",
            Language::C => "c",
            Language::CSharp => "csharp",
            Language::Cpp => "cpp",
            Language::Go => "go",
            Language::Java => "java",
            Language::JavaScript => "javascript",
            Language::Kotlin => "kotlin",
            Language::Php => "php",
            Language::PowerShell => "powershell",
            Language::Python => "python",
            Language::Ruby => "ruby",
            Language::Rust => "rust",
            Language::Swift => "swift",
            Language::Tsx => "tsx",
            Language::TypeScript => "typescript",
        }
    }

    /// The language of a public name.
    pub fn from_name(name: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.name() == name)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn every_name_leads_back_to_its_language() {
        for language in Language::ALL {
            assert_eq!(Language::from_name(language.name()), Some(language));
        }
        assert_eq!(Language::from_name("cobol"), None);
    }
}
