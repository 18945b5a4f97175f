//! Damaged repositories: each object is named, the rest is scanned, and the exit code is 2.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{commit, repository};
use crate::support::a_token;
use crate::support::sandbox::{Run, Sandbox};

/// Maximum time for a damaged repository.
const PATIENCE: Duration = Duration::from_secs(60);

/// Creates a repository with two packs and a leak in each: `first.txt` and `second.txt`.
fn two_packs() -> (Sandbox, PathBuf, PathBuf) {
    let s = repository();
    let packs = |s: &Sandbox| -> Vec<PathBuf> {
        let folder = std::fs::read_dir(s.at(".git/objects/pack")).unwrap();
        let paths = folder.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().unwrap() == "pack")
            .collect()
    };
    s.write("first.txt", format!("{}\n", s.watch(a_token(1))));
    for turn in 0..30 {
        let mut text = String::new();
        for line in 0..200 {
            let _ = writeln!(text, "line {line} of {}", line * turn % 17);
        }
        s.write("long.txt", text);
        commit(&s, "long");
    }
    s.git(&["repack", "-q", "-a", "-d"]);
    let first = packs(&s).remove(0);
    s.write("second.txt", format!("{}\n", s.watch(a_token(2))));
    commit(&s, "second");
    s.git(&["repack", "-q", "-d"]);
    let second = packs(&s).into_iter().find(|path| *path != first).unwrap();
    (s, first, second)
}

/// Writes to a file that Git has made read-only.
fn overwrite(path: &PathBuf, bytes: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Runs, and checks time and exit code.
fn run(s: &Sandbox, code: i32) -> Run {
    let started = Instant::now();
    let run = s.run(["history"]);
    assert!(started.elapsed() < PATIENCE);
    assert_eq!(run.code, Some(code), "{run:?}");
    run
}

/// Everything that a run prints.
fn output(run: &Run) -> String {
    format!("{}{}", run.stdout, run.stderr)
}

/// Returns a pack with these entries.
fn pack_of(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
    pack.extend(entries.concat());
    // The checksum at the end is not verified; the index of Git is.
    pack.extend([0; 20]);
    pack
}

/// Returns an index, version 2, of objects with made-up ids at these offsets.
fn index_of(objects: &mut [([u8; 20], u32)]) -> Vec<u8> {
    objects.sort_unstable();
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255u8 {
        let count = objects.iter().filter(|(id, _)| id[0] <= first).count();
        index.extend(u32::try_from(count).unwrap().to_be_bytes());
    }
    objects.iter().for_each(|(id, _)| index.extend(id));
    index.extend(vec![0; 4 * objects.len()]);
    objects
        .iter()
        .for_each(|(_, offset)| index.extend(offset.to_be_bytes()));
    index.extend([0; 40]);
    index
}

/// Returns a zlib stream that contains `bytes` uncompressed.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let mut stream = vec![0x78, 0x01, 0x01];
    stream.extend(length.to_le_bytes());
    stream.extend((!length).to_le_bytes());
    stream.extend(bytes);
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65521;
        (a, (a + b) % 65521)
    });
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// Writes a made-up pack and its index.
fn write_pack(s: &Sandbox, entries: &[Vec<u8>], ids: &[[u8; 20]]) {
    let mut offset = 12;
    let mut objects = Vec::new();
    for (entry, id) in entries.iter().zip(ids) {
        objects.push((*id, offset));
        offset += u32::try_from(entry.len()).unwrap();
    }
    s.write(".git/objects/pack/pack-made.pack", pack_of(entries));
    s.write(".git/objects/pack/pack-made.idx", index_of(&mut objects));
}

#[test]
fn reports_a_truncated_pack() {
    let (s, first, _) = two_packs();
    let bytes = std::fs::read(&first).unwrap();
    for length in [0, 11, 40, bytes.len() / 2, bytes.len() - 30] {
        overwrite(&first, &bytes[..length]);
        let run = run(&s, 2);
        assert!(
            output(&run).contains("second.txt") || output(&run).contains("blob "),
            "{run:?}"
        );
        assert!(
            output(&run).contains(".pack") || output(&run).contains(".idx"),
            "{run:?}"
        );
    }
}

