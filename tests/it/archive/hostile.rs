//! Archives that hide something, or lie.

use super::{errors, places, scan, secret};
use crate::support::archives::{
    DEFLATE, SEVEN_ZIP_METHODS, STORED, ZipEntry, bzip2, gzip, pax_record, seven_zip, tar,
    tar_entry, tar_header, xz, zip, zip_end, zip_of, zstd,
};
use serde_json::Value;

/// The notes of a report.
fn notes(report: &Value) -> Vec<&str> {
    let notes = report["notes"].as_array().into_iter().flatten();
    notes
        .map(|note| note["message"].as_str().unwrap())
        .collect()
}

#[test]
fn reports_encrypted_entries() {
    let (sandbox, text) = secret();
    let mut hidden = ZipEntry::new("secret.yml", STORED, b"encrypted");
    hidden.flags = 1;
    let aes = ZipEntry::new("aes.yml", 99, b"encrypted");
    let bytes = zip_of(&[hidden, aes, ZipEntry::new("a.yml", DEFLATE, &text)]);
    let report = scan(&sandbox, "a.zip", &bytes);
    assert_eq!(places(&report), ["a.zip!a.yml:2"]);
    assert_eq!(
        errors(&report),
        [
            "a.zip!aes.yml: encrypted, not scanned",
            "a.zip!secret.yml: encrypted, not scanned"
        ]
    );
    let file = sandbox.write("b.zip", &bytes);
    let run = sandbox.run(["scan", "--archives", "--quiet", file.to_str().unwrap()]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr
            .contains("error: b.zip!secret.yml: encrypted, not scanned"),
        "{}",
        run.stderr
    );
}

#[test]
fn scans_data_outside_the_entries_of_a_seven_zip_file() {
    let (sandbox, text) = secret();
    let whole = seven_zip(SEVEN_ZIP_METHODS[0], &[("b.txt", b"text")]);
    let behind = scan(&sandbox, "a.7z", &[&whole[..], b"\n", &text].concat());
    assert_eq!(places(&behind).len(), 1, "{behind}");
    assert_eq!(errors(&behind), [""; 0]);
    // The header contains the offset of the directory; bytes inserted in front of it are outside every entry.
    let number = |at: usize| u64::from_le_bytes(whole[at..at + 8].try_into().unwrap());
    let directory = 32 + number(12) as usize;
    let mut hidden = [&whole[..directory], &b"\n"[..], &text, &whole[directory..]].concat();
    let moved = number(12) + 1 + text.len() as u64;
    hidden[12..20].copy_from_slice(&moved.to_le_bytes());
    let sum = crc32fast::hash(&hidden[12..32]);
    hidden[8..12].copy_from_slice(&sum.to_le_bytes());
    let between = scan(&sandbox, "a.7z", &hidden);
    assert_eq!(places(&between).len(), 1, "{between}");
    assert_eq!(errors(&between), [""; 0]);
}

#[test]
fn reports_damaged_seven_zip_files() {
    let (sandbox, text) = secret();
    let [packed, _, stored] = SEVEN_ZIP_METHODS;
    let whole = seven_zip(packed, &[("b.txt", b"text"), ("a.yml", &text)]);
    let mut cut = whole.clone();
    cut.truncate(whole.len() - 4);
    assert_eq!(errors(&scan(&sandbox, "a.7z", &cut)).len(), 1);
    // A wrong byte in the first block: the second one is read all the same.
    let mut stored = seven_zip(stored, &[("b.txt", b"text"), ("a.yml", &text)]);
    stored[32] ^= 1;
    let report = scan(&sandbox, "a.7z", &stored);
    assert_eq!(places(&report), ["a.7z!a.yml:2"]);
    assert_eq!(errors(&report).len(), 1, "{report}");
    assert!(
        errors(&report)[0].starts_with("a.7z!b.txt: damaged archive"),
        "{report}"
    );
}

