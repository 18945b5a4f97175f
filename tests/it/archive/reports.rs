//! Reports, options and `revoke` with findings in archives.

use super::places;
use crate::support::a_token;
use crate::support::archives::{gzip, tar, zip};
use crate::support::sandbox::Sandbox;
use serde_json::Value;

/// A sandbox with `dist/a #1.tgz`, in which `lib/b.zip` contains a token.
fn nested() -> Sandbox {
    let sandbox = Sandbox::new();
    let text = format!("# x\ntoken: {}\n", sandbox.watch(a_token(1)));
    let inner = zip(&[("c d.env", text.as_bytes())]);
    sandbox.write("dist/a #1.tgz", gzip(&tar(&[("lib/b.zip", &inner)])));
    sandbox
}

/// The report of a scan in a format.
fn report(sandbox: &Sandbox, format: &str, args: &[&str]) -> String {
    let all = ["scan", ".", "--archives", "--format", format];
    let run = sandbox.run(all.iter().chain(args));
    assert!(run.code == Some(1) || run.code == Some(0), "{run:?}");
    run.stdout
}

#[test]
fn names_the_archive_and_the_entry_in_all_reports() {
    let sandbox = nested();
    let place = "dist/a #1.tgz!lib/b.zip!c d.env";
    let text = report(&sandbox, "text", &[]);
    assert!(text.contains(&format!("{place}:2:8")), "{text}");
    let sarif: Value = serde_json::from_str(&report(&sandbox, "sarif", &[])).unwrap();
    let location = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(
        location["artifactLocation"]["uri"],
        "dist/a%20%231.tgz%21lib/b.zip%21c%20d.env"
    );
    assert_eq!(location["region"]["startLine"], 2);
    let gitlab: Value = serde_json::from_str(&report(&sandbox, "gitlab", &[])).unwrap();
    let found = &gitlab["vulnerabilities"][0];
    assert_eq!(found["location"]["file"], "dist/a #1.tgz");
    assert_eq!(found["location"]["start_line"], 1);
    assert_eq!(found["details"]["entry"]["value"], "lib/b.zip!c d.env:2");
    let quality: Value = serde_json::from_str(&report(&sandbox, "codequality", &[])).unwrap();
    assert_eq!(quality[0]["location"]["path"], "dist/a #1.tgz");
    assert_eq!(quality[0]["location"]["lines"]["begin"], 1);
    assert!(
        quality[0]["description"]
            .as_str()
            .unwrap()
            .contains("in the archive at lib/b.zip!c d.env:2")
    );
    for format in ["junit", "html"] {
        let text = report(&sandbox, format, &[]);
        assert!(text.contains(place), "{format}: {text}");
    }
}

#[test]
fn json_reports_can_be_read_back() {
    let sandbox = nested();
    let json = report(&sandbox, "json", &[]);
    let first: Value = serde_json::from_str(&json).unwrap();
    let location = &first["findings"][0]["location"];
    assert_eq!(location["path"], "dist/a #1.tgz!lib/b.zip!c d.env");
    assert_eq!(location["entry"], "lib/b.zip!c d.env");
    sandbox.write("report.json", &json);
    let run = sandbox.run(["report", "convert", "report.json", "--format", "gitlab"]);
    let gitlab: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        gitlab["vulnerabilities"][0]["location"]["file"],
        "dist/a #1.tgz"
    );
}

#[test]
fn fingerprints_do_not_depend_on_the_compression() {
    let fingerprint = |compress: &dyn Fn(&[u8]) -> Vec<u8>| {
        let sandbox = Sandbox::new();
        let text = sandbox.watch(a_token(1));
        sandbox.write("a", compress(&tar(&[("x", text.as_bytes())])));
        let report = sandbox.scan(&["--archives", "a"]);
        report["findings"][0]["fingerprint"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let plain = fingerprint(&|bytes| bytes.to_vec());
    assert_eq!(plain, fingerprint(&gzip));
    assert_eq!(plain, fingerprint(&crate::support::archives::xz));
}

#[test]
fn counts_archives_that_are_not_opened() {
    let sandbox = nested();
    let run = sandbox.run(["scan", "."]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.stdout
            .contains("archives, not opened (`--archives` opens them): 1")
            || run
                .stdout
                .contains("1 archives, not opened (`--archives` opens them)"),
        "{}",
        run.stdout
    );
    let report = sandbox.scan(&["."]);
    assert_eq!(report["summary"]["left_out"]["archive"], 1);
    assert_eq!(places(&report), [""; 0]);
}

#[test]
fn patterns_of_paths_treat_an_archive_as_a_folder() {
    let place = "dist/a #1.tgz!lib/b.zip!c d.env:2";
    for (pattern, is_allowed) in [
        ("/dist/a #1.tgz", true),
        ("*.env", true),
        ("b.zip/", true),
        ("/dist/a #1.tgz!lib/b.zip!c d.env", true),
        ("/dist/a #1.tgz/lib/", true),
        ("/lib/", false),
        ("/c d.env", false),
    ] {
        let sandbox = nested();
        sandbox.write(
            ".tokensweep.toml",
            format!("[[allow]]\npaths = ['{pattern}']\nreason = 'test'\n"),
        );
        let report = sandbox.scan(&["--archives", "."]);
        let expected: &[&str] = if is_allowed { &[] } else { &[place] };
        assert_eq!(places(&report), expected, "{pattern}");
        if pattern.contains('!') {
            continue;
        }
        sandbox.write(".tokensweep.toml", format!("exclude = ['{pattern}']\n"));
        let report = sandbox.scan(&["--archives", "."]);
        assert_eq!(places(&report), expected, "{pattern}");
        let excluded = report["summary"]["left_out"]["excluded"].as_u64();
        assert_eq!(excluded.is_some(), is_allowed, "{pattern}");
    }
}

#[test]
fn a_baseline_accepts_findings_in_an_archive() {
    let sandbox = nested();
    let run = sandbox.run(["baseline", "create", "b.json", ".", "--archives"]);
    assert_eq!(
        (run.code, run.stderr.contains("1 finding accepted")),
        (Some(0), true)
    );
    let report = sandbox.scan(&["--archives", ".", "--baseline", "b.json"]);
    assert_eq!(places(&report), [""; 0]);
}

#[test]
fn a_tree_of_archives_is_scanned_on_all_threads_with_the_same_result() {
    let sandbox = Sandbox::new();
    for n in 0..40 {
        let text = sandbox.watch(a_token(n));
        sandbox.write(format!("{n}.zip"), zip(&[("a.yml", text.as_bytes())]));
    }
    let with = |threads: &str| places(&sandbox.scan(&["--archives", ".", "--threads", threads]));
    assert_eq!(with("1").len(), 40);
    assert_eq!(with("1"), with("4"));
}
