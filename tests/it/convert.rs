//! `report convert` and `report merge`, as a pipeline would call them.

// Clippy's exception for tests does not reach the helpers of an integration test.

use std::fs;

use crate::support::a_token;
use crate::support::sandbox::{Run, Sandbox, places};
use serde_json::Value;
use tokensweep::report::Format;

/// A repository with findings, a suppressed one, and names that a report must escape.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(1));
    sandbox.write("src/<b>&\"'.yml", format!("token: {token}\n"));
    sandbox.write("src/again.yml", format!("a: {token}\nb: {token}\n"));
    let marked = sandbox.watch(a_token(2));
    sandbox.write("tests/x.rs", format!("{marked} # tokensweep:allow\n"));
    let password = sandbox.watch("n0t-a-w0rd-of-any-list");
    sandbox.write(
        "remote.txt",
        format!("https://bob:{password}@git.corp.internal/x.git\n"),
    );
    sandbox
}

/// The report without times.
fn timeless(text: &str) -> String {
    let kept = text
        .lines()
        .filter(|line| !line.contains("\"start_time\"") && !line.contains("\"end_time\""));
    kept.map(|line| format!("{line}\n")).collect()
}

fn scan(sandbox: &Sandbox, folder: &str, extra: &[&str]) -> Run {
    let mut args = vec!["scan".to_owned(), "--format=json".to_owned()];
    for format in Format::ALL {
        args.push(format!(
            "--report={format}={}",
            sandbox.at(format!("{folder}.{format}")).display()
        ));
    }
    args.extend(extra.iter().map(|arg| (*arg).to_owned()));
    sandbox.run(&args)
}

#[test]
fn every_format_comes_out_as_the_scan_wrote_it() {
    let sandbox = sandbox();
    sandbox.git(&["init", "--quiet"]);
    sandbox.git(&["add", "src", "tests"]);
    sandbox.git(&["commit", "--quiet", "--message=x"]);
    let out = Sandbox::new();
    let mut args = vec!["scan".to_owned()];
    for format in Format::ALL {
        args.push(format!(
            "--report={format}={}",
            out.at(format!("direct.{format}")).display()
        ));
    }
    assert_eq!(sandbox.run(&args).code, Some(1));

    let json = out.at("direct.json").display().to_string();
    let mut convert = vec!["report".to_owned(), "convert".to_owned(), json.clone()];
    for format in Format::ALL {
        convert.push(format!(
            "--report={format}={}",
            out.at(format!("made.{format}")).display()
        ));
    }
    let run = out.run(&convert);
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (Some(0), "", "")
    );
    let read = |name: String| fs::read_to_string(out.at(name)).unwrap();
    for format in Format::ALL {
        let (direct, made) = (
            read(format!("direct.{format}")),
            read(format!("made.{format}")),
        );
        assert!(
            direct.len() > 2 && timeless(&direct) == timeless(&made),
            "{format}"
        );
        if *format == Format::Gitlab {
            assert_eq!(
                direct.lines().count(),
                timeless(&direct).lines().count() + 2
            );
        }
        // The same on standard output.
        let printed = out.run(["report", "convert", &json, "--format", format.name()]);
        assert_eq!(printed.code, Some(0));
        assert_eq!(timeless(&printed.stdout), timeless(&made), "{format}");
    }
    let text = out.run(["report", "convert", &json]);
    assert_eq!(
        text.stdout,
        read("direct.text".to_owned()),
        "text is the default"
    );
}

#[test]
fn a_report_is_read_from_standard_input() {
    let sandbox = sandbox();
    assert_eq!(scan(&sandbox, "a", &["src"]).code, Some(1));
    let file = fs::File::open(sandbox.at("a.json")).unwrap();
    let run = sandbox.run_with(
        ["report", "convert", "-", "--format=codequality"],
        |command| {
            command.stdin(file);
        },
    );
    assert_eq!(run.code, Some(0));
    assert_eq!(
        run.stdout,
        fs::read_to_string(sandbox.at("a.codequality")).unwrap()
    );
}

#[test]
fn reports_of_parallel_jobs_become_one() {
    let sandbox = sandbox();
    scan(&sandbox, "one", &["src", "tests"]);
    scan(&sandbox, "two", &["src", "remote.txt"]);
    scan(&sandbox, "all", &["src", "tests", "remote.txt"]);
    let read = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(sandbox.at(name)).unwrap()).unwrap()
    };
    for order in [["one.json", "two.json"], ["two.json", "one.json"]] {
        let run = sandbox.run([
            "report",
            "merge",
            order[0],
            order[1],
            "--report=json=both.json",
        ]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        let (both, all) = (read("both.json"), read("all.json"));
        for key in [
            "findings",
            "suppressed",
            "rules",
            "errors",
            "skipped",
            "tool",
            "scan",
        ] {
            assert_eq!(both[key], all[key], "{key}");
        }
        assert_eq!(
            both["summary"]["by_severity"],
            all["summary"]["by_severity"]
        );
        assert_eq!(places(&both).len(), 4);
        // Scanned by both.
        assert_eq!(both["summary"]["files"], 2 + 1 + 2 + 1);
    }
}

