//! GitLab CI/CD.
//!
//! Names and meanings: <https://docs.gitlab.com/ci/variables/predefined_variables/> and the variables of GitLab's own
//! secret detection.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use super::system::{
    CiCertificates, CiJob, CiRemote, CiSettings, CiSystem, MergeRequest, Pipeline, SectionEdge,
    Variables,
};

/// GitLab CI/CD.
pub(super) struct GitLab;

impl CiSystem for GitLab {
    fn is_running(&self, variables: &Variables) -> bool {
        variables.is_on("GITLAB_CI")
    }

    fn secret_variables(&self) -> &'static [&'static str] {
        &[
            "CI_JOB_TOKEN",
            "CI_REGISTRY_PASSWORD",
            "CI_DEPLOY_PASSWORD",
            "CI_DEPENDENCY_PROXY_PASSWORD",
            "CI_JOB_JWT",
        ]
    }

    fn job(&self, variables: &Variables) -> CiJob {
        let is_running = self.is_running(variables);
        let started_by = variables.get("CI_PIPELINE_SOURCE");
        let merge_request = merge_request(variables);
        let checkout = variables.get("CI_PROJECT_DIR").filter(|_| is_running);
        let secrets = ["CI_JOB_TOKEN", "CI_REPOSITORY_URL"];
        CiJob {
            system: is_running.then_some("GitLab"),
            pipeline: is_running.then(|| pipeline(variables, started_by)),
            head: variables.commit("CI_COMMIT_SHA"),
            previous_tip: variables.commit("CI_COMMIT_BEFORE_SHA"),
            branch: variables.text("CI_COMMIT_BRANCH"),
            default_branch: variables.text("CI_DEFAULT_BRANCH"),
            is_on_demand: matches!(started_by, Some("schedule" | "web")),
            checkout: checkout.map(PathBuf::from),
            without_checkout: without_checkout(variables),
            repository: variables.text("CI_REPOSITORY_URL").map(|address| CiRemote {
                label: "CI_REPOSITORY_URL",
                address,
            }),
            target_repository: variables
                .get("CI_MERGE_REQUEST_PROJECT_URL")
                .filter(|_| merge_request.is_outside_target)
                .map(|url| CiRemote {
                    label: "target project",
                    address: format!("{url}.git"),
                }),
            merge_request,
            secrets: secrets
                .iter()
                .filter_map(|name| variables.text(name))
                .collect(),
            instance: variables.setting("CI_SERVER_URL"),
            certificates: certificates(variables),
            settings: settings(variables),
            project_url: variables.text("CI_PROJECT_URL").filter(|_| is_running),
            artifacts_url: variables
                .get("CI_JOB_URL")
                .filter(|url| is_running && url.starts_with("http"))
                .map(|url| format!("{url}/artifacts/file/")),
            section: is_running.then_some(section as fn(SectionEdge<'_>) -> String),
        }
    }
}

fn pipeline(variables: &Variables, started_by: Option<&str>) -> Pipeline {
    let started_by = started_by.unwrap_or("unknown");
    if variables.get("CI_MERGE_REQUEST_IID").is_some() {
        // The child pipeline (`parent_pipeline`) of a merge request's pipeline has the variables as well.
        Pipeline::MergeRequest
    } else if let Some(tag) = variables.text("CI_COMMIT_TAG") {
        Pipeline::Tag(tag)
    } else if let (Some(branch), "push") = (variables.text("CI_COMMIT_BRANCH"), started_by) {
        Pipeline::Push(branch)
    } else {
        Pipeline::Other(started_by.to_owned())
    }
}

fn merge_request(variables: &Variables) -> MergeRequest {
    let differ = |one, other| match (variables.get(one), variables.get(other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    };
    MergeRequest {
        number: variables.text("CI_MERGE_REQUEST_IID"),
        base: variables.commit("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
        // Set only if GitLab has made a merge commit, which is checked out then.
        head: variables.commit("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
        target_branch: variables.text("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        target_tip: variables.commit("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"),
        remark: match variables.get("CI_MERGE_REQUEST_EVENT_TYPE") {
            Some("merged_result") => {
                " (merged results: the checkout is a merge commit of GitLab; the commits of the source branch are scanned)"
            }
            Some("merge_train") => {
                " (merge train: the commits of other merge requests in it are theirs)"
            }
            _ => "",
        },
        is_from_fork: differ(
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID",
            "CI_MERGE_REQUEST_PROJECT_ID",
        ),
        is_outside_target: differ("CI_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_ID"),
    }
}

fn without_checkout(variables: &Variables) -> Option<String> {
    match variables.get("GIT_STRATEGY") {
        Some(strategy @ ("none" | "empty")) => Some(format!(
            "there is nothing to scan: GIT_STRATEGY is '{strategy}', so the runner has checked nothing \
             out; set GIT_STRATEGY to 'fetch' or 'clone' for this job"
        )),
        _ => None,
    }
}

fn certificates(variables: &Variables) -> CiCertificates {
    // Runners put the certificate of their GitLab there, and into a configuration that is not read.
    let own_file = "CI_SERVER_TLS_CA_FILE";
    let files = ["GIT_SSL_CAINFO", "SSL_CERT_FILE", own_file];
    CiCertificates {
        bundle: variables.setting("ADDITIONAL_CA_CERT_BUNDLE"),
        files: files
            .iter()
            .filter_map(|name| variables.text(name))
            .collect(),
        own_file: variables.setting(own_file),
    }
}

fn settings(variables: &Variables) -> CiSettings {
    let on = |name: &'static str| variables.is_on(name).then_some(name);
    CiSettings {
        disabled_by: on("SECRET_DETECTION_DISABLED"),
        history_by: on("SECRET_DETECTION_HISTORIC_SCAN"),
        excluded_paths: variables.setting("SECRET_DETECTION_EXCLUDED_PATHS"),
        log_options: variables.setting("SECRET_DETECTION_LOG_OPTIONS"),
        log_level: variables.text("SECURE_LOG_LEVEL"),
        default_branch_names: "CI_DEFAULT_BRANCH, --default-branch",
        checkout_names: "GIT_STRATEGY, GIT_CHECKOUT",
    }
}

/// Writes an edge of a section: <https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>.
fn section(edge: SectionEdge<'_>) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs());
    match edge {
        SectionEdge::Start(name, title, is_folded) => {
            let folded = if is_folded { "[collapsed=true]" } else { "" };
            format!("\x1b[0Ksection_start:{now}:{name}{folded}\r\x1b[0K{title}\n")
        }
        SectionEdge::End(name) => format!("\x1b[0Ksection_end:{now}:{name}\r\x1b[0K\n"),
    }
}
