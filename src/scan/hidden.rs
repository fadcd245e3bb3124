//! Text that is not what it looks like: reordered, invisible, look-alike, or pushed out of sight.
//!
//! Looked for in every text file, whatever its language. What has an honest use stays quiet: a byte-order
//! mark at the start, joiners inside emoji and in the scripts that need them, direction marks in text that
//! holds right-to-left letters.
//!
//! Sources: UAX #9 (bidirectional controls), UTS #39 (confusables), UTS #51 (emoji sequences), and
//! "Trojan Source" (Boucher and Anderson, 2021) for what a compiler reads and an editor does not show.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use unicode_security::confusable_detection::skeleton;
use unicode_security::mixed_script::AugmentedScriptSet;

use super::classify::Class;
use super::classify::Classified;
use super::draft::Draft;
use super::syntax::Kind;
use super::syntax::Span;
use super::syntax::kind_at;
use super::text::Encoding;
use super::text::Text;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;

/// What is hidden in `text`, and whether there is more of it than is told. `spans` are its comments and strings.
pub fn hidden(text: &Text, classified: &Classified, spans: &[Span]) -> (Vec<Draft>, bool) {
    let mut drafts = Vec::new();
    let mut more = false;
    if !matches!(text.encoding, Encoding::Ascii) {
        let hand =
            classified.code || matches!(classified.language, "make" | "cmake" | "dockerfile" | "yaml" | "m4");
        let mut scan = Scan { text, spans, hand, drafts: &mut drafts, quiet: BTreeMap::new() };
        scan.characters();
        if classified.code {
            scan.identifiers();
        }
        more = scan.quiet.values().any(|count| *count > PER_FILE);
    }
    if classified.class == Class::Code
        || matches!(classified.language, "make" | "dockerfile" | "yaml" | "json" | "toml")
    {
        let found = far_right(text, classified, spans);
        more |= found.len() > PER_FILE as usize;
        drafts.extend(found.into_iter().take(PER_FILE as usize));
    }
    (drafts, more)
}

/// The fewest invisible characters in a row that carry something.
const PAYLOAD: usize = 8;

/// Blanks in a row that push what follows out of any editor's window.
const BLANKS: usize = 150;

struct Scan<'a> {
    text: &'a Text<'a>,
    spans: &'a [Span],
    /// Whether the file is read as code: what is hidden in it runs.
    hand: bool,
    drafts: &'a mut Vec<Draft>,
    /// Findings of one kind in one file: counted beyond the first few.
    quiet: BTreeMap<(&'static str, Severity), u32>,
}

/// At most this many findings of one rule and severity a file: the first ones show where to look.
pub const PER_FILE: u32 = 20;

