//! The documentation that is made from the program is current.

use std::path::Path;
use std::{env, fs};

use tokensweep::model::BlobPath;
use tokensweep::rule::{RuleSet, markdown};

#[test]
fn the_page_of_rules_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let page = markdown(&RuleSet::builtin());
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, page).unwrap();
        return;
    }
    // A checkout on Windows may have other line ends.
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored.replace("\r\n", "\n") == page,
        "docs/rules.md is stale; refresh it: UPDATE_DOCS=1 cargo test --test docs"
    );
}

#[test]
fn the_rule_in_the_guide_is_valid() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/adding-a-rule.md");
    let guide = fs::read_to_string(path).unwrap();
    let start = guide.find("```toml\n").unwrap() + "```toml\n".len();
    let end = start + guide[start..].find("```").unwrap();
    let name = BlobPath::from_bytes(*b"acme-deploy-key.toml");
    let mut set = RuleSet::builtin();
    let rule = set.add_text(name, "acme-deploy-key", &guide[start..end]);
    assert_eq!(rule.unwrap().title, "Acme deploy key");
}
