//! A page as a tree, good enough to find text in.
//!
//! The tokenizer is the standard's; the tree is ours, because the standard's way of building one takes time that grows
//! with the square of how deep a page is nested. Depth, number of nodes and kept attributes are bounded.

use html5gum::{DefaultEmitter, Token, Tokenizer};

use super::boilerplate::is_boilerplate;

/// Deeper elements become siblings. Browsers stop at 512; pages that people write stay below 50.
const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 1 << 19;
const MAX_ATTRIBUTE: usize = 8 << 10;
const KEPT_ATTRIBUTES: [&str; 15] = [
    "alt",
    "class",
    "content",
    "datetime",
    "href",
    "id",
    "itemprop",
    "itemscope",
    "itemtype",
    "lang",
    "name",
    "role",
    "src",
    "type",
    "value",
];

pub(super) type NodeIdx = u32;

pub(super) struct Node {
    /// Empty for text.
    pub name: Box<str>,
    pub text: Box<str>,
    pub attributes: Vec<(&'static str, Box<str>)>,
    pub line: u64,
    /// It or something around it stands on every page of the site.
    pub is_boilerplate: bool,
    parent: NodeIdx,
    first_child: Option<NodeIdx>,
    last_child: Option<NodeIdx>,
    next: Option<NodeIdx>,
}

pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Whether the page had more nodes than are kept.
    pub cut: bool,
}

impl Tree {
    pub const ROOT: NodeIdx = 0;

    pub fn node(&self, at: NodeIdx) -> &Node {
        &self.nodes[at as usize]
    }

    pub fn children(&self, at: NodeIdx) -> impl Iterator<Item = NodeIdx> + '_ {
        std::iter::successors(self.node(at).first_child, |child| self.node(*child).next)
    }

    /// Every node in the order of the page.
    pub fn all(&self) -> impl Iterator<Item = NodeIdx> + use<> {
        // Nodes are made as they are read, so their numbers are that order.
        0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    /// The elements around a node, innermost first.
    pub fn ancestors(&self, at: NodeIdx) -> impl Iterator<Item = NodeIdx> + '_ {
        std::iter::successors((at != Self::ROOT).then(|| self.node(at).parent), |parent| {
            (*parent != Self::ROOT).then(|| self.node(*parent).parent)
        })
    }

    pub fn attribute(&self, at: NodeIdx, name: &str) -> Option<&str> {
        self.node(at).attributes.iter().find(|(other, _)| *other == name).map(|(_, value)| &**value)
    }

    /// The text inside, as it stands, of a script for instance.
    pub fn raw_text(&self, at: NodeIdx) -> String {
        let mut text = String::new();
        self.push_raw_text(at, &mut text);
        text
    }

    fn push_raw_text(&self, at: NodeIdx, text: &mut String) {
        text.push_str(&self.node(at).text);
        for child in self.children(at) {
            self.push_raw_text(child, text);
        }
    }

    fn push(&mut self, parent: NodeIdx, node: Node) -> Option<NodeIdx> {
        if self.nodes.len() >= MAX_NODES {
            self.cut = true;
            return None;
        }
        let at = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(Node { parent, ..node });
        match self.nodes[parent as usize].last_child.replace(at) {
            Some(before) => self.nodes[before as usize].next = Some(at),
            None => self.nodes[parent as usize].first_child = Some(at),
        }
        Some(at)
    }
}

/// Reads a page or a piece of one.
pub(super) fn parse(html: &str) -> Tree {
    let mut tree = Tree { nodes: vec![node("", "", 1)], cut: false };
    let mut stack: Vec<NodeIdx> = vec![Tree::ROOT];
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let (mut counted, mut line) = (0, 1);
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        let start = match &token {
            Token::StartTag(tag) => tag.span.start,
            Token::String(text) => text.span.start,
            _ => counted,
        };
        let start = start.clamp(counted, html.len());
        line += html.as_bytes()[counted..start].iter().filter(|byte| **byte == b'\n').count() as u64;
        counted = start;
        let top = stack.last().copied().unwrap_or(Tree::ROOT);
        match token {
            Token::String(text) => {
                tree.push(top, node("", &String::from_utf8_lossy(&text), line));
            }
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                close_implied(&tree, &mut stack, &name);
                let mut element = node(&name, "", line);
                for kept in KEPT_ATTRIBUTES {
                    if let Some(value) = tag.attributes.get(kept.as_bytes())
                        && value.len() <= MAX_ATTRIBUTE
                    {
                        element.attributes.push((kept, String::from_utf8_lossy(value).into()));
                    }
                }
                let parent = stack.last().copied().unwrap_or(Tree::ROOT);
                let outer = stack.iter().map(|at| &*tree.node(*at).name);
                element.is_boilerplate =
                    tree.node(parent).is_boilerplate || is_boilerplate(&name, &element.attributes, outer);
                let at = tree.push(parent, element);
                if let Some(at) = at
                    && !is_void(&name)
                    && stack.len() < MAX_DEPTH
                {
                    stack.push(at);
                }
            }
            Token::EndTag(tag) => {
                let open = stack.iter().rposition(|at| tree.node(*at).name.as_bytes() == tag.name.as_slice());
                if let Some(open) = open.filter(|open| *open > 0) {
                    stack.truncate(open);
                }
            }
            _ => {}
        }
        if tree.cut {
            break;
        }
    }
    tree
}

fn node(name: &str, text: &str, line: u64) -> Node {
    Node {
        name: name.into(),
        text: text.into(),
        attributes: Vec::new(),
        line,
        is_boilerplate: false,
        parent: Tree::ROOT,
        first_child: None,
        last_child: None,
        next: None,
    }
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Closes what a start tag closes without saying so: a list item the one before it, a block the paragraph around it.
fn close_implied(tree: &Tree, stack: &mut Vec<NodeIdx>, name: &str) {
    let (closes, within): (&[&str], &[&str]) = match name {
        "li" => (&["li"], &["ul", "ol"]),
        "dt" | "dd" => (&["dt", "dd"], &["dl"]),
        "tr" => (&["tr"], &["table"]),
        "td" | "th" => (&["td", "th"], &["tr", "table"]),
        "thead" | "tbody" | "tfoot" => (&["thead", "tbody", "tfoot"], &["table"]),
        "option" => (&["option"], &["select"]),
        "p" | "div" | "ul" | "ol" | "dl" | "table" | "section" | "article" | "h1" | "h2" | "h3" | "h4" | "h5"
        | "h6" | "details" | "summary" | "blockquote" | "pre" | "main" | "header" | "footer" | "nav" | "aside"
        | "hr" => (&["p"], &["button", "td", "th", "li", "dd", "div"]),
        _ => return,
    };
    let is_one_of = |at: &NodeIdx, names: &[&str]| names.contains(&&*tree.node(*at).name);
    for open in (1..stack.len()).rev() {
        if is_one_of(&stack[open], closes) {
            stack.truncate(open);
            return;
        }
        if is_one_of(&stack[open], within) {
            return;
        }
    }
}