impl Scan<'_> {
    fn characters(&mut self) {
        let text = self.text;
        let mut at = 0;
        let mut previous = None;
        let mut line = Line::default();
        for chunk in text.bytes().utf8_chunks() {
            let valid = chunk.valid();
            let mut skip = 0;
            for (offset, c) in valid.char_indices() {
                if c == '\n' {
                    self.close_line(&mut line);
                    previous = Some(c);
                    continue;
                }
                if c.is_ascii() {
                    previous = Some(c);
                    continue;
                }
                line.right_to_left |= is_right_to_left(c);
                if offset < skip {
                    continue;
                }
                let place = at + offset;
                if let Some(class) = control(c) {
                    line.see(class, c, place);
                }
                if is_unseen(c) {
                    let rest = valid.get(offset..).unwrap_or_default();
                    let run = rest.chars().take_while(|c| is_unseen(*c)).count();
                    let length: usize = rest.chars().take(run).map(char::len_utf8).sum();
                    let next = rest.get(length..).and_then(|after| after.chars().next());
                    self.unseen(place, c, run, length, previous, next);
                    skip = offset + length;
                }
                previous = Some(c);
            }
            at += valid.len() + chunk.invalid().len();
            if !chunk.invalid().is_empty() {
                previous = None;
            }
        }
        self.close_line(&mut line);
    }

    /// Bidirectional controls of one line: those left open at its end reorder what follows.
    fn close_line(&mut self, line: &mut Line) {
        if let Some((first, c)) = line.first {
            let open = line.embeddings > 0 || line.isolates > 0;
            let severity = match (self.hand, open, line.right_to_left) {
                (true, true, false) => Severity::High,
                (true, true, true) => Severity::Medium,
                (true, false, false) => Severity::Medium,
                (true, false, true) => Severity::Info,
                (false, true, false) => Severity::Low,
                (false, ..) => Severity::Info,
            };
            if severity > Severity::Info {
                let state = if open { "is not closed on its line" } else { "is closed on its line" };
                self.push(Draft {
                    rule: "hidden-bidi",
                    category: "obf.bidi",
                    severity,
                    confidence: Confidence::High,
                    start: first,
                    end: first + c.len_utf8(),
                    message: format!(
                        "{} {state}: the text is shown in another order than it is read",
                        described(c)
                    ),
                    question: "Why does this line need a control that reorders text?",
                    key: String::new(),
                });
            }
        }
        *line = Line::default();
    }

    /// A run of `run` characters that are not shown, beginning with `c`.
    fn unseen(
        &mut self,
        place: usize,
        c: char,
        run: usize,
        length: usize,
        previous: Option<char>,
        next: Option<char>,
    ) {
        if place == 0 && c == '\u{feff}' && run == 1 {
            return;
        }
        let shown: Vec<char> = [previous, next].into_iter().flatten().collect();
        let emoji = shown.iter().any(|c| is_pictograph(*c));
        let script = shown.iter().any(|c| needs_joiners(*c));
        let flag = previous == Some('\u{1f3f4}') && run <= 7;
        if ((emoji || script) && run <= 2) || flag {
            return;
        }
        let within = kind_at(self.spans, place).map(|span| span.kind);
        // Private-use characters have a shape in icon fonts: only a long run of them is a payload.
        let private = is_private(c);
        let (severity, message) = if run >= if private { 2 * PAYLOAD } else { PAYLOAD } {
            let severity = if private { Severity::Low } else { Severity::High };
            (
                severity,
                format!(
                    "{run} characters in a row that are not shown, from {}: room for a hidden message or program",
                    described(c)
                ),
            )
        } else if private || is_variation(c) {
            return;
        } else if is_filler(c) {
            if !self.hand || within.is_some() {
                return;
            }
            (Severity::High, format!("{} is an identifier of its own that nobody can see", described(c)))
        } else {
            let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let severity = match within {
                Some(Kind::Comment) => return,
                _ if !self.hand => return,
                // In the middle of an ASCII word or path the text is not the one it looks like.
                Some(Kind::String) if within_word(previous, next) => Severity::Medium,
                Some(Kind::String) => Severity::Low,
                None if inside(previous) && inside(next) => Severity::High,
                None => Severity::Low,
            };
            if severity == Severity::Low
                && matches!(c, '\u{ad}' | '\u{200e}' | '\u{200f}' | '\u{feff}' | '\u{200b}')
                && within.is_some()
            {
                return;
            }
            (
                severity,
                format!("{} is not shown, and makes two names that look alike different", described(c)),
            )
        };
        self.push(Draft {
            rule: "hidden-invisible",
            category: "obf.invisible",
            severity,
            confidence: Confidence::High,
            start: place,
            end: place + length,
            message,
            question: "What do these characters do here?",
            key: String::new(),
        });
    }

    /// Identifiers of code that look like others: letters of two scripts in one word.
    fn identifiers(&mut self) {
        let text = self.text;
        // Where such a name is used tells more than where it is declared: every line it stands on.
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut at = 0;
        for chunk in text.bytes().utf8_chunks() {
            let valid = chunk.valid();
            for (start, word) in words(valid) {
                let place = at + start;
                if word.is_ascii()
                    || kind_at(self.spans, place).is_some()
                    || quoted(text.bytes(), place, word.len())
                    || !seen.insert((word, text.position(place).0))
                {
                    continue;
                }
                if let Some((severity, odd, ascii)) = look_alike(word) {
                    found.push((place, word, severity, odd, ascii));
                }
            }
            at += valid.len() + chunk.invalid().len();
        }
        for (place, word, severity, odd, ascii) in found {
            let compatible = plain_letter(odd).is_some();
            let whole = !compatible && !word.chars().any(|c| c.is_ascii_alphabetic());
            // A word all of another script is that language's word, unless its double is in the file too.
            if whole && !contains_word(text.bytes(), ascii.as_bytes()) {
                continue;
            }
            self.push(Draft {
                rule: "hidden-homoglyph",
                category: "obf.homoglyph",
                severity,
                confidence: Confidence::High,
                start: place,
                end: place + word.len(),
                message: format!(
                    "an identifier reads like \"{ascii}\" and is another: {} stands in it",
                    described(odd)
                ),
                question: "Why does this name hold a letter of another script?",
                key: crate::model::path::escape(word.as_bytes()),
            });
        }
    }

    fn push(&mut self, draft: Draft) {
        let count = self.quiet.entry((draft.rule, draft.severity)).or_default();
        *count += 1;
        if *count <= PER_FILE {
            self.drafts.push(draft);
        }
    }
}

