//! Which bytes of a text are comment, which are string literal, which are neither: by lexing alone.
//!
//! This is for what concerns every text file whatever its language: whether a URL is live, whether an
//! invisible character stands in code. It knows families of comment and quote marks and no grammar; a file
//! it misreads is misread for at most one line, because an ordinary string ends with its line.

use std::ops::Range;

/// A comment or a string literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Bytes of the text, marks included.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What bytes of a text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A comment, or a string that only documents.
    Comment,
    /// A string literal.
    String,
}

/// How a family of languages marks comments and strings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks {
    /// Marks that begin a comment up to the end of the line.
    line: &'static [&'static str],
    /// Marks that begin and end a comment over lines.
    block: &'static [(&'static str, &'static str)],
    /// Quotes of strings that end with their line.
    quotes: &'static [u8],
    /// Marks that begin and end a string over lines, longest first.
    long: &'static [(&'static str, &'static str)],
    /// Whether a long string that begins a line documents (Python).
    docstrings: bool,
    /// Whether `'` may be a lifetime or a character (Rust), or a digit separator (C++).
    lone_apostrophe: bool,
    /// Whether a comment mark counts only after a blank or at the start of a line (shell: `$#`, `a#b`).
    spaced: bool,
    /// Whether a backslash takes the next character's meaning away inside strings.
    no_escapes: bool,
}

const C: Marks = Marks {
    line: &["//"],
    block: &[("/*", "*/")],
    quotes: b"\"'",
    long: &[],
    docstrings: false,
    lone_apostrophe: false,
    spaced: false,
    no_escapes: false,
};

/// The marks of `language`; none for prose, where nothing is comment and nothing is string.
pub fn marks(language: &str) -> Marks {
    let hash = Marks { line: &["#"], quotes: b"\"'", spaced: true, ..Marks::default() };
    match language {
        "c" | "objective-c" | "css" | "protobuf" | "thrift" | "solidity" | "verilog" => C,
        "cpp" | "rust" => {
            Marks { long: &[("r##\"", "\"##"), ("r#\"", "\"#"), ("R\"(", ")\"")], lone_apostrophe: true, ..C }
        }
        "csharp" | "kotlin" | "scala" | "swift" | "java" | "groovy" | "dart" => {
            Marks { long: &[("\"\"\"", "\"\"\"")], ..C }
        }
        "go" => Marks { long: &[("`", "`")], ..C },
        "javascript" | "typescript" | "tsx" => Marks { long: &[("`", "`")], ..C },
        "zig" | "json" | "jsonc" => Marks { quotes: b"\"", ..C },
        "php" => Marks { line: &["//", "#"], ..C },
        "python" => {
            Marks { long: &[("\"\"\"", "\"\"\""), ("'''", "'''")], docstrings: true, spaced: false, ..hash }
        }
        "ruby" => Marks { block: &[("\n=begin", "\n=end")], ..hash },
        "perl" => Marks { block: &[("\n=pod", "\n=cut"), ("\n=head", "\n=cut")], ..hash },
        "toml" => Marks { long: &[("\"\"\"", "\"\"\""), ("'''", "'''")], spaced: false, ..hash },
        "powershell" => Marks { block: &[("<#", "#>")], no_escapes: true, ..hash },
        "nix" => Marks { block: &[("/*", "*/")], long: &[("''", "''")], ..hash },
        "bash" | "make" | "cmake" | "yaml" | "dockerfile" | "r" | "tcl" | "awk" | "sed" | "elixir"
        | "julia" | "nim" | "crystal" | "starlark" | "config" | "meson" | "gn" => hash,
        "ini" | "properties" => Marks { line: &["#", ";", "!"], ..hash },
        "sql" => Marks { line: &["--", "#"], block: &[("/*", "*/")], quotes: b"\"'", ..Marks::default() },
        "lua" => Marks {
            line: &["--"],
            block: &[("--[[", "]]")],
            quotes: b"\"'",
            long: &[("[[", "]]")],
            ..Marks::default()
        },
        "haskell" | "elm" | "purescript" => {
            Marks { line: &["--"], block: &[("{-", "-}")], quotes: b"\"", ..Marks::default() }
        }
        "ada" | "vhdl" => Marks { line: &["--"], quotes: b"\"", ..Marks::default() },
        "ocaml" | "fsharp" | "pascal" => Marks {
            line: if language == "ocaml" { &[] } else { &["//"] },
            block: &[("(*", "*)")],
            quotes: b"\"",
            ..Marks::default()
        },
        "lisp" | "scheme" | "clojure" | "emacs-lisp" => {
            Marks { line: &[";"], quotes: b"\"", ..Marks::default() }
        }
        "assembly" => {
            Marks { line: &["//", ";", "#"], block: &[("/*", "*/")], quotes: b"\"", ..Marks::default() }
        }
        "erlang" => Marks { line: &["%"], quotes: b"\"'", ..Marks::default() },
        "matlab" | "tex" => Marks { line: &["%"], ..Marks::default() },
        "fortran" => Marks { line: &["!"], quotes: b"\"'", ..Marks::default() },
        "vb" => Marks { line: &["'"], quotes: b"\"", no_escapes: true, ..Marks::default() },
        "batch" => {
            Marks { line: &["REM ", "rem ", "::"], quotes: b"\"", no_escapes: true, ..Marks::default() }
        }
        "m4" => Marks { line: &["dnl ", "#"], quotes: b"\"'", ..Marks::default() },
        "vim" => Marks { line: &["\" "], quotes: b"'", ..Marks::default() },
        "html" | "xml" | "svg" | "vue" | "svelte" => {
            Marks { block: &[("<!--", "-->")], quotes: b"\"'", ..Marks::default() }
        }
        _ => Marks::default(),
    }
}

