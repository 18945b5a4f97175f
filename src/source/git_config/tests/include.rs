//! Includes: followed inside, named outside, bounded.

use super::*;

#[test]
fn reads_includes_inside_and_names_others() {
    let mut scan = ConfigScan::new();
    scan.git_dir("p/.git");
    let absolute = scan.path("p/absolute");
    scan.write(
        "p/.git/config",
        &format!(
            "[include]\n\tpath = extra\n\tpath = ../shared/conf\n\tPATH = {}\n\tpath = missing\n\
             [includeIf \"gitdir:/nowhere/\"]\n\tpath = conditional\n\
             [include]\n\tpath = ../../outside\n\tpath = ~/.gitconfig.work\n\tpath = /etc/gitconfig\n\
             \tpath = /nowhere/at/all\n\tpath = ../../p.tmp/.gitlab-runner.ext.conf\n\
             \tpath = ../../other.tmp/.gitlab-runner.ext.conf\n\tpath = extra\n\tpath =\n\tpath\n\
             \tpath = /https://u:hunter2@h/x\n\tpath = :(optional)optional\n\
             [alias]\n\tpath = elsewhere\n",
            absolute.display()
        ),
    );
    for (path, text) in [
        ("p/.git/extra", "[include]\npath = nested/x\n"),
        ("p/.git/nested/x", "[include]\npath = ../extra\npath = y\n"),
        ("p/.git/nested/y", ""),
        ("p/.git/conditional", "# conditional\n"),
        ("p/.git/elsewhere", ""),
        ("p/.git/optional", ""),
        ("p/shared/conf", ""),
        ("p/absolute", ""),
        ("outside", ""),
        ("p.tmp/.gitlab-runner.ext.conf", "# runner\n"),
        ("other.tmp/.gitlab-runner.ext.conf", ""),
    ] {
        scan.write(path, text);
    }
    scan.visit("p");
    assert_eq!(
        scan.paths(),
        [
            "p.tmp/.gitlab-runner.ext.conf",
            "p/.git/conditional",
            "p/.git/config",
            "p/.git/extra",
            "p/.git/nested/x",
            "p/.git/nested/y",
            "p/.git/optional",
            "p/absolute",
            "p/shared/conf",
        ]
    );
    assert!(
        scan.log
            .blobs
            .values()
            .all(|text| text.starts_with("GitConfig "))
    );
    assert_eq!(
        scan.log.skipped,
        [
            "outside",
            "~/.gitconfig.work",
            "/etc/gitconfig",
            "/nowhere/at/all",
            "other.tmp/.gitlab-runner.ext.conf",
            "p/.git/config",
        ]
    );
    assert_eq!(scan.log.errors, [""; 0]);
}

#[test]
fn bounds_includes() {
    let mut scan = ConfigScan::new();
    scan.git_dir("p/.git");
    scan.write("p/.git/config", "[include]\npath = 1\n");
    for depth in 1..20 {
        let text = format!("[include]\npath = {}\npath = config\n", depth + 1);
        scan.write(&format!("p/.git/{depth}"), &text);
    }
    scan.visit("p");
    assert_eq!(scan.paths().len(), 11);
    assert_eq!(
        scan.log.errors,
        ["p/.git/10: Git configuration: too many or too deep includes; not all were followed"]
    );

    let mut scan = ConfigScan::new();
    scan.git_dir("p/.git");
    scan.write("p/.git/config", &"[include]\npath = x\n".repeat(2000));
    scan.visit("p");
    assert_eq!(scan.paths(), ["p/.git/config"]);
    assert_eq!(scan.log.errors.len(), 1);
}

#[test]
fn rejects_a_worktree_that_does_not_name_the_repository() {
    let mut scan = ConfigScan::new();
    scan.git_dir("p/.git");
    scan.git_dir("victim/.git");
    scan.write("victim/secret", "");
    scan.write("p/.git/worktrees/w/HEAD", "");
    let victim = scan.path("victim/.git");
    scan.write("p/.git/worktrees/w/gitdir", &victim.to_string_lossy());
    scan.write("p/.git/config", "[include]\npath = ../../victim/secret\n");
    scan.visit("p");
    assert_eq!(scan.paths(), ["p/.git/config"]);
    assert_eq!(scan.log.skipped, ["victim/secret"]);
}

#[test]
fn follows_includes_of_damaged_configuration() {
    let mut scan = ConfigScan::new();
    scan.git_dir("p/.git");
    scan.write("p/.git/config", "[core\nx = \"\n[include]\npath = extra\n");
    scan.write("p/.git/extra", "");
    scan.visit("p");
    assert_eq!(scan.paths(), ["p/.git/config", "p/.git/extra"]);
}