/// Whether what stands on either side is ASCII of a word, a path or an address, and at least one is of a word.
fn within_word(previous: Option<char>, next: Option<char>) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | ':' | '-' | '_' | '\\');
    let ends = |c: Option<char>| c.is_some_and(|c| plain(c) || matches!(c, '"' | '\''));
    ends(previous) && ends(next) && [previous, next].into_iter().flatten().any(|c| c.is_ascii_alphanumeric())
}

/// The bidirectional controls of one line.
#[derive(Default)]
struct Line {
    first: Option<(usize, char)>,
    embeddings: i32,
    isolates: i32,
    right_to_left: bool,
}

#[derive(Clone, Copy)]
enum Control {
    Embedding,
    PopEmbedding,
    Isolate,
    PopIsolate,
}

impl Line {
    fn see(&mut self, control: Control, c: char, place: usize) {
        self.first.get_or_insert((place, c));
        match control {
            Control::Embedding => self.embeddings += 1,
            Control::PopEmbedding => self.embeddings -= 1,
            Control::Isolate => self.isolates += 1,
            Control::PopIsolate => self.isolates -= 1,
        }
    }
}

fn control(c: char) -> Option<Control> {
    match c {
        '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => Some(Control::Embedding),
        '\u{202c}' => Some(Control::PopEmbedding),
        '\u{2066}'..='\u{2068}' => Some(Control::Isolate),
        '\u{2069}' => Some(Control::PopIsolate),
        _ => None,
    }
}

/// Characters without a shape (bidirectional controls are told apart above).
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{1d173}'..='\u{1d17a}')
        || is_filler(c)
        || is_variation(c)
        || is_private(c)
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

fn is_filler(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

fn is_variation(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}')
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Scripts whose writing needs joiners: Arabic and its neighbours, the Indic scripts, Khmer, Mongolian, Thai.
fn needs_joiners(c: char) -> bool {
    is_right_to_left(c) || matches!(c, '\u{900}'..='\u{109f}' | '\u{1780}'..='\u{18af}')
}

/// Characters that stand in emoji sequences, and symbols a variation selector chooses a shape for.
fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2100}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f000}'..='\u{1faff}' | '0'..='9' | '#' | '*')
        || matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Words of letters, digits and underscores, with their offsets; also single characters a reader takes for
/// an operator though they are letters.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let start = rest + text.get(rest..)?.find(word)?;
        let tail = text.get(start..)?;
        let length = tail.find(|c| !word(c)).unwrap_or(tail.len());
        rest = start + length;
        Some((start, tail.get(..length)?))
    })
}

/// Whether the word of `length` bytes at `at` is all there is between two quotes: where the lexer lost its way,
/// in code squeezed to one line, a text is still no identifier.
fn quoted(text: &[u8], at: usize, length: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    matches!(before, Some(b'"' | b'\'')) && before == text.get(at + length)
}

