//! Why a shipped artifact differs, proved where it can be: counterfactual runs with what it suggests.

use std::collections::BTreeMap;
use std::path::Path;

use super::Line;
use super::bring::Brought;
use super::bring::Input;
use super::pairs::open;
use crate::build;
use crate::build::Run;
use crate::build::StandIn;
use crate::compare;
use crate::host;
use crate::model::Difference;
use crate::model::Label;
use crate::model::Limits;
use crate::model::RelPath;
use crate::model::Sha256;
use crate::model::evidence::CauseProof;
use crate::model::evidence::Suspicion;
use crate::model::names;
use crate::model::review;
use crate::model::review::Recipe;
use crate::source;
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
            let hints = compare::hints(&one.file_name, &one.bytes, Limits::default());
            let given = self.other_things((recipe, acquired, inputs), &hints);
            let mut not_tried = given.not_brought;
            let mut suspicions: Vec<Suspicion> = given.suspicions;
            suspicions.extend(compare::suspects(one.comparison.as_ref(), hints.newest));
            suspicions.extend(path_by_hole(one, nominal, output));
            suspicions
                .extend(hints.newest.iter().flat_map(|time| build::of_compiler(&request, nominal, *time)));
            if suspicions.is_empty() && not_tried.is_empty() {
                return None;
            }
            let stage = self.progress.stage("proof", None);
            let distance = |path: &Path| distance(one, path);
            let question = build::Question {
                output,
                suspicions: &suspicions,
                stand_ins: &given.stand_ins,
                distance: &distance,
                budget,
            };
            let trials = build::prove(&request, nominal, &question, &|line| stage.at(line));
            not_tried.extend(trials.not_tried);
            let found = if trials.proved.is_some() { "proved" } else { "not proved" };
            stage.finish(&format!("{}: {found} in {} runs", one.name, trials.tried.len()));
            Some(CauseProof {
                artifact: one.name.clone(),
                tried: trials.tried,
                proved: trials.proved,
                not_tried,
                cut_short: trials.cut_short,
            })
        });
        proofs.collect()
    }
}

/// What the vendor may have had in the place of something the build was given here.
#[derive(Default)]
struct Given {
    suspicions: Vec<Suspicion>,
    stand_ins: BTreeMap<(String, String), StandIn>,
    /// What could not be had, as sentences.
    not_brought: Vec<String>,
}

impl Given {
    fn suspect(&mut self, property: String, digest: &str, (what, because): (&str, &str), stand_in: StandIn) {
        let value = format!("{what}sha256:{digest}");
        self.stand_ins.insert((property.clone(), value.clone()), stand_in);
        self.suspicions.push(Suspicion { property, value, because: because.to_owned() });
    }
}

impl Line<'_> {
    /// What the artifact itself says of the backend and the lock files it was made with.
    fn other_things(
        &self,
        (recipe, acquired, inputs): (&Recipe, &Acquired, &[Input]),
        hints: &compare::Hints,
    ) -> Given {
        let mut given = Given::default();
        for input in &recipe.inputs {
            let (review::Input::Pypi { package, version, .. }, Some((project, other))) =
                (input, &hints.backend)
            else {
                continue;
            };
            if names::python_project(package) != names::python_project(project) || version == other {
                continue;
            }
            let start = format!("{}-{version}-", package.replace('-', "_")).to_lowercase();
            let offered = inputs.iter().filter_map(Input::offered).map(|(name, _)| name);
            let Some(name) = offered.into_iter().find(|name| name.to_lowercase().starts_with(&start)) else {
                continue;
            };
            match source::any_wheel(package, other, &self.folders.cache) {
                Ok((file, fetched)) => given.suspect(
                    format!("input {package}"),
                    &fetched.digest,
                    (&format!("{other} "), "the wheel names it as what made it"),
                    StandIn::Input(name, file),
                ),
                // The client's own words name folders of this machine, which evidence does not.
                Err(_) => given.not_brought.push(format!(
                    "the wheel names {package} {other} as what made it, and not {version}; it was not tried, for \
                     `pip download` could not bring it"
                )),
            }
        }
        for (path, bytes) in &hints.locks {
            let (inside, digest) = (RelPath::from(path.as_str()), Sha256::of(bytes));
            let own = acquired.snapshot.files().find(|(known, ..)| **known == inside);
            if own.is_some_and(|(.., own)| *own == digest) {
                continue;
            }
            let file = self.folders.runs.join(format!("shipped-{}", digest.short()));
            if let Err(error) = host::files::write_atomically(&file, bytes) {
                given.not_brought.push(format!("the shipped {path} was not tried: {error}"));
                continue;
            }
            let because = match own {
                Some(_) => "the artifact has another than the source",
                None => "the artifact has one and the source has none",
            };
            let stand_in = StandIn::Source(inside, file);
            given.suspect(format!("source file {path}"), &digest.hex(), ("", because), stand_in);
        }
        given
    }
}

/// A build path of another length, where a hole in the artifact's strings asks for one.
fn path_by_hole(one: &Brought, nominal: &Run, output: &str) -> Option<Suspicion> {
    let built = nominal.outputs.iter().find(|built| built.output == output)?;
    let own = nominal.record.conditions.iter().find(|condition| condition.name == compare::BUILD_PATH)?;
    compare::path_by_hole(&one.file_name, &one.bytes, &open(&built.path).ok()?, &own.value)
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
