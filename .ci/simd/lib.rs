//! Compiles the vector search in the place that it has in the program.
#![allow(dead_code, unused_imports)]

#[path = "../../src/detect"]
mod detect {
    pub use sieve::{SimdLevel, SimdLevelError};

    mod sieve;
}
