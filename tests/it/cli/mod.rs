//! The commands beside `scan`, help and version.

mod bounds;
mod commands;
mod disabled;
mod secrets;

use crate::support::a_token;
use crate::support::sandbox::Sandbox;

#[test]
fn help_teaches_and_ends_well() {
    let sandbox = Sandbox::new();
    for args in [
        &["--help"][..],
        &["scan", "--help"],
        &["rules", "check", "--help"],
        &["gate", "--help"],
        &["report", "convert", "--help"],
        &["report", "merge", "--help"],
        &["--version"],
    ] {
        let run = sandbox.run(args);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}");
    }
    let help = sandbox.run(["scan", "-h"]).stdout;
    for flag in [
        "--report",
        "--format",
        "--config",
        "--baseline",
        "--rules",
        "--disable",
        "--min-confidence",
        "--min-severity",
        "--threads",
        "--exit-zero",
        "--no-ignore",
        "--quiet",
        "--color",
        "--show-secrets",
        "--raw-secrets",
        "--gitlab-identifiers",
    ] {
        assert!(help.contains(flag), "{flag} is not in the help:\n{help}");
    }
    assert!(help.contains("Exit codes:"));
    let run = sandbox.run::<&str>([]);
    assert_eq!(run.code, Some(2), "{run:?}");
}

#[test]
fn rules_are_listed_and_explained() {
    let sandbox = Sandbox::new();
    let list = sandbox.run(["rules", "list"]);
    assert_eq!(list.code, Some(0));
    let files = std::fs::read_dir("rules").unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let rules = files.filter(|path| path.extension().is_some_and(|end| end == "toml"));
    assert_eq!(list.stdout.lines().count(), rules.count());
    let show = sandbox.run(["rules", "show", "gitlab-deploy-token"]);
    assert!(
        show.stdout.contains("What to do") && show.stdout.contains("gldt-"),
        "{show:?}"
    );
    let typo = sandbox.run(["rules", "show", "gitlab-deploy-tokn"]);
    assert_eq!(typo.code, Some(2));
    assert!(typo.stderr.contains("gitlab-deploy-token"), "{typo:?}");
}

const RULE: &str = r#"
title = "Ticket of the cloakroom"
severity = "low"
description = "Opens a coat."
references = ["https://cloakroom.example/tickets"]

[detect]
keywords = ["ticket-"]
pattern = 'ticket-(?<body>[0-9A-F]{12})'

[[remedy]]
action = "Ask for another."

[[positive]]
text = ["my ", "ticket-", "3FA9", "0B71C2E8"]
secret = ["ticket-", "3FA9", "0B71C2E8"]

[[positive]]
text = ["a=", "ticket-", "91C4", "D07A3B5E"]
secret = ["ticket-", "91C4", "D07A3B5E"]

[[negative]]
text = ["ticket-", "123"]
reason = "too short"

[[negative]]
text = ["ticket-", "${TICKET}"]
reason = "a variable"

[[negative]]
text = ["ticket-", "************"]
reason = "masked"
"#;

