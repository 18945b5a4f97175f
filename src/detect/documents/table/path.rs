//! Names of files and of keys, compared with patterns.

use std::borrow::Cow;

use crate::syntax::tree::{NodeId, Tree};

/// True if a path ends in `file`: `name`, `folder/name`, `*.ext`.
pub(super) fn is_named(path: &[u8], file: &[u8]) -> bool {
    let Some(star) = memchr::memrchr(b'*', file) else {
        return path
            .strip_suffix(file)
            .is_some_and(|before| before.is_empty() || before.ends_with(b"/"));
    };
    // Only a name may begin with a star, and what it stands for may be empty.
    star == 0 && path.ends_with(&file[1..])
}

/// True if `name` fits a pattern: itself, with one `*` somewhere, or with one at each end.
pub(super) fn fits(name: &[u8], pattern: &[u8]) -> bool {
    if let [b'*', middle @ .., b'*'] = pattern {
        return memchr::memmem::find(name, middle).is_some();
    }
    match memchr::memchr(b'*', pattern) {
        None => name == pattern,
        Some(star) => {
            let (start, end) = (&pattern[..star], &pattern[star + 1..]);
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}

/// The names of a node and of what holds it, from the inside out. Elements of lists have none.
pub(super) fn names<'t, 'a>(
    tree: &'t Tree<'a>,
    node: NodeId,
) -> impl Iterator<Item = Cow<'a, [u8]>> + use<'t, 'a> {
    std::iter::successors(Some(node), |&node| tree.named_parent(node))
        .filter_map(|node| tree.key(node))
}

/// True if the names of a node, all of them, fit the patterns. `**` in front stands for any number.
pub(super) fn is_at(tree: &Tree<'_>, node: NodeId, patterns: &[&str]) -> bool {
    let (patterns, is_open) = match patterns {
        ["**", rest @ ..] => (rest, true),
        all => (all, false),
    };
    let mut names = names(tree, node);
    patterns.iter().rev().all(|pattern| {
        names
            .next()
            .is_some_and(|name| fits(&name, pattern.as_bytes()))
    }) && (is_open || names.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::json;

    #[test]
    fn files_are_known_by_the_end_of_their_path() {
        for (path, file, expected) in [
            (&b"a/config.toml"[..], &b"config.toml"[..], true),
            (b"config.toml", b"config.toml", true),
            (b"myconfig.toml", b"config.toml", false),
            (b"x/.cargo/credentials", b".cargo/credentials", true),
            (b"x/credentials", b".cargo/credentials", false),
            (b"a/b.tfvars", b"*.tfvars", true),
            (b".tfvars", b"*.tfvars", true),
            (b"ci_settings.xml", b"*settings.xml", true),
        ] {
            assert_eq!(is_named(path, file), expected, "{}", path.escape_ascii());
        }
    }

    #[test]
    fn names_fit_patterns() {
        for (name, pattern, expected) in [
            (&b"token"[..], &b"token"[..], true),
            (b"runnerToken", b"*Token", true),
            (b"gitlab_user", b"gitlab_*", true),
            (b"a_key_base", b"*key*", true),
            (b"x", b"*", true),
            (b"//h/:_auth", b"//*_auth", true),
            (b"aba", b"ab*ba", false),
            (b"tokens", b"token", false),
        ] {
            assert_eq!(fits(name, pattern), expected, "{}", name.escape_ascii());
        }
    }

    #[test]
    fn lists_have_no_names() {
        let tree = json::read(br#"{"a": [{"b": {"c": "x"}}]}"#);
        let node = tree.values().next().unwrap();
        for (patterns, expected) in [
            (&["a", "b", "c"][..], true),
            (&["a", "*", "c"], true),
            (&["**", "c"], true),
            (&["**", "a", "b", "c"], true),
            (&["b", "c"], false),
            (&["**", "x", "a", "b", "c"], false),
        ] {
            assert_eq!(is_at(&tree, node, patterns), expected, "{patterns:?}");
        }
    }
}
