//! The types of the secret detection report: the part of GitLab's schema that is written.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Serialize)]
pub(super) struct GitlabDocument<'a> {
    pub version: &'static str,
    pub scan: GitlabScan<'a>,
    pub vulnerabilities: Vec<Vulnerability>,
}

#[derive(Serialize)]
pub(super) struct GitlabScan<'a> {
    pub analyzer: Program<'a>,
    pub scanner: Program<'a>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub start_time: String,
    pub end_time: String,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    pub primary_identifiers: Vec<Identifier>,
}

#[derive(Serialize)]
pub(super) struct Program<'a> {
    pub id: &'static str,
    pub name: &'static str,
    pub version: &'a str,
    pub vendor: Vendor,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Vendor {
    pub name: &'static str,
}

#[derive(Serialize)]
pub(super) struct Message {
    pub level: &'static str,
    pub value: String,
}

#[derive(Serialize)]
pub(super) struct Identifier {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub name: String,
    pub value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Vulnerability {
    pub id: String,
    pub name: String,
    pub description: String,
    pub severity: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub solution: String,
    pub identifiers: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<GitlabLink>,
    pub location: GitlabLocation,
    pub tracking: Tracking,
    pub details: BTreeMap<&'static str, Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_source_code_extract: Option<String>,
}

#[derive(Serialize)]
pub(super) struct GitlabLink {
    pub url: String,
}

#[derive(Serialize)]
pub(super) struct GitlabLocation {
    pub file: String,
    pub start_line: u64,
    pub end_line: u64,
    pub commit: GitlabCommit,
}

#[derive(Serialize)]
pub(super) struct GitlabCommit {
    pub sha: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Tracking {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub items: [TrackedItem; 1],
}

#[derive(Serialize)]
pub(super) struct TrackedItem {
    pub file: String,
    pub start_line: u64,
    pub end_line: u64,
    pub signatures: [Signature; 1],
}

#[derive(Serialize)]
pub(super) struct Signature {
    pub algorithm: &'static str,
    pub value: String,
}

/// A line of the vulnerability page, shown as plain text.
#[derive(Serialize)]
pub(super) struct Detail {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub name: &'static str,
    pub value: String,
}
