//! Throws whatever it can think of at what `tests/it/malformed/export.rs` holds.
#![no_main]

#[path = "../../tests/it/malformed/csv_again.rs"]
mod csv_again;
#[path = "../../tests/it/malformed/export.rs"]
mod export;

libfuzzer_sys::fuzz_target!(|data: &[u8]| export::check(data));
