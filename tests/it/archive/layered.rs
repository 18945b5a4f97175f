//! Names of entries, archives behind other content, and formats that consist of others.

use super::{errors, places, scan, secret};
use crate::support::a_token;
use crate::support::archives::{
    DEFLATE, SEVEN_ZIP_METHODS, STORED, ZipEntry, gzip, pax_record, seven_zip, tar, tar_entry,
    tar_header, zip, zip_end, zip_of, zstd,
};
use crate::support::repo::Repo;
use crate::support::sandbox::Sandbox;

/// Bytes in front of a ZIP file.
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n";

#[test]
fn finds_tokens_in_the_names_of_entries() {
    let sandbox = Sandbox::new();
    let [file, folder, link, inner] = [1, 2, 3, 4].map(|seed| sandbox.watch(a_token(seed)));
    // Its directory contains the name once more.
    let nested = zip(&[(&format!("{inner}.txt"), b"text")]);
    let bytes = [
        tar_entry(format!("a/{file}.txt").as_bytes(), b'0', b"text"),
        tar_entry(format!("{folder}/").as_bytes(), b'5', b""),
        tar_entry(format!("{folder}/b").as_bytes(), b'0', b"text"),
        tar_entry(format!("{folder}/c").as_bytes(), b'0', b""),
        tar_header(format!("l/{link}").as_bytes(), b'2', b"target", 0).to_vec(),
        tar(&[("n.zip", &nested)]),
    ]
    .concat();
    let report = scan(&sandbox, "a.tgz", &gzip(&bytes));
    let findings = report["findings"].as_array().unwrap();
    let mut found: Vec<(String, bool)> = findings
        .iter()
        .map(|finding| {
            let path = finding["location"]["path"].as_str().unwrap();
            // Names are redacted.
            let depth = path.matches(['/', '!']).count();
            let message = finding["message"].as_str().unwrap();
            let entry = message.ends_with("It is in the name of the entry.");
            assert!(
                entry || message.ends_with("It is in the name of the folder."),
                "{message}"
            );
            (format!("{}:{depth}", &path[..7]), entry)
        })
        .collect();
    found.sort();
    // The folder is an entry of its own, too.
    assert_eq!(
        found,
        [
            ("a.tgz!a:2".to_owned(), true),
            ("a.tgz!g:1".to_owned(), true),
            ("a.tgz!l:2".to_owned(), true),
            ("a.tgz!n:2".to_owned(), true),
        ]
    );
    assert_eq!(errors(&report), [""; 0]);
    // In an extended header, in front of its entry.
    let name = format!("{}/{file}", "d".repeat(100));
    let bytes = [
        tar_entry(b"pax", b'x', &pax_record("path", name.as_bytes())),
        tar(&[("short", b"text")]),
    ]
    .concat();
    let report = scan(&sandbox, "a.tar", &bytes);
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
}

#[test]
fn opens_a_zip_file_behind_other_content() {
    let (sandbox, text) = secret();
    let plain = zip(&[("a.yml", &text), ("b", b"1")]);
    // Positions that count from the start of the file, as programs that append one adjust them.
    let entry = ZipEntry::new("a.yml", DEFLATE, &text);
    let mut adjusted = [PDF, &entry.local()].concat();
    let at = adjusted.len();
    let directory = entry.central(PDF.len());
    adjusted.extend(&directory);
    adjusted.extend(zip_end(1, directory.len(), at));
    let large = [PDF, &vec![b'.'; 3 << 20], &plain].concat();
    for (name, bytes) in [
        ("a.pdf", [PDF, &plain].concat()),
        ("b.pdf", adjusted),
        (
            "setup.exe",
            [b"MZ\x90\0", &PDF.repeat(9)[..], &plain].concat(),
        ),
        (
            "installer",
            [b"\x7fELF\x02", &PDF.repeat(9)[..], &plain].concat(),
        ),
        ("large.bin", large),
    ] {
        let report = scan(&sandbox, name, &bytes);
        assert_eq!(places(&report), [format!("{name}!a.yml:2")], "{name}");
        assert_eq!(errors(&report), [""; 0], "{name}");
        let file = sandbox.write(name, &bytes);
        let closed = sandbox.scan(&[file.to_str().unwrap()]);
        assert_eq!(places(&closed), [""; 0]);
        assert_eq!(closed["summary"]["left_out"]["archive"], 1, "{name}");
    }
    // The signature alone does not make an archive.
    let mention = [PDF, b"PK\x03\x04 begins a ZIP file\n"].concat();
    let report = scan(&sandbox, "c.pdf", &mention);
    assert_eq!((places(&report).len(), errors(&report).len()), (0, 0));
}

