//! Requirements on a rule besides validity, so that its findings can be trusted and acted on.

use super::{Example, Expected, Rule};

/// Minimum number of examples of each kind in a rule.
const MIN_POSITIVES: usize = 2;
const MIN_NEGATIVES: usize = 3;

/// Returns the missing parts of a rule with these examples, a sentence without a full stop each.
pub fn missing(rule: &Rule, examples: &[Example]) -> Vec<String> {
    let negatives = examples
        .iter()
        .filter(|example| matches!(example.expected, Expected::Nothing { .. }))
        .count();
    let mut missing = Vec::new();
    for (name, found, needed) in [
        ("[[positive]]", examples.len() - negatives, MIN_POSITIVES),
        ("[[negative]]", negatives, MIN_NEGATIVES),
        ("[[remedy]]", rule.remediations.len(), 1),
        ("references", rule.references.len(), 1),
    ] {
        if found < needed {
            missing.push(format!("{name}: {found} of at least {needed}"));
        }
    }
    for (index, remedy) in rule.remediations.iter().enumerate() {
        let key = format!("remedy[{index}]");
        if !remedy.action.ends_with('.') {
            missing.push(format!("{key}.action: not a sentence with a full stop"));
        }
        let command = remedy.command.as_deref().unwrap_or_default();
        if let Some(placeholder) = angle_placeholder(command) {
            missing.push(format!(
                "{key}.command: a shell reads {placeholder} as a redirection; write a variable such as \
                 \"${{TOKEN_ID:?}}\""
            ));
        }
    }
    missing
}

/// Returns the first `<token id>` of a command.
fn angle_placeholder(command: &str) -> Option<&str> {
    command.match_indices('<').find_map(|(start, _)| {
        let inner = &command[start + 1..];
        let end = inner.find(['>', '\n', '<'])?;
        let is_name = inner.starts_with(|c: char| c.is_ascii_alphabetic());
        (is_name && inner[end..].starts_with('>')).then(|| &command[start..start + end + 2])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_placeholders_that_a_shell_would_redirect() {
        assert_eq!(
            angle_placeholder("delete /x/<token id>/y"),
            Some("<token id>")
        );
        assert_eq!(angle_placeholder("cat <<EOF\nx\nEOF"), None);
        assert_eq!(angle_placeholder("a < b > c"), None);
    }
}
