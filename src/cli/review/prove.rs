//! Why a shipped artifact differs, proved where it can be: counterfactual runs with what it suggests.

use std::path::Path;

use super::Line;
use super::bring::Brought;
use super::bring::Input;
use super::pairs::open;
use crate::build;
use crate::build::Run;
use crate::compare;
use crate::model::Difference;
use crate::model::Label;
use crate::model::Limits;
use crate::model::evidence::CauseProof;
use crate::source::Acquired;

impl Line<'_> {
    /// One entry for each artifact that is not what the nominal run gave, and of which something is suspected.
    pub fn prove(
        &self,
        acquired: &Acquired,
        inputs: &[Input],
        runs: &[Run],
        shipped: &[Brought],
    ) -> Vec<CauseProof> {
        let (Some(recipe), Some(nominal)) = (&self.review.build, runs.first()) else { return Vec::new() };
        let budget = usize::try_from(recipe.proof_runs).unwrap_or(usize::MAX);
        let request = self.request(recipe, acquired, inputs);
        let differing = shipped.iter().filter(|one| budget > 0 && !one.is_equal());
        let proofs = differing.filter_map(|one| {
            let output = one.output.as_ref()?;
            let newest = compare::newest_time(&one.file_name, &one.bytes, Limits::default());
            let mut suspicions = compare::suspects(one.comparison.as_ref(), newest);
            suspicions.extend(newest.iter().flat_map(|time| build::of_compiler(&request, nominal, *time)));
            if suspicions.is_empty() {
                return None;
            }
            let stage = self.progress.stage("proof", None);
            let distance = |path: &Path| distance(one, path);
            let trials = build::prove(&request, nominal, output, &suspicions, (&distance, budget), &|line| {
                stage.at(line);
            });
            let found = if trials.proved.is_some() { "proved" } else { "not proved" };
            stage.finish(&format!("{}: {found} in {} runs", one.name, trials.tried.len()));
            Some(CauseProof {
                artifact: one.name.clone(),
                tried: trials.tried,
                proved: trials.proved,
                not_tried: trials.not_tried,
                cut_short: trials.cut_short,
            })
        });
        proofs.collect()
    }
}

/// Bytes in which an output differs from the artifact in its own right; 0 where every byte is equal, and nowhere
/// else. An encoding around what differs, and a digest of it, follow from it: they would drown one changed byte.
fn distance(shipped: &Brought, built: &Path) -> Option<u64> {
    let rebuilt = open(built).ok()?;
    if *rebuilt == *shipped.bytes {
        return Some(0);
    }
    let found = compare::compare(&shipped.file_name, &shipped.bytes, &rebuilt, &compare::Context::default());
    let own = |difference: &&Difference| difference.role != "member" && difference.label != Label::Derived;
    let bytes: u64 = found.differences.iter().filter(own).map(|one| one.differing.max(1)).sum();
    Some(bytes.saturating_add(found.differences_cut).max(1))
}
