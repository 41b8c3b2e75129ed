//! Where a page of a list begins.

/// Where a page of a list begins. To go on from a row that was shown costs the same on the first page and the
/// ten-thousandth; to pass over rows costs each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot<K> {
    /// After so many rows; 0 for the first page.
    Skip(u32),
    /// After this row.
    After(K),
    /// Before this row: the page that ends there.
    Before(K),
}

impl<K> Spot<K> {
    /// The same spot, its row named otherwise.
    pub fn map<L>(self, name: impl FnOnce(K) -> L) -> Spot<L> {
        match self {
            Spot::Skip(rows) => Spot::Skip(rows),
            Spot::After(row) => Spot::After(name(row)),
            Spot::Before(row) => Spot::Before(name(row)),
        }
    }
}
