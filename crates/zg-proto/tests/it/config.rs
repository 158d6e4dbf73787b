//! `zhanggui.toml`; its shape does not depend on the syntax, so JSON shows it.

use expect_test::expect;
use zg_proto::config::{LimitsConfig, OperatorConfig, ServerConfig, SiteConfig, StorageConfig};

use crate::{check, check_read, refuses_unknown_fields};

fn whole() -> ServerConfig {
    ServerConfig {
        listen: Some("127.0.0.1:8787".into()),
        data: Some("data".into()),
        static_dir: Some("dist".into()),
        origins: Some(vec!["https://shop.example".into()]),
        console_origins: vec!["https://desk.example".into()],
        secure_cookies: true,
        trust_proxy: true,
        sites: vec![SiteConfig {
            key: "pk-1".into(),
            tenant: "shop".into(),
            secret_sha256: Some("00".repeat(32)),
            identity_key_files: vec!["identity.key".into()],
            policy: Some("policy.toml".into()),
        }],
        operators: vec![OperatorConfig {
            name: "lin".into(),
            display_name: "小林".into(),
            password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into(),
            tenant: Some("shop".into()),
        }],
        limits: LimitsConfig { opens_per_minute: Some(10), messages_per_minute: Some(0) },
        storage: StorageConfig {
            postgres: Some("postgres://zhanggui@db.example/zhanggui?sslmode=require".into()),
            password_file: Some("postgres.password".into()),
            ca_file: Some("ca.pem".into()),
            connections: Some(16),
            nats: Some("nats://nats.example:4222".into()),
            nats_token_file: Some("nats.token".into()),
        },
    }
}

#[test]
fn every_field_of_the_configuration() {
    check(
        &[whole(), ServerConfig::default()],
        expect![[r#"
            {"listen":"127.0.0.1:8787","data":"data","static_dir":"dist","origins":["https://shop.example"],"console_origins":["https://desk.example"],"secure_cookies":true,"trust_proxy":true,"sites":[{"key":"pk-1","tenant":"shop","secret_sha256":"0000000000000000000000000000000000000000000000000000000000000000","identity_key_files":["identity.key"],"policy":"policy.toml"}],"operators":[{"name":"lin","display_name":"小林","password_hash":"$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA","tenant":"shop"}],"limits":{"opens_per_minute":10,"messages_per_minute":0},"storage":{"postgres":"postgres://zhanggui@db.example/zhanggui?sslmode=require","password_file":"postgres.password","ca_file":"ca.pem","connections":16,"nats":"nats://nats.example:4222","nats_token_file":"nats.token"}}
            {"listen":null,"data":null,"static_dir":null,"origins":null,"console_origins":[],"secure_cookies":false,"trust_proxy":false,"sites":[],"operators":[],"limits":{"opens_per_minute":null,"messages_per_minute":null},"storage":{"postgres":null,"password_file":null,"ca_file":null,"connections":null,"nats":null,"nats_token_file":null}}
        "#]],
    );
}

#[test]
fn an_empty_file_is_valid_and_a_typo_is_not() {
    check_read::<ServerConfig>(
        &["{}", r#"{"lisen":"127.0.0.1:1"}"#, r#"{"limits":{"opens":1}}"#],
        expect![[r#"
            {"listen":null,"data":null,"static_dir":null,"origins":null,"console_origins":[],"secure_cookies":false,"trust_proxy":false,"sites":[],"operators":[],"limits":{"opens_per_minute":null,"messages_per_minute":null},"storage":{"postgres":null,"password_file":null,"ca_file":null,"connections":null,"nats":null,"nats_token_file":null}}
            refused: unknown field `lisen`, expected one of `listen`, `data`, `static_dir`, `origins`, `console_origins`, `secure_cookies`, `trust_proxy`, `sites`, `operators`, `limits`, `storage` at line 1 column 8
            refused: unknown field `opens`, expected `opens_per_minute` or `messages_per_minute` at line 1 column 18
        "#]],
    );
    let ServerConfig { sites, operators, limits, storage, .. } = whole();
    refuses_unknown_fields(&storage);
    refuses_unknown_fields(&whole());
    refuses_unknown_fields(&sites[0]);
    refuses_unknown_fields(&operators[0]);
    refuses_unknown_fields(&limits);
}
