//! Programs that run and end other programs: `sudo`, `timeout`, `setsid`, `nohup`, `env`, `kill`, `ps`, `sleep`.

use std::fmt::Write as _;
use std::time::Duration;

use futures::future::BoxFuture;

use super::super::call::{Call, End};
use super::super::process::{Exit, Process, Signal};
use super::super::user::User;
use super::Options;

pub(super) fn run(call: Call) -> BoxFuture<'static, End> {
    Box::pin(async move {
        match call.name() {
            "sudo" => sudo(call).await,
            "timeout" => timeout(call).await,
            "setsid" => setsid(call).await,
            "nohup" => {
                call.host.processes().ignore_hangup(call.origin.parent);
                let mut call = call;
                call.origin.ignores_hangup = true;
                let words = call.words().to_vec();
                replace(call, &words).await
            }
            "env" => env(call).await,
            "kill" => kill(&call).await,
            "ps" => ps(&call).await,
            _ => sleep(&call).await,
        }
    })
}

/// Lets another command take the place of this one.
async fn replace(call: Call, words: &[String]) -> End {
    let next = call.with(words);
    if let Some((code, why)) = next.obstacle() {
        return Err(call.fail(code, &format!("{}: {}", call.name(), reason(&why))).await);
    }
    // Nobody but the next one holds the streams any more.
    drop(call);
    next.run_in_place().await
}

/// The words of programs for what a shell calls `command not found`.
fn reason(why: &str) -> String {
    why.replace("command not found", "No such file or directory")
}