#[test]
fn reports_unknown_methods() {
    let (sandbox, text) = secret();
    let bytes = zip_of(&[
        ZipEntry::new("ppmd", 98, b"?"),
        ZipEntry::new("new", 77, b"?"),
        ZipEntry::new("a.yml", STORED, &text),
    ]);
    let report = scan(&sandbox, "a.zip", &bytes);
    assert_eq!(places(&report), ["a.zip!a.yml:2"]);
    assert_eq!(
        errors(&report),
        [
            "a.zip!new: compressed by a method that is not supported (method 77), not scanned",
            "a.zip!ppmd: compressed by a method that is not supported (PPMd), not scanned"
        ]
    );
}

#[test]
fn scans_truncated_streams_and_reports_them() {
    let (sandbox, text) = secret();
    // Random digits, so that the stream is long enough to be cut behind the token.
    let mut long = text.clone();
    let mut state = 1u32;
    for _ in 0..400_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        long.push(b'g' + (state >> 28) as u8);
    }
    for (name, bytes) in [
        ("a.gz", gzip(&long)),
        (
            "a.bz2",
            bzip2(&[&long[..], &long[text.len()..], &long[text.len()..]].concat()),
        ),
        ("a.xz", xz(&long)),
        ("a.zst", zstd(&long)),
    ] {
        let report = scan(&sandbox, name, &bytes[..bytes.len() - 20_000]);
        assert_eq!(places(&report), [format!("{name}!a:2")]);
        let [error] = &errors(&report)[..] else {
            panic!("{name}: {:?}", errors(&report))
        };
        assert!(
            error.starts_with(&format!("{name}!a: truncated archive"))
                || error.starts_with(&format!("{name}!a: damaged archive")),
            "{error}"
        );
    }
    let whole = tar(&[("a.yml", &text), ("b", &[b'x'; 5000])]);
    let report = scan(&sandbox, "a.tar", &whole[..3000]);
    assert_eq!(places(&report), ["a.tar!a.yml:2"]);
    assert_eq!(
        errors(&report),
        ["a.tar!b: truncated archive: only the part that is left was scanned"]
    );
    // Nested: reported once, where it happens.
    let report = scan(&sandbox, "a.tgz", &gzip(&whole[..3000]));
    assert_eq!(
        errors(&report),
        ["a.tgz!b: truncated archive: only the part that is left was scanned"]
    );
}

#[test]
fn finds_secrets_in_a_truncated_zip_file() {
    let (sandbox, text) = secret();
    let whole = zip(&[("a.yml", &text), ("b.yml", &text)]);
    let report = scan(&sandbox, "a.zip", &whole[..whole.len() - 60]);
    assert_eq!(places(&report), ["a.zip!a.yml:2", "a.zip!b.yml:2"]);
    assert_eq!(
        errors(&report),
        ["a.zip: damaged archive (zip: no directory): parts of it were not scanned"]
    );
}

#[test]
fn reports_wrong_checksums() {
    let (sandbox, text) = secret();
    let mut entry = ZipEntry::new("a.yml", DEFLATE, &text);
    entry.crc ^= 1;
    let report = scan(&sandbox, "a.zip", &zip_of(&[entry]));
    assert_eq!(places(&report), ["a.zip!a.yml:2"]);
    assert_eq!(
        errors(&report),
        ["a.zip!a.yml: damaged archive: the content does not have the recorded checksum or size"]
    );
}

#[test]
fn reports_a_damaged_tar_header_and_scans_the_rest_as_it_is() {
    let (sandbox, text) = secret();
    let mut bytes = tar(&[("first", b"1"), ("a.yml", &text)]);
    bytes[1024] ^= 1;
    let report = scan(&sandbox, "a.tar", &bytes);
    assert_eq!(places(&report), ["a.tar:2"]);
    assert_eq!(
        errors(&report),
        ["a.tar: damaged archive (tar): parts of it were not scanned"]
    );
}

