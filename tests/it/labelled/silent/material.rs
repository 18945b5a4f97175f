//! Random-looking text that is not a credential: hashes, identifiers, encrypted and public material.

/// A sort: its name, the path of its file, templates of its lines.
type Templates = (&'static str, &'static str, &'static [&'static str]);

pub(super) const SORTS: &[Templates] = &[
    (
        "Git commits",
        "m/commits.log",
        &[
            "commit ¤hex40¤",
            "¤hex7¤ (HEAD -> main, origin/¤word¤) Fix ¤word¤",
            "index ¤hex7¤..¤hex7¤ 100644",
            "CI_COMMIT_SHA=¤hex40¤",
            "revision: ¤hex40¤ # token bucket",
        ],
    ),
    (
        "checksums of files",
        "m/SHA256SUMS",
        &[
            "¤hex64¤  ¤word¤-1.¤num1¤.tar.gz",
            "¤hex40¤ *¤word¤.iso",
            "MD5 (¤word¤) = ¤hex32¤",
            "sha256:¤hex64¤ token-service",
        ],
    ),
    (
        "npm lock file",
        "m/package-lock.json",
        &[
            "      \"integrity\": \"sha512-¤base86¤==\",",
            "      \"integrity\": \"sha1-¤base27¤=\",",
            "      \"resolved\": \"https://registry.npmjs.org/js-tokens/-/js-tokens-4.0.¤num1¤.tgz\",",
        ],
    ),
    (
        "yarn lock file",
        "m/yarn.lock",
        &[
            "  checksum: 10/¤hex128¤",
            "  resolved \"https://registry.yarnpkg.com/token-types/-/token-types-4.2.¤num1¤.tgz#¤hex40¤\"",
            "  integrity sha512-¤base86¤==",
        ],
    ),
    (
        "Cargo lock file",
        "m/Cargo.lock",
        &[
            "checksum = \"¤hex64¤\"",
            "source = \"git+https://github.com/a/¤word¤?rev=¤hex7¤#¤hex40¤\"",
        ],
    ),
    (
        "Go sums",
        "m/go.sum",
        &[
            "github.com/golang-jwt/jwt/v5 v5.2.¤num1¤ h1:¤base43¤=",
            "golang.org/x/oauth2 v0.¤num2¤.0/go.mod h1:¤base43¤=",
        ],
    ),
    (
        "Python hashes",
        "m/requirements.lock",
        &[
            "    --hash=sha256:¤hex64¤ \\",
            "PyJWT==2.¤num1¤.0 --hash=sha256:¤hex64¤",
        ],
    ),
    (
        "Composer lock file",
        "m/composer.lock",
        &[
            "    \"content-hash\": \"¤hex32¤\",",
            "    \"reference\": \"¤hex40¤\",",
            "    \"shasum\": \"¤hex40¤\"",
        ],
    ),
    (
        "UUIDs beside names",
        "m/uuids.yml",
        &[
            "token_id: ¤uuid¤",
            "client_id=¤uuid¤",
            "secret_name: ¤uuid¤",
            "GITLAB_TOKEN_UUID=¤uuid¤",
            "x-request-id: ¤uuid¤",
        ],
    ),
    (
        "identifiers of 20 characters",
        "m/ids.json",
        &[
            "{\"token_type\": \"¤id20¤\"}",
            "{\"next_page_token\": \"¤id20¤\"}",
            "{\"csrf_token\": \"¤id20¤\"}",
            "{\"id\": \"¤id20¤\", \"token\": null}",
            "{\"device\": \"¤id20¤\"}",
            "{\"continuation_token\": \"¤id20¤\"}",
        ],
    ),
    (
        "identifiers near the word token",
        "m/near.txt",
        &[
            "the token ¤id20¤ was not found in the tree",
            "parse error near token '¤id20¤'",
            "tokens: ¤id20¤ ¤id20¤",
            "syntax token ¤id20¤ at line ¤num2¤",
            "Tokenizer: ¤id20¤",
        ],
    ),
    (
        "other variables with tokens",
        "m/other.env",
        &[
            "CSRF_TOKEN=¤id20¤",
            "PAGE_TOKEN=¤id20¤",
            "MAPBOX_STYLE_TOKEN_ID=¤id20¤",
            "TOKEN_COLOR=¤hex6¤",
            "TOKENIZER_CACHE_KEY=¤id20¤",
        ],
    ),
    (
        "images in base64",
        "m/images.css",
        &[
            "url(data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA¤base120¤)",
            "src: url(data:font/woff2;base64,d09GMgABAAAAA¤base160¤)",
            "background: url('data:image/gif;base64,R0lGODlhAQAB¤base60¤==')",
        ],
    ),
    (
        "source maps",
        "m/app.js.map",
        &[
            "{\"version\":3,\"mappings\":\"AAAA,¤upper4¤,¤upper4¤;¤upper5¤,SAASA,¤upper4¤\",\"names\":[\"token\"]}",
        ],
    ),
    (
        "minified code",
        "m/vendor.min.js",
        &[
            "!function(e,t){var n=t.token||\"\",r=n.length,o=e(¤num3¤);t.¤lower2¤=function(e){return e.privateToken=n}}(¤lower1¤,¤num2¤);",
            "var ¤lower2¤=\"¤lower8¤\",¤lower3¤=function(t){return this.accessToken=t,t.¤lower4¤(¤num4¤)};",
        ],
    ),
    (
        "public SSH keys",
        "m/authorized_keys",
        &[
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI¤base43¤ ¤name¤@corp.internal",
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ¤base330¤ ¤name¤",
            "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABB¤base88¤= deploy",
        ],
    ),
    (
        "known hosts",
        "m/known_hosts",
        &[
            "gitlab.corp.internal ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI¤base43¤",
            "|1|¤base27¤=|¤base27¤= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI¤base43¤",
            "SHA256:¤base43¤ deploy (ED25519)",
        ],
    ),
    (
        "certificates",
        "m/chain.pem",
        &[
            "-----BEGIN CERTIFICATE-----\nMIID¤base60¤\n¤base64¤\n¤base64¤\n¤base40¤\n-----END CERTIFICATE-----",
        ],
    ),
    (
        "public keys",
        "m/public.pem",
        &[
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A¤base32¤\n¤base64¤\n-----END PUBLIC KEY-----",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZ¤base59¤\n=¤base4¤\n-----END PGP PUBLIC KEY BLOCK-----",
        ],
    ),
    (
        "certificate requests and signatures",
        "m/a.csr",
        &[
            "-----BEGIN CERTIFICATE REQUEST-----\nMIIC¤base60¤\n-----END CERTIFICATE REQUEST-----",
            "-----BEGIN PGP SIGNATURE-----\n\niHUEABYK¤base56¤\n=¤base4¤\n-----END PGP SIGNATURE-----",
            "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH¤base56¤\n-----END SSH SIGNATURE-----",
        ],
    ),
    (
        "Ansible Vault",
        "m/vault.yml",
        &["gitlab_token: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  ¤num80¤\n  ¤num80¤\n  ¤num40¤"],
    ),
    (
        "SOPS",
        "m/sops.enc.yaml",
        &[
            "token: ENC[AES256_GCM,data:¤base32¤,iv:¤base43¤=,tag:¤base22¤==,type:str]",
            "    mac: ENC[AES256_GCM,data:¤base64¤,iv:¤base43¤=,tag:¤base22¤==,type:str]",
            "      recipient: age1¤lower30¤",
        ],
    ),
    (
        "age messages",
        "m/a.age",
        &[
            "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+¤base32¤\n¤base64¤\n-----END AGE ENCRYPTED FILE-----",
        ],
    ),
    (
        "SealedSecrets",
        "m/sealed.yaml",
        &["kind: SealedSecret\nspec:\n  encryptedData:\n    token: AgB¤base200¤=="],
    ),
    (
        "PGP messages",
        "m/a.asc",
        &[
            "-----BEGIN PGP MESSAGE-----\n\nhQEMA¤base59¤\n¤base64¤\n=¤base4¤\n-----END PGP MESSAGE-----",
        ],
    ),
    (
        "EC parameters and DH",
        "m/dh.pem",
        &[
            "-----BEGIN DH PARAMETERS-----\nMIIBCAKCAQEA¤base52¤\n¤base64¤\n-----END DH PARAMETERS-----",
            "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----",
        ],
    ),
    (
        "image digests",
        "m/images.yml",
        &[
            "image: registry.corp.internal/¤word¤@sha256:¤hex64¤",
            "FROM alpine@sha256:¤hex64¤",
            "digest: sha256:¤hex64¤",
            "imageID: docker-pullable://a/¤word¤@sha256:¤hex64¤",
        ],
    ),
    (
        "AWS identifiers",
        "m/aws.tf",
        &[
            "ami           = \"ami-¤hex17¤\"",
            "subnet_id = \"subnet-¤hex17¤\"",
            "arn:aws:iam::¤num12¤:role/¤word¤",
            "kms_key_id = \"arn:aws:kms:eu-central-1:¤num12¤:key/¤uuid¤\"",
            "bucket = \"¤word¤-¤hex12¤\"",
        ],
    ),
    (
        "identifiers of Google",
        "m/gcp.yml",
        &[
            "project_number: ¤num12¤",
            "client_id: ¤num12¤-¤lower32¤.apps.googleusercontent.com",
            "client_email: ¤word¤@corp-prod.iam.gserviceaccount.com",
            "\"private_key_id\": \"¤hex40¤\",",
            "measurementId: \"G-¤upper10¤\"",
        ],
    ),
    (
        "DNS and TXT records",
        "m/zone.db",
        &[
            "_acme-challenge.¤word¤ IN TXT \"¤url43¤\"",
            "@ IN TXT \"google-site-verification=¤url43¤\"",
            "k1._domainkey IN TXT \"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB¤base180¤\"",
        ],
    ),
    (
        "ETags and caches",
        "m/http.log",
        &[
            "ETag: \"¤hex32¤\"",
            "If-None-Match: W/\"¤hex40¤\"",
            "x-amz-request-id: ¤upper16¤",
            "cache-key: ¤word¤-¤hex64¤",
            "traceparent: 00-¤hex32¤-¤hex16¤-01",
        ],
    ),
    (
        "content security",
        "m/index.html",
        &[
            "<script src=\"/¤word¤.js\" integrity=\"sha384-¤base64¤\" crossorigin=\"anonymous\"></script>",
            "<script nonce=\"¤base22¤==\">",
            "<meta name=\"csrf-token\" content=\"¤url86¤\" />",
            "<input type=\"hidden\" name=\"authenticity_token_id\" value=\"¤num6¤\">",
        ],
    ),
    (
        "broken checksums",
        "m/broken.txt",
        &[
            "k = npm_¤alnum35¤!",
            "k = ghp_¤alnum20¤",
            "k = glsa_¤alnum30¤",
            "k = AKIA¤upper10¤",
            "k = AIza¤alnum20¤",
            "k = hvs.¤alnum8¤",
            "k = xoxb-¤num5¤",
        ],
    ),
    (
        "wrong lengths",
        "m/lengths.txt",
        &[
            "glpat¤id20¤",
            "gl-pat-¤id20¤",
            "glpat_¤id20¤",
            "glsa-¤id20¤",
            "glc_¤alnum12¤",
            "glptt-¤hex12¤",
            "gloas-¤hex20¤",
            "glcbt-¤lower6¤",
            "glagent-¤lower9¤",
            "glimt-¤lower5¤",
        ],
    ),
    (
        "kebab-case words",
        "m/kebab.css",
        &[
            ".glpat-¤word¤ { color: red }",
            ".gldt-¤word¤-¤word¤ > a { margin: 0 }",
            "class=\"glrt-¤word¤ glft-¤word¤-¤word¤\"",
            "#glwt-¤word¤-panel",
            "whsec_¤word¤",
        ],
    ),
];
