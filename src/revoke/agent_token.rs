//! Deletes the token of an agent for Kubernetes from its project.
//!
//! Source: <https://docs.gitlab.com/api/cluster_agents/>. A listing shows neither a token nor a part of it, and no request
//! accepts the token itself, so nothing proves which entry it is.

use serde_json::Value;

use super::Revocation;
use super::attempt::{Attempt, Step, left, refused};
use crate::gitlab::{ApiRequest, path_segment};

/// The most tokens that a message names.
const MAX_NAMED: usize = 10;

/// An entry of a listing. The API describes its ids as texts, and gives them as numbers.
struct ListedToken {
    /// The path of the request that deletes it.
    path: String,
    /// `agent 'production': 12 'ci'`.
    label: String,
}

impl Attempt<'_> {
    /// Deletes the token if it is the only one, and the operator has named it. Otherwise lists the tokens.
    pub(super) fn delete_agent_token(&self) -> Step<Revocation> {
        let project = self.project()?;
        let folder = format!("/api/v4/projects/{project}/cluster_agents");
        let mut tokens = Vec::new();
        for agent in self.list_as_operator(&folder)? {
            let folder = format!("{folder}/{}/tokens", id(&agent));
            for token in self.list_as_operator(&folder)? {
                if token["status"] != "revoked" {
                    tokens.push(ListedToken {
                        path: format!("{folder}/{}", id(&token)),
                        label: format!("agent {}: {} {}", name(&agent), id(&token), name(&token)),
                    });
                }
            }
        }
        let path = match &tokens[..] {
            [] => {
                return Ok(Revocation::Left(format!(
                    "project {project} has no agent token"
                )));
            }
            [only] if self.means.is_named => &only.path,
            tokens => return Ok(Revocation::Left(which_of(tokens, project))),
        };
        let answer = self.send_as_operator(ApiRequest::delete(path))?;
        Ok(match answer.status {
            200 | 202 | 204 => Revocation::Revoked,
            404 => left(&answer),
            _ => refused(&answer),
        })
    }
}

/// Says which tokens it may be.
fn which_of(tokens: &[ListedToken], project: u64) -> String {
    let labels: Vec<&str> = tokens
        .iter()
        .take(MAX_NAMED)
        .map(|token| token.label.as_str())
        .collect();
    let more = if tokens.len() > MAX_NAMED {
        " and others"
    } else {
        ""
    };
    let advice = if tokens.len() == 1 {
        "; if it is that one, name it with --only"
    } else {
        ""
    };
    format!(
        "the API does not show which agent token of project {project} it is: {}{more}{advice}",
        labels.join(", ")
    )
}

/// The id of an entry as a segment of a path.
fn id(entry: &Value) -> String {
    match &entry["id"] {
        Value::String(text) => path_segment(text),
        other => other.to_string(),
    }
}

fn name(entry: &Value) -> String {
    format!("'{}'", entry["name"].as_str().unwrap_or_default())
}
