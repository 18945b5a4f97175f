//! Stub.

use super::{Document, NamedValue};
use crate::model::Hint;

pub(super) struct Netrc;

impl Document for Netrc {
    fn applies(&self, _hint: Hint<'_>) -> bool {
        false
    }

    fn values(&self, _bytes: &[u8], _out: &mut Vec<NamedValue>) {}
}
