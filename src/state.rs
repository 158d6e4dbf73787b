//! What the widget knows, and how each event changes it. Pure: no clock, no DOM, no port.

use std::rc::Rc;

use yew::Reducible;
use zg_proto::port::{Delivery, FromEngine, Shown, Status};
use zg_proto::{AuthorTag, Body, HandoffTag, Message, QuickReply};

/// Messages of one author closer than this form one group, with one time under it.
const GROUP_MILLIS: i64 = 5 * 60 * 1000;

/// How far the engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// What is written now waits in the port.
    #[default]
    Starting,
    Ready,
    /// It cannot go on; the help page is what remains.
    Failed,
}

/// A message and whether the engine has seen it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub shown: Shown,
    /// Drawn before the engine confirmed it, so that a key press is answered in the same frame.
    pub echo: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    pub phase: Phase,
    pub open: bool,
    /// By `order`, then as they came.
    pub entries: Vec<Rc<Entry>>,
    pub starters: Vec<QuickReply>,
    /// `None` until the engine has said anything: nothing is claimed before.
    pub status: Option<Status>,
    /// What arrived while the panel was closed.
    pub unread: u32,
    /// Everything large, read aloud, a person first.
    pub large: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Engine(FromEngine),
    Open,
    Close,
    Large(bool),
    /// The shopper said something.
    Said {
        id: String,
        text: String,
        at: i64,
    },
    Rated {
        id: String,
        helpful: bool,
    },
    Retried {
        id: String,
    },
    Erased,
}

/// A line of the transcript.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// A new day begins with the message of this time.
    Day { at: i64 },
    Message {
        entry: Rc<Entry>,
        /// First of its group: it carries the author's name for screen readers.
        head: bool,
        /// Last of its group: it carries the time.
        tail: bool,
        /// Its quick replies can still be pressed.
        current: bool,
        /// The newest of the shopper's own, the only one that says "sent".
        newest_own: bool,
    },
}

impl State {
    pub fn apply(&mut self, action: Action) {
        match action {
            Action::Open => {
                self.open = true;
                self.unread = 0;
            }
            Action::Close => self.open = false,
            Action::Large(large) => self.large = large,
            Action::Engine(FromEngine::Ready { starters, .. }) => {
                self.phase = Phase::Ready;
                self.starters = starters;
            }
            Action::Engine(FromEngine::Status(status)) => self.status = Some(status),
            Action::Engine(FromEngine::Fatal { .. }) => self.phase = Phase::Failed,
            Action::Engine(FromEngine::Messages { reset, messages }) => self.upsert(reset, messages),
            // The page is told of these, and the text box of suggestions; the transcript knows nothing of them.
            Action::Engine(FromEngine::Act { .. } | FromEngine::Suggestions { .. } | FromEngine::Knowledge { .. }) => {}
            Action::Said { id, text, at } => {
                let order = self.entries.last().map_or(0.0, |last| last.shown.order) + 1.0;
                let message = Message {
                    id,
                    author: AuthorTag::Shopper,
                    at,
                    text,
                    lang: None,
                    body: Body::Text,
                    quick_replies: Vec::new(),
                    cards: Vec::new(),
                };
                let shown =
                    Shown { order, delivery: Delivery::Local, helpful: None, hidden: Vec::new(), seq: 0, message };
                self.entries.push(Rc::new(Entry { shown, echo: true }));
            }
            Action::Rated { id, helpful } => self.change(&id, |shown| shown.helpful = Some(helpful)),
            Action::Retried { id } => self.change(&id, |shown| shown.delivery = Delivery::Pending),
            Action::Erased => {
                self.entries.clear();
                self.unread = 0;
            }
        }
    }

