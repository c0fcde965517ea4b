//! The `whosekey` program: arguments in, exit code out. This is the only place that reads the process's environment
//! and clock and that ends the process.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Several crates bring rustls with different default providers; one must be chosen before any is used.
    rustls::crypto::aws_lc_rs::default_provider().install_default().expect("main is the first to choose a provider");
    whosekey::cli::main()
}
