//! `pellucid rules`: what the catalogue knows, and whether it holds what it promises.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use clap::Subcommand;

use crate::exit::Exit;
use crate::host::files;
use crate::model::category;
use crate::scan::code::Catalogues;
use crate::scan::code::CodeFile;
use crate::scan::code::Language;
use crate::scan::code::analyse;
use crate::scan::code::catalogue;

/// Arguments of `pellucid rules`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    /// Every entry: language, id, category, role
    List {
        /// Only this language
        #[arg(long)]
        language: Option<String>,
    },
    /// What a category or an entry (LANGUAGE/ID) means, and which names it has
    Explain {
        /// A category id (`cap.net.http`) or LANGUAGE/ID (`python/requests`)
        id: String,
    },
    /// Check the catalogue, and marked fixtures if a folder of them is given
    Test {
        /// A folder with one folder of marked source per language
        fixtures: Option<PathBuf>,
    },
}

/// Runs the verb.
pub fn run(args: &Args) -> Exit {
    let (text, exit) = match &args.verb {
        Verb::List { language } => list(language.as_deref()),
        Verb::Explain { id } => explain(id),
        Verb::Test { fixtures } => test(fixtures.as_deref()),
    };
    if exit == Exit::Met {
        return match std::io::stdout().lock().write_all(text.as_bytes()) {
            Ok(()) => Exit::Met,
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Met,
            Err(_) => Exit::Internal,
        };
    }
    let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    exit
}

/// The languages that have a catalogue of their own; related ones share.
fn languages() -> impl Iterator<Item = Language> {
    Language::ALL.into_iter().filter(|language| !matches!(language, Language::Tsx | Language::TypeScript))
}

fn list(only: Option<&str>) -> (String, Exit) {
    let mut out = String::new();
    let mut known = false;
    for language in languages().filter(|language| only.is_none_or(|only| language.name() == only)) {
        known = true;
        let Ok(catalogue) = catalogue::builtin(language) else { continue };
        for entry in catalogue.entries() {
            let api = &entry.api;
            let _ = writeln!(
                out,
                "{:<12} {:<28} {:<26} {:<11} {}",
                language.name(),
                api.id,
                api.category,
                role(api.role),
                api.names.first().map_or("", String::as_str)
            );
        }
    }
    if known {
        return (out, Exit::Met);
    }
    let names: Vec<&str> = languages().map(Language::name).collect();
    let asked = only.unwrap_or("");
    (format!("error: no rules for {asked:?}; known are {}", names.join(", ")), Exit::Request)
}

fn role(role: catalogue::Role) -> &'static str {
    match role {
        catalogue::Role::Capability => "capability",
        catalogue::Role::Sink => "sink",
        catalogue::Role::Source => "source",
        catalogue::Role::Propagator => "propagator",
        catalogue::Role::Sanitizer => "sanitizer",
        catalogue::Role::Gate => "gate",
        catalogue::Role::Type => "type",
        catalogue::Role::Decoder => "decoder",
        catalogue::Role::Leave => "leave",
    }
}

fn explain(id: &str) -> (String, Exit) {
    let mut out = String::new();
    if let Some((language, id)) = id.split_once('/') {
        let entries = Language::from_name(language).and_then(|language| catalogue::builtin(language).ok());
        for entry in entries.into_iter().flat_map(|catalogue| catalogue.entries()).filter(|e| e.api.id == id)
        {
            let api = &entry.api;
            let _ = writeln!(out, "{language}/{id}: {} {}", role(api.role), api.category);
            if let Some(category) = category::get(&api.category) {
                let _ = writeln!(out, "  the code {}", category.meaning);
            }
            for (label, values) in
                [("names", &api.names), ("args", &api.args), ("to", &api.to), ("when", &api.when)]
            {
                if !values.is_empty() {
                    let _ = writeln!(out, "  {label}: {}", values.join("  "));
                }
            }
            if !api.note.is_empty() {
                let _ = writeln!(out, "  {}", api.note);
            }
        }
    } else if let Some(known) = category::get(id) {
        let _ = writeln!(out, "{id}: the code {}", known.meaning);
        if !known.attack.is_empty() {
            let _ = writeln!(out, "  ATT&CK {}", known.attack.join(", "));
        }
        for language in languages() {
            let Ok(catalogue) = catalogue::builtin(language) else { continue };
            let of: Vec<&str> = catalogue
                .entries()
                .iter()
                .filter(|entry| entry.api.category == id || entry.api.also == id || entry.api.yields == id)
                .map(|entry| entry.api.id.as_str())
                .collect();
            if !of.is_empty() {
                let _ = writeln!(out, "  {}: {}", language.name(), of.join(", "));
            }
        }
    }
    if out.is_empty() {
        let hint =
            "give a category id (pellucid rules explain cap.net.http) or LANGUAGE/ID (python/requests)";
        return (format!("error: nothing is called {id:?}; {hint}"), Exit::Request);
    }
    (out, Exit::Met)
}

