//! The comparison as one self-contained HTML page: no script, no request; the same style sheet, held by its digest,
//! as the page of a review.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::kind;
use super::label_name;
use crate::model::NotExamined;
use crate::model::Rung;
use crate::model::Sha256;
use crate::model::account::Comparison;
use crate::model::account::Difference;
use crate::model::account::Graft;

const STYLE: &str = include_str!("../../report/html/page.css");

/// Bytes of views one page holds; what does not fit is counted.
const VIEWS: usize = 2 << 20;

/// The page; `shipped` and `rebuilt` are the files' names, `show` the number of differences listed.
///
/// # Errors
/// Where the template cannot be filled, which means it is broken.
pub fn page(
    comparison: &Comparison,
    (shipped, rebuilt): (&str, &str),
    (rung, because): (Rung, &str),
    show: usize,
) -> Result<String, askama::Error> {
    let account = &comparison.account;
    let mut views = VIEWS;
    let mut left_out = 0;
    let ordered = comparison.worst_first();
    let differences: Vec<Row<'_>> =
        ordered.iter().take(show).map(|difference| row(difference, &mut views, &mut left_out)).collect();
    let unseen = (ordered.len() - differences.len()) as u64 + comparison.differences_cut;
    let mut more = Vec::new();
    if unseen > 0 {
        more.push(format!("{unseen} more differences; --show N and --format json show more of them"));
    }
    if left_out > 0 {
        more.push(format!("{left_out} views left out to keep the page small; --format json has them"));
    }
    let page = Page {
        style: STYLE,
        style_digest: STANDARD.encode(Sha256::of(STYLE.as_bytes()).as_bytes()),
        shipped,
        rebuilt,
        rung: rung.to_string(),
        because,
        tone: match rung {
            Rung::BitExact | Rung::ExactModuloSignature => "good",
            Rung::Explained => "doubt",
            _ => "bad",
        },
        size: account.size(),
        account: account
            .labels()
            .into_iter()
            .map(|(label, bytes)| Share {
                label: label_name(label),
                bytes,
                share: format!("{:.3} %", bytes as f64 * 100.0 / account.size().max(1) as f64),
            })
            .collect(),
        absent: comparison.absent,
        graft: comparison.graft.as_ref(),
        differences,
        more: more.join("; "),
        not_examined: &comparison.not_examined,
    };
    page.render()
}

fn row<'a>(difference: &'a Difference, views: &mut usize, left_out: &mut u64) -> Row<'a> {
    let mut lines = Vec::new();
    let mut cut = 0;
    if let Some(view) = &difference.view {
        let size: usize = view.lines.iter().map(String::len).sum();
        match views.checked_sub(size) {
            Some(rest) => {
                *views = rest;
                cut = view.cut;
                lines = view.lines.iter().map(|text| Line { class: class(text), text }).collect();
            }
            None => *left_out += 1,
        }
    }
    Row {
        label: label_name(difference.label),
        path: difference.path.join(" › "),
        role: &difference.role,
        kind: kind(difference),
        cause: difference.cause.as_deref().unwrap_or_default(),
        evidence: &difference.evidence,
        view: difference.view.as_ref().map_or("", |view| &view.kind),
        lines,
        cut,
    }
}

fn class(line: &str) -> &'static str {
    match line.as_bytes().first() {
        Some(b'-') => "shipped",
        Some(b'+') => "rebuilt",
        _ => "",
    }
}

#[derive(Template)]
#[template(path = "page.html", config = "src/cli/compare/askama.toml")]
struct Page<'a> {
    style: &'static str,
    style_digest: String,
    shipped: &'a str,
    rebuilt: &'a str,
    rung: String,
    because: &'a str,
    tone: &'static str,
    size: u64,
    account: Vec<Share>,
    absent: u64,
    graft: Option<&'a Graft>,
    differences: Vec<Row<'a>>,
    more: String,
    not_examined: &'a [NotExamined],
}

struct Share {
    label: &'static str,
    bytes: u64,
    share: String,
}

struct Row<'a> {
    label: &'static str,
    path: String,
    role: &'a str,
    kind: String,
    cause: &'a str,
    evidence: &'a [String],
    view: &'a str,
    lines: Vec<Line<'a>>,
    cut: u64,
}

struct Line<'a> {
    class: &'static str,
    text: &'a str,
}
