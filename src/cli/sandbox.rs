//! The hidden verb that makes this program the sandbox's launcher. Not for people: it reads a plan from a pipe.

use crate::host::sandbox;

/// The launcher's exit code where this process was started as the launcher, else `None`.
///
/// Must be called first: the launcher has to be a process with one thread.
pub fn dispatch() -> Option<u8> {
    let asked = std::env::args_os().nth(1).is_some_and(|argument| argument == sandbox::LAUNCHER_ARGUMENT);
    asked.then(sandbox::enter)
}
