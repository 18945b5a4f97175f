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

use super::Level::{Group, Instance, Project};
use super::{PlaceRow, Refresh};
use crate::model::PlaceKind;

/// Declares [`PLACES`]: the kind of a place and its reader, the levels that have it, whether it is read by default, and
/// the role, the scope and the condition for reading it again.
macro_rules! places {
    ($($kind:ident $place:expr, $levels:expr, $default:ident, $role:literal, $scope:literal, $refresh:ident;)+) => {
        /// All places, in the order in which they are read.
        ///
        /// Roles and scopes: <https://docs.gitlab.com/api/rest/> and <https://docs.gitlab.com/user/permissions/>.
        pub const PLACES: &[PlaceRow] = &[$(PlaceRow {
            kind: PlaceKind::$kind,
            place: &$place,
            levels: &$levels,
            is_default: $default,
            role: $role,
            scope: $scope,
            refresh: Refresh::$refresh,
        }),+];
    };
}

/// Values of the column for reading by default.
const YES: bool = true;
const NO: bool = false;

places! {
    Variables variables::VariablePlace, [Instance, Group, Project], YES,
        "Maintainer (group: Owner, instance: administrator)", "api", Always;
    Logs logs::Logs, [Project], YES, "Reporter (debug logs: Developer)", "read_api", Always;
    Repository repository::ProjectRepository, [Project], YES, "Reporter", "read_repository", OnActivity;
    Wiki repository::Wiki, [Group, Project], YES, "Reporter", "read_repository", OnActivity;
    Artifacts artifacts::Artifacts, [Project], YES, "Reporter", "read_api", Always;
    Issues issues::Issues, [Group, Project], YES, "Planner", "read_api", OnActivity;
    MergeRequests issues::MergeRequests, [Project], YES, "Reporter", "read_api", OnActivity;
    Comments comments::Comments, [Group, Project], YES, "Reporter", "read_api", OnActivity;
    Snippets snippets::Snippets, [Instance, Project], YES, "Reporter (instance: administrator)", "read_api", OnActivity;
    Releases releases::Releases, [Project], YES, "Reporter", "read_api", OnActivity;
    Hooks hooks::Hooks, [Instance, Group, Project], YES,
        "Maintainer (group: Owner, instance: administrator)", "api", Daily;
    Schedules schedules::Schedules, [Project], YES, "Maintainer", "read_api", Daily;
    Terraform terraform::Terraform, [Project], YES, "Developer", "read_api", Daily;
    SecureFiles secure_files::SecureFiles, [Project], YES, "Developer", "read_api", Daily;
    Packages packages::Packages, [Project], NO, "Reporter", "read_api", Daily;
    Registry registry::Registry, [Project], NO, "Reporter", "read_api and read_registry", Daily;
}

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
