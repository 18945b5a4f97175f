//! Files and folders that another process replaces, truncates and extends while they are read.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// The change of a path during a scan.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// The file is replaced by links and a pipe, and removed.
    Replace,
    /// The file is replaced by a link to a file outside, and removed. The library that reads these files would wait for
    /// the writer of a pipe, and read a device without an end.
    Relink,
    /// The file is truncated and written again in place.
    Rewrite,
    /// The folder is replaced by links to a folder outside.
    Swap,
}

use Change::{Relink, Replace, Rewrite, Swap};

/// Changes the path until `stop` is set, and puts the original back.
fn change(path: &Path, outside: &Path, change: Change, stop: &AtomicBool) {
    let place = tempfile::tempdir().unwrap();
    let (kept, next) = (place.path().join("kept"), place.path().join("next"));
    let original = fs::read(path).unwrap_or_default();
    let replace_by = |make: &dyn Fn(&Path)| {
        make(&next);
        fs::rename(&next, path).unwrap();
    };
    while !stop.load(Ordering::Relaxed) {
        match change {
            Replace | Relink => {
                replace_by(&|next| symlink(outside.join("netrc"), next).unwrap());
                replace_by(&|next| fs::write(next, &original).unwrap());
                if change == Replace {
                    replace_by(&|next| symlink("/dev/zero", next).unwrap());
                    replace_by(&|next| fs::write(next, &original).unwrap());
                    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
                    let kind = rustix::fs::FileType::Fifo;
                    replace_by(&|next| {
                        rustix::fs::mknodat(rustix::fs::CWD, next, kind, mode, 0).unwrap();
                    });
                    replace_by(&|next| fs::write(next, &original).unwrap());
                }
                fs::remove_file(path).unwrap();
                replace_by(&|next| fs::write(next, &original).unwrap());
            }
            Rewrite => {
                let mut file = File::options().write(true).open(path).unwrap();
                file.set_len(0).unwrap();
                file.write_all(&original).unwrap();
                file.set_len(1 << 20).unwrap();
                file.set_len(original.len() as u64).unwrap();
            }
            Swap => {
                fs::rename(path, &kept).unwrap();
                symlink(outside, path).unwrap();
                fs::remove_file(path).unwrap();
                fs::rename(&kept, path).unwrap();
            }
        }
    }
}

#[test]
fn reads_nothing_outside_through_files_that_change() {
    let (repo, _) = repository();
    // A folder outside with a secret in a file of the same name as in the folder that is swapped.
    let outside = tempfile::tempdir().unwrap();
    for name in ["netrc", "file", "HEAD"] {
        let text = format!("password {MARKER} {}\n", repo.token(9));
        fs::write(outside.path().join(name), text).unwrap();
    }
    repo.write(".tokensweep.toml", "exclude = []\n");
    let side = repo.git(&["rev-parse", "side:side"]);
    let loose = format!(".git/objects/{}/{}", &side[..2], side[2..].trim());
    let scan = &["scan"][..];
    let history = &["history", "--reachable"][..];
    let range = &["range", "main..side"][..];
    let staged = &["staged"][..];
    for (file, kind, commands) in [
        ("free", Replace, &[scan][..]),
        ("free", Rewrite, &[scan]),
        ("sub", Swap, &[scan]),
        (".tokensweep.toml", Replace, &[scan, staged]),
        (".gitignore", Replace, &[scan]),
        (".git/config", Relink, &[scan, history, range]),
        (".git/HEAD", Relink, &[scan, history, range]),
        (".git/index", Relink, &[scan, staged]),
        (".git/logs/HEAD", Replace, &[history]),
        (".git/refs/heads/side", Relink, &[history, range]),
        (".git/refs/heads", Swap, &[history, range]),
        (loose.as_str(), Relink, &[history, range]),
        (".git", Swap, &[scan, history]),
    ] {
        let path = repo.sandbox.at(file);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| change(&path, outside.path(), kind, &stop));
            // Stops the thread also if a check fails.
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                for _ in 0..cases(2, 40) {
                    for args in commands {
                        let about = format!("{args:?} while {file} changes ({kind:?})");
                        run_bounded(&repo, repo.sandbox.path(), args, &about);
                    }
                }
            }));
            stop.store(true, Ordering::Relaxed);
            if let Err(failure) = result {
                std::panic::resume_unwind(failure);
            }
        });
    }
    for (args, expected) in COMMANDS {
        let run = run_bounded(&repo, repo.sandbox.path(), args, "afterwards");
        let found: Vec<_> = run.paths.unwrap().into_iter().collect();
        assert_eq!(found, expected, "{args:?}: {}", run.output);
    }
}

/// A pack that is truncated while it is mapped ends the scan with a message.
#[test]
fn fails_if_a_pack_is_truncated_meanwhile() {
    let (repo, _) = repository();
    repo.git(&["gc", "--quiet"]);
    let packs = fs::read_dir(repo.sandbox.at(".git/objects/pack")).unwrap();
    let pack = packs
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|name| name == "pack"))
        .unwrap();
    let whole = fs::read(&pack).unwrap();
    fs::remove_file(&pack).unwrap();
    fs::write(&pack, &whole).unwrap();
    let stop = AtomicBool::new(false);
    let (complete, failed) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let mut file = File::options().write(true).open(&pack).unwrap();
                file.set_len(20).unwrap();
                std::thread::sleep(Duration::from_micros(300));
                file.write_all(&whole).unwrap();
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let mut codes = [0, 0];
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..cases(6, 200) {
                let run = run_bounded(&repo, repo.sandbox.path(), &["history"], "a pack");
                match run.code {
                    Some(2) => codes[1] += 1,
                    _ => {
                        let found = run.paths.unwrap();
                        assert!(found.contains("packed"), "{found:?}: {}", run.output);
                        codes[0] += 1;
                    }
                }
            }
        }));
        stop.store(true, Ordering::Relaxed);
        if let Err(failure) = result {
            std::panic::resume_unwind(failure);
        }
        (codes[0], codes[1])
    });
    assert_eq!(complete + failed, cases(6, 200));
}
