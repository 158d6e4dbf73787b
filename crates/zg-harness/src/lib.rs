//! Crash and load tests of the sync server, and the services that they and other tests need.
//!
//! [`crash::run`] kills servers under load, [`chaos::run`] cuts, delays, doubles and swallows what goes over the network,
//! and both hold what was acknowledged against what is there ([`ledger`]). [`load`] measures.
//! [`services`] starts throw-away PostgreSQL and NATS.
//!
//! Everything is real: processes, sockets, disks; so a run is not repeatable to the byte, only its verdict is.

pub mod chaos;
pub mod client;
pub mod crash;
pub mod ledger;
pub mod load;
pub mod proxy;
pub mod recommend;
pub mod server;
pub mod services;
