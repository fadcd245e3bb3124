//! Counterfactual runs: what was suspected of an artifact, built again with just that changed.
//!
//! A suspicion names a property of the world and the value it may have had where the vendor built. Suspicions
//! are tried one after the other on top of those that brought the output nearer to what was shipped; where an
//! output equals it, every property that is not needed is taken away again. What is left is a proof of cause:
//! with these values, and no others changed, the source builds to the shipped bytes.

use std::collections::BTreeMap;
use std::path::Path;

use super::Exact;
use super::Request;
use super::Run;
use super::Variation;
use super::conditions::COMPILER;
use super::execute_or_take_up;
use super::identity;
use crate::model::Sha256;
use crate::model::evidence::Counterfactual;
use crate::model::evidence::CounterfactualResult;
use crate::model::evidence::Suspicion;
use crate::model::run::Outcome;

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

/// Tries the `suspicions` on `output`, as the recipe lists it, with at most `budget` runs. Several suspicions of
/// one property are tried in their order until one brings the output nearer.
pub fn prove(
    request: &Request<'_>,
    nominal: &Run,
    output: &str,
    suspicions: &[Suspicion],
    (distance, budget): (&Distance<'_>, usize),
    progress: &(dyn Fn(&str) + Sync),
) -> Trials {
    let mut trials = Trials::default();
    let mut court = Court { request, nominal, output, distance, budget, progress, trials: &mut trials };
    let mut kept: Vec<Suspicion> = Vec::new();
    let mut nearest = court.of(nominal).unwrap_or(u64::MAX);
    let mut settled = None;
    for suspicion in suspicions {
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
            if !without.is_empty() && court.tries(&without, u64::MAX) == Some(0) {
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
    output: &'a str,
    distance: &'a Distance<'a>,
    budget: usize,
    progress: &'a (dyn Fn(&str) + Sync),
    trials: &'a mut Trials,
}

impl Court<'_, '_> {
    /// How far the output of `run` is; `None` where it has none.
    fn of(&self, run: &Run) -> Option<u64> {
        let built = run.outputs.iter().find(|built| built.output == self.output)?;
        (self.distance)(&built.path)
    }

    /// Builds with these properties and notes the result; gives how far the output is, or `None` where there is
    /// no output, or no run.
    fn tries(&mut self, suspicions: &[Suspicion], nearest: u64) -> Option<u64> {
        if self.trials.tried.len() >= self.budget {
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
        let run = execute_or_take_up(self.request, &name, &Variation::Exactly(exact), self.progress);
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
        let values: BTreeMap<String, String> =
            suspicions.iter().map(|one| (one.property.clone(), one.value.clone())).collect();
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
}
