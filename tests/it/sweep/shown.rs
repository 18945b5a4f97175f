//! No report, state or plan of a sweep shows a credential that is the name of something.

use super::Sweeping;
use crate::support::a_token;
use crate::support::gitlab::world::items;

/// A sample instance with a secure file that cannot be read, and whose name is a token.
fn with_token_as_name() -> Sweeping {
    let sweeping = Sweeping::new();
    let name = sweeping.sandbox.watch(a_token(700));
    sweeping.world.fake.edit(|content| {
        content.push("projects/19/secure_files", items::secure_file(900, &name));
    });
    sweeping
}

const ARGS: [&str; 2] = ["acme/service-03", "--only=secure-files"];

#[test]
fn names_of_unreadable_items_are_redacted() {
    let sweeping = with_token_as_name();
    let (report, run) = sweeping.sweep(&ARGS);
    assert_eq!(run.code, Some(2), "{run:?}");
    let path = report["errors"][0]["path"].as_str().unwrap();
    assert!(
        path.contains("/secure_files/900/glpat-[20 redacted"),
        "{report}"
    );
}

#[test]
fn the_state_contains_no_token_that_is_a_name() {
    let sweeping = with_token_as_name();
    for _ in 0..2 {
        let args = [&ARGS[..], &["--state", "state.json"]].concat();
        let (report, _) = sweeping.sweep(&args);
        assert_eq!(report["errors"].as_array().unwrap().len(), 1, "{report}");
        let state = std::fs::read(sweeping.sandbox.at("state.json")).unwrap();
        sweeping.sandbox.search("the state", &state);
    }
}
