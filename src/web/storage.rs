//! What scripts keep, from outside: `POST /integrations/storage` with the body `save NAME`, `load NAME` or `erase`, as
//! the origin understood them at its only door. Here the door wants `ADMIN_TOKEN`, and names stay inside one folder.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Buf;
use futures_util::Stream;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::bearer;
use super::body::BodyLimits;
use super::refusal::Refusal;
use crate::model::{Secret, Storages, check_name};
use crate::store::{Store, StoreError};

const FORMS: &str = "the body is none of `save NAME`, `load NAME`, `erase` and `erase SCRIPT`";
/// Bytes of a file that is loaded.
const LONGEST_FILE: u64 = 64 << 20;

/// What the storage door needs.
#[derive(Debug)]
pub struct StorageDoor {
    /// Who may knock.
    pub token: Secret,
    /// Where files are saved to and loaded from.
    pub folder: PathBuf,
    /// What is kept.
    pub store: Store,
    /// Caps on bodies.
    pub limits: BodyLimits,
}

/// Without an `ADMIN_TOKEN` there is no such door.
pub(super) fn filter(door: Option<Arc<StorageDoor>>) -> BoxedFilter<(Response,)> {
    warp::path!("integrations" / "storage")
        .and(warp::post())
        .map(move || door.clone())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(|door: Option<Arc<StorageDoor>>, headers: HeaderMap, body| async move {
            let Some(door) = door else { return Refusal::NoDoor.answer() };
            match door.take(&headers, body).await {
                Ok(()) => no_content(),
                Err(refusal) => {
                    tracing::warn!(?refusal, "refused a request at the storage door");
                    refusal.answer()
                }
            }
        })
        .boxed()
}

/// What is asked for.
enum Order<'a> {
    Save(&'a str),
    Load(&'a str),
    Erase(Option<&'a str>),
}

impl<'a> Order<'a> {
    fn read(body: &'a str) -> Result<Self, Refusal> {
        let (word, name) = body.trim().split_once(char::is_whitespace).unwrap_or((body.trim(), ""));
        let name = Some(name.trim()).filter(|name| !name.is_empty());
        if let Some(Err(bad)) = name.map(check_name) {
            return Err(Refusal::Malformed(format!("{bad}, nor of a file here")));
        }
        match (word, name) {
            ("save", Some(name)) => Ok(Order::Save(name)),
            ("load", Some(name)) => Ok(Order::Load(name)),
            ("erase", name) => Ok(Order::Erase(name)),
            _ => Err(Refusal::Malformed(FORMS.to_owned())),
        }
    }
}

impl StorageDoor {
    async fn take<S, B>(&self, headers: &HeaderMap, stream: S) -> Result<(), Refusal>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        bearer::check(headers, &self.token)?;
        let body = self.limits.take(headers, stream).await?;
        let text = std::str::from_utf8(&body.bytes).map_err(|_| Refusal::Malformed(FORMS.to_owned()))?;
        match Order::read(text)? {
            Order::Save(name) => self.save(name).await,
            Order::Load(name) => self.load(name).await,
            Order::Erase(name) => {
                let backup = self.store.erase_storage(name).await.map_err(|error| away(&error))?;
                tracing::info!(script = name.unwrap_or("(all)"), backup, "what scripts keep was erased");
                Ok(())
            }
        }
    }

    async fn save(&self, name: &str) -> Result<(), Refusal> {
        let (storages, _) = self.store.storages().await.map_err(|error| away(&error))?;
        let (folder, file) = (self.folder.clone(), name.to_owned());
        on_disk(move || save(&folder.join(file), &storages.to_string())).await.map_err(|error| {
            tracing::error!(%error, folder = %self.folder.display(), "what scripts keep could not be saved");
            Refusal::NotSafe
        })?;
        tracing::info!(file = name, "what scripts keep was saved");
        Ok(())
    }

    async fn load(&self, name: &str) -> Result<(), Refusal> {
        let path = self.folder.join(name);
        let text = on_disk(move || load(&path)).await;
        let refuse = |why: &str| Refusal::Malformed(format!("{name} cannot be loaded, and nothing was changed: {why}"));
        let text = text.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => refuse("there is no such file in STORAGE_DIR"),
            _ => refuse(&error.to_string()),
        })?;
        let storages = Storages::parse(&text).map_err(|why| refuse(&why))?;
        let backup = self.store.load_storages(&storages, &format!("load {name}")).await;
        let backup = backup.map_err(|error| away(&error))?;
        tracing::info!(file = name, backup, "what scripts keep was loaded");
        Ok(())
    }
}

fn away(error: &StoreError) -> Refusal {
    tracing::error!(%error, "what scripts keep cannot be reached");
    Refusal::NotSafe
}

async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Writes beside the file and puts it in its place when it is whole; so a link that stands there is not followed.
fn save(path: &std::path::Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_file_name(format!(".{}", uuid::Uuid::now_v7()));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        // Left behind, it would only be in the way; the error that counts is the one before.
        let _ = fs::remove_file(&beside);
    })
}

fn load(path: &std::path::Path) -> io::Result<String> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut text = String::new();
    let read = File::open(path)?.take(LONGEST_FILE + 1).read_to_string(&mut text)?;
    if read as u64 > LONGEST_FILE {
        return Err(io::Error::other(format!("it is longer than {} MB", LONGEST_FILE >> 20)));
    }
    Ok(text)
}

fn no_content() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
