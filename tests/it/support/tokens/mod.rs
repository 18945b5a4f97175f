//! Makes tokens of every shape that GitLab emits, the same for the same seed. Shares no code with
//! the program: its own random numbers, CRC-32, base64 and base 36, so that both must be right to
//! agree.

pub(crate) mod codec;
mod jwt;
mod neighbour_keys;
mod neighbour_makers;
pub(crate) mod neighbours;
mod rng;
mod routable;

pub(crate) use rng::Rng;

use codec::{base36, base64url};
use jwt::Claims;
use routable::Routing;

/// A moment between the expiry of the dead JWTs and that of the others: unix seconds.
pub(crate) const NOW: i64 = 1_800_000_000;

/// The parts of a token that can be checked offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// Nothing.
    None,
    /// A CRC-32 over the whole token: any changed character breaks it.
    Checksum,
    /// Claims of a JWT, which decode but prove nothing.
    Claims,
}

/// One kind of token, in one of its forms.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// Unique: type, form, and `instance` for a token with an instance prefix.
    pub name: String,
    /// The rule that must find it.
    pub rule: &'static str,
    /// Text in front of the credential that [`Shape::generate`] includes and that is not part of
    /// it: the name of the session cookie. Empty for all others.
    pub label: &'static str,
    /// All that is the same in every token of this shape, behind the label.
    pub prefix: String,
    /// The parts that can be checked.
    pub evidence: Evidence,
    body: Body,
}

/// The text after the prefix.
#[derive(Clone, Copy, Debug)]
enum Body {
    Friendly(usize),
    Hex(usize),
    /// A 128-bit number in base 36.
    Mail,
    Versioned(Routing),
    Draft(Routing),
    Jwt(Claims),
    /// Two parts of 32 bytes each, as fosite's HMAC tokens.
    TwoParts,
    /// 64 hex digits and a user id.
    PathFeed,
    /// A partition in hex, then a Devise token.
    Partitioned,
    /// 32 hex digits behind the name of a cell.
    CellSession,
    /// Standard base64 of 32 bytes.
    Webhook,
}

impl Shape {
    fn new(name: &str, rule: &'static str, prefix: &str, body: Body) -> Self {
        Self {
            name: name.to_owned(),
            rule,
            label: "",
            prefix: prefix.to_owned(),
            evidence: match body {
                Body::Versioned(_) | Body::Draft(_) => Evidence::Checksum,
                Body::Jwt(_) => Evidence::Claims,
                _ => Evidence::None,
            },
            body,
        }
    }

    /// The same behind an instance prefix.
    fn behind(&self, instance: &str, name: &str) -> Self {
        Self {
            name: format!("{}, {name}", self.name),
            prefix: format!("{instance}{}", self.prefix),
            ..self.clone()
        }
    }

    /// A token of this shape, with its label.
    pub(crate) fn generate(&self, rng: &mut Rng) -> String {
        let prefix = format!("{}{}", self.label, self.prefix);
        match self.body {
            Body::Friendly(length) => prefix + &friendly(rng, length),
            Body::Hex(digits) => prefix + &hex(rng, digits),
            Body::Mail => prefix + &base36(rng.wide()),
            // The checksum covers the prefix.
            Body::Versioned(routing) => routable::versioned(&prefix, routing, rng),
            Body::Draft(routing) => routable::draft(&prefix, routing, rng),
            Body::Jwt(claims) => prefix + &jwt::token(claims, rng),
            Body::TwoParts => {
                let (key, signature) = (rng.bytes(32), rng.bytes(32));
                format!("{prefix}{}.{}", base64url(&key), base64url(&signature))
            }
            Body::PathFeed => format!("{prefix}{}-{}", hex(rng, 64), rng.id()),
            Body::Partitioned => {
                format!("{prefix}{:x}_{}", 100 + rng.below(20), friendly(rng, 20))
            }
            Body::CellSession => {
                let cell = ["cell-1-", "cell2-", "cell-42-"][rng.below(3)];
                format!("{prefix}{cell}{}", hex(rng, 32))
            }
            Body::Webhook => prefix + &codec::base64(&rng.bytes(32)),
        }
    }
}

/// Every shape of GitLab's prefixed tokens, each where GitLab allows it also behind an instance
/// prefix.
pub(crate) fn all_shapes() -> Vec<Shape> {
    let mut shapes = prefixed();
    let instance: Vec<Shape> = shapes
        .iter()
        .filter(|shape| takes_instance_prefix(shape))
        .map(|shape| shape.behind("SIE-", "instance"))
        .collect();
    shapes.extend(instance);
    shapes
}

/// Shapes behind an instance prefix without the separating `-`, as some versions of 2025 emitted.
pub(crate) fn glued_shapes() -> Vec<Shape> {
    prefixed()
        .iter()
        .filter(|shape| takes_instance_prefix(shape))
        .map(|shape| shape.behind("acme", "glued"))
        .collect()
}

/// Personal access tokens of instances with a prefix of their own or none: the routable ones carry
/// their proof, the classic ones need the prefix to be configured.
pub(crate) fn custom_prefix_shapes() -> Vec<Shape> {
    const UNKNOWN: &str = "gitlab-routable-token-unknown-prefix";
    const PAT: &str = "gitlab-personal-access-token";
    let mut shapes = Vec::new();
    for prefix in [
        "",
        "acme-",
        "corp_pat_",
        "a@b:c/",
        "x+y=z.",
        "ABCDEFGHIJ0123456789",
    ] {
        for (form, body) in [
            ("routable", Body::Versioned(Routing::User)),
            ("routable draft", Body::Draft(Routing::User)),
        ] {
            let name = format!("personal access token, {form}, prefix '{prefix}'");
            shapes.push(Shape::new(&name, UNKNOWN, prefix, body));
        }
        if !prefix.is_empty() {
            let name = format!("personal access token, classic, prefix '{prefix}'");
            shapes.push(Shape::new(&name, PAT, prefix, Body::Friendly(20)));
        }
    }
    shapes
}

