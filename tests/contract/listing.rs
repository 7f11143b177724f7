//! Lists: selectors, pages, versions, and the forms in which objects are shown.

use serde_json::{Value, json};

use crate::kit::{Case, delete, get, merge, post};
use crate::objects::config_map;
use crate::workloads::pod;

cases!("listing":
    labels_select_in_every_form,
    an_empty_selector_selects_everything,
    a_bad_label_selector_is_refused,
    names_and_namespaces_are_fields_of_every_kind,
    pods_are_selected_by_node_and_phase,
    secrets_are_selected_by_type,
    a_field_that_the_kind_does_not_know_is_refused,
    a_list_comes_in_pages_of_one_moment,
    a_page_that_is_the_last_names_no_next,
    a_selected_page_does_not_count_what_remains,
    a_continue_that_cannot_be_read_is_refused,
    a_limit_that_is_no_number_is_refused,
    an_exact_version_shows_the_past,
    a_match_needs_its_version,
    a_list_is_in_order_of_namespaces_and_names,
    a_list_of_metadata_holds_metadata,
    an_object_is_shown_as_metadata,
    a_table_shows_columns_and_rows,
    a_table_shows_what_it_is_asked_to_include,
    a_form_that_is_unknown_is_not_acceptable,
    a_collection_in_all_namespaces_is_listed,
    a_list_of_an_old_version_of_nothing_is_empty,
);

async fn names(case: &mut Case<'_>, what: &str, target: &str) {
    let list = case.send(get(target)).await;
    let names = list.body["items"]
        .as_array()
        .map(|items| items.iter().map(|item| item["metadata"]["name"].clone()).collect::<Value>());
    case.note(what, json!([list.code, names]));
}

async fn labelled(case: &mut Case<'_>) {
    for (name, labels) in [
        ("a", json!({ "app": "etcd", "tier": "1" })),
        ("b", json!({ "app": "api" })),
        ("c", json!({ "tier": "3" })),
        ("d", Value::Null),
    ] {
        let mut object = config_map(name);
        object["metadata"]["labels"] = labels;
        case.send(post("configmaps", object)).await;
    }
}

async fn labels_select_in_every_form(case: &mut Case<'_>) {
    labelled(case).await;
    for selector in [
        "app=etcd",
        "app==etcd",
        "app!=etcd",
        "app",
        "!app",
        "app in (etcd, api)",
        "app notin (etcd)",
        "tier>1",
        "tier<3",
        "app=etcd,tier=1",
        "app,!tier",
        "app=",
        "app in ()",
        "app in (,etcd)",
    ] {
        names(case, selector, &format!("configmaps?labelSelector={}", encoded(selector))).await;
    }
}

async fn an_empty_selector_selects_everything(case: &mut Case<'_>) {
    labelled(case).await;
    names(case, "labels", "configmaps?labelSelector=").await;
    names(case, "fields", "configmaps?fieldSelector=").await;
}

async fn a_bad_label_selector_is_refused(case: &mut Case<'_>) {
    for selector in ["a in b", "a==b==c", "a b", "(a)", "=a", "a>b", "a=b c", "a in (b", "!a=b", "-a=b"] {
        case.glance(
            selector,
            get(&format!("configmaps?labelSelector={}", encoded(selector))),
            &["/reason", "/code"],
        )
        .await;
    }
}

async fn names_and_namespaces_are_fields_of_every_kind(case: &mut Case<'_>) {
    labelled(case).await;
    for selector in [
        "metadata.name=a",
        "metadata.name!=a",
        "metadata.name==b",
        "metadata.namespace={ns}",
        "metadata.namespace=other",
        "metadata.name=a,metadata.namespace={ns}",
        "metadata.name=none",
    ] {
        names(case, selector, &format!("configmaps?fieldSelector={}", encoded(selector))).await;
    }
    names(case, "a deployment", "deployments.apps?fieldSelector=metadata.name%3Dx").await;
}

async fn pods_are_selected_by_node_and_phase(case: &mut Case<'_>) {
    let mut bound = pod("bound");
    bound["spec"]["nodeName"] = "n-{id}".into();
    case.send(post("pods", bound)).await;
    case.send(post("pods", pod("free"))).await;
    case.send(merge(
        "pods/bound/status",
        json!({ "status": { "phase": "Running", "podIP": "10.0.0.1", "podIPs": [{ "ip": "10.0.0.1" }] } }),
    ))
    .await;
    for selector in [
        "spec.nodeName=n-{id}",
        "spec.nodeName=",
        "spec.nodeName!=",
        "status.phase=Running",
        "status.phase!=Running",
        "status.phase=Pending,spec.nodeName=",
        "spec.restartPolicy=Always",
        "status.podIP=10.0.0.1",
        "spec.serviceAccountName=default",
    ] {
        names(case, selector, &format!("pods?fieldSelector={}", encoded(selector))).await;
    }
}

