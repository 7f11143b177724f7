//! Machine sets: as many machines as they ask for, new ones in the place of those that are gone.

use serde_json::json;

use super::{MACHINE, MACHINE_SET, NAMESPACE};
use crate::actors::names::suffix_of;
use crate::actors::object::{controlled_by, is_controlled_by, is_dying, name, number, text, uid};
use crate::actors::{Actor, Key, Next, Result};

pub(super) async fn keep_all(actor: &Actor) -> Result<Next> {
    let all = actor.watch(&MACHINE).await;
    for set in actor.watch(&MACHINE_SET).await.within(NAMESPACE) {
        if is_dying(&set) {
            continue;
        }
        let mut machines = all.within(NAMESPACE);
        machines.retain(|machine| is_controlled_by(machine, &set) && !is_dying(machine));
        let wanted = usize::try_from(number(&set, "/spec/replicas").unwrap_or(1)).unwrap_or(0);
        let names = (0_u32..).map(|n| format!("{}-{}", name(&set), suffix_of(&format!("{}/{n}", uid(&set)))));
        let free = names.filter(|name| all.get(&Key::new(NAMESPACE, name.as_str())).is_none());
        for machine in free.take(wanted.saturating_sub(machines.len())) {
            let template = &set.data["spec"]["template"];
            let made = json!({
                "metadata": {
                    "name": machine, "namespace": NAMESPACE, "labels": template["metadata"]["labels"],
                    "ownerReferences": [controlled_by(&MACHINE_SET, &set)],
                },
                "spec": template["spec"],
            });
            if actor.ensure(&MACHINE, made).await? {
                actor.record(format!("created Machine {machine}"), format!("MachineSet {}", name(&set)));
            }
        }
        for machine in machines.iter().skip(wanted) {
            actor.delete(&MACHINE, &Key::of(machine), &kube::api::DeleteParams::default()).await?;
            actor.record(format!("deleted Machine {}", name(machine)), "its MachineSet has too many");
        }
        let ready = machines.iter().filter(|machine| text(machine, "/status/phase") == "Running").count();
        let status = json!({"replicas": machines.len(), "readyReplicas": ready, "availableReplicas": ready});
        let is_new = |field: &str| set.data["status"][field] != status[field];
        if ["replicas", "readyReplicas", "availableReplicas"].into_iter().any(is_new) {
            actor.patch_status(&MACHINE_SET, &Key::of(&set), status).await?;
        }
    }
    Ok(Next::Rest)
}
