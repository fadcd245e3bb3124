//! Recipe × snapshot × conditions → run: a hostile build held in a sandbox, and varied on purpose.
//!
//! [`rebuild`] makes the two runs of a review, [`execute`] one run. This module decides: which conditions,
//! which limits, what the record says. How a world is raised and a process held is `host::sandbox`'s. Nothing
//! is ever built outside the sandbox: where the kernel refuses it, the run is [`Outcome::Refused`].

mod causes;
mod conditions;
mod environment;
mod finished;
mod lineage;
mod resolved;
mod used;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::host::files;
use crate::host::sandbox;
use crate::host::sandbox::Collected;
use crate::host::sandbox::End;
use crate::host::sandbox::Ended;
use crate::host::sandbox::Limit;
use crate::host::sandbox::Plan;
use crate::host::sandbox::Tree;
use crate::host::sandbox::World;
use crate::model::RelPath;
use crate::model::Sha256;
use crate::model::Snapshot;
use crate::model::environment::Resolved;
use crate::model::evidence::RunMeasure;
use crate::model::path::escape;
use crate::model::review::Recipe;
use crate::model::run::Condition;
use crate::model::run::OpaqueInput;
use crate::model::run::Outcome;
use crate::model::run::Output;
use crate::model::run::RunRecord;
use crate::model::run::Setting;
use crate::model::run::Trace;

pub use conditions::Machine;

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
}

/// The two runs of a review, `nominal` and `varied`, in this order. They run one after the other: the second
/// is to differ from the first in its conditions and in nothing else, and each may use all the memory its
/// limits allow. Where the nominal run was not built the varied one is not made. A run that was finished in
/// the same work folder before is taken up, where nothing it depends on has changed.
pub fn rebuild(request: &Request<'_>, progress: &(dyn Fn(&str) + Sync)) -> Vec<Run> {
    let nominal = execute_or_take_up(request, "nominal", &Variation::Nominal, progress);
    if nominal.record.outcome != Outcome::Built {
        return vec![nominal];
    }
    let varied = execute_or_take_up(request, "varied", &Variation::All, progress);
    vec![nominal, varied]
}

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

