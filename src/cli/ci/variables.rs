//! What GitLab and the operator say in variables, read once.
//!
//! Names and meanings: <https://docs.gitlab.com/ci/variables/predefined_variables/> and the variables
//! of GitLab's own secret detection.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What ends a value that is too long to be meant: variables of GitLab are far below.
const MAX_VALUE: usize = 4 << 20;

/// The variables of a job, without the empty ones: GitLab sets some of them to nothing instead of
/// leaving them out.
#[derive(Clone, Default)]
pub(super) struct Variables(BTreeMap<String, String>);

/// What the variables name as the kind of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pipeline {
    /// Of a merge request.
    MergeRequest,
    /// Of a tag.
    Tag(String),
    /// Of a branch, because somebody pushed to it.
    Push(String),
    /// Of a branch, for another reason: the value of `CI_PIPELINE_SOURCE`.
    Other(String),
}

impl Variables {
    /// Those of this process. A value that is no UTF-8 is as good as none.
    pub(super) fn from_env() -> Self {
        Self::new(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// Those given.
    pub(super) fn new(given: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut all: BTreeMap<String, String> = given.into_iter().collect();
        all.retain(|_, value| !value.is_empty() && value.len() <= MAX_VALUE);
        Self(all)
    }

    /// The value, if it is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// True for `true` and `1`, as GitLab's own templates have it.
    pub(super) fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    /// An object id; not the zeros that stand for none.
    pub(super) fn commit(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|id| is_object_id(id))
    }

    /// True in a job of GitLab.
    pub(super) fn is_gitlab(&self) -> bool {
        self.is_on("GITLAB_CI")
    }

    /// The folder of the checkout.
    pub(super) fn project_dir(&self) -> Option<PathBuf> {
        self.is_gitlab()
            .then(|| self.get("CI_PROJECT_DIR").map(PathBuf::from))?
    }

    /// The kind of the pipeline; `None` outside of GitLab.
    pub(super) fn pipeline(&self) -> Option<Pipeline> {
        if !self.is_gitlab() {
            return None;
        }
        let source = self.get("CI_PIPELINE_SOURCE").unwrap_or("unknown");
        Some(if self.get("CI_MERGE_REQUEST_IID").is_some() {
            // A child pipeline (`parent_pipeline`) of a merge request's has the variables as well.
            Pipeline::MergeRequest
        } else if let Some(tag) = self.get("CI_COMMIT_TAG") {
            Pipeline::Tag(tag.to_owned())
        } else if let (Some(branch), "push") = (self.get("CI_COMMIT_BRANCH"), source) {
            Pipeline::Push(branch.to_owned())
        } else {
            Pipeline::Other(source.to_owned())
        })
    }

    /// True if source and target of the merge request are different projects.
    pub(super) fn is_fork(&self) -> bool {
        match (
            self.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"),
            self.get("CI_MERGE_REQUEST_PROJECT_ID"),
        ) {
            (Some(source), Some(target)) => source != target,
            _ => false,
        }
    }

    /// True if this runs in another project than the one the merge request goes to: in the fork.
    pub(super) fn is_outside_target(&self) -> bool {
        match (
            self.get("CI_PROJECT_ID"),
            self.get("CI_MERGE_REQUEST_PROJECT_ID"),
        ) {
            (Some(here), Some(target)) => here != target,
            _ => false,
        }
    }

    /// The name of the CI system that is not GitLab, if it says which it is.
    pub(super) fn other_system(&self) -> Option<&'static str> {
        const SIGNS: [(&str, &str); 10] = [
            ("GITHUB_ACTIONS", "GitHub Actions"),
            ("FORGEJO_ACTIONS", "Forgejo Actions"),
            ("JENKINS_URL", "Jenkins"),
            ("TF_BUILD", "Azure Pipelines"),
            ("BITBUCKET_BUILD_NUMBER", "Bitbucket Pipelines"),
            ("CIRCLECI", "CircleCI"),
            ("BUILDKITE", "Buildkite"),
            ("TEAMCITY_VERSION", "TeamCity"),
            ("DRONE", "Drone"),
            ("CI", "a CI system"),
        ];
        if self.is_gitlab() {
            return None;
        }
        let known = SIGNS.iter().find(|(sign, _)| self.get(sign).is_some());
        known.map(|(_, name)| *name)
    }
}

/// A full object id in hexadecimal that is not all zeros.
pub(super) fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|b| b.is_ascii_hexdigit())
        && text.bytes().any(|b| b != b'0')
}

/// The values may hold secrets (the job token, at least), so none is shown.
impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(given: &[(&str, &str)]) -> Variables {
        Variables::new(
            given
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn zeros_are_no_commit() {
        let zeros = "0".repeat(40);
        let id = "1".repeat(40);
        let known = variables(&[("A", &zeros), ("B", &id), ("C", "main"), ("D", "")]);
        assert_eq!(known.commit("A"), None);
        assert_eq!(known.commit("B"), Some(id.as_str()));
        assert_eq!(known.commit("C"), None);
        assert_eq!(known.get("D"), None);
        assert!(is_object_id(&"a".repeat(64)) && !is_object_id(&"0".repeat(64)));
    }

    #[test]
    fn values_are_not_shown() {
        let shown = format!("{:?}", variables(&[("CI_JOB_TOKEN", "hidden")]));
        assert!(shown.contains("CI_JOB_TOKEN") && !shown.contains("hidden"));
    }

    #[test]
    fn other_systems_are_told_from_gitlab() {
        assert_eq!(
            variables(&[("CI", "true"), ("GITLAB_CI", "true")]).other_system(),
            None
        );
        assert_eq!(
            variables(&[("CI", "true"), ("GITHUB_ACTIONS", "true")]).other_system(),
            Some("GitHub Actions")
        );
        assert_eq!(
            variables(&[("CI", "true")]).other_system(),
            Some("a CI system")
        );
        assert_eq!(variables(&[]).other_system(), None);
    }
}
