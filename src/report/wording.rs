//! The wording of a finding, the same in every format.

use crate::model::{BlobPath, Finding, Liveness, Remediation, RemotePlace, Verification};
pub(super) use crate::model::{count, plural};

use super::RuleInfo;

/// Number of characters of an abbreviated object id.
const SHORT_ID: usize = 12;

/// Returns further facts about a credential as pairs of label and value, most important first.
pub(super) fn facts(finding: &Finding) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(verification) = &finding.verification {
        facts.extend(verification_facts(finding.liveness, verification));
    }
    if !finding.owner.is_empty() {
        facts.push(("owner", finding.owner.to_string()));
    }
    let dead = finding.liveness == Liveness::Dead && finding.verification.is_none();
    match end(finding) {
        Some(end) if dead => facts.push(("expired", end.to_owned())),
        Some(end) => facts.push(("expires", end.to_owned())),
        None if dead => facts.push(("state", "no longer valid".to_owned())),
        None => {}
    }
    let context = [
        ("key", &finding.context.key),
        ("host", &finding.context.host),
        ("user", &finding.context.user),
    ];
    for (label, value) in context {
        if let Some(value) = value {
            facts.push((label, value.clone()));
        }
    }
    if !finding.encoding.is_empty() {
        facts.push(("encoding", finding.encoding.join(", then ")));
    }
    if let Some(commit) = &finding.location.commit {
        let mut text: String = commit.id.chars().take(SHORT_ID).collect();
        if let Some(author) = &commit.author {
            text.push_str(&format!(" by {author}"));
        }
        if let Some(date) = &commit.date {
            text.push_str(&format!(", {date}"));
        }
        if !commit.refs.is_empty() {
            let names: Vec<&str> = commit.refs.iter().map(|name| short_ref(name)).collect();
            let unnamed = commit.refs.unnamed();
            text.push_str(&format!(", in {}", some(&names, 3, unnamed)));
        }
        facts.push(("commit", text));
    }
    if let Some(place) = &finding.remote {
        facts.extend(remote_facts(place));
    }
    facts
}

/// Returns the facts about a place on an instance.
fn remote_facts(place: &RemotePlace) -> impl Iterator<Item = (&'static str, String)> {
    let known = place.known.then(|| "since an earlier sweep".to_owned());
    [
        ("link", Some(place.url.clone())),
        ("visible", place.exposure()),
        ("appeared", place.appeared.clone()),
        ("known", known),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some((label, value?)))
}

/// Returns the expiry of the credential, from the instance or from the token itself.
pub(super) fn end(finding: &Finding) -> Option<&str> {
    let said = finding.verification.as_ref();
    let said = said.and_then(|verification| verification.token.expires_at.as_deref());
    said.or(finding.expires_at.as_deref())
}

/// Returns the verification result as pairs of label and value.
pub fn verification_facts(
    liveness: Liveness,
    verification: &Verification,
) -> Vec<(&'static str, String)> {
    let Verification {
        instance,
        checked_at,
        reason,
        token,
        reach,
    } = verification;
    let mut facts = vec![(
        "liveness",
        format!("{}: {reason} ({instance}, {checked_at})", liveness.as_str()),
    )];
    let name = token.name.as_ref().map(|name| format!("'{name}'"));
    let scopes = (!token.scopes.is_empty()).then(|| format!("scopes {}", token.scopes.join(", ")));
    let parts = [
        name,
        token.id.map(|id| format!("id {id}")),
        scopes,
        token
            .last_used_at
            .as_ref()
            .map(|time| format!("last used {time}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if !parts.is_empty() {
        facts.push(("token", parts.join("; ")));
    }
    match (&token.username, token.user_id) {
        (Some(name), Some(id)) => facts.push(("account", format!("{name} (id {id})"))),
        (Some(name), None) => facts.push(("account", name.clone())),
        (None, Some(id)) => facts.push(("account", format!("user {id}"))),
        (None, None) => {}
    }
    if let Some(reach) = reach {
        let list = |names: &[String], one: &str, many: &str| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let count = plural(names.len(), one, many);
            if names.is_empty() {
                count
            } else {
                format!("{count} ({})", some(&names, MAX_REACHED, 0))
            }
        };
        let more = if reach.complete { "" } else { ", and more" };
        let groups = list(&reach.groups, "group", "groups");
        let projects = list(&reach.projects, "project", "projects");
        facts.push(("reaches", format!("{groups}, {projects}{more}")));
    }
    facts
}

/// Maximum number of listed groups and projects.
const MAX_REACHED: usize = 5;

/// Returns the remediations of a finding in the recommended order: revoking the credential comes
/// before cleaning the location, since a cleaned location leaves it valid. The ways to revoke it
/// are alternatives, so the others come last.
pub(super) fn remediations<'a>(
    finding: &'a Finding,
    rule: Option<&RuleInfo>,
) -> Vec<&'a Remediation> {
    let remediations = finding.remediations.iter().map(|item| &**item);
    let (shut_off, place): (Vec<&Remediation>, Vec<&Remediation>) =
        remediations.partition(|remedy| rule.is_none_or(|rule| is_of_rule(remedy, rule)));
    let mut ordered: Vec<&Remediation> = shut_off.first().copied().into_iter().collect();
    ordered.extend(place);
    ordered.extend(shut_off.into_iter().skip(1));
    ordered
}

