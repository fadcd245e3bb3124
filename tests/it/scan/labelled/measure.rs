//! Laying what a scan recorded against the labels.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::iter::Sum;
use std::path::Path;
use std::path::PathBuf;

use pellucid::model::RelPath;
use pellucid::model::ScanEvidence;
use pellucid::model::scan::Location;
use pellucid::scan::Options;
use pellucid::scan::SourceFile;
use pellucid::scan::scan_source;

use super::labels;
use super::labels::Label;

/// What a record is about, as coarse as a reviewer's question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Outbound.
    Net,
    /// Runs a program.
    Exec,
    /// Evaluates or loads code.
    Eval,
    /// Reads data that could leave.
    Source,
    /// Carries data.
    Flow,
    /// Hides something.
    Hide,
}

/// Counts of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    /// Labelled.
    pub wanted: usize,
    /// Of them recorded.
    pub hit: usize,
    /// Of these under the very id.
    pub same: usize,
    /// Lines with a record and no label for it.
    pub wrong: usize,
    /// Lines where a flow would be wrong.
    pub safe: usize,
    /// Of them with one.
    pub flagged: usize,
    /// Flows that were asked for and have fewer than two steps.
    pub pathless: usize,
}

/// Counts of every kind.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    kinds: BTreeMap<Kind, Score>,
    near: usize,
}

struct Seen {
    kind: Kind,
    id: String,
    path: String,
    lines: (u32, u32),
    steps: usize,
}

const KINDS: [Kind; 6] = [Kind::Net, Kind::Exec, Kind::Eval, Kind::Source, Kind::Flow, Kind::Hide];

/// The scores of every language folder of `root`, by its name.
pub fn languages(root: &Path) -> BTreeMap<String, Scores> {
    let mut all = BTreeMap::new();
    for language in folders(root).into_iter().filter(|folder| !folder.ends_with("malice")) {
        let name = language.file_name().unwrap().to_string_lossy().into_owned();
        let programs = folders(&language);
        let programs = if programs.is_empty() { vec![language.clone()] } else { programs };
        let score = programs.iter().map(|program| program_scores(&name, program)).sum();
        all.insert(name, score);
    }
    all
}

/// Scans a folder as one tree.
pub fn scan_folder(folder: &Path) -> (ScanEvidence, BTreeMap<String, Vec<u8>>) {
    let mut texts = BTreeMap::new();
    gather(folder, folder, &mut texts);
    let list: Vec<SourceFile> = texts
        .iter()
        .map(|(path, bytes)| SourceFile { path: RelPath::from(path.as_str()), size: bytes.len() as u64 })
        .collect();
    let reader = |path: &RelPath| texts.get(&path.text()).cloned().ok_or_else(|| "not there".to_owned());
    (scan_source(&list, &reader, &Options::default()), texts)
}

/// The folders directly under `root`, sorted.
pub fn folders(root: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    all.sort();
    all
}

fn gather(root: &Path, folder: &Path, texts: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, texts);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            texts.insert(name, fs::read(&path).unwrap());
        }
    }
}

fn program_scores(language: &str, program: &Path) -> Scores {
    let (evidence, texts) = scan_folder(program);
    let labels: BTreeMap<(String, u32), Label> = texts
        .iter()
        .flat_map(|(path, bytes)| {
            let read = labels::read(path, &String::from_utf8_lossy(bytes));
            read.into_iter().map(move |(line, label)| ((path.clone(), line), label))
        })
        .collect();
    let seen = seen(&evidence);
    let shown = format!("{language}/{}", program.file_name().unwrap().to_string_lossy());
    let near = labels.values().filter(|label| label.safe || label.safe_flow).count();
    let mut scores = Scores { near, ..Scores::default() };
    hits(&shown, &labels, &seen, &mut scores);
    // Programs written to hide something are labelled for that alone.
    let kinds: &[Kind] = if language == "hiding" { &[Kind::Hide] } else { &KINDS };
    false_alarms(&shown, kinds, &labels, &seen, &mut scores);
    scores
}

