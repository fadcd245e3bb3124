//! The terminal summary: calm, aligned, at most 100 columns, the verdict first, what was not examined last.

use super::summary;
use super::summary::CategoryGroup;
use super::summary::EndpointGroup;
use super::summary::Fate;
use super::summary::Ranked;
use super::summary::Used;
use super::words;
use super::words::number;
use super::words::severity_word;
use super::words::visible;
use crate::model::Evidence;
use crate::model::Label;
use crate::model::RunRecord;
use crate::model::Verdict;
use crate::model::account::Comparison;
use crate::model::evidence::CauseProof;
use crate::model::evidence::CauseSearch;
use crate::model::run::Became;
use crate::model::scan::Severity;
use crate::model::verdict::ArtifactVerdict;
use crate::model::verdict::Decision;

/// How the terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether escape sequences for colour may be written.
    pub colour: bool,
    /// Columns; more than 100 are not used, fewer than 40 are treated as 40.
    pub width: usize,
}

/// Entries shown of each list; the rest is counted.
const DIFFERENCES: usize = 8;
/// Opaque inputs told at most.
const OPAQUE: usize = 8;
const FINDINGS: usize = 12;
const CATEGORIES: usize = 30;
const ENDPOINTS: usize = 12;
const FLOWS: usize = 6;
const NOT_EXAMINED: usize = 12;

/// The summary of a review for a terminal.
pub fn terminal(evidence: &Evidence, verdict: &Verdict, style: Style) -> String {
    let mut page = Page { text: String::new(), style };
    head(&mut page, evidence, verdict);
    for (index, judged) in verdict.artifacts.iter().enumerate() {
        artifact(&mut page, evidence, judged, index == 0);
    }
    reproducibility(&mut page, evidence, verdict);
    findings(&mut page, &summary::findings(evidence, verdict), verdict);
    categories(&mut page, "Capabilities", "can do", &summary::capabilities(evidence), evidence);
    categories(&mut page, "Data it reads", "reads", &summary::data_sources(evidence), evidence);
    endpoints(&mut page, &summary::endpoints(evidence));
    flows(&mut page, evidence);
    coverage(&mut page, evidence);
    not_examined(&mut page, evidence);
    page.text
}

fn head(page: &mut Page, evidence: &Evidence, verdict: &Verdict) {
    let paint = match verdict.decision {
        Decision::Met => Paint::Good,
        Decision::NotMet => Paint::Bad,
        Decision::Inconclusive => Paint::Doubt,
    };
    let word = words::decision_word(verdict.decision);
    page.entry(0, &format!("{word} "), paint, &verdict.sentence);
    if summary::rehearsal(evidence) {
        let what = "an artifact below was made here by the reviewer and shipped by nobody; \
                    this says nothing about a vendor";
        page.entry(0, "REHEARSAL", Paint::Doubt, what);
    }
    page.blank();
    let product = &evidence.review.product;
    page.line(0, &format!("{} {} {}", product.vendor, product.name, product.version));
    page.line(0, &product.purpose);
    let source = &evidence.source;
    let size = format!("{}, {}", words::count(source.files, "file"), words::bytes(source.bytes));
    page.line(0, &format!("source {}  ({size})", source.root));
    if !verdict.reasons.is_empty() {
        page.heading("Why");
        for reason in &verdict.reasons {
            page.entry(2, "-", Paint::Plain, reason);
        }
    }
}

fn artifact(page: &mut Page, evidence: &Evidence, judged: &ArtifactVerdict, first: bool) {
    if first {
        page.heading("Artifacts");
    }
    let observed = evidence.artifacts.iter().find(|artifact| artifact.name == judged.name);
    let paint = if judged.met { Paint::Good } else { Paint::Bad };
    let word = if judged.met { "as asked" } else { "NOT ENOUGH" };
    let rung = format!("{} ({word}: {})", judged.rung, judged.required);
    page.name(2, &judged.name);
    page.entry(4, &rung, paint, &format!("- {}", judged.because));
    let Some(observed) = observed else { return };
    if observed.rehearsal {
        page.entry(4, "REHEARSAL", Paint::Doubt, "made here by the reviewer, shipped by nobody");
    }
    page.line(4, &format!("sha256 {}  ({})", judged.sha256, words::bytes(observed.size)));
    if let Some(comparison) = &observed.comparison {
        compared(page, comparison);
    }
    for proof in evidence.proofs.iter().filter(|proof| proof.artifact == judged.name) {
        proved(page, proof);
    }
}

