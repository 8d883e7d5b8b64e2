"""The error tree. Expected outcomes are return values; these are for "again" and "never".

RapportError
├── RetryableError        try the same work again later: throttled, a lost race, a silent store
│   ├── ConflictError     somebody else wrote first; read again and decide again
│   └── BehindError       a profile is behind who its person is, for a moment
├── PoisonError           the same input can never succeed: keep it aside and page someone
│   └── ErasedError       the key of this body was destroyed: the data is gone, on purpose
└── MisconfiguredError    the deployment lacks something; the message says what to set
"""


class RapportError(Exception):
    """Base of everything that Rapport raises on purpose."""


class RetryableError(RapportError):
    """The work may succeed if tried again later."""


class ConflictError(RetryableError):
    """A conditional write was refused because somebody else wrote first."""


class BehindError(RetryableError):
    """A profile is not up to date yet with a merge or a split."""


class PoisonError(RapportError):
    """The same input can never succeed."""


class ErasedError(PoisonError):
    """The key of an encrypted body no longer exists."""


class MisconfiguredError(RapportError):
    """The deployment lacks a setting, a table or a bundle; the message says which."""
