//! Scans during commits, repacks and prunes.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{commit, found, messages, redacted, repository};
use crate::support::a_token;

#[test]
fn misses_nothing_old_during_a_repack() {
    let s = repository();
    let mut expected = Vec::new();
    for turn in 0..12u64 {
        let path = format!("{turn}.txt");
        s.write(&path, format!("{}\n", s.watch(a_token(turn))));
        let id = commit(&s, "leak");
        expected.push((id, path, redacted(&a_token(turn))));
    }
    expected.sort();
    let ended = AtomicBool::new(false);
    let folder = s.path().to_owned();
    let git = |args: &[&str]| {
        // Git fails if two of its processes write; that is not tested here.
        let _ = super::Sandbox::command_in(&folder, "git")
            .args(args)
            .output();
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0.. {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let message = format!("turn {turn}");
                git(&["commit", "-q", "--allow-empty", "-m", &message]);
                match turn % 4 {
                    0 => git(&["repack", "-q", "-d"]),
                    1 => git(&["repack", "-q", "-a", "-d", "-f"]),
                    2 => git(&["repack", "-q", "-A", "-d"]),
                    _ => git(&["prune-packed", "-q"]),
                }
            }
        });
        for _ in 0..25 {
            let run = s.run(["history", "-f", "json"]);
            let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            let all = found(&report);
            ended.store(all != expected, Ordering::Relaxed);
            assert_eq!(
                all,
                expected,
                "{:?}",
                (
                    messages(&report, "errors"),
                    messages(&report, "notes"),
                    run.code
                )
            );
            ended.store(run.code != Some(1), Ordering::Relaxed);
            assert_eq!(run.code, Some(1), "{:?}", messages(&report, "errors"));
        }
        ended.store(true, Ordering::Relaxed);
    });
}
