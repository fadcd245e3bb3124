//! Recipe × snapshot × conditions → run: a hostile build held in a sandbox, and varied on purpose.
//!
//! [`rebuild`] makes the two runs of a review, [`execute`] one run. This module decides: which conditions,
//! which limits, what the record says. How a world is raised and a process held is `host::sandbox`'s. Nothing
//! is ever built outside the sandbox: where the kernel refuses it, the run is [`Outcome::Refused`].

mod causes;
mod conditions;
mod environment;
mod finished;
mod graph;
mod identity;
mod lineage;
mod proof;
mod record;
mod resolved;
mod search;
mod used;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::host::files;
use crate::host::sandbox;
use crate::host::sandbox::End;
use crate::host::sandbox::Ended;
use crate::host::sandbox::Plan;
use crate::host::sandbox::Tree;
use crate::host::sandbox::World;
use crate::model::RelPath;
use crate::model::Snapshot;
use crate::model::environment::Resolved;
use crate::model::evidence::RunMeasure;
use crate::model::path::escape;
use crate::model::review::Recipe;
use crate::model::run::Condition;
use crate::model::run::Outcome;
use crate::model::run::RunRecord;
use crate::model::run::Trace;

use conditions::Wanted;
use record::Observed;

pub use proof::Question;
pub use proof::StandIn;
pub use proof::Trials;
pub use proof::of_compiler;
pub use proof::prove;
pub use search::Cause;
pub use search::Causes;
pub use search::find_causes;

/// What is to be built, and where it may be built.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Commands, environment, outputs and limits.
    pub recipe: &'a Recipe,
    /// The source.
    pub snapshot: &'a Snapshot,
    /// The snapshot's files on disk. Only contents are taken from here, and held against the digests.
    pub tree: &'a Path,
    /// What the build needs from outside, offered as `/inputs/<name>`: name, file or folder on disk.
    pub inputs: Vec<(String, PathBuf)>,
    /// The manifest's folder: relative paths of the environment start there.
    pub base: &'a Path,
    /// The root file system that was made for the recipe's environment, where it names packages.
    pub made: Option<&'a Path>,
    /// A private folder for the runs; each makes `<work>/<run name>/` with `build.log` and `outputs/`.
    pub work: &'a Path,
    /// The pellucid executable, re-executed as the sandbox's launcher.
    pub launcher: &'a Path,
}

/// One finished run.
#[derive(Clone, Debug)]
pub struct Run {
    /// The record. Nothing in it depends on the clock, process ids or the work folder.
    pub record: RunRecord,
    /// What it took.
    pub measure: RunMeasure,
    /// The outputs, in the recipe's order; empty unless built.
    pub outputs: Vec<BuiltOutput>,
    /// The log on disk.
    pub log: PathBuf,
    /// The graph of processes and files on disk: a [`crate::model::RunTrace`] as JSON.
    pub trace: PathBuf,
}

/// One output of a run, copied out of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltOutput {
    /// As the recipe lists it.
    pub output: String,
    /// The copy: a regular file of our own, mode 0644.
    pub path: PathBuf,
}

/// Which of the conditions a run varies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variation {
    /// None.
    Nominal,
    /// All the machine allows.
    All,
    /// These, by their names in [`conditions::PROPERTIES`].
    Only(BTreeSet<String>),
    /// These properties, each with this very value.
    Exactly(Exact),
}

/// A world that differs from the nominal one in named values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exact {
    /// Property, by its name in [`conditions::PROPERTIES`], and value.
    pub values: BTreeMap<String, String>,
    /// Files that stand in for others: path in the environment, file on this machine.
    pub replaced: BTreeMap<String, PathBuf>,
}

