//! `pellucid compare`: one shipped artifact against one rebuilt artifact, outside any review.
//!
//! Exit 0 only where the two are bit-exact, or where the rung that `--accept` names is reached. Facts of the
//! run that made the rebuilt artifact may be given; a cause that rests on a fact explains nothing without it.

mod page;

use std::fmt::Write as _;
use std::path::Path;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use super::print;
use crate::compare;
use crate::compare::Context;
use crate::compare::Facts;
use crate::exit::Exit;
use crate::host::files;
use crate::model::Label;
use crate::model::Rung;
use crate::model::account::Comparison;
use crate::model::account::Difference;
use crate::model::account::DifferenceKind;
use crate::report::visible;
use crate::verdict;

/// Arguments of `pellucid compare`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The artifact as the vendor ships it.
    pub shipped: PathBuf,
    /// The artifact as it was rebuilt.
    pub rebuilt: PathBuf,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub format: Format,
    /// The rung that is enough for exit code 0; without it only bit-exact is.
    #[arg(long, value_enum)]
    pub accept: Option<Accept>,
    /// A fact of the run that made the rebuilt artifact, as NAME=VALUE (`build-path=/build/x`,
    /// `host-name=box`, `user-name=me`, `user-id=1000`, `umask=022`, `time-zone=UTC`,
    /// `source-date-epoch=1700000000`). May be repeated.
    #[arg(long = "fact", value_name = "NAME=VALUE", value_parser = fact)]
    pub facts: Vec<(String, String)>,
    /// Differences shown on the terminal.
    #[arg(long, default_value_t = 40)]
    pub show: usize,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people.
    Terminal,
    /// The comparison record, with its rung.
    Json,
    /// One self-contained page.
    Html,
}

/// The rungs below bit-exact that may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Accept {
    /// The vendor's signature is the only difference, proved by graft.
    ExactModuloSignature,
    /// Every differing byte has a cause, and none can carry code.
    Explained,
}

/// What `--format json` writes.
#[derive(Debug, Serialize)]
struct Output<'a> {
    compare_version: u32,
    shipped: &'a Path,
    rebuilt: &'a Path,
    rung: Rung,
    because: &'a str,
    comparison: &'a Comparison,
}

/// Compares the two files and prints the result.
pub fn run(args: &Args) -> Exit {
    let comparison = match comparison(args) {
        Ok(comparison) => comparison,
        Err(failed) => {
            for (path, error) in failed {
                print::error(format_args!("cannot read {}: {error}; nothing was compared", path.display()));
            }
            return Exit::Request;
        }
    };
    // Nothing listed and nothing but reproduced bytes is what compare gives for equal bytes and no others.
    let equal = comparison.absent == 0
        && comparison.account.bytes(Label::Reproduced) == comparison.account.size()
        && comparison.differences.is_empty();
    let (rung, because) = verdict::rung(equal, Some(&comparison), None);
    match args.format {
        Format::Terminal => print::result(&terminal(&comparison, rung, &because, args.show)),
        Format::Json => {
            let output = Output {
                compare_version: 1,
                shipped: &args.shipped,
                rebuilt: &args.rebuilt,
                rung,
                because: &because,
                comparison: &comparison,
            };
            match serde_json::to_string_pretty(&output) {
                Ok(json) => print::result(&format!("{json}\n")),
                Err(error) => {
                    print::error(format_args!("cannot write the comparison as JSON: {error}"));
                    return Exit::Internal;
                }
            }
        }
        Format::Html => {
            let [shipped, rebuilt] =
                [&args.shipped, &args.rebuilt].map(|path| visible(&path.to_string_lossy()));
            match page::page(&comparison, (&shipped, &rebuilt), (rung, &because), args.show) {
                Ok(page) => print::result(&page),
                Err(error) => {
                    print::error(format_args!("cannot write the comparison as HTML: {error}"));
                    return Exit::Internal;
                }
            }
        }
    }
    let required = match args.accept {
        None => Rung::BitExact,
        Some(Accept::ExactModuloSignature) => Rung::ExactModuloSignature,
        Some(Accept::Explained) => Rung::Explained,
    };
    if rung.reaches(required) { Exit::Met } else { Exit::NotMet }
}

