//! Texts near a value, which name its account or are a condition for it.

use crate::rule::NeighborLookup;
use crate::syntax::tree::{NodeId, Tree};

/// The longest host or user that is read, in bytes of the file.
const MAX_TEXT: usize = 4096;

/// Returns the text that `lookup` selects for the value at `node`.
pub(super) fn read(lookup: NeighborLookup<'_>, tree: &Tree<'_>, node: NodeId) -> Option<Vec<u8>> {
    match lookup {
        NeighborLookup::Name(level) => tree
            .key(tree.ancestor(node, level)?)
            .map(|key| key.into_owned()),
        NeighborLookup::Entry(up, key) => entry(tree, tree.ancestor(node, up)?, key.as_bytes()),
        NeighborLookup::Listed(up, list) => {
            let key = tree.key(tree.ancestor(node, up.checked_sub(1)?)?)?;
            let beside = tree.ancestor(node, up + 1)?;
            entry(tree, tree.child(beside, list.as_bytes())?, &key)
        }
        NeighborLookup::Field(up, name) => {
            let field = tree.child(tree.ancestor(node, up)?, name.as_bytes())?;
            short_text(tree, field).or_else(|| short_text(tree, tree.first_child(field)?))
        }
    }
}

fn short_text(tree: &Tree<'_>, node: NodeId) -> Option<Vec<u8>> {
    let is_short = tree.lengths(node).1 <= MAX_TEXT;
    let text = is_short.then(|| tree.text(node))??;
    Some(text.bytes().to_vec())
}

/// Returns the `value` of the child of `list` with that `key`.
fn entry(tree: &Tree<'_>, list: NodeId, key: &[u8]) -> Option<Vec<u8>> {
    let found = tree.child_with(list, b"key", key)?;
    short_text(tree, tree.child(found, b"value")?)
}

/// Returns the host in a URL, in npm's `//host/path/:key`, or the text itself.
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
    fn reads_texts_around_a_value() {
        let tree = json::read(br#"{"kind": "K", "m": {"h": [{"u": "me", "p": "x"}]}}"#);
        let node = tree.values().last().unwrap();
        let read = |lookup| read(lookup, &tree, node).map(|text| String::from_utf8(text).unwrap());
        assert_eq!(read(NeighborLookup::Field(1, "u")).as_deref(), Some("me"));
        assert_eq!(read(NeighborLookup::Field(4, "kind")).as_deref(), Some("K"));
        assert_eq!(read(NeighborLookup::Name(3)).as_deref(), Some("m"));
        assert_eq!(read(NeighborLookup::Name(2)).as_deref(), Some("h"));
        assert_eq!(read(NeighborLookup::Name(1)), None);
        assert_eq!(read(NeighborLookup::Field(9, "kind")), None);
    }

    #[test]
    fn reads_the_text_of_an_element() {
        let tree = xml::read(b"<server><id>a</id><password>b</password></server>");
        let node = tree.values().last().unwrap();
        assert_eq!(
            read(NeighborLookup::Field(2, "id"), &tree, node).as_deref(),
            Some(&b"a"[..])
        );
    }

    #[test]
    fn extracts_hosts() {
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
