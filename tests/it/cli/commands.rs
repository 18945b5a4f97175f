//! Commands that the program suggests, run as somebody would paste them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tokensweep::rule::RuleSet;

use crate::support::sandbox::Sandbox;
use crate::support::tokens::Rng;
use crate::support::{a_token, shape};

/// Records its name and its arguments instead of doing anything.
const STUB: &str =
    "#!/bin/sh\nprintf '%s\\0' \"${0##*/}\" \"$@\" >>\"$RECORD\"\nprintf '\\n' >>\"$RECORD\"\n";

/// Programs that change something somewhere.
const STUBS: [&str; 23] = [
    "age-keygen",
    "aliyun",
    "avn",
    "aws",
    "az",
    "certbot",
    "cosign",
    "curl",
    "databricks",
    "docker",
    "gcloud",
    "git",
    "gitlab-rake",
    "gpg",
    "heroku",
    "kubectl",
    "npm",
    "pscale",
    "sops",
    "ssh-keygen",
    "terraform",
    "vault",
    "yc",
];

/// Requests of GitLab's API, with `*` for an id (https://docs.gitlab.com/api/).
const REQUESTS: [&str; 42] = [
    "DELETE /api/v4/admin/token",
    "DELETE /api/v4/groups/*/access_tokens/*",
    "DELETE /api/v4/groups/*/deploy_tokens/*",
    "DELETE /api/v4/groups/*/manage/personal_access_tokens/*",
    "DELETE /api/v4/groups/*/manage/resource_access_tokens/*",
    "DELETE /api/v4/groups/*/service_accounts/*/personal_access_tokens/*",
    "DELETE /api/v4/personal_access_tokens/*",
    "DELETE /api/v4/personal_access_tokens/self",
    "DELETE /api/v4/projects/*/access_tokens/*",
    "DELETE /api/v4/projects/*/cluster_agents/*/tokens/*",
    "DELETE /api/v4/projects/*/deploy_keys/*",
    "DELETE /api/v4/projects/*/deploy_tokens/*",
    "DELETE /api/v4/projects/*/triggers/*",
    "DELETE /api/v4/runner_controllers/*/tokens/*",
    "DELETE /api/v4/runners",
    "DELETE /api/v4/runners/*",
    "DELETE /api/v4/user/gpg_keys/*",
    "DELETE /api/v4/user/keys/*",
    "DELETE /api/v4/users/*/impersonation_tokens/*",
    "GET /api/v4/groups/*/access_tokens",
    "GET /api/v4/groups/*/deploy_tokens",
    "GET /api/v4/job",
    "GET /api/v4/keys",
    "GET /api/v4/personal_access_tokens",
    "GET /api/v4/personal_access_tokens/self",
    "GET /api/v4/projects/*/access_tokens",
    "GET /api/v4/projects/*/cluster_agents",
    "GET /api/v4/projects/*/cluster_agents/*/tokens",
    "GET /api/v4/projects/*/deploy_tokens",
    "GET /api/v4/projects/*/triggers",
    "GET /api/v4/users/*/impersonation_tokens",
    "POST /api/v4/admin/token",
    "POST /api/v4/applications/*/renew-secret",
    "POST /api/v4/groups/*/runners/reset_registration_token",
    "POST /api/v4/projects/*/jobs/*/cancel",
    "POST /api/v4/projects/*/runners/reset_registration_token",
    "POST /api/v4/runners/*/reset_authentication_token",
    "POST /api/v4/runners/reset_authentication_token",
    "POST /api/v4/user/gpg_keys/*/revoke",
    "POST /oauth/revoke",
    "PUT /api/v4/groups/*/hooks/*",
    "PUT /api/v4/projects/*/hooks/*",
];

/// A folder with stubs on its path.
struct Shell {
    sandbox: Sandbox,
}

impl Shell {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        for name in STUBS {
            let path = sandbox.write(Path::new("bin").join(name), STUB);
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
        std::fs::create_dir(sandbox.at("empty")).unwrap();
        Self { sandbox }
    }

    /// Runs a command; returns whether it succeeded, and each call of a stub by its words.
    fn run(&self, line: &str, variables: &BTreeSet<String>) -> (bool, Vec<Vec<String>>) {
        let record = self.sandbox.at("record");
        std::fs::write(&record, "").unwrap();
        let status = Command::new("sh")
            .args(["-c", line])
            .current_dir(self.sandbox.at("empty"))
            .env_clear()
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", self.sandbox.at("bin").display()),
            )
            .env("RECORD", &record)
            .envs(variables.iter().map(|name| (name, value(name))))
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap()
            .status;
        let written = std::fs::read_dir(self.sandbox.at("empty")).unwrap();
        assert_eq!(written.count(), 0, "writes a file: {line}");
        let calls = std::fs::read_to_string(&record).unwrap();
        let calls = calls.lines().map(|call| {
            let words = call.split_terminator('\0').map(str::to_owned);
            words.collect()
        });
        (status.success(), calls.collect())
    }
}

