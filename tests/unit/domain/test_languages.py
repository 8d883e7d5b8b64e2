"""Which language somebody is served in."""

import pytest

from rapport.domain.languages import best


@pytest.mark.parametrize(
    ("wished", "found"),
    [
        (["nb-NO"], "nb"),
        (["no"], "nb"),
        (["nn-NO", "en"], "nb"),
        (["NB"], "nb"),
        (["de-AT", "pt-BR", "en"], "pt-BR"),
        (["pt", "en-GB"], "en"),
        (["", "tlh"], None),
        ([], None),
    ],
)
def test_the_first_language_that_is_there_serves(wished: list[str], found: str | None) -> None:
    assert best(wished, ["en", "nb", "pt-BR"]) == found


def test_a_language_that_is_there_itself_goes_before_the_one_that_is_close_to_it() -> None:
    assert best(["nn"], ["nb", "nn"]) == "nn"
