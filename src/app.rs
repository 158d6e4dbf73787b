//! The root component: owns the state, listens to the inbox, shows the panel.

use std::rc::Rc;

use yew::prelude::*;
use zg_proto::port::FromEngine;

use crate::chat::Chat;
use crate::components::Panel;
use crate::locale::Locale;
use crate::port::{Inbox, Input, Port};
use crate::state::{Action, State};
use crate::suggestions::Change;

#[derive(Properties)]
pub struct AppProps {
    pub inbox: Rc<Inbox>,
    pub port: Rc<Port>,
    pub large: bool,
    /// The first locale; later ones come by the inbox.
    pub locale: Rc<Locale>,
}

impl PartialEq for AppProps {
    // The root is given its props once.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inbox, &other.inbox)
    }
}

#[component]
pub fn App(props: &AppProps) -> Html {
    let large = props.large;
    let state = use_reducer(move || State { large, ..State::default() });
    let locale = use_state(|| props.locale.clone());
    let chat = Chat {
        state: Rc::new((*state).clone()),
        locale: (*locale).clone(),
        dispatch: state.dispatcher(),
        port: props.port.clone(),
    };

    {
        let (inbox, chat, locale) = (props.inbox.clone(), chat.clone(), locale.setter());
        // Once: dispatcher, port and setter are the same at every render, and nothing else of `chat` is read.
        use_effect_with((), move |()| {
            inbox.connect(Callback::from(move |input| match input {
                Input::Engine(FromEngine::Suggestions { seq, items }) => {
                    chat.port.suggested(Change::Answered { seq, items });
                }
                Input::Engine(message) => chat.dispatch.dispatch(Action::Engine(message)),
                Input::Open => chat.dispatch.dispatch(Action::Open),
                Input::Close => chat.dispatch.dispatch(Action::Close),
                Input::Ask(text) => chat.say(&text),
                Input::Locale(next) => locale.set(next),
            }));
        });
    }
    {
        let port = props.port.clone();
        use_effect_with(state.unread, move |unread| port.unread(*unread));
    }

    html! {
        <ContextProvider<Chat> context={chat}>
            <Panel />
        </ContextProvider<Chat>>
    }
}
