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
    let title = overview::title(view);
    let (style, script) = (style(), script());
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; \
         script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"robots\" content=\"noindex, nofollow\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{} · Tokensweep</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the findings</a>",
        hash(&style),
        hash(&script),
        HtmlText(title),
    )
}

fn foot(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let name = format!("Tokensweep {}", view.scan.version);
    let url = view
        .scan
        .url
        .as_deref()
        .filter(|url| super::place::is_web(url));
    writeln!(
        out,
        "<footer>\n<p>Written by {}. This file holds no secret: of a token it shows the public prefix, \
         the length and a tag by which the same token is recognised elsewhere.</p>\n\
         <p><b>Severity</b> is what the credential opens if it is live. <b>Confidence</b> is how sure it is \
         that it is one: <i>proven</i> means that a checksum or signature inside it verifies.</p>\n\
         </footer>\n<script>{}</script>\n</body>\n</html>",
        text::link(url, name.trim_end()),
        script(),
    )
}

/// Returns the source expression with which a policy allows exactly this text.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}
