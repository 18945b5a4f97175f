//! Questions that `revoke` asks on a terminal.

use super::server::{ADMIN, Server};
use super::{id, leak, scan};
use crate::support::sandbox::Sandbox;
use crate::support::terminal::on_terminal;
use crate::support::tokens::Rng;
use crate::support::{a_token, shape};

const CONFIRM: &str = "Revoke 1 credential on 127.0.0.1? [y/N] ";
const TOKEN: &str = "Your token for 127.0.0.1 (not shown; Enter to go on without): ";

#[test]
fn confirmation_decides() {
    let (sandbox, server, token) = leak();
    scan(&sandbox, &["scan", "."]);
    let args = ["revoke", "report.json", "--instance", &server.url];
    for answer in ["", "n", "yesterday"] {
        let Some((code, shown)) = on_terminal(&sandbox, &args, &[(CONFIRM, answer)]) else {
            return;
        };
        assert!(shown.ends_with("\nnothing was revoked\n"), "{shown}");
        assert_eq!((code, server.requests().len()), (Some(1), 0), "{shown}");
    }
    let (code, shown) = on_terminal(&sandbox, &args, &[(CONFIRM, "y")]).unwrap();
    let revoked = format!(
        "\nrevoked       #{}  GitLab personal, project or group access token\n\n1 revoked\n",
        id(&token)
    );
    assert!(shown.ends_with(&revoked), "{shown}");
    assert_eq!((code, server.revocations(&token)), (Some(0), 1));
}

#[test]
fn token_of_the_operator_is_not_shown() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    let token = sandbox.watch(shape("feed token").generate(&mut Rng::new(1)));
    server.add("feed-token", &token);
    sandbox.write("app.yml", format!("feed: {token}\n"));
    scan(&sandbox, &["scan", "."]);
    sandbox.watch(ADMIN);
    let args = ["revoke", "report.json", "--instance", &server.url];
    let Some((code, shown)) = on_terminal(&sandbox, &args, &[(TOKEN, "")]) else {
        return;
    };
    assert!(shown.contains("it needs a token of yours"), "{shown}");
    assert!(shown.ends_with("\n1 left to do by hand\n"), "{shown}");
    assert_eq!((code, server.requests().len()), (Some(1), 0));
    let dialogue = [(TOKEN, ADMIN), (CONFIRM, "yes")];
    let (code, shown) = on_terminal(&sandbox, &args, &dialogue).unwrap();
    assert!(shown.ends_with("\n1 revoked\n"), "{shown}");
    assert_eq!((code, server.revocations(&token)), (Some(0), 1));
}

#[test]
fn inspected_token_is_not_shown() {
    let sandbox = Sandbox::new();
    let token = sandbox.watch(a_token(2));
    let dialogue = [("Token (not shown): ", token.as_str())];
    let Some((code, shown)) = on_terminal(&sandbox, &["inspect"], &dialogue) else {
        return;
    };
    assert!(shown.contains("known as    "), "{shown}");
    assert_eq!(code, Some(0));
}
