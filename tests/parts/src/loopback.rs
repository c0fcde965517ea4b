//! One request to a part's own control interface: no client, no runtime, so that it works in any test.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::PartError;

/// Sends a POST and gives the status and the whole answer, head included.
pub(crate) fn post(part: &'static str, to: SocketAddr, path: &str, body: &str) -> Result<(u16, String), PartError> {
    let failed = PartError::io("asking a part");
    let answer = (|| {
        let mut stream = TcpStream::connect(to)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    })()
    .map_err(failed)?;
    let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok());
    match status {
        Some(status) => Ok((status, answer)),
        None => Err(PartError::Answer { part, request: format!("POST {path}"), answer }),
    }
}
