//! The literal prefilter: whether any catalogued name can be in a file, without parsing it.
//!
//! Sound: a hit needs the last component of a catalogued name, and resolution can only take that from the
//! file's own text, as a word, or put it together by folding; so a file with neither such a word nor
//! anything a name could be put together with has no hit. Words are runs of letters, digits and `_`; of a
//! name that is more than a word (`Invoke-WebRequest`) the longest word is looked for.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;

use super::Catalogues;
use super::catalogue::Catalogue;
use super::language::Language;
use super::map::Set;

/// What to look for, per language.
pub struct Prefilter {
    languages: BTreeMap<Language, Names>,
}

struct Names {
    words: Set<Box<[u8]>>,
    /// Lengths and first bytes of words: most of a text is none.
    shapes: Vec<bool>,
    longest: usize,
    ignore_case: bool,
    computed: Option<AhoCorasick>,
}

/// Whether `bytes` may hold a use of anything catalogued.
pub fn may_match(language: Language, bytes: &[u8], catalogues: &Catalogues) -> bool {
    catalogues.prefilter().languages.get(&language).is_none_or(|names| names.may_stand_in(bytes))
}

impl Prefilter {
    /// For the names `of` gives for every language.
    pub fn new<'c>(of: impl Fn(Language) -> Option<&'c Catalogue>) -> Prefilter {
        let names = |language| Some((language, Names::new(language, of(language)?)));
        Prefilter { languages: Language::ALL.into_iter().filter_map(names).collect() }
    }
}

impl Names {
    fn new(language: Language, catalogue: &Catalogue) -> Names {
        // A shell runs a program whatever the case of what follows its path; names of programs are lower case.
        let ignore_case = matches!(language, Language::Php | Language::PowerShell);
        let mut names = Names {
            words: Set::default(),
            shapes: vec![false; 256 * 64],
            longest: 0,
            ignore_case,
            computed: None,
        };
        let mut needles: Vec<&str> = computed(language).to_vec();
        for name in catalogue.names() {
            let longest = words(name.as_bytes()).max_by_key(|word| word.len());
            match longest {
                Some(word) => names.add(word),
                // A name without a letter: `.`, `:`.
                None if !name.is_empty() => needles.push(name),
                None => {}
            }
        }
        needles.sort_unstable();
        needles.dedup();
        if !needles.is_empty() {
            names.computed = AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::DFA))
                .ascii_case_insensitive(ignore_case)
                .build(needles)
                .ok();
        }
        names
    }

    fn add(&mut self, word: &[u8]) {
        let word = if self.ignore_case { word.to_ascii_lowercase() } else { word.to_vec() };
        self.longest = self.longest.max(word.len());
        if let Some(slot) = word.first().and_then(|first| self.shapes.get_mut(shape(*first, word.len()))) {
            *slot = true;
        }
        self.words.insert(word.into());
    }

    fn may_stand_in(&self, bytes: &[u8]) -> bool {
        if self.computed.as_ref().is_some_and(|computed| computed.is_match(bytes)) {
            return true;
        }
        let mut lower: Vec<u8> = Vec::new();
        words(bytes).any(|word| {
            let Some(first) = word.first().filter(|_| word.len() <= self.longest) else { return false };
            if !self.ignore_case {
                return self.shapes.get(shape(*first, word.len())) == Some(&true)
                    && self.words.contains(word);
            }
            let first = first.to_ascii_lowercase();
            if self.shapes.get(shape(first, word.len())) != Some(&true) {
                return false;
            }
            lower.clear();
            lower.extend(word.iter().map(u8::to_ascii_lowercase));
            self.words.contains(lower.as_slice())
        })
    }
}

fn shape(first: u8, length: usize) -> usize {
    usize::from(first) * 64 + length.min(63)
}

/// The words of a text: runs of ASCII letters, digits and `_`.
pub fn words(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    const WORD: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
            byte += 1;
        }
        table
    };
    let in_word = |byte: &u8| WORD.get(usize::from(*byte)).copied().unwrap_or(false);
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let start = rest.iter().position(in_word)?;
        let tail = rest.get(start..)?;
        let end = tail.iter().position(|byte| !in_word(byte)).unwrap_or(tail.len());
        rest = tail.get(end..).unwrap_or_default();
        tail.get(..end)
    })
}

/// What a name can be put together with, in a language that can.
fn computed(language: Language) -> &'static [&'static str] {
    match language {
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            &["[\"", "['", "[`", "+", "\\u", "\\x", "${"]
        }
        Language::Python => &["getattr", "__import__", "__dict__", "globals", "import_module", "exec"],
        Language::Php => &["$", "\\x", "`"],
        Language::Ruby => &["send", "const_get", "`", "%x", "\\"],
        Language::Bash => &["$", "`", "\\", ">", "<"],
        Language::PowerShell => &["&", "`", "+", "$", "-f", "-join"],
        Language::C | Language::Cpp => &["\\\n", "\\\r", "??/", "##"],
        Language::CSharp | Language::Java | Language::Kotlin | Language::Swift => &["\\u"],
        Language::Go | Language::Rust => &[],
    }
}
