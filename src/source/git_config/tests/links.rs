//! Links, special files and permissions.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

#[test]
fn does_not_follow_links_out() {
    let mut scan = ConfigScan::new();
    scan.git_dir("p/.git");
    scan.write("outside/secret", "");
    symlink("../../outside", scan.path("p/.git/link")).unwrap();
    symlink("../../outside/secret", scan.path("p/.git/config.worktree")).unwrap();
    symlink("nowhere", scan.path("p/.git/credentials")).unwrap();
    fs::create_dir(scan.path("p/.git/modules")).unwrap();
    symlink("../../../outside", scan.path("p/.git/modules/a")).unwrap();
    fs::create_dir(scan.path("p.tmp")).unwrap();
    symlink(
        "../outside/secret",
        scan.path("p.tmp/.gitlab-runner.ext.conf"),
    )
    .unwrap();
    scan.write(
        "p/.git/config",
        "[include]\npath = link/secret\npath = /dev/null\n",
    );
    scan.visit("p");
    assert_eq!(scan.paths(), ["p/.git/config"]);
    scan.log.skipped.sort();
    assert_eq!(
        scan.log.skipped,
        [
            "/dev/null",
            "p.tmp/.gitlab-runner.ext.conf",
            "p/.git/config.worktree",
            "p/.git/link/secret",
        ]
    );
    assert_eq!(scan.log.counted, 1);
}

#[test]
fn follows_links_to_the_configuration_of_a_scanned_repository() {
    let mut scan = ConfigScan::new();
    scan.git_dir("main/.git");
    scan.write("w/.git/HEAD", "");
    symlink("../../main/.git/config", scan.path("w/.git/config")).unwrap();
    scan.visit("w");
    assert_eq!(scan.paths(), ["main/.git/config"]);
    scan.visit("main");
    assert_eq!(scan.paths(), ["main/.git/config"]);
}

#[test]
fn names_a_root_behind_a_link_as_given() {
    let mut scan = ConfigScan::new();
    scan.git_dir("real/p/.git");
    symlink("real", scan.path("typed")).unwrap();
    scan.roots = Roots::new(&[scan.path("typed")]);
    scan.visit("real/p");
    assert_eq!(scan.paths(), ["typed/p/.git/config"]);
}

#[test]
fn counts_special_files_and_reports_unreadable_ones() {
    let mut scan = ConfigScan::new();
    scan.git_dir("p/.git");
    let socket = std::os::unix::net::UnixListener::bind(scan.path("p/.git/config.worktree"));
    assert!(socket.is_ok());
    fs::create_dir(scan.path("p/.git/credentials")).unwrap();
    symlink("loop", scan.path("p/.git/loop")).unwrap();
    scan.write("p/.git/config", "[include]\npath = loop\n");
    scan.visit("p");
    assert_eq!(scan.log.counted, 1);
    assert_eq!(scan.log.errors.len(), 1);
    assert!(scan.log.errors[0].starts_with("p/.git/loop: Git configuration: "));
}

#[test]
fn reports_a_file_without_permission() {
    let mut scan = ConfigScan::new();
    scan.git_dir("p/.git");
    let config = scan.path("p/.git/config");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o000)).unwrap();
    // Root reads everything.
    let readable = File::open(&config).is_ok();
    scan.visit("p");
    assert_eq!(scan.log.errors.len(), usize::from(!readable));
    assert_eq!(scan.paths().len(), usize::from(readable));
}
