//! Every format that is opened.

use super::{errors, places, scan, secret};
use crate::support::archives::{
    BZIP2, DEFLATE, LZMA, SEVEN_ZIP_METHODS, STORED, XZ, ZSTD, ZipEntry, bzip2, gzip, pax_record,
    put_sum, seven_zip, tar, tar_entry, tar_header, xz, zip, zip_of, zstd,
};

#[test]
fn opens_compressed_files() {
    let (sandbox, text) = secret();
    for (name, bytes) in [
        ("a.yml.gz", gzip(&text)),
        ("a.yml.bz2", bzip2(&text)),
        ("a.yml.xz", xz(&text)),
        ("a.yml.zst", zstd(&text)),
    ] {
        let report = scan(&sandbox, name, &bytes);
        assert_eq!(places(&report), [format!("{name}!a.yml:2")]);
        assert_eq!(errors(&report), [""; 0]);
    }
}

#[test]
fn opens_streams_in_a_row() {
    let (sandbox, text) = secret();
    let (first, second) = text.split_at(15);
    for (name, compress) in [
        ("a.gz", gzip as fn(&[u8]) -> Vec<u8>),
        ("a.bz2", bzip2),
        ("a.xz", xz),
        ("a.zst", zstd),
    ] {
        let padding: &[u8] = if name == "a.gz" { &[0; 512] } else { b"" };
        let bytes = [&compress(first)[..], padding, &compress(second)].concat();
        let report = scan(&sandbox, name, &bytes);
        assert_eq!(places(&report), [format!("{name}!a:2")]);
        assert_eq!(errors(&report), [""; 0]);
    }
    // Bytes after the streams are content of the file itself.
    let report = scan(&sandbox, "a.gz", &[&gzip(b"x")[..], &text].concat());
    assert_eq!(places(&report), ["a.gz:2"]);
}

#[test]
fn opens_zip_files_of_all_methods() {
    let (sandbox, text) = secret();
    for method in [STORED, DEFLATE, BZIP2, LZMA, ZSTD, XZ] {
        let bytes = zip_of(&[
            ZipEntry::new("folder/", STORED, b""),
            ZipEntry::new("folder/a.yml", method, &text),
        ]);
        let report = scan(&sandbox, "a.jar", &bytes);
        assert_eq!(places(&report), ["a.jar!folder/a.yml:2"], "{method}");
        assert_eq!(errors(&report), [""; 0], "{method}");
    }
}

#[test]
fn opens_seven_zip_files() {
    let (sandbox, text) = secret();
    for method in SEVEN_ZIP_METHODS {
        let bytes = seven_zip(
            method,
            &[("empty", b""), ("folder/a.yml", &text), ("b.txt", b"text")],
        );
        let report = scan(&sandbox, "a.7z", &bytes);
        assert_eq!(places(&report), ["a.7z!folder/a.yml:2"], "{method:?}");
        assert_eq!(errors(&report), [""; 0], "{method:?}");
        let nested = scan(&sandbox, "a.gz", &gzip(&bytes));
        assert_eq!(places(&nested), ["a.gz!a!folder/a.yml:2"], "{method:?}");
    }
}

#[test]
fn opens_tar_files() {
    let (sandbox, text) = secret();
    let plain = tar(&[("folder/a.yml", &text), ("b", b"")]);
    for (name, bytes) in [
        ("a.tar", plain.clone()),
        ("a.tar.gz", gzip(&plain)),
        ("a.tgz", gzip(&plain)),
        ("a.tar.bz2", bzip2(&plain)),
        ("a.tar.xz", xz(&plain)),
        ("a.tar.zst", zstd(&plain)),
    ] {
        let report = scan(&sandbox, name, &bytes);
        assert_eq!(places(&report), [format!("{name}!folder/a.yml:2")]);
        assert_eq!(errors(&report), [""; 0]);
    }
}

