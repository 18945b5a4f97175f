//! Releases: their descriptions and the links of their assets. Messages of tags are read with the repository.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::updated::since;
use crate::gitlab::path_segment;
use crate::report::url_path;
use crate::sweep::{Part, PartEnd, Place, PlaceError, RemoteItem};

/// Maximum difference between the clocks of this machine and of the instance in seconds.
const CLOCK_DIFFERENCE: i64 = 3600;

/// See the module.
#[derive(Debug)]
pub(super) struct Releases;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct ReleaseCursor {
    /// The time of the last reading, in seconds since 1970.
    read_at: i64,
}

/// A release, in the answers of `/projects/:id/releases`.
#[derive(Deserialize)]
struct Release {
    tag_name: String,
    name: Option<String>,
    description: Option<String>,
    created_at: Option<String>,
    #[serde(default)]
    assets: Assets,
}

#[derive(Default, Deserialize)]
struct Assets {
    #[serde(default)]
    links: Vec<AssetLink>,
}

#[derive(Deserialize)]
struct AssetLink {
    name: String,
    url: String,
}

impl Release {
    /// Returns the address of its page. A `/` in the name of the tag is encoded.
    fn page(&self) -> String {
        let tag = url_path(self.tag_name.as_bytes()).replace('/', "%2F");
        format!("-/releases/{tag}")
    }

    fn text(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        let description = self.description.as_deref().unwrap_or_default();
        let mut text = format!("{name}\n\n{description}\n");
        for link in &self.assets.links {
            text.push_str(&format!("\n{}: {}", link.name, link.url));
        }
        text
    }
}

impl Place for Releases {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        part.keep_records();
        let cursor: Option<ReleaseCursor> = part.cursor();
        let read_at = Timestamp::now().as_second();
        let known = cursor.map(|cursor| cursor.read_at - CLOCK_DIFFERENCE);
        let known = known.and_then(|second| Timestamp::from_second(second).ok());
        let after = known.or_else(|| since(part));
        let mut path = format!("{}/releases?per_page=100", part.subject().api());
        if let Some(time) = after {
            path.push_str(&format!(
                "&updated_after={}",
                path_segment(&time.to_string())
            ));
        }
        for release in part.items::<Release>(path) {
            let release = release?;
            let page = format!("-/releases/{}", release.tag_name);
            let item = RemoteItem {
                path: &page,
                url: part.subject().page(&release.page()),
                appeared: release.created_at.clone(),
                ..RemoteItem::default()
            };
            part.emit_text(&item, &release.text())?;
        }
        part.set_cursor(&ReleaseCursor { read_at });
        Ok(PartEnd::Done)
    }
}
