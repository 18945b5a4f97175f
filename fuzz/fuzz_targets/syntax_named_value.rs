//! The reader of named values and command lines on any bytes: no panic, and everything within the text.

#![no_main]

#[path = "../shared/model.rs"]
mod model;
#[path = "../shared/syntax.rs"]
mod shared;

use libfuzzer_sys::fuzz_target;
use shared::syntax::named_value::{ShellCommand, visit_values, words_of};

fuzz_target!(|text: &[u8]| {
    for at in 0..text.len() {
        visit_values(text, at, &mut |value| {
            assert!(value.start <= value.limit && value.limit <= text.len());
            words_of(&text[value.name.clone()]);
            false
        });
        let command = ShellCommand::around(text, at);
        let words = command.words.iter().chain(&command.input);
        assert!(
            words
                .into_iter()
                .all(|word| word.start <= word.end && word.end <= text.len())
        );
    }
});
