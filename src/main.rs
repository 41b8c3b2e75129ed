//! Firstbell's command line: the door, nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    firstbell::cli::run()
}
