//! Taking a body in: capped in length, in time, and in what all bodies together hold of memory. A body is collected by
//! hand, since a cap on the Content-Length says nothing of a chunked one.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use warp::http::HeaderMap;

use super::refusal::Refusal;

/// The caps.
#[derive(Clone, Debug)]
pub struct BodyLimits {
    most: usize,
    patience: Duration,
    /// Bytes that may still be taken in, over all requests.
    room: Arc<Semaphore>,
}

/// A body, and its share of the room until it is dropped.
pub(super) struct Body {
    pub(super) bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl BodyLimits {
    /// Bodies of up to `most` bytes that come within `patience`, and `in_flight` bytes of them at once.
    pub fn new(most: usize, patience: Duration, in_flight: usize) -> Self {
        BodyLimits {
            most,
            patience,
            room: Arc::new(Semaphore::new(in_flight)),
        }
    }

    pub(super) async fn take<S, B>(&self, headers: &HeaderMap, stream: S) -> Result<Body, Refusal>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        let told = headers
            .get("content-length")
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if told.is_some_and(|told| told > self.most) {
            return Err(Refusal::TooLarge(self.most));
        }
        let read = self.read(told.unwrap_or(0), stream);
        tokio::time::timeout(self.patience, read)
            .await
            .unwrap_or(Err(Refusal::TooSlow))
    }

    async fn read<S, B>(&self, told: usize, stream: S) -> Result<Body, Refusal>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        let mut bytes = BytesMut::with_capacity(told.min(64 << 10));
        let mut share = Arc::clone(&self.room)
            .try_acquire_many_owned(0)
            .map_err(|_| Refusal::Busy)?;
        tokio::pin!(stream);
        while let Some(chunk) = stream.next().await {
            let mut chunk = chunk.map_err(|_| Refusal::BrokenOff)?;
            let size = chunk.remaining();
            if bytes.len() + size > self.most {
                return Err(Refusal::TooLarge(self.most));
            }
            let size = u32::try_from(size).map_err(|_| Refusal::TooLarge(self.most))?;
            share.merge(
                Arc::clone(&self.room)
                    .try_acquire_many_owned(size)
                    .map_err(|_| Refusal::Busy)?,
            );
            while chunk.has_remaining() {
                let run = chunk.chunk();
                bytes.extend_from_slice(run);
                let length = run.len();
                chunk.advance(length);
            }
        }
        Ok(Body {
            bytes: bytes.freeze(),
            _room: share,
        })
    }
}
