//! Text as HTML: all values are written to the page with these functions.

use std::fmt::{self, Display, Write as _};

/// Displays a value as escaped text, for an element or a quoted attribute.
pub(super) struct HtmlText<T>(pub(super) T);

impl<T: Display> Display for HtmlText<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'', '`']) {
            self.0.write_str(&rest[..at])?;
            self.0.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\'' => "&#39;",
                _ => "&#96;",
            })?;
            rest = &rest[at + 1..];
        }
        self.0.write_str(rest)
    }
}

/// Returns a link that sends no referrer to its target, or the bare text without a target.
pub(super) fn link(url: Option<&str>, text: impl Display) -> String {
    match url {
        Some(url) => format!(
            "<a href=\"{}\" rel=\"noreferrer noopener\">{}</a>",
            HtmlText(url),
            HtmlText(text)
        ),
        None => HtmlText(text).to_string(),
    }
}

/// Returns a description as paragraphs. Of Markdown it supports only code spans and strong text,
/// since the rest does not fit into a section.
pub(super) fn paragraphs(markdown: &str) -> String {
    let mut html = String::new();
    for paragraph in markdown
        .split("\n\n")
        .map(str::trim)
        .filter(|p| !p.is_empty())
    {
        let spans = paired(paragraph, "`", "code", |rest| {
            paired(rest, "**", "strong", escaped)
        });
        html.push_str(&format!("<p>{spans}</p>"));
    }
    html
}

fn escaped(text: &str) -> String {
    HtmlText(text).to_string()
}

/// Puts text between two marks into an element, and passes the rest to `other`.
fn paired(text: &str, mark: &str, element: &str, other: impl Fn(&str) -> String) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some((before, inside, after)) = rest.split_once(mark).and_then(|(before, more)| {
        more.split_once(mark)
            .map(|(inside, after)| (before, inside, after))
    }) {
        html.push_str(&other(before));
        html.push_str(&format!("<{element}>{}</{element}>", HtmlText(inside)));
        rest = after;
    }
    html + &other(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_markup() {
        let hostile = "</td><script>alert('1')</script>\"`&";
        let shown = HtmlText(hostile).to_string();
        assert_eq!(
            shown,
            "&lt;/td&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&#96;&amp;"
        );
        assert_eq!(
            link(Some("https://a/?b=\"&c"), "<x>"),
            "<a href=\"https://a/?b=&quot;&amp;c\" rel=\"noreferrer noopener\">&lt;x&gt;</a>"
        );
    }

    #[test]
    fn descriptions_support_code_and_emphasis() {
        assert_eq!(
            paragraphs("A **<b>** with `x<y` and ` alone.\n\nNext `**no**`"),
            "<p>A <strong>&lt;b&gt;</strong> with <code>x&lt;y</code> and &#96; alone.</p>\
             <p>Next <code>**no**</code></p>"
        );
    }
}
