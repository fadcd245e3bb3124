//! The only door outside: file system, processes, the kernel, clock. Only `cli`, `source` and `build` use it.

pub mod clock;
pub mod files;
mod kernel;
pub mod process;
pub mod sandbox;
