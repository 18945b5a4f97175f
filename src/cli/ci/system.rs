//! The job that runs the program, as described by the variables of a CI system. Each CI system is one implementation of
//! [`CiSystem`]; no other file of `ci` contains the name of a variable.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::gitlab::GitLab;

/// The longest value of a variable that is read, in bytes.
const MAX_VALUE: usize = 4 << 20;

/// The CI systems that are known. The first one is assumed outside of all of them: its settings have an effect, and a
/// mode that is named may use its variables.
const SYSTEMS: [&dyn CiSystem; 1] = [&GitLab];

/// Variables by which other CI systems are recognized, to name them in an error.
const OTHERS: [(&str, &str); 10] = [
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

/// A CI system.
pub(in crate::cli) trait CiSystem: Sync {
    /// Returns true in a job of this system.
    fn is_running(&self, variables: &Variables) -> bool;

    /// Returns the names of variables whose values are secret. The first one is the token of the job.
    fn secret_variables(&self) -> &'static [&'static str];

    /// Returns the settings from the variables. Outside of the system, only those that a person may have set are expected.
    fn job(&self, variables: &Variables) -> CiJob;
}

/// A job, as described by the variables of a CI system.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct CiJob {
    /// The name of the CI system that the job runs in.
    pub(super) system: Option<&'static str>,
    /// The kind of the pipeline.
    pub(super) pipeline: Option<Pipeline>,
    /// The commit of the pipeline, as a full id.
    pub(super) head: Option<String>,
    /// The previous tip of the branch, as a full id.
    pub(super) previous_tip: Option<String>,
    /// The branch of the pipeline.
    pub(super) branch: Option<String>,
    /// The default branch of the project.
    pub(super) default_branch: Option<String>,
    /// True if the pipeline was scheduled or started by hand.
    pub(super) is_on_demand: bool,
    /// The merge request of the pipeline; empty in other pipelines.
    pub(super) merge_request: MergeRequest,
    /// The folder of the checkout.
    pub(in crate::cli) checkout: Option<PathBuf>,
    /// The reason for a missing checkout and how to get one, if the job is configured without it.
    pub(super) without_checkout: Option<String>,
    /// The address from which this project is fetched.
    pub(super) repository: Option<CiRemote>,
    /// The address from which the target of the merge request is fetched, if it is another project.
    pub(super) target_repository: Option<CiRemote>,
    /// The address of the GitLab instance that runs the job.
    pub(super) instance: Option<CiSetting>,
    /// Texts that must not be shown.
    pub(super) secrets: Vec<String>,
    /// Certificates to trust.
    pub(super) certificates: CiCertificates,
    /// The operator's settings.
    pub(super) settings: CiSettings,
    /// The page of the project.
    pub(in crate::cli) project_url: Option<String>,
    /// The address below which files of the job can be seen, by their path in the checkout.
    pub(in crate::cli) artifacts_url: Option<String>,
    /// Writes the start and the end of a foldable section of the job log; `None` if the log has no sections.
    pub(super) section: Option<fn(SectionEdge<'_>) -> String>,
}

/// The kind of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pipeline {
    /// Of a merge request.
    MergeRequest,
    /// Of a tag.
    Tag(String),
    /// Of a branch, started by a push.
    Push(String),
    /// Of a branch, started by something else, in the words of the CI system.
    Other(String),
}

/// A merge request.
#[derive(Clone, Debug, Default)]
pub(super) struct MergeRequest {
    /// Its number.
    pub(super) number: Option<String>,
    /// The parent of its first commit, as a full id.
    pub(super) base: Option<String>,
    /// Its last commit, if another commit is checked out.
    pub(super) head: Option<String>,
    /// The target branch.
    pub(super) target_branch: Option<String>,
    /// The tip of the target branch.
    pub(super) target_tip: Option<String>,
    /// A note on the checkout, in parentheses; may be empty.
    pub(super) remark: &'static str,
    /// True if source and target are different projects.
    pub(super) is_from_fork: bool,
    /// True if the job runs in another project than the target: in the fork.
    pub(super) is_outside_target: bool,
}

/// A repository to fetch from.
#[derive(Clone)]
pub(super) struct CiRemote {
    /// Its name in the log.
    pub(super) label: &'static str,
    /// Its address, which may contain credentials.
    pub(super) address: String,
}

/// Does not show the address.
impl std::fmt::Debug for CiRemote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CiRemote").field(&self.label).finish()
    }
}

/// Certificates to trust besides those of the system.
#[derive(Clone, Debug, Default)]
pub(super) struct CiCertificates {
    /// Certificates of the operator, or the path of a file with them; with the name of the setting.
    pub(super) bundle: Option<CiSetting>,
    /// Files with certificates of the CI system. Those that cannot be read are ignored.
    pub(super) files: Vec<String>,
    /// The setting that names the file of the CI system itself.
    pub(super) own_file: Option<CiSetting>,
}

/// A setting of the operator.
#[derive(Clone, Debug)]
pub(super) struct CiSetting {
    /// Its name.
    pub(super) name: &'static str,
    /// Its value.
    pub(super) value: String,
}

