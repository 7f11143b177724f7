//! Definitions of custom kinds: what is accepted, what they become, what goes with them.

use serde_json::{Value, json};

use crate::custom::widgets;
use crate::kit::{Case, delete, get, patch, post};

cases!("definitions":
    a_definition_is_accepted_and_established,
    a_definition_of_another_name_is_refused,
    a_schema_that_is_not_structural_is_refused,
    a_version_that_is_not_served_is_not_found,
    a_deleted_definition_takes_its_objects_with_it,
    the_scope_of_a_definition_cannot_change,
);

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const NAME: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{id}.contract.test";

async fn a_definition_is_accepted_and_established(case: &mut Case<'_>) {
    let mut bare = widgets();
    for field in ["singular", "shortNames", "categories"] {
        bare["spec"]["names"].as_object_mut().unwrap().remove(field);
    }
    case.define(bare).await;
    let made = case.send(get(NAME)).await;
    case.note("names", made.body["spec"]["names"].clone());
    case.note("accepted", made.body["status"]["acceptedNames"].clone());
    case.note("stored", made.body["status"]["storedVersions"].clone());
    case.note("conversion", made.body["spec"]["conversion"].clone());
    case.note("generation", made.body["metadata"]["generation"].clone());
    let mut conditions = made.body["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.sort_by_key(|condition| condition["type"].to_string());
    case.note("conditions", json!(conditions));
    case.tell("again", post(DEFINITIONS, widgets())).await;
}

async fn a_definition_of_another_name_is_refused(case: &mut Case<'_>) {
    let mut wrong = widgets();
    wrong["metadata"]["name"] = "gadgets.{id}.contract.test".into();
    case.tell("create", post(DEFINITIONS, wrong)).await;
    let mut wrong = widgets();
    wrong["spec"]["names"]["kind"] = "".into();
    case.glance("no kind", post(DEFINITIONS, wrong), &["/reason", "/code"]).await;
}

const SPEC: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";

async fn a_schema_that_is_not_structural_is_refused(case: &mut Case<'_>) {
    let mut wrong = widgets();
    wrong.pointer_mut(SPEC).unwrap()["properties"]["odd"] = json!({ "description": "no type" });
    let mut wrong = widgets();
    wrong["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["type"] = "array".into();
    case.glance("a list at the root", post(DEFINITIONS, wrong), &["/reason", "/code"]).await;
    let mut wrong = widgets();
    wrong.pointer_mut(SPEC).unwrap()["properties"]["name"]["pattern"] = "(".into();
    case.glance("a bad pattern", post(DEFINITIONS, wrong), &["/reason", "/code"]).await;
}

async fn a_version_that_is_not_served_is_not_found(case: &mut Case<'_>) {
    let mut definition = widgets();
    definition["spec"]["versions"][1]["served"] = false.into();
    case.define(definition).await;
    case.glance("the other", get("/apis/{id}.contract.test/v1beta1/widgets"), &[]).await;
    case.glance("this", get("/apis/{id}.contract.test/v1/widgets"), &["/kind", "/apiVersion"]).await;
}

async fn a_deleted_definition_takes_its_objects_with_it(case: &mut Case<'_>) {
    case.define(widgets()).await;
    let object = json!({ "apiVersion": "{id}.contract.test/v1", "kind": "Widget", "metadata": { "name": "x" }, "spec": { "size": 1 } });
    case.note("made", case.send(post("widgets.{id}.contract.test", object)).await.code);
    case.note("delete", case.send(delete(NAME, Value::Null)).await.code);
    case.note("gone", case.until_gone(NAME).await);
    case.define(widgets()).await;
    case.tell("list", get("widgets.{id}.contract.test")).await;
}

async fn the_scope_of_a_definition_cannot_change(case: &mut Case<'_>) {
    case.define(widgets()).await;
    let more = json!([{ "op": "add", "path": "/spec/names/shortNames/-", "value": "wdg" }]);
    case.show("a short name", patch(NAME, more), &["/spec/names/shortNames", "/metadata/generation"]).await;
}
