//! Taking a body in: capped in length, in time, and in what all bodies together hold of memory. A body is collected by
//! hand, since a cap on the Content-Length says nothing of a chunked one.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use warp::http::HeaderMap;

use super::refusal::Refusal;

/// Bodies of issues are a few kilobytes; the longest description is one megabyte.
const ORDINARY: usize = 1 << 20;

/// The caps.
#[derive(Clone, Debug)]
pub struct BodyLimits {
    most: usize,
    patience: Duration,
    /// Bytes that may still be taken in, over all requests. What a body has beyond the first megabyte comes out of the
    /// second half, so that a few long bodies cannot keep every ordinary one out.
    first: Arc<Semaphore>,
    beyond: Arc<Semaphore>,
}

/// What a body holds of the room.
#[derive(Debug)]
#[expect(dead_code, reason = "held until dropped")]
pub(super) struct Room(OwnedSemaphorePermit, OwnedSemaphorePermit);

/// A body, and its share of the room.
pub(super) struct Body {
    pub(super) bytes: Bytes,
    /// Given back when it is dropped, so it goes wherever the bytes go.
    pub(super) room: Room,
}

impl BodyLimits {
    /// Bodies of up to `most` bytes that come within `patience`, and `in_flight` bytes of them at once.
    pub fn new(most: usize, patience: Duration, in_flight: usize) -> Self {
        let half = || Arc::new(Semaphore::new(in_flight / 2));
        BodyLimits { most, patience, first: half(), beyond: half() }
    }

    /// The same room, for bodies of no more than `most` bytes.
    pub(super) fn at_most(&self, most: usize) -> Self {
        BodyLimits { most: self.most.min(most), ..self.clone() }
    }

    pub(super) async fn take<S, B>(&self, headers: &HeaderMap, stream: S) -> Result<Body, Refusal>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        let told = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if told.is_some_and(|told| told > self.most) {
            return Err(Refusal::TooLarge(self.most));
        }
        let read = self.read(told.unwrap_or(0), stream);
        tokio::time::timeout(self.patience, read).await.unwrap_or(Err(Refusal::TooSlow))
    }

    async fn read<S, B>(&self, told: usize, stream: S) -> Result<Body, Refusal>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        let mut bytes = BytesMut::with_capacity(told.min(64 << 10));
        let mut first = take(&self.first, 0)?;
        let mut beyond = take(&self.beyond, 0)?;
        tokio::pin!(stream);
        while let Some(chunk) = stream.next().await {
            let mut chunk = chunk.map_err(|_| Refusal::BrokenOff)?;
            let size = chunk.remaining();
            if bytes.len() + size > self.most {
                return Err(Refusal::TooLarge(self.most));
            }
            let ordinary = size.min(ORDINARY.saturating_sub(bytes.len()));
            first.merge(take(&self.first, ordinary)?);
            beyond.merge(take(&self.beyond, size - ordinary)?);
            while chunk.has_remaining() {
                let run = chunk.chunk();
                bytes.extend_from_slice(run);
                let length = run.len();
                chunk.advance(length);
            }
        }
        Ok(Body { bytes: bytes.freeze(), room: Room(first, beyond) })
    }
}

fn take(room: &Arc<Semaphore>, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
    let bytes = u32::try_from(bytes).map_err(|_| Refusal::Busy)?;
    Arc::clone(room).try_acquire_many_owned(bytes).map_err(|_| Refusal::Busy)
}