fn value(name: &str) -> String {
    match name {
        "GITLAB_URL" => "https://gitlab.example".to_owned(),
        // A value with all that a shell would act on.
        name => format!("<{name} $(id) 'a' \"b\">"),
    }
}

/// The variables of a command.
fn variables(command: &str) -> BTreeSet<String> {
    let parts = command.split("${").skip(1);
    parts
        .map(|part| part.split(":?}").next().unwrap().to_owned())
        .collect()
}

/// The method and the path of a call of `curl`, with `*` for values of variables.
fn request(call: &[String]) -> String {
    let method = call.iter().position(|word| word == "--request");
    let method = method.map_or("GET", |at| call[at + 1].as_str());
    let url = call.last().unwrap();
    let path = url.strip_prefix("https://gitlab.example").unwrap();
    let path = path.split('?').next().unwrap();
    let mut parts = String::new();
    let mut depth = 0;
    for c in path.chars() {
        match c {
            '<' => depth += 1,
            '>' => {
                depth -= 1;
                parts.push('*');
            }
            c if depth == 0 => parts.push(c),
            _ => {}
        }
    }
    format!("{method} {parts}")
}

#[test]
fn commands_of_rules_are_shell_and_do_nothing_before_their_variables_are_set() {
    let shell = Shell::new();
    let mut requests = BTreeSet::new();
    for rule in RuleSet::every_builtin().iter() {
        for command in rule
            .remediations
            .iter()
            .filter_map(|remedy| remedy.command.as_deref())
        {
            let id = &rule.id;
            let syntax = Command::new("sh").args(["-n", "-c", command]).status();
            assert!(syntax.unwrap().success(), "{id}: {command}");
            for line in command.lines() {
                let needed = variables(line);
                for reserved in ["PATH", "HOME", "USER", "HOST", "PWD", "SHELL"] {
                    assert!(!needed.contains(reserved), "{id}: {line}");
                }
                let (_, calls) = shell.run(line, &BTreeSet::new());
                assert!(
                    calls.is_empty() || needed.is_empty(),
                    "{id}: {line}: {calls:?}"
                );
                let (succeeded, calls) = shell.run(line, &needed);
                let is_filter = line.ends_with("--decode");
                assert!(succeeded || is_filter, "{id}: {line}");
                assert!(calls.len() == 1 || is_filter, "{id}: {line}: {calls:?}");
                // Each value arrives whole.
                for name in &needed {
                    let arrives = |word: &String| word.contains(&value(name));
                    let is_assignment = line.starts_with("VAULT_TOKEN=");
                    assert!(
                        calls.iter().flatten().any(arrives) || is_filter || is_assignment,
                        "{id}: {line}: {name}"
                    );
                }
                if needed.contains("GITLAB_URL") {
                    requests.insert((request(&calls[0]), id.as_str().to_owned()));
                }
            }
        }
    }
    for (request, id) in &requests {
        assert!(REQUESTS.contains(&request.as_str()), "{id}: {request}");
    }
    // Kinds that the administrators' API does not recognize by a prefix.
    for id in [
        "gitlab-unprefixed-token",
        "gitlab-runner-authentication-token",
        "gitlab-runner-registration-token",
        "gitlab-runner-controller-token",
        "gitlab-workspace-token",
        "gitlab-scim-token",
        "gitlab-iam-token",
    ] {
        let admin = ("DELETE /api/v4/admin/token".to_owned(), id.to_owned());
        assert!(!requests.contains(&admin), "{id}");
    }
}

/// All commands of a report.
fn commands(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let remediations = findings.flat_map(|finding| finding["remedies"].as_array().unwrap());
    remediations
        .filter_map(|remedy| Some(remedy["command"].as_str()?.to_owned()))
        .collect()
}

