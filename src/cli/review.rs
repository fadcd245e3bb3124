//! `pellucid review`: one manifest, from source to verdict.
//!
//! The stages in order, each one call into its module; this file moves values between them and decides
//! nothing. `bring` gets what the manifest names, `prove` runs what an artifact suggests, `results` writes what
//! the review leaves.

mod alone;
mod bring;
mod pairs;
mod prove;
mod results;

use std::path::Path;
use std::path::PathBuf;

use crate::attest;
use crate::build;
use crate::build::Run;
use crate::exit::Exit;
use crate::host;
use crate::manifest;
use crate::model::Evidence;
use crate::model::Limits;
use crate::model::RelPath;
use crate::model::Review;
use crate::model::ScanEvidence;
use crate::model::Sha256;
use crate::model::environment::Resolved;
use crate::model::evidence::CauseSearch;
use crate::model::evidence::ConditionCause;
use crate::model::evidence::EVIDENCE_VERSION;
use crate::model::evidence::OutputComparison;
use crate::model::evidence::Recorded;
use crate::model::evidence::SourceEvidence;
use crate::model::evidence::Tool;
use crate::model::review::Recipe;
use crate::model::run::Outcome;
use crate::model::verdict::Decision;
use crate::reconcile;
use crate::scan;
use crate::source;
use crate::source::Acquired;
use crate::verdict;

use super::print;
use super::progress::Progress;
use bring::Brought;
use bring::Input;
use pairs::Told;

pub use alone::build_alone;
pub use alone::explain;
pub use results::outcome_text;

/// The arguments. None of them affects the verdict: what does stands in `review.toml`.
#[derive(clap::Args)]
pub struct Args {
    /// The review: a folder with a review.toml, or the file itself
    pub review: PathBuf,
    /// Folder for what the review leaves [default: out/NAME-VERSION]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Private key (PEM, from `pellucid keygen`) to sign the attestation with
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Folder for downloads, kept by digest [default: the user's cache folder]
    #[arg(long, value_name = "FOLDER")]
    pub cache: Option<PathBuf>,
    /// Threads for hashing, comparing and scanning [default: one per CPU]; the result is the same
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// Why a review stopped before it had evidence, and with which code.
pub struct Stopped {
    /// The code.
    pub exit: Exit,
    /// The reason, as a sentence.
    pub message: String,
}

impl Stopped {
    fn new(exit: Exit, message: impl std::fmt::Display) -> Stopped {
        Stopped { exit, message: message.to_string() }
    }
}

/// Runs the verb.
pub fn run(args: &Args) -> Exit {
    match review(args) {
        Ok(exit) => exit,
        Err(stopped) => {
            print::error(stopped.message);
            stopped.exit
        }
    }
}

/// Where a review keeps its files.
struct Folders {
    /// The manifest's folder: relative paths in the manifest start here.
    base: PathBuf,
    /// What the review leaves.
    out: PathBuf,
    /// Private to this review, removed at its end.
    work: PathBuf,
    /// Downloads by digest.
    cache: PathBuf,
    /// The runs, in the user's cache and never among a vendor's files: what an interrupted review finished is
    /// found here by the next one. Taken for this process, and removed at the review's end.
    runs: PathBuf,
    _taken: Option<std::fs::File>,
}

fn review(args: &Args) -> Result<Exit, Stopped> {
    let started = host::clock::now();
    if let Some(threads) = args.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        pool.map_err(|error| Stopped::new(Exit::Internal, format!("starting {threads} threads: {error}")))?;
    }
    let manifest_path = manifest_path(&args.review);
    let (review, manifest_digest) = load(&manifest_path)?;
    let signing_key = args.key.as_deref().map(read_key).transpose()?;
    let folders = prepare((args.out.clone(), args.cache.clone()), &manifest_path, &review, manifest_digest)?;
    let progress = Progress::detect();

    let acquired = acquire(&review, &folders, progress)?;
    let launcher = launcher()?;
    let told = Told::new(&review, &acquired.origin);
    let (environment, made) = bring::environment(&review, &folders, progress)?.unzip();
    let line = Line { review: &review, folders: &folders, made, launcher: &launcher, progress, told: &told };

    let inputs = line.bring_inputs(&acquired)?;
    let mut shipped = line.bring_artifacts(&inputs)?;
    let runs = line.rebuild(&acquired, &inputs);
    let resolved = line.resolved(&acquired, &inputs, &runs);

    let stage = progress.stage("compare", None);
    let reproducibility = line.compare_runs(&runs)?;
    for one in &mut shipped {
        stage.at(&one.name);
        one.compare(&runs, &told)?;
    }
    stage.finish("");
    let causes = line.find_causes(&acquired, &inputs, &runs, &reproducibility)?;
    let proofs = line.prove(&acquired, &inputs, &runs, &shipped);

    let scan = scan_source(&acquired, progress);
    let stage = progress.stage("artifacts", None);
    for one in &mut shipped {
        stage.at(&one.name);
        one.scan = scan::scan_artifact(&one.file_name, &one.bytes, &Limits::default());
    }
    stage.finish("");

    let (records, measures): (Vec<_>, Vec<_>) =
        runs.iter().map(|run| (run.record.clone(), run.measure.clone())).unzip();
    let seen: Vec<(&str, &ScanEvidence)> = shipped.iter().map(|one| (one.name.as_str(), &one.scan)).collect();
    let mut reconciliation = reconcile::reconcile(&review, &scan, &seen);
    reconciliation.extend(reconcile::of_builds(&records));
    reconciliation.sort();
    let sizes: Vec<u64> = acquired.snapshot.files().map(|(_, size, _)| size).collect();
    let evidence = Evidence {
        evidence_version: EVIDENCE_VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        manifest: manifest_digest,
        source: SourceEvidence {
            origin: acquired.origin.clone(),
            root: acquired.snapshot.root,
            files: sizes.len() as u64,
            bytes: sizes.iter().sum(),
            entries: acquired.snapshot.entries.clone(),
        },
        inputs: inputs.iter().filter_map(Input::origin).collect(),
        environment,
        resolved,
        runs: records,
        reproducibility,
        causes,
        proofs,
        artifacts: shipped.into_iter().map(Brought::into_evidence).collect(),
        scan,
        reconciliation,
        not_examined: acquired.snapshot.problems.clone(),
        recorded: Recorded { started, finished: host::clock::now(), runs: measures },
        review,
    };

    let verdict = verdict::judge(&evidence, &evidence.review.policy);
    let written = results::write(&folders, &evidence, &verdict, &runs, &acquired.root, signing_key.as_ref())?;
    print::result(&results::terminal(&evidence, &verdict, &written));
    Ok(match verdict.decision {
        Decision::Met => Exit::Met,
        Decision::NotMet => Exit::NotMet,
        Decision::Inconclusive => Exit::Inconclusive,
    })
}

fn manifest_path(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("review.toml") } else { path.to_owned() }
}

