//! Observations → public records: capabilities, sources, flows, endpoints, findings.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::Digest;

use super::CodeEvidence;
use super::evaluate::AGE;
use super::evaluate::BY_VARIABLE;
use super::evaluate::EndpointUse;
use super::evaluate::Observed;
use super::flow::Found;
use super::ir::Unit;
use super::language::Language;
use super::rules;
use super::value::Origin;
use super::value::Trail;
use crate::model::scan::Capability;
use crate::model::scan::Confidence;
use crate::model::scan::Endpoint;
use crate::model::scan::Finding;
use crate::model::scan::Flow;
use crate::model::scan::Location;
use crate::model::scan::Severity;
use crate::model::scan::Step;
use crate::scan::checks::is_test;

/// What tells two ways apart: the sink's unit and place, the flow, the source's API, the carrier.
type Way = (u32, (u32, u32, u32), String, Box<str>, Box<str>);

/// Adds what was `observed`, unit by unit, to `evidence`.
pub fn emit(units: &[Unit], observed: Vec<Observed>, evidence: &mut CodeEvidence) {
    let mut ways: BTreeMap<Way, Found> = BTreeMap::new();
    for (unit, seen) in units.iter().zip(&observed) {
        let mut hits = seen.hits.clone();
        hits.sort();
        // The same use seen with two confidences is one use, as sure as the surer.
        hits.dedup_by(|later, first| {
            let same =
                later.place == first.place && later.category == first.category && later.api == first.api;
            if same {
                first.confidence = first.confidence.max(later.confidence);
            }
            same
        });
        for hit in hits {
            let record = Capability {
                location: location(unit, hit.place),
                category: hit.category.to_string(),
                api: hit.api.to_string(),
                language: unit.language.name().to_owned(),
                confidence: hit.confidence,
                excerpt: excerpt(unit, hit.place.0),
            };
            if hit.category.starts_with("src.") {
                evidence.sources.push(record);
            } else if is_finding(&hit.category) {
                evidence.findings.push(finding_of(&record));
            } else {
                evidence.capabilities.push(record);
            }
        }
        let mut endpoints = seen.endpoints.clone();
        endpoints.sort();
        endpoints.dedup();
        evidence.endpoints.extend(endpoints.iter().filter_map(|used| endpoint(unit, used)));
        for found in &seen.found {
            let Some(pair) = rules::pair(&found.origin.category, &found.sink.category) else { continue };
            if is_surroundings(units, found) || is_far_from_main(units, found) {
                continue;
            }
            let key = (
                found.sink.unit,
                found.sink.place,
                pair.id.clone(),
                found.origin.api.clone(),
                found.sink.carrier.clone(),
            );
            let better = |old: &Found| length(&found.trail) < length(&old.trail);
            match ways.get(&key) {
                Some(old) if !better(old) => {}
                _ => {
                    ways.insert(key, found.clone());
                }
            }
        }
        let mut gated: BTreeSet<_> = seen.gated.iter().cloned().collect();
        while let Some(gated) = gated.pop_first() {
            evidence.findings.push(gate_finding(unit, &gated.gate, gated.place, &gated.category, &gated.api));
        }
    }
    for found in ways.into_values() {
        emit_flow(units, &found, evidence);
    }
    let unresolved: BTreeSet<(String, u32)> = evidence
        .endpoints
        .iter()
        .filter(|e| e.kind != "unresolved")
        .map(|e| (e.location.path.clone(), e.location.start_line))
        .collect();
    evidence.endpoints.retain(|e| {
        e.kind != "unresolved" || !unresolved.contains(&(e.location.path.clone(), e.location.start_line))
    });
    evidence.capabilities.sort();
    evidence.capabilities.dedup();
    evidence.sources.sort();
    evidence.sources.dedup();
    evidence.flows.sort();
    evidence.flows.dedup();
    evidence.endpoints.sort();
    evidence.endpoints.dedup();
    one_for_each_carrier(&mut evidence.findings);
    evidence.findings.sort();
    evidence.findings.dedup();
    number_fingerprints(&mut evidence.findings);
}

