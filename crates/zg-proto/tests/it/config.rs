//! `zhanggui.toml`; its shape does not depend on the syntax, so JSON shows it.

use expect_test::expect;
use zg_proto::config::{
    BackOfficeConfig, ConfigFinding, LimitsConfig, OneOrMany, OperationsConfig, OperatorConfig, RecommendConfig,
    ServerConfig, SiteConfig, StorageConfig,
};

use crate::{check, check_read, refuses_unknown_fields};

fn whole() -> ServerConfig {
    ServerConfig {
        listen: Some("127.0.0.1:8787".into()),
        data: Some("data".into()),
        static_dir: Some("dist".into()),
        profile_key_file: Some("profile.key".into()),
        origins: Some(vec!["https://shop.example".into()]),
        console_origins: vec!["https://desk.example".into()],
        secure_cookies: true,
        trust_proxy: true,
        sites: vec![SiteConfig {
            key: "pk-1".into(),
            tenant: "shop".into(),
            origins: Some(vec!["https://one.example".into()]),
            secret_sha256: Some(OneOrMany::One("00".repeat(32))),
            identity_key_files: vec!["identity.key".into()],
            policy: Some("policy.toml".into()),
            back_office: Some(BackOfficeConfig {
                url: "https://shop.example/zhanggui".into(),
                secret_files: vec!["webhook.secret".into()],
                actions: Some(vec!["order_lookup".into()]),
                timeout_seconds: Some(8),
                attempts: Some(3),
                concurrency: Some(32),
                allow_private: vec!["10.1.0.0/16".into()],
                ca_file: Some("ca.pem".into()),
            }),
            recommend: Some(RecommendConfig {
                index: Some("shop.zgrx".into()),
                catalog: Some("https://shop.example/products.xml".into()),
                catalog_refresh_seconds: Some(300),
                session_idle_seconds: Some(1800),
                explore_percent: Some(5),
                brand_cap: Some(3),
                diversity_percent: Some(10),
                margin_percent: Some(50),
                visits_per_address: Some(3),
                keep_days: Some(90),
                keep_lists: Some(true),
                allow_private: vec!["10.1.0.0/16".into()],
            }),
        }],
        operators: vec![OperatorConfig {
            name: "lin".into(),
            display_name: "小林".into(),
            password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into(),
            tenant: Some("shop".into()),
        }],
        limits: LimitsConfig {
            opens_per_minute: Some(10),
            messages_per_minute: Some(0),
            actions_per_minute: Some(30),
            address_requests_per_minute: Some(6000),
            tenant_requests_per_minute: Some(60000),
        },
        operations: OperationsConfig {
            metrics_listen: Some("127.0.0.1:9464".into()),
            metrics_secret_sha256: Some("00".repeat(32)),
            log: Some("json".into()),
            otlp_endpoint: Some("http://127.0.0.1:4318".into()),
            otlp_percent: Some(10),
            max_in_flight: Some(1024),
            min_free_mib: Some(256),
            stop_delay_seconds: Some(5),
        },
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
            {"listen":"127.0.0.1:8787","data":"data","static_dir":"dist","profile_key_file":"profile.key","origins":["https://shop.example"],"console_origins":["https://desk.example"],"secure_cookies":true,"trust_proxy":true,"sites":[{"key":"pk-1","tenant":"shop","origins":["https://one.example"],"secret_sha256":"0000000000000000000000000000000000000000000000000000000000000000","identity_key_files":["identity.key"],"policy":"policy.toml","back_office":{"url":"https://shop.example/zhanggui","secret_files":["webhook.secret"],"actions":["order_lookup"],"timeout_seconds":8,"attempts":3,"concurrency":32,"allow_private":["10.1.0.0/16"],"ca_file":"ca.pem"},"recommend":{"index":"shop.zgrx","catalog":"https://shop.example/products.xml","catalog_refresh_seconds":300,"session_idle_seconds":1800,"explore_percent":5,"brand_cap":3,"diversity_percent":10,"margin_percent":50,"visits_per_address":3,"keep_days":90,"keep_lists":true,"allow_private":["10.1.0.0/16"]}}],"operators":[{"name":"lin","display_name":"小林","password_hash":"$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA","tenant":"shop"}],"limits":{"opens_per_minute":10,"messages_per_minute":0,"actions_per_minute":30,"address_requests_per_minute":6000,"tenant_requests_per_minute":60000},"operations":{"metrics_listen":"127.0.0.1:9464","metrics_secret_sha256":"0000000000000000000000000000000000000000000000000000000000000000","log":"json","otlp_endpoint":"http://127.0.0.1:4318","otlp_percent":10,"max_in_flight":1024,"min_free_mib":256,"stop_delay_seconds":5},"storage":{"postgres":"postgres://zhanggui@db.example/zhanggui?sslmode=require","password_file":"postgres.password","ca_file":"ca.pem","connections":16,"nats":"nats://nats.example:4222","nats_token_file":"nats.token"}}
            {"listen":null,"data":null,"static_dir":null,"profile_key_file":null,"origins":null,"console_origins":[],"secure_cookies":false,"trust_proxy":false,"sites":[],"operators":[],"limits":{"opens_per_minute":null,"messages_per_minute":null,"actions_per_minute":null,"address_requests_per_minute":null,"tenant_requests_per_minute":null},"operations":{"metrics_listen":null,"metrics_secret_sha256":null,"log":null,"otlp_endpoint":null,"otlp_percent":null,"max_in_flight":null,"min_free_mib":null,"stop_delay_seconds":null},"storage":{"postgres":null,"password_file":null,"ca_file":null,"connections":null,"nats":null,"nats_token_file":null}}
        "#]],
    );
}

