//! A file as words, numbers, texts and marks, with the brackets that belong together.

use crate::scan::code::map::Map;
use crate::scan::syntax::Kind as SpanKind;
use crate::scan::syntax::Span;

/// Tokens of one file that are looked at: a file of more is no program somebody wrote.
const MOST: usize = 400_000;

/// No other token.
pub const NONE: u32 = u32::MAX;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    Number,
    Text,
    Mark,
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
    /// A word's name, as an index.
    pub name: u32,
    /// Whether it is the first of its line.
    pub first: bool,
    /// How far its line is indented.
    pub indent: u16,
    /// The bracket that belongs to this one.
    pub mate: u32,
    /// The bracket it stands in.
    pub up: u32,
}

/// All of a file.
pub struct Tokens<'b> {
    bytes: &'b [u8],
    pub all: Vec<Token>,
    /// The names of words, without the marks before them.
    pub names: Vec<&'b [u8]>,
}

/// Marks of more than one character, longest first.
const MARKS: &[&[u8]] = &[
    b"===", b"!==", b"<=>", b"<<=", b">>=", b"**=", b"??=", b"&&=", b"||=", b"...", b"==", b"!=", b">=",
    b"<=", b"&&", b"||", b"->", b"=>", b"::", b":=", b"+=", b"-=", b"*=", b"/=", b"%=", b"^=", b"|=", b"&=",
    b"++", b"--", b"<<", b"?.", b"??", b"?:", b"..", b"**", b"=~", b"!~",
];

impl<'b> Tokens<'b> {
    /// The tokens of `bytes`, in which `spans` are comments and strings; `None` where there are too many.
    pub fn new(bytes: &'b [u8], spans: &[Span], language: &str) -> Option<Tokens<'b>> {
        let mut tokens = Tokens { bytes, all: Vec::with_capacity(bytes.len() / 6), names: Vec::new() };
        let mut known: Map<&'b [u8], u32> = Map::default();
        let mut at = 0;
        let mut first = true;
        let mut line = 0;
        let mut spans = spans.iter().peekable();
        let asking = language == "ruby";
        let dashed = matches!(language, "powershell" | "bash");
        while let Some(byte) = bytes.get(at).copied() {
            if tokens.all.len() > MOST || bytes.len() > u32::MAX as usize {
                return None;
            }
            while spans.next_if(|span| span.range.end <= at).is_some() {}
            if let Some(span) = spans.peek().filter(|span| span.range.start <= at) {
                let end = span.range.end.max(at + 1);
                if span.kind == SpanKind::String {
                    // `b"…"`, `L"…"`: the letter before belongs to the text.
                    let letter = matches!(language, "rust" | "c" | "cpp" | "python")
                        .then(|| tokens.all.last().copied())
                        .flatten()
                        .filter(|last| {
                            last.kind == Kind::Word
                                && last.end as usize == at
                                && matches!(
                                    bytes.get(last.start as usize..at),
                                    Some(b"b" | b"L" | b"u" | b"B")
                                )
                        });
                    let (at, begins) = match letter {
                        Some(letter) => {
                            tokens.all.pop();
                            (letter.start as usize, letter.first)
                        }
                        None => (at, first),
                    };
                    tokens.push(Kind::Text, at, end, NONE, begins, at.saturating_sub(line));
                    first = false;
                } else if memchr::memchr(b'\n', bytes.get(at..end).unwrap_or_default()).is_some() {
                    first = true;
                }
                if let Some(newline) =
                    memchr::memrchr(b'\n', bytes.get(at..end.min(bytes.len())).unwrap_or_default())
                {
                    line = at + newline + 1;
                }
                at = end;
                continue;
            }
            if byte == b'\n' {
                first = true;
                line = at + 1;
                at += 1;
                continue;
            }
            if byte.is_ascii_whitespace() || byte == b'\\' {
                at += 1;
                continue;
            }
            let start = at;
            let rest = bytes.get(at..).unwrap_or_default();
            if is_word(byte) || matches!(byte, b'@' | b'$') {
                let marks = rest.iter().take_while(|b| matches!(b, b'@' | b'$')).count();
                let letters = rest.get(marks..).unwrap_or_default();
                let mut length = letters.iter().take_while(|b| is_word(**b) || b.is_ascii_digit()).count();
                if length == 0 {
                    at += marks.max(1);
                    continue;
                }
                let after = letters.get(length).copied();
                let next = letters.get(length + 1).copied();
                if asking && matches!(after, Some(b'?' | b'!')) && next != Some(b'=') {
                    length += 1;
                }
                let text = letters.get(..length).unwrap_or_default();
                let name = *known.entry(text).or_insert_with(|| {
                    tokens.names.push(text);
                    (tokens.names.len() - 1) as u32
                });
                at += marks + length;
                tokens.push(Kind::Word, start, at, name, first, start - line);
            } else if byte.is_ascii_digit() {
                at += number(rest);
                tokens.push(Kind::Number, start, at, NONE, first, start - line);
            } else {
                let dash = dashed && byte == b'-' && rest.get(1).is_some_and(u8::is_ascii_alphabetic);
                let length = if dash {
                    1 + rest.iter().skip(1).take_while(|b| b.is_ascii_alphabetic()).count()
                } else {
                    MARKS.iter().find(|mark| rest.starts_with(mark)).map_or(1, |mark| mark.len())
                };
                at += length;
                tokens.push(Kind::Mark, start, at, NONE, first, start - line);
            }
            first = false;
        }
        tokens.pair();
        Some(tokens)
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, name: u32, first: bool, indent: usize) {
        let indent = if first { u16::try_from(indent).unwrap_or(u16::MAX) } else { 0 };
        let (start, end) = (start as u32, end.min(self.bytes.len()) as u32);
        self.all.push(Token { kind, start, end, name, first, indent, mate: NONE, up: NONE });
    }

    /// Finds the brackets that belong together.
    fn pair(&mut self) {
        let mut open: Vec<u32> = Vec::new();
        for at in 0..self.all.len() {
            let up = open.last().copied().unwrap_or(NONE);
            let byte = match self.all.get(at) {
                Some(token) if token.kind == Kind::Mark && token.end - token.start == 1 => {
                    self.bytes.get(token.start as usize).copied().unwrap_or(0)
                }
                _ => 0,
            };
            if let Some(token) = self.all.get_mut(at) {
                token.up = up;
            }
            match byte {
                b'(' | b'[' | b'{' => open.push(at as u32),
                b')' | b']' | b'}' => {
                    let wanted = match byte {
                        b')' => b"(",
                        b']' => b"[",
                        _ => b"{",
                    };
                    // What was left open inside is closed with it.
                    let back = open.iter().rev().take(8).position(|at| self.text(*at as usize) == wanted);
                    let Some(back) = back else { continue };
                    open.truncate(open.len() - back);
                    let Some(begin) = open.pop() else { continue };
                    let up = open.last().copied().unwrap_or(NONE);
                    if let Some(token) = self.all.get_mut(begin as usize) {
                        token.mate = at as u32;
                    }
                    if let Some(token) = self.all.get_mut(at) {
                        token.mate = begin;
                        token.up = up;
                    }
                }
                _ => {}
            }
        }
    }

    /// What a token says; empty where there is none.
    pub fn text(&self, at: usize) -> &'b [u8] {
        let bytes = self.bytes;
        self.all
            .get(at)
            .and_then(|token| bytes.get(token.start as usize..token.end as usize))
            .unwrap_or_default()
    }

