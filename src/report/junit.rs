//! `junit`: a failed test for each finding, for tools that show test reports.
//!
//! GitLab (its source `lib/gitlab/ci/parsers/test/junit.rb` and `lib/gitlab/ci/reports/test_case.rb`)
//! identifies a test by suite, `classname` and `name` and keeps one of each, so names are unique. It
//! compares them with the target branch, so they contain no line and survive edits. It reads the text
//! of `failure` and ignores its attributes. It ignores a report without tests, so a clean scan has
//! one test that passes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{View, cut, wording};
use crate::model::{Finding, RuleId};

/// Maximum size in bytes; GitLab accepts files of 30 MB. Further results are counted.
const MAX_BYTES: usize = 29_000_000;

/// Number of findings beyond which they may not all fit.
const MAX_FAIR: usize = 5_000;

/// Writes the whole report.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let outcome = &view.outcome;
    let mut cases = Cases::default();
    let named: Vec<(String, &Finding)> = names(&outcome.findings).collect();
    // The findings with the lowest priority are dropped if the report gets too large.
    for index in cut::worst_first(&outcome.findings, MAX_FAIR) {
        let (name, finding) = &named[index];
        let class = finding.rule_id.as_str();
        let path = finding.location.path.to_string();
        cases.add("failure", class, name, Some(&path), &text(finding, view));
    }
    for (number, error) in outcome.errors.iter().enumerate() {
        let path = error.path.as_ref().map(ToString::to_string);
        let name = path
            .clone()
            .unwrap_or_else(|| format!("error {}", number + 1));
        let text = wording::sentence(&error.message);
        cases.add("error", "not-read", &name, path.as_deref(), &text);
    }
    if view.options.list_suppressed {
        let findings = outcome.suppressed.iter().map(|item| &item.finding);
        let findings: Vec<Finding> = findings.cloned().collect();
        for ((name, finding), item) in names(&findings).zip(&outcome.suppressed) {
            let mut text = format!("Suppressed: {}", item.kind.as_str());
            if let Some(reason) = &item.justification {
                text.push_str(&format!(": {reason}"));
            }
            let class = format!("{}.suppressed", finding.rule_id);
            let path = finding.location.path.to_string();
            cases.add("skipped", &class, &name, Some(&path), &text);
        }
    }
    if cases.unlisted > 0 {
        let more = wording::plural(cases.unlisted, "more result", "more results");
        let text = format!("{more} did not fit into this report; the json report has them.");
        cases.is_unbounded = true;
        cases.add("failure", "tokensweep", "more findings", None, &text);
    }
    if outcome.findings.is_empty() && outcome.is_complete() {
        cases.pass("tokensweep", "no credentials found");
    }
    cases.write(out)
}

/// Returns each finding with its name: credential and file, and a number if that is not unique. The
/// number counts in the order of the report, so it changes only if a finding is added before it.
fn names(findings: &[Finding]) -> impl Iterator<Item = (String, &Finding)> {
    let mut seen: BTreeMap<(&RuleId, String), u64> = BTreeMap::new();
    findings.iter().map(move |finding| {
        let path = finding.location.path.to_string();
        let name = format!("{} in {path}", finding.secret.redacted());
        let count = seen.entry((&finding.rule_id, name.clone())).or_default();
        *count += 1;
        match *count {
            1 => (name, finding),
            n => (format!("{name} ({n})"), finding),
        }
    })
}

/// Returns the text that GitLab shows of a failed test.
fn text(finding: &Finding, view: &View<'_>) -> String {
    let start = finding.location.start;
    let mut text = format!(
        "{}\n{}:{}:{}\nseverity: {}\nconfidence: {}\n",
        wording::sentence(&finding.message),
        finding.location.path,
        start.line,
        start.column,
        finding.severity,
        finding.confidence,
    );
    for (label, value) in wording::facts(finding) {
        text.push_str(&format!("{label}: {value}\n"));
    }
    for remedy in wording::remediations(finding, view.rules.get(&finding.rule_id)) {
        text.push_str(&format!("\nfix: {}\n", wording::action(remedy)));
        for line in remedy.command.iter().flat_map(|command| command.lines()) {
            text.push_str(&format!("  {line}\n"));
        }
        if let Some(caution) = &remedy.caution {
            text.push_str(&format!("careful: {}\n", wording::sentence(caution)));
        }
    }
    text
}

/// Returns the tests of the report, as XML.
#[derive(Default)]
struct Cases {
    xml: String,
    is_unbounded: bool,
    skipped: usize,
    failures: usize,
    errors: usize,
    unlisted: usize,
    all: usize,
}

impl Cases {
    fn add(&mut self, kind: &str, class: &str, name: &str, file: Option<&str>, text: &str) {
        let file = file.map_or_else(String::new, |file| format!(" file=\"{}\"", escape(file)));
        let message = escape(text.lines().next().unwrap_or_default());
        let case = format!(
            "    <testcase classname=\"{}\" name=\"{}\"{file} time=\"0\">\n      \
             <{kind} message=\"{message}\">{}</{kind}>\n    </testcase>\n",
            escape(class),
            escape(name),
            escape(text.trim_end()),
        );
        if !self.is_unbounded && self.xml.len() + case.len() > MAX_BYTES {
            self.unlisted += 1;
            return;
        }
        self.xml.push_str(&case);
        self.all += 1;
        match kind {
            "failure" => self.failures += 1,
            "error" => self.errors += 1,
            _ => self.skipped += 1,
        }
    }

    fn pass(&mut self, class: &str, name: &str) {
        self.xml.push_str(&format!(
            "    <testcase classname=\"{class}\" name=\"{name}\" time=\"0\"/>\n"
        ));
        self.all += 1;
    }

    fn write(self, out: &mut dyn Write) -> io::Result<()> {
        let counts = format!(
            "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"0\"",
            self.all, self.failures, self.errors, self.skipped
        );
        write!(
            out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  \
             <testsuite name=\"tokensweep\" {counts}>\n{}  </testsuite>\n</testsuites>\n",
            self.xml
        )
    }
}

/// Escapes `text` for an XML text or attribute. Characters that XML 1.0 does not allow become U+FFFD;
/// other unprintable characters are already replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            c if c.is_control() && c != '\n' => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    // GitLab interprets such a text as the name of a file to link to.
    escaped.replace("[[ATTACHMENT", "[ [ATTACHMENT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_xml() {
        assert_eq!(
            escape("a\"b'<c>&]]>\u{ffff}\x1b\nd"),
            "a&quot;b&apos;&lt;c&gt;&amp;]]&gt;\u{fffd}\u{fffd}\nd"
        );
    }
}
