//! The thin binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = pellucid::cli::sandbox::dispatch() {
        return ExitCode::from(code);
    }
    ExitCode::from(pellucid::cli::main().code())
}
