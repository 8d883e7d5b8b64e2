"""`make bench`: the figures, each beside what it has to reach; exit code 1 if one does not."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench import prices
from local import emulator
from local.faults import command
from local.layout import Place, Ports
from local.progress import Teller
from local.stack import running

MAX_WRITE_UNITS = 1.8
MAX_DOLLARS = {20: 1.40, 1: 2.80}
MAX_RATIO = 3.5


def main() -> int:
    """Cost, then time."""
    os.environ.update(
        AWS_ACCESS_KEY_ID="bench",
        AWS_SECRET_ACCESS_KEY="bench",  # noqa: S106  (the emulator takes any)
        AWS_REGION="us-east-1",
        AWS_DEFAULT_REGION="us-east-1",
    )
    within = [_cost(), _time()]
    return 0 if all(within) else 1


def _cost() -> bool:
    from bench import cost, workload

    plan = workload.load()
    print(f"Cost of {plan.events} events, by the price list of {prices.DATE}, without mail")
    within = True
    with _emulator() as url:
        for batch, most in MAX_DOLLARS.items():
            counts = cost.measure(url, plan, batch=batch)
            parts = cost.dollars(counts, batch=batch)
            total = sum(parts.values())
            units = counts.write_units_per_event
            by_table = ", ".join(
                f"{name} {count / counts.events:.2f}" for name, count in counts.writes.items()
            )
            by_part = ", ".join(f"{name} {value:.2f}" for name, value in parts.items())
            print(f"  requests of {batch:>2}: {counts.requests} requests")
            print(
                f"    write units per event  {units:.3f}  (at most {MAX_WRITE_UNITS}): {by_table}"
            )
            print(f"    $ per million events   {total:.2f}   (at most {most:.2f}): {by_part}")
            within = within and units <= MAX_WRITE_UNITS and total <= most
    return within


def _time() -> bool:
    from bench import bare, latency

    with tempfile.TemporaryDirectory() as state:
        place = Place(ports=Ports.ephemeral(), state=Path(state))
        with running(place, Teller()) as stack:
            pipeline = bare.deploy(stack["emulator_url"], stack["mailbox_url"])
            ratio = latency.measure(stack, pipeline)
    print(
        f"Click→mail: {ratio.medians:.2f} times a bare pipeline (at most {MAX_RATIO}), medians of "
        f"{latency.ROUNDS} rounds in turn: {median(ratio.rapport) * 1000:.0f} ms against "
        f"{median(ratio.bare) * 1000:.0f} ms on this machine"
    )
    return ratio.medians <= MAX_RATIO


@contextmanager
def _emulator() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as state:
        place = Place(ports=Ports.ephemeral(), state=Path(state))
        process = emulator.start(place)
        os.environ["AWS_ENDPOINT_URL"] = place.emulator_url
        try:
            yield place.emulator_url
        finally:
            del os.environ["AWS_ENDPOINT_URL"]
            os.kill(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


if __name__ == "__main__":
    command(main)
