//! Recommendations over HTTP.

use expect_test::expect;
use zg_proto::from_json;
use zg_proto::recommend::DismissalReason;
use zg_proto::recommendation::{
    Because, CatalogChanges, CatalogProduct, ContextTag, Dismissed, EventTaken, EventsTaken, ExcludeTag, Interests,
    ItemName, LoggedItem, LoggedList, PostEvents, ProductCard, PutCatalog, RecommendationRequest, Recommendations,
    Recommended, ShopEvent, StoredShop, StoredVisit, TakenTag,
};

use crate::{check, refuses_unknown_fields};

fn item(name: &str) -> ItemName {
    ItemName(name.to_owned())
}

#[test]
fn a_request_and_its_answer() {
    let request = RecommendationRequest {
        site_key: Some("demo".into()),
        session: vec![item("A1"), item("B7")],
        k: Some(6),
        exclude: Some(ExcludeTag::Last),
        hidden: vec![item("C")],
        dismissed: vec![Dismissed { item: item("D"), reason: DismissalReason::Brand }],
        liked: vec![item("E")],
        price: Some((0.0, 200.0)),
        interests: Some(Interests { categories: [("雨衣".to_owned(), 1.0)].into(), brands: [].into() }),
        context: Some(ContextTag::AfterPurchase),
        visitor: Some("0123456789abcdef".into()),
        explore: Some(false),
    };
    refuses_unknown_fields(&request);
    check(
        &[RecommendationRequest::default(), request],
        expect![[r#"
        {}
        {"site_key":"demo","session":["A1","B7"],"k":6,"exclude":"last","hidden":["C"],"dismissed":[{"item":"D","reason":"brand"}],"liked":["E"],"price":[0.0,200.0],"interests":{"categories":{"雨衣":1.0}},"context":"after_purchase","visitor":"0123456789abcdef","explore":false}
    "#]],
    );
    let read: RecommendationRequest = from_json(r#"{"session":["A",17]}"#).unwrap();
    assert_eq!(read.session, [item("A"), item("17")]);
    for twice in [r#"{"k":1,"k":2}"#, r#"{"interests":{"brands":{"a":1,"a":2}}}"#, r#"{"session":[1.5]}"#] {
        assert!(from_json::<RecommendationRequest>(twice).is_err(), "{twice}");
    }
    let hit = |item: &'static str, because, product| Recommended {
        item: item.into(),
        score: 0.5,
        reason: "viewed_after".into(),
        because,
        propensity: 1.0,
        slot: 0,
        product,
    };
    let because = Because { item: Some("A1".into()), sessions: Some(3), ..Because::default() };
    let card = ProductCard { title: "雨衣".into(), price: "129.00".into(), ..ProductCard::default() };
    let answer = |items, empty| Recommendations { request: "r".into(), version: "v".into(), items, empty };
    check(
        &[
            answer(vec![hit("C", Some(because), Some(card)), hit("D", None, None)], None),
            answer(Vec::new(), Some("all_excluded".into())),
        ],
        expect![[r#"
            {"request":"r","version":"v","items":[{"item":"C","score":0.5,"reason":"viewed_after","because":{"item":"A1","sessions":3},"propensity":1.0,"slot":0,"product":{"title":"雨衣","price":"129.00"}},{"item":"D","score":0.5,"reason":"viewed_after","propensity":1.0,"slot":0}]}
            {"request":"r","version":"v","items":[],"empty":"all_excluded"}
        "#]],
    );
}

#[test]
fn events_and_what_became_of_them() {
    let event = ShopEvent {
        id: "e-1".into(),
        kind: "click".into(),
        item: Some(item("A1")),
        at: Some(1_780_000_000_000.0),
        request: Some("r".into()),
        slot: Some(2),
        reason: None,
        context: Some(ContextTag::Cart),
    };
    refuses_unknown_fields(&event);
    let events = vec![serde_json::to_value(&event).unwrap()];
    let post = PostEvents { site_key: Some("demo".into()), visitor: "0123456789abcdef".into(), events };
    refuses_unknown_fields(&post);
    check(
        &[post],
        expect![[r#"
        {"site_key":"demo","visitor":"0123456789abcdef","events":[{"at":1780000000000.0,"context":"cart","id":"e-1","item":"A1","request":"r","slot":2,"type":"click"}]}
    "#]],
    );
    let taken = |status, code: Option<&str>| EventTaken { id: "e-1".into(), status, code: code.map(str::to_owned) };
    let events = vec![
        taken(TakenTag::Accepted, None),
        taken(TakenTag::Duplicate, None),
        taken(TakenTag::Rejected, Some("in_future")),
    ];
    check(
        &[EventsTaken { events }],
        expect![[r#"
        {"events":[{"id":"e-1","status":"accepted"},{"id":"e-1","status":"duplicate"},{"id":"e-1","status":"rejected","code":"in_future"}]}
    "#]],
    );
}

#[test]
fn products() {
    let product = CatalogProduct {
        item: item("A1"),
        title: Some("雨衣".into()),
        price: Some("129.00".into()),
        in_stock: Some(false),
        ..CatalogProduct::default()
    };
    let gone = CatalogProduct { item: item("B"), removed: true, ..CatalogProduct::default() };
    refuses_unknown_fields(&product);
    check(
        &[PutCatalog { products: vec![product, gone] }],
        expect![[r#"
        {"products":[{"item":"A1","title":"雨衣","price":"129.00","in_stock":false},{"item":"B","removed":true}]}
    "#]],
    );
    check(
        &[CatalogChanges { added: 1, changed: 2, removed: 3, unchanged: 4 }],
        expect![[r#"
        {"added":1,"changed":2,"removed":3,"unchanged":4}
    "#]],
    );
}

#[test]
fn what_is_kept_of_lists_and_beside_a_snapshot() {
    let item = |item: &'static str, propensity| LoggedItem { item: item.into(), score: 0.5, propensity };
    let list = LoggedList {
        request: "r".into(),
        at: 1_780_000_000_000,
        context: ContextTag::Home,
        version: "v".into(),
        policy: "session".into(),
        exclude: ExcludeTag::Seen,
        session: vec!["A1".into()],
        items: vec![item("C", Some(0.95))],
        considered: vec![item("D", None)],
        clicked: vec!["C".into()],
    };
    check(
        &[list],
        expect![[r#"
        {"request":"r","at":1780000000000,"context":"home","version":"v","policy":"session","exclude":"seen","session":["A1"],"items":[{"item":"C","score":0.5,"propensity":0.95}],"considered":[{"item":"D","score":0.5}],"clicked":["C"]}
    "#]],
    );
    let visit = StoredVisit {
        visitor: "00".repeat(16),
        items: vec![self::item("A1")],
        first_at: 1,
        last_at: 2,
        last_received: 3,
        dropped: false,
    };
    let stored = StoredShop {
        version: 1,
        epoch: "e".into(),
        base: 7,
        base_newest: 1.5,
        base_complete: true,
        index: "x.zgrx".into(),
        events: 9,
        open: vec![visit],
    };
    check(
        &[stored],
        expect![[r#"
        {"version":1,"epoch":"e","base":7,"base_newest":1.5,"base_complete":true,"index":"x.zgrx","events":9,"open":[{"visitor":"00000000000000000000000000000000","items":["A1"],"first_at":1,"last_at":2,"last_received":3,"dropped":false}]}
    "#]],
    );
}