/// As [`execute`], or the run of that name that was finished in the work folder before.
fn execute_or_take_up(
    request: &Request<'_>,
    name: &str,
    variation: &Variation,
    progress: &(dyn Fn(&str) + Sync),
) -> Run {
    let folder = request.work.join(name);
    let (plan, conditions) = plan(request, &folder, variation);
    let key = finished::key(request, name, &conditions);
    let root = &plan.world.root;
    if let Some(run) = key.and_then(|key| finished::take_up(request, &folder, key, root)) {
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
    let (mut plan, conditions) = plan(request, &folder, variation);
    let ended = match prepare(request, &plan, &folder) {
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
    let mut trace = used::trace(&ended.seen, request.snapshot, &plan.world.build_path, &plan.world.root);
    trace.opaque = opaque_inputs(request, &plan.world.build_path, &trace, &ended);
    finish(request, name, Observed { conditions, trace }, &folder, log, ended)
}

/// What became of the files of the snapshot that the build read and no person can read.
fn opaque_inputs(request: &Request<'_>, build_path: &str, trace: &Trace, ended: &Ended) -> Vec<OpaqueInput> {
    let because = |path: &RelPath| {
        let bytes = files::open(&files::under(request.tree, path)).ok()?;
        lineage::opaque_because(bytes.get(..bytes.len().min(OPAQUE_LOOK)).unwrap_or_default())
    };
    let opaque: Vec<(RelPath, &'static str)> =
        trace.source_read.iter().filter_map(|path| Some((path.clone(), because(path)?))).collect();
    let place = |path: &RelPath| {
        let start = [build_path.as_bytes(), b"/"].concat();
        let (start, path) = match path.as_bytes().strip_prefix(b"../") {
            Some(rest) => {
                (build_path.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned() + "/", rest)
            }
            None => (String::from_utf8_lossy(&start).into_owned(), path.as_bytes()),
        };
        RelPath::from_bytes([start.as_bytes(), path].concat())
    };
    let names = request.recipe.outputs.iter();
    let outputs: Vec<(String, RelPath)> =
        names.zip(&ended.outputs).map(|(name, output)| (name.clone(), place(&output.path))).collect();
    lineage::stories(&ended.seen, build_path, &opaque, &outputs)
}

/// Bytes of a file that are looked at to tell whether a person can read it.
const OPAQUE_LOOK: usize = 1 << 16;

/// The plan of a run but for what [`prepare`] finds on disk, and the record of its conditions.
fn plan(request: &Request<'_>, folder: &Path, variation: &Variation) -> (Plan, Vec<Condition>) {
    let varied = match variation {
        Variation::Nominal => BTreeSet::new(),
        Variation::All => conditions::all(),
        Variation::Only(names) => {
            conditions::all().into_iter().filter(|property| names.contains(*property)).collect()
        }
    };
    let mut plan = blank_plan(request, folder);
    let machine = machine(&plan.world.root);
    let conditions = conditions::apply(&mut plan, request.recipe, &machine, &varied);
    (plan, conditions)
}

fn machine(root: &Path) -> Machine {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    Machine { cpus, locales: environment::locales(root) }
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
    for setting in settings(request.recipe) {
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
        },
        tree: Tree {
            root: request.tree.to_owned(),
            entries: request.snapshot.entries.clone(),
            default_mtime: recipe.source_date_epoch.unwrap_or(DEFAULT_TIME),
            descending: false,
        },
        inputs: request.inputs.clone(),
        env: BTreeMap::from([("SHELL".to_owned(), "/bin/sh".to_owned())]),
        commands: recipe.commands.clone(),
        outputs: recipe.outputs.clone(),
        output_folder: folder.join("outputs"),
        limits: recipe.limits.clone(),
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
    environment::make_ready(request)?;
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

struct Observed {
    conditions: Vec<Condition>,
    trace: Trace,
}

fn finish(
    request: &Request<'_>,
    name: &str,
    observed: Observed,
    folder: &Path,
    log: PathBuf,
    ended: Ended,
) -> Run {
    let recipe = request.recipe;
    let tail = log_tail(&log);
    let mut outcome = outcome(recipe, ended.end, &tail);
    let mut built = Vec::new();
    let mut outputs = Vec::new();
    if outcome == Outcome::Built {
        match take_outputs(recipe, folder, &ended.outputs) {
            Ok((files, records)) => (built, outputs) = (files, records),
            Err(message) => outcome = Outcome::BadOutput { message, log_tail: tail },
        }
    }
    let measure = RunMeasure {
        name: name.to_owned(),
        wall_ms: ended.wall_ms,
        cpu_ms: ended.cpu_ms,
        max_rss_kib: ended.max_rss_kib,
        log_sha256: files::open(&log).ok().map(|bytes| Sha256::of(&bytes)),
        log: format!("{name}/build.log"),
    };
    let record = RunRecord {
        name: name.to_owned(),
        conditions: observed.conditions,
        sandbox: settings(recipe),
        outcome,
        outputs,
        notes: ended.notes,
        trace: observed.trace,
    };
    Run { record, measure, outputs: built, log }
}

/// Gives the copies plain names of their own and takes their digests.
fn take_outputs(
    recipe: &Recipe,
    folder: &Path,
    collected: &[Collected],
) -> Result<(Vec<BuiltOutput>, Vec<Output>), String> {
    let mut files = Vec::new();
    let mut records = Vec::new();
    for (index, (output, found)) in recipe.outputs.iter().zip(collected).enumerate() {
        let copy = folder.join("outputs").join(index.to_string());
        let step = |error: std::io::Error| format!("reading the copy of output `{output}`: {error}");
        let bytes = files::open(&copy).map_err(step)?;
        if bytes.len() as u64 != found.size {
            return Err(format!("the copy of output `{output}` has not the size the sandbox reported"));
        }
        let path = found.path.clone();
        records.push(Output { path, size: found.size, mode: found.mode, sha256: Sha256::of(&bytes) });
        files.push(BuiltOutput { output: output.clone(), path: copy });
    }
    records.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((files, records))
}

fn outcome(recipe: &Recipe, end: End, tail: &[String]) -> Outcome {
    let log_tail = tail.to_vec();
    match end {
        End::Built => Outcome::Built,
        End::Failed { command, code } => {
            let command = recipe.commands.get(command).cloned().unwrap_or_default();
            Outcome::Failed { command, code, log_tail }
        }
        End::Limit(limit) => {
            let (name, message) = limit_sentence(recipe, limit);
            Outcome::LimitReached { limit: name.to_owned(), message, log_tail }
        }
        End::BadOutput(message) => Outcome::BadOutput { message, log_tail },
        End::Refused(message) => {
            let message =
                format!("{message}; nothing was built, because nothing is built outside the sandbox");
            Outcome::Refused { message }
        }
    }
}

fn limit_sentence(recipe: &Recipe, limit: Limit) -> (&'static str, String) {
    let limits = &recipe.limits;
    let (name, what, key) = match limit {
        Limit::Time => ("time", format!("{} seconds", limits.time_seconds), "time-seconds"),
        Limit::Memory => ("memory", format!("{} MiB of memory", limits.memory_mib), "memory-mib"),
        Limit::Processes => ("processes", format!("{} processes at once", limits.processes), "processes"),
        Limit::Output => {
            ("output", format!("{} MiB written, or as many files as fit", limits.output_mib), "output-mib")
        }
        Limit::Log => ("log", format!("{} MiB of log", limits.log_mib), "log-mib"),
    };
    let message = format!(
        "the run reached its limit of {what} and was ended; if an honest build needs more, raise `{key}` under \
         [build.limits]"
    );
    (name, message)
}

/// Lines of the log a record shows.
const TAIL_LINES: usize = 20;
/// Bytes of one of them.
const TAIL_WIDTH: usize = 400;
/// Bytes of the log that are looked at for them.
const TAIL_BYTES: usize = 64 * 1024;

fn log_tail(log: &Path) -> Vec<String> {
    let Ok(bytes) = files::open(log) else { return Vec::new() };
    let tail = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
    let mut lines: Vec<&[u8]> = tail.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let shown = lines.len().saturating_sub(TAIL_LINES);
    lines[shown..].iter().map(|line| escape(&line[..line.len().min(TAIL_WIDTH)])).collect()
}

/// What the sandbox gives, as far as it does not depend on the build.
fn settings(recipe: &Recipe) -> Vec<Setting> {
    let limits = &recipe.limits;
    [
        ("environment", environment::sentence(&recipe.environment)),
        ("network", "none: a network namespace of its own with loopback only".to_owned()),
        ("processes", format!("a process-id namespace of its own; at most {} at once", limits.processes)),
        ("privileges", "none: no capabilities, no-new-privileges, system call filter".to_owned()),
        (
            "writable",
            format!(
                "one tmpfs of {} MiB: build folder, home, /tmp, /var/tmp, /run, /dev/shm",
                limits.output_mib
            ),
        ),
        ("memory", format!("at most {} MiB, watched; each process by RLIMIT_DATA", limits.memory_mib)),
        ("time", format!("at most {} s", limits.time_seconds)),
        ("log", format!("at most {} MiB", limits.log_mib)),
    ]
    .map(|(name, value)| Setting { name: name.to_owned(), value })
    .to_vec()
}
