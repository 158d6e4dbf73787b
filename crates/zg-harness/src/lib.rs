//! Crash and load tests of the sync server, and the services that they and other tests need.
//!
//! [`services`] starts throw-away PostgreSQL and NATS.

pub mod services;
