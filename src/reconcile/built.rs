//! What a build did against what a build should do: code from files no person can read, and what it tried.

use std::collections::BTreeSet;

use super::Matter;
use super::Matters;
use crate::model::RunRecord;
use crate::model::run::Became;
use crate::model::run::GeneratedSource;
use crate::model::run::Handling;
use crate::model::run::OpaqueInput;
use crate::model::run::Origin;
use crate::model::run::UsedProgram;
use crate::model::scan::Confidence;
use crate::model::scan::Finding;
use crate::model::scan::Location;
use crate::model::scan::Severity;

/// The findings on the runs of a recipe: each once, whichever of the runs showed it. In order of path, rule
/// and fingerprint.
pub fn findings(runs: &[RunRecord]) -> Vec<Finding> {
    let mut findings = attempts(runs);
    // The varied run only tells the same stories in other words.
    findings.extend(runs.first().iter().flat_map(|run| &run.trace.opaque).filter_map(opaque));
    findings.extend(runs.first().iter().flat_map(|run| &run.trace.programs).filter_map(own_program));
    findings.extend(runs.first().iter().flat_map(|run| &run.trace.generated).map(generated));
    findings.sort();
    findings.dedup();
    findings
}

fn opaque(input: &OpaqueInput) -> Option<Finding> {
    let path = input.path.text();
    let (rule, severity, message, question) = match input.became {
        Became::Code => (
            "opaque-input-in-code",
            Severity::High,
            format!("{path} is not source ({}), and the build makes code of it", input.because),
            "What is in this file, from what was it made, and why is that not built here?",
        ),
        Became::Carried => (
            "opaque-input-carried",
            Severity::Info,
            format!("{path} is not source ({}), and goes into what is shipped as data", input.because),
            "From what was this file made?",
        ),
        Became::Read => return None,
    };
    let story = if input.way.is_empty() { &input.readers } else { &input.way };
    let mut evidence: Vec<String> = story.iter().map(told).collect();
    if !input.outputs.is_empty() {
        evidence.push(format!("reaches {}", input.outputs.join(", ")));
    }
    Some(Finding {
        location: Location { path: path.clone(), ..Location::default() },
        rule: rule.to_owned(),
        category: "hook.build".to_owned(),
        severity,
        // What a step read it may have used for anything it wrote: seen, not proved.
        confidence: Confidence::Medium,
        message,
        evidence,
        question: question.to_owned(),
        fingerprint: Finding::fingerprint_of(rule, "hook.build", &[&path]),
    })
}

/// A program the build made and then ran: what it does is in no file of the source under its own name.
fn own_program(program: &UsedProgram) -> Option<Finding> {
    let path = program.path.text();
    (program.origin == Origin::Built).then(|| Finding {
        location: Location { path: path.clone(), ..Location::default() },
        rule: "built-program-run".to_owned(),
        category: "hook.build".to_owned(),
        severity: Severity::Info,
        confidence: Confidence::High,
        message: format!("the build made {path} and ran it"),
        evidence: Vec::new(),
        question: "From which source is it made, and what does it add to what is shipped?".to_owned(),
        fingerprint: Finding::fingerprint_of("built-program-run", "hook.build", &[&path]),
    })
}

fn generated(source: &GeneratedSource) -> Finding {
    let path = source.path.text();
    Finding {
        location: Location { path: path.clone(), ..Location::default() },
        rule: "generated-source".to_owned(),
        category: "hook.build".to_owned(),
        severity: Severity::Info,
        confidence: Confidence::High,
        message: format!(
            "the build wrote {path} and compiled it: it is not among the source that was scanned"
        ),
        evidence: source.by.iter().map(told).collect(),
        question: "What is in it, and from what is it made?".to_owned(),
        fingerprint: Finding::fingerprint_of("generated-source", "hook.build", &[&path]),
    }
}

fn told(step: &Handling) -> String {
    const WIDTH: usize = 300;
    let line = if step.line.is_empty() { step.program.text() } else { step.line.clone() };
    let short: String = line.chars().take(WIDTH).collect();
    let cut = if short.len() < line.len() { "…" } else { "" };
    let wrote: Vec<String> = step.wrote.iter().take(3).map(|file| file.text()).collect();
    if wrote.is_empty() {
        format!("`{short}{cut}`")
    } else {
        format!("`{short}{cut}` wrote {}", wrote.join(", "))
    }
}

/// What the build tried and the sandbox did not let happen.
fn attempts(runs: &[RunRecord]) -> Vec<Finding> {
    let mut matters = Matters::default();
    let all: BTreeSet<_> = runs.iter().flat_map(|run| &run.trace.attempts).collect();
    for attempt in all {
        let network = ["connect to ", "send to ", "look up the name "]
            .iter()
            .any(|verb| attempt.what.starts_with(verb));
        if !network && !attempt.what.starts_with("read ") {
            continue;
        }
        let rule = if network { "build-tried-network" } else { "build-tried-secret" };
        matters.add(Matter {
            rule,
            category: "hook.build".to_owned(),
            subject: attempt.what.clone(),
            artifact: String::new(),
            severity: Severity::Medium,
            confidence: Confidence::High,
            places: vec![(Location { path: attempt.program.text(), ..Location::default() }, String::new())],
        });
    }
    matters.findings(|matter| {
        let message = format!("the build tried to {}; the sandbox did not let it", matter.subject);
        (message, "Why does building this need that?".to_owned())
    })
}
