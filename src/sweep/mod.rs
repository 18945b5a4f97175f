//! Sweeps the projects and groups of a GitLab instance: reads the places that contain text, and passes their content
//! to a scan.
//!
//! The unit of work is a *part* of one place of one subject (a project, a group or the instance). Each part is
//! scanned as a source of its own, and its findings, errors and counts are recorded atomically with the cursor of the
//! place. An interrupted sweep therefore continues at its last cursor and has the same report.

mod fetch;
mod git_error;
mod item;
mod job_page;
mod log_text;
mod mirror;
mod part;
mod place;
pub mod places;
mod plan;
mod ref_list;
mod run;
mod scratch;
mod share;
mod state;
mod state_file;
mod state_package;
mod state_store;
mod step;
mod subject;
mod survey;
mod target;
mod visitor;

pub use item::{RemoteItem, Tally};
pub use job_page::{JobPage, SubjectCache};
pub use mirror::{DiskBudget, GitCommands, size as disk_usage};
pub use part::{Part, SweepContext};
pub use place::{Level, PartEnd, Place, PlaceError, PlaceRow, Refresh, SweepLimits, Unreadable};
pub use plan::{SubjectPlan, SweepPlan, describe_time};
pub use run::{SourceScanner, Sweep, SweepProgress};
pub use share::{PlannedSubjects, Share};
pub use state::SweepState;
pub use state_file::{StateError, StateFile};
pub use state_package::StatePackage;
pub use state_store::{StateLocation, StateStore};
pub use step::scan_item;
pub use subject::{Statistics, Subject};
pub use survey::Survey;
pub use target::{SubjectLister, TargetError, Targets};
pub use visitor::{PageOf, SourcePage};
