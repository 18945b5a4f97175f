//! RSA keys whose numbers agree, and others.

use super::*;

#[test]
fn rsa_numbers_prove_themselves() {
    let block = |bytes: &[u8], kind: &str| look(&pem(&label(kind), "", bytes));
    assert_eq!(
        block(&rsa_key(N), "RSA "),
        Some((Lock::Open, Proof::Verified))
    );
    assert_eq!(
        block(&pkcs8(&rsa_key(N)), ""),
        Some((Lock::Open, Proof::Verified))
    );
    let wrong = N.replace("d710", "d711");
    assert_eq!(
        block(&rsa_key(&wrong), "RSA "),
        Some((Lock::Open, Proof::Whole))
    );
    let whole = rsa_key(N);
    let cut = &whole[..whole.len() - 40];
    assert_eq!(block(cut, "RSA "), Some((Lock::Open, Proof::Damaged)));
}

#[test]
fn an_rsa_key_with_one_wrong_number_is_not_proven() {
    let proof = |numbers: &[&str]| look(&pem(&label("RSA "), "", &rsa_of(numbers)));
    let mut other = RSA;
    other[3] = OTHER_D;
    assert_eq!(proof(&other), Some((Lock::Open, Proof::Verified)));
    for wrong in 1..RSA.len() {
        for last in ["00", "03", "7f"] {
            let mut numbers = RSA;
            let changed = format!("{}{last}", &numbers[wrong][2..]);
            numbers[wrong] = &changed;
            assert_eq!(
                proof(&numbers),
                Some((Lock::Open, Proof::Whole)),
                "{wrong} {last}"
            );
        }
    }
}

/// Hostile numbers in a block neither crash the program nor take much of its time.
#[test]
fn hostile_rsa_numbers_are_not_proven() {
    let proof = |numbers: &[&str]| look(&pem(&label("RSA "), "", &rsa_of(numbers)));
    let most = "ff".repeat(2048);
    let half = "ff".repeat(1024);
    // (2^8192 - 1)^2
    let square = [
        "ff".repeat(1023),
        "fe".to_owned(),
        "00".repeat(1023),
        "01".to_owned(),
    ]
    .concat();
    let exponent = "ff".repeat(32);
    for numbers in [
        [
            "00", &square, &exponent, &most, &half, &half, &half, &half, &most,
        ],
        [
            "00", &square, &most, &most, &half, &half, &half, &half, &most,
        ],
        ["00", N, "00", "00", P, Q, "00", "00", "00"],
        ["00", N, "010001", D, "01", N, "00", D, "01"],
        ["00", N, "010001", D, N, "01", D, "00", "01"],
        ["00", N, "010001", D, "00", "00", D_P, D_Q, Q_INVERSE],
    ] {
        let started = std::time::Instant::now();
        assert_eq!(proof(&numbers), Some((Lock::Open, Proof::Whole)));
        assert!(started.elapsed().as_secs() < 1);
    }
}
