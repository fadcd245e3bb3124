//! Artifacts and what differs in them: the account as a bar, the proof by graft, the differences with a view.

use super::bars::Bar;
use super::bars::Share;
use super::bars::bar;
use super::budget::Budget;
use super::view::ArtifactView;
use super::view::ComparisonView;
use super::view::DifferenceView;
use super::view::GraftView;
use super::view::Line;
use super::view::ProofView;
use super::view::Row;
use super::view::TextView;
use crate::model::Account;
use crate::model::Difference;
use crate::model::Evidence;
use crate::model::Label;
use crate::model::account::Comparison;
use crate::model::account::View;
use crate::model::evidence::CauseProof;
use crate::model::evidence::Suspicion;
use crate::model::verdict::ArtifactVerdict;
use crate::report::words;

const DIFFERENCES: usize = 150;
const VIEW_LINES: usize = 120;
const VIEW_WIDTH: usize = 240;
const VALUE: usize = 400;
const TRIALS: usize = 60;

/// One shipped artifact, the `index`th.
pub fn artifact(
    budget: &mut Budget,
    evidence: &Evidence,
    index: usize,
    judged: &ArtifactVerdict,
) -> ArtifactView {
    let observed = evidence.artifacts.iter().find(|artifact| artifact.name == judged.name);
    let row = |name: &str, value: String| Row { name: name.to_owned(), value };
    let mut facts = vec![row("sha256", judged.sha256.to_string())];
    if let Some(observed) = observed {
        facts.push(row("Size", words::bytes(observed.size)));
        facts.push(row("File", budget.text(&observed.file, VALUE)));
        facts.push(row("Came by", budget.text(&observed.origin.by, VALUE)));
        match &observed.rebuilt {
            Some(rebuilt) => {
                facts.push(row("Compared with", budget.text(&rebuilt.output, VALUE)));
                facts.push(row("Rebuilt sha256", rebuilt.sha256.to_string()));
                facts.push(row("Rebuilt size", words::bytes(rebuilt.size)));
            }
            None => facts.push(row("Compared with", "nothing: no rebuilt file corresponds".to_owned())),
        }
    }
    let name = budget.text(&judged.name, VALUE);
    let comparison = observed.and_then(|observed| observed.comparison.as_ref());
    // Equal artifacts need no comparison; their account is one part.
    let equal = observed.is_some_and(|o| o.rebuilt.as_ref().is_some_and(|r| r.sha256 == o.sha256));
    let whole = observed
        .filter(|_| equal && comparison.is_none())
        .and_then(|observed| Account::new(observed.size, [(Label::Reproduced, observed.size)]).ok());
    let comparison = match (comparison, whole) {
        (Some(comparison), _) => Some(self::comparison(budget, &name, comparison)),
        (None, Some(account)) => Some(ComparisonView {
            bar: account_bar(&name, &account),
            absent: String::new(),
            graft: None,
            differences: budget.list(&[] as &[Difference], 0, 0, "difference", difference),
        }),
        (None, None) => None,
    };
    ArtifactView {
        id: format!("artifact-{}", index + 1),
        name,
        rung: judged.rung.to_string(),
        required: judged.required.to_string(),
        met: judged.met,
        because: budget.text(&judged.because, 1000),
        rehearsal: observed.is_some_and(|observed| observed.rehearsal),
        facts,
        comparison,
        proofs: evidence
            .proofs
            .iter()
            .filter(|proof| proof.artifact == judged.name)
            .map(|one| proof(budget, one))
            .collect(),
    }
}

fn proof(budget: &mut Budget, proof: &CauseProof) -> ProofView {
    let (sentence, proved) = words::proof(proof);
    let mut reasons: Vec<&Suspicion> = proof.tried.iter().flat_map(|trial| &trial.properties).collect();
    reasons.sort();
    reasons.dedup();
    ProofView {
        sentence: budget.text(&sentence, 1000),
        proved,
        trials: budget.list(&proof.tried, TRIALS, 0, "run", |budget, trial| Row {
            name: budget.text(&words::suspicions(&trial.properties), VALUE),
            value: words::counterfactual(trial),
        }),
        reasons: budget.list(&reasons, TRIALS, 0, "suspicion", |budget, one| Row {
            name: budget.text(&format!("{} {}", one.property, one.value), VALUE),
            value: budget.text(&one.because, VALUE),
        }),
        not_tried: budget
            .list(&proof.not_tried, TRIALS, 0, "reason", |budget, reason| budget.text(reason, VALUE)),
        cut_short: proof.cut_short,
    }
}

