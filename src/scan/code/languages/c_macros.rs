//! Function-like macros of C and C++, written out as functions before the file is parsed.
//!
//! To the grammar a macro's body is a text. `#define RUN(c) system(c)` becomes `def RUN(c){system(c);}` in as many
//! bytes and lines, so that every line stays where it was; the hooks of C take a function of type `def` for a
//! macro, and what it does is told where it is used. Only bodies that call something of interest are written out;
//! what pastes tokens, or does not close its brackets, stays as it is.

use std::borrow::Cow;

use crate::scan::code::map::Set;

/// The type a macro that was written out seems to have.
pub const MACRO: &str = "def";
/// Bytes of the longest body that is written out.
const MAX_BODY: usize = 4096;
/// Most macros of one file.
const MAX_MACROS: usize = 4096;

/// `bytes` with its macros written out; `interesting` are the names of calls worth it.
pub fn written_out<'b>(bytes: &'b [u8], interesting: &Set<Box<str>>) -> Cow<'b, [u8]> {
    let mut out: Option<Vec<u8>> = None;
    let mut found = 0;
    for at in memchr::memmem::find_iter(bytes, b"define") {
        if found >= MAX_MACROS {
            break;
        }
        let Some((start, end)) = directive(bytes, at) else { continue };
        let Some(text) = bytes.get(start..end).and_then(|line| function(line, interesting)) else { continue };
        found += 1;
        let all = out.get_or_insert_with(|| bytes.to_vec());
        if let Some(place) = all.get_mut(start..end) {
            place.copy_from_slice(&text);
        }
    }
    out.map_or(Cow::Borrowed(bytes), Cow::Owned)
}

/// From the `#` of the directive in which `define` stands at `at` to its end, continued lines included.
fn directive(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let before = bytes.get(..at)?;
    let start = before.iter().rposition(|byte| !matches!(byte, b' ' | b'\t'))?;
    let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |line| line + 1);
    let blank = bytes.get(line..start)?.iter().all(|byte| matches!(byte, b' ' | b'\t'));
    if bytes.get(start) != Some(&b'#') || !blank {
        return None;
    }
    let rest = bytes.get(at..(at + MAX_BODY).min(bytes.len()))?;
    let mut from = 0;
    loop {
        let end = from + memchr::memchr(b'\n', rest.get(from..)?)?;
        let continued = rest.get(..end)?.trim_ascii_end().ends_with(b"\\");
        if !continued {
            return Some((start, at + rest.get(..end)?.trim_ascii_end().len()));
        }
        from = end + 1;
    }
}

/// A directive as a function of the same length, where it is one that is worth it.
fn function(line: &[u8], interesting: &Set<Box<str>>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(line).ok()?;
    let rest = text.get(1..)?.trim_start().strip_prefix("define")?;
    let head = rest.strip_prefix([' ', '\t'])?.trim_start();
    let open = head.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let (name, params) = head.split_at(open);
    let close = params.find(')').filter(|_| params.starts_with('('))?;
    let (params, body) = params.split_at(close + 1);
    if name.is_empty() || params.contains(['\\', '/']) {
        return None;
    }
    let body = body.trim_start_matches([' ', '\t']);
    if !worth(body, interesting) {
        return None;
    }
    let mut out = format!("{MACRO} {name}{params}{{{body};}}").replace('\\', " ").into_bytes();
    // It is shorter than the directive by what `#define` is longer than what was added.
    if out.len() > line.len() {
        return None;
    }
    out.resize(line.len(), b' ');
    Some(out)
}

/// Whether a body calls something of interest and reads as a statement.
fn worth(body: &str, interesting: &Set<Box<str>>) -> bool {
    const DECLARES: [&str; 8] =
        ["__attribute__", "__declspec", "extern", "static", "struct", "_Static", "typedef", "template"];
    if body.contains('#') || DECLARES.iter().any(|word| body.starts_with(word)) {
        return false;
    }
    let (mut depth, mut calls) = (0i32, false);
    let mut quote: Option<u8> = None;
    let bytes = body.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        match (quote, byte) {
            (Some(_), b'\\') => at += 1,
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            // A comment would take what is added after it.
            (None, b'/') if bytes.get(at + 1) == Some(&b'/') => return false,
            (None, b'(' | b'{' | b'[') => {
                if byte == b'(' {
                    calls |= called(body.get(..at).unwrap_or(""), interesting);
                }
                depth += 1;
            }
            (None, b')' | b'}' | b']') => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
        at += 1;
    }
    calls && depth == 0 && quote.is_none()
}

/// Whether what stands before a bracket is a name of interest, or a member that may be a function.
fn called(before: &str, interesting: &Set<Box<str>>) -> bool {
    let before = before.trim_end();
    let start = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    let name = before.get(start..).unwrap_or("");
    let member = before.get(..start).is_some_and(|rest| rest.ends_with("->"));
    !name.is_empty() && (member || interesting.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let names: Set<Box<str>> = ["system", "send"].into_iter().map(Box::from).collect();
        String::from_utf8(written_out(text.as_bytes(), &names).into_owned()).unwrap()
    }

    #[test]
    fn macros_that_call_are_written_out_in_as_many_bytes_and_lines() {
        let text = "int a;\n#define RUN(cmd) system(cmd)\n#  define PUT(s, ...) do { \\\n  send(s, __VA_ARGS__); \\\n} while (0)\nint b;\n";
        let out = written(text);
        assert_eq!(out.len(), text.len());
        assert_eq!(out.matches('\n').count(), text.matches('\n').count());
        assert!(out.contains("def RUN(cmd){system(cmd);}"), "{out}");
        assert!(out.contains("def PUT(s, ...){do {"), "{out}");
        assert!(!out.contains('\\') && out.ends_with("\nint b;\n"), "{out}");
    }

    #[test]
    fn what_calls_nothing_of_interest_or_pastes_stays_as_it_is() {
        for text in [
            "#define MAX(a, b) ((a) > (b) ? (a) : (b))\n",
            "#define NAME \"x\"\n",
            "#define CALL(x) system(#x)\n",
            "#define OPEN(x) { system(x);\n",
            "#define BACK(x) ) system(x)\n",
            "#define LOG(x) system(x) // runs\n",
            "// a define RUN(cmd) system(cmd)\n",
            "#define RUN(cmd) system(cmd)",
            "#define\n",
            "#define F(",
            "define",
        ] {
            assert_eq!(written(text), text);
        }
    }
}
