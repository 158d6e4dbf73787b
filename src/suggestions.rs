//! Questions that what is typed may become. Apart from the conversation's state: a key press must not draw a long transcript anew.

use std::rc::Rc;

use yew::Reducible;
use zg_proto::port::Suggestion;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Suggestions {
    /// Of the last request alone.
    pub items: Vec<Suggestion>,
    asked: u32,
}

pub enum Change {
    /// The draft has changed; suggestions of an earlier request are void.
    Typed {
        seq: u32,
        /// Nothing is asked for any more.
        empty: bool,
    },
    Answered {
        seq: u32,
        items: Vec<Suggestion>,
    },
}

impl Reducible for Suggestions {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        match change {
            // What stands there stays until there is something better: a list that blinks cannot be read.
            Change::Typed { seq, empty } => {
                let items = if empty { Vec::new() } else { self.items.clone() };
                Rc::new(Self { items, asked: seq })
            }
            // An answer to what has been typed over since would jump under a finger.
            Change::Answered { seq, items } if seq == self.asked => Rc::new(Self { items, asked: seq }),
            Change::Answered { .. } => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_of_what_is_typed_now() {
        let items = |name: &str| vec![Suggestion { entry: name.into(), question: name.into() }];
        let mut state = Rc::new(Suggestions::default());
        for (change, expected) in [
            (Change::Typed { seq: 1, empty: false }, vec![]),
            (Change::Answered { seq: 1, items: items("one") }, items("one")),
            (Change::Typed { seq: 2, empty: false }, items("one")),
            (Change::Answered { seq: 1, items: items("late") }, items("one")),
            (Change::Answered { seq: 2, items: items("two") }, items("two")),
            (Change::Typed { seq: 3, empty: true }, vec![]),
            (Change::Answered { seq: 2, items: items("two") }, vec![]),
        ] {
            state = state.reduce(change);
            assert_eq!(state.items, expected);
        }
    }
}
