"""What comes back by mail: an answer to a mail, and a wish to leave."""

from datetime import UTC, datetime

import boto3

from tests.inprocess.engine import PUBLIC_URL
from tests.inprocess.stores import BUCKETS, REGION
from tests.inprocess.story import Story, headers_of

ANSWER = "Yes, I would like to see the ward on Tuesday."


def answered(story: Story) -> None:
    """Ana answers to her welcome, and asks by mail to be left alone."""
    welcome = story.mails[1]
    [reply_to] = welcome["ReplyToAddresses"]
    comes(story, "answer", to=reply_to, words=f"{ANSWER}\n\n> Hello Ana\n")
    comes(story, "answer again", to=reply_to, words=f"{ANSWER}\n\n> Hello Ana\n")
    leave = headers_of(welcome)["List-Unsubscribe"].rpartition("<mailto:")[2].partition("?")[0]
    comes(story, "leave by mail", to=leave, words="")
    comes(story, "nobody", to=f"r+{'a' * 58}@reply.halden.example", words="Hello?")
    for path in ("brand", "topics", "blocks", "blocks/none"):
        story.answers[path] = story.engine.request("GET", f"{PUBLIC_URL}/content/v1/{path}")
    story.answers["jobs"] = story.engine.request("GET", f"{PUBLIC_URL}/jobs/v1?limit=2")


def comes(story: Story, name: str, *, to: str, words: str) -> None:
    """A message as SES stores it, and what S3 tells of it."""
    raw = (
        f"X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\nReturn-Path: <a@x.example>\r\n"
        f"From: a@x.example\r\nTo: {to}\r\nSubject: Re: Welcome\r\nMessage-ID: <1@x.example>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
    )
    key = f"inbox/{name.replace(' ', '-')}"
    boto3.client("s3", REGION).put_object(Bucket=BUCKETS["inbox"], Key=key, Body=raw.encode())
    story.engine.report(
        {
            "version": "0",
            "id": f"object-{name}",
            "detail-type": "Object Created",
            "source": "aws.s3",
            "account": "123456789012",
            "time": datetime.now(UTC).isoformat(),
            "region": REGION,
            "resources": [],
            "detail": {"bucket": {"name": "Inbox"}, "object": {"key": key, "size": len(raw)}},
        }
    )
    story.engine.settle()
