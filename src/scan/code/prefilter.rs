//! The literal prefilter: whether the name of anything that would be recorded can be in a file, without
//! parsing it.
//!
//! Sound: a hit needs the last component of such a name, and resolution can only take that from the
//! file's own text, as a word, or put it together by folding; so a file with neither such a word nor
//! anything a name could be put together with has no hit. Words are runs of letters, digits and `_`; of a
//! name that is more than a word (`Invoke-WebRequest`) the longest word is looked for.
//!
//! A name of which nothing is recorded by itself (`strcpy`) is no reason to parse. In C and C++, where that can be told without parsing, comments, literals, lines that include and, for functions,
//! members of structures are left out of the search; where it cannot, nothing is.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;

use super::Catalogues;
use super::catalogue::Catalogue;
use super::language::Language;
use super::map::Set;

/// What to look for, per language; made when a file of the language comes.
#[derive(Default)]
pub struct Prefilter {
    languages: [OnceLock<Option<Names>>; Language::ALL.len()],
}

/// The names of one language.
pub struct Names {
    words: Set<Box<[u8]>>,
    /// Lengths and first bytes of words: most of a text is none.
    shapes: Vec<bool>,
    longest: usize,
    ignore_case: bool,
    computed: Option<AhoCorasick>,
    /// For a language whose comments and literals can be told apart by lexing: the words a member of
    /// something can mean.
    members: Option<Set<Box<[u8]>>>,
}

/// Whether `bytes` may hold a use of anything catalogued that would be recorded.
pub fn may_match(language: Language, bytes: &[u8], catalogues: &Catalogues) -> bool {
    names(language, catalogues).is_none_or(|names| names.may_stand_in(bytes))
}

