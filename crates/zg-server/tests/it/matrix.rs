//! Who may do what: every route of the interface's own description, asked by everybody there is, at two tenants.
//!
//! A route that is added is asked, too, by the rule of its credential.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::identity::token;
use crate::images::{PNG, picture};
use crate::support::{HOST, PASSWORD, START, TestApp, secret, text};

const PHONE: &str = "+8613800138000";
const POLICY: &str = r#"
[budget]
currency = "CNY"
per_day = 10000
per_order = 2000
per_customer = 3000
[remedies.late]
fault = ["late"]
gives = "coupon"
amount = 500
per_day = 9
"#;

const VISITOR: &str = "0123456789abcdef";

/// Whoever may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Nobody,
    /// A bearer token of no form.
    Scribbler,
    /// A secret that nothing has.
    WrongSecret,
    Shopper,
    /// The shopper's own secret, from a page that is not admitted.
    ShopperElsewhere,
    OtherShopper,
    OtherTenantsShopper,
    Operator,
    OperatorWithoutToken,
    OperatorElsewhere,
    OtherTenantsOperator,
    /// A session that was ended.
    FormerOperator,
    Storefront,
    OtherStorefront,
}

use Role::*;

const ROLES: [Role; 14] = [
    Nobody,
    Scribbler,
    WrongSecret,
    Shopper,
    ShopperElsewhere,
    OtherShopper,
    OtherTenantsShopper,
    Operator,
    OperatorWithoutToken,
    OperatorElsewhere,
    OtherTenantsOperator,
    FormerOperator,
    Storefront,
    OtherStorefront,
];

/// A route as the description has it.
#[derive(Debug, Clone)]
struct Route {
    method: String,
    path: String,
    id: String,
    credential: String,
}

impl Route {
    fn is_unsafe(&self) -> bool {
        self.method != "GET"
    }
}

/// What has to come of it.
#[derive(Debug)]
enum Expected {
    /// Past the credential: whatever the state makes of it, and no refusal of the person.
    Admitted,
    Refused(&'static [u16]),
}

use Expected::{Admitted, Refused};

fn expected(route: &Route, role: Role) -> Expected {
    match (route.credential.as_str(), role) {
        ("", _) if route.id != "signIn" => Admitted,
        ("", OperatorElsewhere | ShopperElsewhere) => Refused(&[403]),
        ("", _) => Admitted,
        // Whoever has a code makes a secret; without one, and there is none here, all that is said is that it does not work.
        (
            "conversationSecret",
            WrongSecret | Shopper | OtherShopper | OtherTenantsShopper | Storefront | OtherStorefront,
        ) if route.id == "redeemContinuation" => Admitted,
        // Whoever makes a secret may open; an id that is taken answers nobody else.
        ("conversationSecret", WrongSecret | OtherShopper | Storefront | OtherStorefront) => Refused(&[404]),
        ("conversationSecret", OtherTenantsShopper) => Refused(&[404]),
        ("conversationSecret", Shopper) => Admitted,
        ("conversationSecret", ShopperElsewhere) => Refused(&[403]),
        ("conversationSecret", _) => Refused(&[401]),
        ("operatorSession", Operator) => Admitted,
        ("operatorSession", OperatorWithoutToken | OperatorElsewhere) if route.is_unsafe() => Refused(&[403]),
        ("operatorSession", OperatorWithoutToken | OperatorElsewhere) => Admitted,
        // Somebody else's conversation is none; that nobody holds it is all that is said of one in between.
        ("operatorSession", OtherTenantsOperator) if route.path.contains("{id}") => Refused(&[404, 409]),
        ("operatorSession", OtherTenantsOperator) => Admitted,
        ("operatorSession", ShopperElsewhere) if route.is_unsafe() => Refused(&[403]),
        ("operatorSession", _) => Refused(&[401]),
        ("storefrontSecret", Storefront) => Admitted,
        ("storefrontSecret", OtherStorefront) if route.path.contains("{code}") || route.id == "undoMerge" => {
            Refused(&[404])
        }
        ("storefrontSecret", OtherStorefront) => Admitted,
        ("storefrontSecret", _) => Refused(&[401]),
        // Public, for pages that are admitted; whoever sends a secret is asked for the storefront's.
        ("siteKey", OperatorElsewhere) => Refused(&[403]),
        ("siteKey", Scribbler | WrongSecret | Shopper | ShopperElsewhere | OtherShopper | OtherTenantsShopper) => {
            Refused(&[401])
        }
        ("siteKey", _) => Admitted,
        (other, _) => panic!("{other}: a credential that the matrix does not know"),
    }
}

/// Two tenants, each with a conversation that one of its operators holds; at the first a further shopper, and a grant.
struct World<'a> {
    app: &'a TestApp,
    home: &'static str,
    other: &'static str,
    cookies: Vec<(Role, String, String)>,
    code: String,
    merge: String,
    former: (String, String),
}

