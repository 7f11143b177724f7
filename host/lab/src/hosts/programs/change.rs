//! Programs that make, remove and mark files: `mkdir`, `rm`, `rmdir`, `touch`, `chmod`, `chown`, `ln`, `sync`.

use futures::future::BoxFuture;
use jiff::Timestamp;

use super::super::call::{Call, End};
use super::super::files::Errno;
use super::super::user::User;
use super::Options;

pub(super) fn run(call: Call) -> BoxFuture<'static, End> {
    Box::pin(async move {
        match call.name() {
            "mkdir" => mkdir(&call).await,
            "rm" => rm(&call).await,
            "rmdir" => {
                let options = Options::of(&call, &[]);
                each(&call, &options.words, "failed to remove", |path| call.view.remove_folder(path)).await
            }
            "touch" => {
                let options = Options::of(&call, &["d", "r"]);
                let touch = |path: &str| {
                    call.view.open(path, true)?;
                    call.view.set_modified(path, Timestamp::now())
                };
                each(&call, &options.words, "cannot touch", touch).await
            }
            "chmod" => chmod(&call).await,
            "chown" => chown(&call).await,
            "ln" => ln(&call).await,
            _ => {
                let options = Options::of(&call, &[]);
                each(&call, &options.words, "error opening", |path| call.view.meta(path).map(|_| ())).await
            }
        }
    })
}

/// Does something to each path, and tells those with which it could not be done.
async fn each(call: &Call, paths: &[String], failed: &str, work: impl Fn(&str) -> Result<(), Errno>) -> End {
    if paths.is_empty() && call.name() != "sync" {
        return Err(call.fail(1, &format!("{}: missing operand", call.name())).await);
    }
    let mut end = Ok(());
    for path in paths {
        if let Err(error) = work(path) {
            end = Err(call.fail(1, &format!("{}: {failed} '{path}': {error}", call.name())).await);
        }
    }
    end
}

async fn mkdir(call: &Call) -> End {
    let options = Options::of(call, &["m", "mode"]);
    let mode =
        options.value(&["m", "mode"]).and_then(|mode| u32::from_str_radix(mode, 8).ok()).unwrap_or(0o755);
    let parents = options.has(&["p", "parents"]);
    let make = |path: &str| {
        if parents { call.view.make_folders(path, mode) } else { call.view.make_folder(path, mode) }
    };
    each(call, &options.words, "cannot create directory", make).await
}

async fn rm(call: &Call) -> End {
    let options = Options::of(call, &[]);
    let (force, deep) = (options.has(&["f", "force"]), options.has(&["r", "R", "recursive"]));
    if force && options.words.is_empty() {
        return Ok(());
    }
    let mut told = Vec::new();
    for path in &options.words {
        if let Ok(found) = call.view.walk(path) {
            told.extend(found.into_iter().rev());
        }
    }
    let remove = |path: &str| match call.view.link_meta(path) {
        Err(Errno::NotFound) if force => Ok(()),
        Ok(meta) if meta.is_folder() && deep => call.view.remove_all(path),
        Ok(_) => call.view.remove_file(path),
        Err(error) => Err(error),
    };
    let end = each(call, &options.words, "cannot remove", remove).await;
    if options.has(&["v"]) {
        for (path, meta) in told.iter().filter(|(path, _)| call.view.link_meta(path).is_err()) {
            let what = if meta.is_folder() { "removed directory" } else { "removed" };
            call.print(format!("{what} '{path}'\n")).await?;
        }
    }
    end
}

async fn chmod(call: &Call) -> End {
    let options = Options::of(call, &[]);
    let Some((mode, paths)) = options.words.split_first() else {
        return Err(call.fail(1, "chmod: missing operand").await);
    };
    let exact = u32::from_str_radix(mode, 8).ok();
    // Of the symbolic modes, those that scripts use: `+x`, `u+x`, `go-rwx`.
    let symbolic = mode.find(['+', '-']).map(|at| {
        let who = &mode[..at];
        let masks = [('u', 6), ('g', 3), ('o', 0)];
        let chosen = masks.iter().filter(|(name, _)| who.is_empty() || who.contains([*name, 'a']));
        let bits = mode[at + 1..].chars().fold(0, |bits, letter| {
            bits | u32::from(letter == 'x') | u32::from(letter == 'w') << 1 | u32::from(letter == 'r') << 2
        });
        (mode.as_bytes()[at] == b'+', chosen.fold(0, |all, (_, shift)| all | bits << shift))
    });
    if exact.is_none() && symbolic.is_none() {
        return Err(call.fail(1, &format!("chmod: invalid mode: '{mode}'")).await);
    }
    let change = |path: &str| {
        let paths = if options.has(&["R"]) {
            call.view.walk(path)?
        } else {
            vec![(path.to_owned(), call.view.meta(path)?)]
        };
        for (path, meta) in paths {
            let mode = match (exact, symbolic) {
                (Some(mode), _) => mode,
                (None, Some((true, bits))) => meta.mode | bits,
                (None, Some((false, bits))) => meta.mode & !bits,
                (None, None) => meta.mode,
            };
            call.view.set_mode(&path, mode)?;
        }
        Ok(())
    };
    each(call, paths, "changing permissions of", change).await
}

async fn chown(call: &Call) -> End {
    let options = Options::of(call, &[]);
    let Some((owner, paths)) = options.words.split_first() else {
        return Err(call.fail(1, "chown: missing operand").await);
    };
    let Some(owner) = User::of(owner.split(':').next().unwrap_or_default()) else {
        return Err(call.fail(1, &format!("chown: invalid user: '{owner}'")).await);
    };
    let change = |path: &str| {
        let paths = if options.has(&["R"]) {
            call.view.walk(path)?
        } else {
            vec![(path.to_owned(), call.view.meta(path)?)]
        };
        paths.iter().try_for_each(|(path, _)| call.view.set_owner(path, owner))
    };
    each(call, paths, "changing ownership of", change).await
}

async fn ln(call: &Call) -> End {
    let options = Options::of(call, &[]);
    let [target, place] = options.words.as_slice() else {
        return Err(call.fail(1, "ln: missing file operand").await);
    };
    if !options.has(&["s", "symbolic"]) {
        return Err(call
            .fail(1, &format!("ln: failed to create hard link '{place}': Operation not supported"))
            .await);
    }
    let is_folder = call.view.meta(place).is_ok_and(|meta| meta.is_folder()) && !options.has(&["n", "T"]);
    let name = target.rsplit('/').next().unwrap_or(target);
    let place = if is_folder { format!("{place}/{name}") } else { place.clone() };
    if options.has(&["f", "force"]) {
        // What is not there need not make room.
        let _ = call.view.remove_file(&place);
    }
    match call.view.make_link(&place, target) {
        Ok(()) => Ok(()),
        Err(error) => {
            Err(call.fail(1, &format!("ln: failed to create symbolic link '{place}': {error}")).await)
        }
    }
}
