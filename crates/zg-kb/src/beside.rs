//! What lies in files of their own beside a bundle, `docs/formats.md`: a first answer does not wait for what few ask for, nor for
//! what makes later answers better.
//!
//! The bundle names each by length, CRC-32 and SHA-256. Whoever fetches it compares the SHA-256; here length and CRC-32 are,
//! so that files of two builds are never taken for a pair, wherever they were fetched from.

use crate::bundle::{Bundle, says_enough};
use crate::embed::Embedding;
use crate::format::{OpenError, Sections, checksum};

pub(crate) const MAGIC: &[u8; 4] = b"ZGKC";
/// What a file is for: products and their index, or what was learned of the ways to ask.
pub(crate) const PRODUCTS: u8 = 1;
#[cfg(feature = "build")]
pub(crate) const LEARNED: u8 = 2;
const LENGTH: usize = 41;

fn refused(what: &'static str) -> OpenError {
    OpenError::Companion { what }
}

/// What a bundle says of a file beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    bytes: u32,
    crc: u32,
    sha256: [u8; 32],
    holds: u8,
}

impl Beside {
    pub(crate) fn read(section: &[u8]) -> Result<Vec<Self>, OpenError> {
        let (rows, rest) = section.as_chunks::<LENGTH>();
        if rest.is_empty() && (1..=2).contains(&rows.len()) {
            Ok(rows.iter().map(Self::of_row).collect())
        } else {
            Err(refused("is named in a way that cannot be read"))
        }
    }

    fn of_row(row: &[u8; LENGTH]) -> Self {
        let number = |at: usize| u32::from_le_bytes([row[at], row[at + 1], row[at + 2], row[at + 3]]);
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(&row[8..40]);
        Self { bytes: number(0), crc: number(4), sha256, holds: row[40] }
    }

    /// What the bundle of a file names.
    ///
    /// # Errors
    /// As [`Bundle::open`], as far as it has to be looked into.
    pub fn of(bundle: &[u8]) -> Result<Vec<Self>, OpenError> {
        Ok(Sections::read(bundle)?.find(b"SIDE").map(Self::read).transpose()?.unwrap_or_default())
    }

    /// Length of the file.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes as usize
    }

    /// SHA-256 of the file, to be compared before it is opened.
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The same as 64 hexadecimal digits.
    #[must_use]
    pub fn sha256_text(&self) -> String {
        let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value & 15)]);
        self.sha256.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
    }

    /// Whether a catalog slice is in it; else what was learned of the ways to ask.
    #[must_use]
    pub fn has_products(&self) -> bool {
        self.holds == PRODUCTS
    }
}

/// A file beside a bundle, opened.
pub struct Companion {
    beside: Beside,
    products: Vec<u8>,
    recommender: Vec<u8>,
    own: Option<Embedding>,
}

impl Companion {
    /// Opens a file that is one of those a bundle names.
    ///
    /// # Errors
    /// [`OpenError::Companion`] for any other bytes. No bytes make it panic.
    pub fn open(file: &[u8], named: &[Beside]) -> Result<Self, OpenError> {
        let crc = checksum(file);
        let beside = named.iter().find(|beside| beside.bytes() == file.len() && beside.crc == crc);
        let beside = beside.ok_or(refused("is not one that the bundle names"))?;
        let sections = Sections::read_as(file, MAGIC).map_err(|_| refused("is malformed"))?;
        let own = sections.find(b"EMBD").map(Embedding::read).transpose().map_err(|_| refused("is malformed"))?;
        let section = |tag| sections.find(tag).unwrap_or_default().to_vec();
        Ok(Self { beside: beside.clone(), products: section(b"PROD"), recommender: section(b"RECO"), own })
    }

    /// Whether products are in it.
    #[must_use]
    pub fn has_products(&self) -> bool {
        self.beside.has_products()
    }

    /// Takes out the slice of a recommendation index, which another module reads; empty where there is none.
    pub fn take_recommender(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.recommender)
    }
}

impl Bundle {
    /// The files beside the bundle; none where everything is in it.
    #[must_use]
    pub fn beside(&self) -> &[Beside] {
        &self.beside
    }

    /// Those that have not been taken in.
    #[must_use]
    pub fn awaited(&self) -> &[Beside] {
        &self.awaited
    }

    /// Takes in what lies beside; that of another bundle is passed over.
    pub fn take_in(&mut self, companion: Companion) {
        let Some(at) = self.awaited.iter().position(|beside| *beside == companion.beside) else { return };
        self.awaited.swap_remove(at);
        let Companion { beside, products, recommender, own } = companion;
        let n_forms = self.forms.len();
        if let Some(own) = own.filter(|_| says_enough(self.n_bytes + beside.bytes(), &self.index, n_forms)) {
            self.vectors.set_own(own, &self.index, n_forms);
        }
        if beside.has_products() {
            (self.products, self.recommender) = (products, recommender);
            self.catalog = std::sync::OnceLock::new();
        }
    }
}

/// What a bundle says of a companion; `None` for one that is too long.
#[cfg(feature = "build")]
pub(crate) fn row(companion: &[u8], holds: u8) -> Option<Vec<u8>> {
    let mut section = u32::try_from(companion.len()).ok()?.to_le_bytes().to_vec();
    section.extend_from_slice(&checksum(companion).to_le_bytes());
    section.extend_from_slice(&<sha2::Sha256 as sha2::Digest>::digest(companion));
    section.push(holds);
    Some(section)
}