#[test]
fn reports_flipped_bytes_in_a_pack() {
    let (s, first, _) = two_packs();
    let bytes = std::fs::read(&first).unwrap();
    for place in (12..bytes.len() - 20).step_by(bytes.len() / 40) {
        let mut broken = bytes.clone();
        broken[place] ^= 0x55;
        overwrite(&first, &broken);
        let run = run(&s, 2);
        assert!(output(&run).contains("the object "), "{run:?}");
        assert!(
            output(&run).contains("second.txt") || output(&run).contains("blob "),
            "{run:?}"
        );
    }
}

#[test]
fn reports_a_damaged_pack_index() {
    let (s, first, _) = two_packs();
    let index = first.with_extension("idx");
    let bytes = std::fs::read(&index).unwrap();
    for length in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
        overwrite(&index, &bytes[..length]);
        run(&s, 2);
    }
    for place in (0..bytes.len()).step_by(crate::support::cases(301, 61)) {
        let mut broken = bytes.clone();
        broken[place] ^= 0xff;
        overwrite(&index, &broken);
        let run = s.run(["history"]);
        assert!(matches!(run.code, Some(1 | 2)), "{run:?}");
    }
    std::fs::remove_file(&index).unwrap();
    let run = run(&s, 2);
    assert!(output(&run).contains("has no index"), "{run:?}");
}

#[test]
fn reports_false_claims_in_a_pack() {
    let s = repository();
    s.write("a.txt", s.watch(a_token(1)));
    commit(&s, "a");
    let id = |byte: u8| [byte; 20];
    let named = |base: u8, size: u8| {
        let mut entry = vec![0x70 | size];
        entry.extend(id(base));
        entry
    };
    let whole = [vec![0x35], stored(b"hello")].concat();
    let cases: [(&str, Vec<Vec<u8>>); 7] = [
        // 2^40 bytes, in a stream of five bytes.
        (
            "claims 1099511627776 bytes",
            vec![
                [
                    vec![0xb0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02],
                    stored(b"hello"),
                ]
                .concat(),
            ],
        ),
        // A delta whose base has another length.
        (
            "does not fit its base",
            vec![
                whole.clone(),
                [vec![0x64, 17], stored(&[9, 1, 0x90, 1])].concat(),
            ],
        ),
        // A delta that claims 2^40 bytes.
        (
            "does not fit its base",
            vec![
                whole.clone(),
                [
                    vec![0x69, 17],
                    stored(&[5, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20, 0x90, 1]),
                ]
                .concat(),
            ],
        ),
        // A base that does not exist.
        (
            "base of its delta is not in the pack",
            vec![[named(9, 4), stored(&[5, 1, 0x90, 1])].concat()],
        ),
        // Two deltas that build on each other.
        (
            "in a circle",
            vec![
                [named(2, 4), stored(&[5, 1, 0x90, 1])].concat(),
                [named(1, 4), stored(&[5, 1, 0x90, 1])].concat(),
            ],
        ),
        (
            "header is invalid",
            vec![[vec![0x55], stored(b"hello")].concat()],
        ),
        (
            "length it claims",
            vec![[vec![0x34], stored(b"hello")].concat()],
        ),
    ];
    for (expected, entries) in cases {
        let ids: Vec<_> = (1..).take(entries.len()).map(id).collect();
        write_pack(&s, &entries, &ids);
        let run = run(&s, 2);
        assert!(output(&run).contains(expected), "{expected}: {run:?}");
        assert!(output(&run).contains(&"01".repeat(20)) || output(&run).contains(&"02".repeat(20)));
        assert!(output(&run).contains("a.txt"), "{run:?}");
    }
}