/// The names to look for in `language`; `None` where its rules are at fault.
pub fn names(language: Language, catalogues: &Catalogues) -> Option<&Names> {
    let make = || Some(Names::new(language, catalogues.of(language)?));
    let at = Language::ALL.iter().position(|known| *known == language)?;
    catalogues.prefilter.languages.get(at)?.get_or_init(make).as_ref()
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
            members: matches!(language, Language::C | Language::Cpp).then(Set::default),
        };
        let mut needles: Vec<&str> = computed(language).to_vec();
        for name in catalogue.recorded() {
            let longest = words(name.as_bytes()).max_by_key(|word| word.len());
            match longest {
                Some(word) => {
                    names.add(word);
                    if let Some(members) = names.members.as_mut().filter(|_| catalogue.is_member(name)) {
                        members.insert(word.into());
                    }
                }
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

    /// Whether a name may be put together in `bytes`.
    pub fn may_be_computed(&self, bytes: &[u8]) -> bool {
        self.computed.as_ref().is_some_and(|computed| computed.is_match(bytes))
    }

    /// Whether `word`, which is a `member` of something or is not, may be the use of a name.
    pub fn wanted(&self, word: &[u8], member: bool) -> bool {
        word.len() <= self.longest
            && self.holds(word)
            && (!member || self.members.as_ref().is_none_or(|members| members.contains(word)))
    }

    fn may_stand_in(&self, bytes: &[u8]) -> bool {
        if self.may_be_computed(bytes) {
            return true;
        }
        if self.members.is_some() {
            if splices_a_word(bytes) {
                return true;
            }
            if let Some(code) = code_of(bytes) {
                return code.into_iter().any(|range| self.stands_in_code(bytes, range));
            }
        }
        let mut lower: Vec<u8> = Vec::new();
        words(bytes).any(|word| {
            let Some(first) = word.first().filter(|_| word.len() <= self.longest) else { return false };
            if !self.ignore_case {
                return self.holds(word);
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

    fn holds(&self, word: &[u8]) -> bool {
        word.first().is_some_and(|first| self.shapes.get(shape(*first, word.len())) == Some(&true))
            && self.words.contains(word)
    }

    /// Whether a word of `range`, a stretch of code of `text` without comments and literals, is wanted where it
    /// stands.
    fn stands_in_code(&self, text: &[u8], range: Range<usize>) -> bool {
        let code = text.get(range.clone()).unwrap_or_default();
        let mut at = 0;
        while let Some((start, word)) = next_word(code, at) {
            at = start + word.len();
            // What stands before a literal or a comment is in another range: then it is no member.
            if self.wanted(word, false) && self.wanted(word, is_member(code, start)) {
                return true;
            }
        }
        false
    }
}

/// How far a declaration is looked at before and behind its name, in bytes.
const NEAR: usize = 4096;

/// Which of `names` may be called in `bytes`. Of a function of the file's own, which comes before those of
/// other files, only a name that is `told` of the file itself.
pub fn called(
    language: Language,
    bytes: &[u8],
    names: &Set<Box<str>>,
    told: &dyn Fn(&str) -> bool,
) -> BTreeSet<Box<str>> {
    let known = |word: &[u8]| std::str::from_utf8(word).ok().and_then(|word| names.get(word));
    let lexed = matches!(language, Language::C | Language::Cpp).then(|| code_of(bytes)).flatten();
    let Some(code) = lexed else {
        return words(bytes).filter_map(known).cloned().collect();
    };
    let (mut called, mut own) = (BTreeSet::new(), BTreeSet::new());
    for range in code {
        let text = bytes.get(range.clone()).unwrap_or_default();
        let mut at = 0;
        while let Some((start, word)) = next_word(text, at) {
            at = start + word.len();
            let Some(name) = known(word) else { continue };
            let after = text.get(at..).unwrap_or_default().trim_ascii_start();
            if after.first() != Some(&b'(') || (language == Language::C && is_member(text, start)) {
                continue;
            }
            // What begins its line without a blank declares; it defines where a body follows.
            let before = text.get(start.saturating_sub(NEAR)..start).unwrap_or_default();
            let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
            let first = line.first().or(word.first());
            if first.is_some_and(|first| in_word(*first)) && defines(after) {
                own.insert(name.clone());
            } else {
                called.insert(name.clone());
            }
        }
    }
    called.retain(|name| !own.contains(name) || told(name));
    called
}

/// Whether a body follows the parameters with which `text` begins.
fn defines(text: &[u8]) -> bool {
    let mut depth = 0usize;
    for (at, byte) in text.iter().take(NEAR).enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            let after = text.get(at + 1..).unwrap_or_default().trim_ascii_start();
            return !matches!(after.first(), Some(b';' | b','));
        }
    }
    false
}

/// Whether the word that begins at `start` of `text` is a member of something.
pub fn is_member(text: &[u8], start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default().trim_ascii_end();
    before.ends_with(b"->") || (before.ends_with(b".") && !before.ends_with(b".."))
}

/// Whether a word of `text` goes on behind the end of its line (a backslash before a line feed).
pub fn splices_a_word(text: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', text).any(|at| {
        let after = text.get(at + 1..).unwrap_or_default();
        let after = after.strip_prefix(b"\r").unwrap_or(after);
        let Some(after) = after.strip_prefix(b"\n") else { return false };
        let word = |byte: Option<&u8>| byte.is_some_and(|byte| in_word(*byte) || *byte == b'\\');
        word(at.checked_sub(1).and_then(|before| text.get(before))) && word(after.first())
    })
}

/// The stretches of C or C++ that are neither comment nor literal nor a line that includes something (C17
/// 6.4.9, 6.4.5, 6.10.2). Nothing where one cannot be told from the other without doubt: raw strings, quotes
/// inside of numbers, literals without an end on their line.
pub fn code_of(text: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut code = Vec::new();
    let (mut from, mut at) = (0, 0);
    let mut fresh = true;
    while let Some(byte) = text.get(at) {
        let next = text.get(at + 1);
        match byte {
            b'\n' => fresh = true,
            b'/' if next == Some(&b'*') => {
                code.push(from..at);
                let end = memchr::memmem::find(text.get(at + 2..)?, b"*/")?;
                at += end + 4;
                from = at;
                continue;
            }
            b'/' if matches!(next, Some(b'/' | b'\\')) => {
                code.push(from..at);
                // The comment goes on behind a backslash at the end of its line.
                loop {
                    let Some(end) = memchr::memchr(b'\n', text.get(at..)?) else {
                        return (next == Some(&b'/')).then_some(code);
                    };
                    let line = text.get(at..at + end).unwrap_or_default();
                    let line = line.strip_suffix(b"\r").unwrap_or(line);
                    if next != Some(&b'/') {
                        return None;
                    }
                    at += end;
                    if !line.ends_with(b"\\") {
                        break;
                    }
                    at += 1;
                }
                from = at;
                continue;
            }
            b'"' | b'\'' => {
                let before = text.get(..at).unwrap_or_default();
                let word = before.iter().rev().take_while(|byte| in_word(**byte)).count();
                let prefix = before.get(at - word..).unwrap_or_default();
                let plain = matches!(prefix, b"" | b"L" | b"u" | b"U" | b"u8");
                // A macro may stand right before a string, not before a character: that is a number's separator.
                if prefix.ends_with(b"R") || (!plain && *byte == b'\'') {
                    return None;
                }
                code.push(from..at);
                at = literal_end(text, at, *byte)?;
                from = at;
                fresh = false;
                continue;
            }
            b'#' if fresh => {
                let rest = text.get(at + 1..).unwrap_or_default().trim_ascii_start();
                // Neither what is included nor a message has to be made of tokens.
                if [&b"include"[..], b"error", b"warning"].iter().any(|word| rest.starts_with(word)) {
                    code.push(from..at);
                    let end = memchr::memchr(b'\n', text.get(at..)?).map_or(text.len(), |end| at + end);
                    let line = text.get(at..end).unwrap_or_default();
                    // What else stands on the line decides what the next one is.
                    if line.contains(&b'\\') {
                        return None;
                    }
                    let end = memchr::memmem::find(line, b"/*").map_or(end, |comment| at + comment);
                    (at, from) = (end, end);
                    fresh = false;
                    continue;
                }
                fresh = false;
            }
            b' ' | b'\t' | b'\r' => {}
            _ => fresh = false,
        }
        at += 1;
    }
    code.push(from..text.len());
    Some(code)
}

/// Behind the literal that begins at `start` with `quote`, where it ends on its line.
fn literal_end(text: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match text.get(at)? {
            b'\\' => at += 2,
            b'\n' => return None,
            byte if *byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// Whether `byte` is one of a word.
pub fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn shape(first: u8, length: usize) -> usize {
    usize::from(first) * 64 + length.min(63)
}

/// The words of a text: runs of ASCII letters, digits and `_`.
pub fn words(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (start, word) = next_word(bytes, at)?;
        at = start + word.len();
        Some(word)
    })
}

/// The first word of `bytes` from `at` on, and where it begins.
fn next_word(bytes: &[u8], at: usize) -> Option<(usize, &[u8])> {
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
    let start = at + bytes.get(at..)?.iter().position(in_word)?;
    let tail = bytes.get(start..)?;
    let end = tail.iter().position(|byte| !in_word(byte)).unwrap_or(tail.len());
    Some((start, tail.get(..end)?))
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
        Language::Bash => &[
            "$",
            "`",
            "\\",
            ">",
            "<",
            "./",
            "~/",
            "/opt/",
            "/local/",
            "/tmp/",
            "/shm/",
            "/home/",
            "/root/",
            "/libexec/",
            "/lib/",
            "/run/",
            "/mnt/",
            "/srv/",
        ],
        Language::PowerShell => &["&", "`", "+", "$", "-f", "-join"],
        // A name that is pasted together (`##`) is put together by nothing here.
        Language::C | Language::Cpp => &["??/"],
        Language::CSharp | Language::Java | Language::Kotlin | Language::Swift => &["\\u"],
        Language::Go | Language::Rust => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(text: &str) -> bool {
        may_match(Language::C, text.as_bytes(), &Catalogues::default())
    }

    #[test]
    fn no_mark_that_every_file_has_is_a_reason_to_parse() {
        for language in Language::ALL {
            let names = super::names(language, &Catalogues::default())
                .map(|n| n.may_be_computed(b"/* a */ b.c = 1;"));
            assert_eq!(names, Some(false), "{language}");
        }
    }

    #[test]
    fn a_name_counts_in_code_alone() {
        for quiet in [
            "/* system(x) */ int a;",
            "// system(x)\nint a;",
            "// ends in a backslash \\\nsystem(x)\nint a;",
            "char *t = \"system(x)\";",
            "char c = '\"'; /* system(x) */ char d = '\\'';",
            "#include <sys/socket.h>\n# include \"system\"\nint a;",
            "#include \"system\" /* why\nsystem(x) */\nint a;",
            "#error don't\n/* system(x) */ int a;",
            "ops->system(x); ops . system(x); a.b->popen = f;",
            "strcpy(a, b); sprintf(a, b);",
        ] {
            assert!(!recorded(quiet), "{quiet}");
        }
        for loud in [
            "int a = system(x);",
            "/* // */ system(x);",
            "// \"\nsystem(x); // \"",
            "char c = '\"'; system(x); char d = '\"';",
            "char *t = \"\\\"\"; system(x); char *u = \"\\\"\";",
            "run(ops->a, system);",
            "ops.run = system;",
            "int a = b / *c; system(x); /* */",
            "sys\\\ntem(x);",
            "f(a...system);",
        ] {
            assert!(recorded(loud), "{loud}");
        }
    }

    #[test]
    fn where_code_cannot_be_told_from_text_everything_counts() {
        for doubtful in [
            "auto t = R\"(\" system(x) \")\";",
            "int n = 1'000; /* system(x) */ int m = 1'000;",
            "char *t = \"no end\n/* system(x) */ int a;",
            "/* system(x) has no end",
            "#include \"a\" /* \n*/ system(x)",
        ] {
            assert!(recorded(doubtful), "{doubtful}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic_and_stretches_are_in_order() {
        use proptest::prelude::*;
        let odd = prop::sample::select(b"\"'/*\\\n#include aR1_.->x".to_vec());
        proptest!(|(text in prop::collection::vec(odd, 0..200))| {
            let mut last = 0;
            for range in code_of(&text).unwrap_or_default() {
                prop_assert!(range.start >= last && range.end >= range.start && range.end <= text.len());
                last = range.end;
            }
            let _ = splices_a_word(&text);
        });
    }
}
