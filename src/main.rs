//! The binary: everything is in the library.

use std::io::Write;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match kanbridge::cli::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever reads standard output must not find talk there. Where even this cannot be written, the exit code
            // is all that is left.
            let _ = writeln!(std::io::stderr(), "kanbridge: {error:#}");
            ExitCode::FAILURE
        }
    }
}
