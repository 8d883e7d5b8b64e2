"""One dated price list: us-east-1, on demand, without any free tier.

As published by AWS and read in November 2026: HTTP API, DynamoDB on-demand writes and reads,
EventBridge, SES. Recalled rather than read again, so check them before quoting a total: Lambda,
SQS, S3 and CloudWatch Logs. All in US dollars.
"""

DATE = "2026-11-22"

HTTP_API_REQUEST = 1.00e-6
LAMBDA_REQUEST = 0.20e-6
LAMBDA_GB_SECOND_ARM64 = 0.0000133334
DYNAMODB_WRITE_UNIT = 0.625e-6
DYNAMODB_READ_UNIT = 0.125e-6
EVENTBRIDGE_EVENT = 1.00e-6
SCHEDULER_INVOCATION = 1.00e-6
SES_MAIL = 100.0e-6
SQS_REQUEST = 0.40e-6
S3_PUT = 5.00e-6
LOGS_GB = 0.50

# Milliseconds that a call is taken to last, since nothing here runs on Lambda: assumptions, not
# measurements. `track` by batches of 20 and alone; the others per batch of their stream or queue.
ASSUMED_MS = {
    "track/20": 25.0,
    "track/1": 9.0,
    "enrich": 150.0,
    "publish": 15.0,
    "archive": 120.0,
    "trigger": 20.0,
    "send": 150.0,
    "engage": 20.0,
    "receive": 150.0,
    "settle": 100.0,
    "ats": 40.0,
    # It waits for the answer of somebody else's API, and takes in what that tells.
    "sync": 600.0,
}

# `trigger` is not run by the bench: of one fact it reads the view and now and then the pointer to
# the bundle, and puts one intent into the queue.
READ_UNITS_PER_FACT = 2
