//! A client for the REST API of one GitLab instance: the only module that connects to a network.
//!
//! It connects to the instance that the operator names. Redirects are answers, not followed; only those of a download
//! are followed, without the credential, to the object storage of the instance. Container images are read from the
//! registry that the instance names, with a token for one repository of it. Credentials travel in headers or form
//! fields, never in a URL, and redact themselves.

mod answer;
mod certificates;
mod client;
mod download;
mod failure;
mod instance;
mod pace;
mod pages;
mod request;
mod resolver;
mod retry;

pub use answer::{Answer, RequestError};
pub use certificates::{CertificateError, parse_certificates};
pub use client::{Client, ClientOptions};
pub use download::Download;
pub use instance::{Instance, InvalidInstance};
pub use pages::{FetchError, Items, PageGuard};
pub use request::{ApiRequest, AuthHeader, Method, path_segment};