async fn secrets_are_selected_by_type(case: &mut Case<'_>) {
    case.send(post("secrets", json!({ "metadata": { "name": "a" } }))).await;
    case.send(post("secrets", json!({ "metadata": { "name": "b" }, "type": "lab.test/other" }))).await;
    names(case, "Opaque", "secrets?fieldSelector=type%3DOpaque").await;
    names(case, "other", "secrets?fieldSelector=type!%3DOpaque").await;
    let namespaces = "/api/v1/namespaces?fieldSelector=status.phase%3DActive,metadata.name%3D{ns}";
    names(case, "active namespaces", namespaces).await;
}

async fn a_field_that_the_kind_does_not_know_is_refused(case: &mut Case<'_>) {
    case.tell("config map", get("configmaps?fieldSelector=data.a%3Db")).await;
    case.tell("pod", get("pods?fieldSelector=spec.hostname%3Db")).await;
    case.tell("deployment", get("deployments.apps?fieldSelector=spec.replicas%3D1")).await;
    case.glance("no requirement", get("configmaps?fieldSelector=metadata.name"), &["/reason", "/message"])
        .await;
    case.tell("node", get("/api/v1/nodes?fieldSelector=spec.x%3Db")).await;
}

async fn five(case: &mut Case<'_>) {
    for name in ["a", "b", "c", "d", "e"] {
        case.send(post("configmaps", config_map(name))).await;
    }
}

const PAGE: &[&str] =
    &["/items/0/metadata/name", "/items/1/metadata/name", "/items/2", "/metadata/remainingItemCount"];

async fn a_list_comes_in_pages_of_one_moment(case: &mut Case<'_>) {
    five(case).await;
    let first = case.show("first", get("configmaps?limit=2"), PAGE).await;
    case.send(delete("configmaps/c", Value::Null)).await;
    case.send(post("configmaps", config_map("b2"))).await;
    let token = first.text("/metadata/continue").to_owned();
    let second = case.show("second", get(&format!("configmaps?limit=2&continue={token}")), PAGE).await;
    case.note("of one version", second.version() == first.version());
    let token = second.text("/metadata/continue").to_owned();
    let third = case.show("third", get(&format!("configmaps?limit=2&continue={token}")), PAGE).await;
    case.note("the last", third.text("/metadata/continue").is_empty());
}

async fn a_page_that_is_the_last_names_no_next(case: &mut Case<'_>) {
    five(case).await;
    case.show("exactly", get("configmaps?limit=5"), &["/metadata/continue", "/metadata/remainingItemCount"])
        .await;
    case.show("more", get("configmaps?limit=50"), &["/metadata/continue", "/metadata/remainingItemCount"])
        .await;
    case.show("none", get("configmaps?limit=0"), &["/metadata/continue", "/metadata/remainingItemCount"])
        .await;
}

async fn a_selected_page_does_not_count_what_remains(case: &mut Case<'_>) {
    for name in ["a", "b", "c", "d"] {
        let mut object = config_map(name);
        object["metadata"]["labels"] = json!({ "odd": (name == "a" || name == "c").to_string() });
        case.send(post("configmaps", object)).await;
    }
    let first = case.show("first", get("configmaps?limit=1&labelSelector=odd%3Dtrue"), PAGE).await;
    let token = first.text("/metadata/continue").to_owned();
    case.note("there is more", !token.is_empty());
    case.show("second", get(&format!("configmaps?limit=1&labelSelector=odd%3Dtrue&continue={token}")), PAGE)
        .await;
}

async fn a_continue_that_cannot_be_read_is_refused(case: &mut Case<'_>) {
    five(case).await;
    case.glance("nonsense", get("configmaps?limit=2&continue=x"), &["/code", "/reason", "/status"]).await;
    let first = case.send(get("configmaps?limit=2")).await;
    let token = first.text("/metadata/continue");
    let both = get(&format!("configmaps?limit=2&continue={token}&resourceVersion={}", first.version()));
    case.tell("with a version", both).await;
}

async fn a_limit_that_is_no_number_is_refused(case: &mut Case<'_>) {
    case.glance("a word", get("configmaps?limit=x"), &["/code", "/reason"]).await;
}

async fn an_exact_version_shows_the_past(case: &mut Case<'_>) {
    five(case).await;
    let then = case.send(get("configmaps")).await.version();
    case.send(delete("configmaps/c", Value::Null)).await;
    case.send(post("configmaps", config_map("f"))).await;
    names(case, "then", &format!("configmaps?resourceVersion={then}&resourceVersionMatch=Exact")).await;
    names(
        case,
        "not older",
        &format!("configmaps?resourceVersion={then}&resourceVersionMatch=NotOlderThan&labelSelector=none"),
    )
    .await;
    names(case, "now", "configmaps").await;
}