fn test(fixtures: Option<&Path>) -> (String, Exit) {
    let mut wrong: Vec<String> = Vec::new();
    let mut count = 0usize;
    for language in languages() {
        match catalogue::builtin(language) {
            Err(error) => wrong.push(error),
            Ok(catalogue) => {
                for entry in catalogue.entries() {
                    count += 1;
                    for id in [&entry.api.category, &entry.api.also, &entry.api.yields] {
                        let internal = matches!(id.as_str(), "" | "net" | "obf.encoded");
                        if !internal && category::get(id).is_none() {
                            wrong.push(format!("{language}/{}: the list has no category {id}", entry.api.id));
                        }
                    }
                }
            }
        }
    }
    let mut lines = 0usize;
    if let Some(root) = fixtures {
        match marked(root) {
            Ok((seen, differences)) => {
                lines = seen;
                wrong.extend(differences);
                if lines == 0 {
                    wrong.push(format!("{}: no marked line in it", root.display()));
                }
            }
            Err(error) => wrong.push(error),
        }
    }
    if wrong.is_empty() {
        return (format!("{count} entries hold; {lines} marked lines show what they say\n"), Exit::Met);
    }
    (format!("{} rules do not hold:\n{}", wrong.len(), wrong.join("\n")), Exit::NotMet)
}

/// How many marked lines there are below `root`, and which of them show something else.
fn marked(root: &Path) -> Result<(usize, Vec<String>), String> {
    let catalogues = Catalogues::new(&[])?;
    let (mut lines, mut wrong) = (0, Vec::new());
    for language in languages() {
        let folder = root.join(language.name());
        let mut texts: Vec<(String, Vec<u8>)> = Vec::new();
        for entry in walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().flatten() {
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(&folder).unwrap_or(entry.path()).display().to_string();
                let bytes = files::open(entry.path()).map_err(|error| format!("{path}: {error}"))?;
                texts.push((path, bytes.to_vec()));
            }
        }
        let list: Vec<CodeFile> = texts
            .iter()
            .map(|(path, bytes)| CodeFile {
                path: path.clone(),
                language,
                size: bytes.len() as u64,
                first_line: 1,
            })
            .collect();
        let read = |at: usize| texts.get(at).map(|(_, bytes)| Cow::Borrowed(bytes.as_slice()));
        let evidence = analyse(&list, &read, &catalogues);
        let mut seen: BTreeMap<(&str, u32), BTreeSet<String>> = BTreeMap::new();
        for record in evidence.capabilities.iter().chain(&evidence.sources) {
            let at = (record.location.path.as_str(), record.location.start_line);
            seen.entry(at).or_default().insert(format!("{} {}", record.category, record.api));
        }
        for flow in &evidence.flows {
            let at = (flow.location.path.as_str(), flow.location.start_line);
            seen.entry(at).or_default().insert(flow.category.clone());
        }
        for finding in evidence.findings.iter().filter(|finding| !finding.category.starts_with("flow.")) {
            let at = (finding.location.path.as_str(), finding.location.start_line);
            seen.entry(at).or_default().insert(finding.category.clone());
        }
        for (path, bytes) in &texts {
            for (number, line) in String::from_utf8_lossy(bytes).lines().enumerate() {
                let Some((_, marks)) = line.split_once("expect: ") else { continue };
                lines += 1;
                let marks = marks.trim_end_matches("*/").trim_end_matches("-->");
                let wanted: BTreeSet<String> = marks
                    .split(';')
                    .map(|mark| mark.trim().to_owned())
                    .filter(|mark| mark != "none")
                    .collect();
                let got = seen.remove(&(path.as_str(), number as u32 + 1)).unwrap_or_default();
                if wanted != got {
                    wrong.push(format!("{language}/{path}:{}: marked {wanted:?}, shows {got:?}", number + 1));
                }
            }
        }
    }
    Ok((lines, wrong))
}
