//! `mv` and `cp`: a move within a file system is a rename, across two it copies and then removes.

use futures::future::BoxFuture;

use super::super::call::{Call, End};
use super::super::files::{Errno, Kind, View};
use super::super::process::Exit;
use super::Options;

pub(super) fn run(call: Call) -> BoxFuture<'static, End> {
    Box::pin(async move {
        let name = call.name().to_owned();
        let options = Options::of(&call, &["t", "target-directory"]);
        let into = options.value(&["t", "target-directory"]).map(str::to_owned);
        let (sources, target) = match (&into, options.words.split_last()) {
            (Some(folder), _) => (options.words.as_slice(), folder.clone()),
            (None, None) => return Err(call.fail(1, &format!("{name}: missing file operand")).await),
            (None, Some((only, []))) => {
                let text = format!("{name}: missing destination file operand after '{only}'");
                return Err(call.fail(1, &text).await);
            }
            (None, Some((target, sources))) => (sources, target.clone()),
        };
        let into_folder = call.view.meta(&target).is_ok_and(|meta| meta.is_folder()) && !options.has(&["T"]);
        if !into_folder && (sources.len() > 1 || into.is_some()) {
            return Err(call.fail(1, &format!("{name}: target '{target}' is not a directory")).await);
        }
        let mut end = Ok(());
        for source in sources {
            let last = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let place =
                if into_folder { format!("{}/{last}", target.trim_end_matches('/')) } else { target.clone() };
            if options.has(&["n"]) && call.view.exists(&place) {
                continue;
            }
            let done = if name == "mv" {
                mv(&call, &options, source, &place).await
            } else {
                cp(&call, &options, source, &place).await
            };
            match done {
                Err(Exit::Code(_)) => end = done,
                Err(signal) => return Err(signal),
                Ok(()) => {}
            }
        }
        end
    })
}

async fn mv(call: &Call, options: &Options, source: &str, place: &str) -> End {
    let view = &call.view;
    let verbose = options.has(&["v", "verbose"]);
    if let Err(error) = view.link_meta(source) {
        return Err(call.fail(1, &format!("mv: cannot stat '{source}': {error}")).await);
    }
    match view.rename(source, place) {
        Ok(()) if verbose => call.print(format!("renamed '{source}' -> '{place}'\n")).await,
        Ok(()) => Ok(()),
        Err(Errno::CrossDevice) => {
            let mut told = Vec::new();
            let copied = copy(view, source, place, true, &mut told);
            if let Err((path, error)) = copied {
                tell(call, verbose, &told).await?;
                return Err(call.fail(1, &format!("mv: {path}: {error}")).await);
            }
            tell(call, verbose, &told).await?;
            match view.remove_all(source) {
                Ok(()) if verbose => call.print(format!("removed '{source}'\n")).await,
                Ok(()) => Ok(()),
                Err(error) => Err(call.fail(1, &format!("mv: cannot remove '{source}': {error}")).await),
            }
        }
        Err(Errno::IsFolder) => {
            Err(call.fail(1, &format!("mv: cannot overwrite directory '{place}' with non-directory")).await)
        }
        Err(Errno::Invalid) => {
            let text = format!("mv: cannot move '{source}' to a subdirectory of itself, '{place}'");
            Err(call.fail(1, &text).await)
        }
        Err(error) => Err(call.fail(1, &format!("mv: cannot move '{source}' to '{place}': {error}")).await),
    }
}

async fn cp(call: &Call, options: &Options, source: &str, place: &str) -> End {
    let deep = options.has(&["r", "R", "a", "recursive"]);
    match call.view.meta(source) {
        Err(error) => return Err(call.fail(1, &format!("cp: cannot stat '{source}': {error}")).await),
        Ok(meta) if meta.is_folder() && !deep => {
            return Err(call.fail(1, &format!("cp: -r not specified; omitting directory '{source}'")).await);
        }
        Ok(_) => {}
    }
    let mut told = Vec::new();
    let copied = copy(&call.view, source, place, options.has(&["p", "a", "preserve"]), &mut told);
    tell(call, options.has(&["v", "verbose"]), &told).await?;
    match copied {
        Ok(()) => Ok(()),
        Err((path, error)) => Err(call.fail(1, &format!("cp: {path}: {error}")).await),
    }
}

async fn tell(call: &Call, verbose: bool, told: &[(String, String)]) -> End {
    if verbose {
        for (from, to) in told {
            call.print(format!("copied '{from}' -> '{to}'\n")).await?;
        }
    }
    Ok(())
}

/// Copies everything at and below `source`; with `keeps`, owners, modes and times too.
///
/// Errors: what failed, and why.
pub(in crate::hosts) fn copy(
    view: &View,
    source: &str,
    place: &str,
    keeps: bool,
    told: &mut Vec<(String, String)>,
) -> Result<(), (String, Errno)> {
    let of = |path: &str| {
        let path = path.to_owned();
        move |error| (format!("cannot open '{path}' for reading"), error)
    };
    let root = source.trim_end_matches('/');
    for (path, meta) in view.walk(root).map_err(of(source))? {
        let to = format!("{place}{}", &path[root.len()..]);
        let creating = |error| (format!("error writing '{to}'"), error);
        match &meta.kind {
            Kind::Folder if view.exists(&to) => {}
            Kind::Folder => view.make_folder(&to, meta.mode).map_err(creating)?,
            Kind::Link(target) if keeps => view.make_link(&to, target).map_err(creating)?,
            _ => {
                let bytes = view.read(&path).map_err(of(&path))?;
                view.write(&to, &bytes).map_err(creating)?;
            }
        }
        told.push((path, to.clone()));
        if matches!(meta.kind, Kind::Link(_)) {
            continue;
        }
        if keeps {
            // Only root can give a file away; others keep what they copy.
            let _ = view.set_owner(&to, meta.owner);
            view.set_mode(&to, meta.mode).map_err(creating)?;
            view.set_modified(&to, meta.modified).map_err(creating)?;
        } else {
            view.set_mode(&to, meta.mode & !0o022).or(Ok(()))?;
        }
    }
    Ok(())
}