fn hits(shown: &str, labels: &BTreeMap<(String, u32), Label>, seen: &[Seen], scores: &mut Scores) {
    for ((path, line), label) in labels {
        for id in &label.expected {
            let kind = kind_of(id).unwrap_or_else(|| panic!("{shown}/{path}:{line}: `{id}` has no kind"));
            let score = scores.kinds.entry(kind).or_default();
            let here: Vec<&Seen> =
                seen.iter().filter(|one| one.kind == kind && one.covers(path, *line)).collect();
            let met: Vec<&&Seen> = here.iter().filter(|one| one.answers(id)).collect();
            score.wanted += 1;
            if met.is_empty() {
                println!("miss   {shown}/{path}:{line} {id}");
                continue;
            }
            score.hit += 1;
            let same = met.iter().any(|one| one.id == *id || one.id.starts_with(&format!("{id}.")));
            score.same += usize::from(same);
            if !same {
                let ids: BTreeSet<&str> = met.iter().map(|one| one.id.as_str()).collect();
                println!("other  {shown}/{path}:{line} {id} is {ids:?}");
            }
            if kind == Kind::Flow && met.iter().all(|one| one.steps < 2) {
                score.pathless += 1;
                println!("path   {shown}/{path}:{line} {id} has no path");
            }
        }
    }
}

fn false_alarms(
    shown: &str,
    kinds: &[Kind],
    labels: &BTreeMap<(String, u32), Label>,
    seen: &[Seen],
    scores: &mut Scores,
) {
    let safe = labels.values().filter(|label| label.safe_flow).count();
    scores.kinds.entry(Kind::Flow).or_default().safe += safe;
    let mut counted = BTreeSet::new();
    for one in seen.iter().filter(|one| kinds.contains(&one.kind)) {
        let wrong = match one.kind {
            Kind::Net | Kind::Exec | Kind::Eval => !one.lines().any(|line| {
                labels.get(&(one.path.clone(), line)).is_some_and(|label| {
                    let named = label.expected.iter().any(|id| kind_of(id) == Some(one.kind));
                    // `safe: flow` says that the call is real.
                    named || label.safe_flow || label.maybe.iter().any(|kind| kind == one.kind.word())
                })
            }),
            Kind::Flow => labels.get(&(one.path.clone(), one.lines.0)).is_some_and(|l| l.safe_flow || l.safe),
            Kind::Hide => labels.get(&(one.path.clone(), one.lines.0)).is_some_and(|l| l.safe),
            Kind::Source => false,
        };
        if wrong && counted.insert((one.kind, &one.path, one.lines.0)) {
            println!("wrong  {shown}/{}:{} {}", one.path, one.lines.0, one.id);
            let score = scores.kinds.entry(one.kind).or_default();
            score.wrong += 1;
            score.flagged += usize::from(one.kind == Kind::Flow);
        }
    }
}

fn seen(evidence: &ScanEvidence) -> Vec<Seen> {
    let mut all = Vec::new();
    let mut add = |location: &Location, id: &str, steps: usize| {
        if let Some(kind) = kind_of(id) {
            let lines = (location.start_line, location.end_line.max(location.start_line));
            all.push(Seen { kind, id: id.to_owned(), path: location.path.clone(), lines, steps });
        }
    };
    for one in evidence.capabilities.iter().chain(&evidence.sources) {
        add(&one.location, &one.category, 0);
    }
    for flow in &evidence.flows {
        add(&flow.location, &flow.category, flow.steps.len());
    }
    for finding in &evidence.findings {
        if !finding.category.starts_with("flow.") {
            add(&finding.location, &finding.category, 0);
        }
    }
    all
}

