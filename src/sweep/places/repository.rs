//! Git repositories of projects and wikis.
