//! The build suite.
