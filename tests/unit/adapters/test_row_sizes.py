"""Rows are paid by the kilobyte: what each mail writes stays small however often one is mailed."""

import json
from datetime import timedelta
from random import Random

from bench.meter import size
from rapport.adapters.dynamo.book_rows import address_row, read_address, send_row
from rapport.domain.address import AddressState, LedgerEntry
from rapport.domain.decision import Contents
from rapport.sealing import seal
from tests.support.fakes import START
from tests.support.mailroom import ANA, Mailroom

UNIT = 1024
PROGRAMS = ("keep-in-touch", "job-alert", "still-interested")


def mailed(times: int) -> AddressState:
    """Somebody who was mailed so often, every other time about four jobs."""
    dice = Random(times)
    lines = (
        LedgerEntry(
            at=START + timedelta(days=7 * n, seconds=dice.randrange(80_000)),
            program=PROGRAMS[n % 3],
            send_key=dice.randbytes(32).hex(),
            topic="talent-network" if n % 2 else "job-alerts",
            blocks=(f"block-{n}-of-them",),
            jobs=tuple(str(dice.randrange(4_000, 5_000)) for _ in range(4 * (n % 2))),
        )
        for n in range(times)
    )
    return AddressState(ref=Mailroom().ref(ANA), version=times, ledger=tuple(lines))


def test_a_year_of_mail_fits_a_unit_and_a_full_ledger_four() -> None:
    rows = {times: address_row(mailed(times)) for times in (12, 64)}
    sizes = {times: size(row.serialize()) for times, row in rows.items()}
    print(f"bytes of an address by the lines of its ledger: {sizes}")
    assert sizes[12] <= UNIT
    assert sizes[64] <= 4 * UNIT
    for times, row in rows.items():
        assert read_address(mailed(times).ref, [row]) == mailed(times)


def test_a_sent_mail_writes_rows_of_one_unit_each() -> None:
    room = Mailroom()
    room.jobs("Ward Nurse", "Theatre Nurse", "Night Nurse", "Nurse")
    room.send.deliver(room.intent(room.confirmed()))
    [decision] = room.logged("Decision")
    record = room.record()
    assert record.contents != Contents()
    sealed = len(seal(decision.body, key=bytes(32), at=decision.key, nonce=bytes))
    plain = len(json.dumps(decision.body, separators=(",", ":")))
    sent = size(send_row(record).serialize())
    print(f"bytes of a decision {plain}, sealed {sealed}; of the record of its mail {sent}")
    # Beside the body stand its key, source, times and trust.
    assert sealed + 300 <= UNIT
    assert sent <= UNIT
