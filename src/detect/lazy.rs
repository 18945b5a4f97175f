//! A detector that is prepared when it is first used.

use std::sync::{Arc, OnceLock};

use super::{BuildError, DetectOptions, Detector};
use crate::rule::RuleSet;

/// A detector that is prepared when it is first used: most scans find nothing and do not need it.
#[derive(Debug, Default)]
pub struct LazyDetector {
    rules: Arc<RuleSet>,
    options: DetectOptions,
    detector: OnceLock<Result<Detector, BuildError>>,
}

impl LazyDetector {
    /// Stores `rules` for later.
    pub fn new(rules: Arc<RuleSet>, options: DetectOptions) -> Self {
        Self {
            rules,
            options,
            detector: OnceLock::new(),
        }
    }

    /// Returns the detector; `None` without rules.
    ///
    /// # Errors
    /// If the keywords of the rules are too many or too short.
    pub fn get(&self) -> Result<Option<&Detector>, &BuildError> {
        if self.rules.iter().len() == 0 {
            return Ok(None);
        }
        let new = || Detector::new(Arc::clone(&self.rules), &self.options);
        self.detector.get_or_init(new).as_ref().map(Some)
    }
}