/// The comments and strings of `text`, in order, none overlapping.
pub fn spans(text: &[u8], marks: &Marks) -> Vec<Span> {
    let mut spans = Vec::new();
    let starts = starts(marks);
    let mut at = 0;
    while at < text.len() {
        let Some(step) = text[at..].iter().position(|b| starts[usize::from(*b)]) else { break };
        at += step;
        match begins(text, at, marks) {
            Some(span) => {
                at = span.range.end.max(at + 1);
                spans.push(span);
            }
            None => at += 1,
        }
    }
    spans
}

/// What the byte at `offset` is: `None` for code.
pub fn kind_at(spans: &[Span], offset: usize) -> Option<&Span> {
    let index = spans.partition_point(|span| span.range.end <= offset);
    spans.get(index).filter(|span| span.range.contains(&offset))
}

fn starts(marks: &Marks) -> [bool; 256] {
    let mut table = [false; 256];
    let words = marks.line.iter().copied().chain(marks.block.iter().chain(marks.long).map(|(open, _)| *open));
    for first in words.filter_map(|word| word.as_bytes().first()).chain(marks.quotes) {
        table[usize::from(*first)] = true;
    }
    table
}

fn begins(text: &[u8], at: usize, marks: &Marks) -> Option<Span> {
    let rest = text.get(at..)?;
    for (open, close) in marks.block {
        if rest.starts_with(open.as_bytes()) {
            let end = until(text, at + open.len(), close.as_bytes());
            return Some(Span { range: at..end, kind: Kind::Comment });
        }
    }
    for mark in marks.line {
        let blank_before = at == 0 || matches!(text[at - 1], b' ' | b'\t' | b'\n' | b'\r' | b'(' | b';');
        // `http://…` outside a string (shell, configuration, markup) is no comment.
        let after_colon = *mark == "//" && at > 0 && text[at - 1] == b':';
        if rest.starts_with(mark.as_bytes()) && (blank_before || !marks.spaced) && !after_colon {
            let end = rest.iter().position(|b| *b == b'\n').map_or(text.len(), |n| at + n);
            return Some(Span { range: at..end, kind: Kind::Comment });
        }
    }
    for (open, close) in marks.long {
        if rest.starts_with(open.as_bytes()) {
            let end = until(text, at + open.len(), close.as_bytes());
            let kind = if marks.docstrings && begins_line(text, at) { Kind::Comment } else { Kind::String };
            return Some(Span { range: at..end, kind });
        }
    }
    let quote = *rest.first()?;
    if marks.quotes.contains(&quote) {
        return quoted(text, at, quote, marks);
    }
    None
}

