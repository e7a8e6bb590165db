//! A socket, and how it closes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::failures::faulty;
use crate::faulty::Mood;
use crate::world::{World, world};

/// A server on a port of the system's choice, and how to stop it.
async fn serve(world: &World) -> (TcpStream, oneshot::Sender<()>, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async move { stopped.await.unwrap() };
    let served = tokio::spawn(tearline_web::serve(listener, Arc::clone(&world.app), shutdown));
    (TcpStream::connect(address).await.unwrap(), stop, served)
}

#[tokio::test]
async fn a_request_that_was_begun_is_answered_before_the_server_stops() {
    let world = world().await;
    let (mut connection, stop, served) = serve(&world).await;
    let body = r#"{"currency": "USD", "lines": []}"#;
    let head = format!(
        "POST /v1/quotes HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        world.key,
        body.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 1024];
    // It asks for the body: the handler is at work.
    let length = connection.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 100 "));
    stop.send(()).unwrap();
    connection.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_the_server() {
    let (world, store) = faulty().await;
    store.set(Mood::Stuck);
    let (mut stuck, stop, served) = serve(&world).await;
    let head = format!("GET /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", world.key);
    stuck.write_all(head.as_bytes()).await.unwrap();
    store.began().await;
    stop.send(()).unwrap();
    let told = Instant::now();
    let bound = tearline_web::GRACE + Duration::from_secs(5);
    tokio::time::timeout(bound, served).await.expect("it stops in time").unwrap().unwrap();
    assert!(told.elapsed() >= tearline_web::GRACE);
}
