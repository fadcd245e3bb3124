//! The exit codes: the one place that says what a code means.
//!
//! Precedence `5 > 4 > 2 > 3 > 1 > 0`: "could not check" never looks like "clean".

/// How a command ended, as the process exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// `0`: the policy is met.
    Met,
    /// `1`: the policy is not met: a mismatch, or an unaccepted finding at or above its level.
    NotMet,
    /// `2`: the request is wrong: arguments or manifest.
    Request,
    /// `3`: inconclusive: the harness or the build could not finish.
    Inconclusive,
    /// `4`: a signature, trust, threshold or tamper failure.
    Trust,
    /// `5`: an internal error.
    Internal,
}

impl Exit {
    /// The process exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Met => 0,
            Exit::NotMet => 1,
            Exit::Request => 2,
            Exit::Inconclusive => 3,
            Exit::Trust => 4,
            Exit::Internal => 5,
        }
    }

    /// Higher wins when several things happened at once.
    fn precedence(self) -> u8 {
        match self {
            Exit::Met => 0,
            Exit::NotMet => 1,
            Exit::Inconclusive => 2,
            Exit::Request => 3,
            Exit::Trust => 4,
            Exit::Internal => 5,
        }
    }

    /// The exit that takes precedence over the other.
    pub fn worst(self, other: Exit) -> Exit {
        if other.precedence() > self.precedence() { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn could_not_check_never_looks_like_clean_or_like_a_mere_mismatch() {
        assert_eq!(Exit::Met.worst(Exit::Inconclusive), Exit::Inconclusive);
        assert_eq!(Exit::NotMet.worst(Exit::Inconclusive), Exit::Inconclusive);
        assert_eq!(Exit::Inconclusive.worst(Exit::Request), Exit::Request);
        assert_eq!(Exit::Request.worst(Exit::Trust), Exit::Trust);
        assert_eq!(Exit::Trust.worst(Exit::Internal), Exit::Internal);
        assert_eq!(Exit::Internal.worst(Exit::Met), Exit::Internal);
    }
}
