//! The minimum versions of GitLab. This is the only definition: the help quotes it, `docs/gitlab.md` contains its
//! table, and a test compares every other page and the components with it.

/// A part of the program's output, and the oldest GitLab that accepts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GitlabVersion {
    /// The output or feature, in Markdown.
    pub what: &'static str,
    /// The oldest version that accepts it.
    pub since: &'static str,
    /// The changes in that version or in later ones, in Markdown.
    pub note: &'static str,
}

/// Names a version for `concat!`, which takes literals only.
macro_rules! versions {
    ($($name:ident = $version:literal;)+) => { $(
        macro_rules! $name { () => { $version }; }
    )+ };
}

versions! {
    sarif_since = "18.11";
    sarif_by_default = "19.1";
    sarif_without_flag = "19.2";
    native_since = "16.0";
    component_since = "16.11";
    annotations_since = "16.3";
}

/// The help text of the format `sarif`.
pub(super) const ABOUT_SARIF: &str = concat!(
    "SARIF 2.1.0 for GitLab ",
    sarif_since!(),
    " and newer (read by default from ",
    sarif_by_default!(),
    "), GitHub and editors",
);

/// The help text of the format `gitlab`.
pub(super) const ABOUT_NATIVE: &str = concat!(
    "GitLab's secret detection report, for GitLab ",
    native_since!(),
    " and newer (Ultimate)",
);

/// The help text of the format `annotations`.
pub(super) const ABOUT_ANNOTATIONS: &str = concat!(
    "links for the page of a job of GitLab ",
    annotations_since!(),
    " and newer",
);

/// All requirements, in the order of the documentation.
pub const GITLAB_VERSIONS: [GitlabVersion; 5] = [
    GitlabVersion {
        what: "components with `report: sarif`",
        since: sarif_since!(),
        note: concat!(
            "read by default from ",
            sarif_by_default!(),
            "; before, an administrator enables the flag `sarif_ingestion`, which is gone from ",
            sarif_without_flag!(),
        ),
    },
    GitlabVersion {
        what: "components with `report: native`, `group-sweep` and `history-sweep`",
        since: component_since!(),
        note: "`artifacts:access`, which keeps reports from visitors of public pipelines",
    },
    GitlabVersion {
        what: "`--report sarif=FILE` in a job of your own",
        since: sarif_since!(),
        note: "as above",
    },
    GitlabVersion {
        what: "`--report gitlab=FILE` in a job of your own",
        since: native_since!(),
        note: "version 15 of the report's schema",
    },
    GitlabVersion {
        what: "`--report annotations=FILE` in a job of your own",
        since: annotations_since!(),
        note: "`artifacts:reports:annotations`",
    },
];

/// Returns the requirements as a table in Markdown.
pub fn gitlab_versions_markdown() -> String {
    let row = |version: &GitlabVersion| {
        let GitlabVersion { what, since, note } = version;
        format!("| {what} | {since} | {note} |\n")
    };
    let rows: String = GITLAB_VERSIONS.iter().map(row).collect();
    format!("| what | oldest GitLab | because of |\n| --- | --- | --- |\n{rows}")
}
