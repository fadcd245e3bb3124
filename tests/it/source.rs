//! The source suite.
