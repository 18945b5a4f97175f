//! Archives in a repository.

use super::{errors, places};
use crate::support::archives::{DEFLATE, STORED, ZipEntry, gzip, tar, zip, zip_of};
use crate::support::repo::Repo;
use serde_json::Value;

/// The commits of the findings, in order.
fn commits(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["location"]["commit"].as_str().unwrap())
        .collect()
}

#[test]
fn history_names_the_commit_that_introduced_a_secret_in_an_archive() {
    let repo = Repo::new();
    let (first, second) = (repo.token(1), repo.token(2));
    let archive = |tokens: &[&str]| {
        let text = tokens.join("\n");
        let inner = zip(&[("c.env", text.as_bytes())]);
        gzip(&tar(&[("README", b"nothing"), ("lib/b.zip", &inner)]))
    };
    repo.commit_file("README", "nothing");
    let one = repo.commit_file("dist/a.tar.gz", archive(&[&first]));
    let two = repo.commit_file("dist/a.tar.gz", archive(&[&first, &second]));
    repo.git(&["rm", "--quiet", "dist/a.tar.gz"]);
    repo.commit("remove");
    let report = repo.sandbox.report("history", &[]);
    assert_eq!(
        places(&report),
        [
            "dist/a.tar.gz!lib/b.zip!c.env:1",
            "dist/a.tar.gz!lib/b.zip!c.env:2"
        ]
    );
    assert_eq!(commits(&report), [&one, &two]);
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(
        report["findings"][0]["location"]["entry"],
        "lib/b.zip!c.env"
    );
    let report = repo.sandbox.report("history", &["--no-archives"]);
    assert_eq!(places(&report), [""; 0]);
}

#[test]
fn history_opens_archives_that_are_stored_as_differences() {
    let repo = Repo::new();
    let token = repo.token(1);
    let filler: Vec<u8> = (0u32..20_000)
        .flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_le_bytes())
        .collect();
    let archive = |text: &str| {
        zip_of(&[
            ZipEntry::new("filler", STORED, &filler),
            ZipEntry::new("c.env", DEFLATE, text.repeat(3).as_bytes()),
        ])
    };
    repo.commit_file("a.zip", archive("nothing\n"));
    let added = repo.commit_file("a.zip", archive(&format!("{token}\n")));
    repo.commit_file("a.zip", archive("nothing again\n"));
    repo.git(&["repack", "--quiet", "-a", "-d", "-f"]);
    let report = repo.sandbox.report("history", &[]);
    assert_eq!(
        places(&report),
        ["a.zip!c.env:1", "a.zip!c.env:2", "a.zip!c.env:3"]
    );
    assert_eq!(commits(&report), [&added, &added, &added]);
}

#[test]
fn history_reports_the_object_of_a_damaged_archive() {
    let repo = Repo::new();
    let mut entry = ZipEntry::new("a.yml", STORED, b"encrypted");
    entry.flags = 1;
    repo.commit_file("a.zip", zip_of(&[entry]));
    let id = repo.git(&["rev-parse", "HEAD:a.zip"]);
    let report = repo.sandbox.report("history", &[]);
    assert_eq!(
        errors(&report),
        [format!(
            ": object {} is an archive, entry 'a.yml': encrypted, not scanned",
            id.trim()
        )]
    );
}

#[test]
fn history_reads_file_formats_in_archives_by_their_name() {
    let repo = Repo::new();
    let password = repo.sandbox.watch("dGhlLXJlYWwtcGFzc3dvcmQtOTE3Mw");
    let text = format!("machine gitlab.example.com login deploy password {password}\n");
    let added = repo.commit_file("a.zip", zip(&[("home/.netrc", text.as_bytes())]));
    let also = repo.commit_file("home/.netrc.gz", gzip(text.as_bytes()));
    let report = repo.sandbox.report("history", &[]);
    assert_eq!(
        places(&report),
        ["a.zip!home/.netrc:1", "home/.netrc.gz!.netrc:1"]
    );
    assert_eq!(commits(&report), [&added, &also]);
}

#[test]
fn ranges_and_the_index_do_not_open_archives() {
    let repo = Repo::new();
    let base = repo.commit_file("README", "nothing");
    repo.commit_file("a.zip", zip(&[("c.env", repo.token(1).as_bytes())]));
    let report = repo.sandbox.report("range", &[&format!("{base}..HEAD")]);
    assert_eq!(places(&report), [""; 0]);
}
