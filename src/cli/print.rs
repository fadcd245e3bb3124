//! Standard output and standard error: the only place that writes to them.

use std::fmt::Display;
use std::io::IsTerminal;
use std::io::Write;

/// Writes `text` to standard output. A closed pipe is not an error: the reader has seen enough.
pub fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Writes one line to standard error: what failed, where, what to do.
pub fn error(message: impl Display) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "pellucid: {message}");
}

/// How the terminal summary is set: as wide as asked for up to 100 columns, in colour on a terminal that has
/// not been asked to go without (`NO_COLOR`).
pub fn style() -> crate::report::Style {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    crate::report::Style { colour, width: 100 }
}
