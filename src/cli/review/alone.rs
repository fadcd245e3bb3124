//! The build stage of a review alone, for `pellucid build`.

use std::path::Path;
use std::path::PathBuf;

use super::Line;
use super::Stopped;
use super::acquire;
use super::bring;
use super::default_out;
use super::launcher;
use super::load;
use super::manifest_path;
use super::pairs::Told;
use super::prepare;
use super::results;
use crate::build;
use crate::build::Run;
use crate::build::Variation;
use crate::cli::progress::Progress;
use crate::exit::Exit;
use crate::model::Snapshot;

/// What the sandbox would do for a run of the review's recipe with this variation, as text.
pub fn explain(path: &Path, variation: &Variation) -> Result<String, Stopped> {
    let (review, _) = load(&manifest_path(path))?;
    let Some(recipe) = &review.build else { return Err(no_recipe(path)) };
    let snapshot = Snapshot::new(Vec::new(), Vec::new());
    let request = build::Request {
        recipe,
        snapshot: &snapshot,
        tree: Path::new("."),
        inputs: Vec::new(),
        base: path,
        made: None,
        work: Path::new("."),
        launcher: Path::new("pellucid"),
    };
    Ok(build::explain(&request, variation))
}

/// Builds the review's recipe, and nothing else of the review; gives the runs and the folder their files are in.
pub fn build_alone(
    path: &Path,
    out: Option<PathBuf>,
    cache: Option<PathBuf>,
) -> Result<(Vec<Run>, PathBuf), Stopped> {
    let manifest_path = manifest_path(path);
    let (review, digest) = load(&manifest_path)?;
    if review.build.is_none() {
        return Err(no_recipe(path));
    }
    let out = out.unwrap_or_else(|| {
        let mut name = default_out(&review).into_os_string();
        name.push("-build");
        PathBuf::from(name)
    });
    let folders = prepare((Some(out), cache), &manifest_path, &review, digest)?;
    let progress = Progress::detect();
    let acquired = acquire(&review, &folders, progress)?;
    let launcher = launcher()?;
    let told = Told::new(&review, &acquired.origin);
    let (_, made) = bring::environment(&review, &folders, progress)?.unzip();
    let line = Line { review: &review, folders: &folders, made, launcher: &launcher, progress, told: &told };
    let inputs = line.bring_inputs(&acquired)?;
    let runs = line.rebuild(&acquired, &inputs);
    results::keep_runs(&folders, &runs).and_then(|()| results::clean(&folders)).map_err(|error| {
        Stopped::new(Exit::Internal, format!("keeping the runs' outputs and logs: {error}"))
    })?;
    Ok((runs, folders.out.clone()))
}

fn no_recipe(path: &Path) -> Stopped {
    let what = format!("{} has no [build] section; nothing was built", path.display());
    Stopped::new(Exit::Request, what)
}
