//! Terraform states: the latest version of each. REST reads a state by its name; only GraphQL lists their names.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::updated::is_recent;
use crate::gitlab::{ApiRequest, FetchError, PageGuard, path_segment};
use crate::model::Visibility;
use crate::sweep::{Part, PartEnd, Place, PlaceError, RemoteItem, Survey};

/// See the module.
#[derive(Debug)]
pub(super) struct Terraform;

/// Serial numbers of the versions that are read, by name of the state.
type ReadVersions = BTreeMap<String, u64>;

const QUERY: &str = "query($path: ID!, $after: String) { project(fullPath: $path) { \
    terraformStates(first: 100, after: $after) { \
    nodes { name latestVersion { serial createdAt } } pageInfo { hasNextPage endCursor } } } }";

#[derive(Deserialize)]
struct QueryAnswer {
    data: Option<QueryData>,
}

#[derive(Deserialize)]
struct QueryData {
    project: Option<ProjectStates>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProjectStates {
    terraform_states: Option<StateList>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StateList {
    nodes: Vec<TerraformState>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TerraformState {
    name: String,
    /// Absent for a state that was never stored.
    latest_version: Option<StateVersion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StateVersion {
    serial: u64,
    created_at: Option<String>,
}

impl Place for Terraform {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        part.keep_records();
        let mut read: ReadVersions = part.cursor().unwrap_or_default();
        let mut states = Vec::new();
        let mut after: Option<String> = None;
        let mut guard = PageGuard::default();
        loop {
            guard.admit(after.as_deref().unwrap_or_default())?;
            let list = list(part, after)?;
            states.extend(list.nodes);
            after = list.page_info.end_cursor;
            if !list.page_info.has_next_page || after.is_none() {
                break;
            }
        }
        if states.is_empty() {
            check_permission(part)?;
        }
        let is_new = |state: &TerraformState| {
            let latest = state.latest_version.as_ref();
            latest.is_some_and(|version| {
                read.get(&state.name) != Some(&version.serial)
                    && is_recent(part, &version.created_at)
            })
        };
        states.retain(is_new);
        part.each(&states, |state| read_state(part, state))?;
        for state in states {
            let serial = state.latest_version.map(|version| version.serial);
            read.insert(state.name, serial.unwrap_or_default());
        }
        part.set_cursor(&read);
        Ok(PartEnd::Done)
    }

    /// The list, and either one state or the check of the permission.
    fn estimate(&self, _: &Survey<'_>, _: Option<&Value>) -> Result<u64, PlaceError> {
        Ok(2)
    }
}

fn list(part: &Part<'_>, after: Option<String>) -> Result<StateList, PlaceError> {
    let variables = json!({"path": part.subject().path, "after": after});
    let request = part.authenticate(ApiRequest::query(QUERY, &variables));
    let answer: QueryAnswer = part.client().fetch(&request)?;
    let project = answer.data.and_then(|data| data.project);
    // Without access to the states the list is missing or empty.
    let list = project.and_then(|project| project.terraform_states);
    Ok(list.unwrap_or(StateList {
        nodes: Vec::new(),
        page_info: PageInfo {
            has_next_page: false,
            end_cursor: None,
        },
    }))
}

/// Checks access to states. GraphQL omits inaccessible states; REST answers 403 then, and 404 for an unknown
/// name.
fn check_permission(part: &Part<'_>) -> Result<(), PlaceError> {
    let path = format!("{}/terraform/state/-", part.subject().api());
    match part.client().download(&part.request(path), 1) {
        Err(error @ FetchError::Refused { status, .. }) if status != 404 => Err(error.into()),
        Err(FetchError::Request(error)) => Err(error.into()),
        _ => Ok(()),
    }
}

fn read_state(part: &Part<'_>, state: &TerraformState) -> Result<(), PlaceError> {
    let subject = part.subject();
    let version = state.latest_version.as_ref();
    let item = RemoteItem {
        path: &format!("-/terraform/{}.tfstate", state.name),
        url: subject.page("-/terraform"),
        visibility: Some(Visibility::Private),
        appeared: version.and_then(|version| version.created_at.clone()),
        ..RemoteItem::default()
    };
    let name = path_segment(&state.name);
    let request = part.request(format!("{}/terraform/state/{name}", subject.api()));
    part.emit_file(&item, &request, None, part.limits().max_file)
}
