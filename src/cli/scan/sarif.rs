//! A scan as SARIF 2.1.0: findings as results, flows as code flows, what was not examined as notifications.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::json;

use crate::model::ScanEvidence;
use crate::model::category;
use crate::model::scan::Finding;
use crate::model::scan::Flow;
use crate::model::scan::Location;
use crate::model::scan::Severity;

/// The log of one scan.
pub fn sarif(evidence: &ScanEvidence) -> Value {
    let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
    for finding in &evidence.findings {
        rules.entry(&finding.rule).or_insert(finding);
    }
    let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(at, rule)| (*rule, at)).collect();
    let mut flows: BTreeMap<(&str, u32, &str), Vec<&Flow>> = BTreeMap::new();
    for flow in &evidence.flows {
        let key = (flow.location.path.as_str(), flow.location.start_line, flow.category.as_str());
        flows.entry(key).or_default().push(flow);
    }
    let rules: Vec<Value> = rules.values().map(|finding| rule(finding)).collect();
    let results: Vec<Value> = evidence
        .findings
        .iter()
        .map(|finding| {
            let key =
                (finding.location.path.as_str(), finding.location.start_line, finding.category.as_str());
            let ways: Vec<Value> =
                flows.get(&key).into_iter().flatten().map(|flow| code_flow(flow)).collect();
            let mut result = json!({
                "ruleId": finding.rule,
                "ruleIndex": index.get(finding.rule.as_str()),
                "level": level(finding.severity),
                "message": { "text": format!("{} {}", finding.message, finding.question) },
                "locations": [{ "physicalLocation": physical(&finding.location) }],
                "partialFingerprints": { "pellucid/v1": finding.fingerprint },
                "properties": {
                    "category": finding.category,
                    "severity": finding.severity,
                    "confidence": finding.confidence,
                },
            });
            if !ways.is_empty()
                && let Some(result) = result.as_object_mut()
            {
                result.insert("codeFlows".to_owned(), Value::Array(ways));
            }
            result
        })
        .collect();
    let missed: Vec<Value> = evidence
        .not_examined
        .iter()
        .map(|missed| {
            json!({
                "level": "warning",
                "message": { "text": format!("not examined: {}", missed.reason) },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&missed.path) } } }],
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "pellucid",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "utf16CodeUnits",
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": missed }],
            "results": results,
        }],
    })
}

fn rule(finding: &Finding) -> Value {
    let known = category::get(&finding.category);
    let meaning = known.map_or(finding.category.as_str(), |category| category.meaning.as_str());
    json!({
        "id": finding.rule,
        "shortDescription": { "text": meaning },
        "help": { "text": finding.question },
        "defaultConfiguration": { "level": level(finding.severity) },
        "properties": { "category": finding.category, "attack": known.map(|category| category.attack.clone()) },
    })
}

fn code_flow(flow: &Flow) -> Value {
    let locations: Vec<Value> = flow
        .steps
        .iter()
        .map(|step| {
            json!({ "location": {
                "physicalLocation": physical(&step.location),
                "message": { "text": step.what },
            } })
        })
        .collect();
    json!({ "threadFlows": [{ "locations": locations }] })
}

fn physical(location: &Location) -> Value {
    if location.start_line == 0 {
        return json!({ "artifactLocation": { "uri": uri(&location.path) } });
    }
    json!({
        "artifactLocation": { "uri": uri(&location.path) },
        "region": { "startLine": location.start_line, "endLine": location.end_line.max(location.start_line) },
    })
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=@".contains(&byte);
        if plain { out.push(char::from(byte)) } else { out.push_str(&format!("%{byte:02X}")) }
    }
    out
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info | Severity::Low => "note",
        Severity::Medium => "warning",
        Severity::High | Severity::Critical => "error",
    }
}