/// The comparison of the two files, or which of them cannot be read.
fn comparison(args: &Args) -> Result<Comparison, Vec<(&Path, std::io::Error)>> {
    // Equal files need no more than one pass that holds nothing; only differing ones are mapped and opened.
    if let Ok(Some(size)) = files::same(&args.shipped, &args.rebuilt) {
        return Ok(compare::reproduced(size));
    }
    let (shipped, rebuilt) = match (files::open(&args.shipped), files::open(&args.rebuilt)) {
        (Ok(shipped), Ok(rebuilt)) => (shipped, rebuilt),
        (shipped, rebuilt) => {
            let results = [(&args.shipped, shipped.err()), (&args.rebuilt, rebuilt.err())];
            let failed = results.into_iter().filter_map(|(path, error)| Some((path.as_path(), error?)));
            return Err(failed.collect());
        }
    };
    let name = args.shipped.file_name().unwrap_or_default().to_string_lossy();
    let facts: Facts = args.facts.iter().cloned().collect();
    let context = Context { facts, ..Context::default() };
    Ok(compare::compare(&name, &shipped, &rebuilt, &context))
}

fn fact(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a fact is NAME=VALUE".to_owned()),
    }
}

/// The comparison for people: the verdict in a sentence, the account, the differences, what was not examined.
fn terminal(comparison: &Comparison, rung: Rung, because: &str, show: usize) -> String {
    let account = &comparison.account;
    let mut out = String::new();
    let _ = writeln!(out, "{rung}: {because}");
    if rung != Rung::BitExact {
        let _ = writeln!(out, "\naccount of {} bytes", account.size());
        for (label, bytes) in account.labels() {
            if bytes > 0 {
                let share = bytes as f64 * 100.0 / account.size().max(1) as f64;
                let _ = writeln!(out, "  {:<12} {bytes:>14}  {share:7.3} %", label_name(label));
            }
        }
        if comparison.absent > 0 {
            let _ = writeln!(out, "  {:<12} {:>14}  rebuilt and not shipped", "absent", comparison.absent);
        }
    }
    if let Some(graft) = &comparison.graft {
        let _ = writeln!(out, "\ngraft ({}): equal {}, covers {}", graft.scheme, graft.equal, graft.covers);
        graft.evidence.iter().for_each(|sentence| {
            let _ = writeln!(out, "  {sentence}");
        });
    }
    if !comparison.differences.is_empty() {
        let total = comparison.differences.len() as u64 + comparison.differences_cut;
        let _ = writeln!(out, "\n{total} differences (- shipped, + rebuilt)");
    }
    // The worst first: a reader who stops early has seen what matters.
    let ordered = comparison.worst_first();
    for difference in ordered.iter().take(show) {
        write_difference(&mut out, difference);
    }
    let unseen = (ordered.len().saturating_sub(show)) as u64 + comparison.differences_cut;
    if unseen > 0 {
        let _ = writeln!(out, "  … {unseen} more; --show N and --format json show more of them");
    }
    if !comparison.not_examined.is_empty() {
        let _ = writeln!(out, "\nnot examined");
        for record in comparison.not_examined.iter().take(show) {
            let _ = writeln!(out, "  {}: {}", record.path, record.reason);
        }
        let more = comparison.not_examined.len().saturating_sub(show);
        if more > 0 {
            let _ = writeln!(out, "  … {more} more");
        }
    }
    out
}

fn write_difference(out: &mut String, difference: &Difference) {
    let kind = kind(difference);
    let cause = difference.cause.as_deref().map(|cause| format!(" by {cause}")).unwrap_or_default();
    let _ = writeln!(
        out,
        "\n  {}{cause}: {} [{}] {kind}",
        label_name(difference.label),
        difference.path.join(" › "),
        difference.role
    );
    for sentence in &difference.evidence {
        let _ = writeln!(out, "      {sentence}");
    }
    // What is accounted for needs no picture; what is not gets one.
    if let Some(view) = difference.view.as_ref().filter(|_| difference.label == Label::Unexplained) {
        for line in &view.lines {
            let _ = writeln!(out, "    | {line}");
        }
        if view.cut > 0 {
            let _ = writeln!(out, "    | … {} more lines", view.cut);
        }
    }
}

/// What kind of difference, in words.
fn kind(difference: &Difference) -> String {
    match difference.kind {
        DifferenceKind::Changed => format!("{} bytes differ", difference.differing),
        DifferenceKind::OnlyShipped => format!("{} bytes only shipped", difference.shipped_size),
        DifferenceKind::OnlyRebuilt => format!("{} bytes only rebuilt", difference.rebuilt_size),
        DifferenceKind::Reordered => format!("{} bytes stand elsewhere", difference.shipped_size),
        DifferenceKind::Renamed => format!("{} bytes under another name", difference.differing),
    }
}

fn label_name(label: Label) -> &'static str {
    match label {
        Label::Reproduced => "reproduced",
        Label::Derived => "derived",
        Label::Signature => "signature",
        Label::Explained => "explained",
        Label::Unexplained => "unexplained",
    }
}