impl<'a> World<'a> {
    async fn new(app: &'a TestApp, home: &'static str, other: &'static str) -> World<'a> {
        let mut cookies = Vec::new();
        for (role, tenant, id) in [(Operator, home, "c-1"), (OtherTenantsOperator, other, "c-3")] {
            let shopper = app.shopper(tenant, id).await;
            shopper.say("m-0", "private words").await.ok();
            shopper.post("/handoff", &Value::Null).await.ok();
            shopper.post("/images", &picture("p-0", PNG)).await.ok();
            let claims = json!({"sub": "1042", "phone": PHONE, "aud": tenant, "exp": START / 1000 + 300});
            shopper.post("/identity", &json!({"token": token(tenant, &claims)})).await.ok();
            let operator = app.operator(tenant, &format!("{tenant}-ann")).await;
            operator.act(id, "take").await.ok();
            cookies.push((role, operator.cookie, operator.csrf));
        }
        app.shopper(home, "c-2").await;
        // A second session of the same person, which ends.
        let answer = app.sign_in(&format!("{home}-ann"), PASSWORD).await;
        let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let former = (cookie, answer.json()["csrf_token"].as_str().unwrap().to_owned());
        let mut world = World { app, home, other, cookies, code: String::new(), merge: String::new(), former };
        let out = world.request(&route("DELETE", "/v1/operator/session", "signOut", "operatorSession"), FormerOperator);
        assert_eq!(app.send(out).await.status, 204);
        let grant = world.request(&route("POST", "/v1/remedies", "decideRemedy", "storefrontSecret"), Storefront);
        world.code = app.send(grant).await.ok().json()["code"].as_str().unwrap().to_owned();
        let show = world.request(&route("POST", "/v1/profiles/show", "showProfile", "storefrontSecret"), Storefront);
        world.merge = app.send(show).await.ok().json()["merges"][0]["id"].as_str().unwrap().to_owned();
        world
    }

    fn request(&self, route: &Route, role: Role) -> Request<Body> {
        let whole = match route.id.as_str() {
            "eraseVisitor" => format!("/v1/visitors/{VISITOR}?site_key={}", self.home),
            _ => route.path.clone(),
        };
        let path = whole.replace("{id}", "c-1").replace("{message}", "p-0").replace("{code}", &self.code);
        let mut request = Request::builder().method(route.method.as_str()).uri(path).header("host", HOST);
        let body = body(&route.id, self.home, &self.merge);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let bearer = match role {
            Scribbler => Some("?? <script>".to_owned()),
            WrongSecret => Some(secret("nobody at all")),
            Shopper | ShopperElsewhere => Some(secret(&format!("{}-c-1", self.home))),
            OtherShopper => Some(secret(&format!("{}-c-2", self.home))),
            OtherTenantsShopper => Some(secret(&format!("{}-c-3", self.other))),
            Storefront => Some(secret(&format!("shop {}", self.home))),
            OtherStorefront => Some(secret(&format!("shop {}", self.other))),
            _ => None,
        };
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        let session = match role {
            Operator | OperatorWithoutToken | OperatorElsewhere => {
                self.cookies.iter().find(|(role, ..)| *role == Operator).map(|(_, cookie, csrf)| (cookie, csrf))
            }
            OtherTenantsOperator => self
                .cookies
                .iter()
                .find(|(role, ..)| *role == OtherTenantsOperator)
                .map(|(_, cookie, csrf)| (cookie, csrf)),
            FormerOperator => Some((&self.former.0, &self.former.1)),
            _ => None,
        };
        if let Some((cookie, csrf)) = session {
            request = request.header("cookie", cookie);
            if role != OperatorWithoutToken {
                request = request.header("x-csrf-token", csrf);
            }
        }
        if matches!(role, OperatorElsewhere | ShopperElsewhere) {
            request = request.header("origin", "https://evil.example");
        }
        request.body(body.map_or(Body::empty(), |body| body.to_string().into())).unwrap()
    }
}

/// A body that the route takes; `{}` for one that the matrix does not know, which is past the credential all the same.
fn body(id: &str, tenant: &str, merge: &str) -> Option<Value> {
    Some(match id {
        "openConversation" => json!({"id": "c-1", "site_key": tenant, "locale": "en"}),
        "postMessages" => json!({"messages": [text("shopper", "m-1", "hi")]}),
        "postImage" => picture("p-1", PNG),
        "shopperSeen" | "operatorSeen" => json!({"seq": 1}),
        "requestHandoff" => json!({"reason": "shopper_asked"}),
        "identify" => json!({"token": "a.b.c"}),
        "giveConsent" => json!({"purpose": "marketing", "granted": true, "wording": "v1", "channel": "web"}),
        "redeemContinuation" => json!({"code": "00000-00000", "site_key": tenant, "channel": "app"}),
        "revokeKey" => json!({"key": "k_1"}),
        "eraseMyProfile" => json!({"token": "a.b.c"}),
        "mergeHere" => json!({"profile": "p_1"}),
        "undoHere" | "undoMerge" => json!({ "merge": merge }),
        "showProfile" | "exportProfile" | "eraseProfile" => json!({"who": {"user": "1042"}}),
        "mergeProfiles" => json!({"one": {"user": "1042"}, "other": {"phone": PHONE}}),
        "recordConsent" => {
            json!({"who": {"user": "1042"}, "purpose": "marketing", "granted": true, "wording": "v1", "channel": "app"})
        }
        "requestAction" => json!({"id": "a1", "action": "order_lookup"}),
        "signIn" => json!({"name": format!("{tenant}-ann"), "password": PASSWORD}),
        "reply" => json!({"id": "r-1", "text": "hello"}),
        "decideRemedy" => json!({
            "request": "r-1", "order": "A1", "customer": "lin", "currency": "CNY", "placed": START - 9_000_000,
            "paid": 9_900, "promised": START - 4_000_000, "delivered": START - 1_000_000
        }),
        "recommend" => json!({"site_key": tenant}),
        "postEvents" => json!({
            "site_key": tenant, "visitor": VISITOR, "events": [{"id": "e-1", "type": "view", "item": "A1"}]
        }),
        "putCatalog" => json!({"products": [{"item": "A1"}]}),
        "redeemRemedy" => json!({"request": "p-1", "customer": "lin"}),
        _ => json!({}),
    })
}

fn route(method: &str, path: &str, id: &str, credential: &str) -> Route {
    Route { method: method.into(), path: path.into(), id: id.into(), credential: credential.into() }
}

async fn routes(app: &TestApp) -> Vec<Route> {
    let document = app.get("/v1/openapi.json").await.ok().json();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let credential = operation["security"][0].as_object().and_then(|names| names.keys().next().cloned());
            let id = operation["operationId"].as_str().unwrap();
            routes.push(route(&method.to_uppercase(), path, id, &credential.unwrap_or_default()));
        }
    }
    routes
}