async fn a_match_needs_its_version(case: &mut Case<'_>) {
    case.tell("none", get("configmaps?resourceVersionMatch=Exact")).await;
    case.tell("zero", get("configmaps?resourceVersionMatch=Exact&resourceVersion=0")).await;
    case.tell("unknown", get("configmaps?resourceVersionMatch=Roughly&resourceVersion=1")).await;
}

async fn a_list_is_in_order_of_namespaces_and_names(case: &mut Case<'_>) {
    for namespace in ["{ns}-b", "{ns}-a"] {
        case.send(post("/api/v1/namespaces", json!({ "metadata": { "name": namespace } }))).await;
        for name in ["z", "a", "m", "a-b", "a.b", "a0"] {
            let mut object = config_map(name);
            object["metadata"]["labels"] = json!({ "of": "{id}" });
            case.send(post(&format!("/api/v1/namespaces/{namespace}/configmaps"), object)).await;
        }
    }
    let list = case.send(get("/api/v1/configmaps?labelSelector=of%3D{id}")).await;
    let items = list.body["items"].as_array().cloned().unwrap_or_default();
    let order: Vec<_> =
        items.iter().map(|item| json!([item["metadata"]["namespace"], item["metadata"]["name"]])).collect();
    case.note("order", json!(order));
}

async fn a_list_of_metadata_holds_metadata(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    let accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    let list = case.tell("list", get("configmaps").header("accept", accept)).await;
    case.note("managers are there", list.body["items"][0]["metadata"]["managedFields"].is_array());
}

async fn an_object_is_shown_as_metadata(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    let accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    case.tell("get", get("configmaps/x").header("accept", accept)).await;
    let patched =
        merge("configmaps/x", json!({ "metadata": { "labels": { "a": "b" } } })).header("accept", accept);
    case.tell("patch", patched).await;
    case.glance(
        "either",
        get("configmaps/x").header("accept", &format!("{accept},application/json")),
        &["/kind"],
    )
    .await;
}

const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1";

fn columns(table: &Value) -> Value {
    let columns = table["columnDefinitions"].as_array().into_iter().flatten();
    columns
        .map(|column| json!([column["name"], column["type"], column["format"], column["priority"]]))
        .collect()
}

async fn a_table_shows_columns_and_rows(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.send(post("pods", pod("x"))).await;
    case.send(post("deployments.apps", crate::workloads::deployment("web"))).await;
    for (target, count) in [
        ("configmaps", 2),
        ("pods", 4),
        ("deployments.apps", 4),
        ("/api/v1/namespaces?fieldSelector=metadata.name%3D{ns}", 2),
    ] {
        let table = case.send(get(target).header("accept", TABLE)).await;
        let cells =
            table.body["rows"][0]["cells"].as_array().map(|cells| cells[..count.min(cells.len())].to_vec());
        case.note(
            target,
            json!([table.code, table.body["kind"], table.body["apiVersion"], columns(&table.body), cells]),
        );
    }
}

async fn a_table_shows_what_it_is_asked_to_include(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    for include in ["", "?includeObject=None", "?includeObject=Metadata", "?includeObject=Object"] {
        let table = case.send(get(&format!("configmaps/x{include}")).header("accept", TABLE)).await;
        let object = &table.body["rows"][0]["object"];
        case.note(
            include,
            json!([
                table.code,
                object["kind"],
                object["apiVersion"],
                object["metadata"]["name"],
                object["data"]
            ]),
        );
    }
}

async fn a_form_that_is_unknown_is_not_acceptable(case: &mut Case<'_>) {
    case.glance(
        "form",
        get("configmaps").header("accept", "application/json;as=Chart;g=meta.k8s.io;v=v1"),
        &["/reason", "/code"],
    )
    .await;
    case.glance(
        "version",
        get("configmaps").header("accept", "application/json;as=Table;g=meta.k8s.io;v=v7"),
        &["/reason", "/code"],
    )
    .await;
    let either = "application/json;as=Table;g=meta.k8s.io;v=v7,application/json";
    case.glance("either", get("configmaps").header("accept", either), &["/kind"]).await;
}

async fn a_collection_in_all_namespaces_is_listed(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["labels"] = json!({ "of": "{id}" });
    case.send(post("configmaps", object)).await;
    case.tell("list", get("/api/v1/configmaps?labelSelector=of%3D{id}")).await;
}

async fn a_list_of_an_old_version_of_nothing_is_empty(case: &mut Case<'_>) {
    case.tell("empty", get("configmaps")).await;
    case.tell("empty of a group", get("deployments.apps")).await;
}

fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~{}".contains(&byte);
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
