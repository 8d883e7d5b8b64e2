"""From facts on the bus to intents in the queue of `send`."""
