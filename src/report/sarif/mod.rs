//! `sarif`: SARIF 2.1.0, in a form that GitLab imports without loss.
//!
//! GitLab's parser (`ee/lib/gitlab/security/parsers/sarif.rb`, and the documentation of 19.x)
//! determines most of the form:
//! - a rule whose first tag is CWE-798 makes its findings secrets, not SAST; a CVE anywhere would
//!   make them dependencies;
//! - rule, path, `startLine` and `endLine` are the identity, so all four are always there;
//! - the driver's name is part of the identity and never changes;
//! - GitLab reads 5,000 results of a run and drops the others, unsorted, so the worst come first;
//! - a text that is too long drops its result, and if half of the results are dropped, the file is;
//! - the result is stored unchanged, so it contains no snippet and no secret.

mod fit;
mod results;
mod rules;

use std::io::{self, Write};

use serde_sarif::sarif::{
    Invocation, Message, MultiformatMessageString, Notification, Run, Sarif as Log, Tool,
    ToolComponent,
};

use super::{View, wording};

/// The name by which GitLab identifies the tool. A change would re-create every vulnerability.
const DRIVER: &str = "Tokensweep";

/// The address of the schema.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Maximum length of a text in characters: GitLab's documented limit.
const MAX_TEXT: usize = 1_024;

/// Maximum number of listed notifications of one kind; the others are counted.
const MAX_NOTIFICATIONS: usize = 200;

/// Writes one line without indentation: the size counts against GitLab's limit.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (rules, index) = rules::rules(view);
    let mut log = log(view, rules);
    fit::add_results(&mut log, results::all(view, &index, fit::MAX_RESULTS))?;
    serde_json::to_writer(&mut *out, &log)?;
    writeln!(out)
}

/// Returns the log without the results.
fn log(view: &View<'_>, rules: Vec<serde_sarif::sarif::ReportingDescriptor>) -> Log {
    let mut driver = ToolComponent::builder()
        .name(DRIVER)
        .organization(DRIVER)
        .version(view.scan.version.clone())
        .semantic_version(view.scan.version.clone())
        .short_description(multiformat(
            "Finds leaked GitLab credentials and proves offline what they are.".to_owned(),
        ))
        .rules(rules)
        .build();
    driver.information_uri = view.scan.url.clone();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .invocations(vec![invocation(view)])
        // Columns count characters, not UTF-16 units, which are the default.
        .column_kind("unicodeCodePoints")
        .results(Vec::new())
        .build();
    Log::builder()
        .schema(SCHEMA)
        .version("2.1.0")
        .runs(vec![run])
        .build()
}

/// Returns the invocation of the scan. It is unsuccessful if something could not be read.
fn invocation(view: &View<'_>) -> Invocation {
    let outcome = &view.outcome;
    let mut notifications = Vec::new();
    let mut kind = |level: &str, texts: &mut dyn Iterator<Item = String>| {
        for text in texts.take(MAX_NOTIFICATIONS) {
            notifications.push(notification(level, &text));
        }
        let more = texts.count();
        if more > 0 {
            let more = wording::plural(more, "more of this kind", "more of this kind");
            notifications.push(notification(level, &format!("And {more}.")));
        }
    };
    kind(
        "error",
        &mut outcome.errors.iter().map(|error| match &error.path {
            Some(path) => format!(
                "Not read: '{}': {}",
                results::uri(path),
                wording::sentence(&error.message)
            ),
            None => format!("Not read: {}", wording::sentence(&error.message)),
        }),
    );
    kind(
        "note",
        &mut outcome.skipped.iter().map(|item| {
            let path = results::uri(&item.path);
            format!("Skipped: '{path}' ({}).", item.reason.describe())
        }),
    );
    kind(
        "note",
        &mut outcome
            .notes
            .iter()
            .map(|note| wording::sentence(&note.message)),
    );
    let mut invocation = Invocation::builder()
        .execution_successful(outcome.is_complete())
        .build();
    if !notifications.is_empty() {
        invocation.tool_execution_notifications = Some(notifications);
    }
    invocation
}

fn notification(level: &str, text: &str) -> Notification {
    Notification::builder()
        .level(level)
        .message(message(text))
        .build()
}

/// Returns a message of at most [`MAX_TEXT`] characters without links: SARIF gives `[text](target)`
/// a meaning even in plain text, GitLab shows messages as Markdown, and a text may repeat names
/// from untrusted files.
fn message(text: &str) -> Message {
    let text = text
        .replace("](", "] (")
        .replace('<', "‹")
        .replace('>', "›");
    Message::builder()
        .text(wording::truncate(&text, MAX_TEXT))
        .build()
}

fn multiformat(text: String) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}
