//! The web: a door that meets the network, a server behind it, and the words in which handlers are asked and answer.
//!
//! A request passes the [`Door`], which lets in only what is whole, small and plain; goes on to the [`Server`], which
//! hands it to a handler as a [`Request`]; and comes back as a [`Response`]. Nothing here knows what a page says.
//! Called from the command line.

mod door;
mod http;
mod incident;
pub mod pages;
mod server;

pub use door::{Door, Limits};
pub use http::{BadHeader, Headers, Method, Request, Response};
pub use server::{Handler, Server};
