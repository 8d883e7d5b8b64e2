"""The career site's own job board, read over HTTP as `sync` reads one every hour."""

import json
import time

from cli import config
from cli.store import use
from local.description import Description
from local.faults import LocalError
from local.feed import jobs
from local.layout import Place
from local.outside import client
from local.policy import SOURCE

PATIENCE_SECONDS = 45.0
POLL_SECONDS = 0.2


def read(place: Place, stack: Description) -> None:
    """Have it read now, and wait until all its jobs are stored; LocalError if they do not come."""
    message = json.dumps({"do": "board", "source": SOURCE})
    client(stack, "sqs").send_message(QueueUrl=stack["queues"]["sync"], MessageBody=message)
    use(config.load(place.local_json))
    from rapport.adapters.dynamo.config import DynamoConfig

    stored, wanted = DynamoConfig(stack["tables"]["book"]), {job.id for job in jobs() if job.open}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while wanted != (found := {job.id for job in stored.open_jobs("", limit=len(wanted) + 1)}):
        if time.monotonic() > deadline:
            msg = f"The job board has {len(wanted)} open jobs, and {len(found)} were read of it."
            raise LocalError(msg)
        time.sleep(POLL_SECONDS)