/// The two runs of a review, `nominal` and `varied`, in this order; side by side where the machine has two
/// processors and the memory both may use. Where the nominal run was not built the varied one is not given. A
/// run that was finished in the same work folder before is taken up, where nothing it depends on has changed.
pub fn rebuild(request: &Request<'_>, progress: &(dyn Fn(&str) + Sync)) -> Vec<Run> {
    let nominal = || execute_or_take_up(request, "nominal", &Variation::Nominal, progress);
    let varied = || execute_or_take_up(request, "varied", &Variation::All, progress);
    let both = request.recipe.limits.memory_mib.saturating_mul(2);
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    if cpus < 2 || files::available_memory_mib() < both {
        let nominal = nominal();
        return if nominal.record.outcome == Outcome::Built {
            vec![nominal, or_gently(request, varied(), progress)]
        } else {
            vec![nominal]
        };
    }
    // What the environment is made of is made once, and before two runs ask for it.
    let ready = environment::make_ready(request);
    let (nominal, varied) = std::thread::scope(|scope| {
        let other = scope.spawn(|| ready.is_ok().then(varied));
        (nominal(), other.join().ok().flatten())
    });
    let varied = varied.filter(|_| nominal.record.outcome == Outcome::Built);
    std::iter::once(nominal).chain(varied.map(|run| or_gently(request, run, progress))).collect()
}

/// One varied run under the name `rehearsal`: as [`rebuild`] makes its second.
pub fn rehearse(request: &Request<'_>) -> Run {
    or_gently(request, execute(request, "rehearsal", &Variation::All, &|_| {}), &|_| {})
}

/// The run with everything varied, `all`. Where it was not built, the one without the conditions that ask most of
/// a build, if that one is: its record says of each of them that it was not applied, and how the other run ended.
fn or_gently(request: &Request<'_>, all: Run, progress: &(dyn Fn(&str) + Sync)) -> Run {
    if matches!(all.record.outcome, Outcome::Built | Outcome::Refused { .. }) {
        return all;
    }
    let gently = conditions::all().filter(|name| !conditions::HARSH.contains(name)).map(str::to_owned);
    let mut fewer =
        execute_or_take_up(request, "varied-gently", &Variation::Only(gently.collect()), progress);
    if fewer.record.outcome != Outcome::Built {
        return all;
    }
    let ended = match &all.record.outcome {
        Outcome::Failed { command, code, .. } => format!("`{command}` ended with code {code}"),
        Outcome::LimitReached { limit, .. } => format!("it reached its limit of {limit}"),
        _ => "its outputs were not as declared".to_owned(),
    };
    for condition in fewer.record.conditions.iter_mut().filter(|one| conditions::HARSH.contains(&&*one.name))
    {
        condition.not_applied.get_or_insert_with(|| {
            format!("with this and everything else varied the build does not succeed: {ended}")
        });
    }
    fewer
}

/// As [`execute`], or the run of that name that was finished in the work folder before.
fn execute_or_take_up(
    request: &Request<'_>,
    name: &str,
    variation: &Variation,
    progress: &(dyn Fn(&str) + Sync),
) -> Run {
    let folder = request.work.join(name);
    // Conditions depend on what the environment has; where it cannot be made, the run says so.
    let _ = environment::make_ready(request);
    let (plan, conditions) = plan(request, &folder, variation);
    let key = finished::key(request, name, &conditions);
    if let Some(run) = key.and_then(|key| finished::take_up(request, &folder, key, &plan.world)) {
        progress(&format!("{name}: finished before, nothing it used has changed"));
        return run;
    }
    let run = execute(request, name, variation, progress);
    if let Some(key) = key {
        finished::keep(&folder, key, &run);
    }
    run
}

/// One run, under the name `name`, with the conditions that `variation` asks for.
///
/// It cannot fail: whatever goes wrong is the record's [`Outcome`].
pub fn execute(
    request: &Request<'_>,
    name: &str,
    variation: &Variation,
    progress: &(dyn Fn(&str) + Sync),
) -> Run {
    let folder = request.work.join(name);
    let log = folder.join("build.log");
    let ready = environment::make_ready(request);
    let (mut plan, conditions) = plan(request, &folder, variation);
    let ended = match ready.and_then(|()| prepare(request, &plan, &folder)) {
        Ok((tree, inputs)) => {
            plan.tree.root = tree;
            plan.inputs = inputs;
            plan.world.root = plan.world.root.canonicalize().unwrap_or(plan.world.root);
            plan.output_folder =
                folder.join("outputs").canonicalize().unwrap_or_else(|_| folder.join("outputs"));
            let heard = |command: &str| progress(&format!("{name}: {}", escape(command.as_bytes())));
            sandbox::run(request.launcher, &plan, &log, &heard)
        }
        Err(message) => refused(message),
    };
    let mut trace = used::trace(&ended.seen, request.snapshot, &plan.world);
    let places = output_places(request, &plan.world.build_path, &ended);
    let steps = lineage::Graph::new(&ended.seen, &plan.world.build_path);
    trace.opaque = steps.stories(&opaque_inputs(request, &trace), &places);
    trace.generated = steps.generated(&request.snapshot.files().map(|(path, ..)| path).collect());
    let graph = graph::graph(&ended.seen, request, &plan.world, &places);
    let observed = Observed { conditions, trace, graph };
    record::finish(request, name, observed, &folder, log, ended)
}

