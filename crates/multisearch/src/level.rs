//! The instruction sets that a search can use.

use std::fmt;
use std::str::FromStr;

/// The vector instructions of a search. All levels find the same; they differ in speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimdLevel {
    /// AVX-512 BW and VBMI, with those of [`SimdLevel::Avx2`], 64 bytes at a time.
    Avx512,
    /// AVX2, BMI1 and POPCNT, 32 bytes at a time.
    Avx2,
    /// NEON, 16 bytes at a time.
    Neon,
    /// An Aho-Corasick automaton.
    None,
}

impl SimdLevel {
    /// Every level, the fastest first.
    pub const ALL: [Self; 4] = [Self::Avx512, Self::Avx2, Self::Neon, Self::None];

    /// Returns the fastest level of this processor.
    pub fn best() -> Self {
        let mut available = Self::ALL.into_iter().filter(|level| level.is_available());
        available.next().unwrap_or(Self::None)
    }

    /// True if this processor has the instructions.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vbmi")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("popcnt")
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            Self::None => true,
            #[allow(unreachable_patterns)]
            _ => false,
        }
    }

    /// Returns the name of the level, which [`FromStr`] parses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Neon => "neon",
            Self::None => "none",
        }
    }
}

impl fmt::Display for SimdLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The reason why a [`SimdLevel`] cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimdLevelError {
    /// No level has that name.
    #[error("unknown SIMD level {0:?}: expected avx512, avx2, neon or none")]
    Unknown(String),
    /// The processor lacks the instructions.
    #[error(
        "this processor does not support SIMD level {0:?}: the fastest that it supports is {1}"
    )]
    Unavailable(String, SimdLevel),
}

impl FromStr for SimdLevel {
    type Err = SimdLevelError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let level = Self::ALL.into_iter().find(|level| level.name() == name);
        let level = level.ok_or_else(|| SimdLevelError::Unknown(name.to_owned()))?;
        if level.is_available() {
            Ok(level)
        } else {
            Err(SimdLevelError::Unavailable(name.to_owned(), Self::best()))
        }
    }
}