/// Whether `word` looks like an ASCII word and is none: how bad, the odd letter, the ASCII word.
fn look_alike(word: &str) -> Option<(Severity, char, String)> {
    // Full-width and mathematical letters: some compilers read them as the plain ones, some do not.
    if let Some(odd) = word.chars().find(|c| plain_letter(*c).is_some())
        && word.chars().all(|c| c.is_ascii() || plain_letter(c).is_some())
    {
        let plain = word.chars().map(|c| plain_letter(c).unwrap_or(c)).collect();
        return Some((Severity::High, odd, plain));
    }
    let ascii: String = skeleton(word).collect();
    // `m` is confusable with `rn` and so on: the skeleton of an ASCII word is not that word, but ASCII.
    if !ascii.is_ascii() {
        return click(word);
    }
    let latin = AugmentedScriptSet::for_char('a');
    let foreign = |c: &char| {
        let mut set = AugmentedScriptSet::for_char(*c);
        set.intersect_with(latin);
        c.is_alphabetic() && set.is_empty()
    };
    let plain: String =
        word.chars().map(|c| skeleton(c.encode_utf8(&mut [0; 4])).next().unwrap_or(c)).collect();
    for part in word.split(|c: char| c == '_' || c.is_ascii_digit()) {
        let odd = part.chars().find(foreign);
        let mixed = part.chars().any(|c| c.is_ascii_alphabetic());
        match odd {
            Some(odd) if mixed => {
                // Greek letters are used as symbols next to Latin ones: `Δt`, `σx`.
                let greek = matches!(odd, '\u{370}'..='\u{3ff}');
                return Some((if greek { Severity::Low } else { Severity::High }, odd, plain));
            }
            Some(odd)
                if !matches!(odd, '\u{370}'..='\u{3ff}')
                    && part.chars().filter(|c| c.is_alphabetic()).all(|c| foreign(&c))
                    && part.chars().count() > 2 =>
            {
                return Some((Severity::High, odd, plain));
            }
            _ => {}
        }
    }
    click(word)
}

/// The ASCII letter a compatibility form stands for: full-width and bold, italic, script mathematical letters.
fn plain_letter(c: char) -> Option<char> {
    let code = u32::from(c);
    match code {
        0xff21..=0xff3a | 0xff41..=0xff5a | 0xff10..=0xff19 => char::from_u32(code - 0xfee0),
        0x1d400..=0x1d6a3 => {
            let at = (code - 0x1d400) % 52;
            char::from_u32(if at < 26 { u32::from('A') + at } else { u32::from('a') + at - 26 })
        }
        _ => None,
    }
}

/// Letters that look like operators: `environmentǃ=PRODUCTION` assigns where a reader sees a comparison.
fn click(word: &str) -> Option<(Severity, char, String)> {
    let odd =
        word.chars().find(|c| matches!(c, '\u{1c0}' | '\u{1c1}' | '\u{1c3}' | '\u{2d0}' | '\u{a789}'))?;
    let shown = match odd {
        '\u{1c0}' => "|",
        '\u{1c1}' => "||",
        '\u{1c3}' => "!",
        _ => ":",
    };
    word.chars().any(|c| c.is_ascii_alphabetic()).then(|| (Severity::High, odd, word.replace(odd, shown)))
}

fn contains_word(text: &[u8], word: &[u8]) -> bool {
    let edge = |b: Option<&u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_' && *b < 0x80);
    word.len() > 1
        && memchr::memmem::find_iter(text, word)
            .any(|at| edge(at.checked_sub(1).and_then(|i| text.get(i))) && edge(text.get(at + word.len())))
}

/// Code behind more blanks than a window is wide, in a file whose other lines are short.
fn far_right(text: &Text, classified: &Classified, spans: &[Span]) -> Vec<Draft> {
    let bytes = text.bytes();
    let blank = |b: u8| b == b' ' || b == b'\t';
    let mut drafts = Vec::new();
    let mut at = BLANKS - 1;
    // A run of so many blanks covers a multiple of that number.
    while let Some(byte) = bytes.get(at) {
        if !blank(*byte) {
            at += BLANKS;
            continue;
        }
        let start = bytes[..at].iter().rposition(|b| !blank(*b)).map_or(0, |n| n + 1);
        let end = bytes[at..].iter().position(|b| !blank(*b)).map_or(bytes.len(), |n| at + n);
        at = end + BLANKS;
        let tabs = bytes[start..end].iter().filter(|b| **b == b'\t').count();
        let width = end - start + 7 * tabs;
        let rest = bytes.get(end..).unwrap_or_default();
        let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
        let line = line.get(..line.len().min(4096)).unwrap_or_default();
        let kind = kind_at(spans, end).map(|span| (span.kind, span.range.start));
        // A string that began before the blanks is text; one that begins behind them is as hidden as code.
        let inside = kind.is_some_and(|(kind, from)| kind == Kind::Comment || from < start);
        if width < BLANKS || line.trim_ascii().len() < 4 || inside || !reads_as_code(line) {
            continue;
        }
        let behind_code = start > 0 && bytes.get(start - 1) != Some(&b'\n');
        let code = classified.class == Class::Code;
        drafts.push(Draft {
            rule: "hidden-whitespace",
            category: "obf.hidden-whitespace",
            severity: if behind_code && code { Severity::High } else { Severity::Medium },
            confidence: if behind_code { Confidence::High } else { Confidence::Medium },
            start: end,
            end: end + line.len(),
            message: format!("code stands behind {} blanks, where an editor does not show it", end - start),
            question: "Why does this code stand so far to the right?",
            key: String::new(),
        });
        if drafts.len() as u32 > PER_FILE {
            break;
        }
    }
    drafts
}

