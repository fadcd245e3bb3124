//! The attest suite.
