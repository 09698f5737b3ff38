//! The one HTTP client under the neighbours: time-outs, caps on answers, pacing, own certificate authorities, a proxy.
//! It knows no vendor.

mod http;
mod pace;

pub use http::{Answer, BadHttp, Http, HttpOptions, NetTrouble, ProxyOptions, Request, one_line};
pub use pace::{Pace, Pacer, TooFar};
