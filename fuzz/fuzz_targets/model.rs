#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zg_fuzz::model(bytes));
