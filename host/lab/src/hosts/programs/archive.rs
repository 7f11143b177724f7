//! `tar`, `sha256sum` and `dd`.

use std::io::{Cursor, Read as _, Write as _};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};

use super::super::call::{Call, End};
use super::super::files::{Errno, Kind, View};
use super::super::process::Exit;
use super::super::shell::matches;
use super::super::user::User;
use super::Options;
use crate::containers::tools::hex;

pub(super) fn run(call: Call) -> BoxFuture<'static, End> {
    Box::pin(async move {
        match call.name() {
            "sha256sum" => sha256sum(&call).await,
            "dd" => dd(&call).await,
            _ => tar(&call).await,
        }
    })
}

async fn sha256sum(call: &Call) -> End {
    let options = Options::of(call, &[]);
    if options.has(&["c", "check"]) {
        return check(call, &options).await;
    }
    if options.words.is_empty() {
        let bytes = call.streams.stdin.read_all().await;
        return call.print(format!("{}  -\n", hex(&Sha256::digest(&bytes)))).await;
    }
    let mut end = Ok(());
    for path in &options.words {
        match call.view.read(path) {
            Ok(bytes) => call.print(format!("{}  {path}\n", hex(&Sha256::digest(&bytes)))).await?,
            Err(error) => end = Err(call.fail(1, &format!("sha256sum: {path}: {error}")).await),
        }
    }
    end
}

async fn check(call: &Call, options: &Options) -> End {
    let list = match options.words.first() {
        Some(path) if path != "-" => call.view.read(path).unwrap_or_default(),
        _ => call.streams.stdin.read_all().await,
    };
    let mut end = Ok(());
    for line in String::from_utf8_lossy(&list).lines() {
        let Some((wanted, path)) = line.split_once("  ") else { continue };
        let fits = call.view.read(path).is_ok_and(|bytes| hex(&Sha256::digest(&bytes)) == wanted);
        call.print(format!("{path}: {}\n", if fits { "OK" } else { "FAILED" })).await?;
        if !fits {
            end = Err(Exit::Code(1));
        }
    }
    end
}

async fn dd(call: &Call) -> End {
    let operand =
        |name: &str| call.words().iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let mut bytes = match operand("if") {
        Some("/dev/zero") => Vec::new(),
        Some(path) => match call.view.read(path) {
            Ok(bytes) => bytes,
            Err(error) => return Err(call.fail(1, &format!("dd: failed to open '{path}': {error}")).await),
        },
        None => call.streams.stdin.read_all().await,
    };
    let number = |name: &str| {
        let text = operand(name)?;
        let digits = text.trim_end_matches(|letter: char| letter.is_alphabetic());
        let unit = match &text[digits.len()..] {
            "k" | "K" | "KiB" => 1 << 10,
            "M" | "MiB" => 1 << 20,
            "G" | "GiB" => 1 << 30,
            _ => 1,
        };
        digits.parse::<usize>().ok().map(|count| count * unit)
    };
    let most = number("count").map(|count| count * number("bs").unwrap_or(512));
    if operand("if") == Some("/dev/zero") {
        bytes.resize(most.unwrap_or(0), 0);
    }
    bytes.truncate(most.unwrap_or(bytes.len()));
    let Some(path) = operand("of") else { return call.print(bytes).await };
    match call.view.write(path, &bytes) {
        Ok(()) => call.complain(&format!("{} bytes copied", bytes.len())).await,
        Err(error @ Errno::NoSpace) => {
            Err(call.fail(1, &format!("dd: error writing '{path}': {error}")).await)
        }
        Err(error) => Err(call.fail(1, &format!("dd: failed to open '{path}': {error}")).await),
    }
}

/// A file or folder of an archive.
pub(in crate::hosts) struct Member {
    /// The path in the archive; that of a folder ends with a slash.
    pub(in crate::hosts) path: String,
    /// The permission bits.
    pub(in crate::hosts) mode: u32,
    /// The content, unless it is a folder.
    pub(in crate::hosts) bytes: Option<Vec<u8>>,
}

async fn tar(call: &Call) -> End {
    let mut words = call.words().to_vec();
    // The first word may leave out its dash.
    if let Some(first) = words.first_mut().filter(|first| !first.starts_with('-')) {
        first.insert(0, '-');
    }
    let options = Options::read(&words, &["f", "file", "C", "directory", "strip-components"]);
    let Some(file) = options.value(&["f", "file"]) else {
        return Err(call
            .fail(2, "tar: Refusing to read archive contents from terminal (missing -f option?)")
            .await);
    };
    let folder = options.value(&["C", "directory"]).unwrap_or(".");
    if options.has(&["c", "create"]) {
        let mut view = call.view.clone();
        if let Err(error) = view.enter(folder) {
            return Err(call.fail(2, &format!("tar: {folder}: Cannot open: {error}")).await);
        }
        let archive = match pack(&view, &options.words) {
            Ok(archive) => archive,
            Err((path, error)) => {
                return Err(call.fail(2, &format!("tar: {path}: Cannot open: {error}")).await);
            }
        };
        if file == "-" {
            return call.print(archive).await;
        }
        return match call.view.write(file, &archive) {
            Ok(()) => Ok(()),
            Err(error) => Err(call.fail(2, &format!("tar: {file}: Cannot write: {error}")).await),
        };
    }
    let bytes = match call.view.read(file) {
        _ if file == "-" => call.streams.stdin.read_all().await,
        Ok(bytes) => bytes,
        Err(error) => {
            call.complain(&format!("tar: {file}: Cannot open: {error}")).await?;
            return Err(call.fail(2, "tar: Error is not recoverable: exiting now").await);
        }
    };
    let Some(members) = unpack(&bytes) else {
        call.complain("gzip: stdin: not in gzip format").await?;
        return Err(call.fail(2, "tar: Error is not recoverable: exiting now").await);
    };
    let strip = options.value(&["strip-components"]).and_then(|count| count.parse().ok()).unwrap_or(0);
    read(call, &options, (folder, strip), &members).await
}