    fn change(&mut self, id: &str, change: impl FnOnce(&mut Shown)) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.shown.message.id == id) {
            change(&mut Rc::make_mut(entry).shown);
        }
    }

    fn upsert(&mut self, reset: bool, messages: Vec<Shown>) {
        if reset {
            // What the engine has not seen yet is on its way to it, and not part of what it forgets.
            self.entries.retain(|entry| entry.echo);
        }
        for shown in messages {
            let author = shown.message.author;
            let known = self.entries.iter().position(|entry| entry.shown.message.id == shown.message.id);
            let entry = Rc::new(Entry { shown, echo: false });
            if let Some(idx) = known {
                self.entries[idx] = entry;
                continue;
            }
            self.entries.push(entry);
            if !self.open && !reset && matches!(author, AuthorTag::Assistant | AuthorTag::Operator) {
                self.unread += 1;
            }
        }
        // An echo stays behind everything that is confirmed: it has no place of its own yet.
        let last = self.entries.iter().filter(|entry| !entry.echo).map(|entry| entry.shown.order).fold(0.0, f64::max);
        let mut n_echoes = 0.0;
        for entry in self.entries.iter_mut().filter(|entry| entry.echo) {
            n_echoes += 1.0;
            Rc::make_mut(entry).shown.order = last + n_echoes;
        }
        self.entries.sort_by(|a, b| a.shown.order.total_cmp(&b.shown.order));
    }

    pub fn handoff(&self) -> HandoffTag {
        self.status.as_ref().map(|status| status.handoff).unwrap_or_default()
    }

    /// Whether the other side is composing a reply.
    pub fn writing(&self) -> bool {
        let starting = self.phase == Phase::Starting && self.entries.iter().any(|entry| entry.echo);
        starting || self.status.as_ref().is_some_and(|status| status.typing)
    }

    /// The line under the name: a key of the locale and the value it needs.
    pub fn headline(&self) -> (&'static str, String) {
        let none = String::new();
        match (self.phase, &self.status) {
            (Phase::Failed, _) => ("state-failed", none),
            (Phase::Starting, _) | (_, None) => ("state-starting", none),
            (Phase::Ready, Some(status)) => match status.handoff {
                HandoffTag::Queued => match status.queue_ahead {
                    _ if !status.online => ("state-queued-offline", none),
                    None => ("state-queued", none),
                    Some(0) => ("state-queued-next", none),
                    Some(ahead) => ("state-queued-ahead", ahead.to_string()),
                },
                HandoffTag::Assigned if !status.online => ("state-offline-person", none),
                HandoffTag::Assigned => match &status.operator {
                    Some(operator) => ("state-assigned", operator.clone()),
                    None => ("state-assigned-unnamed", none),
                },
                HandoffTag::New | HandoffTag::Contained | HandoffTag::Ended if !status.online => {
                    ("state-offline", none)
                }
                HandoffTag::New | HandoffTag::Contained | HandoffTag::Ended => ("state-online", none),
            },
        }
    }

    /// The transcript, line by line. `day` maps a time to the reader's calendar day.
    pub fn rows(&self, day: impl Fn(i64) -> i64) -> Vec<Row> {
        let mut rows = Vec::with_capacity(self.entries.len() + 2);
        let message = |idx: usize| self.entries.get(idx).map(|entry| &entry.shown.message);
        let joined = |a: &Message, b: &Message| {
            a.author == b.author
                && (b.at - a.at).abs() < GROUP_MILLIS
                && day(a.at) == day(b.at)
                && !matches!(a.body, Body::Event { .. })
                && !matches!(b.body, Body::Event { .. })
        };
        let newest_own = self.entries.iter().rposition(|entry| entry.shown.message.author == AuthorTag::Shopper);
        let newest_asking = self.entries.iter().rposition(|entry| entry.shown.message.author != AuthorTag::System);
        for (idx, entry) in self.entries.iter().enumerate() {
            let this = &entry.shown.message;
            let before = idx.checked_sub(1).and_then(message);
            if before.is_none_or(|before| day(before.at) != day(this.at)) {
                rows.push(Row::Day { at: this.at });
            }
            rows.push(Row::Message {
                entry: entry.clone(),
                head: before.is_none_or(|before| !joined(before, this)),
                tail: message(idx + 1).is_none_or(|after| !joined(this, after)),
                current: newest_asking == Some(idx) && this.author != AuthorTag::Shopper,
                newest_own: newest_own == Some(idx),
            });
        }
        rows
    }
}

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut state = Rc::unwrap_or_clone(self);
        state.apply(action);
        Rc::new(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn shown(id: &str, author: AuthorTag, order: f64, at: i64) -> Shown {
        let message = Message {
            id: id.to_owned(),
            author,
            at,
            text: id.to_owned(),
            lang: None,
            body: Body::Text,
            quick_replies: Vec::new(),
            cards: Vec::new(),
        };
        Shown { order, delivery: Delivery::Sent, helpful: None, hidden: Vec::new(), seq: 0, message }
    }

    fn messages(reset: bool, messages: Vec<Shown>) -> Action {
        Action::Engine(FromEngine::Messages { reset, messages })
    }

    fn said(id: &str) -> Action {
        Action::Said { id: id.to_owned(), text: id.to_owned(), at: 1 }
    }

    fn state(actions: impl IntoIterator<Item = Action>) -> State {
        let mut state = State::default();
        for action in actions {
            state.apply(action);
        }
        state
    }

    fn ids(state: &State) -> Vec<&str> {
        state.entries.iter().map(|entry| entry.shown.message.id.as_str()).collect()
    }

    fn status(change: impl FnOnce(&mut Status)) -> Action {
        let mut status = Status { online: true, ..Status::default() };
        change(&mut status);
        Action::Engine(FromEngine::Status(status))
    }

    fn ready() -> Action {
        Action::Engine(FromEngine::Ready { entries: 1, starters: Vec::new() })
    }

    #[test]
    fn a_message_is_replaced_by_its_id_and_placed_by_its_order() {
        let mut state = state([said("a"), said("b")]);
        assert_eq!(ids(&state), ["a", "b"]);
        assert!(state.entries.iter().all(|entry| entry.echo));
        // "a" is confirmed with a later place than its reply: the engine's order decides.
        state.apply(messages(
            false,
            vec![shown("a", AuthorTag::Shopper, 7.0, 1), shown("reply", AuthorTag::Assistant, 6.0, 2)],
        ));
        assert_eq!(ids(&state), ["reply", "a", "b"], "what is not confirmed stays last");
        state.apply(messages(false, vec![shown("b", AuthorTag::Shopper, 1.0, 1)]));
        assert_eq!(ids(&state), ["b", "reply", "a"]);
        assert_eq!(state.entries.len(), 3);
        assert!(state.entries.iter().all(|entry| !entry.echo));
    }

    #[test]
    fn a_reset_forgets_what_was_confirmed_and_keeps_what_is_on_its_way() {
        let mut state = state([messages(false, vec![shown("old", AuthorTag::Assistant, 1.0, 1)]), said("new")]);
        state.apply(messages(true, vec![shown("history", AuthorTag::Assistant, 9.0, 1)]));
        assert_eq!(ids(&state), ["history", "new"]);
        state.apply(Action::Erased);
        assert!(state.entries.is_empty());
    }

    #[test]
    fn only_replies_that_arrive_behind_a_closed_panel_are_unread() {
        let mut state = state([messages(true, vec![shown("history", AuthorTag::Operator, 1.0, 1)])]);
        assert_eq!(state.unread, 0, "history was read before");
        state.apply(messages(
            false,
            vec![
                shown("own", AuthorTag::Shopper, 2.0, 1),
                shown("note", AuthorTag::System, 3.0, 1),
                shown("reply", AuthorTag::Operator, 4.0, 1),
            ],
        ));
        assert_eq!(state.unread, 1);
        state.apply(messages(false, vec![shown("reply", AuthorTag::Operator, 4.0, 1)]));
        assert_eq!(state.unread, 1, "a change is not a new message");
        state.apply(Action::Open);
        state.apply(messages(false, vec![shown("seen", AuthorTag::Operator, 5.0, 1)]));
        assert_eq!(state.unread, 0);
        state.apply(Action::Close);
        assert!(!state.open);
    }

    #[test]
    fn rating_and_retrying_show_at_once() {
        let mut failed = shown("own", AuthorTag::Shopper, 1.0, 1);
        failed.delivery = Delivery::Failed;
        let state = state([
            messages(false, vec![failed, shown("answer", AuthorTag::Assistant, 2.0, 1)]),
            Action::Retried { id: "own".into() },
            Action::Rated { id: "answer".into(), helpful: false },
            Action::Rated { id: "unknown".into(), helpful: true },
        ]);
        assert_eq!(state.entries[0].shown.delivery, Delivery::Pending);
        assert_eq!(state.entries[1].shown.helpful, Some(false));
    }

    #[test]
    fn the_headline_says_who_holds_the_conversation() {
        let check = |actions: Vec<Action>, expected: (&str, &str)| {
            let (key, value) = state(actions).headline();
            assert_eq!((key, value.as_str()), expected);
        };
        check(vec![], ("state-starting", ""));
        check(vec![status(|_| ())], ("state-starting", ""));
        check(vec![ready(), status(|_| ())], ("state-online", ""));
        check(vec![ready(), status(|s| s.online = false)], ("state-offline", ""));
        let queued = |ahead| {
            vec![
                ready(),
                status(move |s| {
                    s.handoff = HandoffTag::Queued;
                    s.queue_ahead = ahead;
                }),
            ]
        };
        check(queued(None), ("state-queued", ""));
        check(queued(Some(0)), ("state-queued-next", ""));
        check(queued(Some(2)), ("state-queued-ahead", "2"));
        check(
            vec![
                ready(),
                status(|s| {
                    s.handoff = HandoffTag::Assigned;
                    s.operator = Some("Lin".into());
                }),
            ],
            ("state-assigned", "Lin"),
        );
        let fatal = FromEngine::Fatal { code: "knowledge".into(), text: String::new() };
        check(vec![ready(), status(|_| ()), Action::Engine(fatal)], ("state-failed", ""));
    }

    #[test]
    fn something_said_while_the_engine_starts_shows_that_a_reply_is_coming() {
        let mut state = state([said("a")]);
        assert!(state.writing());
        state.apply(ready());
        assert!(!state.writing());
        state.apply(status(|s| s.typing = true));
        assert!(state.writing());
    }

    #[test]
    fn rows_carry_days_groups_and_the_one_message_that_can_be_answered() {
        let mut state = state([messages(
            true,
            vec![
                shown("q", AuthorTag::Shopper, 1.0, 0),
                shown("a1", AuthorTag::Assistant, 2.0, 1_000),
                shown("a2", AuthorTag::Assistant, 3.0, 2_000),
                shown("a3", AuthorTag::Assistant, 4.0, 2_000 + GROUP_MILLIS),
                shown("next day", AuthorTag::Assistant, 5.0, DAY),
            ],
        )]);
        let render = |state: &State| -> Vec<String> {
            state
                .rows(|at| at.div_euclid(DAY))
                .iter()
                .map(|row| match row {
                    Row::Day { at } => format!("day {at}"),
                    Row::Message { entry, head, tail, current, newest_own } => {
                        let mut line = entry.shown.message.id.clone();
                        for (flag, name) in
                            [(head, " head"), (tail, " tail"), (current, " current"), (newest_own, " own")]
                        {
                            if *flag {
                                line.push_str(name);
                            }
                        }
                        line
                    }
                })
                .collect()
        };
        assert_eq!(
            render(&state),
            [
                "day 0",
                "q head tail own",
                "a1 head",
                "a2 tail",
                "a3 head tail",
                "day 86400000",
                "next day head tail current",
            ]
        );
        state.apply(Action::Said { id: "reply".into(), text: String::new(), at: DAY });
        assert_eq!(render(&state)[6..], ["next day head tail", "reply head tail own"]);
    }
}
