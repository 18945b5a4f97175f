//! Confidential issues about the findings of a report: one for each project.
//!
//! An issue has a marker in its description, by which the next report finds and updates it. Only a confidential issue
//! that was created by the same user is updated, so that other users cannot have findings written into their own
//! issues.
//! API: <https://docs.gitlab.com/api/issues/>.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::gitlab::{ApiRequest, AuthHeader, Client, FetchError, Method, path_segment};
use crate::model::{Liveness, RuleId, Secret, Severity, plural};
use crate::report::json::JsonFinding;

/// The first line of the description.
const MARKER: &str = "<!-- tokensweep:findings -->";

/// The title of new issues.
const TITLE: &str = "Leaked credentials in this project";

/// Maximum number of findings in an issue.
const MAX_FINDINGS: usize = 200;

/// The findings for the issue of one project.
#[derive(Clone, Debug)]
pub struct ProjectFindings<'a> {
    /// The full path of the project.
    pub project: &'a str,
    findings: Vec<&'a JsonFinding>,
}

/// An error that prevents the assignment of findings to projects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignError {
    /// A finding is on another instance.
    #[error("the report contains findings of another instance: {0}")]
    OtherInstance(String),
    /// No finding has a location on an instance.
    #[error(
        "the report does not name places on an instance; `tokensweep sweep` writes such reports"
    )]
    NoPlaces,
}

/// The result for a project, with the address of its issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filing {
    /// Created a new issue.
    Opened(String),
    /// Replaced the text of the issue.
    Updated(String),
    /// The issue has this text already.
    Unchanged(String),
}

#[derive(Debug, Deserialize)]
struct Issue {
    iid: u64,
    web_url: String,
    #[serde(default)]
    confidential: bool,
    description: Option<String>,
}

