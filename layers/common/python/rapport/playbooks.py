"""What a bundle says about a program, in the words that decisions use."""

from datetime import timedelta

from rapport.bundle import CONFIRM_PROGRAM, Bundle
from rapport.domain.gates import SendMode, Terms

CONFIRM_TEMPLATE = "confirm"


def terms(bundle: Bundle, program: str) -> Terms | None:
    """The terms of a program; None when the bundle has none of that name."""
    playbook = bundle.playbook(program)
    if playbook is None:
        return None
    template = bundle.template(playbook.template)
    return Terms(
        program=playbook.program,
        meaning=playbook.meaning,
        template=template.name,
        topic=template.topic,
        stale_after=timedelta(seconds=playbook.stale_after_seconds),
        confirm_program=CONFIRM_PROGRAM,
        confirm_template=CONFIRM_TEMPLATE,
        send_mode=SendMode(bundle.brand.send_mode),
        allow_list=bundle.brand.allow_list,
    )