#[test]
fn reports_damaged_loose_objects() {
    let s = repository();
    s.write("a.txt", s.watch(a_token(1)));
    commit(&s, "a");
    s.write("b.txt", "nothing much\n");
    commit(&s, "b");
    let id = s.git(&["rev-parse", "HEAD:b.txt"]);
    let path = s.at(format!(".git/objects/{}/{}", &id[..2], id[2..].trim()));
    let bytes = std::fs::read(&path).unwrap();
    let head = |text: &str| stored(text.as_bytes());
    for broken in [
        Vec::new(),
        bytes[..bytes.len() / 2].to_vec(),
        b"no zlib".to_vec(),
        head("blob 5"),
        head("blob 1099511627776\0hello"),
        head("blob 4\0hello"),
        head("bulb 5\0hello"),
        head("blob -5\0hello"),
    ] {
        overwrite(&path, &broken);
        let run = run(&s, 2);
        assert!(output(&run).contains(id.trim()), "{run:?}");
        assert!(output(&run).contains("a.txt"), "{run:?}");
    }
    // An intact copy replaces it.
    overwrite(&path, &bytes);
    s.git(&["repack", "-q", "-a"]);
    overwrite(&path, b"no zlib");
    run(&s, 1);
}

#[test]
fn reports_missing_objects() {
    let s = repository();
    s.write("a.txt", s.watch(a_token(1)));
    commit(&s, "a");
    let none = "1".repeat(40);
    let text = format!("tree {none}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nx\n");
    s.write("raw", text);
    let id = s.git(&["hash-object", "-t", "commit", "-w", "--literally", "raw"]);
    s.git(&["update-ref", "refs/heads/bad", id.trim()]);
    let run_ = run(&s, 2);
    assert!(
        output(&run_).contains(&none) && output(&run_).contains(id.trim()),
        "{run_:?}"
    );
    assert!(output(&run_).contains("a.txt"));
    let allowed = s.run(["history", "--allow-missing"]);
    assert_eq!(allowed.code, Some(1), "{allowed:?}");
}

#[test]
fn scans_long_messages_and_deep_folders() {
    let s = repository();
    let message = format!(
        "{}\n{}\n",
        "x".repeat(10 * 1024 * 1024),
        s.watch(a_token(1))
    );
    let mut stream = format!(
        "commit refs/heads/main\ncommitter C <c> 1 +0000\ndata {}\n{message}",
        message.len(),
    );
    for (depth, seed) in [(40, 2), (2000, 3), (2100, 4)] {
        let token = s.watch(a_token(seed));
        let path = format!("{seed}{}", "/d".repeat(depth));
        let _ = write!(
            stream,
            "M 100644 inline {path}\ndata {}\n{token}\n",
            token.len()
        );
    }
    let import = ["-c", "core.maxTreeDepth=9999", "fast-import", "--quiet"];
    s.feed(&import, stream);
    let run = run(&s, 2);
    assert!(output(&run).contains("commit message"));
    assert!(output(&run).contains("nest too deep"));
    let json = s.run(["history", "-f", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let depths: Vec<usize> = super::found(&report)
        .iter()
        .map(|found| found.1.matches('/').count())
        .collect();
    assert!(depths.contains(&40) && depths.contains(&2000), "{depths:?}");
}

#[test]
fn bounds_folders_that_contain_each_other() {
    let s = repository();
    let token = s.watch(a_token(1));
    s.write("leaf", format!("{token}\n"));
    let blob = s.git(&["hash-object", "-w", "leaf"]);
    let mut id = blob.trim().to_owned();
    let mut kind = "100644 blob";
    for _ in 0..12 {
        let mut list = String::new();
        for name in 0..12 {
            let _ = writeln!(list, "{kind} {id}\t{name}");
        }
        id = s.feed(&["mktree"], list);
        kind = "040000 tree";
    }
    let bomb = s.git(&["commit-tree", &id, "-m", "12^12 paths"]);
    s.git(&["update-ref", "refs/heads/bomb", bomb.trim()]);
    std::fs::remove_file(s.at("leaf")).unwrap();
    let started = Instant::now();
    let run = s.run(["history", "-f", "json"]);
    assert!(started.elapsed() < PATIENCE);
    assert_eq!(run.code, Some(2));
}