#[test]
fn scans_data_after_the_end_of_a_tar_file() {
    let (sandbox, text) = secret();
    let empty = tar(&[("x", b"1")]);
    let appended = [&empty[..], &[0; 4096], &tar(&[("a.yml", &text)])].concat();
    let report = scan(&sandbox, "a.tar", &appended);
    assert_eq!(places(&report), ["a.tar!a.yml:2"]);
    let report = scan(&sandbox, "a.tar", &[&empty[..], &text].concat());
    assert_eq!(places(&report), ["a.tar:2"]);
    assert_eq!(errors(&report), [""; 0]);
}

#[test]
fn scans_data_before_and_after_a_zip_file() {
    let (sandbox, text) = secret();
    let plain = zip(&[("a.yml", &text)]);
    let script = b"#!/bin/sh\nexec java -jar \"$0\"\n";
    for bytes in [
        [&script[..], &plain].concat(),
        [&plain[..], b"\nsignature: none\n"].concat(),
    ] {
        let report = scan(&sandbox, "a.jar", &bytes);
        assert_eq!(places(&report), ["a.jar!a.yml:2"]);
        assert_eq!(errors(&report), [""; 0]);
    }
    let report = scan(
        &sandbox,
        "a.jar",
        &[&text[..], &zip(&[("x", b"1")])].concat(),
    );
    assert_eq!(places(&report), ["a.jar:2"]);
    let report = scan(
        &sandbox,
        "a.jar",
        &[&zip(&[("x", b"1")])[..], &text].concat(),
    );
    assert_eq!(places(&report), ["a.jar:2"]);
    // A name alone makes no archive.
    let report = scan(&sandbox, "a.jar", &text);
    assert_eq!(places(&report), ["a.jar:2"]);
    assert_eq!(errors(&report), [""; 0]);
}

#[test]
fn scans_entries_that_the_directory_of_a_zip_file_does_not_list() {
    let (sandbox, text) = secret();
    let (shown, hidden) = (
        ZipEntry::new("shown", STORED, b"nothing"),
        ZipEntry::new("hidden.yml", DEFLATE, &text),
    );
    let mut bytes = [hidden.local(), shown.local()].concat();
    let at = bytes.len();
    let directory = shown.central(hidden.local().len());
    bytes.extend(&directory);
    bytes.extend(zip_end(1, directory.len(), at));
    let report = scan(&sandbox, "a.zip", &bytes);
    assert_eq!(places(&report), ["a.zip!hidden.yml:2"]);
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(
        notes(&report),
        ["a.zip: the archive contains entries that its directory does not list; they were scanned"]
    );
}

#[test]
fn scans_the_entries_of_both_directories_of_a_zip_file() {
    let (sandbox, text) = secret();
    let (first, second) = (
        zip_of(&[ZipEntry::new("first.yml", DEFLATE, &text)]),
        ZipEntry::new("second.yml", DEFLATE, &text),
    );
    // Appended to, as an update does.
    let mut bytes = first.clone();
    bytes.extend(second.local());
    let at = bytes.len();
    let directory = second.central(first.len());
    bytes.extend(&directory);
    bytes.extend(zip_end(1, directory.len(), at));
    let report = scan(&sandbox, "a.zip", &bytes);
    assert_eq!(places(&report), ["a.zip!first.yml:2", "a.zip!second.yml:2"]);
    assert_eq!(notes(&report).len(), 1);
    // The first directory describes an entry in the data of an entry of the second one.
    let inner = ZipEntry::new("inner.yml", DEFLATE, &text);
    let outer = ZipEntry::new("outer", STORED, &[b"data", &*inner.local()].concat());
    let inner_at = 30 + "outer".len() + 4;
    let mut bytes = outer.local();
    let first_at = bytes.len();
    let first = inner.central(inner_at);
    bytes.extend(&first);
    bytes.extend(zip_end(1, first.len(), first_at));
    let at = bytes.len();
    let second = outer.central(0);
    bytes.extend(&second);
    bytes.extend(zip_end(1, second.len(), at));
    let report = scan(&sandbox, "a.zip", &bytes);
    assert_eq!(places(&report), ["a.zip!inner.yml:2"]);
}

