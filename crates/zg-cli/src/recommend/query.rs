//! `zhanggui recommend query`.

use std::path::PathBuf;

use zg_proto::recommend::{BecauseTag, DismissalReason, ItemTag, ListLine, RecommendedLine, SessionLine};
use zg_recommend::feedback::{Dislike, Taste};
use zg_recommend::{Exclude, Hit, Index, MAX_LIST, Reason, Request, Rules, Workspace, recommend};

use super::{open, rounded};
use crate::lines;

#[derive(clap::Args)]
pub struct Args {
    index: PathBuf,
    /// How many items at the most.
    #[arg(long, short, default_value_t = 20)]
    k: usize,
    /// What of the session is not recommended again: everything `seen`, the `last` item, or `none` of it.
    #[arg(long, default_value = "seen", value_parser = ["seen", "last", "none"])]
    exclude: String,
    #[command(flatten)]
    rules: RuleArgs,
}

/// What is said where a list is empty.
const NOTHING: &str = "nothing may be shown: every item was seen, hidden, waved away or is not for sale; ask with \"exclude\":\"last\" or hide less";

/// A shop's rules.
#[derive(clap::Args, Clone)]
pub struct RuleArgs {
    /// Items of one brand in a list, at the most; 0 for any number. Needs a catalog.
    #[arg(long, default_value_t = 3)]
    pub brand_cap: usize,
    /// How much an item loses for each of its category before it, 0 to 1. Needs a catalog.
    #[arg(long, default_value_t = 0.0)]
    pub diversity: f32,
    /// How much of a tenth of its score the margin of an item may earn it, 0 to 1. Needs a catalog with margins.
    #[arg(long, default_value_t = 0.0)]
    pub margin: f32,
}

impl RuleArgs {
    pub fn rules(&self) -> Rules {
        let share = |share: f32| if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        Rules {
            brand_cap: self.brand_cap,
            diversity: share(self.diversity),
            margin: share(self.margin),
            ..Rules::default()
        }
    }
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let index = open(&args.index)?;
    let house = args.rules.rules();
    let (mut workspace, mut hits) = (Workspace::default(), Vec::new());
    let mut input = std::io::stdin().lock();
    lines::try_each_of(&mut input, |line: SessionLine| {
        let exclude = match line.exclude.as_deref().unwrap_or(&args.exclude) {
            "seen" => Exclude::Seen,
            "last" => Exclude::Last,
            "none" => Exclude::None,
            other => return Err(format!("exclude is {other:?}; write seen, last or none")),
        };
        let k = line.k.unwrap_or(args.k);
        if k > MAX_LIST {
            return Err(format!("k is {k}; {MAX_LIST} is the most"));
        }
        // An item that the index lacks is still the one on screen.
        let session: Vec<u32> =
            line.session.iter().map(|item| index.names().find(&item.name()).unwrap_or(u32::MAX)).collect();
        let mut rules = house.clone();
        personal(&index, &line, &mut rules)?;
        let request = Request { session: &session, k, exclude, rules: &rules };
        recommend(&index, &request, &mut workspace, &mut hits);
        let empty = (hits.is_empty() && k > 0).then(|| NOTHING.to_owned());
        // Numbers are given back as numbers.
        let numbers = !line.session.is_empty() && line.session.iter().all(|item| matches!(item, ItemTag::Number(_)));
        let items = hits.iter().map(|hit| to_line(&index, hit, numbers)).collect();
        Ok(Some(ListLine { id: line.id, items, empty }))
    })
}

/// What the line says of this shopper.
fn personal(index: &Index, line: &SessionLine, rules: &mut Rules) -> Result<(), String> {
    let find = |item: &ItemTag| index.names().find(&item.name());
    let mut taste = Taste::default();
    line.hidden.iter().filter_map(find).for_each(|item| taste.hide(item));
    for dismissal in &line.dismissed {
        let why = match dismissal.reason {
            DismissalReason::Item => Dislike::Item,
            DismissalReason::Brand => Dislike::Brand,
            DismissalReason::Price => Dislike::Price,
            DismissalReason::Category => Dislike::Category,
        };
        if let Some(item) = find(&dismissal.item) {
            taste.dismiss(item, why);
        }
    }
    line.liked.iter().filter_map(find).for_each(|item| taste.like(item));
    if let Some((least, most)) = line.price {
        if !(0.0..=most).contains(&least) || !most.is_finite() {
            return Err(format!("price is [{least}, {most}]; write the least and the most, such as [0, 200]"));
        }
        rules.price = Some(((least * 100.0).round() as u64, (most * 100.0).round() as u64));
    }
    taste.apply(index, rules);
    Ok(())
}

fn to_line(index: &Index, hit: &Hit, numbers: bool) -> RecommendedLine {
    let tag = |item: u32| {
        let name = index.names().get(item);
        let number = name.parse::<u64>().ok().filter(|number| numbers && number.to_string() == name);
        number.map_or_else(|| ItemTag::Text(name.to_owned()), |number| ItemTag::Number(number.into()))
    };
    let of = |item: u32, sessions: Option<u32>| Some(BecauseTag { item: Some(tag(item)), sessions, clicks: None });
    let because = match hit.reason {
        Reason::ViewedAfter { item, sessions } | Reason::ViewedTogether { item, sessions } => of(item, Some(sessions)),
        Reason::SeenBefore { clicks } => Some(BecauseTag { clicks: Some(clicks), ..BecauseTag::default() }),
        Reason::SameCategory { item } | Reason::SameBrand { item } | Reason::SimilarText { item } => of(item, None),
        Reason::Popular { sessions } => Some(BecauseTag { sessions: Some(sessions), ..BecauseTag::default() }),
        // The first two are asked for by interests alone, which a line does not have.
        Reason::OfCategory { .. } | Reason::OfBrand { .. } | Reason::New | Reason::Explored => None,
    };
    let reason = hit.reason.name().to_owned();
    RecommendedLine { item: tag(hit.item), score: rounded(f64::from(hit.score), 6), reason, because }
}