/// The operator's settings.
#[derive(Clone, Debug, Default)]
pub(super) struct CiSettings {
    /// The setting that disables the scan.
    pub(super) disabled_by: Option<&'static str>,
    /// The setting that asks for the whole history.
    pub(super) history_by: Option<&'static str>,
    /// Excluded paths: patterns, separated by commas.
    pub(super) excluded_paths: Option<CiSetting>,
    /// Options of `git log` that select commits.
    pub(super) log_options: Option<CiSetting>,
    /// The amount of output in the job log.
    pub(super) log_level: Option<String>,
    /// The names of the settings that name the default branch, for messages.
    pub(super) default_branch_names: &'static str,
    /// The names of the settings that select the checkout, for messages.
    pub(super) checkout_names: &'static str,
}

/// An edge of a section of the job log.
pub(super) enum SectionEdge<'a> {
    /// The start, with name, title and whether the section is folded.
    Start(&'a str, &'a str, bool),
    /// The end, with the name.
    End(&'a str),
}

impl CiJob {
    /// Reads the variables of this process.
    pub(in crate::cli) fn from_env() -> Self {
        Self::read(&Variables::from_env())
    }

    /// Reads these variables.
    pub(super) fn read(variables: &Variables) -> Self {
        let running = SYSTEMS
            .into_iter()
            .find(|system| system.is_running(variables));
        running.unwrap_or(SYSTEMS[0]).job(variables)
    }

    /// Returns the address of the instance that runs the job.
    pub(in crate::cli) fn server(&self) -> Option<String> {
        Some(self.instance.as_ref()?.value.clone())
    }

    /// Returns true in the pipeline of a merge request.
    pub(super) fn is_merge_request(&self) -> bool {
        self.pipeline == Some(Pipeline::MergeRequest)
    }
}

/// Returns the names of the variables whose values are secret.
pub(in crate::cli) fn secret_variables() -> impl Iterator<Item = &'static str> {
    let all = SYSTEMS.into_iter().flat_map(CiSystem::secret_variables);
    all.copied()
}

/// Returns the value of the variable with the token of the job.
pub(in crate::cli) fn job_token() -> Option<std::ffi::OsString> {
    let names = SYSTEMS.into_iter();
    let mut names = names.filter_map(|system| system.secret_variables().first());
    names.find_map(std::env::var_os)
}

/// Returns the CI system that this process seems to run in, if it is not one of the known ones.
pub(super) fn other_system(variables: &Variables) -> Option<&'static str> {
    let known = OTHERS
        .iter()
        .find(|(sign, _)| variables.get(sign).is_some());
    known.map(|(_, name)| *name)
}

/// Environment variables, without the empty ones: a CI system may set a variable to nothing instead of omitting it.
#[derive(Clone, Default)]
pub(in crate::cli) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Returns those of this process. A value that is not UTF-8 is ignored.
    pub(super) fn from_env() -> Self {
        Self::new(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// Returns the given variables.
    pub(super) fn new(given: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut all: BTreeMap<String, String> = given.into_iter().collect();
        all.retain(|_, value| !value.is_empty() && value.len() <= MAX_VALUE);
        Self(all)
    }

    /// Returns a value, if it is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns a value, if it is not empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// Returns true for `true` and `1`.
    pub(super) fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    /// Returns an object id, or `None` for the null id of zeros.
    pub(super) fn commit(&self, name: &str) -> Option<String> {
        self.text(name).filter(|id| is_object_id(id))
    }

    /// Returns a variable with its name.
    pub(super) fn setting(&self, name: &'static str) -> Option<CiSetting> {
        let value = self.text(name)?;
        Some(CiSetting { name, value })
    }
}

/// Returns true for a full object id in hexadecimal that is not all zeros.
pub(super) fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|b| b.is_ascii_hexdigit())
        && text.bytes().any(|b| b != b'0')
}

/// Does not show values, which may be secrets.
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
    fn reads_zeros_and_names_as_no_commit() {
        let zeros = "0".repeat(40);
        let id = "1".repeat(40);
        let known = variables(&[("A", &zeros), ("B", &id), ("C", "main"), ("D", "")]);
        assert_eq!(known.commit("A"), None);
        assert_eq!(known.commit("B"), Some(id));
        assert_eq!(known.commit("C"), None);
        assert_eq!(known.get("D"), None);
        assert!(is_object_id(&"a".repeat(64)) && !is_object_id(&"0".repeat(64)));
    }

    #[test]
    fn does_not_show_values() {
        let shown = format!("{:?}", variables(&[("CI_JOB_TOKEN", "hidden")]));
        assert!(shown.contains("CI_JOB_TOKEN") && !shown.contains("hidden"));
    }

    #[test]
    fn names_other_systems() {
        let system = |given: &[(&str, &str)]| {
            let variables = variables(given);
            CiJob::read(&variables)
                .system
                .or_else(|| other_system(&variables))
        };
        assert_eq!(
            system(&[("CI", "true"), ("GITLAB_CI", "true")]),
            Some("GitLab")
        );
        assert_eq!(
            system(&[("CI", "true"), ("GITHUB_ACTIONS", "true")]),
            Some("GitHub Actions")
        );
        assert_eq!(system(&[("CI", "true")]), Some("a CI system"));
        assert_eq!(system(&[]), None);
    }
}
