"""What can go wrong on a laptop, told in one line with the mend, and how a command ends."""

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn


class LocalError(Exception):
    """The local stack cannot go on. The text is one line for a person and names the mend."""


class StoppedError(BaseException):
    """Somebody ended this command. Not an Exception: nothing may swallow it."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


def command(work: Callable[[], int]) -> NoReturn:
    """Run a command and exit with its code; a LocalError becomes one line on stderr and exit 1.

    Ctrl-C and SIGTERM unwind the stack, so every `with` stops what it started; the exit codes are
    those of a shell, 130 and 143. A second signal does not disturb the stopping.
    """
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _stop)
    try:
        code = work()
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        code = 1
    except StoppedError as stopped:
        code = 128 + stopped.signum
    sys.exit(code)


def _stop(signum: int, _frame: FrameType | None) -> NoReturn:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise StoppedError(signum)
