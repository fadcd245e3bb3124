//! Progress on standard error: bars on a terminal, plain lines elsewhere, nothing on standard output.
//!
//! A stage is one line of a review (`source`, `build`, `compare`, `scan`, …). Workers report to it from any
//! thread. What is shown here is for waiting people only: nothing of it reaches the evidence.

use std::io::IsTerminal;
use std::io::Write;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::HumanBytes;
use indicatif::HumanCount;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::report::visible;

/// Where progress goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Bars that redraw themselves.
    Bars,
    /// One line when a stage starts and one when it ends.
    Lines,
    /// Nowhere.
    Silent,
}

/// One stage at work. Dropping it without [`Stage::finish`] leaves a line that says it stopped.
#[derive(Debug)]
pub struct Stage {
    name: String,
    bar: Option<ProgressBar>,
    lines: bool,
    files: AtomicU64,
    bytes: AtomicU64,
    ended: bool,
}

impl Progress {
    /// Bars where standard error is a terminal, else lines.
    pub fn detect() -> Progress {
        if std::io::stderr().is_terminal() { Progress::Bars } else { Progress::Lines }
    }

    /// Starts the stage `name`, which will go through `files` files of `bytes` bytes, where that is known.
    pub fn stage(self, name: &str, total: Option<(u64, u64)>) -> Stage {
        let name = visible(name);
        let bar = (self == Progress::Bars).then(|| bar(&name, total));
        let stage = Stage {
            bar,
            lines: self == Progress::Lines,
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            ended: false,
            name,
        };
        let expected = match total {
            Some((files, bytes)) => format!(": {}", amount(files, bytes)),
            None => String::new(),
        };
        stage.line(&format!("started{expected}"));
        stage
    }
}

impl Stage {
    /// One more file of `bytes` bytes is done. May be called from any thread.
    pub fn file(&self, bytes: u64) {
        let files = self.files.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if let Some(bar) = &self.bar {
            // A stage without a known total counts files in its message instead of a share.
            match bar.length() {
                Some(_) => bar.set_position(bytes),
                None => bar.set_message(amount(files, bytes)),
            }
        }
    }

    /// Says what the stage is at: a command, a file. Lines are not printed for it; a log would fill.
    pub fn at(&self, what: &str) {
        if let Some(bar) = &self.bar {
            let short: String = visible(what).chars().take(60).collect();
            bar.set_message(short);
        }
    }

    /// Ends the stage with `what` came of it, in a few words.
    pub fn finish(mut self, what: &str) {
        self.ended = true;
        self.end(&visible(what));
    }

    fn end(&self, what: &str) {
        let (files, bytes) = (self.files.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        let done = match (files, what) {
            (0, _) => String::new(),
            (_, "") => amount(files, bytes),
            _ => format!(" ({})", amount(files, bytes)),
        };
        if let Some(bar) = &self.bar {
            if let Ok(style) = ProgressStyle::with_template("{prefix:>12} {msg}") {
                bar.set_style(style);
            }
            bar.finish_with_message(format!("{what}{done}"));
        }
        self.line(&format!("{what}{done}"));
    }

    fn line(&self, what: &str) {
        if self.lines {
            // A closed standard error must not end a review.
            let _ = writeln!(std::io::stderr().lock(), "{}: {what}", self.name);
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.ended {
            self.end("stopped");
        }
    }
}

fn bar(name: &str, total: Option<(u64, u64)>) -> ProgressBar {
    let (bar, template) = match total {
        // Bytes measure work better than files: one large file is most of many trees.
        Some((_, bytes)) if bytes > 0 => {
            let template = "{prefix:>12} [{bar:30}] {bytes:>10} of {total_bytes}  {msg}";
            (ProgressBar::new(bytes), template)
        }
        _ => (ProgressBar::no_length(), "{prefix:>12} {spinner} {elapsed}  {msg}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(name.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn amount(files: u64, bytes: u64) -> String {
    let word = if files == 1 { "file" } else { "files" };
    format!("{} {word}, {}", HumanCount(files), HumanBytes(bytes))
}
