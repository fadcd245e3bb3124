//! `pellucid lock`: which packages an environment takes, written down by version and digest.

use std::path::Path;
use std::path::PathBuf;

use super::print;
use crate::exit::Exit;
use crate::host::files;
use crate::manifest;
use crate::model::environment::Lock;
use crate::model::review::Environment;
use crate::model::review::Source;
use crate::source;
use crate::source::environment::Ask;

/// Writes an environment.lock: every Debian package of a build's environment, by exact version and digest.
///
/// apt is asked what it would install where nothing is; only its lists are fetched. The lock goes beside a
/// review.toml whose `[build.environment]` has `kind = "debian"`. Exit codes: 0 written, 2 the request is wrong,
/// 3 the archive does not have what is asked for, or cannot be reached.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A review whose source is a Debian package: its build dependencies are taken
    pub review: Option<PathBuf>,
    /// Packages that have to be there, besides the essential ones: NAME or NAME=VERSION
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub packages: Vec<String>,
    /// A Debian source package whose build dependencies have to be there
    #[arg(long, value_name = "NAME=VERSION", conflicts_with = "review")]
    pub source: Option<String>,
    /// A .buildinfo: the packages it was built with, at its versions
    #[arg(long, value_name = "FILE", conflicts_with_all = ["review", "source", "packages"])]
    pub buildinfo: Option<PathBuf>,
    /// With --buildinfo: take the archive's version where it no longer has the one that is named, and say so
    #[arg(long, requires = "buildinfo")]
    pub substitute: bool,
    /// The release whose packages are taken [default: this machine's]
    #[arg(long, value_name = "NAME")]
    pub suite: Option<String>,
    /// The file to write [default: the one the review names, else environment.lock]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Folder for downloads, kept by digest [default: the user's cache folder]
    #[arg(long, value_name = "FOLDER")]
    pub cache: Option<PathBuf>,
}

/// Resolves and writes the lock.
pub fn run(args: &Args) -> Exit {
    match lock(args) {
        Ok(said) => {
            print::result(&said);
            Exit::Met
        }
        Err((exit, message)) => {
            print::error(message);
            exit
        }
    }
}

fn lock(args: &Args) -> Result<String, (Exit, String)> {
    let request = |message: String| (Exit::Request, message);
    let mut ask = Ask {
        packages: args.packages.clone(),
        suite: args.suite.clone(),
        substitute: args.substitute,
        ..Ask::default()
    };
    let mut out = PathBuf::from("environment.lock");
    if let Some(review) = &args.review {
        let (source, beside) = of_review(review).map_err(request)?;
        ask.source = source;
        out = beside;
    }
    if let Some(source) = &args.source {
        let Some((name, version)) = source.split_once('=') else {
            return Err(request(format!("`{source}` is not NAME=VERSION; nothing was written")));
        };
        ask.source = Some((name.to_owned(), version.to_owned()));
    }
    if let Some(path) = &args.buildinfo {
        let bytes = files::read_bounded(path, 16 << 20)
            .map_err(|error| request(format!("reading {}: {error}; nothing was written", path.display())))?;
        ask.buildinfo = Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    if ask.packages.is_empty() && ask.source.is_none() && ask.buildinfo.is_none() {
        let help = "name a review of a Debian package, --packages, --source or --buildinfo";
        return Err(request(format!("nothing says which packages the environment takes; {help}")));
    }
    let cache = args.cache.clone().unwrap_or_else(files::cache_folder);
    let asked = source::environment::resolve(&ask, &cache).map_err(|error| {
        let exit = if error.is_request() { Exit::Request } else { Exit::Inconclusive };
        (exit, format!("{error}; no lock was written"))
    })?;
    let out = args.out.clone().unwrap_or(out);
    files::write_atomically(&out, asked.text.as_bytes())
        .map_err(|error| request(format!("writing {}: {error}", out.display())))?;
    Ok(sentence(&out, &asked.lock))
}

/// The source package of a review, where it is a Debian one, and where its lock goes.
fn of_review(review: &Path) -> Result<(Option<(String, String)>, PathBuf), String> {
    let path = if review.is_dir() { review.join("review.toml") } else { review.to_owned() };
    let bytes = files::read_bounded(&path, 1 << 20)
        .map_err(|error| format!("reading the manifest {}: {error}; nothing was written", path.display()))?;
    let review = manifest::read(&bytes, &path.display().to_string()).map_err(|error| error.to_string())?;
    let source = match review.source {
        Source::Debian { package, version, .. } => Some((package, version)),
        _ => None,
    };
    let name = match review.build.map(|recipe| recipe.environment) {
        Some(Environment::Debian { lock }) => lock,
        _ => "environment.lock".to_owned(),
    };
    Ok((source, path.parent().unwrap_or(Path::new("")).join(name)))
}

fn sentence(out: &Path, lock: &Lock) -> String {
    let bytes: u64 = lock.packages.iter().map(|package| package.size).sum();
    let mut said = format!(
        "{}: {} packages of {} for {}, {} MiB\n",
        out.display(),
        lock.packages.len(),
        lock.suite,
        lock.architecture,
        bytes >> 20
    );
    for missing in &lock.missing {
        let used = match &missing.used {
            Some(used) => format!("{used} is taken in its place"),
            None => "nothing is taken in its place".to_owned(),
        };
        said.push_str(&format!("not to be had: {} {}; {used}\n", missing.name, missing.wanted));
    }
    said
}
