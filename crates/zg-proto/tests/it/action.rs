//! Actions on their way to a back office.

use expect_test::expect;
use zg_proto::action::{ActionAnswer, ActionRequested, ActionWebhook, RequestAction};
use zg_proto::cli::OutcomeTag;

use crate::{check, check_read, refuses_unknown_fields};

fn arguments() -> std::collections::BTreeMap<String, String> {
    [("order".to_owned(), "2026112900017".to_owned())].into()
}

#[test]
fn an_action_and_its_answer() {
    let request = RequestAction { id: "a1".into(), action: "order_lookup".into(), arguments: arguments() };
    refuses_unknown_fields(&request);
    check(
        &[request],
        expect![[r#"
        {"id":"a1","action":"order_lookup","arguments":{"order":"2026112900017"}}
    "#]],
    );
    let answer = |outcome| ActionAnswer { id: "a1".into(), outcome };
    let facts = [("status_text".to_owned(), "已发货".into()), ("n".to_owned(), 2.into())];
    check(
        &[
            answer(OutcomeTag::Ok { facts: facts.into() }),
            answer(OutcomeTag::Refused { reason: Some("没有找到".into()) }),
            answer(OutcomeTag::Failed),
            answer(OutcomeTag::Timeout),
        ],
        expect![[r#"
            {"id":"a1","status":"ok","facts":{"n":2,"status_text":"已发货"}}
            {"id":"a1","status":"refused","reason":"没有找到"}
            {"id":"a1","status":"failed"}
            {"id":"a1","status":"timeout"}
        "#]],
    );
}

#[test]
fn the_webhook_of_an_action() {
    let data = ActionRequested {
        tenant: "my-shop".into(),
        conversation: "c-1".into(),
        id: "a1".into(),
        action: "order_lookup".into(),
        arguments: arguments(),
        subject: None,
        locale: "zh-CN".into(),
    };
    let webhook = ActionWebhook { kind: "action.requested".into(), timestamp: "2026-11-29T12:00:00Z".into(), data };
    check(
        &[webhook],
        expect![[r#"
        {"type":"action.requested","timestamp":"2026-11-29T12:00:00Z","data":{"tenant":"my-shop","conversation":"c-1","id":"a1","action":"order_lookup","arguments":{"order":"2026112900017"},"subject":null,"locale":"zh-CN"}}
    "#]],
    );
    check_read::<RequestAction>(
        &[r#"{"id":"a1","action":"x"}"#, r#"{"id":"a1"}"#, r#"{"id":"a1","action":"x","arguments":{"n":1}}"#],
        expect![[r#"
            {"id":"a1","action":"x","arguments":{}}
            refused: missing field `action` at line 1 column 11
            refused: invalid type: integer `1`, expected a string at line 1 column 42
        "#]],
    );
}
