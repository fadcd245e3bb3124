//! Found against declared; artifact against source.
