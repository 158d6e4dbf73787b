//! Crash and load tests of the sync server, and the services that they and other tests need.
//!
//! [`crash::run`] kills servers under load, [`chaos::run`] cuts, delays, doubles and swallows what goes over the network,
//! and both hold what was acknowledged against what is there ([`ledger`]). [`load`] measures, [`latency`] from shopper to
//! operator; in [`reconnect`] everybody comes back at once, and in [`attack`] shoppers write while others mean no good.
//! [`services`] starts throw-away PostgreSQL and NATS.
//!
//! Everything is real: processes, sockets, disks; so a run is not repeatable to the byte, only its verdict is.

pub mod attack;
pub mod chaos;
pub mod client;
pub mod crash;
pub mod latency;
pub mod ledger;
pub mod load;
pub mod operator;
pub mod proxy;
pub mod recommend;
pub mod reconnect;
pub mod serenade;
pub mod server;
pub mod services;
