//! The sample instance: 3 groups and 40 projects, with a leak in every place that a sweep reads.

mod levels;
mod places;

use serde_json::json;

use super::repositories::{NewCommit, make};
use super::{Content, Group, Project, items, logs, pack};
use crate::support::a_credential;
use crate::support::gitlab::{Authority, FakeGitlab};
use crate::support::sandbox::Sandbox;

/// A credential that is stored where it should not be.
#[derive(Clone, Debug)]
pub(crate) struct Leak {
    /// The name of the place for `--only`.
    pub(crate) place: &'static str,
    /// The start of the page's address, below that of the instance.
    pub(crate) page: String,
    pub(crate) secret: String,
}

/// A running instance with the sample.
pub(crate) struct SampleWorld {
    pub(crate) fake: FakeGitlab,
    /// The operator's token, for `GITLAB_TOKEN`.
    pub(crate) token: String,
    pub(crate) leaks: Vec<Leak>,
    /// Leaks that belong to no group: for `--all`.
    pub(crate) instance_leaks: Vec<Leak>,
    folder: tempfile::TempDir,
}

/// The line of the token in the large log.
pub(crate) const LARGE_LOG_LINE: usize = 3217;

/// Groups with their ids.
const GROUPS: &[(u64, &str)] = &[(1, "acme"), (2, "acme/platform"), (3, "acme/apps")];

/// Projects with something in them; others are called `service-NN`.
const API: &str = "acme/platform/api";
const INFRA: &str = "acme/platform/infra";
const WEB: &str = "acme/apps/web";
const SHOP: &str = "acme/apps/shop";
const LOCKED: &str = "acme/apps/locked";

impl SampleWorld {
    /// Starts the instance.
    pub(crate) fn start() -> Self {
        Self::start_with_log(20 << 20)
    }

    /// The same with a large log of another size.
    pub(crate) fn start_with_log(size: usize) -> Self {
        Self::of(FakeGitlab::start(), size)
    }

    /// Starts the instance with a certificate of this authority.
    pub(crate) fn start_tls(authority: &Authority) -> Self {
        Self::of(FakeGitlab::start_tls(authority), 1 << 16)
    }

    fn of(fake: FakeGitlab, size: usize) -> Self {
        let mut world = Self {
            fake,
            token: a_credential("personal access token, routable", 4000),
            leaks: Vec::new(),
            instance_leaks: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
        };
        world
            .fake
            .add("operator", "personal-access-token", &world.token);
        let mut content = Content {
            url: world.fake.url(),
            ..Content::default()
        };
        world.add_projects(&mut content);
        world.add_repositories(&mut content);
        world.add_jobs(&mut content, size);
        world.add_variables(&mut content);
        world.add_texts(&mut content);
        world.add_packages(&mut content);
        world.add_image(&mut content);
        world.add_infrastructure(&mut content);
        world.add_groups(&mut content);
        world.add_instance(&mut content);
        world.fake.edit(|empty| *empty = content);
        world
    }

    /// Starts the instance with a log of one megabyte and an operator whose token may write. Also returns a sandbox that
    /// watches its secrets.
    pub(crate) fn start_writable() -> (Self, Sandbox) {
        let (world, sandbox) = (Self::start_with_log(1 << 20), Sandbox::new());
        world
            .fake
            .change("operator", |known| known.scopes.push("api".to_owned()));
        world.watch(&sandbox);
        (world, sandbox)
    }

    /// Watches all secrets, so that a run that shows one fails.
    pub(crate) fn watch(&self, sandbox: &Sandbox) {
        sandbox.watch(self.token.clone());
        for leak in self.leaks.iter().chain(&self.instance_leaks) {
            sandbox.watch(leak.secret.clone());
        }
    }

    /// A new secret that leaks at this page.
    fn leak(&mut self, place: &'static str, page: impl Into<String>) -> String {
        let secret = a_credential(
            "personal access token, routable",
            4001 + self.leaks.len() as u64,
        );
        self.leaks.push(Leak {
            place,
            page: page.into(),
            secret: secret.clone(),
        });
        secret
    }

