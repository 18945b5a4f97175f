//! Git configuration of a repository and of everything that hangs on it.
