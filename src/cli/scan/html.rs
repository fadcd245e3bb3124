//! A scan as one HTML page that needs nothing else: no script, no link, every text escaped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::ScanEvidence;
use crate::model::category;
use crate::model::scan::Capability;
use crate::model::scan::Location;

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#1b1b1b}\
table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}td,th{text-align:left;vertical-align:top;padding:.25em .6em;\
border-bottom:1px solid #ddd}code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}.critical,.high{color:#a40000;font-weight:600}\
.medium{color:#8a5a00}details>summary{cursor:pointer}ol{margin:.2em 0}";

/// The page about the scan of `name`.
pub fn html(name: &str, evidence: &ScanEvidence) -> String {
    let mut out = String::new();
    let title = escape(name);
    let coverage = &evidence.coverage;
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>pellucid scan: {title}</title>\
         <style>{STYLE}</style></head><body><h1>What {title} can do</h1><p>{} files, {} bytes; {} parsed, {} bytes not \
         understood by a grammar, {} files in languages not read here, {} left unparsed because nothing catalogued \
         stands in them.</p>",
        coverage.files,
        coverage.bytes,
        coverage.parsed.files,
        coverage.error_bytes,
        coverage.unparsed_code.files,
        coverage.prefiltered.files
    );
    findings(&mut out, evidence);
    flows(&mut out, evidence);
    records(&mut out, "Can do", &evidence.capabilities);
    records(&mut out, "Reads", &evidence.sources);
    endpoints(&mut out, evidence);
    let _ = write!(out, "<h2>Not examined</h2>");
    if evidence.not_examined.is_empty() {
        out.push_str("<p>Nothing was left out.</p>");
    } else {
        out.push_str("<table>");
        for missed in &evidence.not_examined {
            let _ = write!(
                out,
                "<tr><td><code>{}</code><td>{}</tr>",
                escape(&missed.path),
                escape(&missed.reason)
            );
        }
        out.push_str("</table>");
    }
    out.push_str("</body></html>\n");
    out
}

fn findings(out: &mut String, evidence: &ScanEvidence) {
    let mut ranked: Vec<_> = evidence.findings.iter().collect();
    ranked
        .sort_by_key(|finding| (std::cmp::Reverse(finding.severity), std::cmp::Reverse(finding.confidence)));
    let _ = write!(out, "<h2>Findings ({})</h2>", ranked.len());
    if ranked.is_empty() {
        out.push_str("<p>None.</p>");
        return;
    }
    out.push_str("<table><tr><th>severity<th>where<th>what</tr>");
    for finding in ranked {
        let severity = super::severity(finding.severity);
        let _ = write!(
            out,
            "<tr><td class=\"{severity}\">{severity}<td><code>{}</code><td>{}<br><em>{}</em>",
            place(&finding.location),
            escape(&finding.message),
            escape(&finding.question)
        );
        for line in &finding.evidence {
            let _ = write!(out, "<br><code>{}</code>", escape(line));
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>");
}

fn flows(out: &mut String, evidence: &ScanEvidence) {
    let _ = write!(out, "<h2>Flows ({})</h2>", evidence.flows.len());
    for flow in &evidence.flows {
        let _ = write!(
            out,
            "<details><summary>{} <code>{}</code> {} → {}</summary><ol>",
            escape(&flow.category),
            place(&flow.location),
            escape(&flow.source),
            escape(&flow.sink)
        );
        for step in &flow.steps {
            let _ = write!(out, "<li><code>{}</code> {}", place(&step.location), escape(&step.what));
        }
        out.push_str("</ol></details>");
    }
}

fn records(out: &mut String, title: &str, all: &[Capability]) {
    let _ = write!(out, "<h2>{title} ({})</h2>", all.len());
    let mut groups: BTreeMap<&str, Vec<&Capability>> = BTreeMap::new();
    for record in all {
        groups.entry(&record.category).or_default().push(record);
    }
    for (id, records) in groups {
        let meaning = category::get(id).map_or("", |category| category.meaning.as_str());
        let _ = write!(
            out,
            "<details><summary>{} ({}): {}</summary><table>",
            escape(id),
            records.len(),
            escape(meaning)
        );
        for record in records {
            let _ = write!(
                out,
                "<tr><td><code>{}</code><td><code>{}</code><td><code>{}</code></tr>",
                place(&record.location),
                escape(&record.api),
                escape(&record.excerpt)
            );
        }
        out.push_str("</table></details>");
    }
}

fn endpoints(out: &mut String, evidence: &ScanEvidence) {
    let _ = write!(out, "<h2>Talks to ({})</h2><table>", evidence.endpoints.len());
    for endpoint in &evidence.endpoints {
        let _ = write!(
            out,
            "<tr><td>{}<td><code>{}</code><td>{}<td><code>{}</code><td>{}</tr>",
            escape(&endpoint.kind),
            escape(&endpoint.value),
            escape(endpoint.host.as_deref().unwrap_or("")),
            place(&endpoint.location),
            if endpoint.live { "" } else { "only mentioned" }
        );
    }
    out.push_str("</table>");
}

fn place(location: &Location) -> String {
    let path = escape(&location.path);
    if location.start_line == 0 { path } else { format!("{path}:{}", location.start_line) }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What turns the reading direction or hides is shown, not done.
            c if c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}') =>
            {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}
