"""The API front passes bytes on as they are."""

import gzip
import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection

from local.front import COUNTS, Front
from local.layout import Ports
from tests.support.web import Recorded, Serve


def _front(behind: Recorded, serve: Serve) -> HTTPConnection:
    port = serve(Front(emulator_port=behind.port, api_id="abc123").reply)
    return HTTPConnection("127.0.0.1", port, timeout=5)


def test_a_request_reaches_the_api_byte_for_byte(behind: Recorded, serve: Serve) -> None:
    connection = _front(behind, serve)
    body = gzip.compress('{"name":"Ærlig 🚀"}'.encode())
    headers = {
        "X-Odd-CaSe": "Kept",
        "Authorization": "Basic d2s6",
        "Content-Encoding": "gzip",
        "Content-Type": "text/plain",
    }
    connection.request("POST", "/v1/batch?writeKey=a%20b&x=", body, headers)
    assert connection.getresponse().read() == behind.body
    connection.close()
    (got,) = behind.requests
    assert (got.method, got.body) == ("POST", body)
    assert got.path == "/_aws/execute-api/abc123/$default/v1/batch?writeKey=a%20b&x="
    assert headers.items() <= dict(got.headers).items()
    assert got.header("Host") == f"127.0.0.1:{connection.port}"


def test_an_answer_comes_back_with_status_headers_and_bytes(behind: Recorded, serve: Serve) -> None:
    behind.status, behind.body, behind.content_type = 418, b"\x00\xff not text", "x/y"
    behind.headers = (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Retry-After", "3"))
    connection = _front(behind, serve)
    connection.request("GET", "/u/token")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (418, behind.body)
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert (answer.getheader("Retry-After"), answer.getheader("Content-Type")) == ("3", "x/y")
    assert answer.getheader("Server") is None
    connection.close()


def test_one_connection_carries_many_requests(behind: Recorded, serve: Serve) -> None:
    connection = _front(behind, serve)
    connection.connect()
    local_end = connection.sock.getsockname()
    for number in range(5):
        connection.request("POST", "/v1/track", json.dumps(number).encode())
        connection.getresponse().read()
        assert connection.sock.getsockname() == local_end
    connection.close()
    assert [request.body for request in behind.requests] == [b"0", b"1", b"2", b"3", b"4"]


def test_a_body_that_comes_in_chunks_arrives_whole(behind: Recorded, serve: Serve) -> None:
    connection = _front(behind, serve)

    def parts() -> Iterator[bytes]:
        yield b'{"a":'
        yield b"1}"

    connection.request("POST", "/v1/track", parts(), encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()
    assert behind.requests[0].body == b'{"a":1}'


def test_head_and_options_are_passed_on(behind: Recorded, serve: Serve) -> None:
    connection = _front(behind, serve)
    for method in ("HEAD", "OPTIONS"):
        connection.request(method, "/v1/batch")
        connection.getresponse().read()
    connection.close()
    assert [request.method for request in behind.requests] == ["HEAD", "OPTIONS"]


def test_requests_are_counted_by_route_without_tokens(behind: Recorded, serve: Serve) -> None:
    connection = _front(behind, serve)
    for path in ("/v1/batch", "/v1/batch?x=1", "/f/confirm?t=secret", "/u/secret"):
        connection.request("GET", path)
        connection.getresponse().read()
    connection.request("GET", COUNTS)
    counts = json.loads(connection.getresponse().read())
    connection.close()
    assert counts == {"GET /v1/batch": 2, "GET /f/confirm": 1, "GET /u": 1}


def test_an_emulator_that_is_gone_is_told_as_json(serve: Serve) -> None:
    nobody = Ports.ephemeral().emulator
    port = serve(Front(emulator_port=nobody, api_id="abc").reply)
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("POST", "/v1/batch", b"{}")
    answer = connection.getresponse()
    assert answer.status == 502
    assert json.loads(answer.read())["code"] == "emulator_unreachable"
    connection.close()


def test_small_answers_are_not_held_back(behind: Recorded, serve: Serve) -> None:
    port = serve(Front(emulator_port=behind.port, api_id="abc").reply)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(b"GET /v1/x HTTP/1.1\r\nHost: a\r\n\r\n")
        assert raw.recv(65536).endswith(behind.body)
