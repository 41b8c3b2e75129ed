//! Answers from memory, by axum.

use super::Answer;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use axum::routing::get;

pub(crate) fn serve(answers: Vec<Answer>) {
    let site = answers.into_iter().fold(Router::new(), |site, Answer { path, headers, body }| {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        }
        let body = Bytes::from(body);
        let answer = move || {
            let mut answer = Response::new(Body::from(body.clone()));
            *answer.headers_mut() = all.clone();
            async move { answer }
        };
        site.route(&path, get(answer))
    });
    super::serve(site);
}
