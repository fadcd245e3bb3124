//! The manifest suite.
