//! Group commit. Making a commit safe costs one flush of the disk, whatever its size; so one task writes for all
//! doors, and requests that arrive while a commit is under way share the next one.

use tokio::sync::{mpsc, oneshot};

use super::{Store, StoreError};
use crate::model::{Intake, Receipt};

/// Rows in one commit at most. Of many callers some are written down while the requests of the others are read: were
/// all of them in one commit, the doors and the disk would wait for each other in turns. A power of two, so that each
/// table takes one statement (see `runs`).
const BATCH: usize = 32;
/// Intakes that may wait; the doors bound the bytes in flight before that.
const LINE: usize = 1024;

/// Anything that is to be given back once the intake is written: the door's share of the room for bodies.
pub type Hold = Box<dyn std::any::Any + Send>;

/// Who waits for an intake, and what is given back with it.
type Waiting = (oneshot::Sender<Result<Receipt, StoreError>>, Hold);

type Job = (Intake, Waiting);

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

    /// Writes `intake` down and answers after its commit. `hold` is dropped when the intake is, also where the caller
    /// went away meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Away`] when it could not be made safe; nothing of it is kept then.
    pub async fn accept(&self, intake: Intake, hold: Hold) -> Result<Receipt, StoreError> {
        let gone = || StoreError::Away("the writer has stopped".to_owned());
        let (answer, receipt) = oneshot::channel();
        self.0.send((intake, (answer, hold))).await.map_err(|_| gone())?;
        receipt.await.map_err(|_| gone())?
    }
}

async fn write_all(store: Store, mut line: mpsc::Receiver<Job>) {
    let mut jobs: Vec<Job> = Vec::with_capacity(BATCH);
    while line.recv_many(&mut jobs, BATCH).await > 0 {
        let (intakes, waiting): (Vec<Intake>, Vec<Waiting>) = jobs.drain(..).unzip();
        match store.accept(&intakes).await {
            Ok(receipts) => {
                for ((answer, _), receipt) in waiting.into_iter().zip(receipts) {
                    // A door that is gone (its client hung up) needs no answer.
                    let _ = answer.send(Ok(receipt));
                }
            }
            Err(error) => write_singly(&store, &intakes, waiting, error).await,
        }
    }
}

/// One row that the database will not take must not cost its neighbours their place. Where the database is away,
/// every row would fail alike, and each after a wait: then all are told at once.
async fn write_singly(store: &Store, intakes: &[Intake], waiting: Vec<Waiting>, error: StoreError) {
    let mut away = match error {
        StoreError::Away(sentence) => Some(sentence),
        _ => None,
    };
    for (intake, (answer, _)) in intakes.iter().zip(waiting) {
        let result = match &away {
            Some(sentence) => Err(StoreError::Away(sentence.clone())),
            None => store.accept(std::slice::from_ref(intake)).await.map(|mut receipts| receipts.remove(0)),
        };
        if let Err(StoreError::Away(sentence)) = &result {
            away = Some(sentence.clone());
        }
        let _ = answer.send(result);
    }
}
