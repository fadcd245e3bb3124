//! Counterfactual runs: what was suspected of an artifact, built again with just that changed.
//!
//! A suspicion names a property of the world and the value it may have had where the vendor built. Suspicions
//! are tried one after the other on top of those that brought the output nearer to what was shipped; where an
//! output equals it, every property that is not needed is taken away again. What is left is a proof of cause:
//! with these values, and no others changed, the source builds to the shipped bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::Exact;
use super::Request;
use super::Run;
use super::Variation;
use super::conditions::COMPILER;
use super::execute_or_take_up;
use super::identity;
use crate::host::files;
use crate::model::RelPath;
use crate::model::Sha256;
use crate::model::Snapshot;
use crate::model::evidence::Counterfactual;
use crate::model::evidence::CounterfactualResult;
use crate::model::evidence::Suspicion;
use crate::model::run::Outcome;
use crate::model::snapshot::Entry;
use crate::model::snapshot::Kind;

/// What the trials showed.
#[derive(Clone, Debug, Default)]
pub struct Trials {
    /// Every run, in the order made.
    pub tried: Vec<Counterfactual>,
    /// The properties that together make the output equal the artifact; none of them can be left out.
    pub proved: Option<Vec<Suspicion>>,
    /// Suspicions that could not be tried, each with the reason, as sentences.
    pub not_tried: Vec<String>,
    /// Whether the budget ended the trials.
    pub cut_short: bool,
}

/// What a suspicion puts in the place of something the build was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StandIn {
    /// The input of this name under `/inputs`.
    Input(String, PathBuf),
    /// The file of the source at this path, or one the source does not have.
    Source(RelPath, PathBuf),
}

/// What is asked of the trials.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The output, as the recipe lists it.
    pub output: &'a str,
    /// What to try, in this order.
    pub suspicions: &'a [Suspicion],
    /// What those suspicions stand for that are of no condition, by property and value.
    pub stand_ins: &'a BTreeMap<(String, String), StandIn>,
    /// How far an output is from the artifact.
    pub distance: &'a Distance<'a>,
    /// Runs at most.
    pub budget: usize,
}

/// How far an output is from the shipped artifact: bytes that are not reproduced; 0 where the two are equal.
pub type Distance<'a> = dyn Fn(&Path) -> Option<u64> + 'a;

/// Suspicions about the compiler of the `nominal` run, where an artifact's newest time is `moment`.
pub fn of_compiler(request: &Request<'_>, nominal: &Run, moment: i64) -> Vec<Suspicion> {
    let world = super::plan(request, request.work, &Variation::Nominal).0.world;
    let used = &nominal.record.trace.environment_read;
    let Some(own) = identity::own(&world, used) else { return Vec::new() };
    let earlier = identity::earlier(&world, &own, moment).into_iter();
    let suspect = |(value, because)| Suspicion { property: COMPILER.to_owned(), value, because };
    earlier.map(suspect).collect()
}

/// Tries what the `question` suspects. Several suspicions of one property are tried in their order until one
/// brings the output nearer.
pub fn prove(
    request: &Request<'_>,
    nominal: &Run,
    question: &Question<'_>,
    progress: &(dyn Fn(&str) + Sync),
) -> Trials {
    let mut trials = Trials::default();
    let mut court = Court { request, nominal, question, progress, trials: &mut trials };
    let mut kept: Vec<Suspicion> = Vec::new();
    let start = court.of(nominal).unwrap_or(u64::MAX);
    let mut nearest = start;
    let mut settled = None;
    for suspicion in question.suspicions {
        if settled.as_ref() == Some(&suspicion.property) {
            continue;
        }
        let with: Vec<Suspicion> = kept.iter().chain([suspicion]).cloned().collect();
        let Some(found) = court.tries(&with, nearest) else { continue };
        if found < nearest {
            nearest = found;
            settled = Some(suspicion.property.clone());
            kept = with;
        }
        if found == 0 {
            break;
        }
    }
    if nearest == 0 && !kept.is_empty() {
        for suspicion in kept.clone() {
            let without: Vec<Suspicion> = kept.iter().filter(|one| **one != suspicion).cloned().collect();
            if !without.is_empty() && court.tries(&without, start) == Some(0) {
                kept = without;
            }
        }
        trials.proved = Some(kept);
    }
    trials
}

struct Court<'a, 'r> {
    request: &'a Request<'r>,
    nominal: &'a Run,
    question: &'a Question<'a>,
    progress: &'a (dyn Fn(&str) + Sync),
    trials: &'a mut Trials,
}

impl Court<'_, '_> {
    /// How far the output of `run` is; `None` where it has none.
    fn of(&self, run: &Run) -> Option<u64> {
        let built = run.outputs.iter().find(|built| built.output == self.question.output)?;
        (self.question.distance)(&built.path)
    }