fn acquire(review: &Review, folders: &Folders, progress: Progress) -> Result<Acquired, Stopped> {
    let stage = progress.stage("source", None);
    let into = folders.work.join("source");
    let acquired = source::acquire(&review.source, &folders.base, &folders.cache, &into);
    let acquired = acquired.map_err(source_stopped)?;
    stage.finish(&format!("{} entries", acquired.snapshot.entries.len()));
    Ok(acquired)
}

/// This program, which the sandbox starts again as its launcher.
fn launcher() -> Result<PathBuf, Stopped> {
    host::process::own_executable()
        .map_err(|error| Stopped::new(Exit::Internal, format!("finding this program's own file: {error}")))
}

/// What the stages of one review share: the line they stand on.
struct Line<'a> {
    review: &'a Review,
    folders: &'a Folders,
    /// The root file system made from packages, where the recipe asks for one.
    made: Option<PathBuf>,
    launcher: &'a Path,
    progress: Progress,
    told: &'a Told,
}

impl Line<'_> {
    /// The runs of the recipe; none where the review has no build.
    fn rebuild(&self, acquired: &Acquired, inputs: &[Input]) -> Vec<Run> {
        let Some(recipe) = &self.review.build else { return Vec::new() };
        let stage = self.progress.stage("build", None);
        let runs = build::rebuild(&self.request(recipe, acquired, inputs), &|command| stage.at(command));
        stage.finish(&format!("{} runs", runs.len()));
        runs
    }

    /// What of its environment the nominal run used.
    fn resolved(&self, acquired: &Acquired, inputs: &[Input], runs: &[Run]) -> Option<Resolved> {
        let (recipe, run) = (self.review.build.as_ref()?, runs.first()?);
        Some(build::resolved(&self.request(recipe, acquired, inputs), run))
    }

    /// The smallest sets of conditions that make the runs differ, where they do and the recipe allows a search.
    fn find_causes(
        &self,
        acquired: &Acquired,
        inputs: &[Input],
        runs: &[Run],
        reproducibility: &[OutputComparison],
    ) -> Result<Option<CauseSearch>, Stopped> {
        let (Some(recipe), [nominal, varied, ..]) = (&self.review.build, runs) else { return Ok(None) };
        let differ = reproducibility.iter().any(|output| output.nominal != output.varied);
        if recipe.cause_runs == 0 || !(differ || varied.record.outcome != Outcome::Built) {
            return Ok(None);
        }
        let stage = self.progress.stage("causes", None);
        let request = self.request(recipe, acquired, inputs);
        let budget = usize::try_from(recipe.cause_runs).unwrap_or(usize::MAX);
        let found = build::find_causes(&request, nominal, varied, budget, &|command| stage.at(command));
        stage.finish(&format!("{} found in {} runs", found.causes.len(), found.runs));
        let mut causes = Vec::new();
        for cause in found.causes {
            let mut outputs = self.compare_pair(nominal, &cause.run)?;
            outputs.retain(|output| cause.outputs.contains(&output.output));
            let failure = Some(cause.run.record.outcome).filter(|outcome| *outcome != Outcome::Built);
            causes.push(ConditionCause { conditions: cause.conditions, outputs, failure });
        }
        let runs = found.runs as u64;
        Ok(Some(CauseSearch { unstable: found.unstable, causes, runs, cut_short: found.cut_short }))
    }

    /// The outputs of the first two runs against each other.
    fn compare_runs(&self, runs: &[Run]) -> Result<Vec<OutputComparison>, Stopped> {
        let [nominal, varied, ..] = runs else { return Ok(Vec::new()) };
        self.compare_pair(nominal, varied)
    }

    /// The outputs of two runs against each other; none unless both were built.
    fn compare_pair(&self, nominal: &Run, varied: &Run) -> Result<Vec<OutputComparison>, Stopped> {
        if nominal.record.outcome != Outcome::Built || varied.record.outcome != Outcome::Built {
            return Ok(Vec::new());
        }
        let context = self.told.context(&varied.record, None);
        let pairs = nominal.outputs.iter().zip(&varied.outputs);
        pairs
            .map(|(ours, other)| {
                let (against, comparison) =
                    pairs::compare_files(&ours.output, &ours.path, &other.path, &context)?;
                let nominal = pairs::measure(&ours.path)?.sha256;
                let differs = nominal != against.sha256;
                Ok(OutputComparison {
                    output: ours.output.clone(),
                    nominal,
                    varied: against.sha256,
                    comparison: differs.then_some(comparison),
                })
            })
            .collect()
    }

    fn request<'a>(
        &'a self,
        recipe: &'a Recipe,
        acquired: &'a Acquired,
        inputs: &[Input],
    ) -> build::Request<'a> {
        build::Request {
            recipe,
            snapshot: &acquired.snapshot,
            tree: &acquired.root,
            inputs: inputs.iter().filter_map(Input::offered).collect(),
            base: &self.folders.base,
            made: self.made.as_deref(),
            work: &self.folders.runs,
            launcher: self.launcher,
        }
    }
}

