//! Bounded views of a difference for people: text diff, hex with context, list.
//!
//! A view never decides anything. Every line is escaped: a vendor's bytes must not rearrange the report.

use imara_diff::Algorithm;
use imara_diff::Diff;
use imara_diff::InternedInput;

use super::bytes::Overlap;
use super::code;
use super::code::Machine;
use super::text;
use crate::model::account::View;
use crate::model::path::escape;

/// Lines of one view.
const LINES: usize = 60;

/// Characters of one line.
const WIDTH: usize = 200;

/// Larger texts are shown as hex around the first difference: a line diff of them costs too much.
const DIFFED: usize = 4 << 20;

/// Bytes of one hex line.
const ROW: usize = 16;

/// The view that suits the bytes: a line diff for text, a hex dump around the difference for the rest.
pub fn of(shipped: &[u8], rebuilt: &[u8], overlap: &Overlap) -> View {
    let small = shipped.len().max(rebuilt.len()) <= DIFFED;
    if small && text::is_text(shipped) && text::is_text(rebuilt) {
        diff("text-diff", shipped, rebuilt)
    } else {
        hex(shipped, rebuilt, overlap)
    }
}

/// The instructions that differ, where any do; hex where the difference is in none (another encoding of the
/// same instructions).
pub fn code(shipped: &[u8], rebuilt: &[u8], overlap: &Overlap, machine: Machine) -> View {
    let (theirs, ours) = code::listings(shipped, rebuilt, overlap, machine);
    if theirs == ours {
        return hex(shipped, rebuilt, overlap);
    }
    let mut view = diff("disassembly", theirs.as_bytes(), ours.as_bytes());
    view.lines.insert(0, format!("@@ from byte {:#x} of the region @@", overlap.shipped.start));
    view.lines.retain(|line| !line.starts_with("@@ line "));
    view
}

/// A list of sentences or names, bounded.
pub fn list(lines: impl IntoIterator<Item = String>) -> View {
    bounded("list", lines)
}

/// A view of lines that are already marked `-`, `+` or ` `.
pub fn bounded(kind: &str, lines: impl IntoIterator<Item = String>) -> View {
    let mut kept = Vec::new();
    let mut cut = 0u64;
    for line in lines {
        if kept.len() < LINES {
            kept.push(shorten(&line));
        } else {
            cut += 1;
        }
    }
    View { kind: kind.to_owned(), lines: kept, cut }
}

fn diff(kind: &str, shipped: &[u8], rebuilt: &[u8]) -> View {
    let input = InternedInput::new(
        imara_diff::sources::byte_lines(shipped),
        imara_diff::sources::byte_lines(rebuilt),
    );
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let mut lines = Vec::new();
    let mut cut = 0u64;
    let show = |mark: char, token: imara_diff::Token| {
        let line: &[u8] = input.interner[token];
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        format!("{mark}{}", escape(body).replace("\\x09", "\t"))
    };
    for hunk in diff.hunks() {
        let size = (hunk.before.len() + hunk.after.len()) as u64;
        if lines.len() >= LINES {
            cut += size;
            continue;
        }
        lines.push(format!(
            "@@ line {} shipped, line {} rebuilt @@",
            hunk.before.start + 1,
            hunk.after.start + 1
        ));
        let before =
            input.before.get(hunk.before.start as usize..hunk.before.end as usize).unwrap_or_default();
        let after = input.after.get(hunk.after.start as usize..hunk.after.end as usize).unwrap_or_default();
        let all = before.iter().map(|t| ('-', *t)).chain(after.iter().map(|t| ('+', *t)));
        for (shown, (mark, token)) in all.enumerate() {
            if lines.len() >= LINES {
                cut += size - shown as u64;
                break;
            }
            lines.push(shorten(&show(mark, token)));
        }
    }
    View { kind: kind.to_owned(), lines, cut }
}