#[test]
fn scans_entries_with_the_same_name_and_overlapping_ones() {
    let (sandbox, text) = secret();
    let bytes = zip_of(&[
        ZipEntry::new("a.yml", STORED, b"harmless"),
        ZipEntry::new("a.yml", DEFLATE, &text),
    ]);
    let report = scan(&sandbox, "a.zip", &bytes);
    assert_eq!(places(&report), ["a.zip!a.yml:2"]);
    // An entry whose data contain another one.
    let inner = ZipEntry::new("inner.yml", DEFLATE, &text);
    let outer = ZipEntry::new("outer", STORED, &[b"data", &*inner.local()].concat());
    let mut bytes = outer.local();
    let at = bytes.len();
    let directory = [outer.central(0), inner.central(30 + "outer".len() + 4)].concat();
    bytes.extend(&directory);
    bytes.extend(zip_end(2, directory.len(), at));
    let report = scan(&sandbox, "a.zip", &bytes);
    assert_eq!(places(&report), ["a.zip!inner.yml:2"]);
    assert_eq!(
        notes(&report),
        ["a.zip: entries of the archive overlap; each was scanned"]
    );
}

#[test]
fn scans_data_after_a_deflate_stream_in_its_entry() {
    let (sandbox, text) = secret();
    let mut entry = ZipEntry::new("x", DEFLATE, b"nothing");
    entry.data.extend(&text);
    let report = scan(&sandbox, "a.zip", &zip_of(&[entry]));
    assert_eq!(places(&report), ["a.zip:2"]);
}

#[test]
fn scans_comments_and_extended_headers() {
    let (sandbox, text) = secret();
    let mut bytes = zip(&[("x", b"1")]);
    let end = bytes.len() - 2;
    bytes[end..].copy_from_slice(&(text.len() as u16).to_le_bytes());
    bytes.extend(&text);
    let report = scan(&sandbox, "a.zip", &bytes);
    assert_eq!(places(&report), ["a.zip:2"]);
    let comment = pax_record("comment", &text);
    let bytes = [tar_entry(b"pax", b'g', &comment), tar(&[("x", b"1")])].concat();
    let report = scan(&sandbox, "a.tar", &bytes);
    assert_eq!(places(&report), ["a.tar:2"]);
}

#[test]
fn follows_no_link_and_scans_its_target() {
    let (sandbox, text) = secret();
    let token = String::from_utf8(text[18..].to_vec()).unwrap();
    let target = format!("x/{}", token.trim());
    let links = [
        tar_header(b"loop-a", b'2', b"loop-b", 0).to_vec(),
        tar_header(b"loop-b", b'2', b"loop-a", 0).to_vec(),
        tar_header(b"self", b'1', b"self", 0).to_vec(),
        tar_header(b"out", b'2', b"/etc/passwd", 0).to_vec(),
        // An old program records the size of the target.
        tar_header(b"hard", b'1', target.as_bytes(), 5000).to_vec(),
        tar(&[("end", b"x")]),
    ]
    .concat();
    let report = scan(&sandbox, "a.tar", &links);
    assert_eq!(places(&report), ["a.tar!hard:1"]);
    assert_eq!(errors(&report), [""; 0]);
}

#[test]
fn makes_absolute_and_upward_names_harmless() {
    let (sandbox, text) = secret();
    let names = ["/etc/cron.d/a", "../../b", "c\\..\\..\\d", "e/./f"];
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, &text[..])).collect();
    for (name, bytes) in [("a.tar", tar(&files)), ("a.zip", zip(&files))] {
        let report = scan(&sandbox, name, &bytes);
        assert_eq!(
            places(&report),
            ["b:2", "c/d:2", "e/f:2", "etc/cron.d/a:2"].map(|place| format!("{name}!{place}"))
        );
        assert_eq!(errors(&report), [""; 0]);
    }
}
