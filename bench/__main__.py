"""`make bench`: the figures, each beside what it has to reach; exit code 1 if one does not.

`python -m bench import` takes those of one alone, by its name.
"""

import os
import signal
import sys
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
from rapport.adapters.dynamo import models

MAX_WRITE_UNITS = 1.8
MAX_DOLLARS = {20: 1.40, 1: 2.80}
# A mail that is claimed, sent, reported on and settled; its price beside SES's own.
MAX_MAIL_UNITS = 34
MAX_OF_SES = 0.37
MAX_RATIO = 3.5
MAX_COLD = 0.90
# Of requests of 20 messages and of one. Alone, an event pays for the whole request (keys, limits,
# the answer, a line of figures), and does not reach this yet.
MIN_THROUGHPUT = 0.70
BATCHES = (20, 1)


def main() -> int:
    """The door by itself, cost without mail, with mail and of an ATS, identity, then time."""
    os.environ.update(
        AWS_ACCESS_KEY_ID="bench",
        AWS_SECRET_ACCESS_KEY="bench",  # noqa: S106  (the emulator takes any)
        AWS_REGION="us-east-1",
        AWS_DEFAULT_REGION="us-east-1",
    )
    parts = {
        "cold": _cold,
        "throughput": _throughput,
        "hostile": _hostile,
        "cost": _cost,
        "mail": _mail,
        "ats": _ats,
        "identity": _identity,
        "import": _import,
        "time": _time,
    }
    asked = sys.argv[1:] or [*parts]
    if unknown := [name for name in asked if name not in parts]:
        print(f"There is no {unknown[0]}; choose of {', '.join(parts)}.")
        return 2
    within = [parts[name]() for name in asked]
    return 0 if all(within) else 1


def _cold() -> bool:
    from bench import cold

    with tempfile.TemporaryDirectory() as folder:
        measured = cold.measure(Path(folder))
    ratio = measured.ratio("track")
    spread = ", ".join(
        f"{name} {measured.cpu(name) * 1000:.0f} ± {measured.spread(name) * 500:.0f}"
        for name in measured.taken
    )
    print(
        f"Cold start of track to its first stored event: {ratio:.2f} times a boto3 client (at most "
        f"{MAX_COLD:.2f}), {measured.wall_ratio('track'):.2f} by the clock; medians of "
        f"{cold.ROUNDS} processes in turn, in ms of processor time: {spread}"
    )
    return ratio <= MAX_COLD


def _throughput() -> bool:
    from bench import throughput

    print(
        "Events per second of processor time, door and engine together, against a handler that "
        "only puts them"
    )
    within = True
    with _emulator() as (url, engine):
        for batch in BATCHES:
            known = throughput.measure(url, engine, batch=batch)
            fresh = throughput.measure(url, engine, batch=batch, newcomers=True, blocks=3)
            print(
                f"  requests of {batch:>2}: {known.ratio:.2f} (at least {MIN_THROUGHPUT:.2f}), "
                f"{known.clock_ratio:.2f} by the clock; {fresh.ratio:.2f} if every message is a "
                "newcomer's"
            )
            within = within and known.ratio >= MIN_THROUGHPUT
    return within


def _hostile() -> bool:
    from bench import corpus, hostile

    found = hostile.measure()
    print(
        f"Hostile requests, each in a fresh process, against an ordinary batch of "
        f"{corpus.ORDINARY_BATCH}: at most {hostile.MAX_CPU:.0f} times its processor time, "
        f"{hostile.MAX_MB} MB, {hostile.MORE_CALLS} store calls beside those of its good messages"
    )
    for each in found.hostile:
        print(f"  {found.told(each)}{'' if found.bounded(each) else '   MISSED'}")
    return all(found.bounded(each) for each in found.hostile)


def _cost() -> bool:
    from bench import cost, workload

    plan = workload.load()
    print(f"Cost of {plan.events} events, by the price list of {prices.DATE}, without mail")
    within = True
    with _emulator() as (url, _):
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


def _mail() -> bool:
    from bench import mail, steps

    ses = steps.A_THOUSAND * prices.SES_MAIL
    print(
        f"Cost of mail, each thing a thousand times, by the price list of {prices.DATE};"
        f" SES itself takes $ {ses:.2f} for a thousand mails"
    )
    with _emulator() as (url, _):
        figures = mail.measure(url)
    for line in figures.told():
        print(f"  {line}")
    print(
        f"  of a mail: {figures.write_units:.1f} write units (at most {MAX_MAIL_UNITS}), "
        f"{figures.of_ses:.2f} of SES's price (at most {MAX_OF_SES:.2f})"
    )
    return figures.write_units <= MAX_MAIL_UNITS and figures.of_ses <= MAX_OF_SES


def _ats() -> bool:
    from bench import ats

    print(
        f"Cost of what an ATS delivers, each thing a thousand times, by the price list of "
        f"{prices.DATE}"
    )
    with _emulator() as (url, _):
        figures = ats.measure(url)
    for line in figures.told():
        print(f"  {line}")
    return figures.bounded


def _identity() -> bool:
    from bench import identity

    print("Resolving an event that brings an identifier, by how many its person has")
    with _emulator() as (url, _):
        models.disconnect()
        figures = identity.measure(url)
        models.disconnect()
    for line in figures.told():
        print(f"  {line}")
    return figures.bounded


def _import() -> bool:
    from bench import importing

    print("Judging the table of a pool, of which 30 % come without proof, in memory")
    figures = importing.measure()
    for line in figures.told():
        print(f"  {line}")
    return figures.bounded


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
def _emulator() -> Iterator[tuple[str, int]]:
    with tempfile.TemporaryDirectory() as state:
        place = Place(ports=Ports.ephemeral(), state=Path(state))
        process = emulator.start(place)
        os.environ["AWS_ENDPOINT_URL"] = place.emulator_url
        try:
            yield place.emulator_url, process.pid
        finally:
            del os.environ["AWS_ENDPOINT_URL"]
            os.kill(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


if __name__ == "__main__":
    command(main)
