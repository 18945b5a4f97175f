//! Files that are damaged, hostile or without a secret.

use super::*;

#[test]
fn urls_without_a_secret_are_silent() {
    let file = "[remote \"origin\"]\n\turl = https://gitlab.example/g/p.git\n\turl = git@h:g/p.git\n\
        \turl = ssh://git@h:22/g/p.git\n\turl = https://gitlab-ci-token@h/p.git\n\turl = https://u:@h/p.git\n\
        \turl = https://u:$CI_JOB_TOKEN@h/p.git\n\turl = https://u:${TOKEN}@h/p.git\n\turl = https://u:%TOKEN%@h\n\
        \turl = C:\\\\repo\n\turl = ../p.git\n[http]\n\textraHeader = PRIVATE-TOKEN: $TOKEN\n\tproxy = proxy:3128\n\
        [url \"git@h:\"]\n\tinsteadOf = https://h/\n[gitlab]\n\ttoken = ${TOKEN}\n\ttoken\n\tpassword = /run/secrets/p\n\
        [user]\n\temail = a:b@c\n";
    check(".git/config", file, &[]);
}

#[test]
fn escapes_and_continuations_keep_their_place() {
    let file = "[remote \"o\"]\nurl = https://u:\\\n\\\"hunter2\\\\@h/p\n";
    let values = read(".git/config", file);
    assert_eq!(values.len(), 1);
    assert_eq!(values[0].secret, b"\"hunter2\\");
    assert_eq!(&file[values[0].span.clone()], "\\\"hunter2\\\\");
}

#[test]
fn damaged_files_are_read_on() {
    let good = "\n[remote \"z\"]\nurl = https://u:hunter9@h/p\n";
    for (broken, first) in [
        ("[remote \"origin\nurl = https://u:hunter2@h/p", true),
        ("[remote \"origin\"\nurl = \"https://u:hunter2@h/p", true),
        ("[remote \"o\"]\nurl = https://u:hunter2@h/p\\q", true),
        ("[remote \"o\"]\nurl_x = https://u:hunter2@h/p", true),
        ("[remote\n\0\0\0 = \0\n====\n]][[", false),
        ("\u{feff}[a]\nk", false),
    ] {
        let file = format!("{broken}{good}");
        let secrets: Vec<_> = read(".git/config", &file)
            .into_iter()
            .map(|value| value.secret)
            .collect();
        let mut expected = vec![b"hunter9".to_vec()];
        if first {
            expected.insert(0, b"hunter2".to_vec());
        }
        assert_eq!(secrets, expected, "{broken}");
    }
    let long = format!("[a]\nk = \"{}{good}", "x".repeat(1 << 20));
    assert_eq!(read(".git/config", &long).len(), 1);
    let many = format!("[a]\nk = {}{good}", "https://u:p@h ".repeat(50_000));
    assert_eq!(read(".git/config", &many).len(), 50_001);
    let many = format!("[a]\n{}{good}", "k = https://u:p@h\n".repeat(50_000));
    assert_eq!(read(".git/config", &many).len(), 50_001);
}