#[test]
fn opens_a_zip_file_behind_other_content_in_a_history() {
    let repo = Repo::new();
    let text = format!("# settings\ntoken: {}\n", repo.token(1));
    let bytes = [PDF, &zip(&[("a.yml", text.as_bytes())])].concat();
    repo.commit_file("doc.pdf", bytes);
    let report = repo.sandbox.report("history", &["."]);
    assert_eq!(places(&report), ["doc.pdf!a.yml:2"]);
}

#[test]
fn reads_entries_whose_sizes_follow_their_data() {
    let (sandbox, text) = secret();
    let mut streamed = ZipEntry::new("a.yml", DEFLATE, &text);
    let (crc, size) = (streamed.crc, streamed.size);
    streamed.flags = 1 << 3;
    let packed = streamed.data.len() as u32;
    for signature in [&b"PK\x07\x08"[..], b""] {
        let sizes = [crc, packed, size].map(u32::to_le_bytes).concat();
        // The local header does not contain the sizes.
        let mut local = streamed.local();
        local[14..26].fill(0);
        let mut bytes = [&local[..], signature, &sizes].concat();
        bytes.extend(ZipEntry::new("end", STORED, b"1").local());
        let open = bytes.clone();
        let at = bytes.len();
        let directory = streamed.central(0);
        bytes.extend(&directory);
        bytes.extend(zip_end(1, directory.len(), at));
        let report = scan(&sandbox, "a.zip", &bytes);
        assert_eq!(places(&report), ["a.zip!a.yml:2"]);
        assert_eq!(errors(&report), [""; 0]);
        // Cut off before the directory: the end of the data is found by decoding them.
        let report = scan(&sandbox, "a.zip", &open);
        assert_eq!(places(&report), ["a.zip!a.yml:2"]);
        assert_eq!(
            errors(&report),
            ["a.zip: damaged archive (zip: no directory): parts of it were not scanned"]
        );
    }
}

#[test]
fn reads_large_zip_files() {
    let (sandbox, text) = secret();
    let entry = ZipEntry::new("a.yml", DEFLATE, &text);
    let sizes = [entry.size as u64, entry.data.len() as u64]
        .map(u64::to_le_bytes)
        .concat();
    let extra = |more: &[u8]| {
        let value = [&sizes, more].concat();
        [&[1, 0][..], &(value.len() as u16).to_le_bytes(), &value].concat()
    };
    // All sizes and positions of the small records are in the extra fields.
    let mut local = entry.local();
    local[18..26].fill(0xff);
    let field = extra(b"");
    local[28..30].copy_from_slice(&(field.len() as u16).to_le_bytes());
    let name_end = 30 + entry.name.len();
    let local = [&local[..name_end], &field, &local[name_end..]].concat();
    let mut central = entry.central(0);
    central[20..28].fill(0xff);
    central[42..46].fill(0xff);
    let field = extra(&0u64.to_le_bytes());
    central[30..32].copy_from_slice(&(field.len() as u16).to_le_bytes());
    central.extend(&field);
    let (at, size) = (local.len() as u64, central.len() as u64);
    let end = [
        b"PK\x06\x06",
        &44u64.to_le_bytes()[..],
        &[45, 0, 45, 0],
        &[0; 8],
        &[1, 1, size, at].map(u64::to_le_bytes).concat(),
        b"PK\x06\x07",
        &[0; 4],
        &(at + size).to_le_bytes(),
        &1u32.to_le_bytes(),
        b"PK\x05\x06\0\0\0\0",
        &[0xff; 12],
        &[0; 2],
    ]
    .concat();
    let bytes = [local, central, end].concat();
    let report = scan(&sandbox, "a.zip", &bytes);
    assert_eq!(places(&report), ["a.zip!a.yml:2"]);
    assert_eq!(errors(&report), [""; 0]);
    let report = scan(&sandbox, "a.bin", &[PDF, &bytes].concat());
    assert_eq!(places(&report), ["a.bin!a.yml:2"]);
    assert_eq!(errors(&report), [""; 0]);
}

#[test]
fn opens_applications_in_applications() {
    let (sandbox, text) = secret();
    let jar = zip(&[
        ("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n"),
        ("app.yml", &text),
    ]);
    let war = zip_of(&[ZipEntry::new("WEB-INF/lib/app.jar", STORED, &jar)]);
    let ear = zip(&[("shop.war", &war)]);
    let report = scan(&sandbox, "shop.ear", &ear);
    assert_eq!(
        places(&report),
        ["shop.ear!shop.war!WEB-INF/lib/app.jar!app.yml:2"]
    );
    assert_eq!(errors(&report), [""; 0]);
    let package = seven_zip(SEVEN_ZIP_METHODS[2], &[("shop.ear", &ear)]);
    let report = scan(&sandbox, "shop.7z", &package);
    assert_eq!(
        places(&report),
        ["shop.7z!shop.ear!shop.war!WEB-INF/lib/app.jar!app.yml:2"]
    );
}

