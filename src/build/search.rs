//! Why two runs differ: which conditions, alone or together, change which outputs.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::BuiltOutput;
use super::Request;
use super::Run;
use super::Variation;
use super::causes;
use super::execute_or_take_up;
use crate::host::files;
use crate::model::Sha256;
use crate::model::run::Outcome;

/// Why two runs differ, as far as conditions are the reason.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    /// Outputs, as the recipe lists them, that differ between two runs under the same conditions: no condition
    /// is their cause, and none was searched for.
    pub unstable: Vec<String>,
    /// The smallest sets of conditions that change an output, sorted by their names.
    pub causes: Vec<Cause>,
    /// Runs that were asked for, taken up or made.
    pub runs: usize,
    /// Whether the search ended at its budget: there may be causes that are not listed.
    pub cut_short: bool,
}

/// One smallest set of conditions that changes an output.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Names of conditions. All of them have to be varied; fewer change nothing.
    pub conditions: Vec<String>,
    /// The outputs they change, as the recipe lists them; empty where with them the build does not succeed.
    pub outputs: Vec<String>,
    /// The run with these conditions varied and no others: against the nominal run it shows what they change.
    pub run: Run,
}

/// Finds the smallest sets of conditions that make the outputs differ from `nominal`'s, with at most `budget`
/// further runs; `varied` is the run that differed.
pub fn find_causes(
    request: &Request<'_>,
    nominal: &Run,
    varied: &Run,
    budget: usize,
    progress: &(dyn Fn(&str) + Sync),
) -> Causes {
    let control = execute_or_take_up(request, "control", &Variation::Nominal, progress);
    let unstable = changed_outputs(nominal, &control, &[]);
    let applied = varied.record.conditions.iter().filter(|condition| condition.varied);
    let all: BTreeSet<String> = applied.map(|condition| condition.name.clone()).collect();
    let mut runs = BTreeMap::from([(all.clone(), varied.clone())]);
    let mut differs = |names: &BTreeSet<String>| {
        let run = runs.entry(names.clone()).or_insert_with(|| {
            execute_or_take_up(request, &only(names), &Variation::Only(names.clone()), progress)
        });
        run.record.outcome != Outcome::Built || !changed_outputs(nominal, run, &unstable).is_empty()
    };
    let found = causes::minimal_sets(&all, budget, &mut differs);
    let made = found.sets.into_iter().filter_map(|names| {
        let run = runs.get(&names)?.clone();
        let outputs = changed_outputs(nominal, &run, &unstable);
        Some(Cause { conditions: names.into_iter().collect(), outputs, run })
    });
    Causes { causes: made.collect(), unstable, runs: found.asked + 1, cut_short: found.cut_short }
}

/// The outputs, as the recipe lists them, whose bytes are not the same in both runs, but for `apart`.
fn changed_outputs(one: &Run, other: &Run, apart: &[String]) -> Vec<String> {
    let digest = |output: &BuiltOutput| files::open(&output.path).ok().map(|bytes| Sha256::of(&bytes));
    let pairs = one.outputs.iter().zip(&other.outputs);
    let changed = pairs.filter(|(a, b)| !apart.contains(&a.output) && digest(a) != digest(b));
    changed.map(|(output, _)| output.output.clone()).collect()
}

/// The name of a run with only these conditions varied; short enough for a folder.
fn only(names: &BTreeSet<String>) -> String {
    let joined = names.iter().cloned().collect::<Vec<_>>().join("+");
    if joined.len() <= 60 {
        format!("only-{joined}")
    } else {
        format!("only-{}", Sha256::of(joined.as_bytes()).short())
    }
}
