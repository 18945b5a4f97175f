//! Configuration and variables that make Git start a program or read elsewhere have no effect on a fetch of
//! `tokensweep ci`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;

use super::{executable, long};
use crate::support::pipeline::{Project, merge_request, push};

/// Keys whose value is a command, and their section.
const COMMANDS: [(&str, &str); 54] = [
    ("core", "sshCommand"),
    ("core", "gitProxy"),
    ("core", "askPass"),
    ("core", "fsmonitor"),
    ("core", "alternateRefsCommand"),
    ("core", "pager"),
    ("core", "editor"),
    ("sequence", "editor"),
    ("credential", "helper"),
    ("credential \"https://localhost\"", "helper"),
    ("credential \"http://localhost\"", "helper"),
    ("remote \"origin\"", "uploadpack"),
    ("remote \"origin\"", "receivepack"),
    ("remote \"tokensweep\"", "uploadpack"),
    ("remote \"tokensweep\"", "receivepack"),
    ("uploadpack", "packObjectsHook"),
    ("gc", "recentObjectsHook"),
    ("gpg", "program"),
    ("gpg \"ssh\"", "program"),
    ("gpg \"ssh\"", "defaultKeyCommand"),
    ("gpg \"x509\"", "program"),
    ("filter \"x\"", "clean"),
    ("filter \"x\"", "smudge"),
    ("filter \"x\"", "process"),
    ("filter \"lfs\"", "clean"),
    ("filter \"lfs\"", "smudge"),
    ("filter \"lfs\"", "process"),
    ("diff", "external"),
    ("diff \"x\"", "command"),
    ("diff \"x\"", "textconv"),
    ("merge \"x\"", "driver"),
    ("mergetool \"x\"", "cmd"),
    ("difftool \"x\"", "cmd"),
    ("interactive", "diffFilter"),
    ("pager", "fetch"),
    ("pager", "ls-remote"),
    ("alias", "fetch"),
    ("alias", "ls-remote"),
    ("alias", "upload-pack"),
    ("alias", "remote-https"),
    ("submodule \"x\"", "update"),
    ("trailer \"x\"", "cmd"),
    ("trailer \"x\"", "command"),
    ("tar \"x\"", "command"),
    ("man \"x\"", "cmd"),
    ("browser \"x\"", "cmd"),
    ("web", "browser"),
    ("help", "browser"),
    ("instaweb", "httpd"),
    ("sendemail", "smtpServer"),
    ("sendemail", "toCmd"),
    ("imap", "tunnel"),
    ("guitool \"x\"", "cmd"),
    ("rebase", "instructionFormat"),
];

/// Keys that redirect Git or allow forbidden actions; `%` is a folder with canaries.
const OTHERS: [(&str, &str, &str); 34] = [
    ("core", "hooksPath", "%"),
    ("core", "attributesFile", "%/attributes"),
    ("core", "worktree", "%"),
    ("init", "templateDir", "%"),
    ("include", "path", "%/included"),
    ("includeIf \"gitdir:/\"", "path", "%/included"),
    ("url \"ssh://localhost/\"", "insteadOf", "file://"),
    ("url \"ext::%/canary \"", "insteadOf", "https://"),
    ("url \"ext::%/canary \"", "insteadOf", "http://"),
    ("url \"ssh://localhost/\"", "pushInsteadOf", "file://"),
    ("remote \"origin\"", "vcs", "ext"),
    ("remote \"origin\"", "proxy", "http://127.0.0.1:1"),
    ("remote \"origin\"", "promisor", "true"),
    ("remote \"origin\"", "partialCloneFilter", "blob:none"),
    ("remote \"tokensweep\"", "url", "ext::%/canary"),
    ("remote \"tokensweep\"", "vcs", "ext"),
    ("http", "proxy", "http://127.0.0.1:1"),
    ("http", "cookieFile", "%/cookies"),
    ("http", "saveCookies", "true"),
    ("http", "extraHeader", "X-Canary: 1"),
    ("ssh", "variant", "simple"),
    ("protocol", "allow", "always"),
    ("protocol \"ext\"", "allow", "always"),
    ("protocol \"file\"", "allow", "never"),
    ("protocol \"http\"", "allow", "never"),
    ("fetch", "recurseSubmodules", "true"),
    ("fetch", "bundleURI", "http://127.0.0.1:1/"),
    ("submodule", "recurse", "true"),
    ("submodule \"x\"", "url", "ext::%/canary"),
    ("submodule \"x\"", "active", "true"),
    ("transfer", "bundleURI", "true"),
    ("trace2", "normalTarget", "%/started-trace2"),
    ("trace2", "eventTarget", "%/started-trace2"),
    ("maintenance", "auto", "true"),
];