/// How the words of a command begin: options, those with a value, and what is set for it.
fn split<'a>(
    words: &'a [String],
    with_value: &[&str],
) -> (Vec<&'a str>, Vec<(&'a str, &'a str)>, &'a [String]) {
    let (mut options, mut set, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(word) = words.get(at) {
        at += 1;
        if word == "--" {
            break;
        } else if word.starts_with('-') && word.len() > 1 {
            options.push(word.as_str());
            if with_value.contains(&word.as_str()) {
                options.extend(words.get(at).map(String::as_str));
                at += 1;
            }
        } else if let (Some(pair), true) = (word.split_once('='), !word.starts_with('/')) {
            set.push(pair);
        } else {
            at -= 1;
            break;
        }
    }
    (options, set, words.get(at..).unwrap_or_default())
}

/// What of the environment sudo keeps without `-E`.
const KEPT: &[&str] = &["TERM", "LANG", "LC_ALL", "TZ"];

async fn sudo(mut call: Call) -> End {
    let words = call.words().to_vec();
    let (options, set, command) = split(&words, &["-u", "-g", "-p", "--user"]);
    let given =
        |letter: char| options.iter().any(|option| !option.starts_with("--") && option.contains(letter));
    if call.view.user() != User::Root && call.host.faults().is_on("sudo: wants a password") {
        if !given('n') {
            call.complain("sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper").await?;
        }
        return Err(call.fail(1, "sudo: a password is required").await);
    }
    let named = options
        .iter()
        .position(|option| *option == "-u" || *option == "--user")
        .and_then(|at| options.get(at + 1));
    let named = named.copied().or_else(|| options.iter().find_map(|option| option.strip_prefix("--user=")));
    let Some(user) = User::of(named.unwrap_or("root")) else {
        return Err(call.fail(1, &format!("sudo: unknown user {}", named.unwrap_or_default())).await);
    };
    let from = call.view.user();
    if !given('E') && !options.contains(&"--preserve-env") {
        call.env.retain(|name, _| KEPT.contains(&name.as_str()));
    }
    let fixed = [
        ("PATH", super::super::layout::PATH),
        ("HOME", user.home()),
        ("USER", user.name()),
        ("LOGNAME", user.name()),
        ("SUDO_USER", from.name()),
    ];
    call.env.extend(fixed.into_iter().chain(set).map(|(name, value)| (name.to_owned(), value.to_owned())));
    call.view = call.view.of(user);
    let shell = ["bash".to_owned()];
    let command = match command {
        [] if given('v') || given('k') => return Ok(()),
        [] if given('s') || given('i') => &shell[..],
        [] => return Err(call.fail(1, "usage: sudo -h | -K | -k | -V").await),
        command => command,
    };
    let next = call.with(command);
    match next.obstacle() {
        Some((_, why)) => {
            let why = why.replace("No such file or directory", "command not found");
            Err(call.fail(1, &format!("sudo: {why}")).await)
        }
        None => next.run().await,
    }
}

async fn env(mut call: Call) -> End {
    let words = call.words().to_vec();
    let (options, set, command) = split(&words, &["-u"]);
    if options.contains(&"-i") {
        call.env.clear();
    }
    for pair in options.windows(2).filter(|pair| pair[0] == "-u") {
        call.env.remove(pair[1]);
    }
    call.env.extend(set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    if command.is_empty() {
        let text =
            call.env.iter().fold(String::new(), |text, (name, value)| text + name + "=" + value + "\n");
        return call.print(text).await;
    }
    replace(call, command).await
}

/// Reads a duration as `sleep` and `timeout` do: a number, with a unit or not.
fn duration(text: &str) -> Option<Duration> {
    let number = text.trim_end_matches(|letter: char| letter.is_alphabetic());
    let unit = match &text[number.len()..] {
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return None,
    };
    if text == "infinity" {
        return Some(Duration::MAX);
    }
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * unit).ok()
}

async fn sleep(call: &Call) -> End {
    let mut whole = Duration::ZERO;
    for word in call.words() {
        let Some(one) = duration(word) else {
            return Err(call.fail(1, &format!("sleep: invalid time interval '{word}'")).await);
        };
        whole += one;
    }
    call.host.clock().sleep(whole).await;
    Ok(())
}

/// Ends a command that takes too long. The limit is the caller's own, so the lab's clock does not shorten it.
async fn timeout(call: Call) -> End {
    const TIMED_OUT: u8 = 124;
    let words = call.words().to_vec();
    let (options, _, rest) = split(&words, &["-k", "-s", "--kill-after", "--signal"]);
    let value = |names: [&str; 2]| {
        let next =
            options.iter().position(|option| names.contains(option)).and_then(|at| options.get(at + 1));
        next.copied()
            .or_else(|| options.iter().find_map(|option| option.strip_prefix(names[1])?.strip_prefix('=')))
    };
    let [limit, command @ ..] = rest else { return Err(call.fail(125, "timeout: missing operand").await) };
    let Some(limit) = duration(limit).filter(|_| !command.is_empty()) else {
        return Err(call.fail(125, &format!("timeout: invalid time interval '{limit}'")).await);
    };
    let signal = value(["-s", "--signal"]).and_then(Signal::of).unwrap_or(Signal::Term);
    let next = call.with(command);
    if let Some((code, why)) = next.obstacle() {
        return Err(call
            .fail(
                code,
                &format!(
                    "timeout: failed to run command '{}': {}",
                    command[0],
                    reason(why.rsplit(": ").next().unwrap_or(&why))
                ),
            )
            .await);
    }
    // The command and what it starts are a group of their own, which ends together.
    let processes = call.host.processes().clone();
    let own = call.origin.parent;
    processes.lead_group(own);
    let mut next = next;
    next.origin.group = own;
    let work = next.run();
    tokio::select! {
        end = work => end,
        () = tokio::time::sleep(limit) => {
            processes.signal(signal, |process| process.group == own && process.id != own);
            Err(Exit::Code(if signal == Signal::Kill { 128 + signal.number() } else { TIMED_OUT }))
        }
    }
}

async fn setsid(mut call: Call) -> End {
    let words = call.words().to_vec();
    let (options, _, command) = split(&words, &[]);
    let given = |name: &str, letter: char| {
        options.iter().any(|option| *option == name || !option.starts_with("--") && option.contains(letter))
    };
    let own = call.origin.parent;
    let leads = call.host.processes().get(own).is_some_and(|process| process.group == own);
    let next = call.with(command);
    if let Some((code, why)) = next.obstacle() {
        return Err(call.fail(code, &format!("setsid: failed to execute {}", reason(&why))).await);
    }
    // The leader of a group cannot begin a session: it leaves that to a child, for which it does not wait.
    if leads || given("--fork", 'f') {
        call.origin.group = 0;
        call.origin.session = 0;
        let mut next = next;
        next.origin = call.origin;
        if given("--wait", 'w') {
            return next.run().await;
        }
        next.run_apart();
        return Ok(());
    }
    call.host.processes().leave_session(own);
    call.origin.group = own;
    call.origin.session = own;
    let next = call.with(command);
    drop(call);
    next.run_in_place().await
}

async fn kill(call: &Call) -> End {
    let mut signal = Some(Signal::Term);
    let mut end = Ok(());
    let mut words = call.words().iter().peekable();
    if let Some(first) = words.peek().and_then(|word| word.strip_prefix('-')) {
        words.next();
        let name = if first == "s" { words.next().map_or("", String::as_str) } else { first };
        if name != "0" && name != "-" {
            signal = Signal::of(name);
            if signal.is_none() {
                return Err(call.fail(1, &format!("kill: {name}: invalid signal specification")).await);
            }
        } else {
            signal = None;
        }
    }
    for word in words.filter(|word| *word != "--") {
        let Ok(number) = word.parse::<i64>() else {
            end = Err(call.fail(1, &format!("kill: {word}: arguments must be process or job IDs")).await);
            continue;
        };
        let id = u32::try_from(number.unsigned_abs()).unwrap_or(u32::MAX);
        let meant = |process: &Process| if number < 0 { process.group == id } else { process.id == id };
        let all = call.host.processes().all();
        let chosen: Vec<&Process> = all.iter().filter(|process| meant(process)).collect();
        let user = call.view.user();
        if chosen.is_empty() {
            end = Err(call.fail(1, &format!("kill: ({number}) - No such process")).await);
        } else if chosen.iter().any(|process| user != User::Root && process.user != user) {
            end = Err(call.fail(1, &format!("kill: ({number}) - Operation not permitted")).await);
        } else if let Some(signal) = signal {
            call.host.processes().signal(signal, meant);
        }
    }
    end
}

async fn ps(call: &Call) -> End {
    let options = Options::of(call, &["p", "o", "pid"]);
    let wanted: Option<Vec<u32>> = options
        .value(&["p", "pid"])
        .map(|ids| ids.split(',').filter_map(|id| id.trim().parse().ok()).collect());
    let all = call.host.processes().all();
    let shown: Vec<&Process> =
        all.iter().filter(|process| wanted.as_ref().is_none_or(|ids| ids.contains(&process.id))).collect();
    let columns: Vec<&str> = options.value(&["o"]).unwrap_or("user,pid,ppid,args").split(',').collect();
    let mut text = String::new();
    if columns.iter().any(|column| !column.ends_with('=')) {
        text = columns.iter().map(|column| column.to_uppercase()).collect::<Vec<_>>().join(" ") + "\n";
    }
    for process in &shown {
        let cells = columns.iter().map(|column| match column.trim_end_matches('=') {
            "pid" => process.id.to_string(),
            "ppid" => process.parent.to_string(),
            "pgid" => process.group.to_string(),
            "sid" => process.session.to_string(),
            "user" => process.user.to_string(),
            "comm" => process.command.split([' ', '/']).next().unwrap_or_default().to_owned(),
            _ => process.command.clone(),
        });
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join(" "));
    }
    call.print(text).await?;
    if wanted.is_some() && shown.is_empty() { Err(Exit::Code(1)) } else { Ok(()) }
}
