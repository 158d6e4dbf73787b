//! How something is said: by temper, intent and customer.

/// How a shopper's last turns felt, taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Temper {
    #[default]
    Calm,
    Satisfied,
    Anxious,
    Disappointed,
    Angry,
    /// Anger that was answered once and is still there.
    Furious,
}

/// What the page has told of the shopper; a claim, which changes words and never money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Customer {
    #[default]
    Unknown,
    New,
    Returning,
    Member,
}

/// How lightly the assistant speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    #[default]
    Plain,
    /// The shop's friendliest.
    Warm,
    /// No emoji, no cheer.
    Sober,
}

/// Whether a person comes into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Person {
    #[default]
    No,
    /// Offered beside what is said.
    Offer,
    /// Asked for at once.
    Now,
}

/// What a pleased shopper is invited to, at most once in a conversation and never in one with a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reward {
    #[default]
    Nothing,
    /// To write a review.
    Review,
    /// To look at what membership gives.
    Membership,
    /// Points of the shop's program; the back office decides whether they are given.
    Points,
}

/// Names of a closed set, as policies and bundles write them.
macro_rules! names {
    ($kind:ident: $($value:ident = $name:literal),+) => {
        impl $kind {
            #[doc = "Every one."]
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$value => $name),+ }
            }

            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}
#[cfg(feature = "build")]
pub(crate) use names;

names!(Temper: Calm = "calm", Satisfied = "satisfied", Anxious = "anxious", Disappointed = "disappointed", Angry = "angry", Furious = "furious");
names!(Customer: Unknown = "unknown", New = "new", Returning = "returning", Member = "member");
names!(Tone: Plain = "plain", Warm = "warm", Sober = "sober");
names!(Person: No = "no", Offer = "offer", Now = "now");
names!(Reward: Nothing = "nothing", Review = "review", Membership = "membership", Points = "points");

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manner {
    /// The rule's name, for whoever asks why.
    pub rule: String,
    pub tone: Tone,
    /// The message that apologises or feels with the shopper; empty: none.
    pub sorry: String,
    /// Whether what is known of the order is said once more, before anything else.
    pub reassure: bool,
    /// Whether a handoff goes to the front of the queue.
    pub priority: bool,
    pub person: Person,
    pub reward: Reward,
}

/// A rule, and where it holds; an empty list is everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Rule {
    pub(crate) tempers: Vec<Temper>,
    pub(crate) intents: Vec<String>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) manner: Manner,
}

/// The table, the narrowest rules first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manners {
    pub(crate) rules: Vec<Rule>,
}

impl Manners {
    /// Adds a rule as [`Manners::lines`] wrote it, after those that win over it; `None` for any other line.
    pub fn take<'f>(&mut self, mut fields: impl Iterator<Item = &'f str>) -> Option<()> {
        fn list<T>(field: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
            field.split(',').filter(|one| !one.is_empty()).map(read).collect()
        }
        let mut next = || fields.next();
        let rule = next()?.to_owned();
        self.rules.push(Rule {
            tempers: list(next()?, Temper::from_name)?,
            intents: list(next()?, |one| Some(one.to_owned()))?,
            customers: list(next()?, Customer::from_name)?,
            manner: Manner {
                rule,
                tone: Tone::from_name(next()?)?,
                sorry: next()?.to_owned(),
                reassure: next()? == "reassure",
                priority: next()? == "priority",
                person: Person::from_name(next()?)?,
                reward: Reward::from_name(next()?)?,
            },
        });
        Some(())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What holds for a cell; `None` only where no rule was read for it, which no compiled policy has.
    #[must_use]
    pub fn of(&self, temper: Temper, intent: &str, customer: Customer) -> Option<&Manner> {
        fn holds<T: PartialEq<U>, U: ?Sized>(list: &[T], one: &U) -> bool {
            list.is_empty() || list.iter().any(|other| other == one)
        }
        let found = self.rules.iter().find(|rule| {
            holds(&rule.tempers, &temper) && holds(&rule.intents, intent) && holds(&rule.customers, &customer)
        });
        found.map(|rule| &rule.manner)
    }
}

#[cfg(feature = "build")]
impl Manners {
    /// The fields of each rule, separated by tabs, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |rule: &Rule| {
            let Rule { tempers, intents, customers, manner } = rule;
            let join = |names: Vec<&str>| names.join(",");
            [
                manner.rule.clone(),
                join(tempers.iter().map(|one| one.name()).collect()),
                intents.join(","),
                join(customers.iter().map(|one| one.name()).collect()),
                manner.tone.name().to_owned(),
                manner.sorry.clone(),
                if manner.reassure { "reassure" } else { "" }.to_owned(),
                if manner.priority { "priority" } else { "" }.to_owned(),
                manner.person.name().to_owned(),
                manner.reward.name().to_owned(),
            ]
            .join("\t")
        };
        self.rules.iter().map(line).collect()
    }
}
