//! Programs about the host itself: `date`, `hostname`, `uname`, `id`, `whoami`, `systemctl`, `reboot`.

use futures::future::BoxFuture;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::call::{Call, End};
use super::super::process::Exit;
use super::super::user::User;
use super::Options;

pub(super) fn run(call: Call) -> BoxFuture<'static, End> {
    Box::pin(async move {
        let user = call.view.user();
        match call.name() {
            "true" => Ok(()),
            "date" => date(&call).await,
            "hostname" => call.print(format!("{}\n", call.host.name())).await,
            "uname" => uname(&call).await,
            "id" if call.words().contains(&"-u".to_owned()) => call.print(format!("{}\n", user.id())).await,
            "id" => {
                let (id, name) = (user.id(), user.name());
                call.print(format!("uid={id}({name}) gid={id}({name}) groups={id}({name})\n")).await
            }
            "whoami" => call.print(format!("{user}\n")).await,
            "systemctl" => systemctl(&call).await,
            "reboot" if user != User::Root => {
                Err(call.fail(1, "Call to Reboot failed: Interactive authentication required.").await)
            }
            "reboot" => {
                call.host.reboot_soon();
                Ok(())
            }
            _ => Err(Exit::Code(1)),
        }
    })
}

async fn date(call: &Call) -> End {
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    let options = Options::of(call, &["d"]);
    let format = match options.words.iter().find_map(|word| word.strip_prefix('+')) {
        Some(format) => format.to_owned(),
        None => match options.value(&["rfc-3339"]) {
            Some("ns") => "%F %T.%N+00:00".to_owned(),
            Some("seconds") => "%F %T+00:00".to_owned(),
            _ if options.has(&["I"]) => "%FT%T+00:00".to_owned(),
            _ => "%a %b %e %H:%M:%S UTC %Y".to_owned(),
        },
    };
    match jiff::fmt::strtime::format(&format, &now) {
        Ok(text) => call.print(text + "\n").await,
        Err(_) => Err(call.fail(1, &format!("date: invalid date format '{format}'")).await),
    }
}

async fn uname(call: &Call) -> End {
    let all = [("s", "Linux"), ("n", call.host.name()), ("r", "5.14.0-427.el9.x86_64"), ("m", "x86_64")];
    let options = Options::of(call, &[]);
    let wanted = |flag: &str| options.has(&[flag, "a"]) || call.words().is_empty() && flag == "s";
    let shown: Vec<&str> = all.iter().filter(|(flag, _)| wanted(flag)).map(|(_, text)| *text).collect();
    call.print(shown.join(" ") + "\n").await
}

async fn systemctl(call: &Call) -> End {
    let options = Options::of(call, &[]);
    let words: Vec<&str> = options.words.iter().map(String::as_str).collect();
    let kubelet = call.host.kubelet();
    let is_root = call.view.user() == User::Root;
    match words.as_slice() {
        ["is-active", unit] => {
            let unit = unit.trim_end_matches(".service");
            let active = if unit == "kubelet" { kubelet.is_active() } else { call.host.units().has(unit) };
            if !options.has(&["q", "quiet"]) {
                call.print(if active { "active\n" } else { "inactive\n" }).await?;
            }
            if active { Ok(()) } else { Err(Exit::Code(3)) }
        }
        ["daemon-reload"] if is_root => Ok(()),
        ["reboot"] if is_root => {
            call.host.reboot_soon();
            Ok(())
        }
        [verb @ ("start" | "stop" | "restart"), unit] => {
            if !is_root {
                let text = format!("Failed to {verb} {unit}: Interactive authentication required.");
                return Err(call.fail(1, &text).await);
            }
            let name = unit.trim_end_matches(".service");
            if *verb != "stop" && call.host.units().start(name) {
                call.host.log().record(call.host.name(), format!("{name}: {verb}"), "systemctl");
                return Ok(());
            }
            if name != "kubelet" {
                return Err(call.fail(5, &format!("Failed to {verb} {unit}: Unit {unit} not found.")).await);
            }
            kubelet.set_active(*verb != "stop");
            call.host.log().record(call.host.name(), format!("kubelet: {verb}"), "systemctl");
            Ok(())
        }
        [verb @ ("enable" | "disable"), _] if is_root => call.complain(&format!("{verb}d")).await,
        _ => Err(call.fail(1, &format!("Unknown command verb {}.", words.join(" "))).await),
    }
}
