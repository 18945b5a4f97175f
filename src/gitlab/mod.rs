//! A client for the REST API of one GitLab instance: the only module that connects to a network.
//!
//! It connects to the instance that the operator names and to no other host: redirects are answers, not
//! followed. Credentials travel in headers or form fields, never in a URL, and redact themselves.

mod answer;
mod certificates;
mod client;
mod instance;
mod pace;
mod request;

pub use answer::{Answer, RequestError};
pub use certificates::{CertificateError, parse_certificates};
pub use client::{Client, ClientOptions};
pub use instance::{Instance, InvalidInstance};
pub use request::{ApiRequest, AuthHeader, Method, path_segment};
