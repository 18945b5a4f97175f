//! JSON reports of earlier runs, as the input of a command.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::Context as _;

use crate::model::BlobPath;
use crate::report::json::JsonDocument;

/// Reads a JSON report from a file, or from standard input if the path is `-`.
pub(super) fn read(path: &Path) -> anyhow::Result<JsonDocument> {
    let document = if path == Path::new("-") {
        JsonDocument::read(io::stdin().lock())
    } else {
        File::open(path)
            .map_err(Into::into)
            .and_then(JsonDocument::read)
    };
    document.with_context(|| format!("cannot read the report {}", BlobPath::from_path(path)))
}