/// Writes a folder of canaries and a configuration that names them all.
fn plant(project: &Project) -> String {
    let folder = project.sandbox.at("canaries");
    fs::create_dir_all(&folder).unwrap();
    let script = format!(
        "#!/bin/sh\necho \"$0 $*\" >>'{}/started'\nexit 1\n",
        folder.display()
    );
    for name in [
        "canary",
        "reference-transaction",
        "post-checkout",
        "pre-auto-gc",
        "fsmonitor-watchman",
        "git",
        "ssh-canary",
    ] {
        fs::write(folder.join(name), &script).unwrap();
        executable(&folder.join(name));
    }
    let canary = folder.join("canary").display().to_string();
    let mut text = String::new();
    for (section, key) in COMMANDS {
        let shell = if matches!(section, "alias") || key == "helper" || key == "update" {
            "!"
        } else {
            ""
        };
        writeln!(text, "[{section}]\n\t{key} = {shell}{canary}").unwrap();
    }
    for (section, key, value) in OTHERS {
        let folder = folder.display().to_string();
        let (section, value) = (section.replace('%', &folder), value.replace('%', &folder));
        writeln!(text, "[{section}]\n\t{key} = {value}").unwrap();
    }
    fs::write(folder.join("included"), &text).unwrap();
    text
}

fn started(project: &Project) -> String {
    let folder = project.sandbox.at("canaries");
    let names = ["started", "started-trace2", "cookies"];
    names
        .iter()
        .filter_map(|name| fs::read_to_string(folder.join(name)).ok())
        .collect()
}

#[test]
fn ignores_the_configuration_of_the_repository_in_a_fetch() {
    let (project, base, head) = long(3);
    project.check_out(&head, 1);
    let config = project.sandbox.at("checkout/.git/config");
    let before = fs::read_to_string(&config).unwrap();
    let canaries = plant(&project);
    fs::write(&config, format!("{before}\n{canaries}")).unwrap();
    fs::write(
        project.sandbox.at("checkout/.git/config.worktree"),
        &canaries,
    )
    .unwrap();
    for hook in [
        "reference-transaction",
        "post-checkout",
        "pre-auto-gc",
        "fsmonitor-watchman",
    ] {
        let path = project.sandbox.at("checkout/.git/hooks").join(hook);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(project.sandbox.at("canaries").join(hook), &path).unwrap();
    }
    // The canaries work: Git itself starts one.
    let mut git = project.sandbox.command("git");
    let uploadpack = project.sandbox.at("canaries/canary").display().to_string();
    git.args([
        "clone",
        "-q",
        "--upload-pack",
        &uploadpack,
        "remote",
        "copy",
    ]);
    assert!(!git.output().unwrap().status.success());
    assert!(started(&project).contains("canary"));
    fs::remove_dir_all(project.sandbox.at("canaries")).unwrap();
    plant(&project);

    let mut history = push("topic", &base, &head);
    history.push(("SECRET_DETECTION_HISTORIC_SCAN", "true"));
    let remote = format!("file://{}", project.sandbox.at("remote").display());
    for variables in [
        merge_request(&base, &head),
        push("topic", &base, &head),
        history,
    ] {
        for address in [None, Some(("CI_REPOSITORY_URL", remote.as_str()))] {
            let all: Vec<_> = variables.iter().copied().chain(address).collect();
            let job = project.job(&all, &[]);
            assert_eq!(job.run.code, Some(0), "{job:?}");
            assert!(job.paths().contains(&"new.txt".to_owned()), "{job:?}");
            assert_eq!(started(&project), "");
        }
    }
    let after = fs::read_to_string(&config).unwrap();
    assert!(
        after == format!("{before}\n{canaries}"),
        "the checkout was changed"
    );
}

/// Commands that fetch nothing start no program at all, for any configuration, attributes and hooks.
#[test]
fn starts_no_program_in_commands_without_a_fetch() {
    let (project, base, head) = long(3);
    project.check_out(&head, 10);
    let checkout = project.sandbox.at("checkout");
    let config = checkout.join(".git/config");
    let canaries = plant(&project);
    let before = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{before}\n{canaries}")).unwrap();
    fs::write(checkout.join(".git/config.worktree"), &canaries).unwrap();
    fs::write(
        checkout.join(".gitattributes"),
        "* filter=x diff=x merge=x\n",
    )
    .unwrap();
    fs::write(
        checkout.join(".gitmodules"),
        "[submodule \"x\"]\n\tpath = x\n\turl = ext::sh\n\tupdate = !sh\n",
    )
    .unwrap();
    fs::create_dir_all(checkout.join(".git/hooks")).unwrap();
    for hook in [
        "reference-transaction",
        "post-index-change",
        "fsmonitor-watchman",
    ] {
        let path = checkout.join(".git/hooks").join(hook);
        fs::copy(project.sandbox.at("canaries/canary"), path).unwrap();
    }
    let range = format!("{base}..{head}");
    let lines = format!("refs/heads/x {head} refs/heads/x {base}\n");
    let lines = project.sandbox.write("lines", lines);
    let pushed = format!("{base} {head} refs/heads/x\n");
    let pushed = project.sandbox.write("pushed", pushed);
    for args in [
        &["scan"][..],
        &["scan", "--no-ignore", "--archives"],
        &["history"],
        &["history", "--reachable"],
        &["range", &range],
        &["staged"],
        &["baseline", "create", "../baseline.json"],
        &["hook", "pre-commit"],
        &["hook", "pre-push", "origin", "ext::sh"],
        &["hook", "pre-receive"],
        &["hook", "install"],
        &["ci", "--mode", "tree", "--fetch-timeout", "0"],
    ] {
        let input = match args[1..].first() {
            Some(&"pre-receive") => &pushed,
            _ => &lines,
        };
        let run = project.sandbox.run_with(args, |command| {
            command
                .current_dir(&checkout)
                .stdin(fs::File::open(input).unwrap());
        });
        assert_ne!(run.code, Some(101), "{args:?}: {run:?}");
        assert_eq!(started(&project), "", "{args:?}");
    }
}