fn quoted(text: &[u8], at: usize, quote: u8, marks: &Marks) -> Option<Span> {
    if quote == b'\'' && marks.lone_apostrophe {
        // A character, or a lifetime: one character and the closing mark make the difference.
        let rest = text.get(at + 1..text.len().min(at + 14))?;
        let width = match rest.first()? {
            b'\\' => 2,
            byte => 1.max(byte.leading_ones() as usize),
        };
        let close = rest.get(width..)?.iter().position(|b| *b == b'\'')?;
        let escape = rest.first() == Some(&b'\\');
        return (close == 0 || escape)
            .then(|| Span { range: at..at + 1 + width + close + 1, kind: Kind::String });
    }
    // An apostrophe inside a word is no quote: `don't`, `n'importe`.
    if quote == b'\'' && at > 0 && text[at - 1].is_ascii_alphanumeric() && !marks.docstrings {
        return None;
    }
    let mut end = at + 1;
    while let Some(byte) = text.get(end) {
        match byte {
            b'\\' if !marks.no_escapes => end += 2,
            b'\n' => break,
            b if *b == quote => {
                end += 1;
                break;
            }
            _ => end += 1,
        }
    }
    Some(Span { range: at..end.min(text.len()), kind: Kind::String })
}

fn begins_line(text: &[u8], at: usize) -> bool {
    text[..at]
        .iter()
        .rev()
        .take_while(|b| **b != b'\n')
        .all(|b| matches!(b, b' ' | b'\t' | b'r' | b'u' | b'R' | b'U'))
}

fn until(text: &[u8], from: usize, close: &[u8]) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    memchr::memmem::find(rest, close).map_or(text.len(), |at| from + at + close.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(language: &str, text: &str) -> Vec<(Kind, String)> {
        spans(text.as_bytes(), &marks(language))
            .into_iter()
            .map(|span| (span.kind, text[span.range].to_owned()))
            .collect()
    }

    #[test]
    fn comments_and_strings_are_told_apart_in_every_family() {
        use Kind::Comment;
        use Kind::String;
        type Case = (&'static str, &'static str, Vec<(Kind, &'static str)>);
        let cases: [Case; 10] = [
            (
                "c",
                "a = \"x//y\"; // see\n/* b */",
                vec![(String, "\"x//y\""), (Comment, "// see"), (Comment, "/* b */")],
            ),
            ("c", "s = \"a\\\"b\"; 'c'", vec![(String, "\"a\\\"b\""), (String, "'c'")]),
            ("rust", "fn f<'a>(x: &'a str) { 'b' }", vec![(String, "'b'")]),
            (
                "python",
                "def f():\n    \"\"\"doc\n    \"\"\"\n    x = '''s'''  # c",
                vec![(Comment, "\"\"\"doc\n    \"\"\""), (String, "'''s'''"), (Comment, "# c")],
            ),
            ("bash", "echo $# a#b # c", vec![(Comment, "# c")]),
            ("javascript", "x = `a\nb`; // c", vec![(String, "`a\nb`"), (Comment, "// c")]),
            ("yaml", "url: http://a.example/b # c", vec![(Comment, "# c")]),
            ("html", "<!-- a\n --><a href=\"b\">", vec![(Comment, "<!-- a\n -->"), (String, "\"b\"")]),
            ("lua", "x = [[a]] -- b", vec![(String, "[[a]]"), (Comment, "-- b")]),
            ("text", "it's \"prose\" # really", vec![]),
        ];
        for (language, text, expected) in cases {
            let expected: Vec<_> = expected.into_iter().map(|(k, t)| (k, t.to_owned())).collect();
            assert_eq!(parts(language, text), expected, "{language}: {text}");
        }
    }

    #[test]
    fn an_unterminated_string_ends_with_its_line() {
        assert_eq!(
            parts("c", "'oops\n// c"),
            [(Kind::String, "'oops".into()), (Kind::Comment, "// c".into())]
        );
    }

    #[test]
    fn spans_are_in_order_inside_the_text_and_do_not_overlap() {
        use proptest::prelude::*;
        let languages =
            ["c", "rust", "python", "bash", "javascript", "html", "lua", "sql", "ruby", "batch", "m4"];
        proptest!(|(text in prop::collection::vec(prop::sample::select(b"\"'`#/*-<!>\\\n ar=[]{}(".to_vec()), 0..200))| {
            for language in languages {
                let mut at = 0;
                for span in spans(&text, &marks(language)) {
                    prop_assert!(span.range.start >= at && span.range.end > span.range.start);
                    prop_assert!(span.range.end <= text.len());
                    at = span.range.end;
                }
            }
        });
    }
}
