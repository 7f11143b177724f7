//! One API read from a script, against the same read by a bare client, on a real API server.

use std::time::Duration;

use drsh_lab::apiserver::User;
use drsh_real::{Plane, plane};
use kube::api::{Api, DynamicObject};
use kube::core::{ApiResource, GroupVersionKind};
use tokio::runtime::Runtime;

use crate::row::Row;
use crate::{inside, measure};

/// How many reads make one turn.
const READS: u32 = 200;

pub fn rows() -> Vec<Row> {
    let (what, runtime) = ("one API read from a script", Runtime::new().unwrap());
    let Some(programs) = plane::Programs::find(what) else {
        return vec![Row::absent(what, "tests/real/build has not built the real servers")];
    };
    let plane = runtime.block_on(Plane::start(&programs, plane::Options::new("source").unwrap())).unwrap();
    let client = {
        let _inside = runtime.enter();
        plane.client(&User::admin()).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kubeconfig"), plane.kubeconfig(&User::admin()).unwrap()).unwrap();
    let environment = "name = \"bench\"\n[clusters.source]\nkubeconfig = \"kubeconfig\"\n";
    let run = inside::begin(&runtime, environment, folder.path());
    let script = format!(
        "let place = cluster(\"source\").namespace(\"default\");
         for turn in 0..{READS} {{ oc_get(place, \"services/kubernetes\"); }}"
    );
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Service"));
    let api: Api<DynamicObject> = Api::namespaced_with(client, "default", &resource);
    // The server makes this service by itself, a moment after it is ready.
    while runtime.block_on(api.get("kubernetes")).is_err() {
        std::thread::sleep(Duration::from_millis(100));
    }
    inside::carry_out(&run, &script);
    let [own, bare] = measure::in_turns(
        15,
        [&mut || measure::timed(|| inside::carry_out(&run, &script)), &mut || {
            measure::timed(|| {
                for _ in 0..READS {
                    runtime.block_on(api.get("kubernetes")).unwrap();
                }
            })
        }],
    );
    vec![Row::within(what, own / READS, ("a bare kube client", bare / READS), 1.1)]
}
