//! `ip address`: which addresses the host has.

use std::fmt::Write as _;

use super::super::addresses::Address;
use super::super::call::{Call, End};
use super::super::user::User;

pub(super) async fn run(call: Call) -> End {
    let words: Vec<&str> =
        call.words().iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let one_line = call.words().iter().any(|word| word.starts_with('-') && word.contains('o'));
    let Some((object, rest)) = words.split_first() else {
        return Err(call.fail(255, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }").await);
    };
    if !"address".starts_with(object) || !object.starts_with('a') {
        return Err(call.fail(1, &format!("Object \"{object}\" is unknown, try \"ip help\".")).await);
    }
    match rest {
        [] | ["show" | "list" | "ls"] => {
            call.print(listed(&call.host.addresses().all(), None, one_line)).await
        }
        ["show" | "list" | "ls", "dev", device] | ["show" | "list" | "ls", device] => {
            call.print(listed(&call.host.addresses().all(), Some(device), one_line)).await
        }
        [verb @ ("del" | "delete" | "add"), address, "dev", device] => {
            change(&call, verb, address, device).await
        }
        _ => Err(call
            .fail(255, &format!("Command \"{}\" is unknown, try \"ip address help\".", rest.join(" ")))
            .await),
    }
}

fn listed(all: &[Address], only: Option<&str>, one_line: bool) -> String {
    let mut text = String::new();
    let mut devices: Vec<&str> = Vec::new();
    for address in all.iter().filter(|address| only.is_none_or(|device| address.device == device)) {
        let number = all.iter().map(|one| &one.device).collect::<std::collections::BTreeSet<_>>();
        // Loopback is the first device of every host.
        let place =
            number.iter().filter(|device| ***device != "lo").position(|device| **device == address.device);
        let number = place.map_or(1, |at| at + 2);
        let Address { device, ip, prefix, label } = address;
        let scope = if device == "lo" { "host" } else { "global" };
        let life = "valid_lft forever preferred_lft forever";
        if one_line {
            let _ = writeln!(
                text,
                "{number}: {device}    inet {ip}/{prefix} scope {scope} {label}\\       {life}"
            );
            continue;
        }
        if !devices.contains(&device.as_str()) {
            devices.push(device);
            let _ = writeln!(
                text,
                "{number}: {device}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP"
            );
        }
        let _ = writeln!(text, "    inet {ip}/{prefix} scope {scope} {label}\n       {life}");
    }
    text
}

async fn change(call: &Call, verb: &str, address: &str, device: &str) -> End {
    let addresses = call.host.addresses();
    if call.view.user() != User::Root {
        return Err(call.fail(2, "RTNETLINK answers: Operation not permitted").await);
    }
    if !addresses.all().iter().any(|one| one.device == device) {
        return Err(call.fail(1, &format!("Cannot find device \"{device}\"")).await);
    }
    let (ip, prefix) = match address.split_once('/') {
        Some((ip, prefix)) => (ip, prefix.parse::<u8>().ok()),
        None => (address, None),
    };
    let Ok(parsed) = ip.parse::<std::net::Ipv4Addr>() else {
        return Err(call
            .fail(1, &format!("Error: any valid prefix is expected rather than \"{address}\"."))
            .await);
    };
    if verb == "add" {
        addresses.add(Address {
            device: device.to_owned(),
            ip: parsed,
            prefix: prefix.unwrap_or(32),
            label: device.to_owned(),
        });
        return Ok(());
    }
    if prefix.is_none() {
        call.complain("Warning: Executing wildcard deletion to stay compatible with old scripts.").await?;
        call.complain(&format!(
            "         Explicitly specify the prefix length ({ip}/32) to avoid this warning."
        ))
        .await?;
    }
    if addresses.remove(device, parsed, prefix) {
        call.host.log().record(
            call.host.name(),
            format!("address {ip} removed from {device}"),
            "ip address del",
        );
        return Ok(());
    }
    Err(call.fail(2, "RTNETLINK answers: Cannot assign requested address").await)
}
