//! The memory that one hash after another is worked out in, in large pages where the system has them.
//!
//! A hash touches its 19 MiB all over and in no order, so what it costs besides reckoning is to find each page: with pages of
//! 2 MiB that is a tenth of it less, and a fresh workplace is there after ten faults and not five thousand. One of two
//! files that say `unsafe`: Linux gives large pages to who asks (madvise(2), `MADV_HUGEPAGE`), and no safe call asks for
//! memory that is a slice of blocks. Called by the lane alone.
#![allow(unsafe_code, reason = "one call that says which pages are to be large; it reads and writes nothing")]

use argon2::Block;

/// A workplace, or the place for one.
#[derive(Default)]
pub(super) struct Workplace(Vec<Block>);

impl Workplace {
    /// So many blocks, with whatever stands in them; `None` if the system has no memory for them.
    pub(super) fn blocks(&mut self, count: usize) -> Option<&mut [Block]> {
        if self.0.len() != count {
            self.0 = Vec::new();
            self.0.try_reserve_exact(count).ok()?;
            ask_for_large_pages(&mut self.0);
            self.0.resize(count, Block::default());
        }
        Some(&mut self.0)
    }

    /// Whether there is memory in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.capacity() == 0
    }
}

/// Before anything is written to it. A system without large pages says no, and all goes on with small ones.
#[cfg(target_os = "linux")]
fn ask_for_large_pages(room: &mut Vec<Block>) {
    use rustix::mm::{Advice, madvise};
    let bytes = room.spare_capacity_mut();
    let page = rustix::param::page_size();
    // Whole pages only: what stands beside the room is not ours to speak of.
    let before = bytes.as_ptr().addr().next_multiple_of(page) - bytes.as_ptr().addr();
    let length = size_of_val(bytes).saturating_sub(before) / page * page;
    // SAFETY: the pages lie within the allocation that is borrowed here, and the advice leaves what is in them as it is.
    let _ = unsafe {
        madvise(bytes.as_mut_ptr().wrapping_byte_add(before).cast(), length, Advice::LinuxHugepage)
    };
}

#[cfg(not(target_os = "linux"))]
fn ask_for_large_pages(_room: &mut Vec<Block>) {}
