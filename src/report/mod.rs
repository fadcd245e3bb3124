//! Evidence and verdict → terminal text, JSON, HTML. Does no I/O.