/// Whether what stands there does something: a call, an assignment, a pipe.
fn reads_as_code(line: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(line, word).is_some();
    let letters = line.iter().filter(|b| b.is_ascii_alphabetic()).count();
    letters >= 3
        && (line.contains(&b'(')
            || line.contains(&b'=')
            || has(b"| ")
            || has(b"import ")
            || has(b"exec ")
            || has(b"`")
            || line.trim_ascii_start().starts_with(b";"))
}

/// A character's code point and name, for people.
fn described(c: char) -> String {
    let name = match c {
        '\u{ad}' => "soft hyphen",
        '\u{34f}' => "combining grapheme joiner",
        '\u{61c}' => "Arabic letter mark",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => "Hangul filler",
        '\u{180b}'..='\u{180f}' => "Mongolian variation selector",
        '\u{1c0}' => "Latin letter dental click",
        '\u{1c1}' => "Latin letter lateral click",
        '\u{1c3}' => "Latin letter retroflex click",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{200e}' => "left-to-right mark",
        '\u{200f}' => "right-to-left mark",
        '\u{202a}' => "left-to-right embedding",
        '\u{202b}' => "right-to-left embedding",
        '\u{202c}' => "pop directional formatting",
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{2060}' => "word joiner",
        '\u{2061}'..='\u{2064}' => "invisible operator",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        '\u{2069}' => "pop directional isolate",
        '\u{feff}' => "byte-order mark",
        '\u{ff10}'..='\u{ff5a}' => "full-width letter",
        '\u{1d400}'..='\u{1d6a3}' => "mathematical letter",
        '\u{370}'..='\u{3ff}' => "Greek letter",
        '\u{400}'..='\u{52f}' => "Cyrillic letter",
        '\u{530}'..='\u{58f}' => "Armenian letter",
        '\u{13a0}'..='\u{13ff}' => "Cherokee letter",
        '\u{e0000}'..='\u{e007f}' => "tag character",
        c if is_variation(c) => "variation selector",
        c if is_private(c) => "private-use character",
        _ => "character",
    };
    format!("U+{:04X} {name}", u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::super::classify::classify;
    use super::super::syntax::marks;
    use super::super::syntax::spans;
    use super::*;

    fn found(name: &str, content: &str) -> Vec<(&'static str, Severity)> {
        let text = Text::new(content.as_bytes());
        let classified = classify(name.as_bytes(), content.as_bytes(), &text);
        let spans = spans(text.bytes(), &marks(classified.language));
        hidden(&text, &classified, &spans).0.into_iter().map(|d| (d.rule, d.severity)).collect()
    }

    #[test]
    fn text_that_deceives_is_found() {
        use Severity::High;
        let cases = [
            (
                "a.c",
                "int x; /* \u{202e} } \u{2066}if (admin)\u{2069} \u{2066} begin */\n",
                "hidden-bidi",
                High,
            ),
            (
                "a.py",
                "if access != \"user\u{202e} \u{2066}# admin\u{2069} \u{2066}\":\n",
                "hidden-bidi",
                High,
            ),
            ("a.js", "const is\u{200b}Admin = true;\n", "hidden-invisible", High),
            ("a.js", "const { timeout, \u{3164} } = req.query;\n", "hidden-invisible", High),
            ("a.py", "def \u{440}ay(user):\n    pass\n", "hidden-homoglyph", High),
            ("a.c", "int is_\u{430}dmin(void);\n", "hidden-homoglyph", High),
            ("a.go", "if environment\u{1c3}=PRODUCTION {\n", "hidden-homoglyph", High),
            ("a.py", "scope = 1\n\u{455}\u{441}\u{43e}\u{440}\u{435} = 2\n", "hidden-homoglyph", High),
        ];
        for (name, content, rule, severity) in cases {
            assert!(
                found(name, content).contains(&(rule, severity)),
                "{content:?}: {:?}",
                found(name, content)
            );
        }
        let tags: String = "run(x)"
            .chars()
            .chain("y".repeat(4).chars())
            .map(|c| char::from_u32(0xe0000 + c as u32).unwrap())
            .collect();
        assert_eq!(found("README.md", &format!("Welcome{tags}\n")), [("hidden-invisible", High)]);
        let selectors: String = (0..20u32).map(|n| char::from_u32(0xe0100 + n).unwrap()).collect();
        assert_eq!(
            found("a.js", &format!("eval(d(`\u{e0100}{selectors}`))\n")),
            [("hidden-invisible", High)]
        );
        let pushed = format!("x = 1;{}system(\"id\");\n", " ".repeat(200));
        assert_eq!(found("a.c", &pushed), [("hidden-whitespace", High)]);
        let pushed = format!("x = 1{}; import os; os.popen('id')\n", " ".repeat(150));
        assert_eq!(found("a.py", &pushed), [("hidden-whitespace", High)]);
    }

    #[test]
    fn honest_text_stays_quiet() {
        let rtl = "// \u{200f}\u{5e9}\u{5dc}\u{5d5}\u{5dd} hello \u{202b}\u{5e2}\u{202c}\n";
        let wide = format!("x = {{\n{}1, 2\n}}\n", " ".repeat(200));
        let comment = format!("int x;{}/* far */\n", " ".repeat(200));
        let cases = [
            ("a.py", "\u{feff}import os\n"),
            (
                "README.md",
                "Made with \u{2764}\u{fe0f} by \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}, \u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}\n",
            ),
            ("a.js", "const flag = '\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}';\n"),
            // A regular expression the lexer does not know opens a text that never ends.
            ("a.js", "var q=/[\"]/;var m={\"\u{ff21}\":\"A\",\"\u{c0}\":\"A\"},A=1;\n"),
            ("fa.po", "msgstr \"\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}\"\n"),
            ("he.po", "msgstr \"\u{202b}\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{202c}\"\n"),
            ("a.c", rtl),
            ("a.py", "\u{394}t = 1\nna\u{ef}ve = 2\n\u{3c3}_x = 3\n\u{f1}and\u{fa} = 4\n"),
            ("a.py", "\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442} = 1\n"),
            ("a.js", "// soft\u{ad}hyphen and zero\u{200b}width in a comment\n"),
            ("icons.css", ".fa:before { content: \"\u{f101}\"; }\n"),
            ("a.c", &wide),
            ("a.c", &comment),
            ("zh.js", "let t = \"\u{8449}\u{fe00}\";\n"),
        ];
        for (name, content) in cases {
            assert_eq!(found(name, content), [], "{name}: {content:?}");
        }
    }

    #[test]
    fn findings_of_one_kind_are_bounded_in_a_file() {
        let many = "let a\u{200b}b = 1;\n".repeat(1000);
        assert_eq!(found("a.js", &many).len(), PER_FILE as usize);
    }

    #[test]
    fn no_text_makes_it_panic() {
        use proptest::prelude::*;
        let odd = "\u{202e}\u{2066}\u{2069}\u{200b}\u{fe0f}\u{e0041}\u{440}a_=( \n\u{1c3}\u{3164}'\"";
        let odd: Vec<char> = odd.chars().collect();
        proptest!(|(chars in prop::collection::vec(prop::sample::select(odd), 0..300))| {
            let content: String = chars.into_iter().collect();
            found("a.py", &content);
            found("a.js", &content);
        });
    }
}
