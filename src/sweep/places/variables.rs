//! CI/CD variables of projects, groups and the instance.
//!
//! A variable is an appropriate place for a credential, so a masked one is only counted. One that is not masked
//! appears in job logs as soon as a script prints it (<https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable>).

use serde::Deserialize;

use crate::model::Protection;
use crate::sweep::{Level, Part, PartEnd, Place, PlaceError, RemoteItem, Tally};

/// A remark in the messages of findings.
const REMARK: &str = "It is stored in a CI/CD variable, not leaked; but the variable is not masked, so that any \
     script that prints it shows it in a job log.";

/// See the module.
#[derive(Debug)]
pub(super) struct VariablePlace;

/// A variable, in the answers of `/projects/:id/variables`, `/groups/:id/variables` and `/admin/ci/variables`.
#[derive(Deserialize)]
struct Variable {
    key: String,
    /// Absent for hidden variables.
    value: Option<String>,
    #[serde(default)]
    masked: bool,
    #[serde(default)]
    protected: bool,
    #[serde(default)]
    hidden: bool,
    #[serde(default)]
    environment_scope: Option<String>,
}

impl Place for VariablePlace {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        let subject = part.subject();
        let (list, page) = match subject.level {
            Level::Instance => ("/admin/ci/variables", "/admin/application_settings/ci_cd"),
            Level::Group => ("/variables", "/-/settings/ci_cd"),
            Level::Project => ("/variables", "/-/settings/ci_cd"),
        };
        // The web page of a group is below `/groups/`.
        let url = format!("{}{page}#js-cicd-variables-settings", subject.web_url);
        for variable in part.items::<Variable>(format!("{}{list}?per_page=100", subject.api())) {
            let variable = variable?;
            let Some(value) = variable.value.filter(|_| !variable.hidden) else {
                part.count(Tally::HiddenVariables, 1);
                continue;
            };
            let scope = variable.environment_scope.filter(|scope| scope != "*");
            let path = match scope {
                Some(scope) => format!("-/variables/{}[{scope}]", variable.key),
                None => format!("-/variables/{}", variable.key),
            };
            let item = RemoteItem {
                path: &path,
                url: url.clone(),
                protection: Some(Protection {
                    masked: variable.masked,
                    protected: variable.protected,
                    hidden: false,
                }),
                ..RemoteItem::default()
            };
            // With its name, since many rules need it.
            let text = format!("{}={value}", variable.key);
            if !variable.masked {
                part.emit_with_remark(&item, text.as_bytes(), REMARK)?;
            } else if part.is_credential(&item, text.as_bytes()) {
                part.count(Tally::MaskedVariables, 1);
            }
        }
        Ok(PartEnd::Done)
    }
}
