//! Credentials and kubeconfigs that are of no use.

use drsh_lab::apiserver::User;

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
fn a_kubeconfig_that_is_of_no_use_is_named() {
    let Some(mut kit) = kit() else { return };
    kit.entry.context = Some("nowhere".into());
    let problem = kit.fail("oc_version(source)");
    assert_eq!(problem.kind, "environment");
    let (begins, ends) = ("the kubeconfig ", "source.kubeconfig of cluster source has no context `nowhere`");
    assert!(problem.message.starts_with(begins) && problem.message.ends_with(ends), "{problem}");
}
