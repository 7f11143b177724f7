//! Credentials and kubeconfigs that are of no use.

use drsh_lab::apiserver::User;
use serde_json::json;

use super::kit;

#[test]
fn credentials_that_are_not_accepted_are_told_from_missing_rights() {
    let Some(kit) = kit() else { return };
    kit.carry_out("oc_version(source)");
    kit.work_as(&User::new("stranger", ["system:authenticated"]));
    let problem = kit.fail("oc_list(home, \"secrets\")");
    assert_eq!(problem.kind, "denied");
    assert!(problem.message.contains("stranger"), "{problem}");
    let token = "  - name: lost\n    user:\n      token: no-such-token\n";
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n  - name: c\n    context:\n      \
         cluster: c\n      user: lost\nclusters:\n  - name: c\n    cluster:\n      server: https://{}\n      \
         insecure-skip-tls-verify: true\nusers:\n{token}",
        kit.front.address
    );
    kit.write_kubeconfig(&text);
    let problem = kit.fail("oc_list(home, \"secrets\")");
    assert_eq!(problem.kind, "denied");
    assert!(problem.message.contains("does not accept the credentials"), "{problem}");
    assert!(!problem.message.contains("no-such-token"));
}

#[test]
fn a_plugin_that_gives_no_credentials_is_told_without_what_it_was_started_with() {
    let Some(kit) = kit() else { return };
    let script = "if [ -e \"$DONE\" ]; then echo first >&2; echo 'the session has ended' >&2; exit 7; fi; touch \"$DONE\"; \
                  echo '{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"kind\": \"ExecCredential\", \"status\": \
                  {\"token\": \"t\", \"expirationTimestamp\": \"2020-01-01T00:00:00Z\"}}'";
    let plugin = json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "sh",
        "args": ["-c", script],
        "env": [
            {"name": "DONE", "value": kit.folder.path().join("done")},
            {"name": "PASSWORD", "value": "canary-password"},
        ],
        "interactiveMode": "Never",
    });
    let text = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {
            "server": format!("https://{}", kit.front.address), "insecure-skip-tls-verify": true,
        }}],
        "users": [{"name": "u", "user": {"exec": plugin}}],
    });
    kit.write_kubeconfig(&text.to_string());
    // First its credentials have expired when they are used, and then it gives none at all.
    for time in ["later", "at once"] {
        let problem = kit.fail("oc_version(source)");
        assert_eq!(problem.kind, "denied", "{time}");
        let message = "there are no credentials for cluster source: the exec plugin ended with status 7: \
                       the session has ended";
        assert_eq!(problem.message, message, "{time}");
        assert_eq!(
            problem.hint.as_deref(),
            Some("log in again, or run the kubeconfig's exec plugin by hand"),
            "{time}"
        );
    }
}

#[test]
fn a_kubeconfig_that_is_of_no_use_is_named() {
    let Some(mut kit) = kit() else { return };
    let right = std::fs::read_to_string(&kit.entry.kubeconfig).unwrap();
    kit.write_kubeconfig("clusters: [canary-token\n");
    let problem = kit.fail("oc_version(source)");
    assert_eq!(problem.kind, "environment");
    let named = format!("the kubeconfig {} of cluster source", kit.entry.kubeconfig.display());
    assert!(problem.message.starts_with(&format!("{named} is of no use: ")), "{problem}");
    assert!(!problem.message.contains("canary"), "{problem}");
    kit.write_kubeconfig(&right);
    kit.entry.context = Some("nowhere".into());
    let problem = kit.fail("oc_version(source)");
    assert_eq!(problem.kind, "environment");
    let (begins, ends) = ("the kubeconfig ", "source.kubeconfig of cluster source has no context `nowhere`");
    assert!(problem.message.starts_with(begins) && problem.message.ends_with(ends), "{problem}");
}
