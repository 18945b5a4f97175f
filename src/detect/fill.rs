//! Fills known facts about a credential into the commands that revoke it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::{Context, Owner, Remediation};

/// The variable of the instance in a command.
const INSTANCE: &str = "${GITLAB_URL:?}";

/// Returns the remedy with the ids of `owner` and the instance in place of the variables of its command. The instance
/// is the one that the token names, or else the one of the URL around it.
pub(super) fn fill(
    remedy: &Arc<Remediation>,
    owner: &Owner,
    context: &Context,
) -> Arc<Remediation> {
    let Some(template) = &remedy.command else {
        return Arc::clone(remedy);
    };
    let mut command = Cow::Borrowed(template.as_str());
    for (variable, id) in [
        ("${PROJECT_ID:?}", owner.project),
        ("${GROUP_ID:?}", owner.group),
        ("${USER_ID:?}", owner.user),
        ("${JOB_ID:?}", owner.job),
    ] {
        if let Some(id) = id
            && command.contains(variable)
        {
            command = command.replace(variable, &id.to_string()).into();
        }
    }
    let mut caution = remedy.caution.clone();
    let instance = owner.instance.as_deref().or(context.host.as_deref());
    if command.contains(INSTANCE)
        && let Some(host) = instance.filter(|host| is_instance(host))
    {
        command = command.replace(INSTANCE, &format!("https://{host}")).into();
        // Anyone who can write the file can name the host of an attacker.
        let check = format!("Check that {host} is your instance before you send a token to it.");
        caution = Some(match &caution {
            Some(caution) => format!("{check} {caution}"),
            None => check,
        });
    }
    // Findings with the same remediation share it.
    if *command == *template {
        return Arc::clone(remedy);
    }
    Arc::new(Remediation {
        command: Some(command.into_owned()),
        caution,
        ..Remediation::clone(remedy)
    })
}

/// Returns true for a host name whose API is probably that of GitLab. A registry and the IAM service have a host or a port of their own.
fn is_instance(host: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    host.len() <= 253
        && host.contains('.')
        && host.bytes().all(is_name)
        && host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !["registry.", "iam."]
            .iter()
            .any(|service| host.starts_with(service))
        && !host.ends_with("docker.io")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remedy() -> Arc<Remediation> {
        Arc::new(Remediation {
            action: "Cancel the job.".to_owned(),
            who: None,
            command: Some(
                "curl \"${GITLAB_URL:?}/p/${PROJECT_ID:?}/j/${JOB_ID:?}/${TOKEN_ID:?}\"".to_owned(),
            ),
            caution: Some("Slow.".to_owned()),
        })
    }

    #[test]
    fn replaces_what_is_known_and_leaves_the_rest() {
        let owner = Owner {
            instance: Some("gitlab.example".to_owned()),
            project: Some(7),
            job: Some(9),
            ..Owner::default()
        };
        let filled = fill(&remedy(), &owner, &Context::default());
        assert_eq!(
            filled.command.as_deref(),
            Some("curl \"https://gitlab.example/p/7/j/9/${TOKEN_ID:?}\"")
        );
        assert_eq!(
            filled.caution.as_deref(),
            Some("Check that gitlab.example is your instance before you send a token to it. Slow.")
        );
        assert_eq!(
            fill(&remedy(), &Owner::default(), &Context::default()),
            remedy()
        );
    }

    #[test]
    fn takes_no_host_that_a_shell_or_another_service_would_see() {
        for host in [
            "registry.gitlab.com",
            "gitlab.example:5050",
            "$(id).example",
            "a.b\"; id; \"",
            "index.docker.io",
            "localhost",
            "-x.example",
            "",
        ] {
            let context = Context {
                host: Some(host.to_owned()),
                ..Context::default()
            };
            assert_eq!(
                fill(&remedy(), &Owner::default(), &context),
                remedy(),
                "{host}"
            );
        }
    }
}
