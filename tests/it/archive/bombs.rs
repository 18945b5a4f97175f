//! Archives that are made to exhaust time, memory or disk.

use std::time::{Duration, Instant};

use super::{errors, places, scan, secret};
use crate::support::archives::{
    DEFLATE, STORED, ZipEntry, gzip, pax_record, tar, tar_entry, zeros, zip, zip_end, zip_of,
};
use crate::support::memory;
use crate::support::quine::{gzip_quine, zip_quine};
use crate::support::sandbox::Sandbox;

/// The most memory that scanning a bomb may take: two threads with their windows and decoders.
const MAX_MEMORY: u64 = 200 << 20;

/// The most time, on a busy machine without optimization; without bounds it would be hours.
const MAX_TIME: Duration = Duration::from_secs(300);

/// Scans a file and returns the messages about it. Fails if that takes much time or memory.
fn defuse(name: &str, bytes: &[u8], args: &[&str]) -> String {
    let sandbox = Sandbox::new();
    let path = sandbox.write(name, bytes);
    let started = Instant::now();
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tokensweep"));
    command.args(["scan", "--archives", "--quiet", path.to_str().unwrap()]);
    command.args(args);
    let (status, stderr, peak) = memory::peak(&mut command);
    assert_eq!(status.code(), Some(2), "{stderr}");
    assert!(started.elapsed() < MAX_TIME, "{:?}", started.elapsed());
    assert!(peak < MAX_MEMORY, "{peak}");
    // Nothing is unpacked beside the archive.
    assert_eq!(std::fs::read_dir(sandbox.path()).unwrap().count(), 1);
    stderr
}

#[test]
fn stops_at_gigabytes_of_zeros() {
    // Ten gigabytes in members of 64 MiB, which are one content.
    let member = zeros(64 << 20);
    let stderr = defuse("zeros.gz", &member.repeat(160), &[]);
    assert_eq!(
        stderr,
        "error: zeros.gz!zeros: it unpacks to more than 200 times its size; the rest of the archive was not scanned\n"
    );
    let stderr = defuse(
        "zeros.gz",
        &member.repeat(160),
        &[
            "--max-archive-ratio",
            "5000",
            "--max-archive-bytes",
            "10000000",
        ],
    );
    assert_eq!(
        stderr,
        "error: zeros.gz!zeros: it unpacks to more than 9 MiB; the rest of the archive was not scanned\n"
    );
}

#[test]
fn stops_in_a_tree_of_zip_files() {
    // Like 42.zip: sixteen archives in each archive, five levels, four gigabytes in each at the bottom.
    let mut bomb = zip(&[("zeros", &vec![0; 16 << 20])]);
    for _ in 0..5 {
        let entries = (0..16).map(|n| ZipEntry::new(format!("{n}.zip"), DEFLATE, &bomb));
        bomb = zip_of(&entries.collect::<Vec<_>>());
    }
    let stderr = defuse("42.zip", &bomb, &["--max-archive-depth", "10"]);
    assert!(
        stderr.contains("it unpacks to more than 200 times its size"),
        "{stderr}"
    );
}

#[test]
fn stops_where_entries_share_their_data() {
    let kernel = ZipEntry::new("a", DEFLATE, &vec![0; 32 << 20]);
    let mut bomb = kernel.local();
    let at = bomb.len();
    let directory = kernel.central(0).repeat(2_000);
    bomb.extend(&directory);
    bomb.extend(zip_end(2_000, directory.len(), at));
    let stderr = defuse("overlap.zip", &bomb, &[]);
    assert!(
        stderr.contains("it unpacks to more than 200 times its size"),
        "{stderr}"
    );
}

#[test]
fn stops_at_archives_in_archives() {
    let mut nested = zip(&[("x", b"1")]);
    for level in 0..40 {
        nested = match level % 3 {
            0 => gzip(&nested),
            1 => tar(&[("x.tar", &nested)]),
            _ => zip(&[("x.zip", &nested)]),
        };
    }
    let stderr = defuse("deep", &nested, &[]);
    assert!(
        stderr.ends_with("nested deeper than 5 archives, not opened\n"),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1);
}

#[test]
fn stops_at_too_many_entries() {
    let many: Vec<ZipEntry> = (0..1001)
        .map(|n| ZipEntry::new(n.to_string(), STORED, b""))
        .collect();
    let stderr = defuse(
        "many.zip",
        &zip_of(&many),
        &["--max-archive-entries", "1000"],
    );
    assert_eq!(
        stderr,
        "error: many.zip!1000: it has more than 1000 entries; the rest of the archive was not scanned\n"
    );
}

#[test]
fn survives_a_hundred_thousand_nested_folders() {
    let (sandbox, text) = secret();
    let deep = "d/".repeat(100_000) + "a.yml";
    let bytes = [
        tar_entry(b"pax", b'x', &pax_record("path", deep.as_bytes())),
        tar(&[("short", &text)]),
    ]
    .concat();
    let report = scan(&sandbox, "a.tar", &bytes);
    let [place] = &places(&report)[..] else {
        panic!("{:?}", places(&report))
    };
    assert!(place.starts_with("a.tar!...") && place.ends_with("d/a.yml:2"));
    assert!(place.len() < 5000);
    assert_eq!(errors(&report), [""; 0]);
    // One more folder in each entry, all of them empty.
    let folders = (1..=100_000).map(|depth| {
        let name = "d/".repeat(depth % 50);
        tar_entry(name.as_bytes(), b'5', b"")
    });
    let bytes = [folders.flatten().collect(), tar(&[("a.yml", &text)])].concat();
    let report = scan(&sandbox, "a.tgz", &gzip(&bytes));
    assert_eq!(places(&report), ["a.tgz!a.yml:2"]);
}

#[test]
fn does_not_search_the_same_bytes_again_and_again() {
    // Signatures of directory entries and local headers that claim names as long as possible.
    let mut entry = b"PK\x01\x02".to_vec();
    entry.resize(28, 0);
    entry.extend([0xff; 6]);
    entry.resize(46, b'x');
    let mut bytes = zip(&[("x", b"1")]);
    bytes.extend(entry.repeat(100_000));
    bytes.extend(b"PK\x03\x04".repeat(200_000));
    let stderr = defuse("signatures.zip", &bytes, &[]);
    assert!(stderr.starts_with("error: signatures.zip"), "{stderr}");
}

#[test]
fn stops_in_archives_that_contain_themselves() {
    use std::io::Read as _;

    let gzip = gzip_quine();
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(&*gzip)
        .read_to_end(&mut content)
        .unwrap();
    assert!(content == gzip);
    for (name, bytes) in [("q.gz", gzip), ("q.zip", zip_quine())] {
        for (depth, options) in [(5, &[][..]), (32, &["--max-archive-depth", "32"])] {
            let stderr = defuse(name, &bytes, options);
            let inner = if name == "q.gz" { "!q" } else { "!q.zip" };
            // A gzip file in a gzip file has no extension to remove.
            let expected = format!(": nested deeper than {depth} archives, not opened\n");
            assert!(
                stderr.starts_with(&format!("error: {name}{inner}")) && stderr.ends_with(&expected),
                "{stderr}"
            );
            assert_eq!(stderr.matches('!').count(), depth, "{stderr}");
        }
    }
}
