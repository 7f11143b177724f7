//! Writes kubeconfig files that carry everything they need.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::authority::{Authority, AuthorityError};
use super::identity::User;

/// What a kubeconfig says besides the server and the user.
#[derive(Debug, Clone, Default)]
pub struct KubeconfigOptions {
    /// The proxy through which the server is reached, such as `http://127.0.0.1:3128`.
    pub proxy_url: Option<String>,
    /// The name that the server's certificate must have, if it is not that of the URL.
    pub tls_server_name: Option<String>,
    /// The namespace of requests that name none.
    pub namespace: Option<String>,
}

/// Writes the kubeconfig (YAML) with which `user` reaches `server_url`, with a new client certificate.
///
/// `cluster` names the cluster and the context.
pub fn kubeconfig(
    cluster: &str,
    server_url: &str,
    authority: &Authority,
    user: &User,
    options: &KubeconfigOptions,
) -> Result<String, AuthorityError> {
    let credentials = authority.issue_client(user)?;
    let optional = |key: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("    {key}: {}\n", quoted(value))).unwrap_or_default()
    };
    let cluster = quoted(cluster);
    let login = quoted(&user.name);
    Ok(format!(
        "apiVersion: v1\n\
         kind: Config\n\
         clusters:\n\
         - name: {cluster}\n\
         \x20 cluster:\n\
         \x20   server: {server}\n\
         {proxy}{server_name}\
         \x20   certificate-authority-data: {ca}\n\
         users:\n\
         - name: {login}\n\
         \x20 user:\n\
         \x20   client-certificate-data: {certificate}\n\
         \x20   client-key-data: {key}\n\
         contexts:\n\
         - name: {cluster}\n\
         \x20 context:\n\
         \x20   cluster: {cluster}\n\
         \x20   user: {login}\n\
         {namespace}\
         current-context: {cluster}\n",
        server = quoted(server_url),
        proxy = optional("proxy-url", &options.proxy_url),
        server_name = optional("tls-server-name", &options.tls_server_name),
        ca = STANDARD.encode(authority.pem()),
        certificate = STANDARD.encode(credentials.certificate_pem()),
        key = STANDARD.encode(credentials.key_pem()),
        namespace = optional("namespace", &options.namespace),
    ))
}

/// A JSON string is a double-quoted scalar of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_by_a_real_client() {
        let authority = Authority::new("lab").unwrap();
        let options = KubeconfigOptions {
            proxy_url: Some("http://127.0.0.1:3128".into()),
            tls_server_name: Some("api-demo.hc.lab".into()),
            namespace: Some("clusters".into()),
        };
        let yaml =
            kubeconfig("demo", "https://127.0.0.1:6443", &authority, &User::admin(), &options).unwrap();
        let read = kube::config::Kubeconfig::from_yaml(&yaml).unwrap();

        let cluster = read.clusters[0].cluster.as_ref().unwrap();
        assert_eq!(cluster.server.as_deref(), Some("https://127.0.0.1:6443"));
        assert_eq!(cluster.proxy_url.as_deref(), Some("http://127.0.0.1:3128"));
        assert_eq!(cluster.tls_server_name.as_deref(), Some("api-demo.hc.lab"));
        let context = read.contexts[0].context.as_ref().unwrap();
        assert_eq!(context.namespace.as_deref(), Some("clusters"));
        assert_eq!(context.user.as_deref(), Some("system:admin"));
        assert_eq!(read.current_context.as_deref(), Some("demo"));
    }
}
