//! The thin binary: everything is in the library.

use std::process::ExitCode;

use pellucid::cli;

/// A scan makes and drops millions of small values on every thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The sandbox's launcher is this program again, and has to be alone in its process.
    let code = cli::sandbox::dispatch().unwrap_or_else(|| cli::main().code());
    ExitCode::from(code)
}
