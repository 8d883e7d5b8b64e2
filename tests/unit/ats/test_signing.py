"""The signers of the tests against the vectors that vendors publish."""

from datetime import UTC, datetime

from rapport.ats import Connection
from tests.support.ats.signing import SIGNERS


def test_what_the_tests_sign_is_what_standard_webhooks_publishes() -> None:
    to = Connection(
        name="in-house", vendor="standard", secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)
    )
    now = datetime.fromtimestamp(1614265330, UTC)

    told = SIGNERS["standard"](
        to, b'{"test": 2432232314}', now, {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek"}
    )

    assert told["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_the_tests_sign_is_what_smartrecruiters_publishes() -> None:
    to = Connection(name="sr", vendor="smartrecruiters", secrets=("HeBVky2bccvvkcXPimH8c",))
    told = SIGNERS["smartrecruiters"](
        to,
        b'{"job_id":"jid","candidate_id":"cid"}',
        datetime.fromtimestamp(1574080897, UTC),
        {
            "event-id": "123",
            "event-name": "application.created",
            "event-version": "v201910",
            "link": "<http://smartrecruiters.com/endpoint>; rel=self",
        },
    )

    assert told["smartrecruiters-signature"] == (
        "v1=2e9291f10d44ca10204a4cd81b05d73b6a316b2b605d4e2e0e0b37b40198ce1f"
    )
