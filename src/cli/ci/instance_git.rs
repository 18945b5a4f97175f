//! `git` commands that read the repositories of the operator's instance.

use std::io;
use std::path::Path;
use std::process::Command;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use tempfile::NamedTempFile;

use super::certificates;
use super::git::{self, REMOTE};
use super::remote::Remote;
use super::system::CiJob;
use crate::model::Secret;
use crate::sweep::GitCommands;

/// Creates `git` commands with the operator's token.
#[derive(Debug)]
pub(in crate::cli) struct InstanceGit<'a> {
    token: &'a Secret,
    /// Certificates to trust; the file is removed with this.
    certificates: Option<NamedTempFile>,
}

impl<'a> InstanceGit<'a> {
    /// Commands with this token.
    ///
    /// # Errors
    /// If the operator's certificates cannot be read.
    pub(in crate::cli) fn new(token: &'a Secret) -> io::Result<Self> {
        Ok(Self {
            token,
            certificates: certificates::write_bundle(&CiJob::from_env().certificates)?,
        })
    }

    fn remote(&self, address: &str) -> Option<Remote> {
        let (scheme, rest) = address.split_once("://")?;
        let token = percent_encode(self.token.reveal(), NON_ALPHANUMERIC);
        // GitLab takes an access token as the password of any user.
        Remote::new("instance", &format!("{scheme}://oauth2:{token}@{rest}")).ok()
    }
}

impl GitCommands for InstanceGit<'_> {
    fn command(
        &self,
        git_dir: &Path,
        address: &str,
        verb: &[&str],
        refs: &[&str],
    ) -> Result<Command, String> {
        let remote = self
            .remote(address)
            .ok_or("the address of the repository is not one that is fetched from")?;
        let args = [verb, &["--", REMOTE], refs].concat();
        let certificates = self.certificates.as_ref().map(NamedTempFile::path);
        Ok(git::command(git_dir, &remote, certificates, &args))
    }

    fn redact(&self, message: &str) -> String {
        let token = String::from_utf8_lossy(self.token.reveal());
        message.replace(&*token, "[redacted]")
    }
}
