//! What a connection runs over: TCP, or TLS with a certificate for loopback.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::connection::{self, Shared};
use crate::PartError;
use crate::certificates::Authority;

/// A stream over a TCP connection that can still be reached.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin {
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Greets clients, in TLS if there is an authority to take a certificate from.
#[derive(Clone)]
pub(super) struct Acceptor(Option<TlsAcceptor>);

impl Acceptor {
    pub(super) fn new(authority: Option<&Authority>) -> Result<Self, PartError> {
        let Some(authority) = authority else { return Ok(Self(None)) };
        let issued = authority.issue(&["127.0.0.1", "localhost"])?;
        let certificate = CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).expect("made just now");
        let key = PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).expect("made just now");
        // Named, because a program with several sets of algorithms has no default one.
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has all that the protocol's versions need")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("the key is the certificate's");
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Some(TlsAcceptor::from(Arc::new(config)))))
    }

    /// Serves a connection to its end.
    pub(super) async fn serve(self, stream: TcpStream, shared: Arc<Shared>) {
        match self.0 {
            None => connection::serve(stream, shared).await,
            // A client that does not trust the certificate hangs up here.
            Some(acceptor) => {
                if let Ok(stream) = acceptor.accept(stream).await {
                    connection::serve(stream, shared).await;
                }
            }
        }
    }
}
