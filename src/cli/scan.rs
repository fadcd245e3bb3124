//! `pellucid scan PATH`: what a file or a folder can do, to whom it can talk, and what in it is suspicious.
//!
//! Scanning alone judges nothing: the exit code says whether the scan could be done. What fails a review
//! stands in `review.toml`.

mod html;
mod sarif;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use clap::ValueEnum;

use crate::exit::Exit;
use crate::host::files;
use crate::model::NotExamined;
use crate::model::RelPath;
use crate::model::ScanEvidence;
use crate::model::category;
use crate::model::scan::Capability;
use crate::model::scan::Severity;
use crate::scan::Options;
use crate::scan::SourceFile;
use crate::scan::scan_artifact_with;
use crate::scan::scan_source;

/// Arguments of `pellucid scan`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Args {
    /// A folder (scanned as source) or a file (scanned as an artifact, with everything inside it).
    pub path: PathBuf,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub format: Format,
    /// List capabilities, endpoints and what hides, and follow no data: several times as fast. What was
    /// therefore not looked for stands under what was not examined.
    #[arg(long)]
    pub capabilities_only: bool,
}

/// How a scan is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Terminal,
    /// The evidence, as JSON.
    Json,
    /// The findings and flows, as SARIF 2.1.0.
    Sarif,
    /// One page that needs nothing else.
    Html,
}

/// Scans, and writes the result to standard output.
pub fn run(args: &Args) -> Exit {
    let evidence = match scan(&args.path, !args.capabilities_only) {
        Ok(evidence) => evidence,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            return Exit::Request;
        }
    };
    let json = match args.format {
        Format::Sarif => serde_json::to_string_pretty(&sarif::sarif(&evidence)),
        Format::Json => serde_json::to_string_pretty(&evidence),
        Format::Terminal | Format::Html => Ok(String::new()),
    };
    let text = match args.format {
        Format::Terminal => terminal(&evidence),
        Format::Html => html::html(&args.path.display().to_string(), &evidence),
        Format::Json | Format::Sarif => match json {
            Ok(json) => json + "\n",
            Err(error) => {
                let _ =
                    writeln!(std::io::stderr(), "error: the evidence could not be written as JSON: {error}");
                return Exit::Internal;
            }
        },
    };
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => Exit::Met,
        // Whoever reads may stop reading: `pellucid scan . | head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Met,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: the result could not be written: {error}");
            Exit::Internal
        }
    }
}

/// Scans the file or folder at `path`.
///
/// # Errors
/// A sentence where there is nothing at `path` or it cannot be read at all.
pub fn scan(path: &Path, flows: bool) -> Result<ScanEvidence, String> {
    let metadata = std::fs::metadata(path).map_err(|error| {
        format!("{}: {error}; nothing was scanned. Give a file or a folder.", path.display())
    })?;
    if metadata.is_dir() {
        return Ok(scan_folder(path, flows));
    }
    let bytes =
        files::open(path).map_err(|error| format!("{}: {error}; nothing was scanned", path.display()))?;
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    Ok(scan_artifact_with(&name, &bytes, &Options { flows, ..Options::default() }))
}

fn scan_folder(root: &Path, flows: bool) -> ScanEvidence {
    let (list, missed) = list(root);
    let reader = |path: &RelPath| files::open(&join(root, path)).map_err(|error| error.to_string());
    let mut evidence = scan_source(&list, &reader, &Options { flows, ..Options::default() });
    evidence.not_examined.extend(missed);
    evidence.not_examined.sort();
    evidence
}

/// Every regular file below `root`, hidden ones and ignored ones included; links are not followed.
fn list(root: &Path) -> (Vec<SourceFile>, Vec<NotExamined>) {
    let (mut list, mut missed) = (Vec::new(), Vec::new());
    for entry in walkdir::WalkDir::new(root).follow_links(false).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let path = relative(root, entry.path());
                list.push(SourceFile { path, size: entry.metadata().map_or(0, |metadata| metadata.len()) });
            }
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => {
                let kind = if entry.file_type().is_symlink() {
                    "a link: its target is scanned only where it lies in the folder"
                } else {
                    "not a regular file"
                };
                missed.push(NotExamined::new("scan", relative(root, entry.path()).text(), kind));
            }
            Err(error) => {
                let path = error.path().map_or_else(RelPath::default, |path| relative(root, path));
                missed.push(NotExamined::new("scan", path.text(), format!("could not be listed: {error}")));
            }
        }
    }
    list.sort_by(|a, b| a.path.cmp(&b.path));
    (list, missed)
}

fn relative(root: &Path, path: &Path) -> RelPath {
    use std::os::unix::ffi::OsStrExt;
    RelPath::from_bytes(path.strip_prefix(root).unwrap_or(path).as_os_str().as_bytes())
}

fn join(root: &Path, path: &RelPath) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    root.join(std::ffi::OsStr::from_bytes(path.as_bytes()))
}

/// How many lines of each part are shown; JSON has them all.
const SHOWN: usize = 40;