    fn add_projects(&self, content: &mut Content) {
        let groups = GROUPS.iter().map(|(id, path)| Group {
            id: *id,
            path: (*path).to_owned(),
            role: 50,
        });
        content.groups = groups.collect();
        let named = [API, INFRA, WEB, SHOP, LOCKED].map(str::to_owned);
        let others = (0..35).map(|number| {
            let group = GROUPS[number % GROUPS.len()].1;
            format!("{group}/service-{number:02}")
        });
        content.projects = (11..)
            .zip(named.into_iter().chain(others))
            .map(|(id, path)| Project {
                id,
                visibility: if path == SHOP { "public" } else { "private" },
                role: if path == LOCKED { 20 } else { 40 },
                last_activity_at: items::CREATED.to_owned(),
                disabled: if path == LOCKED {
                    vec!["container_registry"]
                } else {
                    Vec::new()
                },
                path,
            })
            .collect();
    }

    fn add_repositories(&mut self, content: &mut Content) {
        let folder = self.folder.path().to_owned();
        let plain = |name: &str| {
            let readme = NewCommit {
                name: "refs/heads/main",
                message: "Start",
                file: "README.md",
                text: Some("Nothing here.\n"),
            };
            make(&folder, name, &[readme])
        };
        let clean = plain("clean");
        for project in &content.projects {
            content
                .repositories
                .insert(format!("{}.git", project.path), clean.clone());
        }
        // The branch is deleted; GitLab keeps the commits of its merge request.
        let deleted = self.leak("repository", format!("/{API}/-/blob/"));
        let deleted = format!("# deployment\nDEPLOY={deleted}\n");
        let main = NewCommit {
            name: "refs/heads/main",
            message: "Start",
            file: "README.md",
            text: Some("An API.\n"),
        };
        let topic = NewCommit {
            name: "refs/merge-requests/2/head",
            message: "Add deployment",
            file: "deploy.env",
            text: Some(&deleted),
        };
        content
            .repositories
            .insert(format!("{API}.git"), make(&folder, "api", &[main, topic]));
        for (key, page, name) in [
            (
                format!("{API}.wiki.git"),
                format!("/{API}/-/wikis/"),
                "api-wiki",
            ),
            (
                "acme.wiki.git".to_owned(),
                "/groups/acme/-/wikis/".to_owned(),
                "group-wiki",
            ),
        ] {
            let token = self.leak("wiki", page);
            let text = format!("Deploy with {token}.\n");
            let commits =
                [Some(text.as_str()), Some("Ask the operators.\n")].map(|text| NewCommit {
                    name: "refs/heads/main",
                    message: "Edit",
                    file: "Deploy.md",
                    text,
                });
            content
                .repositories
                .insert(key, make(&folder, name, &commits));
        }
    }

