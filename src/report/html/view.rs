//! What the template shows, as plain text: everything is worded, bounded and made visible before it gets here.

use super::bars::Bar;
use super::budget::List;

/// The page.
#[derive(Debug)]
pub struct Page {
    pub product: String,
    pub vendor: String,
    pub purpose: String,
    pub decision: &'static str,
    pub decision_class: &'static str,
    pub sentence: String,
    pub reasons: List<String>,
    pub rehearsal: bool,
    pub figures: Vec<Figure>,
    pub policy: Vec<Row>,
    pub artifacts: List<ArtifactView>,
    pub reproducible: &'static str,
    pub reproducible_class: &'static str,
    pub runs: Option<Runs>,
    pub findings: List<FindingView>,
    pub stale: List<String>,
    pub flows: List<FlowView>,
    pub endpoints: List<EndpointView>,
    pub capabilities: List<CategoryView>,
    pub data: List<CategoryView>,
    pub declarations: List<Declaration>,
    pub coverage: List<CoverageView>,
    pub inputs: List<InputView>,
    pub digests: Vec<Row>,
    pub commands: Vec<Command>,
    pub not_examined: List<NotExaminedView>,
    pub tool: String,
    pub recorded: String,
}

/// A figure in the head of the page.
#[derive(Debug)]
pub struct Figure {
    pub name: &'static str,
    pub value: String,
    pub note: String,
    /// `good`, `bad`, `doubt` or nothing.
    pub class: &'static str,
}

/// A name and a value.
#[derive(Debug)]
pub struct Row {
    pub name: String,
    pub value: String,
}

/// One shipped artifact.
#[derive(Debug)]
pub struct ArtifactView {
    pub id: String,
    pub name: String,
    pub rung: String,
    pub required: String,
    pub met: bool,
    pub because: String,
    pub rehearsal: bool,
    pub facts: Vec<Row>,
    pub comparison: Option<ComparisonView>,
    pub proofs: Vec<ProofView>,
}

/// The account of a comparison and what differs.
#[derive(Debug)]
pub struct ComparisonView {
    pub bar: Bar,
    pub absent: String,
    pub graft: Option<GraftView>,
    pub differences: List<DifferenceView>,
}

/// A graft.
#[derive(Debug)]
pub struct GraftView {
    pub scheme: String,
    pub outcome: String,
    pub evidence: List<String>,
}

/// One difference.
#[derive(Debug)]
pub struct DifferenceView {
    pub path: String,
    pub role: String,
    pub label: &'static str,
    pub kind: &'static str,
    pub cause: String,
    pub bytes: String,
    pub evidence: List<String>,
    pub view: Option<TextView>,
}

/// Lines of a diff, a dump or a list.
#[derive(Debug)]
pub struct TextView {
    pub kind: String,
    pub lines: Vec<Line>,
    pub cut: String,
}

/// One line of a view or of source.
#[derive(Debug)]
pub struct Line {
    /// `shipped`, `rebuilt`, `here` or nothing.
    pub class: &'static str,
    pub number: String,
    pub text: String,
}

/// What counterfactual runs showed of why an artifact differs.
#[derive(Debug)]
pub struct ProofView {
    pub sentence: String,
    pub proved: bool,
    /// With what, and what came out.
    pub trials: List<Row>,
    pub reasons: List<Row>,
    pub not_tried: List<String>,
    pub cut_short: bool,
}

/// The runs beside each other.
#[derive(Debug)]
pub struct Runs {
    pub names: Vec<String>,
    pub outcomes: Vec<String>,
    pub measures: Vec<String>,
    pub conditions: Vec<RunRow>,
    pub sandbox: Vec<RunRow>,
    pub notes: List<Row>,
    pub logs: Vec<RunLog>,
    pub outputs: List<OutputView>,
    pub causes: Option<CausesView>,
    pub used: Option<UsedView>,
}

