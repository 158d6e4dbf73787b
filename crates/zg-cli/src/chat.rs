//! `zhanggui chat`: the very dialogue of the browser.

use std::path::PathBuf;

use anyhow::Context as _;
use zg_assistant::{Channel, Context, NoModels, Part, Playbooks, Understand, render, step, step_listing};
use zg_domain::{DialogueState, Effect, Suggested, Timestamp, Wanted};
use zg_policy::Customer;
use zg_proto::cli::{Article, ChannelMessage, ChatLine, EffectLine, News, TextContent, TurnLine};

use crate::{ModelArgs, kb, lines, models, recommend};

#[derive(clap::Args)]
pub struct Args {
    /// The knowledge bundle.
    bundle: PathBuf,
    /// Locale of the page, as BCP 47.
    #[arg(long, default_value = "zh-CN")]
    lang: String,
    /// Answer by text search alone.
    #[arg(long)]
    no_models: bool,
    /// As in a shop without a sync endpoint: no person can be asked for.
    #[arg(long)]
    no_people: bool,
    /// As in a shop without a back office: nothing can be looked up or done.
    #[arg(long)]
    no_actions: bool,
    /// As on a page that puts products into its cart.
    #[arg(long)]
    cart: bool,
    /// Whose lists the dialogue shows: an index of `zhanggui recommend build`. Without one the index that lies beside the bundle, as
    /// on a device; where there is none, products are picked out of its catalog alone.
    #[arg(long, value_name = "INDEX", conflicts_with = "lists")]
    recommend: Option<PathBuf>,
    /// Lists come from outside: a line `recommend` asks for one, an event `recommended` brings it.
    #[arg(long)]
    lists: bool,
    /// As in a client that draws forms: what goes to a person waits until `form` or the next utterance.
    #[arg(long)]
    forms: bool,
    /// What the page says of the shopper: `unknown`, `new`, `returning` or `member`.
    #[arg(long, default_value = "unknown", value_parser = customer)]
    customer: Customer,
    /// Show each reply as this channel does: `wechat` or `text`; the web draws it from its parts.
    #[arg(long, value_parser = channel)]
    channel: Option<Channel>,
    /// Address of the shop's help page, for cards that open an answer there.
    #[arg(long, value_name = "URL")]
    help_page: Option<String>,
    #[command(flatten)]
    models: ModelArgs,
}

fn customer(name: &str) -> Result<Customer, String> {
    Customer::from_name(name).ok_or_else(|| "write unknown, new, returning or member".to_owned())
}

fn channel(name: &str) -> Result<Channel, String> {
    match name {
        "wechat" => Ok(Channel::WeChat),
        "text" => Ok(Channel::Text),
        _ => Err("write wechat or text".to_owned()),
    }
}

impl Args {
    fn line(&self, effect: Effect) -> EffectLine {
        let parts = match (&effect, self.channel) {
            (Effect::Say(reply), Some(channel)) => render(reply, channel, self.help_page.as_deref()),
            _ => Vec::new(),
        };
        let mut line = EffectLine::from(effect);
        if let EffectLine::Reply { rendered, .. } = &mut line {
            *rendered = parts.into_iter().map(message).collect();
        }
        line
    }
}

fn message(part: Part) -> ChannelMessage {
    match part {
        Part::Text(content) => ChannelMessage::Text { text: TextContent { content } },
        Part::News { title, description, url } => {
            ChannelMessage::News { news: News { articles: vec![Article { title, description, url }] } }
        }
    }
}

/// An index that lists come from.
struct Recommender {
    index: zg_recommend::Index,
    workspace: zg_recommend::Workspace,
}

impl Recommender {
    /// The index of a file, else the bundle's own; `None` where there is neither.
    fn open(path: Option<&std::path::Path>, bundle: &[u8]) -> anyhow::Result<Option<Self>> {
        let index = match path {
            Some(path) => recommend::open(path)?,
            None if bundle.is_empty() => return Ok(None),
            None => {
                zg_recommend::Index::load(bundle).context("cannot use the index in the bundle; compile it again")?
            }
        };
        Ok(Some(Self { index, workspace: zg_recommend::Workspace::default() }))
    }

    fn list(&mut self, wanted: &Wanted) -> Vec<Suggested> {
        use zg_recommend::feedback::Dislike;
        fn of(list: &[String]) -> Vec<&str> {
            list.iter().map(String::as_str).collect()
        }
        let dismissed: Vec<(&str, Dislike)> = wanted
            .dismissed
            .iter()
            .map(|(item, why)| {
                let why = match why {
                    zg_domain::Dislike::Item => Dislike::Item,
                    zg_domain::Dislike::Brand => Dislike::Brand,
                    zg_domain::Dislike::Price => Dislike::Price,
                    zg_domain::Dislike::Category => Dislike::Category,
                };
                (item.as_str(), why)
            })
            .collect();
        let (session, hidden, liked) = (of(&wanted.session), of(&wanted.hidden), of(&wanted.liked));
        let shopper = zg_recommend::named::Shopper {
            session: &session,
            hidden: &hidden,
            dismissed: &dismissed,
            liked: &liked,
            price: wanted.price,
        };
        let rules = zg_recommend::Rules::of_house();
        let list = zg_recommend::named::list(&self.index, &shopper, &rules, wanted.k as usize, &mut self.workspace)
            .into_iter();
        let suggested = |one: zg_recommend::named::Named<'_>| Suggested {
            item: one.item.to_owned(),
            reason: one.reason.name().to_owned(),
            because: one.because.map(str::to_owned),
        };
        list.map(suggested).collect()
    }
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let bundle = if args.no_models { kb::open(&args.bundle)? } else { kb::open_to_search(&args.bundle, &[])? };
    let understand: Box<dyn Understand> =
        if args.no_models { Box::new(NoModels) } else { Box::new(models::load(&args.models)?) };
    let playbooks =
        Playbooks::read(bundle.playbooks()).with_context(|| format!("cannot use {}", args.bundle.display()))?;
    let context = Context {
        bundle: &bundle,
        playbooks: &playbooks,
        understand: &*understand,
        locale: &args.lang,
        people: !args.no_people,
        customer: args.customer,
        actions: !args.no_actions,
        cart: args.cart,
        forms: args.forms,
        products: &[],
    };
    let mut recommender = Recommender::open(args.recommend.as_deref(), bundle.recommender())?;
    let mut state = DialogueState::default();
    lines::each(|line: ChatLine| {
        let at = Timestamp::from_millis(line.at);
        let event = line.event.into_dialogue();
        let before = std::mem::take(&mut state);
        let (next, effects) = if args.lists {
            step(&context, before, event, at)
        } else {
            let list = &mut |wanted: &Wanted| recommender.as_mut().map(|one| one.list(wanted)).unwrap_or_default();
            step_listing(&context, before, event, at, list)
        };
        state = next;
        Some(TurnLine {
            at: line.at,
            tastes: state.shopping.tastes.iter().map(Into::into).collect(),
            effects: effects.into_iter().map(|effect| args.line(effect)).collect(),
            task: state.task.as_ref().map(Into::into),
            told: state.told.iter().map(|told| (told.slot.clone(), told.value.clone())).collect(),
            handoff: state.handoff.name().to_owned(),
        })
    })
}
