//! What every component may ask and do: the context below [`crate::app::App`].

use std::rc::Rc;

use yew::UseReducerDispatcher;
use zg_domain::MAX_MESSAGE_BYTES;
use zg_proto::HandoffTag;
use zg_proto::QuickReply;
use zg_proto::port::ToEngine;

use crate::locale::Locale;
use crate::port::Port;
use crate::state::{Action, State};
use crate::suggestions::Change;

/// A quick reply's value that asks for a person (`zg_proto::QuickReply`).
pub const HANDOFF: &str = "handoff";

/// Suggestions that are shown.
const N_SUGGESTIONS: u32 = 5;
/// Whoever has typed so much knows what they ask.
const MAX_TYPED: usize = 40;

#[derive(Clone)]
pub struct Chat {
    pub state: Rc<State>,
    pub locale: Rc<Locale>,
    pub dispatch: UseReducerDispatcher<State>,
    pub port: Rc<Port>,
}

impl PartialEq for Chat {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.state, &other.state) && Rc::ptr_eq(&self.locale, &other.locale)
    }
}

impl Chat {
    pub fn t(&self, key: &str) -> String {
        self.locale.text(key)
    }

    /// Says `text` for the shopper. Nothing is said by an empty text or one beyond the limit.
    pub fn say(&self, text: &str) {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_MESSAGE_BYTES {
            return;
        }
        let id = self.said(text);
        self.port.post(&ToEngine::Utterance { id, text: text.to_owned() });
    }

    /// Presses a quick reply of message `message`; a starter has no message.
    pub fn press(&self, message: &str, reply: &QuickReply) {
        let id = self.said(&reply.label);
        let QuickReply { label, value } = reply.clone();
        self.port.post(&ToEngine::QuickReply { id, message: message.to_owned(), label, value });
    }

    /// Asks which questions may become of what is typed; nothing while a person is to read it.
    pub fn suggest(&self, typed: &str) {
        let (seq, typed) = (self.port.next_asked(), typed.trim());
        let empty = typed.is_empty() || typed.chars().count() > MAX_TYPED || self.handoff().with_people();
        self.port.suggested(Change::Typed { seq, empty });
        if !typed.is_empty() && self.handoff().with_people() && self.port.may_tell_typing() {
            self.port.post(&ToEngine::Typing);
        }
        if !empty {
            self.port.post(&ToEngine::Suggest { seq, text: typed.to_owned(), k: N_SUGGESTIONS });
        }
    }

    fn said(&self, text: &str) -> String {
        let id = new_id();
        let at = js_sys::Date::now() as i64;
        self.dispatch.dispatch(Action::Said { id: id.clone(), text: text.to_owned(), at });
        id
    }

    pub fn rate(&self, id: &str, helpful: bool) {
        self.dispatch.dispatch(Action::Rated { id: id.to_owned(), helpful });
        self.port.post(&ToEngine::Feedback { message: id.to_owned(), helpful });
    }

    pub fn retry(&self, id: &str) {
        self.dispatch.dispatch(Action::Retried { id: id.to_owned() });
        self.port.post(&ToEngine::Retry { id: id.to_owned() });
    }

    pub fn erase(&self) {
        self.dispatch.dispatch(Action::Erased);
        self.port.post(&ToEngine::Erase);
    }

    pub fn enlarge(&self, large: bool) {
        self.dispatch.dispatch(Action::Large(large));
        self.port.enlarge(large);
        if !large {
            self.port.speak("", "");
        }
    }

    pub fn request_person(&self) {
        self.port.post(&ToEngine::RequestHandoff);
    }

    pub fn leave_person(&self) {
        self.port.post(&ToEngine::EndHandoff);
    }

    /// Whether a person cannot be asked for; `false` while nothing is known.
    pub fn without_people(&self) -> bool {
        self.state.status.as_ref().is_some_and(|status| !status.people)
    }

    pub fn handoff(&self) -> HandoffTag {
        self.state.handoff()
    }
}

/// 128 random bits in hexadecimal. `crypto.randomUUID` exists only where the page is secure.
fn new_id() -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut bytes = [0; 16];
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        // Fails only above 65,536 bytes.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes.iter().flat_map(|byte| [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]).map(char::from).collect()
}
