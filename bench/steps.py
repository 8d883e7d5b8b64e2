"""What things cost that happen to a mail: counted units and calls, priced by one price list."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bench import prices
from infra.stages import STAGES

A_THOUSAND = 1_000
MONTH_MINUTES = 30 * 24 * 60
SENT, REPORTED, SETTLED = "a mail", "its three reports", "settling it"


@dataclass(kw_only=True)
class Step:
    """What one kind of thing took, all its `times` together."""

    times: int
    writes: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    invocations: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    log_bytes: int = 0

    @property
    def write_units(self) -> float:
        """Of one of them, through all tables."""
        return sum(self.writes.values()) / self.times

    @property
    def read_units(self) -> float:
        """Of one of them."""
        return sum(self.reads.values()) / self.times

    def __add__(self, other: "Step") -> "Step":
        """Both, for as often as this one happened."""
        return Step(
            times=self.times,
            writes=self.writes + other.writes,
            reads=self.reads + other.reads,
            invocations=self.invocations + other.invocations,
            calls=self.calls + other.calls,
            log_bytes=self.log_bytes + other.log_bytes,
        )


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Steps by name, in the order in which they happen."""

    steps: Mapping[str, Step]
    idle_minute: Step

    @property
    def whole(self) -> Step:
        """A marketing mail that is sent, delivered, and settled."""
        return self.steps[SENT] + self.steps[REPORTED] + self.steps[SETTLED]

    @property
    def write_units(self) -> float:
        """Of the whole of a mail."""
        return self.whole.write_units

    @property
    def of_ses(self) -> float:
        """The engine's dollars for the whole of a mail, as a part of what SES takes for it."""
        return sum(dollars(self.whole).values()) / (A_THOUSAND * prices.SES_MAIL)

    @property
    def idle_month(self) -> float:
        """Dollars of a month in which nothing waits to be settled."""
        return sum(dollars(self.idle_minute).values()) / A_THOUSAND * MONTH_MINUTES

    def told(self) -> Iterator[str]:
        """A line for each step, one for the whole, one for what is paid without any mail."""
        for name, step in {**self.steps, "the whole of a mail": self.whole}.items():
            yield told(name, step)
        yield f"nothing to settle: $ {self.idle_month:.2f} a month"


def told(name: str, step: Step) -> str:
    """A line: units of one, dollars of a thousand."""
    parts = dollars(step)
    by_table = ", ".join(
        f"{table} {units / step.times:.1f}" for table, units in step.writes.items()
    )
    by_part = ", ".join(f"{part} {value:.4f}" for part, value in parts.items())
    return (
        f"{name}: {step.write_units:.1f} write units ({by_table}),"
        f" {step.read_units:.1f} read units; $ {sum(parts.values()):.4f}: {by_part}"
    )


def dollars(step: Step) -> dict[str, float]:
    """Dollars per thousand, by component; SES's own price is none of them."""
    lambdas = 0.0
    for room, calls in step.invocations.items():
        gb_seconds = STAGES["prod"].size(room).memory_mb / 1024 * prices.ASSUMED_MS[room] / 1000
        lambdas += calls * (prices.LAMBDA_REQUEST + gb_seconds * prices.LAMBDA_GB_SECOND_ARM64)
    parts = {
        "writes": sum(step.writes.values()) * prices.DYNAMODB_WRITE_UNIT,
        "reads": sum(step.reads.values()) * prices.DYNAMODB_READ_UNIT,
        "lambda": lambdas,
        # Each message is put, received and deleted.
        "queues": 3 * step.calls["sqs.SendMessage"] * prices.SQS_REQUEST,
        "bus": step.calls["events.PutEvents"] * prices.EVENTBRIDGE_EVENT,
        "schedules": step.calls["scheduler.Wake"] * prices.SCHEDULER_INVOCATION,
        "objects": step.calls["s3.PutObject"] * prices.S3_PUT,
        "gateway": step.calls["gateway.Request"] * prices.HTTP_API_REQUEST,
        "logs": step.log_bytes / 1e9 * prices.LOGS_GB,
    }
    return {name: value * A_THOUSAND / step.times for name, value in parts.items() if value}
