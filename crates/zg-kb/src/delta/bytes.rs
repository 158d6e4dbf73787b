//! Reads bytes that nobody vouches for: every step is checked, `None` is "this makes no sense".

/// What is left to read.
#[derive(Clone)]
pub(super) struct Input<'b> {
    pub(super) rest: &'b [u8],
}

impl<'b> Input<'b> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|one| one[0])
    }

    /// Whether the next byte is `byte`; steps over it if so.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((&first, rest)) if first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// LEB128 of at most 32 bits.
    pub(super) fn number(&mut self) -> Option<usize> {
        let mut value = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(value).ok().map(|value| value as usize);
            }
        }
        None
    }

    /// Bytes up to the first that `ends`, and that one.
    pub(super) fn until(&mut self, ends: impl Fn(u8) -> bool) -> Option<(&'b [u8], u8)> {
        let at = self.rest.iter().position(|&byte| ends(byte))?;
        let taken = self.take(at)?;
        Some((taken, self.byte()?))
    }

    /// A number and that many bytes.
    pub(super) fn counted(&mut self) -> Option<&'b [u8]> {
        let length = self.number()?;
        self.take(length)
    }
}

pub(super) fn put_number(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn put_counted(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len());
    out.extend_from_slice(bytes);
}
