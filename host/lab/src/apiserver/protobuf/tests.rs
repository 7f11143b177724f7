//! Bodies written here field by field, as client-go writes them.

use serde_json::json;

use super::*;

/// A field that holds bytes, a text or another message.
fn field(number: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    prost::encoding::encode_varint(data.len() as u64, &mut bytes);
    bytes.extend_from_slice(data);
    bytes
}

/// A field that holds a number.
fn number(number: u8, value: u64) -> Vec<u8> {
    let mut bytes = vec![number << 3];
    prost::encoding::encode_varint(value, &mut bytes);
    bytes
}

fn body(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let type_meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [MAGIC.to_vec(), field(1, &type_meta), field(2, raw), field(3, b""), field(4, b"")].concat()
}

#[test]
fn a_secret_is_read_with_its_bytes_in_base64_and_without_empty_fields() {
    let metadata =
        [field(1, b"pull"), field(2, b""), field(3, b"clusters"), number(7, 0), field(8, b"")].concat();
    let entry = [field(1, b"key"), field(2, b"\x00\xff")].concat();
    let raw = [field(1, &metadata), field(2, &entry), field(3, b"Opaque")].concat();
    assert_eq!(
        decode(&body("v1", "Secret", &raw)).unwrap(),
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": { "name": "pull", "namespace": "clusters" },
            "data": { "key": "AP8=" },
        })
    );
}

#[test]
fn a_zero_is_kept_where_absence_means_something_else() {
    let spec = [number(1, 0), number(5, 0), number(7, 0)].concat();
    let object = decode(&body("apps/v1", "Deployment", &field(2, &spec))).unwrap();
    assert_eq!(object["spec"], json!({ "replicas": 0 }));
}

#[test]
fn numbers_names_quantities_times_and_inlined_messages_become_what_json_has() {
    let port =
        [number(3, 443), field(4, &[number(1, 1), number(2, 0), field(3, b"https")].concat())].concat();
    let service = decode(&body("v1", "Service", &field(2, &field(1, &port)))).unwrap();
    assert_eq!(service["spec"]["ports"], json!([{ "port": 443, "targetPort": "https" }]));

    let hard = [field(1, b"pods"), field(2, &field(1, b"10"))].concat();
    let quota = decode(&body("v1", "ResourceQuota", &field(2, &field(1, &hard)))).unwrap();
    assert_eq!(quota["spec"]["hard"], json!({ "pods": "10" }));

    let time = [number(1, 1_700_000_000), number(2, 5_000)].concat();
    let lease = decode(&body("coordination.k8s.io/v1", "Lease", &field(2, &field(4, &time)))).unwrap();
    assert_eq!(lease["spec"]["renewTime"], "2023-11-14T22:13:20.000005Z");

    let volume = [field(1, b"certs"), field(2, &field(6, &field(1, b"tls")))].concat();
    let pod = decode(&body("v1", "Pod", &field(2, &field(1, &volume)))).unwrap();
    assert_eq!(pod["spec"]["volumes"], json!([{ "name": "certs", "secret": { "secretName": "tls" } }]));
}

#[test]
fn a_negative_number_keeps_its_sign() {
    let raw = number(2, (-5_i64).cast_unsigned());
    let class = decode(&body("scheduling.k8s.io/v1", "PriorityClass", &raw)).unwrap();
    assert_eq!(class["value"], -5);
}

#[test]
fn what_cannot_be_read_is_said_by_name_and_never_left_out() {
    assert_eq!(decode(b"{}"), Err(ProtobufError::Prefix));
    let widget = decode(&body("v1", "Widget", b"")).unwrap_err();
    assert_eq!(
        widget.to_string(),
        "no protobuf of kind \"Widget\" in version \"v1\" is read here; send it as JSON"
    );
    let unknown = decode(&body("v1", "Secret", &field(15, b"?"))).unwrap_err();
    assert_eq!(unknown, ProtobufError::Field { message: "Secret", number: 15 });
}

#[test]
fn a_body_that_is_cut_short_is_malformed_wherever_it_is_cut() {
    let metadata = [field(1, b"pull"), number(7, 300)].concat();
    let whole = body("v1", "Secret", &[field(1, &metadata), field(3, b"Opaque")].concat());
    // The last two fields of the envelope are empty, so that it may well end before them.
    for length in MAGIC.len() + 1..whole.len() - 4 {
        match decode(&whole[..length]) {
            Err(ProtobufError::Malformed { .. } | ProtobufError::Kind { .. }) => {}
            other => panic!("{length} bytes of {}: {other:?}", whole.len()),
        }
    }
}

#[test]
fn json_in_an_envelope_is_read_as_json() {
    let type_meta = [field(1, b"v1"), field(2, b"ConfigMap")].concat();
    let raw = br#"{"data":{"a":"b"}}"#;
    let bytes = [MAGIC.to_vec(), field(1, &type_meta), field(2, raw), field(4, b"application/json")].concat();
    assert_eq!(
        decode(&bytes).unwrap(),
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "data": { "a": "b" } })
    );
}
