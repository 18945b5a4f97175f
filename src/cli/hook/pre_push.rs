//! `tokensweep hook pre-push`.

use std::env;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use clap::Args;

use super::{HookOptions, lines, messages, run as runner};
use crate::cli::git_env;
use crate::cli::plan::Plan;
use crate::exit::ExitStatus;
use crate::source::{KnownRevisions, PushTip, Range, head_commit};

/// Arguments of `hook pre-push`.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct PrePushArgs {
    /// The name of the remote, as Git gives it
    remote: Option<String>,

    /// Its address, as Git gives it
    url: Option<String>,

    #[command(flatten)]
    options: HookOptions,
}

/// Stops a push that would publish a secret.
pub(super) fn run(args: &PrePushArgs) -> anyhow::Result<ExitStatus> {
    let plan = Arc::new(Plan::new(&args.options.scan)?);
    let push = match Push::from_pre_commit() {
        Some(push) => push,
        None => Push::from_git(args.remote.as_deref())?,
    };
    if push.new.is_empty() {
        return Ok(ExitStatus::Clean);
    }
    let location = git_env::location(None);
    let at = location.clone();
    let tips = push.tips.clone();
    let result = runner::scan(
        &plan,
        &args.options,
        None,
        Range::is_cut_short,
        move |options| Ok(Range::from_push(&at, &push.new, &push.known, options)?),
    )?;
    let outcome = &result.outcome;
    messages::print_findings(&plan, &result)?;
    messages::print_limit(&result, "the push was stopped", &messages::print);
    if !outcome.findings.is_empty() {
        messages::print(&format!(
            "The push contains {}. Nothing was pushed.",
            messages::count_secrets(outcome)
        ));
        let head = head_commit(&location.path);
        for line in messages::rewrite_advice(&location, &tips, head.as_deref(), &outcome.findings) {
            messages::print(&line);
        }
        messages::print(&messages::allow_in_commit_advice());
    }
    Ok(result.status())
}

/// The pushed objects, and those that the remote already has.
#[derive(Debug, Default)]
struct Push {
    new: Vec<String>,
    /// The same, with the branches that they are the tips of.
    tips: Vec<PushTip>,
    known: KnownRevisions,
}

impl Push {
    /// Reads the variables of the pre-commit framework, which reads Git's lines itself. `None` outside of it.
    fn from_pre_commit() -> Option<Self> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        variable("PRE_COMMIT")?;
        let to = variable("PRE_COMMIT_TO_REF").or_else(|| variable("PRE_COMMIT_LOCAL_BRANCH"));
        let Some(to) = to else {
            return Some(Self::by_hand());
        };
        let remote = variable("PRE_COMMIT_REMOTE_NAME");
        Some(Self {
            tips: vec![PushTip::new(
                &to,
                &variable("PRE_COMMIT_LOCAL_BRANCH").unwrap_or_default(),
            )],
            new: vec![to],
            known: KnownRevisions {
                ids: variable("PRE_COMMIT_FROM_REF").into_iter().collect(),
                refs: tracking(remote.as_deref()),
            },
        })
    }

    /// Returns the checked out commits that are on no remote, for a run without a push.
    fn by_hand() -> Self {
        Self {
            new: vec!["HEAD".to_owned()],
            tips: vec![PushTip::new("HEAD", "")],
            known: KnownRevisions {
                ids: Vec::new(),
                refs: tracking(None),
            },
        }
    }

    /// Reads Git's lines from standard input: `local-ref local-id remote-ref remote-id`.
    fn from_git(remote: Option<&str>) -> anyhow::Result<Self> {
        if remote.is_none() && io::stdin().is_terminal() {
            return Ok(Self::by_hand());
        }
        let lines = lines::read::<4>()?;
        if remote.is_none() && lines.is_empty() {
            // Git always names a remote. Without one, for instance in a container, the push is unknown.
            return Ok(Self::by_hand());
        }
        let mut push = Self::default();
        for [name, local, _, there] in lines {
            if lines::is_nothing(&local) {
                // A ref that is deleted publishes nothing.
                continue;
            }
            push.tips.push(PushTip::new(&local, &name));
            push.new.push(local);
            if !lines::is_nothing(&there) {
                push.known.ids.push(there);
            }
        }
        push.known.refs = tracking(remote);
        Ok(push)
    }
}

/// Returns the prefixes of the refs that record the commits of a remote; those of all remotes if none is named. Empty
/// for an address.
fn tracking(remote: Option<&str>) -> Vec<String> {
    match remote {
        None => vec!["refs/remotes/".to_owned()],
        Some(name) => {
            let is_name = !name.is_empty()
                && !name.starts_with(['.', '/', '-'])
                && !name.contains("..")
                && !name.contains("//")
                && !name.ends_with('/')
                && !name.contains([':', '\\', ' ', '~', '^', '?', '*', '[']);
            is_name
                .then(|| format!("refs/remotes/{name}/"))
                .into_iter()
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_tracking_refs_of_names_only() {
        assert_eq!(tracking(Some("origin")), ["refs/remotes/origin/"]);
        assert_eq!(tracking(Some("a/b")), ["refs/remotes/a/b/"]);
        assert_eq!(tracking(None), ["refs/remotes/"]);
        for address in ["https://x/y", "git@x:y", "../y", "/y", "C:\\y", "."] {
            assert_eq!(tracking(Some(address)), [""; 0], "{address}");
        }
    }
}