/// The recipe's outputs, as it lists them, and where in the sandbox each was found.
fn output_places(request: &Request<'_>, build_path: &str, ended: &Ended) -> Vec<(String, RelPath)> {
    let place = |path: &RelPath| {
        let parent = build_path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let (start, path) = match path.as_bytes().strip_prefix(b"../") {
            Some(rest) => (parent, rest),
            None => (build_path, path.as_bytes()),
        };
        RelPath::from_bytes([start.as_bytes(), b"/", path].concat())
    };
    let names = request.recipe.outputs.iter();
    names.zip(&ended.outputs).map(|(name, output)| (name.clone(), place(&output.path))).collect()
}

/// The files of the snapshot that the build read and no person can read, each with why.
fn opaque_inputs(request: &Request<'_>, trace: &Trace) -> Vec<(RelPath, &'static str)> {
    let because = |path: &RelPath| {
        let bytes = files::open(&files::under(request.tree, path)).ok()?;
        lineage::opaque_because(bytes.get(..bytes.len().min(OPAQUE_LOOK)).unwrap_or_default())
    };
    trace.source_read.iter().filter_map(|path| Some((path.clone(), because(path)?))).collect()
}

/// Bytes of a file that are looked at to tell whether a person can read it.
const OPAQUE_LOOK: usize = 1 << 16;

/// The plan of a run but for what [`prepare`] finds on disk, and the record of its conditions.
fn plan(request: &Request<'_>, folder: &Path, variation: &Variation) -> (Plan, Vec<Condition>) {
    let wanted: BTreeMap<&str, Wanted<'_>> = match variation {
        Variation::Nominal => BTreeMap::new(),
        Variation::All => conditions::all().map(|name| (name, Wanted::Varied)).collect(),
        Variation::Only(names) => names.iter().map(|name| (name.as_str(), Wanted::Varied)).collect(),
        Variation::Exactly(exact) => {
            exact.values.iter().map(|(name, value)| (name.as_str(), Wanted::Exactly(value))).collect()
        }
    };
    let mut plan = blank_plan(request, folder);
    let machine = environment::machine(&plan.world.root);
    let conditions = conditions::apply(&mut plan, request.recipe, &machine, &wanted);
    if let Variation::Exactly(exact) = variation {
        plan.world.replaced.extend(exact.replaced.clone());
    }
    (plan, conditions)
}

/// The plan of a nominal run of `request` in `folder`, made ready on disk: what `benches/build.rs` measures.
///
/// # Errors
/// A sentence, where the run's folder or its environment cannot be made.
pub fn nominal_plan(request: &Request<'_>, folder: &Path) -> Result<Plan, String> {
    environment::make_ready(request)?;
    let (mut plan, _) = plan(request, folder, &Variation::Nominal);
    let (tree, inputs) = prepare(request, &plan, folder)?;
    plan.tree.root = tree;
    plan.inputs = inputs;
    plan.output_folder = folder.join("outputs");
    Ok(plan)
}

/// Which packages and tools of its environment a run really used.
pub fn resolved(request: &Request<'_>, run: &Run) -> Resolved {
    resolved::resolved(&run.record.trace, &environment::root(request))
}

