//! Where a PostgreSQL is, and how to speak to it.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::StoreError;

/// How long to try to connect before the server counts as unreachable.
const CONNECT: Duration = Duration::from_secs(5);

/// The address of a PostgreSQL database, as a URL.
///
/// ```
/// use tearline_store::PostgresAddress;
/// let address: PostgresAddress = "postgres://shop:secret@db.example:5433/tearline?sslmode=require".parse().unwrap();
/// assert_eq!(address.to_string(), "postgres://shop@db.example:5433/tearline");
/// ```
///
/// `sslmode` is `disable`, `prefer` (unless told otherwise: encrypted where the server can), `require` (always
/// encrypted, whoever the server is) or `verify-full`, with `sslrootcert` naming a file of the certificates to trust.
/// It is never printed with its password.
#[derive(Clone)]
pub struct PostgresAddress {
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
}

impl PostgresAddress {
    pub(super) async fn connect(
        &self,
    ) -> Result<(tokio_postgres::Client, Connection), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }
}

/// The half of a connection that moves its bytes.
pub(super) type Connection = tokio_postgres::Connection<
    tokio_postgres::Socket,
    <MakeRustlsConnect as tokio_postgres::tls::MakeTlsConnect<tokio_postgres::Socket>>::Stream,
>;

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.config.get_user().unwrap_or_default();
        let database = self.config.get_dbname().unwrap_or(user);
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(folder)) => folder.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        write!(f, "postgres://{user}@{host}:{port}/{database}")
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresAddress({self})")
    }
}

impl FromStr for PostgresAddress {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let url = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let url =
            url.ok_or_else(|| bad("it begins with postgres://, as in postgres://user@host/database"))?;
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut security, mut rest) = (Security::default(), Vec::new());
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", mode)) => mode.clone_into(&mut security.mode),
                Some(("sslrootcert", file)) => security.roots = Some(file.to_owned()),
                _ => rest.push(parameter),
            }
        }
        let address = format!("postgres://{place}?{}", rest.join("&"));
        let mut config: tokio_postgres::Config = address.parse().map_err(|error| bad(&told(&error)))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(bad("it names no host"));
        }
        config.connect_timeout(CONNECT).application_name("tearline");
        config.keepalives_idle(Duration::from_secs(30)).tcp_user_timeout(Duration::from_secs(30));
        config.ssl_mode(security.ssl_mode()?);
        Ok(Self { config, tls: MakeRustlsConnect::new(security.client()?) })
    }
}

fn bad(why: &str) -> StoreError {
    StoreError::Address { why: why.to_owned() }
}

/// What is wrong, down to its cause; the parser never repeats what it read.
fn told(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// How far the connection is to be trusted.
struct Security {
    mode: String,
    roots: Option<String>,
}

impl Default for Security {
    fn default() -> Self {
        Self { mode: "prefer".to_owned(), roots: None }
    }
}

impl Security {
    fn ssl_mode(&self) -> Result<SslMode, StoreError> {
        match self.mode.as_str() {
            "disable" => Ok(SslMode::Disable),
            "prefer" => Ok(SslMode::Prefer),
            "require" | "verify-full" => Ok(SslMode::Require),
            _ => Err(bad("sslmode is disable, prefer, require or verify-full")),
        }
    }

    fn client(&self) -> Result<ClientConfig, StoreError> {
        let provider = Arc::new(ring::default_provider());
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| bad(&error.to_string()))?;
        if self.mode == "verify-full" {
            let roots = self.roots.as_deref().ok_or_else(|| {
                bad("sslmode=verify-full needs sslrootcert, a file of the certificates to trust")
            })?;
            return Ok(client.with_root_certificates(roots_in(Path::new(roots))?).with_no_client_auth());
        }
        let anybody = Arc::new(Anybody(provider));
        Ok(client.dangerous().with_custom_certificate_verifier(anybody).with_no_client_auth())
    }
}

fn roots_in(file: &Path) -> Result<RootCertStore, StoreError> {
    let unread = |why: &dyn fmt::Display| bad(&format!("sslrootcert {}: {why}", file.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unread(&error))? {
        let certificate = certificate.map_err(|error| unread(&error))?;
        roots.add(certificate).map_err(|error| unread(&error))?;
    }
    if roots.is_empty() { Err(unread(&"there is no certificate in it")) } else { Ok(roots) }
}

/// Encrypts towards whoever answers, as `sslmode` `prefer` and `require` mean it everywhere.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