/// Whether the environment is what a program is started in, and not what is started: all of it handed on, or a
/// variable of a shell, in which whatever has no value of its own is one.
fn is_surroundings(units: &[Unit], found: &Found) -> bool {
    let unit = units.get(found.sink.unit as usize);
    let shell = unit.is_some_and(|unit| matches!(unit.language, Language::Bash | Language::PowerShell));
    rules::under(&found.sink.category, "cap.exec")
        && (rules::under(&found.origin.category, "src.env.bulk")
            || (shell && rules::under(&found.origin.category, "src.env")))
}

/// Steps the arguments of a program in C are followed.
const NEAR_MAIN: u32 = 6;

/// Whether the arguments `main` is given in C or C++ went on for long, or were sent by another file: in a large
/// program they lead everywhere, by fields of structures of which one stands for all.
fn is_far_from_main(units: &[Unit], found: &Found) -> bool {
    let unit = units.get(found.origin.unit as usize);
    unit.is_some_and(|unit| matches!(unit.language, Language::C | Language::Cpp))
        && rules::under(&found.origin.category, "src.args")
        && found.origin.api.ends_with('#')
        && (length(&found.trail) > NEAR_MAIN
            || (found.sink.unit != found.origin.unit && !rules::under(&found.sink.category, "cap.exec")))
}

/// Categories that are no mere capability.
fn is_finding(category: &str) -> bool {
    [
        "obf",
        "trap",
        "evasion",
        "persist",
        "hook",
        "net.tls-disabled",
        "net.insecure-transport",
        "worm",
        "cryptominer",
        "destructive",
        "cap.process-injection",
    ]
    .iter()
    .any(|prefix| rules::under(category, prefix))
}

/// What one fact is worth telling for: what a program can do is a question, and an accusation only together with
/// what it does it to or how it hides it.
fn finding_of(record: &Capability) -> Finding {
    let (severity, message, question) = match record.category.as_str() {
        "net.tls-disabled" => (
            Severity::Medium,
            "the check of the other side's certificate is switched off: whoever is in between can read and change the data",
            "Why is certificate verification off, and in which deployments?",
        ),
        "evasion.swallow-exceptions" => (
            Severity::Low,
            "an error of this effect is swallowed: nobody learns that it was tried",
            "Why must a failure here stay unseen?",
        ),
        "obf.string-reconstruction" => (
            Severity::High,
            "what it is given was decoded, reversed or spelled out, so that it cannot be read where it stands",
            "What does the text say, and why is it not written plainly?",
        ),
        "trap.backdoor" => (
            Severity::High,
            "the program can let somebody in past its own checks",
            "Who may come in this way?",
        ),
        "obf.api-indirection" => (
            Severity::High,
            "the name of what is called was put together from pieces, so that no search finds it",
            "Why is the call not written plainly?",
        ),
        "hook.load" => (
            Severity::Low,
            "code runs because the program or library is loaded, before anything calls it",
            "What does it do, and why must it run then?",
        ),
        "hook.build" => (
            Severity::Low,
            "code of the package runs when it is built",
            "What does it do, and does it touch anything but the build?",
        ),
        category if category.starts_with("hook") => (
            Severity::Medium,
            "code runs when the package is installed or built, before anyone uses it",
            "What does the hook do, and why must it run at installation?",
        ),
        category if category.starts_with("persist") => (
            Severity::Medium,
            "the program arranges to be started again",
            "Why does the product start itself, and how is it switched off?",
        ),
        category if category.starts_with("trap.anti") => (
            Severity::Medium,
            "the program looks whether it is being examined",
            "What changes when a debugger or a virtual machine is found?",
        ),
        "cap.process-injection" => (
            Severity::Medium,
            "the program can write into another process or run code in it",
            "Which process is written to, and why?",
        ),
        category if category.starts_with("destructive") => (
            Severity::High,
            "the program can destroy data wholesale",
            "When does this run, and on which data?",
        ),
        _ => (Severity::Medium, "the program does something that hides what it does", "What is this for?"),
    };
    // A single fact of which one is not sure is no more than a question.
    let severity =
        if record.confidence < Confidence::High { severity.min(Severity::Medium) } else { severity };
    let rule = record.category.replace('.', "-");
    Finding {
        fingerprint: fingerprint(&rule, &record.location.path, &record.excerpt),
        location: record.location.clone(),
        rule,
        category: record.category.clone(),
        severity,
        confidence: record.confidence,
        message: format!("{}: {message}.", record.api),
        evidence: vec![record.excerpt.clone()],
        question: question.to_owned(),
    }
}