fn hex(shipped: &[u8], rebuilt: &[u8], overlap: &Overlap) -> View {
    let first = overlap.shipped.start / ROW * ROW;
    let from = first.saturating_sub(ROW);
    let longest = shipped.len().max(rebuilt.len());
    let end = overlap.shipped.end.max(overlap.rebuilt.end).saturating_add(ROW).min(longest);
    let mut lines = Vec::new();
    let mut cut = 0u64;
    let mut at = from;
    let mut skipped = false;
    while at < end {
        if lines.len() >= LINES {
            cut = (end - at).div_ceil(ROW) as u64;
            break;
        }
        let row = |bytes: &[u8]| bytes.get(at..(at + ROW).min(bytes.len())).unwrap_or_default().to_vec();
        let (a, b) = (row(shipped), row(rebuilt));
        let next_to_first = at <= first + ROW;
        if a == b && next_to_first {
            lines.push(hex_line(' ', at, &a));
        } else if a != b {
            if skipped {
                lines.push(" …".to_owned());
            }
            skipped = false;
            if !a.is_empty() {
                lines.push(hex_line('-', at, &a));
            }
            if !b.is_empty() {
                lines.push(hex_line('+', at, &b));
            }
        } else {
            skipped = true;
            at = next_difference(shipped, rebuilt, at).unwrap_or(end);
            continue;
        }
        at += ROW;
    }
    View { kind: "hex".to_owned(), lines, cut }
}

/// The start of the next row at or after `at` in which the two differ.
fn next_difference(a: &[u8], b: &[u8], at: usize) -> Option<usize> {
    let (a, b) = (a.get(at..)?, b.get(at..)?);
    let within = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
    Some(at + within / ROW * ROW).filter(|found| *found > at).or(Some(at + ROW))
}

fn hex_line(mark: char, at: usize, bytes: &[u8]) -> String {
    let mut line = format!("{mark}{at:08x} ");
    for byte in bytes {
        line.push_str(&format!(" {byte:02x}"));
    }
    for _ in bytes.len()..ROW {
        line.push_str("   ");
    }
    line.push_str("  ");
    line.extend(bytes.iter().map(|b| if (0x20..0x7f).contains(b) { char::from(*b) } else { '.' }));
    line
}

fn shorten(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    let mut short: String = line.chars().take(WIDTH).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::super::bytes::overlap;
    use super::*;

    fn view(a: &[u8], b: &[u8]) -> View {
        of(a, b, &overlap(a, b))
    }

    #[test]
    fn text_is_shown_as_a_line_diff_and_binary_as_hex_around_the_difference() {
        let text = view(b"one\ntwo\nthree\n", b"one\n2\nthree\n");
        assert_eq!(text.lines, ["@@ line 2 shipped, line 2 rebuilt @@", "-two", "+2"]);
        let mut a = vec![0u8; 4096];
        let mut b = a.clone();
        a[1000] = 1;
        b[3000] = 2;
        let hex = view(&a, &b);
        assert_eq!(hex.kind, "hex");
        assert!(hex.lines.iter().any(|l| l.starts_with("-000003e0") && l.contains("01")), "{hex:?}");
        assert!(hex.lines.iter().any(|l| l.starts_with("+00000bb0") && l.contains("02")), "{hex:?}");
        assert!(hex.lines.len() < 12, "equal rows in between are left out: {hex:?}");
    }

    #[test]
    fn a_view_is_bounded_and_says_what_was_cut() {
        let a: Vec<u8> = (0..100_000u32).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        let b: Vec<u8> = (0..100_000u32).flat_map(|n| format!("zeile {n}\n").into_bytes()).collect();
        let shown = view(&a, &b);
        assert!(shown.lines.len() <= LINES && shown.cut > 100_000, "{} {}", shown.lines.len(), shown.cut);
        let evil = view("a\u{202e}b\n".as_bytes(), b"a\x1b[2Jb\n");
        assert!(evil.lines.iter().all(|l| !l.contains('\u{202e}') && !l.contains('\x1b')), "{evil:?}");
    }
}
