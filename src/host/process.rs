//! Programs. Nothing else in the house starts one.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

/// The release that this machine's kernel calls itself by (uname(2)).
pub fn kernel_release() -> Option<String> {
    rustix::system::uname().release().to_str().ok().map(str::to_owned)
}

/// The release that the kernel calls itself by to a program under the personality `UNAME26` (personality(2)):
/// `6.18.44-x` is `2.6.78-x`, the second number plus sixty with what follows the third.
pub fn kernel_release_as_2_6() -> Option<String> {
    as_2_6(&kernel_release()?)
}

fn as_2_6(release: &str) -> Option<String> {
    let minor: u32 = release.split('.').nth(1)?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    let mut dots = 0;
    let rest = release.find(|c: char| {
        dots += u32::from(c == '.');
        dots >= 3 || !(c == '.' || c.is_ascii_digit())
    });
    Some(format!("2.6.{}{}", minor + 60, rest.and_then(|at| release.get(at..)).unwrap_or_default()))
}

/// What a finished program left.
#[derive(Debug)]
pub struct Finished {
    /// Exit code, or 128 plus the signal.
    pub code: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// A program could not be run, or failed.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It is not installed or may not be started.
    #[error("starting `{program}`: {error}; install it, or see that it is on PATH")]
    Start {
        /// The program.
        program: String,
        /// Why.
        error: io::Error,
    },
    /// It ended with a non-zero code.
    #[error("`{command}` ended with code {code}: {tail}")]
    Failed {
        /// The command.
        command: String,
        /// Its exit code, or 128 plus the signal.
        code: i32,
        /// The last lines it printed.
        tail: String,
    },
}

/// Runs `program` with `arguments` in `folder`, without standard input, and waits for it.
///
/// # Errors
/// [`ProcessError`] where it cannot be started or ends with a non-zero code.
pub fn run(
    program: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    folder: &Path,
) -> Result<Finished, ProcessError> {
    run_with(program, arguments, folder, &[])
}

/// As [`run`], with these variables besides those this process has.
///
/// # Errors
/// As [`run`].
#[allow(clippy::disallowed_methods)] // one of the two places that start an ordinary program
pub fn run_with(
    program: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    folder: &Path,
    variables: &[(&str, &OsStr)],
) -> Result<Finished, ProcessError> {
    wait(program, Command::new(program), arguments, folder, variables)
}

/// As [`run`], with these variables and of those this process has only the ones that say where programs,
/// temporary files and the user's home are: for what must not depend on how this machine is set up.
///
/// # Errors
/// As [`run`].
#[allow(clippy::disallowed_methods)] // the other one; which variables there are changes nothing else
pub fn run_alone(
    program: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    folder: &Path,
    variables: &[(&str, &OsStr)],
) -> Result<Finished, ProcessError> {
    let mut command = Command::new(program);
    command.env_clear();
    for name in ["PATH", "HOME", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    wait(program, command, arguments, folder, variables)
}

fn wait(
    program: &str,
    mut command: Command,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    folder: &Path,
    variables: &[(&str, &OsStr)],
) -> Result<Finished, ProcessError> {
    use std::os::unix::process::ExitStatusExt;
    let arguments: Vec<OsString> = arguments.into_iter().map(|a| a.as_ref().to_owned()).collect();
    let output = command
        .args(&arguments)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| ProcessError::Start { program: program.to_owned(), error })?;
    let code = output.status.code().or(output.status.signal().map(|signal| 128 + signal)).unwrap_or(-1);
    if code != 0 {
        let words: Vec<_> = arguments.iter().map(|a| a.to_string_lossy()).collect();
        let command = format!("{program} {}", words.join(" "));
        let text =
            String::from_utf8_lossy(if output.stderr.is_empty() { &output.stdout } else { &output.stderr });
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(5)..].join("; ");
        return Err(ProcessError::Failed { command, code, tail });
    }
    Ok(Finished { code, stdout: output.stdout, stderr: output.stderr })
}

/// The file this process was started from.
///
/// # Errors
/// Where the system does not say.
pub fn own_executable() -> io::Result<std::path::PathBuf> {
    std::env::current_exe()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_release_is_told_as_the_kernel_tells_it() {
        let known = [
            ("6.18.44", "2.6.78"),
            ("6.1.0-28-amd64", "2.6.61-28-amd64"),
            ("6.8.0.1-custom", "2.6.68.1-custom"),
        ];
        for (release, told) in known {
            assert_eq!(super::as_2_6(release).as_deref(), Some(told));
        }
    }
}
