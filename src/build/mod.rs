//! Recipe × snapshot × conditions → run: a hostile build held in a sandbox.