#[test]
fn ignores_variables_that_start_programs_in_a_fetch() {
    let (project, base, head) = long(3);
    project.check_out(&head, 1);
    let canaries = plant(&project);
    let folder = project.sandbox.at("canaries");
    let configuration = project.sandbox.write("gitconfig", canaries);
    let canary = folder.join("canary");
    // A program with this name in the checkout, which a relative folder in the search path would find.
    fs::copy(folder.join("git"), project.sandbox.at("checkout/git")).unwrap();
    let path = std::env::var("PATH").unwrap();
    let job = project.job_with(&merge_request(&base, &head), &[], |command| {
        for name in [
            "GIT_SSH_COMMAND",
            "GIT_SSH",
            "GIT_PROXY_COMMAND",
            "GIT_ASKPASS",
            "SSH_ASKPASS",
            "GIT_EXTERNAL_DIFF",
            "GIT_PAGER",
            "PAGER",
            "GIT_EDITOR",
            "EDITOR",
            "GIT_EXEC_PATH",
            "GIT_TEMPLATE_DIR",
            "GIT_DIR",
            "GIT_COMMON_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "GIT_SHALLOW_FILE",
            "GIT_NAMESPACE",
            "GIT_CONFIG_SYSTEM",
        ] {
            command.env(name, &canary);
        }
        for name in [
            "GIT_TRACE",
            "GIT_TRACE2",
            "GIT_TRACE_PACKET",
            "GIT_CURL_VERBOSE",
        ] {
            command.env(name, folder.join("started"));
        }
        command
            .env("GIT_CONFIG_GLOBAL", &configuration)
            .env("GIT_CONFIG_NOSYSTEM", "0")
            .env(
                "GIT_CONFIG_PARAMETERS",
                "'url.ssh://localhost/.insteadof'='file://'",
            )
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "url.ssh://localhost/.insteadOf")
            .env("GIT_CONFIG_VALUE_0", "file://")
            .env("GIT_ALLOW_PROTOCOL", "ext:ssh")
            .env("PATH", format!(":.:{path}"));
    });
    job.expect(0, &["new.txt"]);
    assert_eq!(started(&project), "");
}

#[test]
fn refuses_addresses_of_other_transports() {
    let (project, base, head) = long(3);
    project.check_out(&head, 1);
    plant(&project);
    let canary = project.sandbox.at("canaries/canary").display().to_string();
    for address in [
        format!("ext::{canary} %S"),
        "git://localhost:9/x".to_owned(),
        "ssh://-oProxyCommand=true/x".to_owned(),
        "../remote".to_owned(),
    ] {
        project.checkout(&["config", "remote.origin.url", &address]);
        let job = project.job(&merge_request(&base, &head), &[]);
        job.expect(2, &["old.txt"]);
        assert!(job.run.stdout.contains("the address of origin"), "{job:?}");
        assert_eq!(started(&project), "");
    }
}

/// Returns true if an argument of any visible process contains the text.
fn is_argument(text: &str) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else {
        return false;
    };
    processes.flatten().any(|process| {
        let arguments = fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(text)
    })
}

#[test]
fn sends_the_job_token_to_its_host_only() {
    let (project, base, head) = long(3);
    project.check_out(&head, 1);
    // A proxy of the repository would receive the token.
    project.checkout(&["config", "http.proxy", "http://127.0.0.1:1"]);
    let token = project.sandbox.watch(crate::support::a_token(9));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Mutex::new((Vec::new(), false)));
    let (shared, secret) = (Arc::clone(&seen), token.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let mut seen = shared.lock().unwrap();
            seen.0.extend(head);
            seen.1 |= is_argument(&secret);
            let _ = stream.write_all(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            );
        }
    });
    let address = format!("http://gitlab-ci-token:{token}@127.0.0.1:{port}/a.git");
    let mut variables = merge_request(&base, &head);
    variables.extend([
        ("CI_REPOSITORY_URL", address.as_str()),
        ("SECURE_LOG_LEVEL", "debug"),
    ]);
    let job = project.job(&variables, &[]);
    assert_eq!(job.run.code, Some(2), "{job:?}");
    let encoded =
        base64::engine::general_purpose::STANDARD.encode(format!("gitlab-ci-token:{token}"));
    let seen = seen.lock().unwrap();
    let is_sent = seen
        .0
        .iter()
        .any(|line| line.ends_with(&format!("Basic {encoded}")));
    assert!(is_sent, "the server was not given the token");
    assert!(!seen.1, "the token is an argument of a process");
    assert!(!job.run.stdout.contains(&encoded) && Path::new("/proc").exists());
}
