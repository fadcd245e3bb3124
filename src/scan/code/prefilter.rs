//! The literal prefilter: whether any catalogued name can be in a file, without parsing it.
//!
//! Sound: a hit needs the last component of a catalogued name, and resolution can only take that from the
//! file's own text or put it together by folding; so a file with neither a name nor anything a name could
//! be put together with has no hit.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::Catalogues;
use super::language::Language;

/// Whether `bytes` may hold a use of anything catalogued.
pub fn may_match(language: Language, bytes: &[u8], catalogues: &Catalogues) -> bool {
    static BUILT: OnceLock<BTreeMap<Language, Option<AhoCorasick>>> = OnceLock::new();
    if !catalogues.declared.is_empty() {
        // Declared names are few and differ per review: the file is parsed.
        return true;
    }
    let built = BUILT.get_or_init(|| {
        Language::ALL.into_iter().map(|language| (language, finder(language, catalogues))).collect()
    });
    built.get(&language).and_then(Option::as_ref).is_none_or(|finder| finder.is_match(bytes))
}

fn finder(language: Language, catalogues: &Catalogues) -> Option<AhoCorasick> {
    let names = catalogues.of(language)?.names();
    let mut needles: Vec<&str> = names.iter().map(|name| &**name).filter(|name| !name.is_empty()).collect();
    needles.extend(computed(language));
    needles.sort_unstable();
    AhoCorasick::builder().ascii_case_insensitive(true).build(needles).ok()
}

/// What a name can be put together with, in a language that can.
fn computed(language: Language) -> &'static [&'static str] {
    match language {
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            &["[\"", "['", "[`", "+", "\\u", "\\x"]
        }
        Language::Python => &["getattr", "__import__", "__dict__", "globals"],
        Language::Php => &["$", "\\x", "`"],
        Language::Ruby => &["send", "const_get", "`", "%x", "\\"],
        Language::Bash => &["$", "`", "\\", ">", "<"],
        Language::PowerShell => &["&", "`", "+", "$", "-f", "-join"],
        Language::C | Language::Cpp => &["\\\n", "\\\r", "??/"],
        Language::CSharp | Language::Java | Language::Kotlin | Language::Swift => &["\\u"],
        Language::Go | Language::Rust => &[],
    }
}