fn gate_finding(unit: &Unit, gate: &Origin, place: (u32, u32, u32), category: &str, api: &str) -> Finding {
    let rule = gate.category.replace('.', "-");
    let shown = excerpt(unit, place.0);
    let severity = match &*gate.category {
        "trap.ci-gate" => Severity::Low,
        // How old something is, is asked by every cache.
        "trap.time-bomb" if &*gate.api == AGE && !category.starts_with("cap.fs") => Severity::Low,
        "trap.host-gate" | "trap.geo-gate" | "trap.time-bomb" | "trap.backdoor" => Severity::Medium,
        _ => Severity::High,
    };
    Finding {
        location: location(unit, place),
        fingerprint: fingerprint(&rule, &unit.path, &shown),
        rule,
        category: gate.category.to_string(),
        severity,
        confidence: gate.confidence.min(Confidence::Medium),
        message: format!(
            "{api} ({category}) runs only where a test of {} (line {}) allows: an effect behind a gate.",
            gate.api, gate.line
        ),
        evidence: vec![excerpt(unit, gate.line), shown],
        question: "Who is meant to see this behaviour, and who is not?".to_owned(),
    }
}

/// Steps beyond which a way counts for less: objects of one class are not told apart, and every step may join what
/// does not belong together.
const LONG_WAY: u32 = 10;
/// Steps beyond which a way is no more than a guess: of three thousand marked flows of programs that strangers wrote,
/// one takes as many.
const FARTHEST_WAY: u32 = 16;
/// Steps of a way that is as sure as its two ends.
const SHORT_WAY: u32 = 6;
/// Files a way may lead through before it counts for less.
const FILES: usize = 3;

