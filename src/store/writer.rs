//! Group commit. Making a commit safe costs one flush of the disk, whatever its size; so one task writes for all
//! doors, and requests that arrive while a commit is under way share the next one.

use tokio::sync::{mpsc, oneshot};

use super::{Store, StoreError};
use crate::model::{Intake, Receipt};

/// Rows in one commit at most.
const BATCH: usize = 64;
/// Intakes that may wait; the doors bound the bytes in flight before that.
const LINE: usize = 1024;

type Job = (Intake, oneshot::Sender<Result<Receipt, StoreError>>);

/// The doors' way into the store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Starts the task; it ends when the last clone is gone and everything is written.
    pub(super) fn start(store: Store) -> Self {
        let (sender, line) = mpsc::channel(LINE);
        tokio::spawn(write_all(store, line));
        Writer(sender)
    }

    /// Writes `intake` down and answers after its commit.
    ///
    /// # Errors
    /// [`StoreError::Away`] when it could not be made safe; nothing of it is kept then.
    pub async fn accept(&self, intake: Intake) -> Result<Receipt, StoreError> {
        let gone = || StoreError::Away("the writer has stopped".to_owned());
        let (answer, receipt) = oneshot::channel();
        self.0.send((intake, answer)).await.map_err(|_| gone())?;
        receipt.await.map_err(|_| gone())?
    }
}

async fn write_all(store: Store, mut line: mpsc::Receiver<Job>) {
    let mut jobs: Vec<Job> = Vec::with_capacity(BATCH);
    while line.recv_many(&mut jobs, BATCH).await > 0 {
        let (intakes, answers): (Vec<Intake>, Vec<_>) = jobs.drain(..).unzip();
        match store.accept(&intakes).await {
            Ok(receipts) => {
                for (answer, receipt) in answers.into_iter().zip(receipts) {
                    // A door that is gone (its client hung up) needs no answer.
                    let _ = answer.send(Ok(receipt));
                }
            }
            Err(error) => write_singly(&store, intakes, answers, error).await,
        }
    }
}

/// One row that the database will not take must not cost its neighbours their place. Where the database is away,
/// every row would fail alike, and each after a wait: then all are told at once.
async fn write_singly(
    store: &Store,
    intakes: Vec<Intake>,
    answers: Vec<oneshot::Sender<Result<Receipt, StoreError>>>,
    error: StoreError,
) {
    let mut away = match error {
        StoreError::Away(sentence) => Some(sentence),
        _ => None,
    };
    for (intake, answer) in intakes.into_iter().zip(answers) {
        let result = match &away {
            Some(sentence) => Err(StoreError::Away(sentence.clone())),
            None => store
                .accept(std::slice::from_ref(&intake))
                .await
                .map(|mut receipts| receipts.remove(0)),
        };
        if let Err(StoreError::Away(sentence)) = &result {
            away = Some(sentence.clone());
        }
        let _ = answer.send(result);
    }
}