/// The evidence for people: what it can do, whom it can talk to, what is suspicious, what was not examined.
pub fn terminal(evidence: &ScanEvidence) -> String {
    let mut out = String::new();
    let coverage = &evidence.coverage;
    let worst = evidence.findings.iter().map(|finding| finding.severity).max();
    let findings = evidence.findings.iter().filter(|finding| finding.severity >= Severity::Medium).count();
    let worst = worst.map_or("nothing suspicious".to_owned(), |worst| {
        format!("{findings} findings to look at, the worst {}", severity(worst))
    });
    let _ = writeln!(out, "{} files, {} bytes: {worst}.", coverage.files, coverage.bytes);
    let classes: Vec<String> =
        coverage.classes.iter().map(|(name, count)| format!("{name} {}", count.files)).collect();
    let _ = writeln!(
        out,
        "{}; {} parsed, {} bytes not understood by a grammar, {} files in languages not read here, {} left \
         unparsed because nothing catalogued stands in them.\n",
        classes.join(", "),
        coverage.parsed.files,
        coverage.error_bytes,
        coverage.unparsed_code.files,
        coverage.prefiltered.files
    );
    let _ = writeln!(out, "Can do");
    counts(&mut out, &evidence.capabilities);
    let _ = writeln!(out, "\nReads");
    counts(&mut out, &evidence.sources);
    if !evidence.flows.is_empty() {
        let _ = writeln!(out, "\nFlows");
        for flow in evidence.flows.iter().take(SHOWN) {
            let _ = writeln!(
                out,
                "  {:<28} {}:{}  {} → {}",
                flow.category, flow.location.path, flow.location.start_line, flow.source, flow.sink
            );
        }
        more(&mut out, evidence.flows.len());
    }
    let _ = writeln!(out, "\nTalks to");
    hosts(&mut out, evidence);
    let _ = writeln!(out, "\nFindings");
    let mut ranked: Vec<_> =
        evidence.findings.iter().filter(|finding| finding.severity > Severity::Info).collect();
    ranked
        .sort_by_key(|finding| (std::cmp::Reverse(finding.severity), std::cmp::Reverse(finding.confidence)));
    for finding in ranked.iter().take(SHOWN) {
        let place = if finding.location.start_line > 0 {
            format!(":{}", finding.location.start_line)
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "  {:<8} {}{place}  {} [{}]",
            severity(finding.severity),
            finding.location.path,
            finding.message,
            finding.rule
        );
        if let Some(line) = finding.evidence.first() {
            let _ = writeln!(out, "           {line}");
        }
    }
    if ranked.is_empty() {
        let _ = writeln!(out, "  none");
    }
    more(&mut out, ranked.len());
    let _ = writeln!(out, "\nNot examined");
    for missed in evidence.not_examined.iter().take(SHOWN) {
        let _ = writeln!(out, "  {}: {}", missed.path, missed.reason);
    }
    if evidence.not_examined.is_empty() {
        let _ = writeln!(out, "  nothing was left out");
    }
    more(&mut out, evidence.not_examined.len());
    out
}

fn counts(out: &mut String, records: &[Capability]) {
    let mut counts: BTreeMap<&str, (usize, BTreeMap<&str, usize>)> = BTreeMap::new();
    for record in records {
        let (count, apis) = counts.entry(&record.category).or_default();
        *count += 1;
        *apis.entry(&record.api).or_default() += 1;
    }
    for (id, (count, apis)) in &counts {
        let mut apis: Vec<(&str, usize)> = apis.iter().map(|(api, count)| (*api, *count)).collect();
        apis.sort_by_key(|(api, count)| (std::cmp::Reverse(*count), *api));
        let named: Vec<&str> = apis.iter().take(4).map(|(api, _)| *api).collect();
        let dots = if apis.len() > named.len() { ", …" } else { "" };
        let meaning = category::get(id).map_or("", |category| category.meaning.as_str());
        let _ = writeln!(out, "  {id:<24} {count:>5}  {meaning}: {}{dots}", named.join(", "));
    }
    if counts.is_empty() {
        let _ = writeln!(out, "  nothing was found");
    }
}

fn hosts(out: &mut String, evidence: &ScanEvidence) {
    let mut hosts: BTreeMap<&str, (usize, &str, u32, Option<&str>)> = BTreeMap::new();
    let (mut quiet, mut unresolved) = (0usize, 0usize);
    for endpoint in &evidence.endpoints {
        match (&endpoint.host, endpoint.live) {
            (Some(host), true) if endpoint.kind != "email" => {
                let place = (
                    0,
                    endpoint.location.path.as_str(),
                    endpoint.location.start_line,
                    endpoint.category.as_deref(),
                );
                hosts.entry(host).or_insert(place).0 += 1;
            }
            (None, true) => unresolved += 1,
            _ => quiet += 1,
        }
    }
    for (host, (count, path, line, category)) in hosts.iter().take(SHOWN) {
        let category = category.map(|id| format!("  {id}")).unwrap_or_default();
        let line = if *line > 0 { format!(":{line}") } else { String::new() };
        let _ = writeln!(out, "  {host:<40} {count:>4}  {path}{line}{category}");
    }
    more(out, hosts.len());
    let _ = writeln!(
        out,
        "  {unresolved} addresses put together at run time; {quiet} more in comments, documents and vocabularies"
    );
}

fn more(out: &mut String, all: usize) {
    if all > SHOWN {
        let _ = writeln!(out, "  … and {} more (--format json lists all)", all - SHOWN);
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
