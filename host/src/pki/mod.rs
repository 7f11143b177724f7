//! The family `pki`: reads what a certificate signing request asks for, so that a script can judge it.

mod armor;
mod frame;
mod request;

use rhai::{Array, Dynamic, Map, NativeCallContext};

use self::request::Request;
use crate::declare::{Effect, Family, Function};
use crate::problem::Reply;

static CSR_READ: Function = Function {
    signature: "csr_read(request: string) -> map",
    effect: Effect::None,
    doc: r#"
Reads a certificate signing request (PKCS#10), and checks that who made it holds the private key.

* `request: string` - the PEM, or the PEM in base64 as it stands in `spec.request` of the API

Returns a map of everything that it asks for; nothing in the request is left out of it:
`common_names`, `organizations` and `other_subject` (texts such as `2.5.4.6=DE`) of the subject; `dns_names`,
`ip_addresses`, `emails`, `uris` and `other_names` of the alternative names; `extensions`, the ids of extensions and
attributes other than alternative names; `key` with `type` (`RSA`, `ECDSA`, `Ed25519` or an id), `bits`, and `sha256`
of the public key.
Errors: `invalid` for what is not one whole request, or whose signature is not that of its own key.

```rhai
let asked = csr_read(`-----BEGIN CERTIFICATE REQUEST-----
MIHwMIGXAgEAMDUxFTATBgNVBAoMDHN5c3RlbTpub2RlczEcMBoGA1UEAwwTc3lz
dGVtOm5vZGU6ZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHOHp/NF
O+KnGDNDxApByhei5nyrgT8Y8g58Ff5+kc/7iskoKHoj1k7X5sDwMZa7QZK2lMG2
2vxbUypwBF+uggOgADAKBggqhkjOPQQDAgNIADBFAiAKC7AG+J92mYA93PYfM+II
thAOUMjl7LWrUUmuQjmvNQIhALi/SsyvMoiRd4S50Vr3IQVWidw02wQThzQwZ6mc
A9fW
-----END CERTIFICATE REQUEST-----`);
assert_eq(asked.common_names, ["system:node:example"]);
assert_eq(asked.organizations, ["system:nodes"]);
assert_eq(asked.key.type, "ECDSA");
```
"#,
};

/// The family's functions.
#[must_use]
pub fn family() -> Family {
    let mut family = Family::new("pki");
    family.add(&CSR_READ, |context: NativeCallContext<'_>, text: &str| -> Reply<Map> {
        let read = armor::open(text).and_then(|der| Request::read(&der));
        read.map(told).map_err(|problem| problem.at(context.call_position()))
    });
    family
}

fn told(request: Request) -> Map {
    let list = |texts: Vec<String>| Dynamic::from(texts.into_iter().map(Dynamic::from).collect::<Array>());
    let key = Map::from([
        ("type".into(), request.key.kind.into()),
        ("bits".into(), i64::from(request.key.bits).into()),
        ("sha256".into(), request.key.sha256.into()),
    ]);
    Map::from([
        ("common_names".into(), list(request.common_names)),
        ("organizations".into(), list(request.organizations)),
        ("other_subject".into(), list(request.other_subject)),
        ("dns_names".into(), list(request.dns_names)),
        ("ip_addresses".into(), list(request.ip_addresses)),
        ("emails".into(), list(request.emails)),
        ("uris".into(), list(request.uris)),
        ("other_names".into(), list(request.other_names)),
        ("extensions".into(), list(request.extensions)),
        ("key".into(), key.into()),
    ])
}
