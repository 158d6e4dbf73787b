//! Wake-ups between processes.

use expect_test::expect;
use zg_proto::AuthorTag;
use zg_proto::wake::Wake;

use crate::check;

#[test]
fn every_wake_up() {
    let (tenant, conversation) = ("shop".to_owned(), "c-1".to_owned());
    check(
        &[
            Wake::Changed { id: -7, tenant: tenant.clone(), conversation: conversation.clone(), after: 41 },
            Wake::Typing { tenant, conversation, author: AuthorTag::Operator },
        ],
        expect![[r#"
            {"kind":"changed","id":-7,"tenant":"shop","conversation":"c-1","after":41}
            {"kind":"typing","tenant":"shop","conversation":"c-1","author":"operator"}
        "#]],
    );
}
