//! The runs beside each other: how each ended, its conditions, its sandbox, and whether the outputs agree.

use super::budget::Budget;
use super::comparisons;
use super::view::CauseView;
use super::view::CausesView;
use super::view::Cell;
use super::view::Line;
use super::view::OpaqueView;
use super::view::OutputView;
use super::view::Row;
use super::view::RunLog;
use super::view::RunRow;
use super::view::Runs;
use super::view::UsedView;
use crate::model::Evidence;
use crate::model::RelPath;
use crate::model::RunRecord;
use crate::model::account::Comparison;
use crate::model::evidence::CauseSearch;
use crate::model::run::Became;
use crate::report::summary;
use crate::report::summary::Used;
use crate::report::words;

const OUTPUTS: usize = 100;
const NOTES: usize = 100;
const VALUE: usize = 300;
const UNREAD: usize = 500;

/// The runs, if there were any.
pub fn runs(budget: &mut Budget, evidence: &Evidence) -> Option<Runs> {
    let runs = &evidence.runs;
    if runs.is_empty() {
        return None;
    }
    let notes: Vec<(&str, &str)> =
        runs.iter().flat_map(|run| run.notes.iter().map(|note| (run.name.as_str(), note.as_str()))).collect();
    Some(Runs {
        names: runs.iter().map(|run| budget.text(&run.name, VALUE)).collect(),
        outcomes: runs.iter().map(|run| budget.text(&words::outcome(&run.outcome).0, 1000)).collect(),
        measures: runs.iter().map(|run| measure(evidence, run)).collect(),
        conditions: conditions(budget, runs),
        sandbox: sandbox(budget, runs),
        notes: budget.list(&notes, NOTES, 0, "note", |budget, (run, note)| Row {
            name: budget.text(run, VALUE),
            value: budget.text(note, 1000),
        }),
        logs: runs.iter().filter_map(|run| log(budget, run)).collect(),
        outputs: budget.list(&evidence.reproducibility, OUTPUTS, 0, "output", |budget, output| {
            let name = budget.text(&output.output, VALUE);
            OutputView {
                nominal: output.nominal.to_string(),
                varied: output.varied.to_string(),
                same: output.nominal == output.varied,
                comparison: output.comparison.as_ref().map(|c| comparisons::comparison(budget, &name, c)),
                output: name,
            }
        }),
        causes: evidence.causes.as_ref().map(|search| causes(budget, search)),
        used: summary::used(evidence).map(|used| build_used(budget, &used)),
    })
}

fn build_used(budget: &mut Budget, used: &Used<'_>) -> UsedView {
    let fact = |name: &str, value: String| Row { name: name.to_owned(), value };
    let path = |budget: &mut Budget, path: &&RelPath| budget.text(&path.text(), VALUE);
    let mut facts = vec![
        fact("files of the source read", words::number(used.read)),
        fact("files of the source never opened", words::number(used.unread.len() as u64)),
        fact("programs of the environment run", words::number(used.programs)),
        fact("files of the environment read", words::number(used.environment)),
    ];
    facts.extend(used.made_from.iter().map(|lock| fact("environment made from", budget.text(lock, VALUE))));
    facts.extend(used.toolchain.iter().map(|(role, names)| fact(role, budget.text(names, VALUE))));
    UsedView {
        facts,
        own_programs: budget.list(&used.own_programs, OUTPUTS, 0, "program", path),
        opaque: budget.list(&used.opaque, OUTPUTS, 0, "file", |budget, input| OpaqueView {
            path: budget.text(&input.path.text(), VALUE),
            because: budget.text(&input.because, VALUE),
            became: words::became(input.became),
            is_code: input.became == Became::Code,
            way: {
                let story = if input.way.is_empty() { &input.readers } else { &input.way };
                budget.list(story, NOTES, 0, "command", |budget, step| {
                    budget.text(&words::handling(step), 1000)
                })
            },
            outputs: budget.text(&input.outputs.join(", "), VALUE),
        }),
        unread: budget.list(&used.unread, UNREAD, 0, "file", path),
        truncated: used.truncated,
    }
}

