//! Breaking inputs in a way that can be repeated.

/// Numbers from a seed: xorshift, which is random enough to break things with.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`, which must not be 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % bound
    }

    fn range(&mut self, len: usize, longest: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        start..len.min(start + 1 + self.below(longest))
    }
}

/// Changes `input` in one to five places: tokens put in, stretches cut, copied or moved, single
/// bytes replaced.
pub fn mutate(random: &mut Random, input: &[u8], tokens: &[&str]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(5) {
        let at = random.below(bytes.len() + 1);
        let token = tokens[random.below(tokens.len())].bytes();
        match random.below(5) {
            0 | 1 => drop(bytes.splice(at..at, token)),
            2 => {
                let cut = random.range(bytes.len(), 8);
                bytes.drain(cut);
            }
            3 => {
                let copied = random.range(bytes.len(), 30);
                let copy = bytes[copied].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(random.below(256)).unwrap_or(0);
                }
            }
        }
    }
    bytes
}
