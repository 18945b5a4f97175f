//! Webhooks of projects and groups, and the system hooks of the instance: their addresses, which GitLab shows in
//! clear text. It shows neither their secret tokens nor the values of their headers and variables.

use serde::Deserialize;

use crate::gitlab::FetchError;
use crate::model::Visibility;
use crate::sweep::{Level, Part, PartEnd, Place, PlaceError, RemoteItem};

/// See the module.
#[derive(Debug)]
pub(super) struct Hooks;

/// A webhook, in the answers of `/projects/:id/hooks`, `/groups/:id/hooks` and `/hooks`.
#[derive(Deserialize)]
struct Webhook {
    id: u64,
    url: String,
    name: Option<String>,
    description: Option<String>,
    custom_webhook_template: Option<String>,
    created_at: Option<String>,
}

impl Webhook {
    fn text(&self) -> String {
        let mut text = format!("url: {}\n", self.url);
        for line in [&self.name, &self.description, &self.custom_webhook_template] {
            text.extend(line.iter().flat_map(|line| [line, "\n"]));
        }
        text
    }
}

impl Place for Hooks {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        let subject = part.subject();
        let request = part.request(format!("{}/hooks?per_page=100", subject.api()));
        for hook in part.client().items::<Webhook>(request) {
            let hook = match hook {
                Ok(hook) => hook,
                // Without Premium groups have no webhooks.
                Err(FetchError::Refused { status: 404, .. }) if subject.level == Level::Group => {
                    break;
                }
                Err(error) => return Err(error.into()),
            };
            let path = format!("-/hooks/{}", hook.id);
            let item = RemoteItem {
                path: &path,
                url: match subject.level {
                    Level::Instance => subject.page(&format!("admin/hooks/{}/edit", hook.id)),
                    Level::Group | Level::Project => subject.page(&format!("{path}/edit")),
                },
                visibility: Some(Visibility::Private),
                appeared: hook.created_at.clone(),
                ..RemoteItem::default()
            };
            part.emit_text(&item, &hook.text())?;
        }
        Ok(PartEnd::Done)
    }
}
