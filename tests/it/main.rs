//! The one integration-test binary. Each file is a suite; `support` holds what they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::disallowed_methods)] // tests start the program under test and make their inputs
mod architecture;
mod attest;
mod build;
mod compare;
mod formats;
mod manifest;
mod reconcile;
mod report;
mod review;
mod scan;
mod source;
