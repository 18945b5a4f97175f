//! A strict reader of tags, for HTML and XML reports: it takes nothing for text that a browser or a
//! parser could take for markup.

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// An opening tag, with its attributes and whether it is closed at once.
    Open(String, Vec<(String, String)>, bool),
    /// A closing tag.
    Close(String),
    /// Text, decoded.
    Text(String),
}

/// Elements whose content is not markup.
const RAW: [&str; 2] = ["style", "script"];

/// The pieces of a document. Fails on anything that is not exactly well-formed; declarations are
/// skipped.
pub(crate) fn pieces(document: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = document;
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            pieces.push(Piece::Text(decode(&rest[..end])));
            rest = &rest[end..];
            continue;
        };
        let (tag, after) = tag.split_once('>').unwrap();
        rest = after;
        if tag.starts_with(['!', '?']) {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            pieces.push(Piece::Close(name.to_owned()));
            continue;
        }
        let closed = tag.ends_with('/');
        let (name, attributes) = attributes(tag.trim_end_matches('/'));
        let raw = RAW.contains(&name.as_str());
        pieces.push(Piece::Open(name.clone(), attributes, closed));
        if raw {
            let end = rest.find(&format!("</{name}")).unwrap();
            pieces.push(Piece::Text(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    pieces
}

fn attributes(tag: &str) -> (String, Vec<(String, String)>) {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(
        name.bytes().all(|b| b.is_ascii_alphanumeric()) && !name.is_empty(),
        "'{name}' is no name of an element"
    );
    let mut attributes = Vec::new();
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let known = key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        assert!(known || name == "svg", "'{key}' is no name of an attribute");
        let (value, after) = match after.strip_prefix("=\"") {
            Some(after) => after.split_once('"').unwrap(),
            None => ("", after),
        };
        attributes.push((key.to_owned(), decode(value)));
        rest = after;
    }
    (name.to_owned(), attributes)
}

/// Text without its entities. A bare mark is an error.
fn decode(text: &str) -> String {
    assert!(!text.contains(['<', '>']), "a bare mark in {text:?}");
    let mut decoded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let (entity, after) = after.split_once(';').unwrap();
        decoded.push_str(match entity {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" | "#39" => "'",
            "#96" => "`",
            other => panic!("the entity {other}"),
        });
        rest = after;
    }
    decoded + rest
}

/// Fails unless every element that is opened is closed in its place. `void` need no closing.
pub(crate) fn assert_balanced(pieces: &[Piece], void: &[&str]) {
    let mut open = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Open(name, _, closed) if !closed && !void.contains(&name.as_str()) => {
                open.push(name.as_str());
            }
            Piece::Close(name) => assert_eq!(open.pop(), Some(name.as_str())),
            Piece::Open(..) | Piece::Text(_) => {}
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
}
