//! Where a file says which account a credential belongs to: beside it, above it, or in a key.

use crate::syntax::tree::{NodeId, Tree};

/// A place around a value, counted in nodes: the value itself is 0, what holds it is 1. Elements of
/// lists, the text of an XML element and the element are nodes of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect::documents) enum From {
    /// Not written.
    Nowhere,
    /// The value of that key in the node so many levels above: at 1, beside the value.
    Field(usize, &'static str),
    /// The name of the node so many levels above.
    Name(usize),
    /// Of the nodes `<add key="…" value="…"/>` below the node so many levels above, the value of the one
    /// with that key.
    Entry(usize, &'static str),
    /// The value of an entry in a list of that name: the list stands beside the node so many levels
    /// above, the key of the entry is the name of the node one level below that.
    Listed(usize, &'static str),
}

impl From {
    /// What is written there.
    pub(super) fn read(self, tree: &Tree<'_>, node: NodeId) -> Option<Vec<u8>> {
        match self {
            Self::Nowhere => None,
            Self::Name(levels) => tree
                .key(tree.ancestor(node, levels)?)
                .map(|key| key.into_owned()),
            Self::Entry(levels, key) => entry(tree, tree.ancestor(node, levels)?, key.as_bytes()),
            Self::Listed(levels, list) => {
                let key = tree.key(tree.ancestor(node, levels.checked_sub(1)?)?)?;
                let beside = tree.ancestor(node, levels + 1)?;
                entry(tree, tree.child(beside, list.as_bytes())?, &key)
            }
            Self::Field(levels, name) => {
                let field = tree.child(tree.ancestor(node, levels)?, name.as_bytes())?;
                short_text(tree, field).or_else(|| short_text(tree, tree.first_child(field)?))
            }
        }
    }
}

/// The longest host or user that is read, in bytes of the file.
const MAX_TEXT: usize = 4096;

fn short_text(tree: &Tree<'_>, node: NodeId) -> Option<Vec<u8>> {
    let is_short = tree.lengths(node).1 <= MAX_TEXT;
    let text = is_short.then(|| tree.text(node))??;
    Some(text.bytes().to_vec())
}

/// The `value` of the child of `list` whose `key` is that.
fn entry(tree: &Tree<'_>, list: NodeId, key: &[u8]) -> Option<Vec<u8>> {
    let found = tree.child_with(list, b"key", key)?;
    short_text(tree, tree.child(found, b"value")?)
}

/// The host in a URL, in npm's `//host/path/:key`, or the text itself.
pub(super) fn host(text: &[u8]) -> &[u8] {
    let start = memchr::memmem::find(text, b"//").map_or(0, |at| at + 2);
    let rest = &text[start..];
    let end = rest
        .iter()
        .position(|&byte| matches!(byte, b'/' | b'?' | b'#') || byte <= b' ')
        .unwrap_or(rest.len());
    let authority = &rest[..end];
    match memchr::memrchr(b'@', authority) {
        Some(at) => &authority[at + 1..],
        None => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{json, xml};

    #[test]
    fn reads_what_stands_around() {
        let tree = json::read(br#"{"kind": "K", "m": {"h": [{"u": "me", "p": "x"}]}}"#);
        let node = tree.values().last().unwrap();
        let read = |from: From| {
            from.read(&tree, node)
                .map(|text| String::from_utf8(text).unwrap())
        };
        assert_eq!(read(From::Field(1, "u")).as_deref(), Some("me"));
        assert_eq!(read(From::Field(4, "kind")).as_deref(), Some("K"));
        assert_eq!(read(From::Name(3)).as_deref(), Some("m"));
        assert_eq!(read(From::Name(2)).as_deref(), Some("h"));
        assert_eq!(read(From::Name(1)), None);
        assert_eq!(read(From::Field(9, "kind")), None);
    }

    #[test]
    fn an_element_says_its_text() {
        let tree = xml::read(b"<server><id>a</id><password>b</password></server>");
        let node = tree.values().last().unwrap();
        assert_eq!(
            From::Field(2, "id").read(&tree, node).as_deref(),
            Some(&b"a"[..])
        );
    }

    #[test]
    fn hosts_are_cut_out() {
        for (text, expected) in [
            ("https://u:p@h:8443/x?y", "h:8443"),
            ("//h/api/v4/:_authToken", "h"),
            ("h", "h"),
            ("h/group", "h"),
            ("", ""),
        ] {
            assert_eq!(host(text.as_bytes()), expected.as_bytes());
        }
    }
}
