//! Methods of a part that scan fetched content.

use super::{Part, PlaceError, RemoteItem, Tally};
use crate::gitlab::{ApiRequest, Download, FetchError, RequestError};

impl Part<'_> {
    /// Scans a text, unless it is blank.
    ///
    /// # Errors
    /// [`PlaceError::Interrupted`] if the scan should stop.
    pub fn emit_text(&self, item: &RemoteItem<'_>, text: &str) -> Result<(), PlaceError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        self.emit(item, &mut text.as_bytes())
    }

    /// Downloads and scans a file. A file that is larger than `limit` is only counted; `size` is its size, if known
    /// in advance.
    ///
    /// # Errors
    /// If the request fails or is refused, or the scan should stop.
    pub fn emit_file(
        &self,
        item: &RemoteItem<'_>,
        request: &ApiRequest,
        size: Option<u64>,
        limit: u64,
    ) -> Result<(), PlaceError> {
        if size.is_some_and(|size| size > limit) {
            self.count(Tally::LargeFiles, 1);
            return Ok(());
        }
        self.emit_download(item, self.client().download(request, limit))
    }

    /// Scans a file whose download has begun or failed. A file that is too large is only counted.
    ///
    /// # Errors
    /// If the request failed or was refused, or the scan should stop.
    pub fn emit_download(
        &self,
        item: &RemoteItem<'_>,
        download: Result<Download<'_>, FetchError>,
    ) -> Result<(), PlaceError> {
        match download {
            Ok(mut content) => self.emit(item, &mut content),
            Err(FetchError::Request(RequestError::TooLarge(_))) => {
                self.count(Tally::LargeFiles, 1);
                Ok(())
            }
            Err(error) => Err(PlaceError::from(error).of_item(item.path)),
        }
    }
}
