//! Who is in: connections counted, in all and by address; and shares of what there is only so much of.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The part of an IPv6 address that is one network's: a household or a school has a whole /64.
const NETWORK: u128 = !(u64::MAX as u128);

/// The connections that there are.
pub(super) struct Guests {
    most: usize,
    most_each: usize,
    present: Mutex<Present>,
    left: Condvar,
}

#[derive(Default)]
struct Present {
    all: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// The place of one connection, given back when it is dropped.
pub(super) struct Ticket {
    guests: Arc<Guests>,
    network: IpAddr,
}

impl Guests {
    pub(super) fn new(most: usize, most_each: usize) -> Guests {
        Guests { most, most_each, present: Mutex::default(), left: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        // Nothing that is done under this lock can leave it half done.
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more connection from this address, if there is one.
    pub(super) fn admit(self: &Arc<Guests>, address: IpAddr) -> Option<Ticket> {
        let network = network_of(address);
        let mut present = self.lock();
        let its = present.by_network.get(&network).copied().unwrap_or(0);
        if present.all >= self.most || its >= self.most_each {
            return None;
        }
        present.all += 1;
        present.by_network.insert(network, its + 1);
        Some(Ticket { guests: Arc::clone(self), network })
    }

    /// Waits until all are gone, but no longer than this.
    pub(super) fn wait_until_gone(&self, longest: Duration) {
        // How it ended makes no difference to whoever waits.
        let _ = self.left.wait_timeout_while(self.lock(), longest, |present| present.all > 0);
    }
}

impl Ticket {
    /// Whether three quarters of all places, or of those for this address, are taken.
    pub(super) fn is_crowded(&self) -> bool {
        let present = self.guests.lock();
        let its = present.by_network.get(&self.network).copied().unwrap_or(0);
        present.all * 4 >= self.guests.most * 3 || its * 4 >= self.guests.most_each * 3
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut present = self.guests.lock();
        present.all = present.all.saturating_sub(1);
        match present.by_network.get_mut(&self.network) {
            Some(its) if *its > 1 => *its -= 1,
            _ => {
                present.by_network.remove(&self.network);
            }
        }
        self.guests.left.notify_all();
    }
}

fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK)),
    }
}

/// So much of something, and no more.
pub(super) struct Supply {
    left: AtomicUsize,
}

/// What was taken from a [`Supply`]; given back when it is dropped.
pub(super) struct Share<'a> {
    supply: &'a Supply,
    size: usize,
}

impl Supply {
    pub(super) fn new(size: usize) -> Supply {
        Supply { left: AtomicUsize::new(size) }
    }

    /// A share of nothing, to begin with.
    pub(super) fn share(&self) -> Share<'_> {
        Share { supply: self, size: 0 }
    }
}

impl Share<'_> {
    /// Makes this share at least so large; says whether there was enough left.
    pub(super) fn grow_to(&mut self, size: usize) -> bool {
        let more = size.saturating_sub(self.size);
        let taken = self
            .supply
            .left
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(more))
            .is_ok();
        if taken {
            self.size += more;
        }
        taken
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.supply.left.fetch_add(self.size, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_all_and_by_network() {
        let guests = Arc::new(Guests::new(4, 2));
        let admit = |address: &str| guests.admit(address.parse().unwrap());
        let first = admit("10.0.0.1").unwrap();
        assert!(!first.is_crowded());
        let second = admit("::ffff:10.0.0.1").unwrap();
        assert!(second.is_crowded());
        assert!(admit("10.0.0.1").is_none());
        drop(first);
        let _third = admit("10.0.0.1").unwrap();
        let _fourth = admit("2001:db8::1").unwrap();
        let fifth = admit("2001:db8::2:3").unwrap();
        assert!(admit("2001:db8::3").is_none());
        assert!(admit("10.0.0.2").is_none());
        drop(fifth);
        assert!(admit("10.0.0.2").is_some());
    }

    #[test]
    fn a_share_is_given_back() {
        let supply = Supply::new(10);
        let (mut one, mut other) = (supply.share(), supply.share());
        assert!(one.grow_to(6) && one.grow_to(4) && other.grow_to(4));
        assert!(!other.grow_to(5) && !one.grow_to(7));
        drop(one);
        assert!(other.grow_to(10));
    }
}
