//! What a value comes of, and what that says of it.

#[derive(Default)]
pub(super) struct Facts {
    /// Something from outside.
    pub(super) live: bool,
    /// Numbers, and texts of one letter.
    pub(super) numbers: u32,
    pub(super) letters: u32,
    /// Texts that are longer, and numbers that are texts.
    pub(super) words: u32,
    pub(super) packed: u32,
    /// A row of either, a text without words, a number of many digits.
    pub(super) row: bool,
    /// Something that was closed is opened.
    pub(super) opened: bool,
    /// What is turned into something else, by reckoning and by functions.
    pub(super) reckoned: u32,
    pub(super) turned: u32,
    /// Letters picked out of a text by their places.
    pub(super) picked: u32,
    /// Letters made of numbers.
    pub(super) coded: u32,
    /// Texts turned round, sorted, cut down; what a program reads of itself.
    pub(super) tricks: u32,
    /// Letters of elements, and lists made one text.
    pub(super) firsts: u32,
    pub(super) joins: u32,
    /// Numbers that may be addresses, and that an address is made.
    pub(super) large: u32,
    pub(super) address: bool,
    /// Names of its own that a program reads.
    pub(super) own: u32,
    /// What is not written out on the way: names, calls, members.
    pub(super) width: u32,
    /// Bytes made of numbers.
    pub(super) bytes: u32,
    /// Bits that are shifted and masked.
    pub(super) bits: u32,
    /// Identifiers as classes have them: digits in groups, taken for bytes.
    pub(super) identifiers: u32,
    /// Something is made a text.
    pub(super) text: bool,
}

impl Facts {
    /// Whether what comes of it is put together bit by bit, and not out of the file alone.
    pub(super) fn is_carried(&self) -> bool {
        self.live
            && self.text
            && (self.bits > 1 && self.turned > 0 || self.bits > 0 && self.coded + self.bytes > 0)
    }

    /// Whether what comes of it was kept from being read.
    pub(super) fn is_hidden(&self) -> bool {
        let constants = self.numbers + self.letters + self.words;
        let seeds = self.row
            || self.opened
            || self.numbers >= 6
            || self.letters >= 5
            || self.letters >= 3 && self.words == 0
            || self.picked >= 3 && self.numbers >= 3
            || self.identifiers > 0 && self.turned > 1;
        let done = self.reckoned + self.turned + self.picked > 0
            || self.letters >= 4
            || self.numbers >= 6 && self.words == 0;
        /// More of a program than that comes together in its ordinary values.
        const WIDEST: u32 = 140;
        !self.live
            && self.text
            && self.width <= WIDEST
            && (seeds && done
                || self.tricks > 0 && constants > 0
                || self.firsts > 0 && self.joins > 0
                || self.address && self.large > 0
                || self.own > 0 && self.picked > 1
                || self.coded > 0 && self.reckoned > 0 && constants > 1)
    }
}
