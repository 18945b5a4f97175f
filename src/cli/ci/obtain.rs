//! Obtains the commits to scan: resolves revisions, and fetches missing commits in growing depths.

use super::choice::{CommitBase, CommitRange};
use super::fetch::{Depth, Fetcher, GitFetchError, Project};
use super::system::is_object_id;
use crate::source::{
    AmbiguousRevision, Lookup, OpenError, Range, RangeError, RangeOptions, Selection,
};

/// The depths that a shallow clone is deepened to, one after the other, before everything is fetched.
const DEPTHS: [usize; 4] = [50, 200, 1000, 5000];

/// Commits that can be scanned.
pub(super) struct ObtainedCommits {
    /// The change that they make.
    pub(super) range: Range,
    /// The commit they come after, if it is one.
    pub(super) base: Option<String>,
    /// The last of them.
    pub(super) head: String,
    /// Sentences for the log; may be empty.
    pub(super) remark: String,
    /// The reason why commits may be missing, if there is one.
    pub(super) doubt: Option<String>,
    /// True if the files are scanned as well.
    pub(super) with_files: bool,
}

/// The tip of a branch.
pub(super) struct BranchTip {
    /// The full id of its commit.
    pub(super) id: String,
    /// A sentence for the log; may be empty.
    remark: String,
    /// The reason why the branch may have another tip, if there is one.
    doubt: Option<String>,
}

/// The reason why the commits cannot be scanned.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommitsError {
    /// They cannot be fetched.
    #[error("{0}")]
    Missing(String),
    /// No base: this is the first tag of the project, whose default branch is unknown.
    #[error("{0}")]
    NoBase(String),
    /// A merge request without commits.
    #[error("{0}")]
    Nothing(String),
    /// They cannot be determined, and fetching would not help.
    #[error(transparent)]
    Range(RangeError),
    /// A revision is ambiguous.
    #[error(transparent)]
    Ambiguous(#[from] AmbiguousRevision),
    /// The repository cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Obtains commits of one repository.
#[derive(Debug)]
pub(super) struct CommitObtainer<'a> {
    pub(super) fetcher: &'a mut Fetcher,
    pub(super) exclude: &'a [String],
    /// The project whose branch a [`CommitBase::Branch`] is.
    pub(super) project: Project,
}

