//! The few words that the containers of these tests understand, in the lab and as programs of a real container.

use std::path::Path;

use async_trait::async_trait;
use drsh_lab::apiserver::{ExecRequest, ExitStatus, PodRuntime};
use drsh_real::tools;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The containers of every pod.
pub const CONTAINERS: [&str; 3] = ["etcd", "other", "absent"];

/// The one of them that does not run.
const ABSENT: &str = "absent";

/// The lab's containers.
pub struct Words;

#[async_trait]
impl PodRuntime for Words {
    async fn exec(&self, mut request: ExecRequest) -> ExitStatus {
        let words: Vec<&str> = request.command.iter().map(String::as_str).collect();
        if request.container.as_deref() == Some(ABSENT) {
            return ExitStatus::Failed(format!("container not found (\"{ABSENT}\")"));
        }
        match words.as_slice() {
            ["say", out, err] => {
                request.stdout.write_all(out.as_bytes()).await.unwrap();
                request.stderr.write_all(err.as_bytes()).await.unwrap();
                ExitStatus::Success
            }
            ["where"] => {
                let place = format!("{}/{}", request.pod, request.container.unwrap_or_default());
                request.stdout.write_all(place.as_bytes()).await.unwrap();
                ExitStatus::Success
            }
            ["fail", code, why] => {
                request.stdout.write_all(b"some output").await.unwrap();
                request.stderr.write_all(why.as_bytes()).await.unwrap();
                ExitStatus::Code(code.parse().unwrap())
            }
            ["upper"] => {
                let mut text = String::new();
                request.stdin.take().unwrap().read_to_string(&mut text).await.unwrap();
                request.stdout.write_all(text.to_uppercase().as_bytes()).await.unwrap();
                ExitStatus::Success
            }
            ["fill", count] => {
                let text = "x".repeat(count.parse().unwrap());
                match request.stdout.write_all(text.as_bytes()).await {
                    Ok(()) => ExitStatus::Success,
                    Err(_) => ExitStatus::Code(141),
                }
            }
            ["bytes", count] => {
                let count: usize = count.parse().unwrap();
                let block: Vec<u8> = (0..=255).collect();
                for start in (0..count).step_by(block.len()) {
                    let more = &block[..block.len().min(count - start)];
                    if request.stdout.write_all(more).await.is_err() {
                        return ExitStatus::Code(141);
                    }
                }
                ExitStatus::Success
            }
            _ => {
                let why = format!(
                    "executable file `{}` not found in $PATH: No such file or directory\n",
                    request.command[0]
                );
                request.stderr.write_all(why.as_bytes()).await.unwrap();
                ExitStatus::Code(127)
            }
        }
    }

    async fn logs(&self, _: &str, pod: &str, container: Option<&str>) -> Result<Vec<u8>, String> {
        Ok(log(pod, container.unwrap_or_default()).into_bytes())
    }
}

fn log(pod: &str, container: &str) -> String {
    format!("{pod} {container} says hello\n")
}

/// Makes the folders of a pod's containers, with the words as programs.
pub fn install(kubelet: &drsh_real::Kubelet, busybox: &drsh_real::Tools, namespace: &str, pod: &str) {
    for name in CONTAINERS.into_iter().filter(|name| *name != ABSENT) {
        let root = kubelet.container_root(namespace, pod, name).unwrap();
        busybox.install(&root).unwrap();
        programs(&root);
        kubelet.set_environment((namespace, pod, name), &[("CONTAINER", name)]).unwrap();
        kubelet.set_log((namespace, pod, name), log(pod, name)).unwrap();
    }
}

fn programs(root: &Path) {
    let script = |name: &str, lines: &str| {
        tools::put_script(root, &format!("usr/bin/{name}"), &format!("#!/bin/sh\n{lines}\n")).unwrap();
    };
    script("say", r#"printf %s "$1"; printf %s "$2" >&2"#);
    script("where", r#"printf %s "$HOSTNAME/$CONTAINER""#);
    script("fail", r#"printf 'some output'; printf %s "$2" >&2; exit "$1""#);
    script("upper", "exec tr a-z A-Z");
    script("fill", r#"head -c "$1" /dev/zero | tr '\0' x"#);
    script("bytes", r#"while cat /var/bytes; do :; done 2>/dev/null | head -c "$1""#);
    let block: Vec<u8> = (0..=255).collect();
    std::fs::write(root.join("var/bytes"), block.repeat(4096)).unwrap();
}
