//! The operators' routes. Every one takes `auth::Operator`, which checks session, origin and CSRF token.

pub mod end;
pub mod events;
pub mod image;
pub mod profile;
pub mod queue;
pub mod release;
pub mod reply;
pub mod seen;
pub mod session;
pub mod sign_in;
pub mod take;
pub mod typing;
pub mod view;
