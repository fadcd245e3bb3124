//! File against file in a review: equal ones are read piece by piece and never held, and what differs is compared
//! with all that is known of the run that made the rebuilt side.

use std::path::Path;

use super::Stopped;
use crate::compare;
use crate::compare::Context;
use crate::compare::Facts;
use crate::exit::Exit;
use crate::host;
use crate::model::Limits;
use crate::model::Review;
use crate::model::RunRecord;
use crate::model::Sha256;
use crate::model::account::Comparison;
use crate::model::evidence::Fetched;

/// What a review knows of all its runs alike, and causes may rest on.
pub struct Told {
    /// The commit the source was taken from.
    commit: Option<String>,
    /// `SOURCE_DATE_EPOCH` of the recipe.
    epoch: Option<String>,
    /// What the machine's kernel calls itself, to a run that is not told otherwise and to one that is.
    kernels: [Option<String>; 2],
}

impl Told {
    /// What `review` and the origin of its source say, and the machine.
    pub fn new(review: &Review, origin: &[Fetched]) -> Told {
        let recipe = review.build.as_ref();
        let set = recipe.and_then(|recipe| recipe.env.get("SOURCE_DATE_EPOCH").cloned());
        let epoch = recipe.and_then(|recipe| recipe.source_date_epoch).map(|epoch| epoch.to_string());
        let commit = origin.iter().find(|one| one.name == "commit").map(|one| one.digest.clone());
        Told {
            commit,
            epoch: epoch.or(set),
            kernels: [host::process::kernel_release(), host::process::kernel_release_as_2_6()],
        }
    }

    /// What comparing with the outputs of the run that `record` describes may know.
    pub fn context(&self, record: &RunRecord, allowed: Option<&[String]>) -> Context {
        Context {
            limits: Limits::default(),
            facts: self.facts(record),
            allowed_causes: allowed.map(|causes| causes.iter().cloned().collect()),
        }
    }

    fn facts(&self, record: &RunRecord) -> Facts {
        // The record says whose release it was and not which: it is the same record on every machine.
        let varied = record.conditions.iter().any(|one| one.name == compare::KERNEL && one.varied);
        let [plain, old] = &self.kernels;
        Facts::of_run(record)
            .with(compare::KERNEL, if varied { old } else { plain }.as_deref())
            .with(compare::COMMIT, self.commit.as_deref())
            .with(compare::SOURCE_DATE_EPOCH, self.epoch.as_deref())
    }
}

/// A file on our disk, by its digest and size.
pub struct Measured {
    /// Its digest.
    pub sha256: Sha256,
    /// Its bytes.
    pub size: u64,
}

/// The rebuilt file's digest, and how `shipped` compares with it; `name` is the shipped artifact's.
pub fn compare_files(
    name: &str,
    shipped: &Path,
    rebuilt: &Path,
    context: &Context,
) -> Result<(Measured, Comparison), Stopped> {
    let measured = measure(rebuilt)?;
    let same = host::files::same(shipped, rebuilt).map_err(|error| unreadable(shipped, &error))?;
    if let Some(size) = same {
        return Ok((measured, compare::reproduced(size)));
    }
    let (theirs, ours) = (open(shipped)?, open(rebuilt)?);
    Ok((measured, compare::compare(name, &theirs, &ours, context)))
}

/// The digest and size of a file, which is read and not held.
pub fn measure(path: &Path) -> Result<Measured, Stopped> {
    let (sha256, size) = host::files::measure(path).map_err(|error| unreadable(path, &error))?;
    Ok(Measured { sha256, size })
}

/// A file's bytes.
pub fn open(path: &Path) -> Result<host::files::Bytes, Stopped> {
    host::files::open(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Stopped {
    Stopped::new(Exit::Internal, format!("reading {}: {error}; it was not compared", path.display()))
}