    /// What a token is.
    pub fn kind(&self, at: usize) -> Option<Kind> {
        self.all.get(at).map(|token| token.kind)
    }

    /// Whether a token is the mark or the word `text`.
    pub fn is(&self, at: usize, text: &str) -> bool {
        self.kind(at).is_some_and(|kind| kind != Kind::Text) && self.text(at) == text.as_bytes()
    }

    /// Whether a token is one of these marks or words.
    pub fn any(&self, at: usize, texts: &[&str]) -> bool {
        if self.kind(at).is_none_or(|kind| kind == Kind::Text) {
            return false;
        }
        let said = self.text(at);
        texts.iter().any(|text| said == text.as_bytes())
    }

    /// The closing bracket of the opening one at `at`, where it has one.
    pub fn close(&self, at: usize) -> Option<usize> {
        let mate = self.all.get(at)?.mate;
        (mate != NONE && mate as usize > at).then_some(mate as usize)
    }

    /// Whether a token is the first of its line.
    pub fn first(&self, at: usize) -> bool {
        self.all.get(at).is_some_and(|token| token.first)
    }

    /// The name of a word.
    pub fn name(&self, at: usize) -> Option<u32> {
        self.all.get(at).filter(|token| token.kind == Kind::Word).map(|token| token.name)
    }

    /// The bracket a token stands in.
    pub fn up(&self, at: usize) -> Option<usize> {
        self.all.get(at).map(|token| token.up).filter(|up| *up != NONE).map(|up| up as usize)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// How many bytes the number at the start of `rest` has.
fn number(rest: &[u8]) -> usize {
    let mut length = 1;
    while let Some(byte) = rest.get(length) {
        let next_digit = rest.get(length + 1).is_some_and(u8::is_ascii_digit);
        let exponent = matches!(byte, b'-' | b'+')
            && next_digit
            && rest.get(length - 1).is_some_and(|b| matches!(b, b'e' | b'E'))
            && !rest.starts_with(b"0x");
        let separator = *byte == b'\'' && next_digit;
        if !(byte.is_ascii_alphanumeric()
            || *byte == b'_'
            || *byte == b'.' && next_digit
            || exponent
            || separator)
        {
            break;
        }
        length += 1;
    }
    length
}
