//! The only door outside: file system, processes, clock. Only `cli`, `source` and `build` use it.

pub mod clock;
pub mod files;
pub mod process;
