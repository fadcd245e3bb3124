//! The scan suite.
