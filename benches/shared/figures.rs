//! Where a measured figure goes: into the file that `benches/run` names, a line each, `name value`, for the page that it
//! writes. Run by hand, a benchmark only prints.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::Write;

/// Notes a figure under its name.
pub(crate) fn note(name: &str, value: impl Display) {
    let Some(file) = std::env::var_os("FIRSTBELL_FIGURES") else { return };
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    writeln!(file, "{name} {value}").unwrap();
}

/// The one in the middle.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    share(values, 0.5)
}

/// The least and the most.
pub(crate) fn ends(values: &mut [f64]) -> String {
    format!("{} {}", share(values, 0.0), share(values, 1.0))
}

/// The value that so much of all are at most.
pub(crate) fn share(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() as f64 * part) as usize).min(values.len() - 1)]
}

/// Leaves a file beside the figures, for others to measure with.
pub(crate) fn leave(name: &str, content: &str) {
    let Some(figures) = std::env::var_os("FIRSTBELL_FIGURES") else { return };
    std::fs::write(std::path::Path::new(&figures).with_file_name(name), content).unwrap();
}
