//! Throws whatever it can think of at what `tests/it/malformed/intake.rs` holds.
#![no_main]

#[path = "../../tests/it/malformed/csv_again.rs"]
mod csv_again;
#[path = "../../tests/it/malformed/intake.rs"]
mod intake;

libfuzzer_sys::fuzz_target!(|data: &[u8]| intake::check(data));
