//! Many short texts, one after another in one piece of memory: a file has 200,000 people, and each of their names by itself
//! would take more room for being by itself than for what it says.

use zeroize::Zeroize;

/// Texts in the order in which they came, each known by its number from 0 on. As secret as passwords: some of them are.
#[derive(Debug, Default)]
pub struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Makes room for so many bytes more. Texts that outgrow their room are copied, and the copy before is not wiped.
    pub fn make_room(&mut self, bytes: usize) {
        self.all.reserve_exact(bytes);
    }

    /// Adds a text. All of them together may have 4 GiB, far more than any file.
    pub fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
    }

    /// The text of this number; `None` if there are not so many.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&str> {
        let begin = number.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.all.get(begin as usize..*self.ends.get(number)? as usize)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many bytes all of them have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.all.len()
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        // As far as they were written; to wipe the room behind them would make memory of it.
        std::mem::take(&mut self.all).into_bytes().as_mut_slice().zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::Texts;

    #[test]
    fn texts_come_out_as_they_went_in() {
        let mut texts = Texts::default();
        texts.make_room(8);
        let some = ["", "Ann", "Müller", "", "李"];
        some.iter().for_each(|text| texts.push(text));
        for (number, text) in some.iter().enumerate() {
            assert_eq!(texts.get(number), Some(*text));
        }
        assert_eq!((texts.get(5), texts.bytes()), (None, 13));
    }
}
