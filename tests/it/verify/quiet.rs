//! Without `--verify` the program opens no connection.

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use super::credential;
use crate::support::gitlab::FakeGitlab;
use crate::support::sandbox::Sandbox;

/// Commands that read credentials, and connect to nothing.
const COMMANDS: &[&[&str]] = &[
    &["scan", "."],
    &["staged"],
    &["history"],
    &["range", "HEAD~1..HEAD"],
    &["gate", "report.json"],
    &["report", "convert", "report.json", "--format=text"],
];

fn prepared() -> Sandbox {
    let sandbox = Sandbox::new();
    let (text, secret) = credential("personal access token", 41);
    sandbox.watch(&secret);
    sandbox.git(&["init", "-q"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "empty"]);
    sandbox.write("a.env", format!("GITLAB_TOKEN={text}\n"));
    sandbox.git(&["add", "a.env"]);
    sandbox.git(&["commit", "-q", "-m", "leak"]);
    sandbox.run(["scan", "-rjson=report.json", "a.env"]);
    sandbox
}

#[test]
fn reaches_no_proxy_and_no_instance() {
    let fake = FakeGitlab::start();
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let proxy = format!("http://{}", trap.local_addr().unwrap());
    let sandbox = prepared();
    for args in COMMANDS {
        let run = sandbox.run_with(*args, |command| {
            for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"] {
                command.env(name, &proxy);
            }
            command
                .env("GITLAB_URL", fake.url())
                .env("CI_SERVER_URL", fake.url());
        });
        assert!(run.code < Some(2), "{args:?}: {run:?}");
    }
    std::thread::sleep(Duration::from_millis(20));
    assert!(trap.accept().is_err());
    assert_eq!(fake.requests().len(), 0);
}

/// With system calls that connect forbidden by a network namespace without interfaces. Skipped where the kernel
/// does not allow such a namespace.
#[cfg(target_os = "linux")]
#[test]
fn works_in_a_network_namespace_without_interfaces() {
    let can_unshare = Command::new("unshare").args(["-rn", "true"]).output();
    if !can_unshare.is_ok_and(|output| output.status.success()) {
        println!("skipped: no network namespaces here");
        return;
    }
    let sandbox = prepared();
    for args in COMMANDS {
        let mut command = sandbox.command("unshare");
        let output = command
            .args(["-rn", env!("CARGO_BIN_EXE_tokensweep")])
            .args(*args)
            .output()
            .unwrap();
        assert!(output.status.code() < Some(2), "{args:?}: {output:?}");
    }
}

/// With a filter that ends the program at its first socket: `strace` counts the calls.
#[cfg(target_os = "linux")]
#[test]
fn opens_no_socket() {
    let sandbox = prepared();
    for args in COMMANDS {
        let mut command = sandbox.command("strace");
        command.args(["-f", "-qq", "-e", "trace=socket,connect", "-o", "trace"]);
        let Ok(output) = command
            .arg(env!("CARGO_BIN_EXE_tokensweep"))
            .args(*args)
            .output()
        else {
            println!("skipped: no strace here");
            return;
        };
        let Ok(trace) = std::fs::read_to_string(sandbox.at("trace")) else {
            println!("skipped: strace may not trace here");
            return;
        };
        if output.status.code().is_none_or(|code| code > 1) {
            println!("skipped: strace may not trace here");
            return;
        }
        let calls: Vec<&str> = trace.lines().filter(|line| line.contains('(')).collect();
        assert_eq!(calls, Vec::<&str>::new(), "{args:?}");
        std::fs::remove_file(sandbox.at("trace")).unwrap();
    }
}