/// What the nominal run used.
#[derive(Debug)]
pub struct UsedView {
    pub facts: Vec<Row>,
    pub own_programs: List<String>,
    pub opaque: List<OpaqueView>,
    pub unread: List<String>,
    pub truncated: bool,
}

/// A file no person can read, and what became of it.
#[derive(Debug)]
pub struct OpaqueView {
    pub path: String,
    pub because: String,
    pub became: &'static str,
    pub is_code: bool,
    pub way: List<String>,
    pub outputs: String,
}

/// Which conditions change what.
#[derive(Debug)]
pub struct CausesView {
    pub runs: String,
    pub causes: List<CauseView>,
    pub unstable: List<String>,
    pub cut_short: bool,
}

/// One smallest set of conditions.
#[derive(Debug)]
pub struct CauseView {
    pub conditions: String,
    pub effect: String,
    pub outputs: List<(String, ComparisonView)>,
}

/// A condition or setting in every run.
#[derive(Debug)]
pub struct RunRow {
    pub name: String,
    pub cells: Vec<Cell>,
}

/// A condition's value in one run.
#[derive(Debug)]
pub struct Cell {
    pub value: String,
    pub varied: bool,
    pub not_applied: String,
}

/// The last lines of a run that did not finish.
#[derive(Debug)]
pub struct RunLog {
    pub run: String,
    pub lines: Vec<Line>,
}

/// One output in both runs.
#[derive(Debug)]
pub struct OutputView {
    pub output: String,
    pub nominal: String,
    pub varied: String,
    pub same: bool,
    pub comparison: Option<ComparisonView>,
}

/// One finding.
#[derive(Debug)]
pub struct FindingView {
    pub severity: &'static str,
    pub fate: &'static str,
    pub message: String,
    pub place: String,
    pub origin: String,
    pub rule: String,
    pub category: String,
    pub confidence: &'static str,
    pub fingerprint: String,
    pub question: String,
    pub accepted: String,
    pub evidence: List<String>,
    pub excerpt: Vec<Line>,
}

/// One flow.
#[derive(Debug)]
pub struct FlowView {
    pub category: String,
    pub source: String,
    pub sink: String,
    pub carrier: String,
    pub confidence: &'static str,
    pub steps: List<StepView>,
}

/// One step of a flow.
#[derive(Debug)]
pub struct StepView {
    pub place: String,
    pub what: String,
    pub excerpt: Vec<Line>,
}

/// One endpoint.
#[derive(Debug)]
pub struct EndpointView {
    pub value: String,
    pub kind: String,
    pub status: &'static str,
    pub class: &'static str,
    pub reason: String,
    pub indicator: String,
    pub places: List<String>,
}

/// One category of capabilities or data sources.
#[derive(Debug)]
pub struct CategoryView {
    pub id: String,
    pub meaning: String,
    pub is_declared: bool,
    pub declared: String,
    pub count: String,
    pub sites: List<SiteView>,
}

/// One place in the code.
#[derive(Debug)]
pub struct SiteView {
    pub place: String,
    pub api: String,
    pub origin: String,
    pub confidence: &'static str,
    pub excerpt: Vec<Line>,
}

/// One declaration of the vendor.
#[derive(Debug)]
pub struct Declaration {
    pub what: &'static str,
    pub value: String,
    pub reason: String,
    pub seen: &'static str,
}

/// What was looked at in one tree or artifact.
#[derive(Debug)]
pub struct CoverageView {
    pub origin: String,
    pub summary: String,
    pub bar: Bar,
    pub languages: String,
}

/// Something brought in from outside.
#[derive(Debug)]
pub struct InputView {
    pub name: String,
    pub role: String,
    pub by: String,
    pub size: String,
    pub digest: String,
}

/// A command to check the review with.
#[derive(Debug)]
pub struct Command {
    pub what: &'static str,
    pub line: String,
}

/// Something not examined.
#[derive(Debug)]
pub struct NotExaminedView {
    pub stage: String,
    pub path: String,
    pub reason: String,
}
