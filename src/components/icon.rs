//! The icons, drawn on a 24 grid with one stroke.

use yew::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    Arrow,
    Check,
    Clock,
    Close,
    Down,
    Image,
    Person,
    Send,
    Spark,
    Speaker,
    Star,
    ThumbDown,
    ThumbUp,
    Warning,
}

impl Glyph {
    fn path(self) -> &'static str {
        match self {
            Self::Arrow => "M9 6l6 6-6 6",
            Self::Check => "M5 12.5l4.5 4.5L19 7.5",
            Self::Clock => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4.5l3 1.5",
            Self::Close => "M6.5 6.5l11 11M17.5 6.5l-11 11",
            Self::Down => "M12 5v14M6 13l6 6 6-6",
            Self::Image => {
                "M4.5 6.5a2 2 0 0 1 2-2h11a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2h-11a2 2 0 0 1-2-2zM5 16.5l4.5-4.5 4 4 2-2 3.5 3.5M15 8.7h.01"
            }
            Self::Person => {
                "M12 4.5a3.75 3.75 0 1 0 0 7.5 3.75 3.75 0 0 0 0-7.5M4.5 20c.8-3.7 3.8-5.5 7.5-5.5s6.7 1.8 7.5 5.5"
            }
            Self::Send => "M12 19V5M5.5 11.5L12 5l6.5 6.5",
            // Three rods and four beads of an abacus, the shopkeeper's tool.
            Self::Spark => "M5 5h14v14H5zM5 10h14M9 5v14M15 5v14",
            Self::Speaker => "M4 10v4h3.5L12 18V6l-4.5 4zM15.5 9a4.5 4.5 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
            Self::Star => "M12 3.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z",
            Self::ThumbUp => {
                "M8 11l3.5-6.5c1.4 0 2.3 1 2 2.4L13 10h4.6c1.2 0 2.1 1.1 1.8 2.3l-1.2 5.2A2 2 0 0 1 16.2 19H8zM4.5 11H8v8H4.5z"
            }
            Self::ThumbDown => {
                "M16 13l-3.5 6.5c-1.4 0-2.3-1-2-2.4L11 14H6.4c-1.2 0-2.1-1.1-1.8-2.3l1.2-5.2A2 2 0 0 1 7.8 5H16zM19.5 13H16V5h3.5z"
            }
            Self::Warning => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v5M12 16h.01",
        }
    }
}

/// Decoration only: the word beside it, or its button's label, carries the meaning.
///
/// A function, not a component: each component type costs 1 KB (brotli), and this one has no state.
pub fn icon(glyph: Glyph) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d={glyph.path()} />
        </svg>
    }
}
