//! Deletes the public half of an SSH key or deploy key, by its fingerprint.
//!
//! Source: <https://docs.gitlab.com/api/keys/>, <https://docs.gitlab.com/api/user_keys/>,
//! <https://docs.gitlab.com/api/deploy_keys/>. The private key is in no request.

use serde_json::Value;

use super::attempt::{Attempt, Step, left, refused};
use super::{Obstacle, Revocation};
use crate::gitlab::{ApiRequest, path_segment};
use crate::ssh_key::SshKey;

/// The lists of projects in an entry of the deploy keys.
const PROJECT_LISTS: [&str; 2] = [
    "projects_with_write_access",
    "projects_with_readonly_access",
];

impl Attempt<'_> {
    pub(super) fn delete_key(&self) -> Step<Revocation> {
        let Some(key) = SshKey::read(&self.finding.secret) else {
            return Ok(Revocation::Left(Obstacle::UnknownPublicHalf.to_string()));
        };
        let fingerprint = path_segment(&key.fingerprint);
        let request = ApiRequest::get(format!("/api/v4/keys?fingerprint={fingerprint}"));
        let answer = self.send_as_operator(request)?;
        let found = match answer.status {
            200 => answer.body.as_ref(),
            404 if answer.text("message").is_some() => None,
            _ => return Ok(refused(&answer)),
        };
        if let Some(found) = found
            && found.get("deploy_keys_projects").is_none()
            && let Some(done) = self.delete_user_key(found)?
        {
            return Ok(done);
        }
        self.delete_deploy_key(&key.fingerprint)
    }

    /// `None` if no user has the key.
    fn delete_user_key(&self, found: &Value) -> Step<Option<Revocation>> {
        let (Some(user), Some(key)) = (found["user"]["id"].as_u64(), found["id"].as_u64()) else {
            return Ok(None);
        };
        let request = ApiRequest::delete(format!("/api/v4/users/{user}/keys/{key}"));
        let answer = self.send_as_operator(request)?;
        Ok(match answer.status {
            200 | 204 => Some(Revocation::Revoked),
            404 => None,
            _ => Some(refused(&answer)),
        })
    }

    /// Deletes the key from all projects that have it.
    fn delete_deploy_key(&self, fingerprint: &str) -> Step<Revocation> {
        let keys = self.list_as_operator("/api/v4/deploy_keys")?;
        let found = keys
            .iter()
            .find(|key| key["fingerprint_sha256"] == fingerprint);
        let Some((found, key)) = found.and_then(|found| Some((found, found["id"].as_u64()?)))
        else {
            return Ok(Revocation::Left(
                "the instance has no key with its fingerprint; it may open other servers"
                    .to_owned(),
            ));
        };
        let lists = PROJECT_LISTS
            .iter()
            .filter_map(|list| found[list].as_array());
        let projects: Vec<u64> = lists
            .flatten()
            .filter_map(|project| project["id"].as_u64())
            .collect();
        if projects.is_empty() {
            let reason = "it is a deploy key that no project uses".to_owned();
            return Ok(Revocation::AlreadyDead(reason));
        }
        for project in projects {
            let path = format!("/api/v4/projects/{project}/deploy_keys/{key}");
            let answer = self.send_as_operator(ApiRequest::delete(path))?;
            match answer.status {
                // Gone since the list was read.
                200 | 204 | 404 => {}
                400..=403 => return Ok(refused(&answer)),
                _ => return Ok(left(&answer)),
            }
        }
        Ok(Revocation::Revoked)
    }
}
