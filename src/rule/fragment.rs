//! What many patterns have in common, written once: `(?&is)` and `(?&end)` in a pattern stand for it.

/// The fragments by the text that stands for each; no regular expression may hold such a text otherwise.
const FRAGMENTS: [(&str, &str); 2] = [("(?&is)", IS), ("(?&end)", END)];

/// What stands between a name and its value, whatever the notation.
const IS: &str = r#"(?x:
    # A sign, behind what closes the name and before what opens the value.
    ["'\\\])]{0,4} [\ \t]{0,8} (?: => | [:?]?= | :-? | %3[Dd] ) [\ \t]{0,8} (?: [bfruBFRUL@$]{1,2} ["'] | ["'`\\(\[]{0,4} )
  | ["'\]]{0,2} [\ \t]{0,4} :: [\ \t]{0,4} ["']
    # What takes its place where it is not set.
  | ["'\\\])]{0,4} [\ \t]{0,8} (?: \|\| | \?\?=? | or ) [\ \t]{0,8} ["'`]
    # With its type: `: String =`, `: &'static str =`, `string =`, `As String =`.
  | (?: \?? [\ \t]{0,4} : [\ \t]{0,4} &? (?: '[a-z]{1,12} [\ \t] )? [A-Za-z]{1,16} \?? | [\ \t]{1,4} (?: string | As [\ \t]{1,4} String ) ) [\ \t]{0,4} = [\ \t]{0,4} ["'`]
    # A variable of a container in Kubernetes, or of a pipeline with its description.
  | ["']? :? [\ \t]{0,4} \r?\n [\ \t]{0,40} value: [\ \t]{1,4} ["']?
  | \\?["'] [\s,;]{1,32} \\?["']? value \\?["']? [\ \t]{0,4} [=:]? [\ \t]{0,4} \\?["']
    # An option of a command that takes the value, or a field of a form.
  | ["']? (?: [\ \t] | \\ \r?\n ){1,16} -{1,2} (?: body | value | b | v | F | form | data ) [\ =] ["']? (?: value= )? ["']?
    # A call with both, or with the value alone; a row of a table.
  | \\?["'] , \s{0,8} \\?["'`]
  | \( \s{0,4} \\?["'`]
  | ,
    # A call of Lisp, a directive of a server.
  | ["']? [\ \t]{1,8} ["']
    # An element of XML, or two.
  | > (?: \s{0,16} <!\[CDATA\[ )?
  | </(?: name | key ) > \s{0,64} < (?: value | string ) > \s{0,8}
)"#;

/// What cannot be part of a value without quotes, so that a name in code that goes on is none.
const END: &str = r#"(?x: ["'`\\&\s,;)\]}<>\#|%\x00\x1b] | (?m:$) )"#;

/// The pattern with its fragments in their places.
pub(super) fn expand(pattern: &str) -> String {
    let mut whole = pattern.to_owned();
    for (name, text) in FRAGMENTS {
        whole = whole.replace(name, text);
    }
    whole
}

/// Where in the pattern, as its rule writes it, stands what is at `offset` of the expanded one.
pub(super) fn origin(pattern: &str, offset: usize) -> usize {
    let mut added = 0;
    for (at, _) in pattern.match_indices("(?&") {
        let here = FRAGMENTS
            .iter()
            .find(|(name, _)| pattern[at..].starts_with(name));
        let Some((name, text)) = here else { continue };
        if offset < at + added {
            break;
        }
        if offset < at + added + text.len() {
            return at;
        }
        added += text.len() - name.len();
    }
    offset - added
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_what_is_expanded_is_told_in_what_was_written() {
        let pattern = "a(?&is)b(?&end)c(?&x)";
        let whole = expand(pattern);
        for letter in ['a', 'c'] {
            let at = if letter == 'a' {
                0
            } else {
                whole.rfind("c(?&x)").unwrap()
            };
            assert_eq!(origin(pattern, at), pattern.find(letter).unwrap());
        }
        assert_eq!(origin(pattern, 20), 1);
        assert_eq!(origin(pattern, 1 + IS.len()), 7);
        assert_eq!(origin(pattern, whole.rfind("(?&x)").unwrap()), 16);
    }
}
