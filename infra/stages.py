"""What differs between deployments: one row per stage. Everything else is the same in all of them.

The stage `local` is for the AWS that runs on this machine; its stacks are the very same.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Size:
    """Memory (which sets the CPU share) and the longest a call may take."""

    memory_mb: int = 512
    timeout_s: int = 30


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One row of the table. Rates are requests a second over all routes of the public door."""

    name: str
    # Refuse to delete the stacks until somebody switches it off on purpose.
    protected: bool = True
    log_level: str = "INFO"
    log_retention_days: int = 30
    # How long a record that no retry could process is kept for a person to look at.
    failed_retention_days: int = 30
    rate_limit: int = 500
    burst_limit: int = 1000
    # At most so many copies of `send` at once per queue: SES accounts start at 14 mails a second.
    send_concurrency: int = 5
    # Of the changes of `people`, of which one in five is a view.
    changes_at_once: int = 100
    sizes: dict[str, Size] = field(
        default_factory=lambda: {
            "archive": Size(timeout_s=60),
            "audit": Size(memory_mb=1024, timeout_s=600),
            # A page of 500 people is judged in one call, as `send` would judge each.
            "campaign": Size(memory_mb=1024, timeout_s=300),
            # Everybody's rows are read for a count; the gateway waits for 30 s.
            "desk": Size(memory_mb=1024, timeout_s=29),
            "enrich": Size(memory_mb=1024, timeout_s=60),
            # It goes over all rows of two tables, and goes on in another call if need be.
            "privacy": Size(memory_mb=1024, timeout_s=900),
            # A message of 10 MB is held a few times over while it is read.
            "receive": Size(memory_mb=512, timeout_s=60),
            # Once a week everybody is read.
            "report": Size(memory_mb=1024, timeout_s=600),
            "settle": Size(timeout_s=50),
            # A page of 500 entities, each read and judged, and then the next one.
            "sync": Size(memory_mb=1024, timeout_s=180),
        }
    )

    def size(self, function: str) -> Size:
        """The size of `functions/<function>/`."""
        return self.sizes.get(function, Size())


DEFAULT_STAGE = "dev"
STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        # The local AWS reads all streams in turn, and leaves out what is no view afterwards.
        Stage(name="local", changes_at_once=1000),
        Stage(name="dev"),
        Stage(
            name="prod",
            log_retention_days=90,
            failed_retention_days=90,
            rate_limit=2000,
            burst_limit=4000,
            send_concurrency=20,
        ),
    )
}