/// The kind a category id belongs to, where it is one that is measured.
fn kind_of(id: &str) -> Option<Kind> {
    let families = [
        ("cap.net", Kind::Net),
        ("cap.exec", Kind::Exec),
        ("cap.code-eval", Kind::Eval),
        ("cap.dynload", Kind::Eval),
        ("cap.process-injection", Kind::Eval),
        ("dynload", Kind::Eval),
        ("src.", Kind::Source),
        ("flow.", Kind::Flow),
        ("obf", Kind::Hide),
        ("evasion", Kind::Hide),
    ];
    families.iter().find(|(prefix, _)| id.starts_with(prefix)).map(|(_, kind)| *kind)
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Net => "net",
            Kind::Exec => "exec",
            Kind::Eval => "eval",
            Kind::Source => "source",
            Kind::Flow => "flow",
            Kind::Hide => "obf",
        }
    }
}

impl Seen {
    fn lines(&self) -> impl Iterator<Item = u32> + use<> {
        self.lines.0..=self.lines.1
    }

    fn covers(&self, path: &str, line: u32) -> bool {
        self.path == path && (self.lines.0..=self.lines.1).contains(&line)
    }

    /// Whether this record is of the kind `id` asks for: for a flow, one that ends in the same place.
    fn answers(&self, id: &str) -> bool {
        let target = |id: &str| match id.rsplit_once("->").map(|(_, to)| to) {
            Some("telemetry") => "net".to_owned(),
            Some(to) => to.to_owned(),
            None => String::new(),
        };
        self.kind != Kind::Flow || target(&self.id) == target(id)
    }
}

impl Score {
    /// The share of what was asked for that was recorded.
    pub fn recall(&self) -> f64 {
        share(self.hit, self.wanted)
    }

    /// The share of recorded lines that were asked for.
    pub fn precision(&self) -> f64 {
        share(self.hit, self.hit + self.wrong)
    }

    /// The share of safe lines on which a flow was recorded.
    pub fn flagged_share(&self) -> f64 {
        if self.safe == 0 { 0.0 } else { self.flagged as f64 / self.safe as f64 }
    }

    /// The share of recorded flows that show their way.
    pub fn with_path(&self) -> f64 {
        share(self.hit - self.pathless, self.hit)
    }

    /// "31/34", or a dash.
    pub fn found(&self) -> String {
        if self.wanted == 0 { "–".to_owned() } else { format!("{}/{}", self.hit, self.wanted) }
    }

    /// Precision in percent, or a dash.
    pub fn precision_text(&self) -> String {
        if self.hit + self.wrong == 0 {
            "–".to_owned()
        } else {
            format!("{:.1} %", self.precision() * 100.0)
        }
    }
}

impl Scores {
    /// The score of a kind.
    pub fn of(&self, kind: Kind) -> Score {
        self.kinds.get(&kind).copied().unwrap_or_default()
    }

    /// Everything labelled as to be recorded.
    pub fn hits(&self) -> usize {
        self.kinds.values().map(|score| score.wanted).sum()
    }

    /// Lines labelled as look-alikes.
    pub fn near_misses(&self) -> usize {
        self.near
    }

    /// How many recorded ones carry the very id of the label.
    pub fn same_id(&self) -> String {
        let total: Score = self.kinds.values().copied().sum();
        format!("{}/{}", total.same, total.hit)
    }
}

impl Sum for Score {
    fn sum<I: Iterator<Item = Score>>(all: I) -> Score {
        all.fold(Score::default(), |a, b| Score {
            wanted: a.wanted + b.wanted,
            hit: a.hit + b.hit,
            same: a.same + b.same,
            wrong: a.wrong + b.wrong,
            safe: a.safe + b.safe,
            flagged: a.flagged + b.flagged,
            pathless: a.pathless + b.pathless,
        })
    }
}

impl Sum for Scores {
    fn sum<I: Iterator<Item = Scores>>(all: I) -> Scores {
        let mut total = Scores::default();
        for scores in all {
            for (kind, score) in scores.kinds {
                let entry = total.kinds.entry(kind).or_default();
                *entry = [*entry, score].into_iter().sum();
            }
            total.near += scores.near;
        }
        total
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
