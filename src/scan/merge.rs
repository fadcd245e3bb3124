//! What all files showed, put together: sorted, without repetitions, counted.

use std::collections::BTreeMap;

use super::code::Catalogues;
use super::code::CodeEvidence;
use super::code::FileUnit;
use super::code::Telling;
use super::code::link_waking;
use super::file::Scanned;
use super::indicators;
use crate::model::NotExamined;
use crate::model::ScanEvidence;
use crate::model::scan::Capability;
use crate::model::scan::Coverage;
use crate::model::scan::Endpoint;
use crate::model::scan::Finding;

/// What was gathered so far, in input order.
#[derive(Default)]
pub struct Gathered {
    capabilities: Vec<Capability>,
    sources: Vec<Capability>,
    endpoints: Vec<Endpoint>,
    findings: Vec<Finding>,
    /// What was not examined.
    pub not_examined: Vec<NotExamined>,
    coverage: Coverage,
    units: Vec<(usize, FileUnit)>,
    /// Files that may be woken: of code, and asleep at least in part.
    pub asleep: Vec<usize>,
    prefiltered: Vec<(usize, u64)>,
    /// Files of which functions sleep.
    thinned: u64,
    shown: CodeEvidence,
}

impl Gathered {
    /// Adds one level of the file `number`; `counted` says whether it is one of the files the coverage is about.
    pub fn add(&mut self, number: usize, scanned: Scanned, counted: bool) {
        let thinned = scanned.units.iter().any(FileUnit::sleeps);
        self.thinned += u64::from(thinned);
        if counted && (scanned.prefiltered || thinned) {
            self.asleep.push(number);
        }
        if counted {
            let coverage = &mut self.coverage;
            coverage.files += 1;
            coverage.bytes += scanned.size;
            coverage.classes.entry(scanned.class.name().to_owned()).or_default().add(scanned.size);
            coverage.languages.entry(scanned.language.to_owned()).or_default().add(scanned.size);
            if scanned.code && !scanned.grammar && scanned.size > 0 {
                coverage.unparsed_code.add(scanned.size);
            }
        }
        if scanned.prefiltered {
            self.prefiltered.push((number, scanned.size));
        }
        self.capabilities.extend(scanned.capabilities);
        self.sources.extend(scanned.sources);
        self.endpoints.extend(scanned.endpoints);
        self.findings.extend(scanned.findings);
        self.not_examined.extend(scanned.not_examined);
        self.units.extend(scanned.units.into_iter().map(|unit| (number, unit)));
        if let Some(shown) = scanned.shown {
            self.shown.extend(shown);
        }
    }

    /// Joins the code of all files and puts everything in order. `wake` is as in [`link_waking`].
    pub fn finish(
        mut self,
        catalogues: &Catalogues,
        flows: bool,
        wake: &dyn Fn(&mut Telling) -> Vec<(usize, FileUnit)>,
    ) -> ScanEvidence {
        let code = if flows { link_waking(self.units, catalogues, wake) } else { self.shown };
        self.coverage.parsed = code.parsed;
        self.coverage.error_bytes = code.error_bytes;
        for (number, size) in &self.prefiltered {
            if !code.woken.contains(number) {
                self.coverage.prefiltered.add(*size);
            }
        }
        let left = self.coverage.prefiltered;
        if left.files > 0 || self.thinned > 0 {
            let why =
                if flows { "the tree is larger than what is kept whole" } else { "no flows were asked for" };
            let reason = format!(
                "{why}: {} files of code ({} bytes) hold no name of anything that is recorded and were read as text alone, \
                 and of {} others the functions without one were not kept; data that only such a function hands on is \
                 followed as through any unknown call",
                left.files, left.bytes, self.thinned
            );
            self.not_examined.push(NotExamined::new("scan", ".", reason));
        }
        if !flows {
            let reason = "only capabilities were asked for: no flow was looked for, and a name that another file \
                          gives something is only that name";
            self.not_examined.push(NotExamined::new("scan", ".", reason));
        }
        let mut evidence = ScanEvidence {
            capabilities: join(self.capabilities, code.capabilities),
            sources: join(self.sources, code.sources),
            flows: code.flows,
            endpoints: endpoints(self.endpoints, code.endpoints),
            findings: self.findings,
            not_examined: self.not_examined,
            coverage: self.coverage,
        };
        evidence.findings.extend(code.findings);
        evidence.not_examined.extend(code.not_examined);
        evidence.flows.sort();
        evidence.flows.dedup();
        evidence.findings.sort();
        evidence.findings.dedup();
        evidence.not_examined.sort();
        evidence.not_examined.dedup();
        evidence
    }
}

/// Records of both scans; of two for one place and category and API the surer one stays.
fn join(texts: Vec<Capability>, code: Vec<Capability>) -> Vec<Capability> {
    let mut all: BTreeMap<(String, u32, u32, String, String), Capability> = BTreeMap::new();
    for record in code.into_iter().chain(texts) {
        let place = &record.location;
        let key = (
            place.path.clone(),
            place.start_line,
            place.start_column,
            record.category.clone(),
            record.api.clone(),
        );
        match all.get(&key) {
            Some(known) if known.confidence >= record.confidence => {}
            _ => drop(all.insert(key, record)),
        }
    }
    all.into_values().collect()
}

/// Endpoints of both scans: the code scan knows which call uses an address, the text scan knows every
/// literal; of two for one line and value the surer one stays, with what either knew.
fn endpoints(texts: Vec<Endpoint>, code: Vec<Endpoint>) -> Vec<Endpoint> {
    let mut all: BTreeMap<(String, u32, String), Endpoint> = BTreeMap::new();
    for endpoint in texts.into_iter().chain(code) {
        let key = (endpoint.location.path.clone(), endpoint.location.start_line, endpoint.value.clone());
        match all.get_mut(&key) {
            Some(known) => {
                let category = known.category.clone().or_else(|| endpoint.category.clone());
                let live = known.live || endpoint.live;
                let host = known.host.clone().or_else(|| endpoint.host.clone());
                if endpoint.confidence > known.confidence {
                    *known = endpoint;
                }
                (known.category, known.live, known.host) = (category, live, host);
            }
            None => drop(all.insert(key, endpoint)),
        }
    }
    let mut sorted: Vec<Endpoint> = all.into_values().collect();
    for endpoint in sorted.iter_mut().filter(|endpoint| endpoint.category.is_none()) {
        // What the code scan folded from parts is known by the same list as what stands there whole.
        let path = endpoint
            .host
            .as_deref()
            .and_then(|host| endpoint.value.split_once(host))
            .map_or("", |(_, path)| path);
        let known = endpoint.host.as_deref().and_then(|host| indicators::host(host, path));
        endpoint.category = known.map(|known| known.category.clone());
    }
    sorted.sort();
    sorted
}