impl<'a> ProjectFindings<'a> {
    /// Groups findings by project, in order. Findings of groups and of the instance are assigned to `shared`, or,
    /// without it, are the second result. `instance` is the address of the instance.
    ///
    /// # Errors
    /// If findings have no location on an instance, or one on another instance.
    pub fn assign(
        findings: &[&'a JsonFinding],
        instance: &str,
        shared: Option<&'a str>,
    ) -> Result<(Vec<Self>, Vec<&'a JsonFinding>), AssignError> {
        let mut projects: BTreeMap<&str, Vec<&JsonFinding>> = BTreeMap::new();
        let mut left = Vec::new();
        let mut has_places = findings.is_empty();
        for finding in findings {
            let Some(remote) = &finding.location.remote else {
                left.push(*finding);
                continue;
            };
            has_places = true;
            let page = remote.url.strip_prefix(instance);
            let Some(page) = page.filter(|page| page.starts_with('/')) else {
                let host = remote
                    .url
                    .splitn(4, '/')
                    .take(3)
                    .collect::<Vec<_>>()
                    .join("/");
                return Err(AssignError::OtherInstance(host));
            };
            // Pages of groups are below `/groups/`, a path that no project can have.
            let is_project = !remote.owner.is_empty() && !page.starts_with("/groups/");
            match (is_project, shared) {
                (true, _) => projects.entry(&remote.owner).or_default().push(finding),
                (false, Some(shared)) => projects.entry(shared).or_default().push(finding),
                (false, None) => left.push(*finding),
            }
        }
        if !has_places {
            return Err(AssignError::NoPlaces);
        }
        let projects = projects.into_iter();
        let projects = projects.map(|(project, findings)| Self { project, findings });
        Ok((projects.collect(), left))
    }

    /// Returns the number of findings.
    pub fn count(&self) -> usize {
        self.findings.len()
    }

    /// Returns the description of the issue, in GitLab's Markdown.
    pub fn description(&self) -> String {
        let mut text = format!(
            "{MARKER}\nTokensweep found {} in this project. Anyone who can see one of these places can use the credential \
             until it is revoked. Removing the text alone does not help.\n",
            plural(self.count(), "leaked credential", "leaked credentials")
        );
        let mut kinds: BTreeMap<(std::cmp::Reverse<Severity>, &RuleId), Vec<&JsonFinding>> =
            BTreeMap::new();
        for finding in self.findings.iter().take(MAX_FINDINGS) {
            let key = (std::cmp::Reverse(finding.severity), &finding.rule_id);
            kinds.entry(key).or_default().push(finding);
        }
        for ((severity, _), findings) in &kinds {
            let Some(first) = findings.first() else {
                continue;
            };
            text.push_str(&format!(
                "\n### {} ({})\n\n",
                plain(&first.title),
                severity.0
            ));
            text.push_str(
                "| credential | place | visible to | since | state |\n|---|---|---|---|---|\n",
            );
            for finding in findings {
                text.push_str(&row(finding));
            }
            text.push('\n');
            for remediation in &first.remediations {
                let who = remediation
                    .who
                    .as_ref()
                    .map(|who| format!(" ({})", plain(who)));
                let who = who.unwrap_or_default();
                text.push_str(&format!("- [ ] {}{who}\n", plain(&remediation.action)));
                for command in remediation.command.iter().flat_map(|text| text.lines()) {
                    text.push_str(&format!("  {}\n", code(command)));
                }
            }
        }
        if self.count() > MAX_FINDINGS {
            let more = plural(self.count() - MAX_FINDINGS, "finding", "findings");
            text.push_str(&format!("\nThe report lists {more} more.\n"));
        }
        text.push_str(
            "\nThe next report replaces this text. Write comments instead of editing it.\n",
        );
        text
    }

    /// Opens the issue, or updates the issue of an earlier report. `description` is the cleaned text of
    /// [`ProjectFindings::description`].
    ///
    /// # Errors
    /// If a request fails or is refused.
    pub fn file(
        &self,
        client: &Client,
        operator: &Secret,
        description: &str,
        labels: &str,
    ) -> Result<Filing, FetchError> {
        let issues = format!("/api/v4/projects/{}/issues", path_segment(self.project));
        let query = "scope=created_by_me&state=opened&confidential=true&per_page=100";
        let request = ApiRequest::get(format!("{issues}?{query}"));
        let request = request.auth(AuthHeader::PrivateToken, operator);
        let mut existing = None;
        for issue in client.items::<Issue>(request) {
            let issue = issue?;
            let text = issue.description.as_deref().unwrap_or_default();
            if issue.confidential && text.starts_with(MARKER) {
                existing = Some(issue);
                break;
            }
        }
        let with_text = |request: ApiRequest| {
            request
                .auth(AuthHeader::PrivateToken, operator)
                .field("description", description)
                .field("confidential", "true")
        };
        match existing {
            Some(issue)
                if issue.description.as_deref().map(str::trim) == Some(description.trim()) =>
            {
                Ok(Filing::Unchanged(issue.web_url))
            }
            Some(issue) => {
                let path = format!("{issues}/{}", issue.iid);
                let issue: Issue = client.fetch(&with_text(ApiRequest::new(Method::Put, path)))?;
                Ok(Filing::Updated(issue.web_url))
            }
            None => {
                let request = with_text(ApiRequest::post(issues)).field("title", TITLE);
                let request = match labels {
                    "" => request,
                    labels => request.field("labels", labels),
                };
                let issue: Issue = client.fetch(&request)?;
                Ok(Filing::Opened(issue.web_url))
            }
        }
    }
}

fn row(finding: &JsonFinding) -> String {
    let location = &finding.location;
    let remote = location.remote.as_ref();
    let kind = remote.map_or("place", |remote| remote.kind.describe());
    let url = remote.map_or(String::new(), |remote| link_target(&remote.url));
    let exposure = remote
        .and_then(|remote| remote.exposure())
        .unwrap_or_default();
    let since = remote.and_then(|remote| remote.appeared.as_deref());
    let since = since
        .or(location.date.as_deref())
        .and_then(|date| date.get(..10));
    let state = match finding.liveness {
        Liveness::Live => "**live**",
        Liveness::Dead => "dead",
        Liveness::Unknown => "",
    };
    format!(
        "| {} | [{kind}, line {}]({url}) {} | {} | {} | {state} |\n",
        code(&finding.secret),
        location.start_line,
        code(&location.path),
        plain(&exposure),
        plain(since.unwrap_or_default()),
    )
}

/// Returns a text for a table as code: references and mentions of users do not work in it.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text: String = text
        .chars()
        .map(|c| if c == '`' || c.is_control() { '\'' } else { c })
        .collect();
    // An escaped `|` would end the cell behind a backslash of the text.
    format!("`{}`", text.replace('|', "¦"))
}

/// Returns a text without formatting, references, mentions and quick actions.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => plain.push(' '),
            c if c.is_ascii_punctuation()
                && !matches!(c, '.' | ',' | '(' | ')' | '-' | ':' | ';' | '\'' | '/') =>
            {
                plain.push('\\');
                plain.push(c);
            }
            c => plain.push(c),
        }
    }
    plain
}

/// Returns the address for a link in Markdown.
fn link_target(url: &str) -> String {
    let mut target = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '(' | ')' | '<' | '>' | '|' | '\\' | '`' | '"' | ' ' => {
                target.push_str(&format!("%{:02X}", c as u32))
            }
            c if c.is_control() => {}
            c => target.push(c),
        }
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_formatting_and_mentions() {
        assert_eq!(
            plain("a|b @all #1 ~l [x](y) *z*"),
            r"a\|b \@all \#1 \~l \[x\](y) \*z\*"
        );
        assert_eq!(code("a`@all`|b\n/close"), "`a'@all'¦b'/close`");
        assert_eq!(
            link_target("https://h/a b(c)|d"),
            "https://h/a%20b%28c%29%7Cd"
        );
    }
}
