//! Obtains the commits of a tag's pipeline.

use super::fetch::Depth;
use super::obtain::{CommitObtainer, CommitsError, ObtainedCommits, short};

impl CommitObtainer<'_> {
    /// Adds the message of an annotated tag to commits. A tag that is gone from the remote needs no scan.
    pub(super) fn add_message(
        &mut self,
        obtained: &mut ObtainedCommits,
        tag: &str,
    ) -> Result<(), CommitsError> {
        let name = format!("refs/tags/{tag}");
        let id = match self.lookup()?.id_of_ref(&name) {
            Some(id) => Some(id),
            None => match self.fetcher.tip_of(self.project, &name) {
                Ok(id) => id,
                Err(error) => {
                    obtained.doubt = Some(format!(
                        "the message of the tag {tag} was not scanned, because the tag could not be fetched: {error}"
                    ));
                    None
                }
            },
        };
        let Some(id) = id.filter(|id| *id != obtained.head) else {
            return Ok(());
        };
        let base = obtained
            .base
            .clone()
            .unwrap_or_else(|| obtained.head.clone());
        let with_message = self.between(&base, &id)?.range;
        // The tag may have moved since the pipeline was created.
        if self.lookup()?.commit(&id)?.as_ref() == Some(&obtained.head) {
            obtained.range = with_message;
        }
        Ok(())
    }

    /// Returns the commits since the nearest other tag. If the branch `default` does not have that one, its commits may
    /// have been scanned by no pipeline, so those that `default` does not have are returned.
    pub(super) fn since_tag(
        &mut self,
        tag: &str,
        default: Option<&str>,
        head: &str,
    ) -> Result<ObtainedCommits, CommitsError> {
        let lookup = self.lookup()?;
        let local = lookup.tags();
        let mut commits = match self.fetcher.tags(tag) {
            Ok(commits) => commits,
            // Without a remote, those that the clone has.
            Err(_) if !local.is_empty() => Default::default(),
            Err(error) => {
                return Err(CommitsError::Missing(format!(
                    "could not fetch the tags: {error}"
                )));
            }
        };
        let others = local.into_iter().filter(|(name, _)| name != tag);
        commits.extend(others.map(|(_, commit)| commit));
        let mut steps = self.steps(head)?;
        loop {
            let nearest = self.lookup()?.nearest(head, &commits);
            // A complete clone has nothing to fetch.
            let is_whole = !self.lookup()?.is_shallow();
            match (
                nearest,
                steps
                    .next()
                    .filter(|depth| !is_whole || *depth == Depth::Connect),
            ) {
                (Some(base), _) => {
                    let before = format!("The tag before {tag} is at commit {}", short(&base));
                    let mut obtained = self.between(&base, head)?;
                    obtained.remark = format!("{before}.");
                    let Some(default) = default else {
                        return Ok(obtained);
                    };
                    let mut others = self.not_in(default, head)?;
                    let is_on_default = others
                        .base
                        .as_ref()
                        .is_some_and(|tip| self.is_ancestor(&base, tip));
                    if is_on_default {
                        obtained.doubt = others.doubt;
                        return Ok(obtained);
                    }
                    others.remark = format!(
                        "{before}, which {default} does not have, so all commits that {default} does not have are \
                         scanned. {}",
                        others.remark
                    );
                    return Ok(others);
                }
                (None, Some(depth)) => self.fetch(depth, &[head.to_owned()])?,
                (None, None) => {
                    let why = format!("{tag} has no earlier tag");
                    let Some(default) = default else {
                        return Err(CommitsError::NoBase(why));
                    };
                    let others = self.not_in(default, head)?;
                    return Ok(ObtainedCommits {
                        remark: format!("{why}, so the files are scanned. {}", others.remark),
                        with_files: true,
                        ..others
                    });
                }
            }
        }
    }
}
