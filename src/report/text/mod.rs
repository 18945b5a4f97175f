//! `text`: for people. Each secret once, with its places and what to do; then how much was looked
//! at, and what was not.

mod excerpt;
mod group;
mod paint;
mod summary;
mod suppressed;
mod width;

use std::io::{self, Write};

use super::{Report, View};
use paint::Paint;

/// See the module.
pub(super) struct Text;

impl Report for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn about(&self) -> &'static str {
        "for people at a terminal"
    }

    fn write(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let paint = Paint::new(view.options.color);
        let groups = group::groups(&view.outcome.findings);
        for group in &groups {
            group.write(view, paint, out)?;
            writeln!(out)?;
        }
        if view.options.list_suppressed {
            suppressed::write(view, paint, out)?;
        }
        if !view.options.quiet {
            summary::write(view, &groups, paint, out)?;
        }
        Ok(())
    }
}
