"""A request read into a `Delivery`, or into what is `Broken` with it.

`dialects` tells what the path means, `credentials` which write keys there are, `bodies` what the
body says. A request that cannot be read as a whole still tells its keys, so that what it brought
can be kept for the one whose key it is.
"""

from functions.track import pixels
from functions.track.bodies import Letter, read_letter, received, unpacked
from functions.track.credentials import authorization_problem, body_keys, outer_keys
from functions.track.delivery import Broken, Delivery, PresentedKey, Sender
from functions.track.dialects import Goal, Way
from functions.track.http import Request
from functions.track.problems import Problem


def read_delivery(request: Request, way: Way) -> Delivery | Broken:
    """The delivery of a request that goes the way of a call."""
    [call] = way.parts
    if way.goal is Goal.PIXEL:
        return _delivery(request, call, Letter(messages=(pixels.told(request, call),)))
    keys = outer_keys(request)
    sent = received(request.body, flagged=request.flagged)
    if isinstance(sent, Problem):
        return _broken(request, sent, keys, b"")
    body = unpacked(sent, request.headers.get("content-encoding", ""))
    if isinstance(body, Problem):
        return _broken(request, body, keys, sent)
    letter = read_letter(body, call=call)
    problem = authorization_problem(request) or letter.problem
    if problem is not None:
        return _broken(request, problem, keys + body_keys(letter.write_key), body)
    return _delivery(request, call, letter)


def _delivery(request: Request, call: str, letter: Letter) -> Delivery:
    return Delivery(
        call=call,
        messages=letter.messages,
        sent_at=letter.sent_at or request.headers.get("sentat"),
        keys=outer_keys(request) + body_keys(letter.write_key),
        sender=_sender(request),
    )


def _broken(
    request: Request, problem: Problem, keys: tuple[PresentedKey, ...], body: bytes
) -> Broken:
    return Broken(problem=problem, keys=keys, body=body, sender=_sender(request))


def _sender(request: Request) -> Sender:
    headers = request.headers
    return Sender(
        source_ip=request.source_ip,
        origin=headers.get("origin"),
        user_agent=headers.get("user-agent", ""),
        gpc=headers.get("sec-gpc", "").strip() == "1",
        dnt=headers.get("dnt", "").strip() == "1",
        request_id=request.request_id,
    )
