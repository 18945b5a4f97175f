//! The places of a sweep: a file for each, and the table of their properties.

mod artifacts;
mod comments;
mod hooks;
mod issues;
mod jobs;
mod logs;
mod packages;
mod registry;
mod releases;
mod repository;
mod schedules;
mod secure_files;
mod snippets;
mod terraform;
mod updated;
mod variables;

use super::{Level, PlaceRow, Refresh};
use crate::model::PlaceKind;

/// All places, in the order in which they are read.
///
/// Roles and scopes: <https://docs.gitlab.com/api/rest/> and <https://docs.gitlab.com/user/permissions/>.
pub const PLACES: &[PlaceRow] = &[
    PlaceRow {
        kind: PlaceKind::Variables,
        place: &variables::VariablePlace,
        levels: &[Level::Instance, Level::Group, Level::Project],
        is_default: true,
        role: "Maintainer (group: Owner, instance: administrator)",
        scope: "api",
        refresh: Refresh::Always,
    },
    PlaceRow {
        kind: PlaceKind::Logs,
        place: &logs::Logs,
        levels: &[Level::Project],
        is_default: true,
        role: "Reporter (debug logs: Developer)",
        scope: "read_api",
        refresh: Refresh::Always,
    },
    PlaceRow {
        kind: PlaceKind::Repository,
        place: &repository::ProjectRepository,
        levels: &[Level::Project],
        is_default: true,
        role: "Reporter",
        scope: "read_repository",
        refresh: Refresh::OnActivity,
    },
    PlaceRow {
        kind: PlaceKind::Wiki,
        place: &repository::Wiki,
        levels: &[Level::Group, Level::Project],
        is_default: true,
        role: "Reporter",
        scope: "read_repository",
        refresh: Refresh::OnActivity,
    },
    PlaceRow {
        kind: PlaceKind::Artifacts,
        place: &artifacts::Artifacts,
        levels: &[Level::Project],
        is_default: true,
        role: "Reporter",
        scope: "read_api",
        refresh: Refresh::Always,
    },
    PlaceRow {
        kind: PlaceKind::Issues,
        place: &issues::Issues,
        levels: &[Level::Group, Level::Project],
        is_default: true,
        role: "Planner",
        scope: "read_api",
        refresh: Refresh::OnActivity,
    },
    PlaceRow {
        kind: PlaceKind::MergeRequests,
        place: &issues::MergeRequests,
        levels: &[Level::Project],
        is_default: true,
        role: "Reporter",
        scope: "read_api",
        refresh: Refresh::OnActivity,
    },
    PlaceRow {
        kind: PlaceKind::Comments,
        place: &comments::Comments,
        levels: &[Level::Group, Level::Project],
        is_default: true,
        role: "Reporter",
        scope: "read_api",
        refresh: Refresh::OnActivity,
    },
    PlaceRow {
        kind: PlaceKind::Snippets,
        place: &snippets::Snippets,
        levels: &[Level::Instance, Level::Project],
        is_default: true,
        role: "Reporter (instance: administrator)",
        scope: "read_api",
        refresh: Refresh::OnActivity,
    },
    PlaceRow {
        kind: PlaceKind::Releases,
        place: &releases::Releases,
        levels: &[Level::Project],
        is_default: true,
        role: "Reporter",
        scope: "read_api",
        refresh: Refresh::OnActivity,
    },
    PlaceRow {
        kind: PlaceKind::Hooks,
        place: &hooks::Hooks,
        levels: &[Level::Instance, Level::Group, Level::Project],
        is_default: true,
        role: "Maintainer (group: Owner, instance: administrator)",
        scope: "api",
        refresh: Refresh::Daily,
    },
    PlaceRow {
        kind: PlaceKind::Schedules,
        place: &schedules::Schedules,
        levels: &[Level::Project],
        is_default: true,
        role: "Maintainer",
        scope: "read_api",
        refresh: Refresh::Daily,
    },
    PlaceRow {
        kind: PlaceKind::Terraform,
        place: &terraform::Terraform,
        levels: &[Level::Project],
        is_default: true,
        role: "Developer",
        scope: "read_api",
        refresh: Refresh::Daily,
    },
    PlaceRow {
        kind: PlaceKind::SecureFiles,
        place: &secure_files::SecureFiles,
        levels: &[Level::Project],
        is_default: true,
        role: "Developer",
        scope: "read_api",
        refresh: Refresh::Daily,
    },
    PlaceRow {
        kind: PlaceKind::Packages,
        place: &packages::Packages,
        levels: &[Level::Project],
        is_default: false,
        role: "Reporter",
        scope: "read_api",
        refresh: Refresh::Daily,
    },
    PlaceRow {
        kind: PlaceKind::Registry,
        place: &registry::Registry,
        levels: &[Level::Project],
        is_default: false,
        role: "Reporter",
        scope: "read_api and read_registry",
        refresh: Refresh::Daily,
    },
];

/// Returns the row of a place.
pub fn row(kind: PlaceKind) -> Option<&'static PlaceRow> {
    PLACES.iter().find(|row| row.kind == kind)
}

/// Returns the number of an item from its path: 42 for `-/jobs/42/log` and the prefix `-/jobs/`.
fn item_number(item: &str, prefix: &str) -> Option<u64> {
    let rest = item.strip_prefix(prefix)?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    rest[..end.unwrap_or(rest.len())].parse().ok()
}
