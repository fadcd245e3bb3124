//! The page's sections in the order they are read; how comparisons and runs are shown is in their own files.

use super::Excerpts;
use super::bars::Share;
use super::bars::bar;
use super::budget::Budget;
use super::budget::List;
use super::comparisons;
use super::runs;
use super::view::CategoryView;
use super::view::Command;
use super::view::CoverageView;
use super::view::Declaration;
use super::view::EndpointView;
use super::view::Figure;
use super::view::FindingView;
use super::view::FlowView;
use super::view::InputView;
use super::view::Line;
use super::view::NotExaminedView;
use super::view::Page;
use super::view::Row;
use super::view::SiteView;
use super::view::StepView;
use crate::model::Evidence;
use crate::model::Verdict;
use crate::model::category;
use crate::model::scan::Location;
use crate::model::verdict::Decision;
use crate::report::summary;
use crate::report::summary::CategoryGroup;
use crate::report::summary::EndpointGroup;
use crate::report::summary::Fate;
use crate::report::summary::Ranked;
use crate::report::words;
use crate::report::words::visible;

/// Entries shown of each list at most; the budget may end a list before.
const ARTIFACTS: usize = 100;
const FINDINGS: usize = 300;
const FLOWS: usize = 100;
const STEPS: usize = 40;
const ENDPOINTS: usize = 300;
const CATEGORIES: usize = 200;
const SITES: usize = 40;
const NOT_EXAMINED: usize = 500;
const INPUTS: usize = 300;
const DECLARATIONS: usize = 200;
const REASONS: usize = 100;
/// Characters of one value.
const VALUE: usize = 400;

/// Everything the page shows.
pub fn page(evidence: &Evidence, verdict: &Verdict, excerpts: Excerpts<'_>) -> Page {
    let mut budget = Budget::page();
    let budget = &mut budget;
    let product = &evidence.review.product;
    let ranked = summary::findings(evidence, verdict);
    let endpoints = summary::endpoints(evidence);
    let not_examined = evidence.every_not_examined();
    let (decision_class, reproducible, reproducible_class) = (
        match verdict.decision {
            Decision::Met => "good",
            Decision::NotMet => "bad",
            Decision::Inconclusive => "doubt",
        },
        match verdict.reproducible {
            Some(true) => "Every run left the same bytes.",
            Some(false) => "Two runs of the same recipe left different bytes.",
            None => "Not known: two runs to compare are not there.",
        },
        match verdict.reproducible {
            Some(true) => "good",
            Some(false) => "bad",
            None => "doubt",
        },
    );
    // In the order of the page, so that what is cut for room is what comes last; what was not examined is
    // short, decides how far everything above it can be trusted, and is therefore paid first.
    let not_examined_list =
        budget.list(&not_examined, NOT_EXAMINED, 0, "record", |budget, record| NotExaminedView {
            stage: budget.text(&record.stage, VALUE),
            path: budget.text(&record.path, VALUE),
            reason: budget.text(&record.reason, VALUE),
        });
    Page {
        product: budget.text(&format!("{} {}", product.name, product.version), VALUE),
        vendor: budget.text(&product.vendor, VALUE),
        purpose: budget.text(&product.purpose, 2000),
        decision: words::decision_word(verdict.decision),
        decision_class,
        sentence: budget.text(&verdict.sentence, 2000),
        reasons: budget
            .list(&verdict.reasons, REASONS, 0, "reason", |budget, reason| budget.text(reason, 1000)),
        rehearsal: summary::rehearsal(evidence),
        figures: figures(evidence, verdict, &ranked, &endpoints, not_examined.len()),
        policy: policy(evidence),
        artifacts: {
            let numbered: Vec<_> = verdict.artifacts.iter().enumerate().collect();
            budget.list(&numbered, ARTIFACTS, 0, "artifact", |budget, (index, judged)| {
                comparisons::artifact(budget, evidence, *index, judged)
            })
        },
        reproducible,
        reproducible_class,
        runs: runs::runs(budget, evidence),
        findings: budget
            .list(&ranked, FINDINGS, 0, "finding", |budget, ranked| finding(budget, ranked, excerpts)),
        stale: budget.list(&verdict.stale_acceptances, REASONS, 0, "acceptance", |budget, fingerprint| {
            budget.text(fingerprint, VALUE)
        }),
        flows: flows(budget, evidence, excerpts),
        endpoints: budget.list(&endpoints, ENDPOINTS, 0, "endpoint", endpoint),
        capabilities: categories(budget, &summary::capabilities(evidence), excerpts),
        data: categories(budget, &summary::data_sources(evidence), excerpts),
        declarations: declarations(budget, evidence),
        coverage: coverage(budget, evidence),
        inputs: inputs(budget, evidence),
        digests: vec![
            Row { name: "review.toml".to_owned(), value: format!("sha256 {}", evidence.manifest) },
            Row { name: "source snapshot".to_owned(), value: format!("sha256 {}", evidence.source.root) },
        ],
        commands: commands(budget, evidence),
        not_examined: not_examined_list,
        tool: budget.text(&format!("{} {}", evidence.tool.name, evidence.tool.version), VALUE),
        recorded: budget.text(&evidence.recorded.finished, VALUE),
    }
}

