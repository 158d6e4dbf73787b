//! Every key of `zhanggui.toml`, as a table: the file is checked against it, and the sample and the reference are written from it,
//! so that none can lack what another has.

use std::fmt::Write as _;

/// What a key's value has to be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Text,
    Flag,
    /// A whole number, 0 or more.
    Number,
    List,
    TextOrList,
    Table(&'static [Key]),
    /// `[[name]]`, any number of them.
    Tables(&'static [Key]),
}

impl Kind {
    pub fn wanted(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Flag => "true or false",
            Self::Number => "a whole number, 0 or more",
            Self::List => "a list of texts, [\"…\"]",
            Self::TextOrList => "a text in quotes or a list of them",
            Self::Table(_) => "a table, [name]",
            Self::Tables(_) => "tables, [[name]]",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    /// What holds where the key is absent, for people.
    pub default: &'static str,
    /// Takes effect without a restart.
    pub live: bool,
    /// A value as it stands in a file.
    pub sample: &'static str,
    pub what: &'static str,
}

const fn key(name: &'static str, kind: Kind, default: &'static str, sample: &'static str, what: &'static str) -> Key {
    Key { name, kind, required: false, default, live: true, sample, what }
}

const fn required(name: &'static str, kind: Kind, sample: &'static str, what: &'static str) -> Key {
    Key { required: true, ..key(name, kind, "required", sample, what) }
}

/// Read at the start alone.
const fn fixed(key: Key) -> Key {
    Key { live: false, ..key }
}

use Kind::{Flag, List, Number, Table, Tables, Text, TextOrList};

/// 64 digits, as an example of a SHA-256.
const DIGEST: &str = "\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"";

pub const KEYS: &[Key] = &[
    fixed(key("listen", Text, "`127.0.0.1:8787`", "\"127.0.0.1:8787\"", "address and port")),
    fixed(key(
        "data",
        Text,
        "`zhanggui-data`",
        "\"/var/lib/zhanggui\"",
        "folder of the database; where it is made, it is for its owner only",
    )),
    fixed(key("static_dir", Text, "none", "\"/srv/zhanggui\"", "folder of the static files, served at `/`")),
    fixed(key(
        "profile_key_file",
        Text,
        "none",
        "\"profile.key\"",
        "file of a second key of the hashes by which shoppers are known; name it before the first of them is, and keep it as long as the database",
    )),
    key(
        "origins",
        List,
        "`http://localhost` and `http://127.0.0.1` with any port",
        "[\"https://shop.example\", \"https://cdn.example\"]",
        "origins of the storefronts, exactly as a browser sends them; `\"*\"` admits every one",
    ),
    key(
        "console_origins",
        List,
        "none",
        "[\"https://desk.example\"]",
        "origins of the console where a proxy changes the `Host` header",
    ),
    key(
        "secure_cookies",
        Flag,
        "`false`",
        "true",
        "cookies are `Secure` even where a request did not say that it came by https",
    ),
    key(
        "trust_proxy",
        Flag,
        "`false`",
        "true",
        "believes the last `X-Forwarded-For` and `X-Forwarded-Proto`; only behind a proxy that sets them",
    ),
    key("sites", Tables(SITE), "site key `demo`, tenant `default`", "", "the storefronts"),
    key("operators", Tables(OPERATOR), "none", "", "operators that the file gives"),
    key("limits", Table(LIMITS), "", "", "how much is too much; 0 lifts a limit"),
    key("operations", Table(OPERATIONS), "", "", "how the server is looked after ([operations.md](operations.md))"),
    key(
        "storage",
        Table(STORAGE),
        "SQLite in the folder `data`",
        "",
        "PostgreSQL instead, which several processes may share ([scale.md](scale.md))",
    ),
];

const SITE: &[Key] = &[
    required("key", Text, "\"my-shop\"", "a storefront's public key (`data-site-key`); it names the tenant"),
    required("tenant", Text, "\"my-shop\"", "the shop; several keys may name one tenant"),
    key(
        "origins",
        List,
        "those of the whole server",
        "[\"https://shop.example\"]",
        "origins of this storefront's pages alone; a page of any other is refused",
    ),
    key(
        "secret_sha256",
        TextOrList,
        "none",
        DIGEST,
        "the hash of the secret with which your back office calls (`printf %s \"$SECRET\" | sha256sum`); a list while one replaces another",
    ),
    key(
        "identity_key_files",
        List,
        "none",
        "[\"identity.key\"]",
        "files of the keys with which your server signs who a shopper is ([below](#who-a-shopper-is)); several while one replaces another",
    ),
    key("policy", Text, "none", "\"playbooks/policy.toml\"", "what a fault is worth ([policy.md](policy.md))"),
    key(
        "back_office",
        Table(BACK_OFFICE),
        "none",
        "",
        "where actions of playbooks go ([backoffice.md](backoffice.md)); one for each tenant",
    ),
    key(
        "recommend",
        Table(RECOMMEND),
        "what visitors do is learned from, nothing else is known",
        "",
        "recommendations ([recommend.md](recommend.md)); one for each tenant",
    ),
];

const RECOMMEND: &[Key] = &[
    key(
        "index",
        Text,
        "an empty one",
        "\"shop.zgrx\"",
        "what `zhanggui recommend build` wrote; read anew when it changes",
    ),
    key(
        "catalog",
        Text,
        "none",
        "\"https://shop.example/products.xml\"",
        "the product feed, a file or an address; what it lacks is not for sale",
    ),
    key(
        "catalog_refresh_seconds",
        Number,
        "300",
        "300",
        "how often the feed is fetched, 10 to 86400; a file is read when it changes",
    ),
    key(
        "session_idle_seconds",
        Number,
        "1800",
        "1800",
        "a visit is over when nothing came for so long, 10 to 86400; then others learn from it",
    ),
    key(
        "explore_percent",
        Number,
        "5",
        "5",
        "of so many lists one slot, never the first, is given to learning; 0 to 50",
    ),
    key("brand_cap", Number, "3", "3", "items of one brand in a list, at the most; 0 for any number"),
    key(
        "diversity_percent",
        Number,
        "0",
        "10",
        "what each item of a category before it costs an item, of its score; 0 to 100",
    ),
    key(
        "margin_percent",
        Number,
        "0",
        "50",
        "what the largest margin earns an item, of a tenth of its score; 0 to 100",
    ),
    key(
        "visits_per_address",
        Number,
        "3",
        "3",
        "how many visitors of one address an item counts for a day; 0 lifts the limit",
    ),
    key("keep_days", Number, "90", "90", "how long events and lists are kept, 30 to 400"),
    key("keep_lists", Flag, "`true`", "true", "whether lists that were shown are kept, for `zhanggui recommend judge`"),
    key(
        "allow_private",
        List,
        "none",
        "[\"10.1.0.0/16\"]",
        "private networks that the feed may come from nevertheless",
    ),
];

const BACK_OFFICE: &[Key] = &[
    required("url", Text, "\"https://shop.example/zhanggui/actions\"", "where actions are posted"),
    required(
        "secret_files",
        List,
        "[\"webhook.secret\"]",
        "files of the secrets that sign, `whsec_…`; several while one replaces another, and each signs",
    ),
    key("actions", List, "all", "[\"order_lookup\", \"refund_lookup\"]", "the actions that go there"),
    key("timeout_seconds", Number, "8", "8", "how long one attempt may take, 1 to 25"),
    key("attempts", Number, "3", "3", "how often one action is tried, 1 to 5; all within 25 seconds"),
    key("concurrency", Number, "32", "32", "actions in progress at a time, 1 to 1000; more are told to come back"),
    key(
        "allow_private",
        List,
        "none",
        "[\"10.1.0.0/16\"]",
        "private networks that may be called nevertheless; without one, no address but public ones is",
    ),
    key("ca_file", Text, "none", "\"ca.pem\"", "certificates to trust besides the machine's own, as PEM"),
];

const OPERATOR: &[Key] = &[
    required("name", Text, "\"lin\"", "the name to sign in with"),
    required("display_name", Text, "\"小林\"", "the name shoppers see"),
    required(
        "password_hash",
        Text,
        "\"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$kFHpcQ1x0pHfS0i2GkWmZw\"",
        "an Argon2id string in PHC form, as the tool `argon2` makes it",
    ),
    key("tenant", Text, "the first site's", "\"my-shop\"", "the shop they answer for"),
];

const LIMITS: &[Key] = &[
    key(
        "opens_per_minute",
        Number,
        "120",
        "120",
        "conversations opened by one address (an IPv6 /64 counts as one); twice as many at once",
    ),
    key(
        "messages_per_minute",
        Number,
        "600",
        "600",
        "messages written to one conversation, a long one counted for each KiB; twice as many at once",
    ),
    key("actions_per_minute", Number, "30", "30", "actions of one conversation; twice as many at once"),
    key(
        "address_requests_per_minute",
        Number,
        "6000",
        "6000",
        "requests of one address; the machine itself, such as a proxy that does not say for whom, has no such limit",
    ),
    key("tenant_requests_per_minute", Number, "0", "600000", "requests to one tenant"),
];

const OPERATIONS: &[Key] = &[
    fixed(key(
        "metrics_listen",
        Text,
        "none",
        "\"127.0.0.1:9464\"",
        "address and port of `/metrics`, `/healthz` and `/readyz`, for monitoring alone",
    )),
    key(
        "metrics_secret_sha256",
        Text,
        "none",
        DIGEST,
        "the hash of the secret with which `/metrics` may be read at the main address, as a bearer token",
    ),
    fixed(key("log", Text, "`text`", "\"json\"", "form of the log: `text`, or `json` with an object a line")),
    fixed(key("otlp_endpoint", Text, "none", "\"http://127.0.0.1:4318\"", "where traces go, by OTLP over HTTP")),
    fixed(key("otlp_percent", Number, "100", "10", "the share of requests that are traced, in percent")),
    key(
        "max_in_flight",
        Number,
        "4096",
        "4096",
        "requests in progress, those with a body counted four times; beyond them shoppers are told to come back, operators a quarter later",
    ),
    key(
        "min_free_mib",
        Number,
        "256",
        "256",
        "below so much free space in the data folder the server is not ready; with SQLite",
    ),
    key(
        "stop_delay_seconds",
        Number,
        "0",
        "5",
        "how long `/readyz` says no before the server stops to listen, so that a balancer notices",
    ),
];

const STORAGE: &[Key] = &[
    fixed(key(
        "postgres",
        Text,
        "none",
        "\"postgres://zhanggui@db.example/zhanggui?sslmode=require\"",
        "the address, as libpq takes it; `options=-csearch_path%3Dname` in it puts the tables into a schema",
    )),
    fixed(key(
        "password_file",
        Text,
        "the variable `ZHANGGUI_POSTGRES_PASSWORD`",
        "\"postgres.password\"",
        "file whose first line is the password; it wins over one in the address",
    )),
    fixed(key(
        "ca_file",
        Text,
        "the machine's own",
        "\"postgres.pem\"",
        "certificates to trust for PostgreSQL instead of the machine's own, as PEM",
    )),
    fixed(key("connections", Number, "16", "16", "connections of one process at the most, 1 to 1000")),
    fixed(key(
        "nats",
        Text,
        "none",
        "\"nats://nats.example:4222\"",
        "where NATS is, through which several processes wake each other sooner; nothing is lost without it",
    )),
    fixed(key(
        "nats_token_file",
        Text,
        "none",
        "\"nats.token\"",
        "file whose first line is the token that NATS asks for",
    )),
];

/// A complete `zhanggui.toml` in which everything is said and commented out.
#[must_use]
pub fn sample() -> String {
    let mut text = String::from(
        "# zhanggui.toml: every key there is, with an example. What is commented out has the default that its comment names.\n\
         # `zhanggui config check zhanggui.toml` says what is wrong with a file; docs/serve.md says more of each key.\n\
         # Paths of keys, policies and secrets are relative to this file.\n\
         # (restart): read at the start alone. All else takes effect when the file changes, or on SIGHUP.\n",
    );
    section(&mut text, "", KEYS);
    text
}

fn section(text: &mut String, path: &str, keys: &[Key]) {
    let is_table = |key: &&Key| matches!(key.kind, Table(_) | Tables(_));
    for key in keys.iter().filter(|key| !is_table(key)) {
        let restart = if key.live { "" } else { " (restart)" };
        let default = if key.required { "required".to_owned() } else { format!("default: {}", key.default) };
        let _ = writeln!(text, "\n# {}; {default}{restart}\n#{} = {}", key.what, key.name, key.sample);
    }
    for key in keys.iter().filter(is_table) {
        let name = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        let (open, close, inner) = match key.kind {
            Table(inner) => ("[", "]", inner),
            Tables(inner) => ("[[", "]]", inner),
            _ => continue,
        };
        let _ = writeln!(text, "\n# {}\n#{open}{name}{close}", key.what);
        section(text, &name, inner);
    }
}

/// The reference of `docs/serve.md`: a row a key.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from("| Key | Default | What |\n|---|---|---|\n");
    rows(&mut text, "", KEYS);
    text
}

fn rows(text: &mut String, path: &str, keys: &[Key]) {
    for key in keys {
        let restart = if key.live { "" } else { " (restart)" };
        let name = format!("{path}{}", key.name);
        let (shown, inner) = match key.kind {
            Table(inner) => (format!("[{name}]"), inner),
            Tables(inner) => (format!("[[{name}]]"), inner),
            _ => (name.clone(), &[] as &[Key]),
        };
        // A bar is a cell's end, in code as well.
        let what = key.what.replace('|', "\\|");
        let _ = writeln!(text, "| `{shown}` | {} | {what}{restart} |", key.default);
        rows(text, &format!("{name}."), inner);
    }
}