#[test]
fn reports_of_several_projects_keep_their_names() {
    let sandbox = sandbox();
    scan(&sandbox, "one", &["src"]);
    fs::copy(sandbox.at("one.json"), sandbox.at("x=y.json")).unwrap();
    let merge = [
        "report",
        "merge",
        "group/a=one.json",
        "b=one.json",
        "=x=y.json",
        "--format=json",
    ];
    let run = sandbox.run(merge);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let places = places(&serde_json::from_str(&run.stdout).unwrap());
    let count = |start: &str| {
        places
            .iter()
            .filter(|(path, ..)| path.starts_with(start))
            .count()
    };
    assert_eq!([count("group/a/"), count("b/"), count("")], [3, 3, 9]);
}

#[test]
fn a_job_links_to_its_own_pages() {
    let sandbox = sandbox();
    sandbox.git(&["init", "--quiet"]);
    sandbox.git(&["add", "src"]);
    sandbox.git(&["commit", "--quiet", "--message=x"]);
    let commit = sandbox.git(&["rev-parse", "HEAD"]);
    let in_job = |args: &[&str]| {
        sandbox.run_with(args, |command| {
            command
                .env("GITLAB_CI", "true")
                .env("CI_PROJECT_DIR", sandbox.path())
                .env("CI_PROJECT_URL", "https://gitlab.example/a/b")
                .env("CI_JOB_URL", "https://gitlab.example/a/b/-/jobs/7");
        })
    };
    // A folder of the checkout: its files are known by their paths in the checkout.
    in_job(&[
        "scan",
        "src",
        "--report=json=r.json",
        "--report=annotations=a.json",
        "--report=html=out page.html",
    ]);
    let read = |name: &str| fs::read_to_string(sandbox.at(name)).unwrap();
    let links: Value = serde_json::from_str(&read("a.json")).unwrap();
    let page = "https://gitlab.example/a/b/-/jobs/7/artifacts/file/out%20page.html";
    assert_eq!(links["Tokensweep"][0]["external_link"]["url"], page);
    let place = format!(
        "https://gitlab.example/a/b/-/blob/{}/src/again.yml#L1",
        commit.trim()
    );
    assert!(
        read("a.json").contains(&format!("{place}\"")),
        "{}",
        read("a.json")
    );
    assert!(read("out page.html").contains(&format!("href=\"{place}\"")));
    // Made elsewhere from the JSON report, the places keep their pages.
    sandbox.run(["report", "convert", "r.json", "--report=html=again.html"]);
    assert_eq!(read("again.html"), read("out page.html"));
}

#[test]
fn an_incomplete_scan_stays_incomplete() {
    let sandbox = sandbox();
    scan(&sandbox, "whole", &["tests"]);
    // An unreadable file: nothing is mapped at its beginning.
    assert_eq!(
        scan(&sandbox, "part", &["tests", "/proc/self/mem"]).code,
        Some(2)
    );
    let merge = [
        "report",
        "merge",
        "whole.json",
        "part.json",
        "--report=json=both.json",
    ];
    let run = sandbox.run(merge);
    assert_eq!(run.code, Some(2));
    assert_eq!(
        sandbox.run(["report", "convert", "both.json"]).code,
        Some(2)
    );
    let allowed = sandbox.run(["report", "convert", "both.json", "--allow-incomplete"]);
    assert_eq!(allowed.code, Some(0));
    assert!(allowed.stdout.contains("/mem: cannot read"), "{allowed:?}");
}

#[test]
fn exits_2_if_a_report_cannot_be_read_or_written() {
    let sandbox = sandbox();
    scan(&sandbox, "a", &["src"]);
    sandbox.write("no.json", "{\"schema_version\": 7}");
    let refused = |args: &[&str], reason: &str| {
        let run = sandbox.run(args);
        assert_eq!(run.code, Some(2), "{args:?}");
        assert!(run.stderr.contains(reason), "{args:?}: {}", run.stderr);
    };
    refused(
        &["report", "convert", "none.json"],
        "cannot read the report none.json: No such file",
    );
    refused(&["report", "convert", "no.json"], "its schema version is 7");
    refused(
        &["report", "convert", "a.sarif"],
        "missing field `schema_version`",
    );
    refused(&["report", "convert", "."], "cannot read the report .: ");
    refused(
        &["report", "merge", "a.json", "no.json"],
        "no.json: its schema version is 7",
    );
    refused(
        &["report", "convert", "a.json", "--report=html=none/x"],
        "none/x: its folder",
    );
    refused(&["report", "convert", "a.json", "--format=xml"], "xml");
    refused(&["report", "merge"], "required");
    assert!(!sandbox.at("none").exists());
}

#[test]
fn secrets_in_full_are_refused() {
    let shown = Sandbox::new();
    shown.write("a.yml", format!("token: {}\n", a_token(5)));
    let run = shown.run(["scan", "--show-secrets", "--format=json", "a.yml"]);
    let sandbox = Sandbox::new();
    sandbox.watch(a_token(5));
    sandbox.write("r.json", run.stdout);
    for command in ["convert", "merge"] {
        let run = sandbox.run(["report", command, "r.json", "--format=html"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(
            run.stderr.contains("without --show-secrets"),
            "{}",
            run.stderr
        );
    }
}
