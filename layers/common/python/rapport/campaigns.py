"""Campaigns: one mail to many people, once, as a file of `playbooks/campaigns/` says.

What a campaign is stands in the bundle, like all that people edit; how far it has come stands in
`book`. Whoever is in the audience when it is launched stays in it, and is judged when it is their
turn, through the gates of every other mail: the program's name is `campaign:<key>`.
"""

import hashlib

import msgspec

PROGRAM = "campaign:"
# Begins the name of the list of those of an import whom one mail may ask for consent.
ASKED = "ask-"
TEMPLATE = "campaign"
# The fact of an intent that a campaign wishes; its `event_id` is the launch.
FACT = "CampaignLaunched"
# What one marketing mail takes in all, in US dollars: $100 per million for SES, the rest for some
# 26 write units, 12 read units, three calls of the queue and 150 ms of `send` (bench/prices.py).
USD_PER_MAIL = 0.00012


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign says in one language: a subject, and paragraphs with empty lines between.

    Both are Liquid over what templates have, with the same limits.
    """

    subject: str
    text: str


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign, to a `segment` or a static `list`; one of them is empty.

    `letters` by language; `block` is the key of a content block beneath. `at` is when it begins
    (ISO 8601 with an offset; empty: when it is launched), `local_hour` the hour of the day (0…23)
    on the clock of whoever is mailed, -1 for any. To nobody it goes later than
    `stale_after_seconds` after their turn. `most_mails` and `most_usd` (what SES and the functions
    take, by the cost model) stop it; 0: no bound. `seeds` get it before everybody else, to be
    looked at. `authors` are all who ever changed it. With `asks` an address that nobody confirmed
    gets the request to confirm it, and to agree to the topic, in the place of the letter; it may go
    to no other list than `ASKED` ones, of people whom an import had a basis for.
    """

    key: str
    name: str
    brand: str
    topic: str
    letters: dict[str, Letter]
    segment: str = ""
    list: str = ""
    template: str = TEMPLATE
    block: str = ""
    jobs: str = "none"
    sender_name: str = ""
    owner: str = ""
    at: str = ""
    local_hour: int = -1
    stale_after_seconds: int = 259_200
    priority: int = 4
    most_mails: int = 0
    most_usd: float = 0.0
    seeds: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    asks: bool = False

    @property
    def program(self) -> str:
        """Under which it stands in decisions, ledgers and funnels."""
        return f"{PROGRAM}{self.key}"


def fingerprint(campaign: Campaign, *parts: str) -> str:
    """The hex SHA-256 that an approval is bound to: of all of it but its authors, and of `parts`.

    The parts are what it says by name alone: the segment's condition, the template's version.
    """
    said = msgspec.structs.replace(campaign, authors=())
    body = msgspec.json.encode([said, *parts], order="sorted")
    return hashlib.sha256(body).hexdigest()


def key_of(program: str) -> str:
    """The campaign that a program is; empty for a playbook."""
    return program.removeprefix(PROGRAM) if program.startswith(PROGRAM) else ""