    /// Builds with these properties and notes the result; gives how far the output is, or `None` where there is
    /// no output, or no run.
    fn tries(&mut self, suspicions: &[Suspicion], nearest: u64) -> Option<u64> {
        if let Some(before) = self.trials.tried.iter().find(|trial| trial.properties == suspicions) {
            return before.differing;
        }
        if self.trials.tried.len() >= self.question.budget {
            self.trials.cut_short = true;
            return None;
        }
        let exact = match self.exact(suspicions) {
            Ok(exact) => exact,
            Err(reason) => {
                self.trials.not_tried.push(reason);
                return None;
            }
        };
        let values: Vec<String> =
            suspicions.iter().map(|one| format!("{}={}", one.property, one.value)).collect();
        let name = format!("with-{}", Sha256::of(values.join("\n").as_bytes()).short());
        (self.progress)(&format!("trying {}", values.join(", ")));
        let altered = match Altered::new(self, suspicions, &name) {
            Ok(altered) => altered,
            Err(reason) => {
                self.trials.not_tried.push(reason);
                return None;
            }
        };
        let variation = Variation::Exactly(exact);
        let run = execute_or_take_up(&altered.request(self.request), &name, &variation, self.progress);
        let refused = run.record.conditions.iter().find_map(|condition| {
            let why = condition.not_applied.as_ref()?;
            Some(format!("{} was suspected and not tried: {why}", condition.name))
        });
        if let Some(reason) = refused {
            if !self.trials.not_tried.contains(&reason) {
                self.trials.not_tried.push(reason);
            }
            return None;
        }
        let found = (run.record.outcome == Outcome::Built).then(|| self.of(&run)).flatten();
        let result = match found {
            None => CounterfactualResult::NotBuilt,
            Some(0) => CounterfactualResult::Equal,
            Some(far) if far < nearest => CounterfactualResult::Nearer,
            Some(_) => CounterfactualResult::NoNearer,
        };
        self.trials.tried.push(Counterfactual { properties: suspicions.to_vec(), result, differing: found });
        found
    }

    fn exact(&self, suspicions: &[Suspicion]) -> Result<Exact, String> {
        let of_world = suspicions.iter().filter(|one| self.stand_in(one).is_none());
        let values: BTreeMap<String, String> =
            of_world.map(|one| (one.property.clone(), one.value.clone())).collect();
        let mut exact = Exact { values, ..Exact::default() };
        if let Some(name) = exact.values.get(COMPILER) {
            let world = super::plan(self.request, self.request.work, &Variation::Nominal).0.world;
            let used = &self.nominal.record.trace.environment_read;
            let own = identity::own(&world, used).ok_or("no compiler whose name is known was used")?;
            let folder = self.request.work.join(format!("compiler-{}", Sha256::of(name.as_bytes()).short()));
            exact.replaced = identity::disguise(&world, used, (&own, name), &folder)?;
        }
        Ok(exact)
    }
    fn stand_in(&self, suspicion: &Suspicion) -> Option<&StandIn> {
        self.question.stand_ins.get(&(suspicion.property.clone(), suspicion.value.clone()))
    }
}

/// What the build is given where something stands in for a part of it.
struct Altered {
    inputs: Vec<(String, PathBuf)>,
    /// The source with other files in it: its snapshot, and where those of it that are files lie.
    source: Option<(Snapshot, PathBuf)>,
}

impl Altered {
    fn new(court: &Court<'_, '_>, suspicions: &[Suspicion], name: &str) -> Result<Altered, String> {
        let request = court.request;
        let mut altered = Altered { inputs: request.inputs.clone(), source: None };
        for stand_in in suspicions.iter().filter_map(|one| court.stand_in(one)) {
            match stand_in {
                StandIn::Input(name, file) => {
                    let input = altered.inputs.iter_mut().find(|(known, _)| known == name);
                    input.ok_or_else(|| format!("there is no input {name} to be replaced"))?.1 = file.clone();
                }
                StandIn::Source(path, file) => {
                    if altered.source.is_none() {
                        let folder = request.work.join(format!("source-{name}"));
                        altered.source = Some((request.snapshot.clone(), copied(request, &folder)?));
                    }
                    if let Some((snapshot, folder)) = &mut altered.source {
                        put(snapshot, folder, path, file)?;
                    }
                }
            }
        }
        Ok(altered)
    }

    fn request<'s>(&'s self, request: &'s Request<'s>) -> Request<'s> {
        let (snapshot, tree) = match &self.source {
            Some((snapshot, tree)) => (snapshot, tree.as_path()),
            None => (request.snapshot, request.tree),
        };
        Request { inputs: self.inputs.clone(), snapshot, tree, ..*request }
    }
}

/// The files of the snapshot, in a folder of their own.
fn copied(request: &Request<'_>, folder: &Path) -> Result<PathBuf, String> {
    let failed = |error: std::io::Error| format!("copying the source to {}: {error}", folder.display());
    files::remove(folder).map_err(failed)?;
    for (path, ..) in request.snapshot.files() {
        let to = files::under(folder, path);
        fs::create_dir_all(to.parent().unwrap_or(folder)).map_err(failed)?;
        fs::copy(files::under(request.tree, path), to).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)?;
    Ok(folder.to_owned())
}

/// Puts a file into a source.
fn put(snapshot: &mut Snapshot, folder: &Path, path: &RelPath, file: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("putting {path} into the source: {error}");
    let (sha256, size) = files::measure(file).map_err(failed)?;
    let kind = Kind::File { size, sha256 };
    match snapshot.entries.iter_mut().find(|entry| entry.path == *path) {
        Some(entry) if matches!(entry.kind, Kind::File { .. }) => entry.kind = kind,
        Some(_) => return Err(format!("the source's {path} is no file, and nothing can stand in for it")),
        None => snapshot.entries.push(Entry { path: path.clone(), kind, mode: 0o644, mtime: None }),
    }
    *snapshot = Snapshot::new(std::mem::take(&mut snapshot.entries), std::mem::take(&mut snapshot.problems));
    let to = files::under(folder, path);
    fs::create_dir_all(to.parent().unwrap_or(folder)).map_err(failed)?;
    fs::copy(file, to).map_err(failed)?;
    Ok(())
}
