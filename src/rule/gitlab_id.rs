//! The ids under which GitLab's analyzer reports the credentials of a rule.

use serde::{Deserialize, Deserializer, Serialize};

use crate::model::{Confidence, Secret};

/// An id of GitLab's analyzer:
/// <https://docs.gitlab.com/user/application_security/secret_detection/detected_secrets/>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitlabRuleId {
    /// The id, as GitLab writes it: `Github App Token`.
    pub id: String,
    /// The prefix of the secrets of this id, if the rule has several ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// True if the id is for secrets that are proven only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proven: bool,
}

impl GitlabRuleId {
    /// Returns the id of a rule that has no other.
    pub fn plain(id: String) -> Self {
        Self {
            id,
            prefix: None,
            proven: false,
        }
    }

    /// Returns the id for a secret: of those whose conditions it meets, the one with the longest prefix, and of
    /// several the first.
    pub fn select<'a>(ids: &'a [Self], secret: &Secret, confidence: Confidence) -> Option<&'a str> {
        let matching = ids.iter().filter(|one| {
            let prefix = one.prefix.as_deref();
            prefix.is_none_or(|prefix| secret.starts_with(prefix))
                && (!one.proven || confidence == Confidence::Proven)
        });
        let specificity = |one: &&Self| (one.prefix.as_ref().map_or(0, String::len), one.proven);
        let best = matching.rev().max_by_key(specificity);
        best.map(|one| one.id.as_str())
    }

    /// Returns true if it is an id that a report can show.
    pub(super) fn is_valid(&self) -> bool {
        let is_text = |text: &str| {
            !text.is_empty()
                && text.len() <= 128
                && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
        };
        is_text(&self.id) && self.prefix.as_deref().is_none_or(is_text)
    }
}

/// `gitlab_rule_id` of a rule file.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected an id, or a list of tables with `id`, `prefix` and `proven`"
)]
enum IdsForm {
    One(String),
    Several(Vec<GitlabRuleId>),
}

/// Reads `gitlab_rule_id` of a rule file: one id, or several, each with its condition.
pub(super) fn read_ids<'de, D: Deserializer<'de>>(form: D) -> Result<Vec<GitlabRuleId>, D::Error> {
    Ok(match IdsForm::deserialize(form)? {
        IdsForm::One(id) => vec![GitlabRuleId::plain(id)],
        IdsForm::Several(ids) => ids,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selects_the_id_of_the_longest_prefix() {
        let id = |id: &str, prefix: &str, proven| GitlabRuleId {
            id: id.to_owned(),
            prefix: Some(prefix.to_owned()).filter(|prefix| !prefix.is_empty()),
            proven,
        };
        let ids = [
            id("any", "", false),
            id("other", "", false),
            id("short", "ab_", false),
            id("proven", "ab_", true),
            id("long", "ab_c", false),
        ];
        let select = |secret: &Secret, confidence| GitlabRuleId::select(&ids, secret, confidence);
        let whole = |text: &str| Secret::new(text, 0);
        assert_eq!(select(&whole("ab_cd"), Confidence::High), Some("long"));
        assert_eq!(select(&whole("ab_x"), Confidence::High), Some("short"));
        assert_eq!(select(&whole("ab_x"), Confidence::Proven), Some("proven"));
        assert_eq!(select(&whole("x"), Confidence::Proven), Some("any"));
        let remains = Secret::remains("ab_[20 redacted]", "id", false);
        assert_eq!(select(&remains, Confidence::High), Some("short"));
        assert_eq!(
            GitlabRuleId::select(&ids[2..], &whole("x"), Confidence::High),
            None
        );
    }
}