#[test]
fn a_users_rule_is_checked_and_used() {
    let sandbox = Sandbox::new();
    sandbox.write("rules/cloakroom-ticket.toml", RULE);
    let check = sandbox.run(["rules", "check", "rules/cloakroom-ticket.toml"]);
    assert_eq!(check.code, Some(0), "{check:?}");
    assert!(
        check.stderr.contains("1 rule, 5 examples, 0 failed"),
        "{check:?}"
    );
    sandbox.write("coat.txt", format!("lost {}-{}", "ticket", "7C0E5B2D9A41"));
    assert_eq!(sandbox.run(["scan", "coat.txt"]).code, Some(0));
    let run = sandbox.run(["scan", "coat.txt", "--rules", "rules"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stdout
            .contains("low[cloakroom-ticket]: Ticket of the cloakroom"),
        "{run:?}"
    );

    let wrong = RULE.replace("reason = \"too short\"", "reason = \"\"\nwhy = 1");
    sandbox.write("rules/wrong.toml", wrong);
    let check = sandbox.run(["rules", "check", "rules/wrong.toml"]);
    assert_eq!(check.code, Some(2));
    assert!(
        check.stderr.contains("rules/wrong.toml:25: "),
        "file and line: {check:?}"
    );
    assert!(check.stderr.contains("why"), "the key: {check:?}");

    let untrue = RULE.replace(
        "text = [\"ticket-\", \"123\"]",
        "text = [\"ticket-\", \"3FA90B71C2E8\"]",
    );
    sandbox.write("rules/untrue.toml", untrue);
    let check = sandbox.run(["rules", "check", "rules/untrue.toml"]);
    assert_eq!(check.code, Some(2));
    assert!(
        check.stderr.contains("rules/untrue.toml:22: negative[0]"),
        "{check:?}"
    );
}

#[test]
fn uses_and_checks_file_formats_of_the_user() {
    const FORMAT: &str = "files = ['coats.*.yaml']\ncontains = ['ticket']\n\n\
        [[key]]\npath = ['coats', '*', 'ticket|token']\nholds = 'password'\nhost = { field = 'house' }\nuser = { name = 1 }\n";
    let sandbox = Sandbox::new();
    sandbox.write("rules/coats.toml", FORMAT);
    let coats = format!(
        "coats:\n  red:\n    house: https://opera.io/x\n    ticket: {}\n",
        "hT7-kQ2mZx9"
    );
    sandbox.write("coats.prod.yaml", coats);
    assert_eq!(sandbox.run(["scan", "coats.prod.yaml"]).code, Some(0));
    let run = sandbox.run(["scan", "coats.prod.yaml", "--rules", "rules"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stdout.contains("coats.prod.yaml:4:13\n")
            && run
                .stdout
                .contains("  = key: coats.red.ticket, host: opera.io, user: red\n"),
        "{run:?}"
    );
    let check = sandbox.run(["rules", "check", "rules"]);
    assert_eq!(
        check.stderr,
        "0 rules, 1 file format, 0 examples, 0 failed\n"
    );
    for (from, to, expected) in [
        (
            "'password'",
            "'passwort'",
            "rules/coats.toml:6: key[0].holds: unknown value, expected one of",
        ),
        (
            "path =",
            "paths =",
            "rules/coats.toml:5: key[0].paths: unknown",
        ),
        (
            ".yaml",
            ".coats",
            "rules/coats.toml:1: files[0]: its extension does not determine the syntax",
        ),
        (
            "holds = 'password'",
            "holds = 'password'\nrule = 'no-rule'",
            "rules/coats.toml:7: key[0].rule: unknown rule 'no-rule'",
        ),
        (
            "holds = 'password'",
            "holds = 'file'\nformat = 'coat'",
            "rules/coats.toml:7: key[0].format: unknown format 'coat'",
        ),
    ] {
        sandbox.write("rules/coats.toml", FORMAT.replace(from, to));
        let check = sandbox.run(["rules", "check", "rules/coats.toml"]);
        assert_eq!(check.code, Some(2), "{to}");
        assert!(check.stderr.contains(expected), "{to}: {check:?}");
    }
}

#[test]
fn checks_user_rules_like_builtin_rules() {
    let sandbox = Sandbox::new();
    let example = "[[negative]]\ntext = [\"ticket-\", \"************\"]\nreason = \"masked\"\n";
    let token = format!("\n# {}-{}\n", "ticket", "7C0E5B2D9A41");
    for (rule, expected) in [
        (RULE.replace(example, ""), "[[negative]]: 2 of at least 3"),
        (
            RULE.replacen(
                "[[positive]]\ntext = [\"my \"",
                "[[negative]]\nreason = \"x\"\ntext = [\"my \"",
                1,
            )
            .replacen("secret = [\"ticket-\", \"3FA9\", \"0B71C2E8\"]\n", "", 1),
            "[[positive]]: 1 of at least 2",
        ),
        (
            RULE.replace("references = [\"https://cloakroom.example/tickets\"]\n", ""),
            "references: 0 of at least 1",
        ),
        (
            RULE.replace("another.\"", "another.\"\ncommand = \"return <ticket id>\""),
            "reads <ticket id> as a redirection",
        ),
        (RULE.replace("another.", "another"), "not a sentence"),
        (RULE.to_owned() + &token, "looks like a live credential"),
    ] {
        sandbox.write("rules/cloakroom-ticket.toml", rule);
        let check = sandbox.run(["rules", "check", "rules/cloakroom-ticket.toml"]);
        assert_eq!(check.code, Some(2), "{expected}: {check:?}");
        assert!(check.stderr.contains(expected), "{expected}: {check:?}");
    }
}

#[test]
fn our_own_rules_pass_their_check() {
    let sandbox = Sandbox::new();
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let check = sandbox.run(["rules", "check", rules]);
    assert_eq!(check.code, Some(0), "{check:?}");
}

#[test]
fn completions_and_manual_are_printed() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = sandbox.run(["completions", shell]);
        assert!(
            run.code == Some(0) && run.stdout.contains("min-confidence"),
            "{shell}"
        );
    }
    let hook = sandbox.run(["man", "hook", "pre-receive"]);
    for text in [
        "tokensweep\\-hook\\-pre\\-receive",
        "skip\\-log",
        "max\\-bytes",
        "min\\-confidence",
    ] {
        assert!(hook.stdout.contains(text), "{text}: {hook:?}");
    }
    assert_eq!(sandbox.run(["man", "nothing"]).code, Some(2));
    assert_eq!(sandbox.run(["man", "--dir", "pages"]).code, Some(0));
    for page in [
        "tokensweep.1",
        "tokensweep-scan.1",
        "tokensweep-hook-install.1",
    ] {
        let text = std::fs::read_to_string(sandbox.at("pages").join(page)).unwrap();
        assert!(text.contains("OPTIONS"), "{page}");
    }
    let man = sandbox.run(["man"]);
    assert!(man.stdout.contains(".TH tokensweep"), "{man:?}");
}