    fn add_jobs(&mut self, content: &mut Content, size: usize) {
        let url = content.url.clone();
        let (api, web, locked) = (id(content, API), id(content, WEB), id(content, LOCKED));
        let token = self.leak("logs", format!("/{API}/-/jobs/1001#L{LARGE_LOG_LINE}"));
        let log = logs::large(size, LARGE_LOG_LINE, &token);
        content.store(
            &format!("projects/{api}/jobs/1001/trace"),
            "text/plain",
            log,
        );
        let secret = a_credential("personal access token, routable", 3999);
        let (log, line) = logs::split(&secret);
        self.leaks.push(Leak {
            place: "logs",
            page: format!("/{API}/-/jobs/1002#L{line}"),
            secret,
        });
        content.store(
            &format!("projects/{api}/jobs/1002/trace"),
            "text/plain",
            log,
        );
        for job in [1001, 1002] {
            content.push(
                &format!("projects/{api}/jobs"),
                items::job(&url, API, job, &[]),
            );
        }

        let token = self.leak(
            "artifacts",
            format!("/{WEB}/-/jobs/1011/artifacts/file/dist/bundle.zip"),
        );
        let settings = format!("# settings\ntoken = \"{token}\"\n");
        let inner = pack::zip(&[("conf/settings.toml", settings.as_bytes())]);
        let bundle = pack::zip(&[("app/readme.txt", b"An app.\n"), ("lib/inner.zip", &inner)]);
        self.add_artifacts(
            content,
            web,
            1011,
            &[
                ("dist/readme.txt", b"Built.\n"),
                ("dist/bundle.zip", &bundle),
            ],
        );
        // A report of variables that is an artifact, too, so that it can be downloaded.
        let token = self.leak(
            "artifacts",
            format!("/{WEB}/-/jobs/1012/artifacts/file/build.env"),
        );
        self.add_artifacts(
            content,
            web,
            1012,
            &[("build.env", format!("DEPLOY_TOKEN={token}\n").as_bytes())],
        );

        // A report that is not an artifact can be read in public projects only.
        let token = self.leak(
            "artifacts",
            format!("/{SHOP}/-/jobs/1041/artifacts/download"),
        );
        let report = pack::gzip(format!("RELEASE=1\nDEPLOY_TOKEN={token}\n").as_bytes());
        let shop = id(content, SHOP);
        for (project, path, job) in [(shop, SHOP, 1041), (locked, LOCKED, 1020)] {
            let listed = [
                ("dotenv", ".env.gz", report.len()),
                ("trace", "job.log", 14),
            ];
            content.push(
                &format!("projects/{project}/jobs"),
                items::job(&url, path, job, &listed),
            );
            content.store(
                &format!("projects/{project}/jobs/{job}/trace"),
                "text/plain",
                *b"Job succeeded\n",
            );
        }
        content.store(
            &format!("projects/{shop}/jobs/1041/reports/dotenv"),
            "application/gzip",
            report,
        );

        // Artifacts that have expired, and a log that was erased.
        let mut expired = items::job(&url, LOCKED, 1021, &[("trace", "job.log", 20)]);
        expired["artifacts_expire_at"] = json!("2026-10-02T08:00:00.000Z");
        let mut erased = items::job(&url, LOCKED, 1022, &[]);
        erased["erased_at"] = json!("2026-10-03T08:00:00.000Z");
        content.push(&format!("projects/{locked}/jobs"), expired);
        content.store(
            &format!("projects/{locked}/jobs/1021/trace"),
            "text/plain",
            *b"Job succeeded\n",
        );
        content.push(&format!("projects/{locked}/jobs"), erased);
    }

    fn add_artifacts(
        &self,
        content: &mut Content,
        project: u64,
        job: u64,
        files: &[(&str, &[u8])],
    ) {
        let path = content
            .projects
            .iter()
            .find(|known| known.id == project)
            .unwrap()
            .path
            .clone();
        let key = format!("projects/{project}/jobs/{job}");
        let archive = pack::zip(files);
        let size = archive.len();
        let url = content.url.clone();
        let job = items::job(
            &url,
            &path,
            job,
            &[("archive", "artifacts.zip", size), ("trace", "job.log", 14)],
        );
        content.push(&format!("projects/{project}/jobs"), job);
        content.store(&format!("{key}/trace"), "text/plain", *b"Job succeeded\n");
        content.store(&format!("{key}/artifacts"), "application/zip", archive);
        let entries = files
            .iter()
            .map(|(name, bytes)| items::artifact_entry(name, bytes.len()));
        content
            .lists
            .insert(format!("{key}/artifacts/tree"), entries.collect());
        for (name, bytes) in files {
            content.store(
                &format!("{key}/artifacts/{name}"),
                "application/octet-stream",
                *bytes,
            );
        }
    }

    fn add_variables(&mut self, content: &mut Content) {
        let clear = self.leak("variables", format!("/{INFRA}/-/settings/ci_cd"));
        let masked = a_credential("personal access token, routable", 3998);
        content.lists.insert(
            format!("projects/{}/variables", id(content, INFRA)),
            vec![
                items::variable("DEPLOY_TOKEN", Some(&clear), "clear"),
                items::variable("MASKED_TOKEN", Some(&masked), "masked"),
                items::variable("HIDDEN_TOKEN", None, "hidden"),
            ],
        );
        let group = self.leak("variables", "/groups/acme/-/settings/ci_cd");
        let variables = vec![items::variable("GROUP_TOKEN", Some(&group), "clear")];
        content
            .lists
            .insert("groups/1/variables".to_owned(), variables);
        let variables = vec![items::variable("INSTANCE_NAME", Some("acme"), "clear")];
        content
            .lists
            .insert("admin/ci/variables".to_owned(), variables);
    }
}

/// The id of a project.
fn id(content: &Content, path: &str) -> u64 {
    content.project(path).unwrap().id
}
