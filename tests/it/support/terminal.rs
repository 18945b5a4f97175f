//! A terminal for the program, by `script` of util-linux.

use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use super::sandbox::Sandbox;

/// The longest time that the program may take for its next prompt.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the program on a terminal with 200 columns and answers its prompts in order. Returns the exit code and all that the terminal
/// shows; `None` without such a `script`.
pub(crate) fn on_terminal(
    sandbox: &Sandbox,
    args: &[&str],
    dialogue: &[(&str, &str)],
) -> Option<(Option<i32>, String)> {
    on_terminal_of(sandbox, "dumb", args, dialogue)
}

/// The same on a terminal of this type.
pub(crate) fn on_terminal_of(
    sandbox: &Sandbox,
    kind: &str,
    args: &[&str],
    dialogue: &[(&str, &str)],
) -> Option<(Option<i32>, String)> {
    let words = [env!("CARGO_BIN_EXE_tokensweep")];
    let words = words.iter().chain(args).map(|word| format!("'{word}'"));
    let words: Vec<String> = words.collect();
    let line = format!("stty cols 200; {}", words.join(" "));
    let mut command = sandbox.command("script");
    let child = command
        .env("TERM", kind)
        .args([
            "--quiet",
            "--return",
            "--flush",
            "--command",
            &line,
            "/dev/null",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("skipped: no script here");
        return None;
    };
    let mut keyboard = child.stdin.take().unwrap();
    let mut screen = child.stdout.take().unwrap();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut byte = [0];
        while screen.read_exact(&mut byte).is_ok() && sender.send(byte[0]).is_ok() {}
    });
    let mut shown = Vec::new();
    for (prompt, answer) in dialogue {
        while !shown.ends_with(prompt.as_bytes()) {
            let byte = receiver.recv_timeout(PATIENCE);
            let so_far = String::from_utf8_lossy(&shown);
            shown.push(byte.unwrap_or_else(|_| panic!("no prompt '{prompt}': {so_far}")));
        }
        // The program switches the echo off before it shows the prompt or directly after it.
        std::thread::sleep(Duration::from_millis(200));
        keyboard
            .write_all(format!("{answer}\r").as_bytes())
            .unwrap();
    }
    shown.extend(receiver);
    drop(keyboard);
    sandbox.search("the terminal", &shown);
    let code = child.wait().unwrap().code();
    let shown = String::from_utf8(shown).unwrap().replace("\r\n", "\n");
    Some((code, shown))
}
