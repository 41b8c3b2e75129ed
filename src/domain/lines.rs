//! Where a line of a text file begins, as people count lines: CRLF, CR and LF each end one, the first is line 1.

/// Walks forward through a file and says on which line a place lies.
pub(super) struct Lines<'a> {
    file: &'a [u8],
    /// How far the walk has come, in bytes.
    at: usize,
    /// The line on which `at` lies.
    line: u32,
}

impl<'a> Lines<'a> {
    pub(super) fn new(file: &'a [u8]) -> Lines<'a> {
        Lines { file, at: 0, line: 1 }
    }

    /// The first byte at or after `place` that ends no line, and the line on which it lies. `place` must not lie
    /// before an earlier one.
    pub(super) fn skip_blank(&mut self, place: usize) -> (usize, u32) {
        while let Some(byte) = self.file.get(self.at) {
            let is_break = matches!(byte, b'\r' | b'\n');
            if self.at >= place && !is_break {
                break;
            }
            // A CR that a LF follows ends nothing by itself: the LF will.
            if is_break && !(*byte == b'\r' && self.file.get(self.at + 1) == Some(&b'\n')) {
                self.line = self.line.saturating_add(1);
            }
            self.at += 1;
        }
        (self.at, self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn every_kind_of_line_end_counts_once() {
        let file = b"a\nb\r\nc\rd\n\n\r\n\r\re";
        let mut lines = Lines::new(file);
        let places: Vec<(usize, u32)> = [0, 2, 4, 7, 9, 12].iter().map(|&at| lines.skip_blank(at)).collect();
        // a on 1, b on 2, after b's CR the c on 3, d on 4; then LF, CRLF, CR, CR are blank lines before the e.
        assert_eq!(places, [(0, 1), (2, 2), (5, 3), (7, 4), (14, 9), (14, 9)]);
    }
}
