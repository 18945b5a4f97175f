//! The lines that Git writes to the standard input of a hook.

use std::io::{self, Read as _};

use anyhow::{Context as _, bail};

/// The longest input that is read: a push of hundreds of thousands of refs.
const MAX_INPUT: u64 = 64 * 1024 * 1024;

/// Reads all lines, in order, each split into exactly `N` words.
pub(super) fn read<const N: usize>() -> anyhow::Result<Vec<[String; N]>> {
    let mut text = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_INPUT + 1)
        .read_to_end(&mut text)
        .context("cannot read the refs from standard input")?;
    if text.len() as u64 > MAX_INPUT {
        bail!("the push has too many refs");
    }
    parse(&String::from_utf8_lossy(&text))
}

fn parse<const N: usize>(text: &str) -> anyhow::Result<Vec<[String; N]>> {
    text.lines()
        .map(|line| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let found = words.len();
            words.try_into().map_err(|_| {
                anyhow::anyhow!(
                    "unexpected standard input: a line has {found} words instead of {N}"
                )
            })
        })
        .collect()
}

/// Returns true for the null object id: all zeros.
pub(super) fn is_nothing(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_lines_with_other_numbers_of_words() {
        assert_eq!(
            parse::<3>("a b c\nd e f\n").unwrap(),
            [["a", "b", "c"], ["d", "e", "f"]]
        );
        assert!(parse::<3>("").unwrap().is_empty());
        assert!(parse::<3>("a b\n").is_err());
        assert!(parse::<3>("a b c d\n").is_err());
        assert!(is_nothing(&"0".repeat(64)));
        assert!(!is_nothing("01"));
    }
}
