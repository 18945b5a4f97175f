//! Secrets are read again from every place that a report names, and from no other.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::server::Server;
use super::{id, revoke, scan};
use crate::support::a_token;
use crate::support::repo::Repo;
use crate::support::sandbox::Sandbox;

#[test]
fn refuses_secrets_changed_since_the_report() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let old = sandbox.watch(a_token(1));
    let new = sandbox.watch(a_token(2));
    server.add("personal-access-token", &old);
    server.add("personal-access-token", &new);
    sandbox.write("app.yml", format!("token: {old}\n"));
    scan(&sandbox, &["scan", "."]);
    sandbox.write("app.yml", format!("token: {new}\n"));
    let run = revoke(&sandbox, &server, &["--yes"]);
    assert_eq!(
        run.stdout,
        format!(
            "Not to be revoked\n\n  #{}  GitLab personal, project or group access token\n    \
             found in     app.yml:1\n    \
             refused      it changed since the report and no longer contains the credential\n\
             \n1 refused\n",
            id(&old)
        )
    );
    assert_eq!((run.code, server.requests().len()), (Some(1), 0));
    fs::remove_file(sandbox.at("app.yml")).unwrap();
    let run = revoke(&sandbox, &server, &["--yes"]);
    assert!(
        run.stdout
            .contains("refused      no such file, here or in the index\n"),
        "{}",
        run.stdout
    );
    assert_eq!((run.code, server.requests().len()), (Some(1), 0));
}

#[test]
fn reads_nothing_outside_of_the_root() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let token = sandbox.watch(a_token(1));
    server.add("personal-access-token", &token);
    sandbox.write("outside/app.yml", format!("token: {token}\n"));
    scan(&sandbox, &["scan", "outside"]);
    sandbox.write("root/keep", "");
    let report = sandbox.at("report.json");
    let text = fs::read_to_string(&report).unwrap();
    for path in ["../outside/app.yml", "/etc/passwd"] {
        let hostile = text.replace("\"outside/app.yml\"", &format!("\"{path}\""));
        assert_ne!(hostile, text);
        fs::write(&report, hostile).unwrap();
        let run = revoke(&sandbox, &server, &["--yes", "--root=root"]);
        assert_eq!(run.code, Some(1), "{}", run.stdout);
        assert!(run.stdout.contains("leads out of"), "{}", run.stdout);
    }
    #[cfg(unix)]
    {
        fs::write(&report, &text).unwrap();
        std::os::unix::fs::symlink("../outside/app.yml", sandbox.at("root/app.yml")).unwrap();
        let run = revoke(&sandbox, &server, &["--yes", "--root=root"]);
        assert!(
            run.stdout.contains("symbolic links are not followed"),
            "{}",
            run.stdout
        );
    }
    assert_eq!(server.requests().len(), 0);
    fs::write(&report, &text).unwrap();
    let run = revoke(&sandbox, &server, &["--yes"]);
    assert_eq!(
        (run.code, server.revocations(&token)),
        (Some(0), 1),
        "{}",
        run.stdout
    );
}

