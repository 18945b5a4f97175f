//! Lists the groups and projects that a live token reaches.
//!
//! <https://docs.gitlab.com/api/personal_access_tokens/#list-all-token-associations>

use serde::Deserialize;

use super::checks::cut;
use crate::gitlab::{ApiRequest, AuthHeader, Client};
use crate::model::{Reach, Secret};

/// The most groups and projects that are asked for, one page each.
const PAGE: usize = 100;

/// Guests and above.
const MIN_ACCESS_LEVEL: u8 = 10;

/// The groups and projects, at most one page; `None` if the token may not list them.
pub(super) fn reach(client: &Client, secret: &Secret) -> Option<Reach> {
    #[derive(Deserialize)]
    struct Associations {
        groups: Vec<ReachedPlace>,
        projects: Vec<ReachedPlace>,
    }
    #[derive(Deserialize)]
    struct ReachedPlace {
        path_with_namespace: Option<String>,
        full_path: Option<String>,
        web_url: Option<String>,
        name: Option<String>,
    }
    let path = format!(
        "/api/v4/personal_access_tokens/self/associations?min_access_level={MIN_ACCESS_LEVEL}&per_page={PAGE}"
    );
    let request = ApiRequest::get(path).auth(AuthHeader::PrivateToken, secret);
    let answer = client
        .send(&request)
        .ok()
        .filter(|answer| answer.is_success())?;
    let found: Associations = answer.parse()?;
    let name = |place: ReachedPlace| {
        let from_url = || {
            let url = place.web_url?;
            url.split_once("/groups/").map(|(_, path)| path.to_owned())
        };
        let name = place
            .path_with_namespace
            .or(place.full_path)
            .or_else(from_url);
        name.or(place.name).map(cut)
    };
    let is_full = |places: &Vec<ReachedPlace>| places.len() >= PAGE;
    Some(Reach {
        complete: answer.next_page.is_none()
            && !is_full(&found.groups)
            && !is_full(&found.projects),
        groups: found
            .groups
            .into_iter()
            .take(PAGE)
            .filter_map(name)
            .collect(),
        projects: found
            .projects
            .into_iter()
            .take(PAGE)
            .filter_map(name)
            .collect(),
    })
}

/// The name of the token's user.
pub(super) fn username(client: &Client, secret: &Secret) -> Option<String> {
    let request = ApiRequest::get("/api/v4/user").auth(AuthHeader::PrivateToken, secret);
    let answer = client
        .send(&request)
        .ok()
        .filter(|answer| answer.is_success())?;
    answer.text("username").map(|name| cut(name.to_owned()))
}