fn emit_flow(units: &[Unit], found: &Found, evidence: &mut CodeEvidence) {
    let Some(pair) = rules::pair(&found.origin.category, &found.sink.category) else { return };
    let (Some(at), Some(from)) = (units.get(found.sink.unit as usize), units.get(found.origin.unit as usize))
    else {
        return;
    };
    let mut steps = vec![Step {
        location: location(from, (found.origin.line, found.origin.column, found.origin.line)),
        what: format!("read from {} ({})", found.origin.api.trim_start_matches("?."), found.origin.category),
    }];
    let mut trail = Vec::new();
    let mut step = found.trail.as_ref();
    while let Some(this) = step {
        trail.push(this);
        step = this.before.as_ref();
    }
    for step in trail.into_iter().rev() {
        let Some(unit) = units.get(step.unit as usize) else { continue };
        steps.push(Step {
            location: location(unit, (step.place.line, step.place.column, step.place.end_line)),
            what: step.what.replace("?.", ""),
        });
    }
    let sink_api = found.sink.api.trim_start_matches("?.");
    let place = location(at, found.sink.place);
    let carried =
        if found.sink.carrier.is_empty() { String::new() } else { format!(" as {}", found.sink.carrier) };
    steps.push(Step {
        location: place.clone(),
        what: format!("given to {sink_api} ({}){carried}", found.sink.category),
    });
    let mut confidence = found.origin.confidence.min(found.sink.confidence);
    let (length, encoded) = (length(&found.trail), pair.id.starts_with("flow.encoded->"));
    let files: BTreeSet<&str> = steps.iter().map(|step| step.location.path.as_str()).collect();
    // What is decoded to be run is run close by; data is decoded everywhere.
    if length > LONG_WAY || files.len() > FILES || encoded && files.len() > 1 {
        confidence = confidence.min(Confidence::Medium);
    }
    if length > FARTHEST_WAY {
        confidence = Confidence::Low;
    }
    // Two variables may name one file, and may not.
    let guessed = steps.iter().any(|step| step.what == BY_VARIABLE) && files.len() > 1;
    if guessed {
        confidence = confidence.min(Confidence::Medium);
    }
    // Tests give a program what nobody else would. Where something is decoded to be run, they hide it as well.
    let tested = !encoded && steps.last().is_some_and(|step| is_test(&step.location.path));
    let severity = match pair.severity {
        _ if length > FARTHEST_WAY => pair.severity.min(Severity::Low),
        _ if tested || guessed => pair.severity.min(Severity::Medium),
        _ if length > LONG_WAY || files.len() > FILES => pair.severity.min(Severity::Medium),
        Severity::Critical if encoded && confidence < Confidence::High => Severity::Medium,
        Severity::Critical if length > SHORT_WAY || confidence < Confidence::High => Severity::High,
        severity => severity,
    };
    let flow = Flow {
        location: place.clone(),
        category: pair.id.clone(),
        source: format!("{} {}", found.origin.category, found.origin.api.trim_start_matches("?.")),
        sink: format!("{} {sink_api}", found.sink.category),
        steps,
        carrier: found.sink.carrier.to_string(),
        confidence,
    };
    evidence.flows.push(flow);
    if found.added {
        // Told of the call that sends it.
        return;
    }
    let rule = pair.id.replace("->", "-to-").replace('.', "-");
    let shown = excerpt(at, found.sink.place.0);
    evidence.findings.push(Finding {
        location: place,
        fingerprint: fingerprint(&rule, &at.path, &format!("{shown} {}", found.origin.api)),
        rule,
        // Decoding what is then run is a way of hiding it; the flow tells how.
        category: if pair.id.starts_with("flow.encoded->") {
            "obf.encoded-exec".to_owned()
        } else {
            pair.id.clone()
        },
        severity,
        confidence,
        message: format!(
            "{}: from {} to {sink_api}.",
            capitalised(&pair.message),
            found.origin.api.trim_start_matches("?.")
        ),
        evidence: vec![excerpt(from, found.origin.line), shown],
        question: pair.question.clone(),
    });
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

fn length(trail: &Option<Arc<Trail>>) -> u32 {
    trail.as_ref().map_or(0, |trail| trail.depth)
}

fn location(unit: &Unit, place: (u32, u32, u32)) -> Location {
    Location {
        path: unit.path.clone(),
        start_line: place.0,
        end_line: place.2.max(place.0),
        start_column: place.1,
    }
}

fn excerpt(unit: &Unit, line: u32) -> String {
    unit.excerpts.get(&line).map_or(String::new(), |text| text.to_string())
}

fn endpoint(unit: &Unit, used: &EndpointUse) -> Option<Endpoint> {
    let location = location(unit, used.place);
    let Some(text) = &used.text else {
        return Some(Endpoint {
            location,
            kind: "unresolved".to_owned(),
            value: excerpt(unit, used.place.0),
            host: None,
            category: None,
            live: true,
            confidence: Confidence::High,
        });
    };
    let (kind, host) = whom(text)?;
    Some(Endpoint {
        location,
        kind: kind.to_owned(),
        value: crate::model::path::escape(text.chars().take(300).collect::<String>().as_bytes()),
        host,
        category: None,
        live: true,
        confidence: if used.built { Confidence::Medium } else { Confidence::High },
    })
}

/// The kind of endpoint a text is, and its host.
fn whom(text: &str) -> Option<(&'static str, Option<String>)> {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let host = if let Some(v6) = authority.strip_prefix('[') {
        v6.split(']').next().unwrap_or(v6)
    } else {
        match authority.rsplit_once(':') {
            Some((host, port))
                if !host.contains(':')
                    && port.chars().all(|c| c.is_ascii_digit() || matches!(c, '{' | '}')) =>
            {
                host
            }
            _ => authority,
        }
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host.is_empty()
        || host.chars().any(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | ';'))
    {
        return None;
    }
    if host.chars().all(|c| matches!(c, '{' | '}' | '.')) {
        return Some(("unresolved", None));
    }
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return Some(("ipv4", Some(host)));
    }
    if host.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some(("ipv6", Some(host)));
    }
    if host.ends_with(".onion") {
        return Some(("onion", Some(host)));
    }
    if scheme.is_some() {
        return Some(("url", Some(host)));
    }
    // Without a scheme only something shaped like a host is one.
    let shaped = (host.contains('.') || host == "localhost")
        && !authority.starts_with('.')
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '{' | '}'))
        });
    shaped.then_some(("host", Some(host)))
}