fn prefixed() -> Vec<Shape> {
    use Body::{
        CellSession, Draft, Friendly, Hex, Jwt, Mail, Partitioned, PathFeed, TwoParts, Versioned,
        Webhook,
    };
    const PAT: &str = "gitlab-personal-access-token";
    const DEPLOY: &str = "gitlab-deploy-token";
    const RUNNER: &str = "gitlab-runner-authentication-token";
    const JOB: &str = "gitlab-ci-job-token";
    const FEED: &str = "gitlab-feed-token";
    const SESSION: &str = "gitlab-session-cookie";
    const IAM: &str = "gitlab-iam-token";
    let shape = Shape::new;
    let mut shapes = vec![
        shape("personal access token", PAT, "glpat-", Friendly(20)),
        shape(
            "personal access token, routable",
            PAT,
            "glpat-",
            Versioned(Routing::User),
        ),
        shape(
            "personal access token, routable draft",
            PAT,
            "glpat-",
            Draft(Routing::User),
        ),
        shape("deploy token", DEPLOY, "gldt-", Friendly(20)),
        shape(
            "deploy token, routable",
            DEPLOY,
            "gldt-",
            Versioned(Routing::Deploy),
        ),
        shape("runner", RUNNER, "glrt-", Friendly(20)),
        shape("runner, instance type", RUNNER, "glrt-t1_", Friendly(20)),
        shape("runner, group type", RUNNER, "glrt-t2_", Friendly(20)),
        shape("runner, project type", RUNNER, "glrt-t3_", Friendly(20)),
        shape(
            "runner, group type, routable draft",
            RUNNER,
            "glrt-t2_",
            Draft(Routing::Group),
        ),
        shape(
            "runner, project type, routable draft",
            RUNNER,
            "glrt-t3_",
            Draft(Routing::Project),
        ),
        shape(
            "runner, routable",
            RUNNER,
            "glrt-",
            Versioned(Routing::Runner),
        ),
        shape("registered runner", RUNNER, "glrtr-", Friendly(20)),
        shape(
            "registered runner, typed",
            RUNNER,
            "glrtr-t1_",
            Friendly(20),
        ),
        shape(
            "registered runner, routable",
            RUNNER,
            "glrtr-",
            Versioned(Routing::Runner),
        ),
        shape(
            "registration token",
            "gitlab-runner-registration-token",
            "GR1348941",
            Friendly(20),
        ),
        shape(
            "runner controller",
            "gitlab-runner-controller-token",
            "glrct-",
            Friendly(20),
        ),
        shape("job token, partitioned", JOB, "glcbt-", Partitioned),
        shape("job token", JOB, "glcbt-", Jwt(Claims::Job)),
        shape("job token, expired", JOB, "glcbt-", Jwt(Claims::ExpiredJob)),
        shape(
            "trigger token",
            "gitlab-pipeline-trigger-token",
            "glptt-",
            Hex(40),
        ),
        shape("feed token", FEED, "glft-", Friendly(20)),
        shape("feed token, path", FEED, "glft-", PathFeed),
        shape(
            "incoming mail token",
            "gitlab-incoming-mail-token",
            "glimt-",
            Mail,
        ),
        shape(
            "agent token",
            "gitlab-agent-token",
            "glagent-",
            Friendly(50),
        ),
        shape(
            "workspace token",
            "gitlab-workspace-token",
            "glwt-",
            Friendly(20),
        ),
        shape("SCIM token", "gitlab-scim-token", "glsoat-", Friendly(20)),
        shape(
            "feature flags",
            "gitlab-feature-flags-client-token",
            "glffct-",
            Friendly(20),
        ),
        shape(
            "OAuth secret",
            "gitlab-oauth-application-secret",
            "gloas-",
            Hex(64),
        ),
        shape("session", SESSION, "", Hex(32)),
        shape("session, cell", SESSION, "", CellSession),
        shape(
            "webhook signing token",
            "gitlab-webhook-signing-token",
            "whsec_",
            Webhook,
        ),
        shape("IAM access token", IAM, "gliamat-", Jwt(Claims::Iam)),
        shape("IAM refresh token", IAM, "gliamrt-", TwoParts),
        shape("IAM authorization code", IAM, "gliamac-", TwoParts),
    ];
    for session in shapes.iter_mut().filter(|shape| shape.rule == SESSION) {
        session.label = "_gitlab_session=";
    }
    shapes
}

/// GitLab puts an instance prefix in front of these only; of job tokens, only the JWT form.
fn takes_instance_prefix(shape: &Shape) -> bool {
    const NEVER: &[&str] = &[
        "gitlab-runner-registration-token",
        "gitlab-session-cookie",
        "gitlab-webhook-signing-token",
        "gitlab-iam-token",
    ];
    !NEVER.contains(&shape.rule) && !matches!(shape.body, Body::Partitioned)
}

/// Devise: base64url of random bytes, with the four characters that are easily misread replaced.
fn friendly(rng: &mut Rng, length: usize) -> String {
    let text = base64url(&rng.bytes((length * 3).div_ceil(4)));
    text.chars()
        .take(length)
        .map(|c| match c {
            'l' => 's',
            'I' => 'x',
            'O' => 'y',
            '0' => 'z',
            other => other,
        })
        .collect()
}

fn hex(rng: &mut Rng, digits: usize) -> String {
    let bytes = rng.bytes(digits / 2);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
