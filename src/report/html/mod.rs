//! One self-contained HTML page: no script, no request, no external anything.
//!
//! The policy in its head forbids everything but the style sheet of this file, by digest, so that a name
//! that slipped through escaping could still load and run nothing. Lists are bounded and the bulky texts
//! share one budget ([`budget`]), so that the page stays below 5 MB for any evidence; what is left out is
//! counted where it is left out.

mod bars;
mod budget;
mod comparisons;
mod runs;
mod sections;
mod view;

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::model::Evidence;
use crate::model::Sha256;
use crate::model::Verdict;

/// Gives lines of the source around a line of a path, each with its number, where the source is at hand.
pub type Excerpts<'a> = &'a dyn Fn(&str, u32) -> Option<Vec<(u32, String)>>;

const STYLE: &str = include_str!("page.css");

/// The page of one review.
///
/// `excerpts(path, line)` gives lines of the source around a place; where it gives none, the line the
/// evidence itself holds is shown.
///
/// # Errors
/// Where the template cannot be filled, which means it is broken.
pub fn html(evidence: &Evidence, verdict: &Verdict, excerpts: Excerpts<'_>) -> Result<String, askama::Error> {
    let page = PageTemplate {
        style: STYLE,
        style_digest: STANDARD.encode(Sha256::of(STYLE.as_bytes()).as_bytes()),
        page: sections::page(evidence, verdict, excerpts),
    };
    page.render()
}

#[derive(Template)]
#[template(path = "page.html", config = "src/report/html/askama.toml")]
struct PageTemplate {
    style: &'static str,
    style_digest: String,
    page: view::Page,
}
