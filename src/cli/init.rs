//! `pellucid init`: a commented manifest to start from.

use std::path::PathBuf;

use crate::exit::Exit;
use crate::host::files;
use crate::manifest;

/// Writes a commented review.toml to start from.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The folder to write review.toml in, or the file to write.
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
}

/// Writes the manifest; an existing file is never replaced.
pub fn run(args: &Args) -> Exit {
    let path = match args.path.extension() {
        Some(extension) if extension == "toml" && !args.path.is_dir() => args.path.clone(),
        _ => args.path.join("review.toml"),
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), std::fs::create_dir_all);
    match made.and_then(|()| files::create_with_mode(&path, manifest::template().as_bytes(), 0o644)) {
        Ok(()) => {
            super::print::result(&format!("{}\n", path.display()));
            Exit::Met
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            super::print::error(format_args!(
                "{} exists and was left as it is: move it away, or name another path",
                path.display()
            ));
            Exit::Request
        }
        Err(error) => {
            super::print::error(format_args!("writing {}: {error}", path.display()));
            Exit::Request
        }
    }
}
