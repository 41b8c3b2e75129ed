//! Throws whatever it can think of at what `tests/it/malformed/workbook.rs` holds.
#![no_main]

#[path = "../../tests/it/malformed/csv_again.rs"]
mod csv_again;
#[path = "../../tests/it/malformed/intake.rs"]
#[allow(dead_code, reason = "some of it is another target's")]
mod intake;
#[path = "../../tests/it/malformed/workbook.rs"]
mod workbook;

libfuzzer_sys::fuzz_target!(|data: &[u8]| workbook::check(data));