#[test]
fn fills_ids_of_the_token_into_the_command() {
    let shell = Shell::new();
    let sandbox = Sandbox::new();
    let job = shape("job token").generate(&mut Rng::new(5));
    sandbox.write("job.log", sandbox.watch(job));
    let report = sandbox.scan(&["job.log"]);
    let finding = &report["findings"][0];
    let owner = &finding["owner"];
    let command = finding["remedies"][0]["command"].as_str().unwrap();
    let (_, calls) = shell.run(command, &variables(command));
    assert_eq!(
        calls[1].last().unwrap(),
        &format!(
            "https://{}/api/v4/projects/{}/jobs/{}/cancel",
            owner["instance"].as_str().unwrap(),
            owner["project"],
            owner["job"]
        )
    );
    // The host comes from the token itself, so a person has to look at it.
    let caution = finding["remedies"][0]["caution"].as_str().unwrap();
    assert!(
        caution.contains("gitlab.example.com is your instance"),
        "{caution}"
    );

    let token = sandbox.watch(a_token(3));
    sandbox.write(
        "p/.git/config",
        format!("[remote \"origin\"]\n\turl = https://oauth2:{token}@gitlab.corp.example/a.git\n"),
    );
    sandbox.write("p/.git/HEAD", "ref: refs/heads/main\n");
    let report = sandbox.scan(&["p"]);
    let command = &commands(&report)[0];
    assert!(
        command.ends_with(" \"https://gitlab.corp.example/api/v4/personal_access_tokens/self\""),
        "{command}"
    );
    // The text report still has one way to shut it off, and then the place.
    let text = sandbox.run(["scan", "p"]).stdout;
    assert_eq!(text.matches("fix: ").count(), 2, "{text}");
}

#[test]
fn repairs_of_git_change_the_file_of_the_finding_and_no_other() {
    let sandbox = Sandbox::new();
    let outer = "https://example.com/outer.git";
    sandbox.git(&["init", "--quiet"]);
    sandbox.git(&["remote", "add", "origin", outer]);
    let secret = |name: &str| sandbox.watch(format!("hunter-{name}-{}", "q8Zt4vW9xY2k"));
    let url = |name: &str| format!("https://bob:{}@h.example/{name}.git", secret(name));
    for (folder, name) in [("nested", "one"), ("it's odd", "two"), ("a/-C", "three")] {
        sandbox.git(&["init", "--quiet", folder]);
        let url = url(name);
        sandbox.git(&["-C", folder, "remote", "add", "origin", &url]);
        sandbox.git(&["-C", folder, "remote", "set-url", "--push", "origin", &url]);
        let header = format!("PRIVATE-TOKEN: {}", secret(name));
        sandbox.git(&[
            "-C",
            folder,
            "config",
            "http.https://h.example/.extraHeader",
            &header,
        ]);
    }
    sandbox.git(&["init", "--quiet", "--bare", "bare.git"]);
    sandbox.git(&["-C", "bare.git", "remote", "add", "origin", &url("bare")]);
    let section = |name: &str| format!("[remote \"origin\"]\n\turl = {}\n", url(name));
    sandbox.write(".git/modules/moved/config", section("module"));
    sandbox.write(".git/worktrees/w/config.worktree", section("worktree"));
    // Folders that Git does not take for repositories: it would walk up to the outer one.
    sandbox.write("remains/.git/config", section("remains"));
    let several = section("several") + &format!("\turl = {}\n", url("second"));
    sandbox.git(&["init", "--quiet", "several"]);
    sandbox.write("several/.git/config", several.clone());
    let store = format!(
        "https://amy:{}@h.example\nhttps://bob:x@h.example\n",
        secret("store")
    );
    sandbox.write("home/.git-credentials", store);

    let run = |command: &str| {
        let mut shell = sandbox.command("sh");
        shell.args(["-c", command]).output().unwrap()
    };
    let report = sandbox.scan(&["--no-ignore"]);
    let mut repairs = BTreeSet::new();
    for finding in report["findings"].as_array().unwrap() {
        for remedy in finding["remedies"].as_array().unwrap() {
            let Some(command) = remedy["command"].as_str() else {
                continue;
            };
            if command.starts_with("git ") || command.contains("| git ") {
                repairs.insert(command.to_owned());
            }
        }
    }
    assert!(
        repairs.contains(
            "git -C nested --git-dir=.git remote set-url origin https://bob@h.example/one.git"
        ) || repairs.contains(
            "git -C nested --git-dir=.git remote set-url origin https://h.example/one.git"
        ),
        "{repairs:#?}"
    );
    for repair in &repairs {
        let output = run(repair);
        let is_refused = repair.contains("remains");
        assert_eq!(output.status.success(), !is_refused, "{repair}: {output:?}");
    }
    assert_eq!(
        sandbox
            .git(&["remote", "get-url", "--all", "origin"])
            .trim(),
        outer
    );
    let left: BTreeSet<String> = crate::support::sandbox::places(&sandbox.scan(&["--no-ignore"]))
        .into_iter()
        .map(|(path, ..)| path)
        .collect();
    // Several values, and directories that are not repositories, are left to a person.
    let by_hand = ["remains/.git/config", "several/.git/config"];
    assert_eq!(left, by_hand.map(str::to_owned).into(), "{repairs:#?}");
    assert_eq!(
        std::fs::read_to_string(sandbox.at("several/.git/config")).unwrap(),
        several
    );
}
