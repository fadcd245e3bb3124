//! Function bodies of C and C++ in which nothing that is recorded can stand, left out before parsing.
//!
//! Where no data is followed, what a body holds matters for what is recorded in it and for nothing else: a
//! use needs the last component of a catalogued name as a word of its own (see [`super::prefilter`]), and a
//! body without one shows nothing. Its bytes are made blank, so that every position stays. A name can stand
//! in for another by a macro of the file, which counts as the name does, or by being handed on as a value;
//! a file that does that is parsed whole, like one whose comments and literals cannot be told without doubt.

use std::borrow::Cow;
use std::ops::Range;

use super::Catalogues;
use super::language::Language;
use super::map::Set;
use super::prefilter;
use super::prefilter::Names;
use super::prefilter::in_word;

/// Bodies shorter than this are not worth it.
const SHORT: usize = 96;

/// `bytes` with the bodies made blank in which nothing recorded can stand.
pub fn without_quiet_bodies<'b>(
    language: Language,
    bytes: &'b [u8],
    catalogues: &Catalogues,
) -> Cow<'b, [u8]> {
    if !matches!(language, Language::C | Language::Cpp) {
        return Cow::Borrowed(bytes);
    }
    let (Some(names), Some(catalogue)) = (prefilter::names(language, catalogues), catalogues.of(language))
    else {
        return Cow::Borrowed(bytes);
    };
    let bodies = Reader::new(bytes, names, catalogue.gates()).bodies().unwrap_or_default();
    if bodies.is_empty() {
        return Cow::Borrowed(bytes);
    }
    let mut text = bytes.to_vec();
    for body in bodies {
        let body = text.get_mut(body).unwrap_or_default();
        body.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
    Cow::Owned(text)
}

struct Reader<'b> {
    bytes: &'b [u8],
    names: &'b Names,
    /// What tests something: what it gives is used elsewhere.
    gates: &'b Set<Box<str>>,
    /// Macros of the file that hold a name.
    macros: Set<Box<[u8]>>,
    quiet: Vec<Range<usize>>,
    /// Braces open around the place, of classes, name spaces, tables.
    around: usize,
    body: Option<Body>,
    /// The conditions around the place, with what was open at each.
    conditions: Vec<(usize, Option<Body>)>,
    /// Whether the last token ends the head of a function.
    head: bool,
}

/// A function's body being read.
#[derive(Clone, Copy)]
struct Body {
    start: usize,
    /// Braces open inside.
    inside: usize,
    conditions: usize,
    loud: bool,
}

