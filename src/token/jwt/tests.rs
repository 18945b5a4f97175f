//! Tokens built claim by claim: accepted, tolerated and rejected claims.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

const HEADER: &str = r#"{"alg":"RS256","typ":"JWT","kid":"k1"}"#;

fn jwt(header: &str, claims: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(header), part(claims), part("signature"))
}

fn read(prefix: &str, claims: &str) -> Jwt {
    decode(format!("{prefix}{}", jwt(HEADER, claims)).as_bytes()).unwrap()
}

#[test]
fn a_job_token_names_job_project_user_and_instance() {
    let claims = r#"{
        "iss":"gitlab.example","aud":"gitlab-authz-token","sub":"gid://gitlab/Ci::Build/4711",
        "jti":"a-b-c","iat":1750000005,"nbf":1750000000,"exp":1750003905,"version":"0.1.0",
        "c":"1","o":"1","u":"qglj","p":"5z90","g":"7oy"}"#;
    for prefix in ["", "glcbt-", "SIE-glcbt-", "acmeglcbt-"] {
        let token = read(prefix, claims);
        assert_eq!(token.kind, JwtKind::JobToken);
        assert_eq!(
            token.owner.to_string(),
            "job 4711, user 1234567, project 278964, group 9970, organization 1, cell 1 \
             on gitlab.example"
        );
        assert_eq!(token.exp, Some(1_750_003_905));
        assert_eq!(token.iat, Some(1_750_000_005));
        assert_eq!(token.alg, "RS256");
        assert_eq!(token.aud, ["gitlab-authz-token"]);
        assert_eq!(token.jti.as_deref(), Some("a-b-c"));
        assert!(!token.is_unsigned());
    }
}

#[test]
fn an_id_token_carries_decimal_strings() {
    let token = read(
        "",
        r#"{"iss":"https://gitlab.example:8443/sub","aud":["https://vault.example","b"],
            "sub":"project_path:group/app:ref_type:branch:ref:main","project_id":"22",
            "user_id":"42","job_id":"302","exp":9}"#,
    );
    assert_eq!(token.kind, JwtKind::IdToken);
    assert_eq!(
        token.owner.to_string(),
        "job 302, user 42, project 22 on gitlab.example"
    );
    assert_eq!(token.aud, ["https://vault.example", "b"]);
}

#[test]
fn an_iam_token_names_its_user_in_the_subject() {
    let token = read(
        "gliamat-",
        r#"{"iss":"https://iam.gitlab.example","sub":"42","exp":9}"#,
    );
    assert_eq!(token.kind, JwtKind::IamToken);
    assert_eq!(token.owner.to_string(), "user 42 on iam.gitlab.example");
}

#[test]
fn foreign_tokens_are_not_read_as_gitlabs() {
    let foreign = read(
        "",
        r#"{"iss":"auth0","sub":"bob","u":"bob","p":"1","exp":9}"#,
    );
    assert_eq!(foreign.kind, JwtKind::Other);
    assert!(foreign.owner.is_empty());
    let issuer = read("", r#"{"iss":"https://login.example/tenant","sub":"7"}"#);
    assert_eq!(issuer.owner.to_string(), "on login.example");
    for claims in [
        r#"{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:default:ci"}"#,
        r#"{"iss":"https://oidc.cluster.example","kubernetes.io":{"namespace":"default"}}"#,
    ] {
        assert_eq!(read("", claims).kind, JwtKind::KubernetesServiceAccount);
    }
}

#[test]
fn expiry_is_certain_and_a_future_one_is_not() {
    let token = read("", r#"{"exp":1750003905}"#);
    assert_eq!(token.liveness(1_750_000_000), Liveness::Unknown);
    assert_eq!(
        token.liveness(1_750_003_905 + CLOCK_SKEW),
        Liveness::Unknown
    );
    assert_eq!(token.liveness(1_750_003_906 + CLOCK_SKEW), Liveness::Dead);
    assert_eq!(read("", "{}").liveness(i64::MAX), Liveness::Unknown);
    let never = read("", &format!(r#"{{"exp":{}}}"#, i64::MAX));
    assert_eq!(never.liveness(i64::MAX), Liveness::Unknown);
    assert_eq!(read("", r#"{"exp":-5}"#).liveness(0), Liveness::Unknown);
    assert_eq!(read("", r#"{"exp":-5}"#).liveness(100), Liveness::Dead);
}

#[test]
fn accepts_unusual_claims() {
    for (exp, seconds) in [
        ("1750003905.75", Some(1_750_003_905)),
        ("1.750003905e9", Some(1_750_003_905)),
        (r#""1750003905""#, Some(1_750_003_905)),
        (r#"" 1750003905.5 ""#, Some(1_750_003_905)),
        ("1e300", None),
        ("18446744073709551615", None),
        (r#""soon""#, None),
        (r#""NaN""#, None),
        (r#""inf""#, None),
        ("null", None),
        ("[]", None),
    ] {
        assert_eq!(read("", &format!(r#"{{"exp":{exp}}}"#)).exp, seconds);
    }
    let odd = read(
        "glcbt-",
        r#"{"iss":7,"aud":{"a":1},"sub":["x"],"jti":null,"u":12,"p":"NOT","o":"3w5e11264sgsg"}"#,
    );
    assert!(odd.owner.is_empty() && odd.aud.is_empty() && odd.iss.is_none());
    let long = format!(
        r#"{{"iss":"{}","sub":"gid://gitlab/Ci::Build/x"}}"#,
        "a".repeat(2000)
    );
    assert!(read("", &long).iss.is_none());
    assert!(read("", &long).owner.job.is_none());
    for issuer in [
        "https://",
        "a b",
        "https://a\\nb/",
        "host:port",
        "ho\u{1b}st",
    ] {
        let claims = serde_json::json!({ "iss": issuer, "aud": "gitlab-authz-token" });
        assert!(read("", &claims.to_string()).owner.instance.is_none());
    }
}

#[test]
fn recognises_unsigned_tokens() {
    let token = jwt(r#"{"alg":"none"}"#, "{}");
    let unsigned = token.rsplit_once('.').unwrap().0.to_owned() + ".";
    assert!(decode(unsigned.as_bytes()).unwrap().is_unsigned());
}

#[test]
fn rejects_other_texts() {
    let good = jwt(HEADER, "{}");
    let deep = format!("{}{}", r#"{"a":"#.repeat(500), "}".repeat(500));
    for text in [
        String::new(),
        "a.b".to_owned(),
        "..".to_owned(),
        format!("{good}.x"),
        good.replace('.', "!"),
        format!("{good}="),
        jwt("[]", "{}"),
        jwt("{}", "{}"),
        jwt(r#"{"alg":1}"#, "{}"),
        jwt("{", "{}"),
        jwt(&deep, "{}"),
        format!("glpat-{}", "a.b.c"),
        jwt(HEADER, "[]"),
        jwt(HEADER, "1"),
        jwt(HEADER, &deep),
        jwt(HEADER, &"x".repeat(MAX_TOKEN)),
    ] {
        assert_eq!(decode(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn a_header_that_starts_otherwise_decodes_too() {
    assert!(decode(jwt("{ \"alg\": \"HS256\" }", "{}").as_bytes()).is_some());
}