/// What counterfactual runs showed of why the artifact differs.
fn proved(page: &mut Page, proof: &CauseProof) {
    let (sentence, is_proof) = words::proof(proof);
    page.entry(4, &column("cause", 12), if is_proof { Paint::Good } else { Paint::Doubt }, &sentence);
    if is_proof {
        page.line(6, "a proof of cause and no reproduction: the rung stays what it is");
    }
    for trial in &proof.tried {
        let what = format!("with {}: {}", words::suspicions(&trial.properties), words::counterfactual(trial));
        page.line(6, &what);
    }
    for reason in &proof.not_tried {
        page.line(6, reason);
    }
    if proof.cut_short {
        page.line(6, words::TRIALS_CUT_SHORT);
    }
}

fn compared(page: &mut Page, comparison: &Comparison) {
    account(page, comparison);
    if let Some(graft) = &comparison.graft {
        let equal = if graft.equal { "equal" } else { "NOT equal" };
        let covers = if graft.covers { "covers it" } else { "does NOT cover it" };
        page.line(
            4,
            &format!(
                "graft of {}: the grafted file is {equal}; the signature's digest {covers}",
                graft.scheme
            ),
        );
    }
    differences(page, comparison);
}

/// One line per label that has bytes, and how many rebuilt bytes are absent.
fn account(page: &mut Page, comparison: &Comparison) {
    let account = &comparison.account;
    for (label, bytes) in account.labels() {
        if bytes > 0 {
            let paint = match label {
                Label::Unexplained => Paint::Bad,
                Label::Explained => Paint::Doubt,
                _ => Paint::Plain,
            };
            let share = words::percent(bytes, account.size());
            let bar = bar(bytes, account.size());
            let label = format!("{:<12}", words::label_word(label));
            page.entry(4, &label, paint, &format!("{:>15} bytes  {share:>8}  {bar}", number(bytes)));
        }
    }
    if comparison.absent > 0 {
        let absent = format!(
            "{:>15} bytes of the rebuilt file that nothing shipped corresponds to",
            number(comparison.absent)
        );
        page.entry(4, &format!("{:<12}", "absent"), Paint::Bad, &absent);
    }
}

fn bar(part: u64, whole: u64) -> String {
    const CELLS: u128 = 30;
    let exact = u128::from(part) * CELLS / u128::from(whole.max(1));
    // A share that is there is seen, and only all of it fills the bar.
    let filled = if part == whole { CELLS } else { exact.clamp(1, CELLS - 1) };
    let filled = usize::try_from(filled).unwrap_or(0);
    format!("{}{}", "#".repeat(filled), ".".repeat((CELLS as usize).saturating_sub(filled)))
}

fn differences(page: &mut Page, comparison: &Comparison) {
    let order = comparison.worst_first();
    for difference in order.iter().take(DIFFERENCES) {
        let paint = if difference.label == Label::Unexplained { Paint::Bad } else { Paint::Plain };
        let cause = difference.cause.as_ref().map(|cause| format!(" by {cause}")).unwrap_or_default();
        let what = format!(
            "{}, {}{cause}, {} of {} bytes: {}",
            difference.role,
            words::kind_word(difference.kind),
            number(difference.differing),
            number(difference.shipped_size.max(difference.rebuilt_size)),
            difference.path.join(" › "),
        );
        page.entry(4, &format!("{:<12}", words::label_word(difference.label)), paint, &what);
    }
    let rest = order.len().saturating_sub(DIFFERENCES) as u64 + comparison.differences_cut;
    page.more(4, rest, "difference");
}

fn reproducibility(page: &mut Page, evidence: &Evidence, verdict: &Verdict) {
    if evidence.runs.is_empty() {
        return;
    }
    page.heading("Reproducibility");
    match verdict.reproducible {
        Some(true) => page.entry(2, "the same bytes", Paint::Good, "from every run"),
        Some(false) => page.entry(2, "different bytes", Paint::Bad, "from two runs of the same recipe"),
        None => page.entry(2, "not known", Paint::Doubt, "two runs to compare are not there"),
    }
    for run in &evidence.runs {
        let (outcome, log) = words::outcome(&run.outcome);
        page.entry(2, &column(&run.name, 12), Paint::Strong, &outcome);
        for line in log.iter().rev().take(5).rev() {
            page.line(6, line);
        }
        conditions(page, run);
        for note in &run.notes {
            page.entry(4, &column("note", 12), Paint::Plain, note);
        }
    }
    for output in &evidence.reproducibility {
        if output.nominal != output.varied {
            page.name(2, &output.output);
            page.line(4, "differs between the runs:");
            if let Some(comparison) = &output.comparison {
                differences(page, comparison);
            }
        }
    }
    if let Some(search) = &evidence.causes {
        causes(page, search);
    }
    if let Some(used) = summary::used(evidence) {
        build_used(page, &used);
    }
}

