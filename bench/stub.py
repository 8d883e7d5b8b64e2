"""DynamoDB as far as a first event asks it, on a loopback port, in no time of its own.

It keeps rows by table and key, and knows conditional puts, reads by key and by partition, and
transactions of puts: enough for a cold start, where what counts is the time of the one who asks.
Secrets Manager is there too, as far as reading a secret goes.
"""

import json
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.calls import CONDITION_FAILED, IF_ABSENT, place

WRITE_KEY = "wk_bench"
_CONDITION_FAILED = {"__type": f"com.amazonaws.dynamodb.v20120810#{CONDITION_FAILED}"}


class Stub:
    """The tables, and how often which operation was asked for."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.calls: Counter[str] = Counter()
        self.secrets: dict[str, str] = {}
        self.url = ""
        self._lock = threading.Lock()

    def put(self, table: str, item: dict[str, Any]) -> None:
        """Store a row."""
        self.rows[_place(table, item)] = item

    def answer(self, operation: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body for a request."""
        with self._lock:
            self.calls[operation] += 1
            return self._answer(operation, asked)

    def _answer(self, operation: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        told: dict[str, Any] = {}
        match operation:
            case "PutItem":
                at = _place(asked["TableName"], asked["Item"])
                if asked.get("ConditionExpression") == IF_ABSENT and at in self.rows:
                    return 400, _CONDITION_FAILED
                self.rows[at] = asked["Item"]
            case "TransactWriteItems":
                for put in (each["Put"] for each in asked["TransactItems"]):
                    self.rows[_place(put["TableName"], put["Item"])] = put["Item"]
            case "GetItem":
                found = self.rows.get(_place(asked["TableName"], asked["Key"]))
                told = {} if found is None else {"Item": found}
            case "BatchGetItem":
                told = {"Responses": self._many(asked["RequestItems"]), "UnprocessedKeys": {}}
            case "Query":
                items = self._partition(asked)
                told = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
            case "GetSecretValue":
                told = {"SecretString": self.secrets[asked["SecretId"]]}
            case _:
                return 400, {"__type": "com.amazon.coral.service#UnknownOperationException"}
        return 200, told

    def _many(self, asked: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
        found = {
            table: [self.rows.get(_place(table, key)) for key in told["Keys"]]
            for table, told in asked.items()
        }
        return {table: [item for item in items if item] for table, items in found.items()}

    def _partition(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        values = [value["S"] for value in asked["ExpressionAttributeValues"].values()]
        return [
            item
            for (table, pk, _), item in sorted(self.rows.items())
            if table == asked["TableName"] and pk in values
        ]


def _place(table: str, item: dict[str, Any]) -> tuple[str, str, str]:
    return table, item["pk"]["S"], item["sk"]["S"]


def write_key_row(value: str = WRITE_KEY) -> dict[str, Any]:
    """The row of a browser's key."""
    return {
        **place(keys.write_key_key(value)),
        "k": {"S": "write_key"},
        "source": {"S": "site"},
        "brand": {"S": "halden"},
        "trust": {"S": "asserted"},
        "enabled": {"BOOL": True},
    }


@contextmanager
def running() -> Iterator[Stub]:
    """A stub on a free port of 127.0.0.1, with the key of the bench in its `book`."""
    stub = Stub()
    stub.put("book", write_key_row())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers["X-Amz-Target"].partition(".")[2]
            status, told = stub.answer(operation, json.loads(body))
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("x-amz-crc32", str(zlib.crc32(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_PUT(self) -> None:
            """S3's PutObject, of which nothing is kept."""
            if self.headers.get("Expect"):
                self.send_response_only(100)
                self.end_headers()
            self.rfile.read(int(self.headers["Content-Length"]))
            with stub._lock:  # noqa: SLF001  (its own server)
                stub.calls["PutObject"] += 1
            self.send_response(200)
            self.send_header("ETag", '"0"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
