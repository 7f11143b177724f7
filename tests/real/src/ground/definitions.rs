//! The kinds of a cluster: upstream's own definitions where they are at hand, the lab's for the others.

use std::path::PathBuf;

use drsh_lab::apiserver::crds;
use drsh_lab::ground::GroundError;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition as Definition;
use kube::Api;
use kube::api::PostParams;
use kube::runtime::wait::{await_condition, conditions};
use serde_json::Value;

/// Where upstream's definitions are, if anywhere.
#[must_use]
pub fn upstream() -> Option<PathBuf> {
    let named = std::env::var_os("DRSH_CRDS").map(PathBuf::from);
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/crds");
    named.or_else(|| Some(PathBuf::from(beside))).filter(|folder| folder.is_dir())
}

/// Defines the kinds of these groups, and waits until they are served.
pub(super) async fn install(
    client: kube::Client,
    groups: &'static [&'static str],
) -> Result<(), GroundError> {
    let api: Api<Definition> = Api::all(client);
    let mut names = Vec::new();
    for definition in crds::definitions(groups).map_err(GroundError::of)? {
        let name = definition["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let definition = match upstream_of(&definition)? {
            Some(theirs) => theirs,
            None => definition,
        };
        let definition: Definition = serde_json::from_value(definition).map_err(GroundError::of)?;
        match api.create(&PostParams::default(), &definition).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            made => drop(made.map_err(|error| GroundError(format!("{name}: {error}")))?),
        }
        names.push(name);
    }
    for name in names {
        let served = await_condition(api.clone(), &name, conditions::is_crd_established());
        served.await.map_err(GroundError::of)?;
    }
    Ok(())
}

/// Upstream's definition of the same kind. Nothing here converts between versions of a kind: where two are served,
/// the older one is stored and served alone, as releases did that had no other.
fn upstream_of(ours: &Value) -> Result<Option<Value>, GroundError> {
    let (group, plural) = (&ours["spec"]["group"], &ours["spec"]["names"]["plural"]);
    let name = format!("{}_{}.yaml", group.as_str().unwrap_or_default(), plural.as_str().unwrap_or_default());
    let Some(file) = upstream().map(|folder| folder.join(name)).filter(|file| file.is_file()) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(&file).map_err(GroundError::of)?;
    let mut theirs: Value = serde_saphyr::from_str(&text).map_err(GroundError::of)?;
    if let Some(versions) = theirs["spec"]["versions"].as_array_mut() {
        versions.retain(|version| version["served"] == true);
        versions.truncate(1);
        for version in versions {
            version["storage"] = true.into();
        }
    }
    Ok(Some(theirs))
}