/// What the nominal run read and ran, and the stories of what no person can read.
fn build_used(page: &mut Page, used: &Used<'_>) {
    let unread = number(used.unread.len() as u64);
    let source = format!("{} of the source; never opened: {unread}", words::count(used.read, "file"));
    page.entry(2, &column("read", 12), Paint::Plain, &source);
    let environment = format!(
        "{} files of the environment, {} programs of it",
        number(used.environment),
        number(used.programs)
    );
    page.entry(2, &column("used", 12), Paint::Plain, &environment);
    if let Some(lock) = &used.made_from {
        page.entry(2, &column("made from", 12), Paint::Plain, lock);
    }
    for (role, names) in &used.toolchain {
        page.entry(2, &column(role, 12), Paint::Plain, names);
    }
    if !used.own_programs.is_empty() {
        let names: Vec<String> = used.own_programs.iter().take(6).map(|path| path.text()).collect();
        let more = used.own_programs.len().saturating_sub(6);
        let more = if more > 0 { format!(" and {} more", number(more as u64)) } else { String::new() };
        page.entry(2, &column("ran", 12), Paint::Plain, &format!("of its own: {}{more}", names.join(", ")));
    }
    for input in used.opaque.iter().take(OPAQUE) {
        let paint = if input.became == Became::Code { Paint::Bad } else { Paint::Plain };
        let what = format!("{} ({}) {}", input.path.text(), input.because, words::became(input.became));
        page.entry(2, &column("opaque", 12), paint, &what);
        if input.became == Became::Code {
            for step in &input.way {
                page.line(6, &words::handling(step));
            }
            if !input.outputs.is_empty() {
                page.line(6, &format!("… and so into {}", input.outputs.join(", ")));
            }
        }
    }
    page.more(2, used.opaque.len().saturating_sub(OPAQUE) as u64, "opaque input");
    if used.truncated {
        page.entry(
            2,
            &column("incomplete", 12),
            Paint::Doubt,
            "the record of what the build used reached its bound",
        );
    }
}

/// Which conditions change what, as the search by further runs found it.
fn causes(page: &mut Page, search: &CauseSearch) {
    let runs = number(search.runs);
    page.line(2, &format!("why they differ, by {runs} further runs with fewer conditions varied:"));
    for cause in &search.causes {
        page.entry(4, &words::conditions(cause), Paint::Strong, &words::effect(cause));
        for difference in
            cause.outputs.iter().filter_map(|output| output.comparison.as_ref()).take(DIFFERENCES)
        {
            differences(page, difference);
        }
    }
    for output in &search.unstable {
        let what = format!("{output} differs even between two runs under the same conditions");
        page.entry(4, "no condition", Paint::Doubt, &what);
    }
    if search.causes.is_empty() && search.unstable.is_empty() {
        page.entry(4, "none found", Paint::Doubt, "no set of conditions changes the outputs reliably");
    }
    if search.cut_short {
        page.entry(4, "cut short", Paint::Doubt, words::CUT_SHORT);
    }
}

fn conditions(page: &mut Page, run: &RunRecord) {
    let names = |wanted: &dyn Fn(&crate::model::run::Condition) -> bool| {
        let names: Vec<&str> = run.conditions.iter().filter(|c| wanted(c)).map(|c| c.name.as_str()).collect();
        names.join(", ")
    };
    let varied = names(&|condition| condition.varied && condition.not_applied.is_none());
    if !varied.is_empty() {
        page.entry(4, &column("varied", 12), Paint::Plain, &varied);
    }
    for condition in &run.conditions {
        if let Some(why) = &condition.not_applied {
            page.entry(4, &column("not applied", 12), Paint::Doubt, &format!("{}: {why}", condition.name));
        }
    }
}

