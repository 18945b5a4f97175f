//! The places of a sweep: one file each, and the table of what is known about them.

mod logs;
mod repository;
mod variables;

use super::{Level, PlaceRow, Refresh};
use crate::model::PlaceKind;

/// All places, in the order in which they are read.
///
/// Roles and scopes: <https://docs.gitlab.com/api/rest/> and <https://docs.gitlab.com/user/permissions/>.
pub const PLACES: &[PlaceRow] = &[
    PlaceRow {
        kind: PlaceKind::Variables,
        place: &variables::Variables,
        levels: &[Level::Instance, Level::Group, Level::Project],
        is_default: true,
        role: "Maintainer (group: Owner, instance: administrator)",
        scope: "api",
        refresh: Refresh::Always,
        requests: 1,
        requests_per_job: 0,
        is_mirrored: false,
    },
    PlaceRow {
        kind: PlaceKind::Logs,
        place: &logs::Logs,
        levels: &[Level::Project],
        is_default: true,
        role: "Reporter (debug logs: Developer)",
        scope: "read_api",
        refresh: Refresh::Always,
        requests: 1,
        requests_per_job: 1,
        is_mirrored: false,
    },
    PlaceRow {
        kind: PlaceKind::Repository,
        place: &repository::Repository,
        levels: &[Level::Project],
        is_default: true,
        role: "Reporter",
        scope: "read_repository",
        refresh: Refresh::OnActivity,
        requests: 2,
        requests_per_job: 0,
        is_mirrored: true,
    },
    PlaceRow {
        kind: PlaceKind::Wiki,
        place: &repository::Wiki,
        levels: &[Level::Group, Level::Project],
        is_default: true,
        role: "Reporter",
        scope: "read_repository",
        refresh: Refresh::OnActivity,
        requests: 2,
        requests_per_job: 0,
        is_mirrored: true,
    },
];
