//! People and sessions, in SQL.

use deadpool_postgres::{GenericClient, Object, Transaction};
use zg_domain::{InvalidId, OperatorId, TenantId, Timestamp};

use super::{broken, clean};
use crate::storage::{Account, Digest, NewOperator, NewSession, Session, StorageError};

fn ids(tenant: String, operator: String) -> Result<(TenantId, OperatorId), StorageError> {
    let broken = |error: InvalidId| StorageError::Database(error.to_string());
    Ok((TenantId::new(tenant).map_err(broken)?, OperatorId::new(operator).map_err(broken)?))
}

pub(super) async fn any(client: &impl GenericClient) -> Result<bool, StorageError> {
    let row = client.query_one("SELECT EXISTS (SELECT 1 FROM operators)", &[]).await.map_err(broken)?;
    Ok(row.get(0))
}

pub(super) async fn account(client: &Object, name: &str) -> Result<Option<Account>, StorageError> {
    let row = client
        .query_opt("SELECT tenant, id, display_name, password_hash FROM operators WHERE name = $1", &[&name])
        .await
        .map_err(broken)?;
    let Some(row) = row else { return Ok(None) };
    let (tenant, operator) = ids(row.get(0), row.get(1))?;
    Ok(Some(Account { tenant, operator, display_name: row.get(2), password_hash: row.get(3) }))
}

pub(super) async fn session(client: &Object, token: &Digest, now: Timestamp) -> Result<Option<Session>, StorageError> {
    // The token's hash is the key: whoever could time the look-up would learn of a hash, not of a token.
    let statement = client
        .prepare_cached(
            "SELECT s.tenant, s.operator, o.display_name, s.csrf_token
             FROM sessions s JOIN operators o ON o.id = s.operator AND o.tenant = s.tenant
             WHERE s.token = $1 AND s.expires_at > $2",
        )
        .await
        .map_err(broken)?;
    let row = client.query_opt(&statement, &[&token.as_slice(), &now.as_millis()]).await.map_err(broken)?;
    let Some(row) = row else { return Ok(None) };
    let (tenant, operator) = ids(row.get(0), row.get(1))?;
    Ok(Some(Session { tenant, operator, display_name: row.get(2), csrf_token: row.get(3) }))
}

pub(super) async fn put(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    new: &NewOperator,
    now: Timestamp,
) -> Result<(), StorageError> {
    let (name, display_name) = (clean(&new.name), clean(&new.display_name));
    let n_inserted = transaction
        .execute(
            "INSERT INTO operators (id, tenant, name, display_name, password_hash, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING",
            &[&new.id.as_str(), &tenant.as_str(), &name, &display_name, &new.password_hash, &now.as_millis()],
        )
        .await
        .map_err(broken)?;
    if n_inserted == 1 {
        return Ok(());
    }
    let known = transaction
        .query_one("SELECT id, tenant, display_name, password_hash FROM operators WHERE name = $1 FOR UPDATE", &[&name])
        .await
        .map_err(broken)?;
    let (id, owner): (String, String) = (known.get(0), known.get(1));
    if owner != tenant.as_str() {
        // Names are what people sign in with, so they are unique over all tenants.
        return Err(StorageError::Conflict { id: new.name.clone() });
    }
    if known.get::<_, String>(2) == display_name && known.get::<_, String>(3) == new.password_hash {
        return Ok(());
    }
    transaction
        .execute(
            "UPDATE operators SET display_name = $2, password_hash = $3 WHERE id = $1",
            &[&id, &display_name, &new.password_hash],
        )
        .await
        .map_err(broken)?;
    // Whoever knew the old password is signed out.
    transaction.execute("DELETE FROM sessions WHERE operator = $1", &[&id]).await.map_err(broken)?;
    Ok(())
}

pub(super) async fn first(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    new: &NewOperator,
    now: Timestamp,
) -> Result<bool, StorageError> {
    // Who comes second sees what the first has made.
    transaction.batch_execute("LOCK TABLE operators IN SHARE ROW EXCLUSIVE MODE").await.map_err(broken)?;
    if any(transaction).await? {
        return Ok(false);
    }
    put(transaction, tenant, new, now).await?;
    Ok(true)
}

pub(super) async fn start_session(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    session: &NewSession,
    now: Timestamp,
) -> Result<(), StorageError> {
    // Two that clean up at once pass over each other's rows instead of waiting in a ring.
    transaction
        .execute(
            "DELETE FROM sessions WHERE token IN
                (SELECT token FROM sessions WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)",
            &[&now.as_millis()],
        )
        .await
        .map_err(broken)?;
    transaction
        .execute(
            "INSERT INTO sessions (token, tenant, operator, csrf_token, expires_at) VALUES ($1, $2, $3, $4, $5)",
            &[
                &session.token.as_slice(),
                &tenant.as_str(),
                &session.operator.as_str(),
                &session.csrf_token,
                &session.expires.as_millis(),
            ],
        )
        .await
        .map_err(broken)?;
    Ok(())
}

pub(super) async fn end_session(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    token: &Digest,
) -> Result<(), StorageError> {
    transaction
        .execute("DELETE FROM sessions WHERE tenant = $1 AND token = $2", &[&tenant.as_str(), &token.as_slice()])
        .await
        .map_err(broken)?;
    Ok(())
}
