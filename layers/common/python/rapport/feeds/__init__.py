"""Job feeds: what each board answers, as jobs. Pure: bytes in, jobs out, or a FeedError.

A feed is read whole or not at all: a posting that is left out because it is ill-formed would look
like one that was taken down.
"""
