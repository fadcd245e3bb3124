//! pellucid: proves what shipped software is and what it can send out.
//!
//! # Bird's eye
//! A review starts from one file, `review.toml`. The source it names is taken in as a [`model::Snapshot`],
//! built twice in a sandbox ([`build`]), and each shipped artifact is compared byte for byte with what came
//! out ([`compare`]). Source and artifacts are scanned for what they can send and where to ([`scan`]).
//! [`reconcile`] lays found against declared and artifact against source. All of that is
//! [`model::Evidence`]: observed, never concluded, written to disk. [`verdict::judge`] concludes from the
//! evidence and the policy alone; [`report`] and [`attest`] start from those two.
//!
//! # Data flow (each arrow is one function)
//! ```text
//! review.toml ─manifest::load→ Review ─source::acquire→ Snapshot ─build::rebuild→ Run A, Run B ─┐
//!                                                          │                                    ├─compare::compare→ accounts ─┐
//!                                                          │              shipped artifacts ────┤                             │
//!                                                          └─scan::scan_source→ ScanEvidence    │                             │
//!                                                                    scan::scan_artifact ───────┘─────────────────────────────┤
//!                                                            Evidence ←─────────────reconcile::reconcile───────────────────────┘
//!                                                                └─verdict::judge→ Verdict ─report→ terminal, JSON, HTML
//!                                                                                     └─attest→ statement → envelope
//! ```
//!
//! # Who may know whom (held by `tests/it/architecture.rs`)
//! - `cli` knows everything; nothing knows `cli`.
//! - `host` is the only door outside: file system, processes, namespaces, clock. Only `cli`, `source` and
//!   `build` use it.
//! - `formats`, `compare`, `scan`, `reconcile`, `verdict` and `report` do no I/O: they take bytes and give
//!   values. They read no clock, no environment, no network.
//! - `source`, `compare` and `scan` see `model` and `formats`, and never each other. `formats` and `verdict`
//!   see `model` alone; `report` sees `model` and `verdict`.
//! - `model` sees nothing.
//!
//! # Invariants
//! - Bytes decide, formats only explain: there is no normalise-then-hash path to "equal".
//! - An [`model::Anatomy`] partitions a file and an [`model::Account`] labels every byte of it: the sizes add up, always.
//! - Nothing that can carry code is ever explained by resemblance; `compare::moved` proves, instruction by instruction.
//! - No output depends on thread timing, hash order or the number of cores.
//! - Whatever was not examined is in the report under that name.
//! - Anything that affects a verdict stands in `review.toml`; a flag leaves no evidence.
//!
//! # How to add
//! - a **format**: one file in `formats/`, one line in its table, one fixture pair.
//! - a **cause**: one file in `compare/causes/`, one line in its table, one fixture pair.
//! - a **language**: one lowering file in `scan/code/languages/`, one catalogue `rules/<language>.toml`, marked fixtures.
//! - an **API**: one entry in `rules/<language>.toml` and one marked line in its fixture.
//! - a **condition**: one entry in `build/conditions.rs`.
//! - a **report**: one file in `report/` and one line in `cli`.

pub mod attest;
pub mod build;
pub mod cli;
pub mod compare;
pub mod exit;
pub mod formats;
pub mod host;
pub mod manifest;
pub mod model;
pub mod reconcile;
pub mod report;
pub mod scan;
pub mod source;
pub mod verdict;
