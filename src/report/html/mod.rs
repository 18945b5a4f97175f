//! `html`: a page for people, in one file without external resources.
//!
//! It may be opened from a disk, from GitLab's artifacts or from a mail, so it must load nothing,
//! send nothing and run nothing but its own script; its content security policy enforces that.
//! Without the script it is a plain table.

mod chart;
mod findings;
mod lists;
mod overview;
mod rules;
mod text;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::View;
use text::HtmlText;

/// Returns the style sheet of the page.
fn style() -> String {
    source(include_str!("style.css"))
}

/// Returns the script of the page.
fn script() -> String {
    source(include_str!("script.js"))
}

/// Returns the text of a file with `\n` as line end, as a browser hashes it: a checkout may have
/// other line ends.
fn source(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Writes the whole report.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    head(view, out)?;
    overview::write(view, out)?;
    chart::write(view, out)?;
    findings::write(view, out)?;
    lists::write(view, out)?;
    rules::write(view, out)?;
    foot(view, out)
}

fn head(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let style = style();
    write!(
        out,
        include_str!("head.html"),
        style = style,
        style_hash = hash(&style),
        script_hash = hash(&script()),
        title = HtmlText(overview::title(view)),
    )
}

fn foot(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let name = format!("Tokensweep {}", view.scan.version);
    let url = view.scan.url.as_deref();
    let url = url.filter(|url| super::place::is_web(url));
    let program = text::link(url, name.trim_end());
    write!(
        out,
        include_str!("foot.html"),
        program = program,
        script = script()
    )
}

/// Returns the source expression with which a policy allows exactly this text.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}
