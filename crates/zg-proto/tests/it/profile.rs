//! One shopper over several channels: what is asked, and what is told of them.

use expect_test::expect;
use zg_proto::HandoffTag;
use zg_proto::http::Identified;
use zg_proto::profile::{
    ChannelTag, Consent, ConsentByTag, Consents, Continuation, DeskProfile, DeviceKey, DeviceKeys, EarlierConversation,
    EraseMine, Erasure, ExportHead, ExportMine, ExportedAction, ExportedConversation, ExportedGrant, ExportedImage,
    GiveConsent, IdentifierTag, Merge, MergeByTag, MergeHere, MergeProfiles, OfProfile, Profile, ProfilePart,
    PurposeTag, RecordConsent, RedeemContinuation, RevokeKey, UndoMerge, Undone, Who,
};

use crate::{check, check_read, refuses_unknown_fields};

fn user(id: &str) -> Who {
    Who { user: Some(id.into()), ..Who::default() }
}

fn merge() -> Merge {
    Merge {
        id: "m_1".into(),
        one: "p_1".into(),
        other: "p_2".into(),
        evidence: "phone".into(),
        confidence: 950,
        applied: true,
        by: MergeByTag::Token,
        operator: None,
        note: None,
        at: 1_780_000_000_000,
        undone: None,
    }
}

fn consents() -> Consents {
    let consent = Consent {
        purpose: PurposeTag::Marketing,
        granted: true,
        wording: "privacy-2026-05".into(),
        channel: ChannelTag::Wechat,
        by: ConsentByTag::Shopper,
        at: 1_780_000_000_000,
    };
    let now = [("marketing", true), ("recommendations", false), ("service", true)];
    Consents { now: now.map(|(purpose, granted)| (purpose.to_owned(), granted)).into(), history: vec![consent] }
}

fn part() -> ProfilePart {
    ProfilePart { profile: "p_1".into(), kind: IdentifierTag::User, since: 1_780_000_000_000 }
}

fn device() -> DeviceKey {
    DeviceKey { key: "k_1".into(), channel: Some(ChannelTag::App), added_at: 1_780_000_000_000, mine: false }
}

