//! The web: a door that meets the network, a server behind it, the site with its addresses, and the pages.
//!
//! A request passes the [`Door`], which lets in only what is whole, small and plain; goes on to the [`Server`], which
//! hands it over as a [`Request`]; [`answer`] finds what answers its address; and it comes back as a [`Response`]. The web
//! reads through the store and changes things only through actions. Called from the command line.

mod context;
mod cookies;
mod door;
mod form;
mod handlers;
mod http;
mod https;
mod incident;
pub mod pages;
mod routes;
mod server;
mod site;

pub use door::{Door, HandsFilesIn, Limits, PassedOn, Tls, pass_on};
pub use form::{BadForm, Form, SentFile};
pub use http::{BadHeader, Headers, Method, Request, Response};
pub use https::{Https, Shown, Source};
pub use routes::answer;
pub use server::{Handler, Server};
pub use site::Site;
