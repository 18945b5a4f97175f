//! Tests of the set: adding, rejecting and removing rules.

use std::fs;

use super::*;

fn rule(title: &str) -> String {
    format!(
        "title = '{title}'\nseverity = 'low'\ndescription = 'd'\n\
         [detect]\nkeywords = ['acme-']\npattern = 'acme-[0-9]'\n\
         [[negative]]\ntext = ['a']\nreason = 'r'\n"
    )
}

fn name(path: &Path) -> String {
    BlobPath::from_path(path).to_string()
}

#[test]
fn a_folder_gives_all_its_toml_files() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("b.toml"), rule("B")).unwrap();
    fs::write(folder.path().join("a.toml"), rule("A")).unwrap();
    fs::write(folder.path().join("notes.md"), "no rule").unwrap();
    let mut set = RuleSet::default();
    assert_eq!(set.add_path(folder.path()).unwrap(), 2);
    let ids: Vec<&str> = set.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(&*set.get("b").unwrap().title, "B");
    assert!(set.get("c").is_none());
    assert_eq!(set.examples().len(), 2);
    assert_eq!(
        set.examples()[0].file,
        BlobPath::from_path(&folder.path().join("a.toml"))
    );
}

#[test]
fn user_rules_stand_beside_the_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acme.toml");
    fs::write(&file, rule("A")).unwrap();
    let mut set = RuleSet::builtin();
    let before = set.iter().len();
    assert_eq!(set.add_path(&file).unwrap(), 1);
    assert_eq!(set.iter().len(), before + 1);
    assert!(set.iter().map(|rule| &rule.id).is_sorted());
}

#[test]
fn an_id_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    for folder in [&one, &two] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("acme.toml"), rule("A")).unwrap();
    }
    let mut set = RuleSet::builtin();
    set.add_path(&one).unwrap();
    assert_eq!(
        set.add_path(&two).unwrap_err().to_string(),
        format!(
            "rule 'acme' is defined twice: by {} and by {}",
            name(&one.join("acme.toml")),
            name(&two.join("acme.toml"))
        )
    );
    let text = rule("A");
    let id = "gitlab-deploy-token";
    let mine = BlobPath::from_bytes(*b"mine.toml");
    assert_eq!(
        set.add_text(mine.clone(), id, &text)
            .unwrap_err()
            .to_string(),
        "rule 'gitlab-deploy-token' is defined twice: by a built-in rule and by mine.toml"
    );
    set.disable(id).unwrap();
    set.add_text(mine, id, &text).unwrap();
    assert_eq!(&*set.get(id).unwrap().title, "A");
}

#[test]
fn names_unreadable_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut set = RuleSet::default();
    let mut error = |path: &Path| set.add_path(path).unwrap_err().to_string();

    assert_eq!(
        error(folder.path()),
        format!("{}: no *.toml file in this folder", name(folder.path()))
    );
    let gone = folder.path().join("gone.toml");
    assert!(error(&gone).starts_with(&format!("{}: ", name(&gone))));
    let large = folder.path().join("large.toml");
    fs::write(&large, vec![b'#'; RuleSet::MAX_FILE as usize + 1]).unwrap();
    assert_eq!(
        error(&large),
        format!("{}: larger than 1048576 bytes", name(&large))
    );
    let binary = folder.path().join("binary.toml");
    fs::write(&binary, b"\xff\xfe").unwrap();
    assert!(error(&binary).contains("UTF-8"));
    let wrong = folder.path().join("wrong.toml");
    fs::write(&wrong, "title = 1").unwrap();
    assert_eq!(
        error(&wrong),
        format!(
            "{}:1: title: invalid type: integer, expected a string",
            name(&wrong)
        )
    );
}

#[cfg(unix)]
#[test]
fn rejects_a_device_as_rule_file() {
    let error = RuleSet::default()
        .add_path(Path::new("/dev/null"))
        .unwrap_err();
    assert_eq!(error.to_string(), "/dev/null: not a regular file");
}

#[test]
fn a_set_has_a_largest_size() {
    let mut set = RuleSet::default();
    let text = rule("A");
    let file = BlobPath::from_bytes(*b"x.toml");
    for n in 0..RuleSet::MAX_RULES {
        set.add_text(file.clone(), &format!("r{n}"), &text).unwrap();
    }
    let error = set.add_text(file, "one-more", &text).unwrap_err();
    assert_eq!(error.to_string(), "x.toml: more than 1000 rules");
}

#[test]
fn an_unknown_id_gets_a_suggestion() {
    let mut set = RuleSet::builtin();
    let mut error = |id: &str| set.disable(id).unwrap_err().to_string();
    assert_eq!(
        error("gitlab-deploy-tokens"),
        "unknown rule 'gitlab-deploy-tokens'; did you mean 'gitlab-deploy-token'?"
    );
    assert_eq!(
        error("git-url-credential"),
        "unknown rule 'git-url-credential'; did you mean 'git-url-credentials'?"
    );
    assert_eq!(
        error("gitlab-pat"),
        "unknown rule 'gitlab-pat'; did you mean 'gitlab-personal-access-token'?"
    );
    assert_eq!(error("qqq"), "unknown rule 'qqq'");
    assert_eq!(error("q\x1b[31m"), "unknown rule 'q[31m'");
    assert!(error(&"q".repeat(10_000)).len() < 100);
    assert_eq!(
        set.require("gitlab-scim").unwrap_err().to_string(),
        "unknown rule 'gitlab-scim'; did you mean 'gitlab-scim-token'?"
    );
}

#[test]
fn a_disabled_rule_is_gone_and_may_be_disabled_again() {
    let mut set = RuleSet::builtin();
    let before = set.iter().len();
    set.disable("gitlab-deploy-token").unwrap();
    set.disable("gitlab-deploy-token").unwrap();
    assert_eq!(set.iter().len(), before - 1);
    assert!(set.get("gitlab-deploy-token").is_none());
}
