"""Whether the public doors are open to the world, and the way out of a mail works end to end."""

from urllib.parse import urlsplit

from rapport.doctor.facts import UNREACHED, TestMail, Web
from rapport.doctor.findings import Answer, CannotTellError, Level

OK, REFUSED, BROKEN = 200, 401, 500
# A batch of nothing: whoever has no key is told so, and nothing is kept.
NOTHING = '{"batch": []}'
ONE_CLICK = "List-Unsubscribe=One-Click"


def doors(web: Web, *, public_url: str, api_url: str, here_only: bool) -> Answer:
    """Whether candidates and the career site reach what they are shown, by https.

    Nothing is stored: the page is of no mail, and the batch has no key.
    """
    for url in dict.fromkeys((public_url, api_url)):
        if urlsplit(url).scheme != "https" and not here_only:
            mend = "Set public_url in cdk.json to an https address of yours, then deploy."
            return Level.FAIL, f"{url} is not https.", mend
    page = web.get(f"{public_url}/f/confirm?t=none")
    if page.status >= BROKEN or page.status == UNREACHED:
        mend = "Look at the log of `engage`, and at the domain in front of the gateway."
        return Level.FAIL, f"The page behind links {page}.", mend
    batch = web.post(f"{api_url}/v1/batch", NOTHING)
    if batch.status != REFUSED:
        mend = "Look at the log of `track`, and at what stands in front of the gateway."
        return Level.FAIL, f"The tracking door {batch}, not {REFUSED}, without a key.", mend
    where = "on this machine" if here_only else "by https"
    return Level.OK, f"{public_url} and {api_url} answer, {where}."


def unsubscribing(web: Web, mail: TestMail, *, public_url: str) -> Answer:
    """The round trip of one click, to an address that is nobody's: what it leaves is taken back."""
    mail.clear()
    try:
        return _round(web, f"{public_url}/u/{mail.place()}", mail)
    finally:
        mail.clear()


def _round(web: Web, link: str, mail: TestMail) -> Answer:
    mend = "Look at the log of `engage`; until this works nothing may go out."
    page = web.get(link)
    if page.status != OK:
        return Level.FAIL, f"The page to unsubscribe {page}.", mend
    if mail.withdrawn():
        return Level.FAIL, "Looking at the page unsubscribes already.", mend
    answer = web.post(link, ONE_CLICK)
    if answer.status != OK:
        return Level.FAIL, f"One click {answer}; {OK} alone is allowed.", mend
    if not mail.withdrawn():
        return Level.FAIL, "One click answers 200, and the address is not closed.", mend
    return Level.OK, "One click closes the topic before it answers; looking changes nothing."


def bounced(*, seen: bool | None) -> Answer:
    """Whether a bounce of SES's simulator came all the way back. None: nothing was sent."""
    if seen is None:
        msg = "No bounce was tried; `rapport doctor --send` mails SES's simulator."
        raise CannotTellError(msg)
    if seen:
        return Level.OK, "A bounce of SES's simulator closed its address."
    mend = "Look at the queue of reports and at the log of `send`."
    return Level.FAIL, "A bounce of SES's simulator was not heard of within two minutes.", mend