/// Lines around a place, or the one line the evidence holds; the place's own line is marked.
pub fn excerpt(
    budget: &mut Budget,
    location: &Location,
    fallback: &str,
    excerpts: Excerpts<'_>,
) -> Vec<Line> {
    const LINES: usize = 16;
    const WIDTH: usize = 200;
    let around = match location.start_line {
        0 => None,
        line => excerpts(&location.path, line),
    };
    let last = location.end_line.max(location.start_line);
    match around {
        Some(lines) if !lines.is_empty() => lines
            .iter()
            .take(LINES)
            .map(|(number, text)| Line {
                class: if (location.start_line..=last).contains(number) { "here" } else { "" },
                number: number.to_string(),
                text: budget.source(text, WIDTH),
            })
            .collect(),
        _ if fallback.is_empty() => Vec::new(),
        _ => {
            let number =
                if location.start_line == 0 { String::new() } else { location.start_line.to_string() };
            vec![Line { class: "here", number, text: budget.source(fallback, WIDTH) }]
        }
    }
}

fn figures(
    evidence: &Evidence,
    verdict: &Verdict,
    ranked: &[Ranked<'_>],
    endpoints: &[EndpointGroup<'_>],
    not_examined: usize,
) -> Vec<Figure> {
    let met = verdict.artifacts.iter().filter(|artifact| artifact.met).count();
    let all = verdict.artifacts.len();
    let undeclared = endpoints.iter().filter(|group| group.live && group.declared.is_none()).count();
    let failing = verdict.failing_findings.len();
    let declared = endpoints.iter().filter(|group| group.live && group.declared.is_some()).count();
    let severities: Vec<String> = summary::by_severity(ranked)
        .into_iter()
        .map(|(severity, n)| format!("{} {}", words::number(n), words::severity_word(severity)))
        .collect();
    let code = &evidence.scan.coverage;
    vec![
        Figure {
            name: "Shipped artifacts",
            value: if all == 0 { "none".to_owned() } else { format!("{met} of {all}") },
            note: if all == 0 {
                "a review of source alone".to_owned()
            } else {
                "reach the rung asked for".to_owned()
            },
            class: if all == 0 {
                ""
            } else if met == all {
                "good"
            } else {
                "bad"
            },
        },
        Figure {
            name: "Reproducible",
            value: match verdict.reproducible {
                Some(true) => "yes",
                Some(false) => "no",
                None => "not known",
            }
            .to_owned(),
            note: format!("{} of the recipe", words::count(evidence.runs.len() as u64, "run")),
            class: match verdict.reproducible {
                Some(true) => "good",
                Some(false) => "bad",
                None => "doubt",
            },
        },
        Figure {
            name: "Failing findings",
            value: failing.to_string(),
            note: if severities.is_empty() {
                "no finding at all".to_owned()
            } else {
                format!("of {}", severities.join(", "))
            },
            class: if failing == 0 { "good" } else { "bad" },
        },
        Figure {
            name: "Undeclared endpoints",
            value: undeclared.to_string(),
            note: format!("in code; {declared} declared"),
            class: if undeclared == 0 { "good" } else { "doubt" },
        },
        Figure {
            name: "Source parsed",
            value: words::percent(code.parsed.bytes, code.bytes),
            note: format!("{} in {}", words::bytes(code.bytes), words::count(code.files, "file")),
            class: "",
        },
        Figure {
            name: "Not examined",
            value: not_examined.to_string(),
            note: if not_examined == 0 {
                "that pellucid knows of".to_owned()
            } else {
                "listed at the end".to_owned()
            },
            class: if not_examined == 0 { "" } else { "doubt" },
        },
    ]
}

fn policy(evidence: &Evidence) -> Vec<Row> {
    let policy = &evidence.review.policy;
    let row = |name: &str, value: String| Row { name: name.to_owned(), value };
    let causes = match &policy.allowed_causes {
        None => "every cause pellucid knows".to_owned(),
        Some(causes) if causes.is_empty() => "none".to_owned(),
        Some(causes) => words::cut(&visible(&causes.join(", ")), 1000),
    };
    vec![
        row("Every artifact must be", policy.rung.to_string()),
        row("Causes that may explain bytes", causes),
        row("Fails on findings of", format!("{} or above", words::severity_word(policy.fail_on))),
        row("Runs must agree", if policy.require_reproducible { "yes" } else { "no" }.to_owned()),
        row("Accepted findings", words::number(policy.accepted.len() as u64)),
    ]
}

fn finding(budget: &mut Budget, ranked: &Ranked<'_>, excerpts: Excerpts<'_>) -> FindingView {
    let finding = ranked.finding;
    FindingView {
        severity: words::severity_word(finding.severity),
        fate: ranked.fate.word(),
        message: budget.text(&finding.message, 1000),
        place: budget.text(&words::place(&finding.location), VALUE),
        origin: budget.text(&ranked.origin.word(), VALUE),
        rule: budget.text(&finding.rule, 80),
        category: budget.text(&finding.category, 80),
        confidence: words::confidence_word(finding.confidence),
        fingerprint: budget.text(&finding.fingerprint, 128),
        question: budget.text(&finding.question, 1000),
        accepted: match ranked.fate {
            Fate::Accepted(accepted) => budget.text(&format!("{}: {}", accepted.date, accepted.reason), 1000),
            _ => String::new(),
        },
        evidence: budget.list(&finding.evidence, 12, 0, "line", |budget, line| budget.source(line, VALUE)),
        excerpt: excerpt(budget, &finding.location, "", excerpts),
    }
}

fn flows(budget: &mut Budget, evidence: &Evidence, excerpts: Excerpts<'_>) -> List<FlowView> {
    let all: Vec<_> = summary::scans(evidence).flat_map(|(_, scan)| &scan.flows).collect();
    budget.list(&all, FLOWS, 0, "flow", |budget, flow| FlowView {
        category: budget.text(&flow.category, 80),
        source: budget.text(&flow.source, VALUE),
        sink: budget.text(&flow.sink, VALUE),
        carrier: budget.text(&flow.carrier, 80),
        confidence: words::confidence_word(flow.confidence),
        steps: budget.list(&flow.steps, STEPS, 0, "step", |budget, step| StepView {
            place: budget.text(&words::place(&step.location), VALUE),
            what: budget.text(&step.what, VALUE),
            excerpt: excerpt(budget, &step.location, "", excerpts),
        }),
    })
}

fn endpoint(budget: &mut Budget, group: &EndpointGroup<'_>) -> EndpointView {
    let (status, class) = match (group.live, group.declared) {
        (false, _) => ("in text only", ""),
        (true, Some(_)) => ("declared", "good"),
        (true, None) => ("undeclared", "bad"),
    };
    let places = budget.list(&group.places, 5, 0, "place", |budget, (origin, endpoint)| {
        budget.text(&format!("{} ({})", words::place(&endpoint.location), origin.word()), VALUE)
    });
    EndpointView {
        value: budget.text(group.value, VALUE),
        kind: budget.text(group.kind, 40),
        status,
        class,
        reason: budget.text(group.declared.unwrap_or_default(), VALUE),
        indicator: budget.text(group.indicator.unwrap_or_default(), 80),
        places,
    }
}

fn categories(
    budget: &mut Budget,
    groups: &[CategoryGroup<'_>],
    excerpts: Excerpts<'_>,
) -> List<CategoryView> {
    budget.list(groups, CATEGORIES, 0, "category", |budget, group| {
        let sites = budget.list(&group.sites, SITES, 0, "place", |budget, (origin, site)| SiteView {
            place: budget.text(&words::place(&site.location), VALUE),
            api: budget.text(&site.api, 120),
            origin: budget.text(&origin.word(), VALUE),
            confidence: words::confidence_word(site.confidence),
            excerpt: excerpt(budget, &site.location, &site.excerpt, excerpts),
        });
        CategoryView {
            id: budget.text(group.id, 80),
            meaning: group.meaning.to_owned(),
            declared: group.declared.map(|entry| budget.text(&entry.reason, VALUE)).unwrap_or_default(),
            count: words::count(group.sites.len() as u64, "place"),
            is_declared: group.declared.is_some(),
            sites,
        }
    })
}

fn declarations(budget: &mut Budget, evidence: &Evidence) -> List<Declaration> {
    let declared = &evidence.review.declared;
    let seen = |yes: bool| if yes { "seen" } else { "not seen" };
    let hosts: Vec<&str> = summary::scans(evidence)
        .flat_map(|(_, scan)| &scan.endpoints)
        .filter(|endpoint| endpoint.live)
        .filter_map(|endpoint| endpoint.host.as_deref())
        .collect();
    let ids = |sources: bool| -> Vec<&str> {
        summary::scans(evidence)
            .flat_map(|(_, scan)| if sources { &scan.sources } else { &scan.capabilities })
            .map(|capability| capability.category.as_str())
            .collect()
    };
    let (capabilities, sources) = (ids(false), ids(true));
    let mut all = Vec::new();
    for entry in &declared.endpoints {
        let found = hosts.iter().any(|host| entry.covers(host));
        all.push(("endpoint", &entry.host, &entry.reason, seen(found)));
    }
    for (what, entries, ids) in
        [("data", &declared.data, &sources), ("capability", &declared.capabilities, &capabilities)]
    {
        for entry in entries {
            let found = ids.iter().any(|id| category::covers(&entry.category, id));
            all.push((what, &entry.category, &entry.reason, seen(found)));
        }
    }
    budget.list(&all, DECLARATIONS, 0, "declaration", |budget, (what, value, reason, seen)| Declaration {
        what,
        value: budget.text(value, VALUE),
        reason: budget.text(reason, VALUE),
        seen,
    })
}

fn coverage(budget: &mut Budget, evidence: &Evidence) -> List<CoverageView> {
    let scans: Vec<_> = summary::scans(evidence).collect();
    budget.list(&scans, ARTIFACTS, 0, "scan", |budget, (origin, scan)| {
        let coverage = &scan.coverage;
        let shares = coverage
            .classes
            .iter()
            .enumerate()
            .map(|(index, (class, count))| Share {
                class: format!("class-{}", index % 8),
                name: budget.text(class, 40),
                meaning: "",
                size: count.bytes,
                amount: format!("{}, {}", words::count(count.files, "file"), words::bytes(count.bytes)),
            })
            .collect();
        let languages: Vec<String> = coverage
            .languages
            .iter()
            .take(40)
            .map(|(language, count)| format!("{language} {}", words::bytes(count.bytes)))
            .collect();
        let summary = format!(
            "{} ({}) read; {} ({}) parsed by a grammar; {} ({}) of code in languages without one; \
             {} under parse errors, read by literals only",
            words::count(coverage.files, "file"),
            words::bytes(coverage.bytes),
            words::count(coverage.parsed.files, "file"),
            words::bytes(coverage.parsed.bytes),
            words::count(coverage.unparsed_code.files, "file"),
            words::bytes(coverage.unparsed_code.bytes),
            words::bytes(coverage.error_bytes),
        );
        let origin = budget.text(&origin.word(), VALUE);
        CoverageView {
            bar: bar(&format!("Bytes of {origin} by class"), shares),
            origin,
            summary,
            languages: budget.text(&languages.join(", "), 2000),
        }
    })
}

fn inputs(budget: &mut Budget, evidence: &Evidence) -> List<InputView> {
    let source = evidence.source.origin.iter().map(|fetched| ("source".to_owned(), fetched));
    let shipped = evidence.artifacts.iter().map(|artifact| {
        let role = if artifact.rehearsal { "rehearsal" } else { "shipped" };
        (format!("{role} {}", artifact.name), &artifact.origin)
    });
    let build = evidence.inputs.iter().map(|fetched| ("input of the build".to_owned(), fetched));
    let all: Vec<_> = source.chain(build).chain(shipped).collect();
    budget.list(&all, INPUTS, 0, "input", |budget, (role, fetched)| InputView {
        name: budget.text(&fetched.name, VALUE),
        role: budget.text(role, VALUE),
        by: budget.text(&fetched.by, VALUE),
        size: if fetched.size == 0 { "–".to_owned() } else { words::bytes(fetched.size) },
        digest: budget.text(&fetched.digest, 128),
    })
}

fn commands(budget: &mut Budget, evidence: &Evidence) -> Vec<Command> {
    let mut verify =
        "pellucid verify attestation.intoto.json --key signer.pub --evidence evidence.json".to_owned();
    for artifact in evidence.artifacts.iter().take(20) {
        verify.push_str(" --artifact ");
        verify.push_str(&quoted(&budget.text(&artifact.file, VALUE)));
    }
    vec![
        Command {
            what: "Check the signature, that your files are the attested ones, and that the verdict follows \
                   from the evidence (no network, no rebuild):",
            line: verify,
        },
        Command {
            what: "Judge the evidence again and render this page again:",
            line: "pellucid report evidence.json --format html".to_owned(),
        },
        Command {
            what: "Take in the source, rebuild, compare and scan again from the manifest:",
            line: "pellucid review review.toml".to_owned(),
        },
    ]
}

/// A word as a shell takes it whole.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+@:,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
