//! Walks Git bundles: the objects of the pack in them.

use std::ops::ControlFlow;

use super::problem::Problem;
use super::spool::Spool;
use super::walker::Walker;

/// Hands out the objects.
pub(super) fn walk(walker: &mut Walker<'_>, spool: &Spool) -> ControlFlow<()> {
    walker.report(&Problem::Format("a Git bundle"));
    walker.own_bytes(&mut spool.reader(0..spool.len()))
}