/// A comparison of what is called `name`; the worst differences first.
pub fn comparison(budget: &mut Budget, name: &str, comparison: &Comparison) -> ComparisonView {
    let order = comparison.worst_first();
    ComparisonView {
        bar: account_bar(name, &comparison.account),
        absent: if comparison.absent == 0 { String::new() } else { words::count(comparison.absent, "byte") },
        graft: comparison.graft.as_ref().map(|graft| GraftView {
            scheme: budget.text(&graft.scheme, 80),
            outcome: match (graft.equal, graft.covers) {
                (true, true) => "the grafted file equals the shipped one, and the signature covers it",
                (true, false) => {
                    "the grafted file equals the shipped one, but the signature's digest does not cover it"
                }
                (false, _) => "the grafted file differs from the shipped one",
            }
            .to_owned(),
            evidence: budget.list(&graft.evidence, 20, 0, "line", |budget, line| budget.text(line, VALUE)),
        }),
        differences: budget.list(
            &order,
            DIFFERENCES,
            comparison.differences_cut,
            "difference",
            |budget, d| difference(budget, d),
        ),
    }
}

fn difference(budget: &mut Budget, difference: &Difference) -> DifferenceView {
    let at = difference.offset.map(|offset| format!(" at {offset:#x}")).unwrap_or_default();
    let sizes = match (difference.shipped_size, difference.rebuilt_size) {
        (shipped, rebuilt) if shipped == rebuilt => format!("of {} bytes", words::number(shipped)),
        (shipped, rebuilt) => {
            format!("bytes ({} shipped, {} rebuilt)", words::number(shipped), words::number(rebuilt))
        }
    };
    DifferenceView {
        path: budget.text(&difference.path.join(" › "), 600),
        role: budget.text(&difference.role, 40),
        label: words::label_word(difference.label),
        kind: words::kind_word(difference.kind),
        cause: budget.text(difference.cause.as_deref().unwrap_or_default(), 80),
        bytes: format!("{} {sizes}{at}", words::number(difference.differing)),
        evidence: budget.list(&difference.evidence, 12, 0, "line", |budget, line| budget.text(line, VALUE)),
        view: difference.view.as_ref().map(|view| text_view(budget, view)),
    }
}

fn text_view(budget: &mut Budget, view: &View) -> TextView {
    let lines: Vec<Line> = view
        .lines
        .iter()
        .take(VIEW_LINES)
        .map(|line| Line {
            class: match line.as_bytes().first() {
                Some(b'-') => "shipped",
                Some(b'+') => "rebuilt",
                _ => "",
            },
            number: String::new(),
            text: budget.source(line, VIEW_WIDTH),
        })
        .collect();
    let cut = view.cut.saturating_add((view.lines.len() - lines.len()) as u64);
    TextView {
        kind: budget.text(&view.kind, 40),
        lines,
        cut: if cut == 0 { String::new() } else { format!("{} not shown here", words::count(cut, "line")) },
    }
}

fn account_bar(name: &str, account: &Account) -> Bar {
    let meaning = |label: Label| match label {
        Label::Reproduced => "equal to the rebuilt file",
        Label::Derived => "a function of the other bytes, recomputed on both sides",
        Label::Signature => "the vendor's signature, proved by graft",
        Label::Explained => "differs for a cause with evidence, cannot carry code",
        Label::Unexplained => "nothing accounts for it",
    };
    let shares = account
        .labels()
        .into_iter()
        .map(|(label, size)| Share {
            class: format!("label-{}", words::label_word(label)),
            name: words::label_word(label).to_owned(),
            meaning: meaning(label),
            size,
            amount: words::number(size),
        })
        .collect();
    bar(&format!("Every byte of {name} by label"), shares)
}