fn load(path: &Path) -> Result<(Review, Sha256), Stopped> {
    let bytes = host::files::read_bounded(path, 1 << 20).map_err(|error| {
        let what = format!("reading the manifest {}: {error}; nothing was checked", path.display());
        Stopped::new(Exit::Request, format!("{what}. `pellucid init` writes a manifest to start from"))
    })?;
    let review = manifest::read(&bytes, &path.display().to_string())
        .map_err(|error| Stopped::new(Exit::Request, error))?;
    Ok((review, Sha256::of(&bytes)))
}

fn read_key(path: &Path) -> Result<attest::SigningKey, Stopped> {
    let refuse = |error: String| {
        let what = format!("reading the signing key {}: {error}; the review was not started", path.display());
        Stopped::new(Exit::Request, what)
    };
    let bytes = host::files::read_bounded(path, 1 << 16).map_err(|error| refuse(error.to_string()))?;
    let pem = String::from_utf8(bytes).map_err(|error| refuse(error.to_string()))?;
    attest::SigningKey::from_pem(&pem).map_err(|error| refuse(error.to_string()))
}

fn scan_source(acquired: &Acquired, progress: Progress) -> ScanEvidence {
    let files: Vec<scan::SourceFile> = acquired
        .snapshot
        .files()
        .map(|(path, size, _)| scan::SourceFile { path: path.clone(), size })
        .collect();
    let total = (files.len() as u64, files.iter().map(|file| file.size).sum());
    let stage = progress.stage("scan", Some(total));
    let read = |path: &RelPath| {
        host::files::open(&host::files::under(&acquired.root, path)).map_err(|error| error.to_string())
    };
    let evidence =
        scan::scan_source_noting(&files, &read, &scan::Options::default(), &|bytes| stage.file(bytes));
    stage.finish("");
    evidence
}

fn prepare(
    (out, cache): (Option<PathBuf>, Option<PathBuf>),
    manifest: &Path,
    review: &Review,
    digest: Sha256,
) -> Result<Folders, Stopped> {
    let base = manifest.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let out = out.unwrap_or_else(|| default_out(review));
    let cache = cache.unwrap_or_else(host::files::cache_folder);
    let folders = results::prepare(base, out, cache, digest);
    folders.map_err(|message| Stopped::new(Exit::Request, message))
}

/// Where a review leaves its files where nothing else is asked for.
fn default_out(review: &Review) -> PathBuf {
    let name = format!("{}-{}", review.product.name, review.product.version);
    PathBuf::from("out").join(host::files::plain_name(&name))
}

/// With which code a source that could not be taken in ends the review.
fn source_stopped(error: source::SourceError) -> Stopped {
    let exit = if error.is_request() { Exit::Request } else { Exit::Inconclusive };
    Stopped::new(exit, error)
}