/// Lists or extracts the members that were asked for.
async fn read(call: &Call, options: &Options, (folder, strip): (&str, usize), members: &[Member]) -> End {
    let lists = options.has(&["t", "list"]);
    let verbose = options.has(&["v", "verbose"]);
    let asked = |path: &str, pattern: &String| {
        path.starts_with(&format!("{}/", pattern.trim_end_matches('/')))
            || matches(pattern, path.trim_end_matches('/'))
    };
    let mut found = vec![false; options.words.len()];
    for member in members {
        let wanted: Vec<bool> = options.words.iter().map(|pattern| asked(&member.path, pattern)).collect();
        if !wanted.is_empty() && !wanted.contains(&true) {
            continue;
        }
        found.iter_mut().zip(&wanted).for_each(|(found, wanted)| *found |= wanted);
        if lists && verbose {
            let size = member.bytes.as_ref().map_or(0, Vec::len);
            let kind = if member.bytes.is_some() { "-rw-------" } else { "drwxr-xr-x" };
            call.print(format!("{kind} root/root {size:>9} 2026-01-01 00:00 {}\n", member.path)).await?;
            continue;
        }
        if lists || verbose {
            call.print(format!("{}\n", member.path)).await?;
        }
        if !lists && let Err((path, error)) = extract(&call.view, folder, strip, member) {
            return Err(call.fail(2, &format!("tar: {path}: Cannot write: {error}")).await);
        }
    }
    let mut end = Ok(());
    for (pattern, _) in options.words.iter().zip(found).filter(|(_, found)| !found) {
        call.complain(&format!("tar: {pattern}: Not found in archive")).await?;
        end = Err(Exit::Code(2));
    }
    if end.is_err() {
        call.complain("tar: Exiting with failure status due to previous errors").await?;
    }
    end
}

/// Puts a member where it belongs below `folder`, without the first `strip` names of its path.
pub(in crate::hosts) fn extract(
    view: &View,
    folder: &str,
    strip: usize,
    member: &Member,
) -> Result<(), (String, Errno)> {
    let names: Vec<&str> = member.path.split('/').filter(|name| !name.is_empty() && *name != "..").collect();
    let Some(names) = names.get(strip..).filter(|names| !names.is_empty()) else { return Ok(()) };
    let path = format!("{}/{}", folder.trim_end_matches('/'), names.join("/"));
    let failed = |error| (path.clone(), error);
    let Some(bytes) = &member.bytes else { return view.make_folders(&path, member.mode).map_err(failed) };
    if let Some((parent, _)) = path.rsplit_once('/') {
        view.make_folders(parent, 0o755).map_err(failed)?;
    }
    view.write(&path, bytes).map_err(failed)?;
    view.set_mode(&path, member.mode).map_err(failed)
}

/// Packs what is at and below `paths` into a compressed archive.
pub(in crate::hosts) fn pack(view: &View, paths: &[String]) -> Result<Vec<u8>, (String, Errno)> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for path in paths {
        for (path, meta) in view.walk(path).map_err(|error| (path.clone(), error))? {
            let mut header = tar::Header::new_gnu();
            header.set_mode(meta.mode);
            header.set_uid(meta.owner.id().into());
            header.set_gid(meta.owner.id().into());
            header.set_mtime(u64::try_from(meta.modified.as_second()).unwrap_or(0));
            let name = path.trim_start_matches('/');
            let written = match meta.kind {
                Kind::Folder => {
                    header.set_entry_type(tar::EntryType::Directory);
                    header.set_size(0);
                    builder.append_data(&mut header, format!("{name}/"), std::io::empty())
                }
                Kind::Link(target) => {
                    header.set_entry_type(tar::EntryType::Symlink);
                    header.set_size(0);
                    builder.append_link(&mut header, name, target)
                }
                Kind::File => {
                    let bytes = view.of(User::Root).read(&path).map_err(|error| (path.clone(), error))?;
                    header.set_size(bytes.len() as u64);
                    builder.append_data(&mut header, name, Cursor::new(bytes))
                }
            };
            written.map_err(|_| (path, Errno::Invalid))?;
        }
    }
    let whole = builder.into_inner().and_then(|mut packed| packed.flush().and_then(|()| packed.finish()));
    whole.map_err(|_| (paths.join(" "), Errno::Invalid))
}

/// The members of an archive, compressed or not; `None` if it is none.
pub(in crate::hosts) fn unpack(bytes: &[u8]) -> Option<Vec<Member>> {
    let mut plain = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(bytes).read_to_end(&mut plain).ok()?;
    } else {
        plain.extend_from_slice(bytes);
    }
    let mut archive = tar::Archive::new(Cursor::new(plain));
    let mut members = Vec::new();
    for entry in archive.entries().ok()? {
        let mut entry = entry.ok()?;
        let path = entry.path().ok()?.to_string_lossy().into_owned();
        let mode = entry.header().mode().ok()?;
        let is_folder = entry.header().entry_type().is_dir();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).ok()?;
        let path = if is_folder { format!("{}/", path.trim_end_matches('/')) } else { path };
        members.push(Member { path, mode, bytes: (!is_folder).then_some(bytes) });
    }
    Some(members)
}
