//! No report shows a credential whose rule is off: not in names, keys, accounts, refs or excerpts.

use crate::support::archives::zip;
use crate::support::sandbox::{Sandbox, places};
use crate::support::tokens::Rng;
use crate::support::{a_credential, a_token};

/// Passwords begin with it.
const PASSWORD_START: &str = "Zw7Kq3Lm";

/// A kind of credential, the options that turn its rule off, and a function that makes one.
type Case = (&'static str, &'static [&'static str], fn(u64) -> String);

const CASES: [Case; 4] = [
    (
        "disabled",
        &["--disable=gitlab-personal-access-token"],
        a_token,
    ),
    ("another service", &["--only=github"], a_token),
    ("off by default", &[], key_id),
    (
        "below the threshold",
        &["--min-confidence=proven"],
        |seed| a_credential("deploy token", seed),
    ),
];

/// An access key id of AWS.
fn key_id(seed: u64) -> String {
    let mut rng = Rng::new(seed);
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let body = (0..16).map(|_| char::from(letters[rng.below(letters.len())]));
    ["AK", "IA"].concat() + &body.collect::<String>()
}

/// A URL with a password, which is found.
fn carrier(secret: &str) -> String {
    format!("git clone https://alice:{secret}@git.corp/x.git\n")
}

#[test]
fn credentials_of_rules_that_are_off_are_not_shown() {
    for (name, options, make) in CASES {
        let sandbox = Sandbox::new();
        let mut seed = 500;
        let mut hidden = || {
            seed += 1;
            sandbox.watch(make(seed))
        };
        let found = |seed: u64| carrier(&format!("Zw7Kq3LmX{seed}"));
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", "one"]);
        sandbox.write(format!("{}/{}.env", hidden(), hidden()), found(1));
        sandbox.write(
            "line.env",
            format!("{} {} {}\n", hidden(), found(2).trim(), hidden()),
        );
        sandbox.write(
            "auth.json",
            format!(
                r#"{{"http-basic": {{"{}": {{"username": "{}", "password": "{}X3"}}}}}}"#,
                hidden(),
                hidden(),
                PASSWORD_START
            ),
        );
        sandbox.write(
            ".gitconfig",
            format!(
                "[remote \"{}\"]\n\turl = https://{}:{}X4@git.corp/x\n",
                hidden(),
                hidden(),
                PASSWORD_START
            ),
        );
        sandbox.write(
            "allowed.env",
            format!("{} # tokensweep:allow {}\n", found(5).trim(), hidden()),
        );
        let packed = zip(&[(&format!("{}/a.env", hidden()), found(6).as_bytes())]);
        sandbox.write(format!("{}.zip", hidden()), packed);
        sandbox.write("bad.zip", &zip(&[(&hidden(), b"x")])[..60]);
        sandbox.write(
            ".tokensweep.toml",
            format!(
                "exclude = ['{}']\n[[allow]]\npaths = ['{}']\nreason = '{}'\n",
                hidden(),
                hidden(),
                hidden()
            ),
        );
        sandbox.git(&["add", "-A"]);
        let author = format!("{} <{}@localhost>", hidden(), hidden());
        sandbox.git(&["commit", "-qm", "two", "--author", &author]);
        sandbox.git(&["branch", &hidden()]);
        sandbox.git(&["tag", &hidden()]);
        for command in ["scan", "history", "range"] {
            let mut args = options.to_vec();
            args.push("--list-suppressed");
            match command {
                "range" => args.push("HEAD~1..HEAD"),
                "scan" => args.push("--archives"),
                _ => {}
            }
            let report = sandbox.report(command, &args);
            let is_carrier = |rule: &str| rule != "gitlab-personal-access-token";
            let all = places(&report);
            let carriers = all.iter().filter(|(_, _, rule)| is_carrier(rule)).count();
            let expected = if name.contains("service") || name.contains("below") {
                0
            } else {
                4
            };
            assert!(carriers >= expected, "{name}, {command}: {all:?}");
        }
    }
}

#[test]
fn texts_added_after_the_scan_are_searched_too() {
    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(620));
    let config = sandbox.write(format!("{token}.toml"), "");
    sandbox.write("a.env", carrier("Zw7Kq3LmX"));
    let report = sandbox.scan(&["--config", config.to_str().unwrap(), "a.env"]);
    let note = report["notes"][0]["message"].as_str().unwrap();
    assert!(note.starts_with("configuration: "), "{report}");
}

#[test]
fn texts_of_a_converted_report_are_searched() {
    let sandbox = Sandbox::new();
    sandbox.write("a.env", carrier("Zw7Kq3LmX"));
    let report = sandbox.scan(&["a.env"]).to_string();
    let token = sandbox.watch(a_token(630));
    sandbox.write("r.json", report.replace("a.env", &token));
    for args in [
        &["report", "convert", "r.json"][..],
        &["report", "convert", "r.json", "--format=json"],
        &["report", "merge", "r.json", "r.json", "--format=html"],
        &["gate", "r.json"],
    ] {
        let run = sandbox.run(args);
        assert!(
            run.stdout.contains("glpat-[20 redacted"),
            "{args:?}: {run:?}"
        );
    }
}