fn findings(page: &mut Page, all: &[Ranked<'_>], verdict: &Verdict) {
    page.heading("Findings");
    if all.is_empty() {
        page.line(2, "none");
    } else {
        let counts: Vec<String> = summary::by_severity(all)
            .into_iter()
            .map(|(severity, n)| format!("{} {}", number(n), severity_word(severity)))
            .collect();
        page.line(2, &counts.join(", "));
    }
    for ranked in all.iter().take(FINDINGS) {
        let paint = match (ranked.fate, ranked.finding.severity) {
            (Fate::Accepted(_), _) => Paint::Plain,
            (_, Severity::Critical | Severity::High) => Paint::Bad,
            (_, Severity::Medium) => Paint::Doubt,
            _ => Paint::Plain,
        };
        let finding = ranked.finding;
        page.entry(2, &column(severity_word(finding.severity), 8), paint, &words::cut(&finding.message, 400));
        let place = words::place(&finding.location);
        let from = format!("{place}, {}, {} [{}]", finding.rule, ranked.fate.word(), finding.fingerprint);
        page.line(11, &from);
        if let Fate::Accepted(accepted) = ranked.fate {
            page.line(11, &format!("accepted {}: {}", accepted.date, accepted.reason));
        }
    }
    page.more(2, all.len().saturating_sub(FINDINGS) as u64, "finding");
    for fingerprint in &verdict.stale_acceptances {
        let what = format!("the acceptance of {fingerprint} matches no finding: remove it from review.toml");
        page.entry(2, &column("stale", 8), Paint::Doubt, &what);
    }
}

fn categories(page: &mut Page, title: &str, verb: &str, groups: &[CategoryGroup<'_>], evidence: &Evidence) {
    page.heading(title);
    if groups.is_empty() {
        page.line(2, &format!("nothing the catalogue knows: no place in the code {verb} any of it"));
    }
    let any = !evidence.review.declared.capabilities.is_empty() || !evidence.review.declared.data.is_empty();
    let wide =
        groups.iter().take(CATEGORIES).map(|group| group.id.chars().count()).max().unwrap_or(0).min(32);
    for group in groups.iter().take(CATEGORIES) {
        let declared = match (group.declared, any) {
            (Some(_), _) => ", declared",
            (None, true) => ", not declared",
            (None, false) => "",
        };
        let places = words::count(group.sites.len() as u64, "place");
        let meaning = if group.meaning.is_empty() { String::new() } else { format!(": {}", group.meaning) };
        let id = column(group.id, wide);
        page.entry(2, &id, Paint::Plain, &format!("{places}{declared}{meaning}"));
    }
    page.more(2, groups.len().saturating_sub(CATEGORIES) as u64, "category");
}

fn endpoints(page: &mut Page, groups: &[EndpointGroup<'_>]) {
    page.heading("Endpoints");
    if groups.is_empty() {
        page.line(2, "none found");
    }
    for group in groups.iter().take(ENDPOINTS) {
        let (word, paint) = match (group.live, group.declared) {
            (false, _) => ("in text only", Paint::Plain),
            (true, Some(_)) => ("declared", Paint::Plain),
            (true, None) => ("undeclared", Paint::Doubt),
        };
        let (origin, first) =
            group.places.first().map_or((String::new(), String::new()), |(origin, place)| {
                (origin.word(), words::place(&place.location))
            });
        let more = match group.places.len() {
            0 | 1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let indicator = group.indicator.map(|id| format!(", {id}")).unwrap_or_default();
        let what = format!("{}  ({}{indicator}; {origin}, {first}{more})", group.value, group.kind);
        page.entry(2, &format!("{word:<12}"), paint, &words::cut(&what, 400));
    }
    page.more(2, groups.len().saturating_sub(ENDPOINTS) as u64, "endpoint");
}

fn flows(page: &mut Page, evidence: &Evidence) {
    let all: Vec<_> = summary::scans(evidence)
        .flat_map(|(origin, scan)| scan.flows.iter().map(move |flow| (origin, flow)))
        .collect();
    if all.is_empty() {
        return;
    }
    page.heading("Flows");
    for (_, flow) in all.iter().take(FLOWS) {
        let what = format!("{} reaches {} at {}", flow.source, flow.sink, words::place(&flow.location));
        page.entry(2, &column(&flow.category, 16), Paint::Doubt, &what);
    }
    page.more(2, all.len().saturating_sub(FLOWS) as u64, "flow");
}

fn coverage(page: &mut Page, evidence: &Evidence) {
    page.heading("Coverage");
    for (origin, scan) in summary::scans(evidence) {
        let coverage = &scan.coverage;
        let files = words::count(coverage.files, "file");
        let mut line = format!("{files}, {} read", words::bytes(coverage.bytes));
        if coverage.parsed.files > 0 || coverage.unparsed_code.files > 0 {
            line.push_str(&format!(
                "; {} parsed ({}), {} of code without a grammar, {} under parse errors",
                number(coverage.parsed.files),
                words::percent(coverage.parsed.bytes, coverage.bytes),
                number(coverage.unparsed_code.files),
                words::bytes(coverage.error_bytes),
            ));
        }
        page.name(2, &origin.word());
        page.line(4, &line);
    }
}

fn not_examined(page: &mut Page, evidence: &Evidence) {
    page.heading("Not examined");
    let all = evidence.every_not_examined();
    if all.is_empty() {
        page.line(2, "Nothing was left out that pellucid knows of.");
    }
    for record in all.iter().take(NOT_EXAMINED) {
        page.entry(
            2,
            &column(&record.stage, 8),
            Paint::Doubt,
            &format!("{}: {}", record.path, record.reason),
        );
    }
    page.more(2, all.len().saturating_sub(NOT_EXAMINED) as u64, "record");
}

/// What a colour says; the words say it too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paint {
    Plain,
    Strong,
    Good,
    Bad,
    Doubt,
}

/// The text so far.
struct Page {
    text: String,
    style: Style,
}

impl Page {
    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn heading(&mut self, title: &str) {
        self.blank();
        let painted = self.paint(title, Paint::Strong);
        self.text.push_str(&painted);
        self.blank();
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.entry(indent, "", Paint::Plain, text);
    }

    /// The name of what the lines below it are about.
    fn name(&mut self, indent: usize, name: &str) {
        let room = self.style.width.clamp(40, 100) - indent;
        let mut shown: String = visible(name);
        if shown.chars().count() > room {
            shown = shown.chars().take(room - 1).collect();
            shown.push('…');
        }
        let painted = self.paint(&shown, Paint::Strong);
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(&painted);
        self.blank();
    }

    fn more(&mut self, indent: usize, rest: u64, what: &str) {
        let more = words::more(rest, what);
        if !more.is_empty() {
            self.line(indent, &more);
        }
    }

    /// `word`, painted, and `text`, wrapped behind a hanging indent. `text` may be hostile; `word` is ours
    /// or made visible by the caller.
    fn entry(&mut self, indent: usize, word: &str, paint: Paint, text: &str) {
        let width = self.style.width.clamp(40, 100);
        let lead = word.chars().count();
        let gap = usize::from(lead > 0 && !text.is_empty());
        let hang = indent + if lead > 20 { 4 } else { lead + gap };
        self.text.push_str(&" ".repeat(indent));
        // Padding is not painted: an underline or background would show it.
        let painted = format!(
            "{}{}",
            self.paint(word.trim_end(), paint),
            " ".repeat(lead - word.trim_end().chars().count())
        );
        self.text.push_str(&painted);
        self.text.push_str(&" ".repeat(gap));
        let mut column = indent + lead + gap;
        for piece in pieces(&visible(text), width.saturating_sub(hang).max(20)) {
            let length = piece.chars().count();
            if column + length > width && column > hang {
                while self.text.ends_with(' ') {
                    self.text.pop();
                }
                self.text.push('\n');
                self.text.push_str(&" ".repeat(hang));
                column = hang;
            }
            self.text.push_str(&piece);
            column += length;
        }
        while self.text.ends_with(' ') {
            self.text.pop();
        }
        self.blank();
    }

    fn paint(&self, text: &str, paint: Paint) -> String {
        let code = match paint {
            Paint::Plain => return text.to_owned(),
            Paint::Strong => "1",
            Paint::Good => "32;1",
            Paint::Bad => "31;1",
            Paint::Doubt => "33;1",
        };
        if self.style.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// `word` made visible, in a column of `width`; a longer one is cut to 36.
fn column(word: &str, width: usize) -> String {
    let mut shown: String = visible(word);
    if shown.chars().count() > width.max(36) {
        shown = shown.chars().take(35).collect();
        shown.push('…');
    }
    format!("{shown:<width$}")
}

/// `text` in pieces a line may break between, each with the spaces behind it, none longer than `longest`.
fn pieces(text: &str, longest: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    for word in text.split_inclusive(' ') {
        let mut rest: Vec<char> = word.chars().collect();
        while rest.len() > longest {
            let tail = rest.split_off(longest);
            pieces.push(rest.into_iter().collect());
            rest = tail;
        }
        pieces.push(rest.into_iter().collect());
    }
    pieces
}