#[test]
fn opens_the_layers_of_all_layouts_of_images() {
    let (sandbox, text) = secret();
    let [env, build] = [2, 3].map(|seed| sandbox.watch(a_token(seed)));
    let config = format!(
        r#"{{"config":{{"Env":["TOKEN={env}"]}},"history":[{{"created_by":"/bin/sh -c TOKEN={build} make"}}]}}"#
    );
    let layer = tar(&[("app/a.yml", &text)]);
    // The next layer deletes the file, which stays in the layer below.
    let deleted = tar(&[("app/.wh.a.yml", b""), ("app/.wh..wh..opq", b"")]);
    let manifest = br#"[{"Config":"c.json","Layers":["l/layer.tar"]}]"#;
    let oci = tar(&[
        ("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#),
        ("index.json", b"{}"),
        ("blobs/sha256/c0", config.as_bytes()),
        ("blobs/sha256/a1", &zstd(&layer)),
        ("blobs/sha256/a2", &zstd(&deleted)),
    ]);
    let first = tar(&[
        ("l/VERSION", b"1.0"),
        ("l/json", config.as_bytes()),
        ("l/layer.tar", &layer),
        ("k/layer.tar", &deleted),
        ("repositories", b"{}"),
    ]);
    let second = tar(&[
        ("c.json", config.as_bytes()),
        ("l/layer.tar", &layer),
        ("k/layer.tar", &deleted),
        ("manifest.json", manifest),
    ]);
    for (name, bytes, config, file) in [
        (
            "oci.tar",
            oci,
            "blobs/sha256/c0",
            "blobs/sha256/a1!app/a.yml",
        ),
        ("v1.tar", first, "l/json", "l/layer.tar!app/a.yml"),
        ("v2.tar", second, "c.json", "l/layer.tar!app/a.yml"),
    ] {
        for (name, bytes) in [
            (name.to_owned(), bytes.clone()),
            (format!("{name}.gz"), gzip(&bytes)),
        ] {
            let report = scan(&sandbox, &name, &bytes);
            let mut expected = [
                format!("{name}!{config}:1"),
                format!("{name}!{config}:1"),
                format!("{name}!{file}:2"),
            ];
            expected.sort();
            let mut found = places(&report);
            found.sort();
            assert_eq!(found, expected);
            assert_eq!(errors(&report), [""; 0]);
        }
    }
}

#[test]
fn reads_sparse_files_of_pax() {
    let (sandbox, text) = secret();
    // GNU.sparse 1.0: the map is a block in front of the stored parts.
    let mut map = format!("1\n1000000\n{}\n", text.len()).into_bytes();
    map.resize(512, 0);
    let records = [
        pax_record("GNU.sparse.major", b"1"),
        pax_record("GNU.sparse.minor", b"0"),
        pax_record("GNU.sparse.name", b"disk.img"),
        pax_record("GNU.sparse.realsize", b"1000100"),
    ]
    .concat();
    let bytes = [
        tar_entry(b"pax", b'x', &records),
        tar_entry(b"GNUSparseFile.1/disk.img", b'0', &[map, text].concat()),
        tar(&[("end", b"x")]),
    ]
    .concat();
    let report = scan(&sandbox, "a.tar", &bytes);
    let [place] = &places(&report)[..] else {
        panic!("{report}")
    };
    assert!(place.starts_with("a.tar!disk.img:"), "{place}");
    assert_eq!(errors(&report), [""; 0]);
}

#[test]
fn opens_bundles_of_both_versions_with_prerequisites() {
    let repo = Repo::new();
    let filler = "nothing in this line\n".repeat(300);
    let base = repo.commit_file("a.txt", &filler);
    let text = format!("token: {}\n", repo.token(1));
    repo.commit_file("new.yml", &text);
    let blob = repo.git(&["rev-parse", "HEAD:new.yml"]);
    for version in ["2", "3"] {
        let path = repo.sandbox.at("a.bundle");
        let path = path.to_str().unwrap();
        let option = format!("--version={version}");
        repo.git(&[
            "bundle",
            "create",
            "--quiet",
            &option,
            path,
            &format!("{base}..main"),
        ]);
        let start = std::fs::read(path).unwrap();
        assert!(start.starts_with(format!("# v{version} git bundle\n").as_bytes()));
        let report = repo.sandbox.scan(&["--archives", path]);
        assert_eq!(places(&report), [format!("a.bundle!{}:1", blob.trim())]);
        assert_eq!(errors(&report), [""; 0]);
    }
}
