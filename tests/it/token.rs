//! Generated tokens against the token module: genuine tokens are proven, owned and never taken for
//! a placeholder; damaged tokens never verify.

use crate::support::tokens::{
    Evidence, NOW, Rng, Shape, all_shapes, custom_prefix_shapes, glued_shapes,
};
use tokensweep::model::Liveness;
use tokensweep::token::{is_friendly, is_public_example, jwt, placeholder, reference, routable};

fn checksummed() -> impl Iterator<Item = Shape> {
    all_shapes()
        .into_iter()
        .chain(glued_shapes())
        .chain(custom_prefix_shapes())
        .filter(|shape| shape.evidence == Evidence::Checksum)
}

#[test]
fn shapes_have_names_of_their_own() {
    let mut names: Vec<String> = all_shapes()
        .into_iter()
        .chain(glued_shapes())
        .chain(custom_prefix_shapes())
        .map(|shape| shape.name)
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(all_shapes().len() > 60);
}

#[test]
fn the_same_seed_gives_the_same_tokens() {
    let tokens = |seed| -> Vec<String> {
        let mut rng = Rng::new(seed);
        all_shapes().iter().map(|s| s.generate(&mut rng)).collect()
    };
    assert_eq!(tokens(1), tokens(1));
    assert_ne!(tokens(1), tokens(2));
}

#[test]
fn every_routable_token_is_proven_and_owned() {
    let mut rng = Rng::new(1);
    for shape in checksummed() {
        for _ in 0..500 {
            let token = shape.generate(&mut rng);
            let routable = routable::check(token.as_bytes(), shape.prefix.len()).unwrap();
            assert_eq!(routable.payload.start, shape.prefix.len());
            assert!(routable.owner.organization.is_some());
            let ids = [
                routable.owner.user,
                routable.owner.group,
                routable.owner.project,
            ];
            assert!(ids.iter().any(Option::is_some));
            assert_eq!(
                routable.layout == routable::TokenLayout::Draft,
                shape.name.contains("draft")
            );
        }
    }
}

#[test]
fn any_changed_character_is_noticed() {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    let mut rng = Rng::new(2);
    for shape in checksummed() {
        for _ in 0..20 {
            let token = shape.generate(&mut rng).into_bytes();
            for at in 0..token.len() {
                let mut damaged = token.clone();
                while damaged[at] == token[at] {
                    damaged[at] = SIGNS[rng.below(SIGNS.len())];
                }
                assert!(routable::check(&damaged, shape.prefix.len()).is_none());
            }
        }
    }
}

#[test]
fn a_damaged_token_keeps_its_shape_unless_a_dot_is_hit() {
    let mut rng = Rng::new(3);
    for shape in checksummed() {
        let token = shape.generate(&mut rng).into_bytes();
        for at in shape.prefix.len()..token.len() {
            let mut damaged = token.clone();
            damaged[at] = if token[at] == b'a' { b'b' } else { b'a' };
            if token[at] != b'.' {
                assert!(routable::shape(&damaged, shape.prefix.len()).is_some());
            }
        }
    }
}

#[test]
fn any_prefix_is_recovered() {
    let mut rng = Rng::new(4);
    let shapes: Vec<Shape> = checksummed().collect();
    for round in 0..2_000 {
        let shape = &shapes[round % shapes.len()];
        let token = shape.generate(&mut rng);
        let before = ["", " ", "token: \"", "'", "(", "\n"][rng.below(6)];
        let text = format!("{before}{token}\"");
        let end = before.len() + token.len();
        let found = routable::recover_prefix(text.as_bytes(), end).unwrap();
        assert_eq!(found.span, before.len()..end);
        assert_eq!(found.payload_start, before.len() + shape.prefix.len());
    }
}

#[test]
fn decodes_every_jwt_and_its_expiry() {
    let mut rng = Rng::new(5);
    for shape in all_shapes() {
        if shape.evidence != Evidence::Claims {
            continue;
        }
        for _ in 0..50 {
            let token = shape.generate(&mut rng);
            let jwt = jwt::decode(token.as_bytes()).unwrap();
            let dead = shape.name.contains("expired");
            assert_eq!(jwt.liveness(NOW) == Liveness::Dead, dead);
            assert!(jwt.owner.user.is_some() && jwt.owner.instance.is_some());
            let job = shape.rule == "gitlab-ci-job-token";
            assert_eq!(jwt.owner.job.is_some(), job);
            if job {
                assert!((650..=950).contains(&token.len()));
            }
        }
    }
}

#[test]
fn no_genuine_body_is_a_placeholder_a_reference_or_an_example() {
    let mut rng = Rng::new(6);
    for shape in all_shapes() {
        if shape.evidence == Evidence::Claims {
            continue;
        }
        for _ in 0..60 {
            let token = shape.generate(&mut rng);
            let secret = &token.as_bytes()[shape.label.len()..];
            let body = &secret[shape.prefix.len()..];
            assert_eq!(placeholder(body), None, "{}", shape.name);
            assert_eq!(reference(body), None, "{}", shape.name);
            assert_eq!(reference(secret), None, "{}", shape.name);
            assert!(!is_public_example(secret));
        }
    }
}

#[test]
fn classic_bodies_are_friendly_and_of_the_right_length() {
    let mut rng = Rng::new(7);
    for shape in all_shapes() {
        let length = match shape.rule {
            "gitlab-agent-token" => 50,
            "gitlab-scim-token" | "gitlab-workspace-token" | "gitlab-runner-registration-token" => {
                20
            }
            _ => continue,
        };
        for _ in 0..200 {
            let token = shape.generate(&mut rng);
            let body = &token[shape.prefix.len()..];
            assert_eq!(body.len(), length);
            assert!(is_friendly(body.as_bytes()));
        }
    }
}