fn shops() -> TestApp {
    let policy = std::sync::Arc::new(zg_policy::build::compile(Some(POLICY)).unwrap().money);
    TestApp::with(|config| {
        for site in &mut config.sites {
            let digest = <sha2::Sha256 as sha2::Digest>::digest(secret(&format!("shop {}", site.key)).as_bytes());
            (site.secrets, site.policy) = (vec![digest.into()], Some(policy.clone()));
            site.identity_keys = vec![format!("{:_<32}", site.key).into_bytes()];
        }
    })
}

/// Asks, and checks what comes of it. Streams are not read: they have no end.
async fn check(world: &World<'_>, route: &Route, role: Role) {
    let cell = format!("{} {} as {role:?} at {}", route.method, route.path, world.home);
    let response = world.app.router.clone().oneshot(world.request(route, role)).await.unwrap();
    let status = response.status();
    let kind = response.headers().get("content-type").cloned();
    if let Refused(statuses) = expected(route, role) {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(statuses.contains(&status.as_u16()), "{cell}: {status}, want {statuses:?}: {text}");
        assert_eq!(kind.unwrap(), "application/problem+json", "{cell}");
        assert!(!text.contains("private"), "{cell}: {text}");
    } else {
        let refusals =
            [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED];
        // A token of no shopper is refused for what it is, not for who brings it.
        let identify = matches!(route.id.as_str(), "identify" | "eraseMyProfile") && status == StatusCode::FORBIDDEN;
        assert!(!refusals.contains(&status) && status.as_u16() < 500 || identify, "{cell}: {status}");
    }
}

