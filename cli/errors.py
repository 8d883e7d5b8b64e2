"""What a command says when it cannot do its work: one line, with the mend."""

from rapport.errors import RapportError


class CommandError(RapportError):
    """The message is shown as it is, without a traceback; the command then ends with code 1."""
