//! GitLab's tokens: prefixes, checksums, claims, alphabets. Pure: no rules, no I/O, no clock.
//!
//! | token | behind its prefix | known offline | by |
//! | --- | --- | --- | --- |
//! | `glpat-` `gldt-` `glrt-` `glrtr-`, since 18.0 | payload `.01.` length, CRC-32 | genuine, owner | [`routable::check`] |
//! | the same, draft of 2024 | payload `.` length, CRC-32 | genuine, owner | [`routable::check`] |
//! | the same under a prefix of one's own, or none | as above | genuine, owner, prefix | [`routable::recover_prefix`] |
//! | `glcbt-` job token, since 18.0 | JWT | job, project, user, instance, end | [`jwt::decode`] |
//! | `gliamat-` IAM access token; ID tokens | JWT | user or job, instance, end | [`jwt::decode`] |
//! | `glpat-` `gldt-` `glrt-` … before; `glft-` `glsoat-` `glffct-` `glwt-` `GR1348941` | 20 characters of Devise | alphabet | [`is_friendly`] |
//! | `glcbt-` before 18.0 | partition in hex, `_`, 20 of Devise | alphabet | [`is_friendly`] |
//! | `glagent-` | 50 of Devise | alphabet | [`is_friendly`] |
//! | `glptt-` 40, `gloas-` 64, session cookie 32 | hex digits | nothing | |
//! | `glimt-` | 25 base-36 digits or fewer | nothing | |
//! | `whsec_` | base64 of 32 bytes | nothing | |
//!
//! Of the neighbours in pipelines: [`checksum`] of the tokens of other services, [`private_key`].
//!
//! For every body: [`placeholder()`] (`xxxx`, `1234`, `your-token-here`), [`is_public_example`] (published
//! in documentation), [`entropy()`]. For values in the place of one: [`reference()`] (`$TOKEN`,
//! `{{ token }}`, `[MASKED]`), [`is_dummy_password`] (`password`, `my-secret`). For hashes: [`is_guessable`].

pub mod checksum;
mod dummy;
mod encoding;
mod entropy;
mod example;
mod friendly;
pub mod jwt;
mod not_secret;
mod placeholder;
pub mod private_key;
mod reference;
pub mod routable;
mod strength;

pub use dummy::is_dummy_password;
pub use entropy::entropy;
pub use example::{is_public_example, is_published};
pub use friendly::is_friendly;
pub use not_secret::is_not_secret;
pub use placeholder::{Placeholder, is_identifier, is_placeholder, placeholder, reads_like_name};
pub use reference::{Reference, reference};
pub use strength::is_guessable;