#[test]
fn secrets_are_shown_on_request_alone() {
    let sandbox = Sandbox::new();
    // Not watched: this is the one place where it may be seen.
    let token = a_token(3);
    sandbox.write("a", &token);
    let shown = sandbox.run(["scan", "--show-secrets", "--format", "json"]);
    assert!(shown.stdout.contains(&token));
    let hidden = sandbox.run(["scan", "--format", "json"]);
    assert!(!hidden.stdout.contains(&token[6..]));
    let run = sandbox.run(["scan", "--raw-secrets", "--report", "gitlab=raw.json"]);
    assert!(run.stderr.contains("warning"), "{run:?}");
    let report = std::fs::read_to_string(sandbox.at("raw.json")).unwrap();
    assert!(
        report.contains(&format!("\"raw_source_code_extract\": \"{token}\"")),
        "{report}"
    );
}

#[test]
fn a_stream_is_scanned() {
    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(4));
    let path = sandbox.write("log", format!("one\ntwo {token}\n"));
    let run = sandbox.run_with(["stdin", "--format", "json"], |command| {
        command.stdin(std::fs::File::open(&path).unwrap());
    });
    assert_eq!(run.code, Some(1), "{run:?}");
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        crate::support::sandbox::places(&report),
        [(
            "stdin".to_owned(),
            2,
            "gitlab-personal-access-token".to_owned()
        )]
    );
    let netrc = sandbox.write(
        "n",
        concat!("machine h login u ", "password Wort-2-mit-Zahl\n"),
    );
    let run = sandbox.run_with(["stdin", "--name", "x/.netrc"], |command| {
        command.stdin(std::fs::File::open(&netrc).unwrap());
    });
    assert!(run.stdout.contains("x/.netrc:1:28"), "{run:?}");
}

#[test]
fn a_token_is_explained_offline() {
    let sandbox = Sandbox::new();
    let mut rng = crate::support::tokens::Rng::new(12);
    for shape in crate::support::tokens::all_shapes() {
        let token = shape.generate(&mut rng);
        sandbox.watch(&token[shape.label.len()..]);
        let path = sandbox.write("token", format!("{}\n", &token[shape.label.len()..]));
        let run = sandbox.run_with(["inspect", "--format", "json"], |command| {
            command.stdin(std::fs::File::open(&path).unwrap());
        });
        assert_eq!(run.code, Some(0), "{}: {run:?}", shape.name);
        let known: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(known["rule_id"], shape.rule, "{}", shape.name);
        let proven = shape.evidence == crate::support::tokens::Evidence::Checksum;
        assert_eq!(
            known["confidence"] == "proven",
            proven,
            "{}: {known}",
            shape.name
        );
        assert!(
            !known["remedies"].as_array().unwrap().is_empty(),
            "{}",
            shape.name
        );
    }
    let argument = sandbox.run(["inspect", "something"]);
    assert_eq!(argument.code, Some(2));
    assert!(argument.stderr.contains("process list"), "{argument:?}");
    let path = sandbox.write("token", "no token at all\n");
    let run = sandbox.run_with(["inspect"], |command| {
        command.stdin(std::fs::File::open(&path).unwrap());
    });
    assert!(
        run.code == Some(1) && run.stdout.contains("No rule recognizes"),
        "{run:?}"
    );
}

#[test]
fn reports_the_same_findings_at_every_simd_level() {
    use base64::Engine as _;
    use tokensweep::detect::SimdLevel;

    let sandbox = Sandbox::new();
    for seed in 0..40 {
        let token = sandbox.watch(a_token(seed));
        let each = |form: fn(u8) -> String| token.bytes().map(form).collect::<String>();
        let text = match seed % 5 {
            0 => token.clone(),
            1 => base64::engine::general_purpose::STANDARD.encode(format!(
                "user:{token} and more text around it, so that it is a row"
            )),
            2 => each(|byte| format!("{byte:02x}")),
            3 => each(|byte| format!("\\x{byte:02x}")),
            _ => each(|byte| format!("%{byte:02X}")),
        };
        // At every place of a block.
        let before = "x".repeat(usize::try_from(seed).unwrap() * 3);
        sandbox.write(format!("{seed}.txt"), format!("{before} key = '{text}'\n"));
    }
    let findings = |level: &str| {
        let run = sandbox.run_with(["scan", "-f", "json"], |command| {
            command.env("TOKENSWEEP_SIMD", level);
        });
        assert_eq!(run.code, Some(1), "{run:?}");
        serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()["findings"].take()
    };
    let expected = findings("");
    assert_eq!(expected.as_array().unwrap().len(), 40);
    for level in SimdLevel::ALL.iter().filter(|level| level.is_available()) {
        assert_eq!(findings(level.name()), expected, "{level}");
    }
}

#[test]
fn rejects_simd_levels_that_are_unknown_or_unavailable() {
    let sandbox = Sandbox::new();
    let other = if cfg!(target_arch = "x86_64") {
        "neon"
    } else {
        "avx2"
    };
    for (level, message) in [("sse9", "unknown SIMD level"), (other, "does not support")] {
        let run = sandbox.run_with(["scan"], |command| {
            command.env("TOKENSWEEP_SIMD", level);
        });
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(
            run.stderr.contains("TOKENSWEEP_SIMD: ") && run.stderr.contains(message),
            "{run:?}"
        );
    }
}
