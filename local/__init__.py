"""The stack on a laptop: emulator, deployment, career site, mailbox and a short day played on them.

Nothing here is deployed. `python -m local.run` is `make run`; `local.up` and `local.down` do the
same in the background.
"""
