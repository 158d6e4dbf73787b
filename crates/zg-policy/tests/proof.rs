//! What the compiler lets through, and what a proved policy gives.

use zg_domain::Timestamp;
use zg_policy::build::{INTENTS, compile};
use zg_policy::money::{Facts, Fault, History, Refusal, Statement, Verifier};
use zg_policy::{Customer, Person, Temper};

const DAY: i64 = 86_400_000;
const NOW: Timestamp = Timestamp::from_millis(20_000 * DAY);

const SHOP: &str = r#"
[budget]
currency = "CNY"
per_day = 60000
per_order = 3000
per_customer = 5000
window_days = 90
late_grace_hours = 12

[remedies.late]
fault = ["late"]
gives = "coupon"
amount = 500
per_day = 40

[remedies.late-member]
fault = ["late"]
customer = ["member"]
gives = "coupon"
amount = 1000
per_day = 10

[remedies.broken]
fault = ["damaged", "defective", "lost"]
gives = "compensation"
percent = 10
cap = 3000
per_day = 10
"#;

/// The checks that found something, each once in a row.
fn checks(own: &str) -> Vec<&'static str> {
    let mut found: Vec<&str> = compile(Some(own))
        .map_or_else(|findings| findings.into_iter().map(|finding| finding.check).collect(), |_| Vec::new());
    found.dedup();
    found
}

#[test]
fn what_cannot_be_proved_is_refused() {
    for (text, expected) in [
        ("", &[][..]),
        (SHOP, &[]),
        ("nonsense", &["policy-form"]),
        ("[rules.a]", &["policy-form"]),
        ("[manners.a]\ntemper = [\"cross\"]", &["policy-form"]),
        ("[manners.a]\ntemper = []", &["policy-form"]),
        ("[manners.a]\ncolour = 1", &["policy-form"]),
        // Money has no column for a temper.
        ("[remedies.a]\ntemper = [\"angry\"]\ngives = \"nothing\"", &["policy-form"]),
        // Two rules, neither within the other.
        (
            "[manners.a]\ntemper = [\"calm\"]\nintent = \"stock\"\n[manners.b]\ncustomer = [\"new\"]",
            &["policy-conflict"],
        ),
        // The same place twice.
        (
            "[manners.a]\ntemper = [\"calm\"]\n[manners.b]\ntemper = [\"calm\"]",
            &["policy-conflict", "policy-unreachable"],
        ),
        ("[manners.plain]\noff = true", &["policy-unanswered"]),
        // Every temper has a rule of its own, and nothing is left of the plain one.
        ("[manners.calm]\ntemper = [\"calm\"]", &["policy-unreachable"]),
        ("[manners.a]\nintent = [\"invoice\"]\ntemper = [\"calm\"]\nreward = \"points\"", &["policy-unfounded"]),
        (
            "[remedies.a]\ngives = \"coupon\"\namount = 1\nper_day = 1",
            &["policy-conflict", "policy-unfounded", "policy-budget"],
        ),
        ("[remedies.a]\nfault = [\"late\"]\ngives = \"coupon\"\namount = 1\nper_day = 1", &["policy-budget"]),
        ("[remedies.a]\nfault = [\"late\"]\ngives = \"coupon\"\namount = 1", &["policy-form"]),
        ("[remedies.a]\nfault = [\"late\"]\ngives = \"coupon\"\namount = -1\nper_day = 1", &["policy-form"]),
        (
            "[remedies.a]\nfault = [\"late\"]\ngives = \"coupon\"\namount = 5\npercent = 5\ncap = 5\nper_day = 1",
            &["policy-form"],
        ),
    ] {
        assert_eq!(checks(text), expected, "{text}");
    }
    // One more a day than the budget carries.
    assert_eq!(checks(&SHOP.replace("per_day = 60000", "per_day = 59999")), ["policy-budget"]);
}

#[test]
fn every_cell_has_one_manner_and_a_furious_shopper_a_person() {
    let compiled = compile(Some(SHOP)).unwrap();
    for temper in Temper::ALL {
        for intent in INTENTS.iter().copied().chain(["their_own"]) {
            for customer in Customer::ALL {
                let manner = compiled.manners.of(*temper, intent, *customer).unwrap();
                assert_eq!(manner.person == Person::Now, *temper == Temper::Furious);
                assert_eq!(manner.reward == zg_policy::Reward::Review, *temper == Temper::Satisfied);
            }
        }
    }
    // What was written is what is read.
    let mut read = zg_policy::Manners::default();
    for line in compiled.manners.lines() {
        read.take(line.split('\t')).unwrap();
    }
    assert_eq!(read, compiled.manners);
}

/// Delivered a day late.
fn facts() -> Facts {
    let ago = |days: i64| Timestamp::from_millis(NOW.as_millis() - days * DAY);
    Facts {
        order: "a1".to_owned(),
        purchase: None,
        customer: "c1".to_owned(),
        household: Vec::new(),
        class: Customer::Returning,
        currency: "CNY".to_owned(),
        placed: ago(9),
        paid: 10_000,
        refunded: 0,
        promised: Some(ago(3)),
        delivered: Some(ago(2)),
        cancelled: None,
        refund_due: None,
        refund_paid: None,
        statements: Vec::new(),
        excused: false,
        internal: false,
    }
}

