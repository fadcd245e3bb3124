//! What the manifest names from outside: inputs of the build, and the shipped artifacts.

use std::path::Path;
use std::path::PathBuf;

use super::Folders;
use super::Line;
use super::Progress;
use super::Stopped;
use super::pairs;
use super::pairs::Told;
use super::pairs::open;
use super::source_stopped;
use crate::build;
use crate::build::Run;
use crate::exit::Exit;
use crate::host;
use crate::model::Review;
use crate::model::ScanEvidence;
use crate::model::Sha256;
use crate::model::account::Comparison;
use crate::model::environment::MadeEnvironment;
use crate::model::evidence::ArtifactEvidence;
use crate::model::evidence::Fetched;
use crate::model::evidence::RebuiltArtifact;
use crate::model::review::Artifact;
use crate::model::review::Environment;
use crate::model::review::Recipe;
use crate::model::review::Shipped;
use crate::model::review::Source;
use crate::model::run::Outcome;
use crate::source;
use crate::source::Acquired;

/// What the build is offered, or a file that was brought for it; often both.
pub struct Input {
    offered: Option<(String, PathBuf)>,
    origin: Option<Fetched>,
}

impl Input {
    /// The name under `/inputs`, and the file or folder.
    pub fn offered(&self) -> Option<(String, PathBuf)> {
        self.offered.clone()
    }

    /// How it came.
    pub fn origin(&self) -> Option<Fetched> {
        self.origin.clone()
    }
}

/// One shipped artifact and what became of it.
pub struct Brought {
    pub name: String,
    pub file_name: String,
    pub bytes: host::files::Bytes,
    path: PathBuf,
    pub scan: ScanEvidence,
    origin: Fetched,
    rehearsal: bool,
    /// The output it corresponds to, as the recipe lists it.
    pub output: Option<String>,
    allowed: Option<Vec<String>>,
    rebuilt: Option<RebuiltArtifact>,
    /// What comparing it observed.
    pub comparison: Option<Comparison>,
}

/// The environment that the recipe asks to be made of packages, and where it lies.
pub fn environment(
    review: &Review,
    folders: &Folders,
    progress: Progress,
) -> Result<Option<(MadeEnvironment, PathBuf)>, Stopped> {
    let Some(Environment::Debian { lock }) = review.build.as_ref().map(|recipe| &recipe.environment) else {
        return Ok(None);
    };
    let stage = progress.stage("environment", None);
    let path = folders.base.join(lock);
    let made = source::environment::make(&path, lock, &folders.cache, &|step| stage.at(step))
        .map_err(source_stopped)?;
    stage.finish(&format!("{} packages", made.evidence.lock.packages.len()));
    Ok(Some((made.evidence, made.root)))
}

