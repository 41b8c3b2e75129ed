//! Throws whatever it can think of at what `tests/it/malformed/head.rs` holds.
#![no_main]

#[path = "../../tests/it/malformed/head.rs"]
mod head;

libfuzzer_sys::fuzz_target!(|data: &[u8]| head::check(data));