#[test]
fn money_follows_facts_and_nothing_else() {
    let policy = compile(Some(SHOP)).unwrap().money;
    let stated = |fault, by| vec![Statement { fault, by, at: NOW }];
    let late = facts().promised;
    let on_time = || Facts { promised: facts().delivered, ..facts() };
    let none = History::default();
    type Case = (&'static str, Facts, History, Result<(&'static str, i64), Refusal>);
    let cases: Vec<Case> = vec![
        ("late", facts(), none, Ok(("late", 500))),
        ("a member", Facts { class: Customer::Member, ..facts() }, none, Ok(("late-member", 1_000))),
        ("on time", on_time(), none, Err(Refusal::NoVerifiedFault)),
        (
            "within the grace",
            Facts { delivered: late.map(|at| Timestamp::from_millis(at.as_millis() + DAY / 2)), ..facts() },
            none,
            Err(Refusal::NoVerifiedFault),
        ),
        (
            "damaged, said nobody",
            Facts { statements: stated(Fault::Damaged, None), ..on_time() },
            none,
            Err(Refusal::NoVerifiedFault),
        ),
        (
            "late, by word alone",
            Facts { statements: stated(Fault::Late, Some(Verifier::Operator)), ..on_time() },
            none,
            Err(Refusal::NoVerifiedFault),
        ),
        (
            "damaged",
            Facts { statements: stated(Fault::Damaged, Some(Verifier::Inspection)), ..on_time() },
            none,
            Ok(("broken", 1_000)),
        ),
        (
            "the dearest of two",
            Facts { statements: stated(Fault::Damaged, Some(Verifier::Inspection)), ..facts() },
            none,
            Ok(("broken", 1_000)),
        ),
        (
            "up to the cap",
            Facts { paid: 900_000, statements: stated(Fault::Damaged, Some(Verifier::Inspection)), ..facts() },
            none,
            Ok(("broken", 3_000)),
        ),
        (
            "damaged but never delivered",
            Facts {
                delivered: None,
                promised: None,
                statements: stated(Fault::Damaged, Some(Verifier::Carrier)),
                ..facts()
            },
            none,
            Err(Refusal::NoVerifiedFault),
        ),
        (
            "lost but delivered",
            Facts { statements: stated(Fault::Lost, Some(Verifier::Carrier)), ..on_time() },
            none,
            Err(Refusal::NoVerifiedFault),
        ),
        (
            "a fault that no rule is for",
            Facts { statements: stated(Fault::WrongItem, Some(Verifier::Warehouse)), ..on_time() },
            none,
            Err(Refusal::NotProvided),
        ),
        ("never more than was paid", Facts { paid: 300, ..facts() }, none, Ok(("late", 300))),
        ("nothing paid", Facts { paid: 0, ..facts() }, none, Err(Refusal::NothingPaid)),
        ("all given back", Facts { refunded: 10_000, ..facts() }, none, Err(Refusal::NothingPaid)),
        ("excused", Facts { excused: true, ..facts() }, none, Err(Refusal::Excused)),
        ("their own", Facts { internal: true, ..facts() }, none, Err(Refusal::Internal)),
        ("other money", Facts { currency: "JPY".to_owned(), ..facts() }, none, Err(Refusal::OtherCurrency)),
        (
            "half a year on",
            Facts { placed: Timestamp::from_millis(NOW.as_millis() - 181 * DAY), ..facts() },
            none,
            Err(Refusal::TooLate),
        ),
        ("once an order", facts(), History { n_of_order: 1, ..none }, Err(Refusal::AlreadyGranted)),
        ("so often a customer", facts(), History { n_of_customer: 2, ..none }, Err(Refusal::CustomerLimit)),
        (
            "so much a customer",
            facts(),
            History { n_of_customer: 1, spent_on_customer: 4_501, ..none },
            Err(Refusal::CustomerLimit),
        ),
        ("so much a day", facts(), History { spent_today: 59_501, ..none }, Err(Refusal::Budget)),
    ];
    for (name, facts, history, expected) in cases {
        let facts = facts.checked(NOW).unwrap();
        let decided = policy.decide(&facts, &history, |_| 0, NOW);
        let decided = decided.map(|grant| (grant.rule, grant.amount));
        assert_eq!(decided, expected.map(|(rule, amount)| (rule.to_owned(), amount)), "{name}");
    }
    assert_eq!(policy.decide(&facts(), &none, |_| 40, NOW), Err(Refusal::DayLimit));
    // The library alone gives nothing to anybody.
    let library = compile(None).unwrap().money;
    assert_eq!(library.decide(&facts(), &none, |_| 0, NOW), Err(Refusal::NotProvided));
}

#[test]
fn facts_that_contradict_themselves_decide_nothing() {
    let later = Timestamp::from_millis(NOW.as_millis() + 1);
    for facts in [
        Facts { order: String::new(), ..facts() },
        Facts { order: "a 1".to_owned(), ..facts() },
        Facts { order: "２０２６".to_owned(), ..facts() },
        Facts { customer: "a\u{200b}".to_owned(), ..facts() },
        Facts { paid: -1, ..facts() },
        Facts { paid: i64::MAX, ..facts() },
        Facts { refunded: 10_001, ..facts() },
        Facts { delivered: Some(later), ..facts() },
        Facts { placed: later, ..facts() },
        Facts { promised: Some(Timestamp::from_millis(0)), ..facts() },
        Facts { household: vec!["h".to_owned(); 33], ..facts() },
    ] {
        assert!(facts.clone().checked(NOW).is_err(), "{facts:?}");
    }
    assert_eq!(facts().checked(NOW).unwrap().order, "A1");
}