#[tokio::test]
async fn everybody_at_every_route_of_two_tenants() {
    let mut n_cells = 0;
    for (home, other) in [("one", "two"), ("two", "one")] {
        let app = shops();
        let world = World::new(&app, home, other).await;
        let mut routes = routes(&app).await;
        assert!(routes.len() >= 46, "{}", routes.len());
        // Those who are refused change nothing, so they come first; what ends something comes last.
        for route in &routes {
            for role in ROLES.into_iter().filter(|role| matches!(expected(route, *role), Refused(_))) {
                check(&world, route, role).await;
                n_cells += 1;
            }
        }
        let shopper = crate::support::Shopper { app: &app, id: "c-1".into(), secret: secret(&format!("{home}-c-1")) };
        let page = shopper.get("/messages").await.ok().json();
        let words: Vec<&str> =
            page["messages"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
        assert_eq!(
            words,
            ["private words".to_owned(), "[图片]".to_owned(), format!("{home}-ann").to_uppercase()],
            "nobody who was refused has changed anything: {page}"
        );
        routes.sort_by_key(|route| {
            let erases = route.id == "eraseProfile";
            (erases, route.method == "DELETE", route.id == "signOut", route.method == "POST")
        });
        for route in &routes {
            for role in ROLES.into_iter().filter(|role| matches!(expected(route, *role), Admitted)) {
                // Signing out is one person's; the others of the same session have gone with it.
                if route.id == "signOut" && role == OtherTenantsOperator {
                    continue;
                }
                check(&world, route, role).await;
                n_cells += 1;
            }
        }
        // The one left over, so that every cell is looked at.
        let sign_out = routes.iter().find(|route| route.id == "signOut").unwrap();
        check(&world, sign_out, OtherTenantsOperator).await;
        n_cells += 1;
        assert_eq!(n_cells % (routes.len() * ROLES.len()), 0);
    }
    assert!(n_cells >= 2 * 46 * 14, "{n_cells}");
}

#[tokio::test]
async fn other_versions_are_told_which_one_is_spoken() {
    let app = TestApp::new();
    for path in ["/v0/conversations", "/v2", "/v2/conversations/c-1/messages", "/v9/x?y=z"] {
        for method in ["GET", "POST", "PUT"] {
            let request = Request::builder().method(method).uri(path).header("origin", "http://localhost");
            let answer = app.send(request.body(Body::empty()).unwrap()).await;
            assert!(
                answer.problem(404, "unsupported_version")["detail"].as_str().unwrap().contains("/v1/openapi.json")
            );
            assert_eq!(answer.headers["link"], "</v1/openapi.json>; rel=\"service-desc\"");
            assert_eq!(answer.headers["access-control-allow-origin"], "http://localhost", "a page may read it");
        }
    }
    app.get("/v10/conversations").await.problem(404, "not_found");
}
