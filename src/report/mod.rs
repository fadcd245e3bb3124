//! Evidence and verdict → terminal text, JSON, HTML. Does no I/O.
//!
//! One rendering is one file. All of them say the verdict first and what was not examined last, mark a
//! rehearsal loudly, bound every list (saying how much is left in `evidence.json`), and show text that came
//! from the vendor as inert: what could rearrange or drive the reader's screen is spelled out.
//! The same evidence and verdict give the same bytes.

mod buildinfo;
mod html;
mod json;
mod summary;
mod terminal;
mod why;
mod words;

pub use buildinfo::buildinfo;
pub use html::Excerpts;
pub use html::html;
pub use json::canonical;
pub use json::schema_evidence;
pub use json::schema_verdict;
pub use terminal::Style;
pub use terminal::terminal;
pub use why::omnibor;
pub use why::text as why;
pub use words::severity_word;
pub use words::visible;
