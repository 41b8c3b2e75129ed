//! The web: a door that meets the network, a server behind it, and the words in which handlers are asked and answer.
//!
//! A request passes the [`door`], which lets in only what is whole, small and plain; goes on to the [`server`], which
//! hands it to a handler as a [`Request`]; and comes back as a [`Response`]. Nothing here knows what a page says.
//! Called from the command line.

pub mod door;
mod http;
mod incident;
pub mod pages;
mod server;

pub use door::{Door, Limits};
pub use http::{BadHeader, Method, Request, Response};
pub use server::{Handler, Server};
