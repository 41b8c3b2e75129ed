//! The same page by the way of axum: Firstbell's handlers answer from a data folder, in one of the threads that tokio has
//! for what blocks, as one does there with SQLite.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use firstbell::actions::Office;
use firstbell::folder::Folder;
use firstbell::secrets::{Cost, HashLane};
use firstbell::web::{self, Headers, Method, Site};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

/// The longest body that is taken.
const LONGEST: usize = 10 * 1024 * 1024;

pub(crate) fn serve(data: &Path) {
    let office = Office::make(Folder::make(data).unwrap()).unwrap();
    let lane = Arc::new(HashLane::start(Cost::production()));
    let site = Arc::new(Site::new(office, lane, String::new(), None));
    super::serve(Router::new().fallback(answer).with_state(site));
}

async fn answer(State(site): State<Arc<Site>>, asked: Request) -> Response<Body> {
    let (head, body) = asked.into_parts();
    let body = to_bytes(body, LONGEST).await.unwrap().into();
    let header = |name: &str| Some(head.headers.get(name)?.to_str().ok()?.to_owned());
    let headers = Headers {
        cookie: header("Cookie"),
        content_type: header("Content-Type"),
        origin: header("Origin"),
        sec_fetch_site: header("Sec-Fetch-Site"),
        host: header("Host"),
        user_agent: header("User-Agent"),
        if_none_match: header("If-None-Match"),
        accept: header("Accept"),
    };
    let method = Method::named(head.method.as_str());
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let request =
        web::Request::new(method, target, headers, body, Ipv4Addr::LOCALHOST.into(), false).unwrap();
    let answered = tokio::task::spawn_blocking(move || web::answer(&site, request)).await.unwrap();
    let mut answer = Response::new(Body::from(answered.body().to_vec()));
    *answer.status_mut() = StatusCode::from_u16(answered.status()).unwrap();
    for (name, value) in answered.headers() {
        answer
            .headers_mut()
            .append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
    }
    answer
}