#[test]
fn reads_secrets_from_all_places() {
    let server = Server::start();
    let repo = Repo::new();
    let token = |seed| {
        let token = repo.token(seed);
        server.add("personal-access-token", &token);
        token
    };
    let encoded = STANDARD.encode(format!("password: {}", token(1)));
    repo.write("secret.yaml", format!("data:\n  value: {encoded}\n"));
    repo.commit(&format!("use {}", token(2)));
    repo.git(&["tag", "--annotate", "v1", "--message", &token(3)]);
    repo.git(&[
        "config",
        "remote.origin.url",
        &format!("https://oauth2:{}@gitlab.example.com/a/b.git", token(4)),
    ]);
    // In no commit, and only the object store still has it.
    repo.write("sub/lost.txt", token(5));
    repo.commit("lost");
    repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    repo.feed(&["hash-object", "-w", "--stdin"], token(6));
    let tree = repo.feed(
        &["mktree"],
        format!(
            "100644 blob {}\tin-tree.txt\n",
            repo.feed(&["hash-object", "-w", "--stdin"], token(7))
        ),
    );
    assert_eq!(tree.len(), 40);
    scan(&repo.sandbox, &["history"]);
    // The URL names another host than the server's.
    let run = revoke(&repo.sandbox, &server, &["--yes"]);
    let by_host = format!("--only {}", id(&repo.token(4)));
    assert!(
        run.stdout.contains(&format!(
            "used with gitlab.example.com; if it belongs to {}, select it: {by_host}",
            "127.0.0.1"
        )),
        "{}",
        run.stdout
    );
    let revoked = |seeds: std::ops::RangeInclusive<u64>| -> Vec<usize> {
        seeds
            .map(|seed| server.revocations(&repo.token(seed)))
            .collect()
    };
    assert_eq!(revoked(1..=7), [1, 1, 1, 0, 1, 1, 1], "{}", run.stdout);
    let run = revoke(
        &repo.sandbox,
        &server,
        &["--yes", "--only", &id(&repo.token(4))],
    );
    assert_eq!(
        (run.code, revoked(4..=4)),
        (Some(0), vec![1]),
        "{}",
        run.stdout
    );

    // The index has it, the file has not.
    repo.write("staged.txt", token(8));
    repo.git(&["add", "staged.txt"]);
    repo.write("staged.txt", "clean\n");
    scan(&repo.sandbox, &["staged"]);
    let run = revoke(&repo.sandbox, &server, &["--yes"]);
    assert_eq!(
        (run.code, revoked(8..=8)),
        (Some(0), vec![1]),
        "{}",
        run.stdout
    );

    // From a folder below, by the report of a range.
    let base = repo.head();
    repo.commit_file("deep/er/file.txt", token(9));
    scan(&repo.sandbox, &["range", &format!("{base}..HEAD")]);
    let run = revoke(&repo.sandbox, &server, &["--yes", "--root=deep"]);
    assert_eq!(
        (run.code, revoked(9..=9)),
        (Some(0), vec![1]),
        "{}",
        run.stdout
    );
}

#[test]
fn one_intact_place_is_enough() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let token = sandbox.watch(a_token(1));
    server.add("personal-access-token", &token);
    for path in ["a.txt", "b.txt"] {
        sandbox.write(path, format!("token: {token}\n"));
    }
    scan(&sandbox, &["scan", "."]);
    sandbox.write("a.txt", "clean\n");
    let run = revoke(&sandbox, &server, &["--yes"]);
    assert!(
        run.stdout.contains("found in     a.txt:1, b.txt:1\n"),
        "{}",
        run.stdout
    );
    assert_eq!((run.code, server.revocations(&token)), (Some(0), 1));
}

#[test]
fn reads_places_of_a_merged_report() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let token = sandbox.watch(a_token(1));
    server.add("personal-access-token", &token);
    sandbox.write("a.txt", format!("token: {token}\n"));
    scan(&sandbox, &["scan", "."]);
    let merge = [
        "report",
        "merge",
        "shop=report.json",
        "--report=json=all.json",
    ];
    assert_eq!(sandbox.run(merge).code, Some(0));
    fs::rename(sandbox.at("all.json"), sandbox.at("report.json")).unwrap();
    let run = revoke(&sandbox, &server, &["--yes"]);
    assert!(run.stdout.contains("shop/a.txt:1"), "{}", run.stdout);
    assert_eq!((run.code, server.revocations(&token)), (Some(0), 1));
}

#[test]
fn finds_again_secrets_of_user_rules() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let [custom, prefixed] = [1, 2].map(|seed| {
        let token = a_token(seed).replace("glpat-", if seed == 1 { "acmetok-" } else { "acme_" });
        let token = sandbox.watch(token);
        server.add("personal-access-token", &token);
        sandbox.write(format!("{seed}.txt"), format!("token: {token}\n"));
        token
    });
    sandbox.write(
        "rules/acme-token.toml",
        "title = \"Acme token\"\nseverity = \"high\"\ndescription = \"Opens Acme's GitLab.\"\n\
         [gitlab]\nkind = \"personal-access-token\"\n\
         [detect]\nkeywords = [\"acmetok-\"]\npattern = 'acmetok-(?<body>[\\w-]{20})'\n",
    );
    let options = ["--rules=rules", "--token-prefix=acme_"];
    scan(&sandbox, &[&["scan", "."][..], &options].concat());
    let run = revoke(&sandbox, &server, &["--yes"]);
    assert_eq!(
        (run.code, server.requests().len()),
        (Some(1), 0),
        "{}",
        run.stdout
    );
    let run = revoke(&sandbox, &server, &[&["--yes"][..], &options].concat());
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    assert_eq!(
        [custom, prefixed].map(|token| server.revocations(&token)),
        [1, 1]
    );
}