/// Returns the remediations of a finding that belong to its location, not to its rule.
pub(super) fn place_remedies<'a>(
    finding: &'a Finding,
    rule: Option<&RuleInfo>,
) -> impl Iterator<Item = &'a Remediation> {
    let remediations = finding.remediations.iter().map(|item| &**item);
    remediations.filter(move |remedy| rule.is_some_and(|rule| !is_of_rule(remedy, rule)))
}

/// Returns true if the remediation is one of the rule; ids and a host may have been added to its
/// command.
fn is_of_rule(remedy: &Remediation, rule: &RuleInfo) -> bool {
    rule.remediations
        .iter()
        .any(|own| own.action == remedy.action)
}

/// Returns the action of a remediation and the role that may do it, as a sentence.
pub(super) fn action(remedy: &Remediation) -> String {
    let action = remedy.action.trim();
    match &remedy.who {
        Some(who) => format!("{} ({who}).", action.trim_end_matches('.')),
        None => sentence(action),
    }
}

/// Returns the text with a full stop at its end, unless it ends in punctuation.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let ended = text.ends_with(['.', '!', '?', ':', '…']);
    format!("{text}{}", if ended || text.is_empty() { "" } else { "." })
}

/// Returns the text with a capital letter first.
pub(super) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(rest).collect()
    })
}

/// Returns the line in the file that a user can open: 1 for an archive.
pub(super) fn openable_line(finding: &Finding) -> u64 {
    match finding.location.path.entry() {
        Some(_) => 1,
        None => finding.location.start.line,
    }
}

/// Returns the location in an archive, for formats that name the archive as the file:
/// `inner/path:3`.
pub(super) fn place_in_archive(finding: &Finding) -> Option<String> {
    let entry = finding.location.path.entry()?;
    let entry = BlobPath::from_bytes(entry);
    Some(format!("{entry}:{}", finding.location.start.line))
}

/// Returns `text` without links, images and tags, whether it is read as plain text or as Markdown:
/// a text may repeat names from untrusted files, and an image would send a request.
pub(super) fn inert(text: &str) -> String {
    text.replace("](", "] (")
        .replace("][", "] [")
        .replace('<', "‹")
        .replace('>', "›")
}

/// Cuts `text` to `max` characters, with a mark at the end if it was cut.
pub(super) fn truncate(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Returns the short name of a branch or tag.
fn short_ref(name: &str) -> &str {
    ["refs/heads/", "refs/tags/", "refs/remotes/"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

/// Returns the first `max` names, and the number of further ones, including `unnamed` without a
/// name.
fn some(names: &[&str], max: usize, unnamed: u64) -> String {
    let shown = names.len().min(max);
    let mut text = names[..shown].join(", ");
    let more = (names.len() - shown) as u64 + unnamed;
    if more > 0 {
        text.push_str(&format!(" and {} more", count(more)));
    }
    text
}

/// Formats a size in binary units: `12 bytes`, `1.5 MiB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return plural(bytes, "byte", "bytes");
    }
    let mut unit = 0;
    // In tenths, rounded, so that the last digit does not depend on floating point.
    let mut scale: u128 = 1024;
    let tenths = |scale: u128| (u128::from(bytes) * 10 + scale / 2) / scale;
    while unit + 1 < UNITS.len() && tenths(scale) >= 10_240 {
        scale *= 1024;
        unit += 1;
    }
    let tenths = tenths(scale);
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_numbers() {
        assert_eq!(count(0u64), "0");
        assert_eq!(count(999u64), "999");
        assert_eq!(count(1_234_567u64), "1,234,567");
        assert_eq!(plural(1u64, "file", "files"), "1 file");
        assert_eq!(size(1023), "1,023 bytes");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(1024 * 1024 - 1), "1.0 MiB");
        assert_eq!(size(u64::MAX), "16777216.0 TiB");
    }

    #[test]
    fn disables_links_and_tags() {
        assert_eq!(
            inert("![a](https://evil.example) <img> [b][c]"),
            "![a] (https://evil.example) ‹img› [b] [c]"
        );
    }

    #[test]
    fn cuts_texts_between_characters() {
        assert_eq!(truncate("äöü", 3), "äöü");
        assert_eq!(truncate("äöüß", 3), "äö…");
        assert_eq!(sentence("Do it"), "Do it.");
        assert_eq!(sentence("Done?"), "Done?");
    }
}
