//! `oc_through`: the API of a cluster by another way than that of its kubeconfig.

use rhai::{ImmutableString, NativeCallContext};

use super::{Cluster, wire};
use crate::declare::{Effect, Family, Function};
use crate::environment::Target;
use crate::gate::Call;
use crate::problem::{Problem, Reply};

static OC_THROUGH: Function = Function {
    signature: "oc_through(cluster: Cluster, address: string) -> ()",
    effect: Effect::Read,
    doc: r#"
Reaches the API of a cluster by another way from now on, in this process, such as a port that leads to one of its hosts.

Who answers there has to prove by its certificate that it is the server that the kubeconfig names, and by the UID of
`kube-system` that it is this cluster: another way never leads to another cluster. Certificates and accounts are those
of the kubeconfig. Watches that are under way go on by the old way.

* `cluster: Cluster` - from `cluster("name")`
* `address: string` - an address of this machine's loopback with a port, from `ssh_forward`; empty text for the way of
  the kubeconfig again

Errors: `bad_argument` for another address than one of loopback.
Source: E24.

```rhai
oc_through(cluster("source"), "");
assert(oc_version(cluster("source")).uid != "", "the cluster has no UID");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(
        &OC_THROUGH,
        |context: NativeCallContext, cluster: Cluster, address: ImmutableString| -> Reply<()> {
            let call = Call::of(&context, &OC_THROUGH)?;
            let way = wire::Detour::read(&address).map_err(|problem| call.fail(problem))?;
            let about =
                if way.is_some() { format!("go through {address}") } else { "go straight".to_owned() };
            let permitted = call.permit(&cluster, &about)?;
            tracing::debug!(cluster = cluster.name(), address = address.as_str(), "another way to the API");
            wire::detour(&permitted, way);
            Ok(())
        },
    );
}

impl wire::Detour {
    /// Reads an address; none for empty text.
    fn read(text: &str) -> Result<Option<Self>, Problem> {
        if text.is_empty() {
            return Ok(None);
        }
        let address: Option<std::net::SocketAddr> = text.parse().ok();
        address.filter(|address| address.ip().is_loopback()).map(|address| Some(Self(address))).ok_or_else(
            || {
                Problem::new(
                    "bad_argument",
                    format!("`{text}` is no address of this machine's loopback with a port"),
                )
                .hint("ssh_forward gives one")
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::wire::Detour;

    #[test]
    fn only_an_address_of_this_machine_is_another_way() {
        assert!(Detour::read("").unwrap().is_none());
        assert!(Detour::read("127.0.0.1:6443").unwrap().is_some());
        for wrong in ["10.0.0.1:6443", "127.0.0.1", "api.lab:6443", "0.0.0.0:1", " "] {
            assert!(
                Detour::read(wrong).unwrap_err().message.contains("no address of this machine"),
                "{wrong}"
            );
        }
    }
}