fn causes(budget: &mut Budget, search: &CauseSearch) -> CausesView {
    CausesView {
        runs: words::count(search.runs, "further run"),
        causes: budget.list(&search.causes, OUTPUTS, 0, "cause", |budget, cause| CauseView {
            conditions: budget.text(&words::conditions(cause), VALUE),
            effect: budget.text(&words::effect(cause), 1000),
            outputs: {
                let differing: Vec<(&str, &Comparison)> = (cause.outputs.iter())
                    .filter_map(|output| Some((output.output.as_str(), output.comparison.as_ref()?)))
                    .collect();
                budget.list(&differing, OUTPUTS, 0, "output", |budget, (name, comparison)| {
                    let name = budget.text(name, VALUE);
                    let view = comparisons::comparison(budget, &name, comparison);
                    (name, view)
                })
            },
        }),
        unstable: budget
            .list(&search.unstable, OUTPUTS, 0, "output", |budget, name| budget.text(name, VALUE)),
        cut_short: search.cut_short,
    }
}

fn measure(evidence: &Evidence, run: &RunRecord) -> String {
    let measured = evidence.recorded.runs.iter().find(|measure| measure.name == run.name);
    measured.map_or("–".to_owned(), |measure| {
        format!(
            "{}.{:03} s, {}.{:03} s of CPU, {} at most",
            measure.wall_ms / 1000,
            measure.wall_ms % 1000,
            measure.cpu_ms / 1000,
            measure.cpu_ms % 1000,
            words::bytes(measure.max_rss_kib.saturating_mul(1024)),
        )
    })
}

/// One row per condition any run names, in the order of first appearance.
fn conditions(budget: &mut Budget, runs: &[RunRecord]) -> Vec<RunRow> {
    let names = in_order(runs.iter().flat_map(|run| &run.conditions).map(|c| c.name.as_str()));
    let cell = |budget: &mut Budget, run: &RunRecord, name: &str| {
        let found = run.conditions.iter().find(|condition| condition.name == name);
        found.map_or(
            Cell { value: "–".to_owned(), varied: false, not_applied: String::new() },
            |condition| Cell {
                value: budget.text(&condition.value, VALUE),
                varied: condition.varied && condition.not_applied.is_none(),
                not_applied: budget.text(condition.not_applied.as_deref().unwrap_or_default(), VALUE),
            },
        )
    };
    names
        .into_iter()
        .map(|name| RunRow {
            name: budget.text(name, VALUE),
            cells: runs.iter().map(|run| cell(budget, run, name)).collect(),
        })
        .collect()
}

fn sandbox(budget: &mut Budget, runs: &[RunRecord]) -> Vec<RunRow> {
    let names = in_order(runs.iter().flat_map(|run| &run.sandbox).map(|s| s.name.as_str()));
    let cell = |budget: &mut Budget, run: &RunRecord, name: &str| {
        let found = run.sandbox.iter().find(|setting| setting.name == name);
        let value = found.map_or("–".to_owned(), |setting| budget.text(&setting.value, VALUE));
        Cell { value, varied: false, not_applied: String::new() }
    };
    names
        .into_iter()
        .map(|name| RunRow {
            name: budget.text(name, VALUE),
            cells: runs.iter().map(|run| cell(budget, run, name)).collect(),
        })
        .collect()
}

fn log(budget: &mut Budget, run: &RunRecord) -> Option<RunLog> {
    let (_, lines) = words::outcome(&run.outcome);
    (!lines.is_empty()).then(|| RunLog {
        run: budget.text(&run.name, VALUE),
        lines: lines
            .iter()
            .rev()
            .take(60)
            .rev()
            .map(|line| Line { class: "", number: String::new(), text: budget.source(line, 300) })
            .collect(),
    })
}

fn in_order<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}
