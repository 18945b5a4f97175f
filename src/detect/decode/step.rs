//! Which encodings a text is wrapped in, one in another.

/// How many layers are undone.
pub(crate) const MAX_DEPTH: usize = 3;

/// One encoding, seen from the place where a text begins in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Base64. The text begins at that byte of a group of three.
    Base64(usize),
    /// Two hexadecimal digits for each byte.
    Hex,
    /// ASCII in UTF-16.
    Utf16,
}

/// What to undo at a place, outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Steps {
    steps: [Step; MAX_DEPTH],
    count: usize,
}

impl Steps {
    /// Nothing.
    pub(crate) const NONE: Self = Self {
        steps: [Step::Hex; MAX_DEPTH],
        count: 0,
    };

    /// These within another; `None` for more than are undone.
    pub(crate) fn within(mut self, outer: Step) -> Option<Self> {
        if self.count == MAX_DEPTH {
            return None;
        }
        self.steps.copy_within(..MAX_DEPTH - 1, 1);
        self.steps[0] = outer;
        self.count += 1;
        Some(self)
    }

    /// The steps.
    pub(crate) fn as_slice(&self) -> &[Step] {
        &self.steps[..self.count]
    }
}
