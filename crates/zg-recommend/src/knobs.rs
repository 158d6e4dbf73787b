//! How neighbours are weighed. Chosen by `recommend build` on the newest sessions of a log.

/// Settings of the neighbourhood (VSTAN: Garg et al. 2019, "Sequence and time aware neighborhood"; Ludewig et al. 2021).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knobs {
    /// Sessions that are looked at: the newest that share an item.
    pub m: u16,
    /// Neighbours that vote.
    pub k: u16,
    /// A click that many clicks back counts 1/e; 0 for all the same.
    pub click_decay: f32,
    /// The same for where a neighbour matched last; 0 for all the same.
    pub match_decay: f32,
    /// Items that far from the match in a neighbour count 1/e; 0 for all the same.
    pub distance_decay: f32,
    /// Sessions of that many days ago count 1/e; 0 for all the same.
    pub age_decay: f32,
    /// Rare items count 1 + this × idf.
    pub idf_factor: f32,
    /// Long neighbours count less: similarity is divided by length to this power; 0.5 is the cosine.
    pub length_power: f32,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            m: 500,
            k: 300,
            click_decay: 2.5,
            match_decay: 5.0,
            distance_decay: 2.5,
            age_decay: 80.0,
            idf_factor: 2.0,
            length_power: 0.5,
        }
    }
}

impl Knobs {
    /// Numbers, in the order of the fields; for a snapshot.
    pub(crate) fn to_numbers(self) -> [f32; 8] {
        [
            f32::from(self.m),
            f32::from(self.k),
            self.click_decay,
            self.match_decay,
            self.distance_decay,
            self.age_decay,
            self.idf_factor,
            self.length_power,
        ]
    }

    /// `None` for what makes no sense.
    pub(crate) fn from_numbers(numbers: [f32; 8]) -> Option<Self> {
        let [m, k, click_decay, match_decay, distance_decay, age_decay, idf_factor, length_power] = numbers;
        let sane = numbers.iter().all(|number| (0.0..=100_000.0).contains(number));
        (sane && (1.0..=10_000.0).contains(&m) && (1.0..=10_000.0).contains(&k) && length_power <= 4.0).then_some(
            Self {
                m: m as u16,
                k: k as u16,
                click_decay,
                match_decay,
                distance_decay,
                age_decay,
                idf_factor,
                length_power,
            },
        )
    }
}
