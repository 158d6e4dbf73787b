use zg_recommend::log::{Reader, RowError};

use crate::{index_of, list};

#[test]
fn a_row_that_cannot_be_believed_is_left_out_and_says_why() {
    let mut reader = Reader::new("SessionId\tItemId\tTime").expect("the header is right");
    for time in ["NaN", "-1", "inf", "-inf", "1e400", "soon", ""] {
        let error = reader.row(&format!("1\ta\t{time}")).expect_err(time);
        assert!(matches!(error, RowError::Time(_)), "{time}: {error}");
    }
    assert!(matches!(reader.row("1\ta"), Err(RowError::Cells { found: 2, needed: 3 })));
    assert!(matches!(reader.row("\ta\t1"), Err(RowError::Name { column: "SessionId" })));
    assert!(matches!(reader.row(&format!("1\t{}\t1", "x".repeat(256))), Err(RowError::Name { column: "ItemId" })));
    reader.row("1\ta\t1").expect("a good row after bad ones is taken");
    reader.row("").expect("an empty row is nothing");
    let sessions = reader.finish();
    assert_eq!(sessions.all.len(), 1);
    assert_eq!(sessions.items.len(), 1);
}

#[test]
fn columns_are_found_by_name() {
    let mut reader = Reader::new("Time\tnote\tsession_id\titemId\r").expect("all three are there");
    reader.row("5\tx\ts\t棉 袜\r").expect("the row is right");
    assert_eq!(reader.finish().items.get(0), "棉 袜");
    assert!(matches!(Reader::new("SessionId\tItemId"), Err(RowError::Header("Time"))));
}

#[test]
fn clicks_are_put_in_order_and_delivered_twice_count_once() {
    let mut reader = Reader::new("SessionId\tItemId\tTime").expect("the header is right");
    for row in ["2\tc\t30", "1\tb\t20", "1\ta\t10", "1\ta\t10", "1\ta\t25"] {
        reader.row(row).expect("the row is right");
    }
    let sessions = reader.finish();
    assert_eq!(sessions.duplicates, 1);
    let first: Vec<&str> = sessions.all[0].items.iter().map(|&item| sessions.items.get(item)).collect();
    assert_eq!(first, ["a", "b", "a"]);
    assert_eq!((sessions.all[0].first, sessions.all[1].last), (10.0, 30.0));
}

#[test]
fn a_robots_session_moves_nobodys_list() {
    let mut reader = Reader::new("SessionId\tItemId\tTime").expect("the header is right");
    for session in 0..5 {
        reader.row(&format!("{session}\ta\t{}", session * 100)).expect("the row is right");
        reader.row(&format!("{session}\tb\t{}", session * 100 + 9)).expect("the row is right");
    }
    for click in 0..10_000 {
        let item = if click % 2 == 0 { "a".to_owned() } else { format!("spam{click}") };
        reader.row(&format!("robot\t{item}\t{}", 1_000 + click)).expect("the row is right");
    }
    let sessions = reader.finish();
    assert_eq!(sessions.robots, 1);
    assert_eq!(list(&index_of(sessions), &["a"]), ["b"]);
}
