//! `podman run`: a client of etcd out of an image that is on the host, with folders of the host mounted into it.

use super::super::call::{Call, End};
use super::super::user::User;
use super::Options;

/// The options of `podman run` that take a value.
const WITH_VALUE: &[&str] = &["v", "volume", "entrypoint", "pull", "network", "user", "name"];

pub(super) async fn run(call: Call) -> End {
    if call.view.user() != User::Root {
        return Err(call.fail(125, "Error: this lab runs containers for root alone").await);
    }
    let words = call.words();
    let [verb, rest @ ..] = words else {
        return Err(call.fail(125, "Error: missing command 'podman COMMAND'").await);
    };
    // What follows the image belongs to the program in it.
    let mut at = 0;
    while let Some(word) = rest.get(at).filter(|word| word.starts_with('-')) {
        let name = word.trim_start_matches('-');
        at += if WITH_VALUE.contains(&name) { 2 } else { 1 };
    }
    let (Some(image), "run") = (rest.get(at), verb.as_str()) else {
        return Err(call
            .fail(125, &format!("Error: unrecognized command `podman {}`", words.join(" ")))
            .await);
    };
    let options = Options::read(&rest[..at], WITH_VALUE);
    let known = call.host.pods().containers().iter().any(|container| &container.image == image);
    if !known {
        return Err(call.fail(125, &format!("Error: {image}: image not known")).await);
    }
    let mounts: Vec<(&str, &str)> = options
        .values(&["v", "volume"])
        .filter_map(|mount| {
            let mut parts = mount.split(':');
            Some((parts.next()?, parts.next()?))
        })
        .collect();
    let outside = |word: &String| {
        // A path may be the value of an option.
        let (before, word) = word
            .split_once('=')
            .map_or((String::new(), word.as_str()), |(option, path)| (format!("{option}="), path));
        let inside = mounts.iter().find_map(|(host, inside)| {
            let rest = word.strip_prefix(inside)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{host}{rest}"))
        });
        format!("{before}{}", inside.unwrap_or_else(|| word.to_owned()))
    };
    match options.value(&["entrypoint"]) {
        Some(program @ ("etcdctl" | "etcdutl")) => {
            let arguments: Vec<String> =
                std::iter::once(program.to_owned()).chain(rest[at + 1..].iter().map(outside)).collect();
            super::run(program, call.with(&arguments)).await
        }
        other => {
            let program = other.unwrap_or("");
            let text = format!(
                "Error: crun: executable file `{program}` not found in $PATH: No such file or directory"
            );
            Err(call.fail(127, &text).await)
        }
    }
}
