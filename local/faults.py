"""What can go wrong on a laptop, told in one line with the mend, and how a command ends."""

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn


class LocalError(Exception):
    """The local stack cannot go on. The text is one line for a person and names the mend."""


class StoppedError(BaseException):
    """Somebody ended this command with SIGTERM. Not an Exception: nothing may swallow it."""


def _stop(signum: int, _frame: FrameType | None) -> NoReturn:
    raise StoppedError(signal.Signals(signum).name)


def command(work: Callable[[], int]) -> NoReturn:
    """Run a command and exit with its code; a LocalError becomes one line on stderr and exit 1.

    Ctrl-C and SIGTERM unwind the stack, so every `with` stops what it started; the exit codes are
    those of a shell, 130 and 143.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = work()
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except StoppedError:
        code = 128 + signal.SIGTERM
    sys.exit(code)
