//! Throws whatever it can think of at what `tests/it/malformed/form.rs` holds.
#![no_main]

#[path = "../../tests/it/malformed/form.rs"]
#[allow(dead_code, reason = "some of it is another target's")]
mod form;

libfuzzer_sys::fuzz_target!(|data: &[u8]| form::check_urlencoded(data));