impl Line<'_> {
    /// Everything the recipe asks for from outside, laid out.
    pub fn bring_inputs(&self, acquired: &Acquired) -> Result<Vec<Input>, Stopped> {
        let Some(recipe) = self.review.build.as_ref().filter(|recipe| !recipe.inputs.is_empty()) else {
            return Ok(Vec::new());
        };
        let stage = self.progress.stage("inputs", None);
        let work = self.folders.work.join("inputs");
        let places = source::Places {
            base: &self.folders.base,
            tree: &acquired.root,
            cache: &self.folders.cache,
            work: &work,
        };
        let offer =
            source::offer(&recipe.inputs, &places, &|input| stage.at(input)).map_err(source_stopped)?;
        stage.finish(&format!("{} files", offer.origin.len()));
        let offered = offer.offered.into_iter().map(|one| Input { offered: Some(one), origin: None });
        let origin = offer.origin.into_iter().map(|one| Input { offered: None, origin: Some(one) });
        Ok(offered.chain(origin).collect())
    }

    /// Every shipped artifact, in the manifest's order.
    pub fn bring_artifacts(&self, inputs: &[Input]) -> Result<Vec<Brought>, Stopped> {
        self.review.artifacts.iter().map(|artifact| self.bring(artifact, inputs)).collect()
    }

    fn bring(&self, artifact: &Artifact, inputs: &[Input]) -> Result<Brought, Stopped> {
        let stage = self.progress.stage("shipped", None);
        let (path, origin) = match &artifact.from {
            Shipped::Rehearsal { source, overlay, commands, output } => {
                self.rehearse(artifact, (source, overlay.as_deref(), commands, output), inputs)?
            }
            from => source::fetch_shipped(from, &self.folders.base, &self.folders.cache)
                .map_err(source_stopped)?,
        };
        stage.finish(&artifact.name);
        let rehearsal = matches!(artifact.from, Shipped::Rehearsal { .. });
        Ok(Brought {
            name: artifact.name.clone(),
            file_name: origin.name.clone(),
            bytes: open(&path)?,
            path,
            scan: ScanEvidence::default(),
            origin,
            rehearsal,
            output: artifact.output.clone(),
            allowed: self.review.policy.allowed_causes.clone(),
            rebuilt: None,
            comparison: None,
        })
    }

    /// Builds a rehearsal's artifact from the folder that stands for the vendor's tree, in the varied world.
    fn rehearse(
        &self,
        artifact: &Artifact,
        (folder, overlay, commands, output): (&str, Option<&str>, &[String], &str),
        inputs: &[Input],
    ) -> Result<(PathBuf, Fetched), Stopped> {
        let Some(recipe) = &self.review.build else {
            let message =
                format!("{}: a rehearsal needs a [build] section; nothing was checked", artifact.name);
            return Err(Stopped::new(Exit::Request, message));
        };
        let work = self.folders.work.join("rehearsal").join(host::files::plain_name(&artifact.name));
        let take = |folder: &str, into: &str| {
            let source = Source::Directory { path: folder.to_owned(), root: None };
            source::acquire(&source, &self.folders.base, &self.folders.cache, &work.join(into))
                .map_err(source_stopped)
        };
        let mut vendor = take(folder, "tree")?;
        if let Some(overlay) = overlay {
            vendor = source::lay_over(vendor, &take(overlay, "overlay")?).map_err(source_stopped)?;
        }
        let recipe =
            Recipe { commands: commands.to_vec(), outputs: vec![output.to_owned()], ..recipe.clone() };
        let request = build::Request {
            recipe: &recipe,
            snapshot: &vendor.snapshot,
            tree: &vendor.root,
            inputs: inputs.iter().filter_map(Input::offered).collect(),
            base: &self.folders.base,
            made: self.made.as_deref(),
            work: &work,
            launcher: self.launcher,
        };
        let run = build::rehearse(&request);
        match (&run.record.outcome, run.outputs.first()) {
            (Outcome::Built, Some(built)) => {
                let bytes = open(&built.path)?;
                let name = Path::new(output).file_name().map(|n| n.to_string_lossy().into_owned());
                let origin = Fetched {
                    name: name.unwrap_or_else(|| artifact.name.clone()),
                    by: "rehearsal".to_owned(),
                    digest: Sha256::of(&bytes).hex(),
                    size: bytes.len() as u64,
                };
                Ok((built.path.clone(), origin))
            }
            (outcome, _) => {
                let message = format!(
                    "{}: the rehearsal's build did not finish, so there is no artifact to review: {}",
                    artifact.name,
                    super::results::outcome_text(outcome)
                );
                Err(Stopped::new(Exit::Inconclusive, message))
            }
        }
    }
}

impl Brought {
    /// Compares with the nominal run's output, where there is one.
    pub fn compare(&mut self, runs: &[Run], told: &Told) -> Result<(), Stopped> {
        let Some(nominal) = runs.first().filter(|run| run.record.outcome == Outcome::Built) else {
            return Ok(());
        };
        let Some(wanted) = &self.output else { return Ok(()) };
        let Some(built) = nominal.outputs.iter().find(|built| built.output == *wanted) else { return Ok(()) };
        let context = told.context(&nominal.record, self.allowed.as_deref());
        let (rebuilt, comparison) = pairs::compare_files(&self.file_name, &self.path, &built.path, &context)?;
        self.rebuilt =
            Some(RebuiltArtifact { output: wanted.clone(), size: rebuilt.size, sha256: rebuilt.sha256 });
        self.comparison = Some(comparison);
        Ok(())
    }

    /// Whether the rebuilt artifact it was compared with has the same bytes.
    pub fn is_equal(&self) -> bool {
        self.rebuilt.as_ref().is_some_and(|rebuilt| rebuilt.sha256 == Sha256::of(&self.bytes))
    }

    /// The record of it.
    pub fn into_evidence(self) -> ArtifactEvidence {
        ArtifactEvidence {
            name: self.name,
            file: self.file_name,
            size: self.bytes.len() as u64,
            sha256: Sha256::of(&self.bytes),
            origin: self.origin,
            rehearsal: self.rehearsal,
            rebuilt: self.rebuilt,
            comparison: self.comparison,
            scan: self.scan,
        }
    }
}
