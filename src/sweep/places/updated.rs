//! Listings in the order of the last change, so that the next sweep reads only items that have changed since.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::gitlab::{FetchError, RequestError, path_segment};
use crate::sweep::{Part, SweepLimits};

/// Number of items on a page.
pub(super) const PER_PAGE: usize = 100;

/// An item of such a listing.
pub(super) trait UpdatedItem {
    /// Returns a number that is unique in the listing.
    fn number(&self) -> u64;

    /// Returns the time of the last change, in GitLab's form.
    fn updated_at(&self) -> &str;
}

/// The cursor of a listing.
///
/// Pages are requested by the time of the last change and not by number, because an item that changes in the meantime
/// moves to the end and shifts the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UpdateCursor {
    /// All items that changed before this time are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated_after: Option<String>,
    /// Items that changed at exactly that time and are read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    seen: BTreeSet<u64>,
    /// Number of pages that contain only those items.
    #[serde(default, skip_serializing_if = "is_zero")]
    full_pages: u64,
}

/// Returns the earliest time of content to read, if the operator set one.
pub(super) fn since(part: &Part<'_>) -> Option<Timestamp> {
    Timestamp::from_second(part.limits().since?).ok()
}

/// Returns true for items that were created at that time or later.
pub(super) fn is_recent(part: &Part<'_>, created_at: &Option<String>) -> bool {
    let created = created_at.as_deref().and_then(|text| text.parse().ok());
    match (since(part), created) {
        (Some(since), Some(created)) => since <= created,
        _ => true,
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Items of a page that were not read before.
pub(super) struct UpdatedPage<T> {
    pub(super) items: Vec<T>,
    pub(super) is_last: bool,
}

impl UpdateCursor {
    /// Returns the next page of the listing at `path`, which has a query.
    ///
    /// # Errors
    /// If the request fails or is refused. The cursor is then unchanged.
    pub(super) fn next_page<T: DeserializeOwned + UpdatedItem>(
        &mut self,
        part: &Part<'_>,
        path: &str,
    ) -> Result<UpdatedPage<T>, FetchError> {
        // Full pages contain recorded items only. More of them come from a server that ignores the time and the page.
        if self.full_pages > self.seen.len() as u64 / PER_PAGE as u64 + 2 {
            return Err(RequestError::Endless.into());
        }
        let url = self.url(part.limits(), path);
        let items = part.client().fetch(&part.request(url))?;
        Ok(self.advance(items))
    }

    /// Returns the address of the next page of the listing at `path`.
    pub(super) fn url(&self, limits: &SweepLimits, path: &str) -> String {
        let mut url = format!("{path}&order_by=updated_at&sort=asc&per_page={PER_PAGE}");
        if self.full_pages > 0 {
            url.push_str(&format!("&page={}", self.full_pages + 1));
        }
        let since = limits.since;
        let since = since.and_then(|since| Timestamp::from_second(since).ok());
        let first = self.updated_after.clone();
        if let Some(time) = first.or_else(|| since.map(|time| time.to_string())) {
            url.push_str(&format!("&updated_after={}", path_segment(&time)));
        }
        url
    }

    /// Moves on to the page after these items; returns those that were not read before.
    pub(super) fn advance<T: UpdatedItem>(&mut self, items: Vec<T>) -> UpdatedPage<T> {
        let is_last = items.len() < PER_PAGE;
        let before = self.clone();
        if let Some(newest) = items.last().map(|item| item.updated_at().to_owned()) {
            if before.updated_after.as_ref() == Some(&newest) {
                self.full_pages += u64::from(!is_last);
            } else {
                self.seen.clear();
                self.full_pages = 0;
            }
            let at_newest = items.iter().filter(|item| item.updated_at() == newest);
            self.seen.extend(at_newest.map(UpdatedItem::number));
            self.updated_after = Some(newest);
        }
        let is_new = |item: &T| {
            before.updated_after.as_deref() != Some(item.updated_at())
                || !before.seen.contains(&item.number())
        };
        UpdatedPage {
            items: items.into_iter().filter(is_new).collect(),
            is_last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Item(u64, String);

    impl UpdatedItem for Item {
        fn number(&self) -> u64 {
            self.0
        }

        fn updated_at(&self) -> &str {
            &self.1
        }
    }

    /// Simulates GitLab's response to the cursor.
    fn answer(all: &[Item], cursor: &UpdateCursor) -> Vec<Item> {
        let after = cursor.updated_after.clone().unwrap_or_default();
        let changed = all.iter().filter(|item| item.1 >= after);
        let skipped = cursor.full_pages as usize * PER_PAGE;
        changed.skip(skipped).take(PER_PAGE).cloned().collect()
    }

    fn read(all: &[Item], cursor: &mut UpdateCursor) -> (Vec<u64>, usize) {
        let (mut found, mut requests) = (Vec::new(), 0);
        loop {
            let page = cursor.advance(answer(all, cursor));
            requests += 1;
            found.extend(page.items.iter().map(|item| item.0));
            if page.is_last {
                return (found, requests);
            }
        }
    }

    #[test]
    fn reads_each_item_once() {
        for (count, per_time) in [
            (0, 1),
            (1, 1),
            (99, 1),
            (100, 1),
            (250, 1),
            (1000, 7),
            (950, 300),
        ] {
            let all: Vec<Item> = (0..count)
                .map(|id| Item(id, format!("2026-01-01T{:06}", id / per_time)))
                .collect();
            let mut cursor = UpdateCursor::default();
            let (found, requests) = read(&all, &mut cursor);
            assert_eq!(
                found,
                (0..count).collect::<Vec<u64>>(),
                "{count} {per_time}"
            );
            assert!(
                requests as u64 <= count / 90 + 4,
                "{requests} requests for {count}"
            );
            assert_eq!(read(&all, &mut cursor).0, [0; 0], "{count} {per_time}");
        }
    }

    #[test]
    fn reads_items_that_have_changed_since() {
        let mut all: Vec<Item> = (0..5).map(|id| Item(id, "2026-01-01".to_owned())).collect();
        let mut cursor = UpdateCursor::default();
        assert_eq!(read(&all, &mut cursor).0.len(), 5);
        all.remove(2);
        all.push(Item(2, "2026-01-02".to_owned()));
        all.push(Item(9, "2026-01-02".to_owned()));
        assert_eq!(read(&all, &mut cursor), (vec![2, 9], 1));
    }
}