#[test]
fn reads_the_names_and_types_of_all_tar_formats() {
    let (sandbox, text) = secret();
    let name = "d/".repeat(80) + "long.yml";
    let old = {
        let mut block = tar_header(b"old.yml", 0, b"", text.len() as u64);
        block[257..265].fill(0);
        put_sum(&mut block);
        let mut out = block.to_vec();
        out.extend(&text);
        out.resize(out.len().next_multiple_of(512), 0);
        out
    };
    let prefixed = {
        let mut block = tar_header(b"a.yml", b'0', b"", text.len() as u64);
        block[345..351].copy_from_slice(b"prefix");
        put_sum(&mut block);
        let mut out = block.to_vec();
        out.extend(&text);
        out.resize(out.len().next_multiple_of(512), 0);
        out
    };
    let sparse = {
        let mut block = tar_header(b"sparse.yml", b'S', b"", text.len() as u64);
        block[482] = 1;
        put_sum(&mut block);
        let mut out = block.to_vec();
        out.extend([0; 512]);
        out.extend(&text);
        out.resize(out.len().next_multiple_of(512), 0);
        out
    };
    let pax = [
        tar_entry(b"pax", b'x', &pax_record("path", name.as_bytes())),
        tar_entry(b"short", b'0', &text),
    ]
    .concat();
    let pax_size = {
        let size = pax_record("size", text.len().to_string().as_bytes());
        let mut out = tar_entry(b"pax", b'x', &size);
        let mut entry = tar_entry(b"sized.yml", b'0', &text);
        entry[..512].copy_from_slice(&tar_header(b"sized.yml", b'0', b"", 0));
        out.extend(entry);
        out
    };
    let gnu = [
        tar_entry(b"././@LongLink", b'L', format!("{name}\0").as_bytes()),
        tar_entry(b"short", b'0', &text),
    ]
    .concat();
    for (bytes, place) in [
        (old, "old.yml:2".to_owned()),
        (prefixed, "prefix/a.yml:2".to_owned()),
        (sparse, "sparse.yml:2".to_owned()),
        (pax, format!("{name}:2")),
        (pax_size, "sized.yml:2".to_owned()),
        (gnu, format!("{name}:2")),
    ] {
        let bytes = [&bytes[..], &tar(&[("end", b"x")])].concat();
        let report = scan(&sandbox, "a.tar", &bytes);
        assert_eq!(places(&report), [format!("a.tar!{place}")]);
        assert_eq!(errors(&report), [""; 0]);
        assert_eq!(report["summary"]["files"], 3, "{place}");
    }
}

#[test]
fn opens_archives_in_archives() {
    let (sandbox, text) = secret();
    let inner = zip(&[("c.env", &text)]);
    let middle = tar(&[("lib/b.zip", &inner), ("x.gz", &gzip(&inner))]);
    let report = scan(&sandbox, "a.tar.gz", &gzip(&middle));
    assert_eq!(
        places(&report),
        ["a.tar.gz!lib/b.zip!c.env:2", "a.tar.gz!x.gz!x!c.env:2"]
    );
    assert_eq!(errors(&report), [""; 0]);
}

#[test]
fn reads_file_formats_by_the_name_in_the_archive() {
    let (sandbox, _) = secret();
    let password = sandbox.watch("dGhlLXJlYWwtcGFzc3dvcmQtOTE3Mw");
    let text = format!("machine gitlab.example.com login deploy password {password}\n");
    for name in [".netrc", "home/.netrc"] {
        let report = scan(&sandbox, "a.zip", &zip(&[(name, text.as_bytes())]));
        assert_eq!(places(&report), [format!("a.zip!{name}:1")]);
        assert_eq!(
            report["findings"][0]["context"]["host"],
            "gitlab.example.com"
        );
    }
    let report = scan(&sandbox, ".netrc.gz", &gzip(text.as_bytes()));
    assert_eq!(places(&report), [".netrc.gz!.netrc:1"]);
}

#[test]
fn opens_images_of_docker_and_oci() {
    let (sandbox, text) = secret();
    let token = sandbox.watch(crate::support::a_token(2));
    let layer = gzip(&tar(&[("etc/app.yml", &text)]));
    let digest = "blobs/sha256/".to_owned() + &"ab12".repeat(16);
    let config = format!(
        "{{\"config\":{{\"Env\":[\"PATH=/bin\",\"TOKEN={token}\"]}},\"history\":[{{\"created_by\":\"RUN true\"}}]}}"
    );
    let image = tar(&[
        ("oci-layout", b"{}"),
        (&digest, &layer),
        ("blobs/sha256/config", config.as_bytes()),
    ]);
    let report = scan(&sandbox, "image.tar", &image);
    assert_eq!(
        places(&report),
        [
            format!("image.tar!{digest}!etc/app.yml:2"),
            "image.tar!blobs/sha256/config:1".to_owned()
        ]
    );
}

#[test]
fn opens_an_archive_on_standard_input() {
    let (sandbox, text) = secret();
    let bytes = gzip(&tar(&[("a.yml", &text)]));
    let file = sandbox.write("in.tgz", &bytes);
    let run = sandbox.run_with(
        ["stdin", "--archives", "--name", "x.tgz", "--quiet"],
        |run| {
            run.stdin(std::fs::File::open(&file).unwrap());
        },
    );
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("x.tgz!a.yml:2:8"), "{}", run.stdout);
}
