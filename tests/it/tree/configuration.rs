//! `.tokensweep.toml` and the files that it names: where they are searched, and where they must not lead.

use std::os::unix::fs::symlink;

use super::*;

/// A repository, with files outside of it that must not be read.
fn with_outside() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let secret = sandbox.watch(a_token(4));
    sandbox.write(
        "outside/netrc",
        format!("machine h login me password {secret}\n"),
    );
    sandbox.git(&["init", "-q", "repo"]);
    sandbox.write("repo/sub/a", "text\n");
    (sandbox, secret)
}

/// Runs `scan` and `ci` in the repository; both must refuse with the message `expected`.
fn refuses(sandbox: &Sandbox, name: &str, expected: &str) {
    for args in [&["scan"][..], &["ci", "--mode", "tree"]] {
        let run = sandbox.run_with(args, |command| {
            command
                .current_dir(sandbox.at("repo"))
                .env("SECRET", a_token(4));
        });
        let said = [run.stderr.as_str(), &run.stdout].concat();
        assert_eq!(run.code, Some(2), "{name}, {args:?}: {said}");
        assert!(said.contains(expected), "{name}, {args:?}: {said}");
    }
}

#[test]
fn does_not_read_configuration_through_links() {
    for target in [
        "../outside/netrc",
        "/proc/self/environ",
        "/dev/zero",
        "/dev/stdin",
    ] {
        let (sandbox, _) = with_outside();
        symlink(target, sandbox.at("repo/.tokensweep.toml")).unwrap();
        refuses(&sandbox, target, "symbolic links are not followed");
    }
    let (sandbox, _) = with_outside();
    let pipe = sandbox.at("repo/.tokensweep.toml");
    let made = std::process::Command::new("mkfifo").arg(pipe).status();
    assert!(made.unwrap().success());
    refuses(&sandbox, "pipe", "not a regular file");
}

#[test]
fn keeps_files_of_a_configuration_in_the_repository() {
    for named in [
        "../outside/netrc",
        "/etc/passwd",
        "/dev/zero",
        "sub/../../outside/netrc",
    ] {
        for key in ["baseline = '@'", "rules = ['@']"] {
            let (sandbox, _) = with_outside();
            sandbox.write("repo/.tokensweep.toml", key.replace('@', named));
            refuses(&sandbox, named, "the path leads out of the repository");
            let named_config = sandbox.run_with(["scan", "--config", ".tokensweep.toml"], |run| {
                run.current_dir(sandbox.at("repo"));
            });
            assert_eq!(named_config.code, Some(2), "{named_config:?}");
        }
    }
    for key in [
        "baseline = 'link/netrc'",
        "rules = ['link']",
        "rules = ['link/netrc']",
    ] {
        let (sandbox, _) = with_outside();
        symlink("../outside", sandbox.at("repo/link")).unwrap();
        sandbox.write("repo/.tokensweep.toml", key);
        refuses(&sandbox, key, "symbolic links are not followed");
    }
}

#[test]
fn reads_configuration_that_the_operator_names() {
    let (sandbox, _) = with_outside();
    sandbox.write(
        "outside/accepted.json",
        "{\"version\": 1, \"findings\": []}",
    );
    sandbox.write(
        "outside/real.toml",
        "baseline = '../outside/accepted.json'\n",
    );
    symlink("real.toml", sandbox.at("outside/linked.toml")).unwrap();
    for args in [
        ["--config", "../outside/linked.toml"],
        ["--baseline", "../outside/accepted.json"],
    ] {
        let all = [&["scan"][..], &args].concat();
        let run = sandbox.run_with(all, |command| {
            command.current_dir(sandbox.at("repo"));
        });
        assert_eq!(run.code, Some(0), "{args:?}: {run:?}");
    }
}

#[test]
fn names_the_line_of_an_error_and_quotes_nothing() {
    let config = ".tokensweep.toml";
    for (file, text, expected) in [
        (
            config,
            "exclude = []\n@ = 1\n",
            "line 2, column 1: unknown key, expected",
        ),
        (
            config,
            "excluded = 1\n",
            "line 1, column 1: unknown key `excluded`, expected",
        ),
        (
            config,
            "min-severity = '@'\n",
            "line 1, column 16: unknown value, expected",
        ),
        (
            config,
            "disable = ['@']\n",
            "line 1, column 11: not a rule id",
        ),
        (config, "exclude = 7\n'@' '@'\n", "line 2, column "),
        (
            config,
            "exclude = ['a', '[z-a@']\n",
            "`exclude` in the configuration: entry 2",
        ),
        (
            config,
            "[[allow]]\npaths = ['[z-a@']\nreason = 'x'\n",
            "`paths` of `[[allow]]` 1",
        ),
        (
            config,
            "[[allow]]\nreason = '@'\n",
            "`[[allow]]` 1: an entry needs",
        ),
        (
            config,
            "baseline = 'b.json'\n",
            "'b.json': not a baseline: line 1, column ",
        ),
        (
            config,
            "rules = ['acme.toml']\n",
            "acme.toml:1: title: invalid type",
        ),
        ("b.json", "{\"@\": \"@\"}", ""),
    ] {
        let (sandbox, secret) = with_outside();
        sandbox.write("repo/b.json", format!("[{{\"{secret}\": 1}}]"));
        sandbox.write("repo/acme.toml", format!("title = ['{secret}']\n"));
        sandbox.write(format!("repo/{file}"), text.replace('@', &secret));
        if file == config {
            refuses(&sandbox, text, expected);
        } else {
            let run = sandbox.run_with(["scan", "--baseline", file], |command| {
                command.current_dir(sandbox.at("repo"));
            });
            assert_eq!(run.code, Some(2));
            assert!(!run.stderr.contains("struct"), "{run:?}");
        }
    }
}

#[test]
fn applies_the_configuration_in_every_folder() {
    let (sandbox, _) = with_outside();
    let token = sandbox.watch(a_token(8));
    sandbox.write("repo/src/leak", format!("token = '{token}'\n"));
    sandbox.write(
        "repo/sets/accepted.json",
        "{\"version\": 1, \"findings\": []}",
    );
    sandbox.write(
        "repo/.tokensweep.toml",
        "baseline = 'sets/accepted.json'\n[[allow]]\npaths = ['/src/']\nreason = 'made up'\n",
    );
    sandbox.git(&["-C", "repo", "add", "."]);
    let run = |folder: &str, args: &[&str]| {
        let run = sandbox.run_with(args, |command| {
            command.current_dir(sandbox.at(folder));
        });
        run.code
    };
    for args in [&["scan"][..], &["staged"]] {
        assert_eq!(run("repo", args), Some(0), "{args:?}");
        assert_eq!(run("repo/src", args), Some(0), "{args:?}");
    }
    // Outside of the repository its configuration does not apply.
    assert_eq!(run("outside", &["scan", "../repo"]), Some(1));
    // A subfolder may have its own.
    sandbox.write("repo/src/.tokensweep.toml", "");
    assert_eq!(run("repo/src", &["scan"]), Some(1));
}
