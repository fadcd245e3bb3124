//! What is wrong with a manifest, as the reviewer sees it: place, sentence, the line with a caret, what to do.

use std::fmt;
use std::ops::Range;

use crate::model::path::escape;

/// Everything wrong with a manifest, in order of place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    /// What the file is called in messages.
    pub file: String,
    /// At least one.
    pub problems: Vec<Located>,
}

/// One thing that is wrong, before its place is known as line and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    span: Range<usize>,
    message: String,
    help: Option<String>,
}

/// One thing that is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The line's text up to the caret, under it, and after it; escaped, bounded.
    excerpt: [String; 3],
}

/// Problems shown in full; the rest is counted.
const SHOWN: usize = 20;
/// Characters of a line shown on each side of the caret.
const WINDOW: usize = 70;

impl Problem {
    /// Something wrong with the bytes `span` of the text.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem { span, message: message.into(), help: None }
    }

    /// The same, with what to do about it.
    pub fn help(self, help: impl Into<String>) -> Problem {
        Problem { help: Some(help.into()), ..self }
    }
}

/// What the TOML reader says.
pub fn syntax(error: &toml::de::Error) -> Problem {
    Problem::new(error.span().unwrap_or(0..0), format!("not TOML: {}", error.message()))
        .help("correct this first; the rest of the file was not looked at")
}

impl ManifestError {
    /// The problems of `text`, located and sorted.
    pub fn new(file: &str, text: &str, mut problems: Vec<Problem>) -> ManifestError {
        problems.sort_by(|a, b| (a.span.start, &a.message).cmp(&(b.span.start, &b.message)));
        problems.dedup();
        let problems = problems.into_iter().map(|problem| locate(text, problem)).collect();
        ManifestError { file: escape(file.as_bytes()), problems }
    }
}

fn locate(text: &str, problem: Problem) -> Located {
    let start = floor(text, problem.span.start);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let end = floor(text, problem.span.end).clamp(start, line_end);
    let before: Vec<char> = text[line_start..start].chars().collect();
    let cut: String = before[before.len().saturating_sub(WINDOW)..].iter().collect();
    let ellipsis = if before.len() > WINDOW { "…" } else { "" };
    let under: String = text[start..end].chars().take(WINDOW).collect();
    let after: String = text[start + under.len()..line_end].chars().take(WINDOW).collect();
    Located {
        line: text[..start].matches('\n').count() + 1,
        column: before.len() + 1,
        message: problem.message,
        help: problem.help,
        excerpt: [format!("{ellipsis}{}", shown(&cut)), shown(&under), shown(&after)],
    }
}

/// A line's text, visible: a backslash stands for itself here, for the line has to look as in the editor.
fn shown(text: &str) -> String {
    let text = text.replace('\t', "    ");
    let parts: Vec<String> =
        text.trim_end_matches('\r').split('\\').map(|part| escape(part.as_bytes())).collect();
    parts.join("\\")
}

/// The nearest character boundary of `text` at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl std::error::Error for ManifestError {}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().take(SHOWN).enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            let Located { line, column, message, help, excerpt: [before, under, after] } = problem;
            let number = line.to_string();
            let gutter = " ".repeat(number.len());
            writeln!(f, "{}:{line}:{column}: {message}", self.file)?;
            writeln!(f, "{gutter} |")?;
            writeln!(f, "{number} | {before}{under}{after}")?;
            let carets = "^".repeat(under.chars().count().max(1));
            write!(f, "{gutter} | {}{carets}", " ".repeat(before.chars().count()))?;
            if let Some(help) = help {
                write!(f, "\n{gutter} = {help}")?;
            }
            writeln!(f)?;
        }
        if self.problems.len() > SHOWN {
            writeln!(f, "\nand {} more", self.problems.len() - SHOWN)?;
        }
        Ok(())
    }
}
