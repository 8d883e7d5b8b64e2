"""One folder per Lambda function: `handler.py` parses and composes, `flow.py` decides."""