/// What the sandbox would do for a run with this variation, as text for people, without doing it.
pub fn explain(request: &Request<'_>, variation: &Variation) -> String {
    let (plan, conditions) = plan(request, &request.work.join("explained"), variation);
    let mut text = sandbox::explain(&plan);
    text.push_str("conditions\n");
    for condition in conditions {
        let mark = if condition.varied { " (varied)" } else { "" };
        let reason = condition.not_applied.map(|why| format!(" (not varied: {why})")).unwrap_or_default();
        text.push_str(&format!(
            "  {}: {}{mark}{reason}\n",
            condition.name,
            escape(condition.value.as_bytes())
        ));
    }
    text.push_str("sandbox\n");
    for setting in record::settings(request.recipe) {
        text.push_str(&format!("  {}: {}\n", setting.name, escape(setting.value.as_bytes())));
    }
    text
}

fn blank_plan(request: &Request<'_>, folder: &Path) -> Plan {
    let recipe = request.recipe;
    Plan {
        world: World {
            root: environment::root(request),
            build_path: String::new(),
            home: String::new(),
            home_exists: true,
            host_name: String::new(),
            domain_name: String::new(),
            user_name: String::new(),
            user_id: 0,
            cpus: 0,
            umask: 0o022,
            randomise_addresses: false,
            kernel_calls_itself_2_6: false,
            uptime_offset: 0,
            replaced: BTreeMap::new(),
            another_processor: false,
            memory_mib: 0,
            load: String::new(),
        },
        tree: Tree {
            root: request.tree.to_owned(),
            entries: request.snapshot.entries.clone(),
            default_mtime: recipe.source_date_epoch.unwrap_or(DEFAULT_TIME),
            descending: false,
            inodes_before: 0,
        },
        inputs: request.inputs.clone(),
        env: BTreeMap::from([("SHELL".to_owned(), "/bin/sh".to_owned())]),
        commands: recipe.commands.clone(),
        outputs: recipe.outputs.clone(),
        output_folder: folder.join("outputs"),
        limits: recipe.limits.clone(),
        watched: true,
    }
}

/// The time of files whose source states none, where the recipe sets no `SOURCE_DATE_EPOCH` either:
/// 2000-01-01, which every archive format can hold in every time zone.
const DEFAULT_TIME: i64 = 946_684_800;

/// First folders of a build path that would hide a part of the world.
const RESERVED: &[&str] = &[
    "bin", "boot", "dev", "etc", "home", "inputs", "lib", "lib32", "lib64", "libx32", "proc", "run", "sbin",
    "sys", "tmp", "usr", "var",
];

type Prepared = (PathBuf, Vec<(String, PathBuf)>);

/// Checks what the sandbox relies on, makes the run's folder, and gives the paths without symbolic links.
fn prepare(request: &Request<'_>, plan: &Plan, folder: &Path) -> Result<Prepared, String> {
    let path = &plan.world.build_path;
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let plain =
        path.starts_with('/') && parts.len() >= 2 && parts.iter().all(|p| !matches!(*p, "" | "." | ".."));
    if !plain || RESERVED.contains(&parts[0]) {
        return Err(format!(
            "the build path `{}` cannot be used: it must be absolute, have at least two components, and not \
             lie in a system folder; use for example `/build/source`",
            escape(path.as_bytes())
        ));
    }
    finished::forget(folder)
        .map_err(|error| format!("forgetting the earlier run in {}: {error}", folder.display()))?;
    empty_folder(&folder.join("outputs"))
        .map_err(|error| format!("emptying {} for the run: {error}", folder.join("outputs").display()))?;
    let real = |path: &Path| {
        path.canonicalize().map_err(|error| format!("finding {} for the build: {error}", path.display()))
    };
    let inputs = request.inputs.iter().map(|(name, path)| Ok((name.clone(), real(path)?)));
    Ok((real(request.tree)?, inputs.collect::<Result<_, String>>()?))
}

/// Makes the folder, or takes away what an earlier run left in it.
fn empty_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(folder)? {
        fs::remove_file(entry?.path())?;
    }
    Ok(())
}

fn refused(message: String) -> Ended {
    let (outputs, notes, seen) = (Vec::new(), Vec::new(), sandbox::Seen::default());
    Ended { end: End::Refused(message), outputs, notes, seen, cpu_ms: 0, max_rss_kib: 0, wall_ms: 0 }
}
