//! People and sessions, in SQL.

use rusqlite::{Connection, OptionalExtension as _, params};
use zg_domain::{OperatorId, TenantId, Timestamp};

use crate::storage::{Account, Digest, NewOperator, NewSession, Session, StorageError};

fn ids(tenant: String, operator: String) -> Result<(TenantId, OperatorId), StorageError> {
    let broken = |error: zg_domain::InvalidId| StorageError::Database(error.to_string());
    Ok((TenantId::new(tenant).map_err(broken)?, OperatorId::new(operator).map_err(broken)?))
}

pub(super) fn any(connection: &Connection) -> Result<bool, StorageError> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM operators)", [], |row| row.get(0))?)
}

pub(super) fn account(connection: &Connection, name: &str) -> Result<Option<Account>, StorageError> {
    let found = connection
        .prepare_cached("SELECT tenant, id, display_name, password_hash FROM operators WHERE name = ?1")?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?)))
        .optional()?;
    let Some((tenant, operator, display_name, password_hash)) = found else { return Ok(None) };
    let (tenant, operator) = ids(tenant, operator)?;
    Ok(Some(Account { tenant, operator, display_name, password_hash }))
}

pub(super) fn session(
    connection: &Connection,
    token: &Digest,
    now: Timestamp,
) -> Result<Option<Session>, StorageError> {
    // The token's hash is the key: whoever could time the look-up would learn of a hash, not of a token.
    let found = connection
        .prepare_cached(
            "SELECT s.tenant, s.operator, o.display_name, s.csrf_token
             FROM sessions s JOIN operators o ON o.id = s.operator AND o.tenant = s.tenant
             WHERE s.token = ?1 AND s.expires_at > ?2",
        )?
        .query_row(params![token.as_slice(), now.as_millis()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
        })
        .optional()?;
    let Some((tenant, operator, display_name, csrf_token)) = found else { return Ok(None) };
    let (tenant, operator) = ids(tenant, operator)?;
    Ok(Some(Session { tenant, operator, display_name, csrf_token }))
}

pub(super) fn put(
    connection: &Connection,
    tenant: &TenantId,
    new: &NewOperator,
    now: Timestamp,
) -> Result<(), StorageError> {
    let known: Option<(String, String, String, String)> = connection
        .prepare_cached("SELECT id, tenant, display_name, password_hash FROM operators WHERE name = ?1")?
        .query_row([&new.name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((id, owner, display_name, password_hash)) = known else {
        connection
            .prepare_cached(
                "INSERT INTO operators (id, tenant, name, display_name, password_hash, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                new.id.as_str(),
                tenant.as_str(),
                new.name,
                new.display_name,
                new.password_hash,
                now.as_millis(),
            ])?;
        return Ok(());
    };
    if owner != tenant.as_str() {
        // Names are what people sign in with, so they are unique over all tenants.
        return Err(StorageError::Conflict { id: new.name.clone() });
    }
    if display_name == new.display_name && password_hash == new.password_hash {
        return Ok(());
    }
    connection
        .prepare_cached("UPDATE operators SET display_name = ?2, password_hash = ?3 WHERE id = ?1")?
        .execute(params![id, new.display_name, new.password_hash])?;
    // Whoever knew the old password is signed out.
    connection.prepare_cached("DELETE FROM sessions WHERE operator = ?1")?.execute([id])?;
    Ok(())
}

pub(super) fn start_session(
    connection: &Connection,
    tenant: &TenantId,
    session: &NewSession,
    now: Timestamp,
) -> Result<(), StorageError> {
    connection.prepare_cached("DELETE FROM sessions WHERE expires_at <= ?1")?.execute([now.as_millis()])?;
    connection
        .prepare_cached(
            "INSERT INTO sessions (token, tenant, operator, csrf_token, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            session.token.as_slice(),
            tenant.as_str(),
            session.operator.as_str(),
            session.csrf_token,
            session.expires.as_millis(),
        ])?;
    Ok(())
}

pub(super) fn end_session(connection: &Connection, tenant: &TenantId, token: &Digest) -> Result<(), StorageError> {
    connection
        .prepare_cached("DELETE FROM sessions WHERE tenant = ?1 AND token = ?2")?
        .execute(params![tenant.as_str(), token.as_slice()])?;
    Ok(())
}