/// Sixteen hexadecimal digits of rule, path and the excerpt without its spacing.
pub fn fingerprint(rule: &str, path: &str, excerpt: &str) -> String {
    let mut hasher = sha2::Sha256::new();
    hasher.update(rule.as_bytes());
    hasher.update([0]);
    hasher.update(path.as_bytes());
    hasher.update([0]);
    for word in excerpt.split_whitespace() {
        hasher.update(word.as_bytes());
        hasher.update([b' ']);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// One source that reaches one call by several ways (as header and as body, say) is one finding, as severe as the
/// worst of them: what a reviewer has accepted does not come back under another number because a way changed.
fn one_for_each_carrier(findings: &mut Vec<Finding>) {
    fn told(finding: &Finding) -> (&Location, &str, &str, &[String]) {
        (&finding.location, &finding.rule, &finding.message, &finding.evidence)
    }
    findings.sort_by(|a, b| told(a).cmp(&told(b)));
    findings.dedup_by(|next, kept| {
        let same = told(next) == told(kept);
        if same {
            kept.severity = kept.severity.max(next.severity);
            kept.confidence = kept.confidence.max(next.confidence);
        }
        same
    });
}

/// Equal fingerprints get their occurrence number: `…-2` is the second in the file.
fn number_fingerprints(findings: &mut [Finding]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for finding in findings {
        let count = seen.entry(finding.fingerprint.clone()).or_default();
        *count += 1;
        if *count > 1 {
            finding.fingerprint = format!("{}-{count}", finding.fingerprint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_on_several_ways_to_one_call_is_one_finding_as_severe_as_the_worst() {
        let at = |line: u32, severity| Finding {
            location: Location { path: "a.py".to_owned(), start_line: line, end_line: line, start_column: 1 },
            rule: "flow-env-to-net".to_owned(),
            category: "flow.env->net".to_owned(),
            severity,
            confidence: Confidence::Medium,
            message: "sent".to_owned(),
            evidence: Vec::new(),
            question: String::new(),
            fingerprint: "0".to_owned(),
        };
        let mut findings = vec![at(2, Severity::Low), at(1, Severity::Medium), at(1, Severity::Critical)];
        one_for_each_carrier(&mut findings);
        assert_eq!(findings, [at(1, Severity::Critical), at(2, Severity::Low)]);
    }

    #[test]
    fn endpoints_are_told_apart() {
        assert_eq!(whom("https://Api.Example.org:8443/x"), Some(("url", Some("api.example.org".to_owned()))));
        assert_eq!(whom("10.0.0.1:80"), Some(("ipv4", Some("10.0.0.1".to_owned()))));
        assert_eq!(whom("https://{}/x"), Some(("unresolved", None)));
        assert_eq!(whom("collector.example.org"), Some(("host", Some("collector.example.org".to_owned()))));
        assert_eq!(whom("/api/v1"), None);
        assert_eq!(whom("hello world"), None);
    }
}
