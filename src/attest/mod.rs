//! Statement, DSSE envelope, keys, verification.