impl CommitObtainer<'_> {
    /// Returns the commits of a range.
    pub(super) fn commits(&mut self, range: &CommitRange) -> Result<ObtainedCommits, CommitsError> {
        let head = self.id_of(range.head.as_deref().unwrap_or("HEAD"))?;
        let mut obtained = self.commits_up_to(&head, range)?;
        if let Some(tag) = &range.tag {
            self.add_message(&mut obtained, tag)?;
        }
        Ok(obtained)
    }

    fn commits_up_to(
        &mut self,
        head: &str,
        range: &CommitRange,
    ) -> Result<ObtainedCommits, CommitsError> {
        match &range.base {
            CommitBase::Commit(base) => {
                let base = self.id_of(base)?;
                self.between(&base, head)
            }
            CommitBase::MergeRequest { base, target } => {
                self.of_merge_request(base.as_deref(), target.as_deref(), head)
            }
            CommitBase::Tip { before, or } => self.after_push(before, or.as_deref(), head),
            CommitBase::Branch { name, before } => {
                let mut obtained = self.not_in(name, head)?;
                if let Some(before) = before {
                    obtained.remark.push_str(&self.since_push(before, head));
                }
                Ok(obtained)
            }
            CommitBase::TagBefore { tag, default } => self.since_tag(tag, default.as_deref(), head),
        }
    }

    /// Returns the commits of a merge request. It has some: without any, the base or the target is not the one that
    /// is meant, or the commits were merged meanwhile.
    fn of_merge_request(
        &mut self,
        base: Option<&str>,
        target: Option<&str>,
        head: &str,
    ) -> Result<ObtainedCommits, CommitsError> {
        let (obtained, name) = match (base, target) {
            (Some(base), _) => {
                let base = self.id_of(base)?;
                (
                    self.between(&base, head)?,
                    format!("its base {}", short(&base)),
                )
            }
            (None, Some(target)) => (
                self.not_in(target, head)?,
                format!("its target branch {target}"),
            ),
            (None, None) => {
                return Err(CommitsError::Missing("the base is unknown".to_owned()));
            }
        };
        if obtained.range.commits() == 0 {
            return Err(CommitsError::Nothing(format!(
                "{name} has all commits of the merge request up to {}",
                short(head)
            )));
        }
        Ok(obtained)
    }

    /// Returns the commits after the previous tip; after a force push, those that the branch `or` does not have.
    fn after_push(
        &mut self,
        before: &str,
        or: Option<&str>,
        head: &str,
    ) -> Result<ObtainedCommits, CommitsError> {
        let before = self.id_of(before)?;
        let error = match self.between(&before, head) {
            Ok(obtained) if self.is_ancestor(&before, head) => return Ok(obtained),
            Ok(_) => None,
            Err(error @ CommitsError::Missing(_)) => Some(error),
            Err(error) => return Err(error),
        };
        let Some(branch) = or else {
            let why = format!(
                "the previous tip {} is not an ancestor, and no default branch is known",
                short(&before)
            );
            return Err(error.unwrap_or(CommitsError::Missing(why)));
        };
        let mut obtained = self.not_in(branch, head)?;
        if obtained.range.commits() == 0 {
            // The default branch itself is not compared with anything.
            let why = format!(
                "the previous tip {} is not an ancestor of {branch}",
                short(&before)
            );
            return Err(error.unwrap_or(CommitsError::Missing(why)));
        }
        obtained.remark = format!(
            "The previous tip {} is not among the ancestors (a force push), so the commits that {branch} does not have are scanned. {}",
            short(&before),
            obtained.remark
        );
        Ok(obtained)
    }

    /// Returns a sentence about how many commits the last push has added, if its base is here.
    fn since_push(&self, before: &str, head: &str) -> String {
        match self.range(before, head) {
            Ok(range) if self.is_ancestor(before, head) => {
                format!(" New since the last push: {}.", range.commits())
            }
            _ => String::new(),
        }
    }

    /// Returns the commits that a branch does not have.
    pub(super) fn not_in(
        &mut self,
        branch: &str,
        head: &str,
    ) -> Result<ObtainedCommits, CommitsError> {
        let tip = self.tip_of(branch)?;
        let obtained = self.between(&tip.id, head)?;
        Ok(ObtainedCommits {
            remark: tip.remark,
            doubt: tip.doubt,
            ..obtained
        })
    }

    /// Returns the tip of a branch on the remote; if that cannot be asked, in the clone, where it may be old or that of
    /// an earlier job.
    pub(super) fn tip_of(&mut self, branch: &str) -> Result<BranchTip, CommitsError> {
        let error = match self.fetcher.branch(self.project, branch) {
            Ok(id) => {
                return Ok(BranchTip {
                    id,
                    remark: String::new(),
                    doubt: None,
                });
            }
            Err(error) => error,
        };
        let lookup = self.lookup()?;
        let names =
            ["refs/remotes/origin/", "refs/heads/"].map(|prefix| format!("{prefix}{branch}"));
        let known = names.iter().find_map(|name| lookup.commit_of_ref(name));
        match known.filter(|_| !self.fetcher.is_other_project(self.project)) {
            Some(id) if self.fetcher.is_clone_trusted() => Ok(BranchTip {
                id,
                remark: format!("The branch {branch} is that of the clone."),
                doubt: None,
            }),
            Some(id) => Ok(BranchTip {
                id,
                remark: String::new(),
                doubt: Some(format!(
                    "the branch {branch} could not be fetched, so the commits were compared with that of the clone, \
                     which may be outdated: {error}"
                )),
            }),
            None => Err(CommitsError::Missing(format!(
                "could not fetch the branch {branch}: {error}"
            ))),
        }
    }

    /// Returns the commits that `git log` selects.
    pub(super) fn selected(
        &mut self,
        selection: &Selection,
    ) -> Result<ObtainedCommits, CommitsError> {
        let head = self.named(selection.head.as_deref().unwrap_or("HEAD"))?;
        let base = match &selection.base {
            Some(base) => Some(self.named(base)?),
            None => None,
        };
        let selection = Selection {
            head: Some(head.clone()),
            base: base.clone(),
            ..selection.clone()
        };
        let options = self.options();
        self.deepen(base.as_deref(), &head, |this| {
            Range::selected(&this.fetcher.location(), &selection, &options)
        })
    }

    /// Resolves a revision that a person has written, which may be a branch of the remote or a missing ancestor.
    fn named(&mut self, revision: &str) -> Result<String, CommitsError> {
        let error = match self.id_of(revision) {
            Err(error @ CommitsError::Missing(_)) => error,
            other => return other,
        };
        let steps_back = revision.find(['~', '^']).unwrap_or(revision.len());
        let (name, steps_back) = revision.split_at(steps_back);
        let tip = match self.id_of(name) {
            Ok(id) => id,
            Err(ambiguous @ CommitsError::Ambiguous(_)) => return Err(ambiguous),
            Err(_) => {
                let branch = name.strip_prefix("origin/").unwrap_or(name);
                match self.tip_of(branch) {
                    Ok(tip) => tip.id,
                    Err(_) => return Err(error),
                }
            }
        };
        if steps_back.is_empty() {
            return Ok(tip);
        }
        let revision = format!("{tip}{steps_back}");
        let mut steps = self.steps(&tip)?;
        let mut is_fetched = false;
        loop {
            let lookup = self.lookup()?;
            if let Some(id) = lookup.commit(&revision)? {
                return Ok(id);
            }
            // A complete clone has no such ancestor.
            let is_more = !is_fetched || lookup.is_shallow();
            let Some(depth) = steps.next().filter(|_| is_more) else {
                return Err(error);
            };
            self.fetch(depth, std::slice::from_ref(&tip))?;
            is_fetched = true;
        }
    }

    /// Returns the commits of `head` that `base` does not have; fetches until all are here.
    pub(super) fn between(
        &mut self,
        base: &str,
        head: &str,
    ) -> Result<ObtainedCommits, CommitsError> {
        self.deepen(Some(base), head, |this| this.range(base, head))
    }

    /// Fetches until everything that `range` needs is here.
    fn deepen(
        &mut self,
        base: Option<&str>,
        head: &str,
        range: impl Fn(&Self) -> Result<Range, RangeError>,
    ) -> Result<ObtainedCommits, CommitsError> {
        let ends: Vec<String> = [head].into_iter().chain(base).map(str::to_owned).collect();
        let mut steps = self.steps(head)?;
        let mut is_connected = false;
        loop {
            let missing = match range(self) {
                Ok(range) => {
                    return Ok(ObtainedCommits {
                        range,
                        base: base.map(str::to_owned),
                        head: head.to_owned(),
                        remark: String::new(),
                        doubt: None,
                        with_files: false,
                    });
                }
                Err(RangeError::Missing { name, .. }) => {
                    format!("commit {} is not in the clone", short(&name))
                }
                Err(RangeError::Cut(at)) => {
                    format!(
                        "the clone is shallow and ends at commit {}, within the commits to scan",
                        short(&at)
                    )
                }
                Err(error) => return Err(CommitsError::Range(error)),
            };
            let is_whole = !self.lookup()?.is_shallow();
            let depth = match steps.next() {
                // A depth has no effect on a complete clone.
                Some(_) if is_whole && !is_connected => Depth::Connect,
                Some(depth) if !is_whole => depth,
                _ => return Err(CommitsError::Missing(missing)),
            };
            is_connected |= depth == Depth::Connect;
            self.fetch(depth, &ends)
                .map_err(|error| CommitsError::Missing(format!("{missing}, and {error}")))?;
        }
    }

    fn range(&self, base: &str, head: &str) -> Result<Range, RangeError> {
        Range::parse(
            &self.fetcher.location(),
            &format!("{base}..{head}"),
            &self.options(),
        )
    }

    pub(super) fn lookup(&self) -> Result<Lookup, OpenError> {
        Lookup::open(&self.fetcher.location())
    }

    fn options(&self) -> RangeOptions {
        RangeOptions {
            exclude: self.exclude.to_vec(),
            ..RangeOptions::default()
        }
    }

    /// Returns true if `base` is an ancestor of `head`, as far as is known here.
    pub(super) fn is_ancestor(&self, base: &str, head: &str) -> bool {
        self.range(head, base)
            .is_ok_and(|range| range.commits() == 0)
    }

    pub(super) fn fetch(&mut self, depth: Depth, commits: &[String]) -> Result<(), CommitsError> {
        let fetched = self.fetcher.fetch(depth, commits);
        fetched.map_err(|error: GitFetchError| CommitsError::Missing(error.to_string()))
    }

    /// Returns the depths to fetch, one after the other, until everything is here.
    ///
    /// A depth below that of the clone would make it shallower.
    pub(super) fn steps(&self, head: &str) -> Result<std::vec::IntoIter<Depth>, OpenError> {
        let lookup = self.lookup()?;
        if !lookup.is_shallow() {
            return Ok(vec![Depth::Connect].into_iter());
        }
        let limit = DEPTHS.last().copied().unwrap_or_default();
        let here = lookup.count("HEAD", limit).max(lookup.count(head, limit));
        let depths = DEPTHS.into_iter().filter(|depth| *depth > here);
        let steps: Vec<Depth> = depths.map(Depth::To).chain([Depth::All]).collect();
        Ok(steps.into_iter())
    }

    /// Resolves a revision to a full id. An id that is not here is returned as it is.
    fn id_of(&mut self, revision: &str) -> Result<String, CommitsError> {
        let lookup = self.lookup()?;
        let found = lookup.commit(revision)?;
        check_tag(self.fetcher, self.project, &lookup, revision)?;
        match found {
            Some(id) => Ok(id),
            None if is_object_id(revision) => Ok(revision.to_owned()),
            None => Err(CommitsError::Missing(format!(
                "'{revision}' names no commit of this repository"
            ))),
        }
    }
}

/// Refuses the short name of a tag that is also that of a branch of the remote: anyone may push such a tag, and the
/// clone may lack the branch.
pub(super) fn check_tag(
    fetcher: &mut Fetcher,
    project: Project,
    lookup: &Lookup,
    revision: &str,
) -> Result<(), AmbiguousRevision> {
    let name = revision.split(['~', '^', ':']).next().unwrap_or(revision);
    let (tag, branch) = (format!("refs/tags/{name}"), format!("refs/heads/{name}"));
    let is_tag = lookup.id_of_ref(&tag).is_some() && lookup.id_of_ref(&branch).is_none();
    if is_tag && !is_object_id(name) && matches!(fetcher.tip_of(project, &branch), Ok(Some(_))) {
        return Err(AmbiguousRevision {
            name: name.to_owned(),
            meanings: vec![tag, format!("{branch} of the remote")],
        });
    }
    Ok(())
}

/// Returns the first digits of an object id.
pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