#[test]
fn an_empty_file_is_valid_and_a_typo_is_not() {
    check_read::<ServerConfig>(
        &["{}", r#"{"lisen":"127.0.0.1:1"}"#, r#"{"limits":{"opens":1}}"#],
        expect![[r#"
            {"listen":null,"data":null,"static_dir":null,"profile_key_file":null,"origins":null,"console_origins":[],"secure_cookies":false,"trust_proxy":false,"sites":[],"operators":[],"limits":{"opens_per_minute":null,"messages_per_minute":null,"actions_per_minute":null,"address_requests_per_minute":null,"tenant_requests_per_minute":null},"operations":{"metrics_listen":null,"metrics_secret_sha256":null,"log":null,"otlp_endpoint":null,"otlp_percent":null,"max_in_flight":null,"min_free_mib":null,"stop_delay_seconds":null},"storage":{"postgres":null,"password_file":null,"ca_file":null,"connections":null,"nats":null,"nats_token_file":null}}
            refused: unknown field `lisen`, expected one of `listen`, `data`, `static_dir`, `profile_key_file`, `origins`, `console_origins`, `secure_cookies`, `trust_proxy`, `sites`, `operators`, `limits`, `operations`, `storage` at line 1 column 8
            refused: unknown field `opens`, expected one of `opens_per_minute`, `messages_per_minute`, `actions_per_minute`, `address_requests_per_minute`, `tenant_requests_per_minute` at line 1 column 18
        "#]],
    );
    let ServerConfig { sites, operators, limits, operations, storage, .. } = whole();
    refuses_unknown_fields(&storage);
    refuses_unknown_fields(&whole());
    refuses_unknown_fields(&sites[0]);
    refuses_unknown_fields(&operators[0]);
    refuses_unknown_fields(&limits);
    refuses_unknown_fields(&operations);
    refuses_unknown_fields(sites[0].back_office.as_ref().expect("a whole configuration"));
}

#[test]
fn a_mistake_of_a_configuration() {
    let finding = ConfigFinding { file: "z.toml".into(), line: 3, key: "sites[0].key".into(), message: "m".into() };
    check(
        &[finding],
        expect![[r#"
            {"file":"z.toml","line":3,"key":"sites[0].key","message":"m"}
        "#]],
    );
}