impl<'b> Reader<'b> {
    fn new(bytes: &'b [u8], names: &'b Names, gates: &'b Set<Box<str>>) -> Reader<'b> {
        Reader {
            bytes,
            names,
            gates,
            macros: Set::default(),
            quiet: Vec::new(),
            around: 0,
            body: None,
            conditions: Vec::new(),
            head: false,
        }
    }

    /// The insides of the bodies that are quiet, in order; `None` where it cannot be told.
    fn bodies(mut self) -> Option<Vec<Range<usize>>> {
        if self.names.may_be_computed(self.bytes) || prefilter::splices_a_word(self.bytes) {
            return None;
        }
        let mut directive: Option<Range<usize>> = None;
        let mut fresh = true;
        for range in prefilter::code_of(self.bytes)? {
            let mut at = range.start;
            while at < range.end {
                let byte = *self.bytes.get(at)?;
                if let Some(line) = &mut directive {
                    // A directive goes on behind a comment, and behind a backslash at the end of its line.
                    let before = || self.bytes.get(..at).map(<[u8]>::trim_ascii_end);
                    if byte == b'\n' && !before()?.ends_with(b"\\") {
                        let line = line.start..at;
                        directive = None;
                        self.directive(line)?;
                        fresh = true;
                    }
                    at += 1;
                    continue;
                }
                match byte {
                    b'\n' => fresh = true,
                    b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {}
                    b'#' if fresh => directive = Some(at..at),
                    _ if in_word(byte) => {
                        let length =
                            self.bytes.get(at..range.end)?.iter().take_while(|b| in_word(**b)).count();
                        self.word(at..at + length)?;
                        at += length;
                        fresh = false;
                        continue;
                    }
                    _ => {
                        fresh = false;
                        self.mark(byte, at)?;
                    }
                }
                at += 1;
            }
            // A literal or a comment stands between.
            if range.end > range.start && self.bytes.get(range.end).is_some_and(|b| matches!(b, b'"' | b'\''))
            {
                self.head = false;
                fresh = false;
            }
        }
        Some(self.quiet)
    }

    fn word(&mut self, place: Range<usize>) -> Option<()> {
        let word = self.bytes.get(place.clone())?;
        let qualifies = matches!(word, b"const" | b"noexcept" | b"override" | b"final");
        self.head &= qualifies;
        let member = prefilter::is_member(self.bytes, place.start);
        if word.first()?.is_ascii_digit() {
            return Some(());
        }
        if self.names.wanted(word, member) {
            let after = self.bytes.get(place.end..)?.trim_ascii_start();
            let used = match after.first()? {
                // Called, or a type.
                b'(' | b'*' | b'&' | b'>' => true,
                b':' => after.starts_with(b"::"),
                byte => in_word(*byte),
            };
            // Where it is handed on as a value, another name may mean it.
            if !used {
                return None;
            }
        } else if !self.macros.contains(word)
            && !std::str::from_utf8(word).is_ok_and(|w| self.gates.contains(w))
        {
            return Some(());
        }
        if let Some(body) = &mut self.body {
            body.loud = true;
        }
        Some(())
    }

    fn mark(&mut self, byte: u8, at: usize) -> Option<()> {
        match (byte, &mut self.body) {
            (b'{', Some(body)) => body.inside += 1,
            (b'{', None) if self.head => {
                let conditions = self.conditions.len();
                self.body = Some(Body { start: at + 1, inside: 0, conditions, loud: false });
            }
            (b'{', None) => self.around += 1,
            (b'}', Some(Body { inside: 0, .. })) => {
                let body = self.body.take()?;
                // What holds half of a condition stays.
                let whole = body.conditions == self.conditions.len();
                if whole && !body.loud && at - body.start >= SHORT {
                    self.quiet.push(body.start..at);
                }
            }
            (b'}', Some(body)) => body.inside -= 1,
            (b'}', None) => self.around = self.around.saturating_sub(1),
            _ => {}
        }
        self.head = byte == b')';
        Some(())
    }

    /// A line of the preprocessor (C17 6.10).
    fn directive(&mut self, line: Range<usize>) -> Option<()> {
        let text = self.bytes.get(line)?;
        let mut words = prefilter::words(text);
        match words.next().unwrap_or_default() {
            b"if" | b"ifdef" | b"ifndef" => self.conditions.push((self.around, self.body)),
            b"else" | b"elif" | b"elifdef" | b"elifndef" => {
                // Both ways are read from the same braces on; a body that has two ways stays.
                if let Some((around, body)) = self.conditions.last() {
                    self.around = *around;
                    self.body = body.map(|body| Body { loud: true, ..body });
                }
            }
            b"endif" => {
                self.conditions.pop();
                // The body began before the condition that ended here.
                if let Some(body) = self.body.as_mut().filter(|body| body.conditions > self.conditions.len())
                {
                    body.loud = true;
                }
            }
            b"define" => {
                let name = words.next()?;
                if words.any(|word| self.names.wanted(word, false) || self.macros.contains(word)) {
                    self.macros.insert(name.into());
                }
            }
            _ => {}
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str) -> String {
        let left = without_quiet_bodies(Language::C, text.as_bytes(), &Catalogues::default());
        assert_eq!(left.len(), text.len());
        String::from_utf8(left.into_owned()).unwrap()
    }

    const LONG: &str = "int a = 1; /* } */ if (a) { a = '}'; } while (a < 100000) { a += a; \
                        char *t = \"{\"; puts_it(t); }\n return a * a + a;";

    #[test]
    fn a_body_without_a_name_is_blank_and_lines_stay() {
        let text = format!("int f(int b)\n{{ {LONG} }}\nvoid g(char *c) {{ {LONG} system(c); }}\n");
        let left = left(&text);
        let body: Vec<&str> = left.lines().collect();
        assert_eq!(left.lines().count(), text.lines().count());
        assert!(
            body[1].starts_with("{ ") && body[1][1..].trim().is_empty() && body[2].trim() == "}",
            "{left}"
        );
        assert!(left.ends_with(&text[text.find("void g").unwrap()..]));
    }

    #[test]
    fn what_may_mean_a_name_by_another_stays() {
        for text in [
            format!("#define RUN(x) system(x)\nvoid g(char *c) {{ {LONG} RUN(c); }}"),
            format!("#define A system\n#define B \\\n  A\nvoid g(char *c) {{ {LONG} B(c); }}"),
            format!("int (*run)(char *) = system;\nvoid g(char *c) {{ {LONG} run(c); }}"),
            format!("void h() {{ each(popen, 1); }}\nvoid g(char *c) {{ {LONG} }}"),
            format!("void g(char *c) {{ {LONG}\n#if A\n if (a) {{\n#else\n if (b) {{\n#endif\n }} }}"),
            format!("#if A\nvoid g(char *c) {{\n#endif\n {LONG} }}"),
            format!("void g(char *c) {{ {LONG}\n#if A\n }}\n#endif\n"),
            format!("void g(char *c) {{ {LONG}"),
            format!("char *t = R\"(\"; void g(char *c) {{ {LONG} }}"),
            "void g(char *c) { return c + 1; }".to_owned(),
        ] {
            assert_eq!(left(&text), text);
        }
    }

    #[test]
    fn bodies_of_classes_and_name_spaces_are_found() {
        let text = format!(
            "namespace a {{ class B {{ int c() const {{ {LONG} }} int d[2] = {{ 1, 2 }}; }}; }}\n\
             #ifdef E\nint e() {{ {LONG} }}\n#endif\n#define F {{\nint f() {{ {LONG} }}\n"
        );
        let left = without_quiet_bodies(Language::Cpp, text.as_bytes(), &Catalogues::default());
        let left = String::from_utf8(left.into_owned()).unwrap();
        assert_eq!(left.matches("puts_it").count(), 0, "{left}");
        assert!(left.contains("int d[2] = { 1, 2 }") && left.contains("#define F {"));
    }

    #[test]
    fn no_bytes_make_it_panic() {
        use proptest::prelude::*;
        let odd = prop::sample::select(b"\"'/*\\\n#if else{}() system;a ".to_vec());
        proptest!(|(text in prop::collection::vec(odd, 0..300))| {
            let left = without_quiet_bodies(Language::C, &text, &Catalogues::default());
            prop_assert_eq!(left.len(), text.len());
        });
    }
}