#[test]
fn whom_a_merchant_means() {
    let phone = Who { phone: Some("+8613800138000".into()), ..Who::default() };
    refuses_unknown_fields(&phone);
    let of = OfProfile { who: user("1042") };
    refuses_unknown_fields(&of);
    check(
        &[of, OfProfile { who: phone.clone() }],
        expect![[r#"
        {"who":{"user":"1042"}}
        {"who":{"phone":"+8613800138000"}}
    "#]],
    );
    let pair = MergeProfiles { one: user("1042"), other: phone, note: Some("CRM 4711".into()) };
    refuses_unknown_fields(&pair);
    check(
        &[pair],
        expect![[r#"
        {"one":{"user":"1042"},"other":{"phone":"+8613800138000"},"note":"CRM 4711"}
    "#]],
    );
    let record = RecordConsent {
        who: user("1042"),
        purpose: PurposeTag::Service,
        granted: false,
        wording: "v1".into(),
        channel: ChannelTag::App,
    };
    refuses_unknown_fields(&record);
    check(
        &[record],
        expect![[r#"
        {"who":{"user":"1042"},"purpose":"service","granted":false,"wording":"v1","channel":"app"}
    "#]],
    );
    check_read::<OfProfile>(
        &[r#"{"who":{"email":"lin@example.com"}}"#, r#"{"who":{"user":1042}}"#, r#"{"who":{}}"#, "{}"],
        expect![[r#"
            refused: unknown field `email`, expected one of `user`, `phone`, `wechat` at line 1 column 15
            refused: invalid type: integer `1042`, expected a string at line 1 column 19
            {"who":{}}
            refused: missing field `who` at line 1 column 2
        "#]],
    );
}

#[test]
fn the_ledger() {
    let here = MergeHere { profile: "p_2".into(), note: None };
    refuses_unknown_fields(&here);
    check(
        &[here],
        expect![[r#"
        {"profile":"p_2"}
    "#]],
    );
    let undo = UndoMerge { merge: "m_1".into() };
    refuses_unknown_fields(&undo);
    check(
        &[undo],
        expect![[r#"
        {"merge":"m_1"}
    "#]],
    );
    let undone = Some(Undone { by: MergeByTag::Operator, operator: Some("小林".into()), at: 1_780_000_001_000 });
    let by_hand = Merge {
        evidence: "hand".into(),
        confidence: 900,
        by: MergeByTag::Operator,
        operator: Some("小林".into()),
        note: Some("同一位客人".into()),
        undone,
        ..merge()
    };
    check(
        &[merge(), by_hand],
        expect![[r#"
        {"id":"m_1","one":"p_1","other":"p_2","evidence":"phone","confidence":950,"applied":true,"by":"token","at":1780000000000}
        {"id":"m_1","one":"p_1","other":"p_2","evidence":"hand","confidence":900,"applied":true,"by":"operator","operator":"小林","note":"同一位客人","at":1780000000000,"undone":{"by":"operator","operator":"小林","at":1780000001000}}
    "#]],
    );
}

#[test]
fn what_a_shopper_agrees_to() {
    let give = GiveConsent {
        purpose: PurposeTag::Marketing,
        granted: true,
        wording: "privacy-2026-05".into(),
        channel: ChannelTag::Wechat,
    };
    refuses_unknown_fields(&give);
    check(
        &[give],
        expect![[r#"
        {"purpose":"marketing","granted":true,"wording":"privacy-2026-05","channel":"wechat"}
    "#]],
    );
    check(
        &[consents()],
        expect![[r#"
        {"now":{"marketing":true,"recommendations":false,"service":true},"history":[{"purpose":"marketing","granted":true,"wording":"privacy-2026-05","channel":"wechat","by":"shopper","at":1780000000000}]}
    "#]],
    );
    check_read::<GiveConsent>(
        &[r#"{"purpose":"everything","granted":true,"wording":"v1","channel":"web"}"#],
        expect![[r#"
            refused: unknown variant `everything`, expected one of `service`, `recommendations`, `marketing` at line 1 column 23
        "#]],
    );
}

#[test]
fn another_device() {
    check(
        &[Continuation { code: "K7Q2M-9XD4T".into(), expires_at: 1_780_000_600_000 }],
        expect![[r#"
        {"code":"K7Q2M-9XD4T","expires_at":1780000600000}
    "#]],
    );
    let redeem =
        RedeemContinuation { code: "K7Q2M-9XD4T".into(), site_key: "my-shop".into(), channel: ChannelTag::Wechat };
    refuses_unknown_fields(&redeem);
    check(
        &[redeem],
        expect![[r#"
        {"code":"K7Q2M-9XD4T","site_key":"my-shop","channel":"wechat"}
    "#]],
    );
    let first = DeviceKey { key: "first".into(), channel: None, added_at: 1_780_000_000_000, mine: true };
    check(
        &[DeviceKeys { keys: vec![first, device()] }],
        expect![[r#"
        {"keys":[{"key":"first","added_at":1780000000000,"mine":true},{"key":"k_1","channel":"app","added_at":1780000000000,"mine":false}]}
    "#]],
    );
    let revoke = RevokeKey { key: "first".into() };
    refuses_unknown_fields(&revoke);
    check(
        &[revoke],
        expect![[r#"
        {"key":"first"}
    "#]],
    );
}

#[test]
fn what_is_told_of_a_shopper() {
    check(
        &[Identified { subject: Some("1042".into()) }, Identified { subject: None }],
        expect![[r#"
        {"subject":"1042"}
        {}
    "#]],
    );
    let profile = Profile {
        profile: "p_1".into(),
        parts: vec![part()],
        merges: vec![merge()],
        consents: consents(),
        conversations: 2,
    };
    let earlier = EarlierConversation {
        id: "c-1".into(),
        state: HandoffTag::Ended,
        opened_at: 1_780_000_000_000,
        last_seq: 7,
        preview: "在吗".into(),
    };
    check(
        &[
            DeskProfile { verified: true, profile: Some(profile), earlier: vec![earlier], devices: vec![device()] },
            DeskProfile { verified: false, profile: None, earlier: vec![], devices: vec![] },
        ],
        expect![[r#"
            {"verified":true,"profile":{"profile":"p_1","parts":[{"profile":"p_1","kind":"user","since":1780000000000}],"merges":[{"id":"m_1","one":"p_1","other":"p_2","evidence":"phone","confidence":950,"applied":true,"by":"token","at":1780000000000}],"consents":{"now":{"marketing":true,"recommendations":false,"service":true},"history":[{"purpose":"marketing","granted":true,"wording":"privacy-2026-05","channel":"wechat","by":"shopper","at":1780000000000}]},"conversations":2},"earlier":[{"id":"c-1","state":"ended","opened_at":1780000000000,"last_seq":7,"preview":"在吗"}],"devices":[{"key":"k_1","channel":"app","added_at":1780000000000,"mine":false}]}
            {"verified":false,"earlier":[],"devices":[]}
        "#]],
    );
}

#[test]
fn what_a_shopper_has_and_erases() {
    let mine = ExportMine { token: Some("a.b.c".into()) };
    refuses_unknown_fields(&mine);
    check(
        &[mine, ExportMine::default()],
        expect![[r#"
        {"token":"a.b.c"}
        {}
    "#]],
    );
    let erase = EraseMine { token: "a.b.c".into() };
    refuses_unknown_fields(&erase);
    check(
        &[erase],
        expect![[r#"
        {"token":"a.b.c"}
    "#]],
    );
    let grant = ExportedGrant {
        order: "A1".into(),
        customer: "1042".into(),
        rule: "late".into(),
        fault: "late".into(),
        gives: "coupon".into(),
        amount: 500,
        granted_at: 1_780_000_000_000,
        code: Some("ABCD-EFGH-JKMN-PQRS".into()),
    };
    let head = ExportHead { parts: vec![part()], merges: vec![merge()], consents: consents(), grants: vec![grant] };
    check(
        &[head],
        expect![[r#"
        {"parts":[{"profile":"p_1","kind":"user","since":1780000000000}],"merges":[{"id":"m_1","one":"p_1","other":"p_2","evidence":"phone","confidence":950,"applied":true,"by":"token","at":1780000000000}],"consents":{"now":{"marketing":true,"recommendations":false,"service":true},"history":[{"purpose":"marketing","granted":true,"wording":"privacy-2026-05","channel":"wechat","by":"shopper","at":1780000000000}]},"grants":[{"order":"A1","customer":"1042","rule":"late","fault":"late","gives":"coupon","amount":500,"granted_at":1780000000000,"code":"ABCD-EFGH-JKMN-PQRS"}]}
    "#]],
    );
    let conversation = ExportedConversation {
        id: "c-1".into(),
        state: HandoffTag::Queued,
        locale: "zh-CN".into(),
        opened_at: 1_780_000_000_000,
        last_seq: 7,
        page: Some("https://shop.example/p/1".into()),
        reason: Some("asked".into()),
        packet: Some(serde_json::json!({"wants": "退货"})),
        subject: Some("1042".into()),
        name: Some("林小姐".into()),
        actions: vec![ExportedAction { id: "a-1".into(), begun_at: 1_780_000_000_000, outcome: None }],
        devices: vec![device()],
    };
    check(
        &[conversation],
        expect![[r#"
        {"id":"c-1","state":"queued","locale":"zh-CN","opened_at":1780000000000,"last_seq":7,"page":"https://shop.example/p/1","reason":"asked","packet":{"wants":"退货"},"subject":"1042","name":"林小姐","actions":[{"id":"a-1","begun_at":1780000000000}],"devices":[{"key":"k_1","channel":"app","added_at":1780000000000,"mine":false}]}
    "#]],
    );
    let image = ExportedImage { message: "p-1".into(), media_type: "image/png".into(), data: "iVBORw0K".into() };
    check(
        &[image],
        expect![[r#"
        {"message":"p-1","media_type":"image/png","data":"iVBORw0K"}
    "#]],
    );
    let count = |n| [("messages.conversation".to_owned(), n), ("profiles.id".to_owned(), n)].into();
    let erasure =
        Erasure { erased_at: 1_780_000_000_000, profiles: 3, conversations: 2, before: count(2), remaining: count(0) };
    check(
        &[erasure],
        expect![[r#"
        {"erased_at":1780000000000,"profiles":3,"conversations":2,"before":{"messages.conversation":2,"profiles.id":2},"remaining":{"messages.conversation":0,"profiles.id":0}}
    "#]],
    );
}
