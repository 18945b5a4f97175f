//! Any repository, its own folder odd: read as a tree, a range, an index and a history.

#![no_main]
#![cfg(unix)]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

#[path = "../shared/odd_repository.rs"]
mod odd_repository;

use odd_repository::OddRepositories;

fn repositories() -> &'static OddRepositories {
    static REPOSITORIES: OnceLock<OddRepositories> = OnceLock::new();
    REPOSITORIES.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("odd-repository-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        OddRepositories::new(&folder)
    })
}

fuzz_target!(|data: &[u8]| {
    if data.len() <= 64 {
        repositories().read(data);
    }
});
