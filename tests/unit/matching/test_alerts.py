"""Jobs for alerts: each is searched for on its own, one mail tells of all, and by which."""

from dataclasses import replace

import msgspec

from rapport.alerts import Reading, called, occurs, words_in
from rapport.domain.alerts import JobAlert
from rapport.domain.identifiers import person_id
from rapport.domain.jobs import Job
from rapport.domain.policy import Relevance
from tests.support.fakes import START
from tests.support.mailroom import ANA, AT_ANY_TIME, Mailroom, lexicon_of

TOPIC = "job-alerts"


class Seeking:
    """Ana with alerts, whom the program of alerts mails."""

    def __init__(self, *jobs: tuple[str, str, str, str]) -> None:
        self.room = room = Mailroom()
        policy = replace(AT_ANY_TIME, relevance=Relevance(min_jobs=1))
        room.publish(msgspec.structs.replace(room.bundle, policy=policy))
        room.confirmed()
        word = room.book.addresses[room.ref(ANA)].consents["talent-network"]
        room.state(ANA, lambda s: replace(s, consents={**s.consents, TOPIC: word}))
        for number, (title, category, town, text) in enumerate(jobs):
            room.jobs(title, category=category)
            last = replace(room.book.jobs[-1], location=town, opened_at=START, description=text)
            room.book.jobs[-1] = replace(last, id=f"j{number}")

    def mailed(self, **alerts: JobAlert) -> dict[str, str]:
        """Titles in the mail, and the alert beside each; none where nothing was mailed."""
        room, person = self.room, person_id(self.room.ref(ANA))
        view = room.people.views[person]
        profile = replace(view.profile, alerts=alerts)
        room.people.views[person] = replace(view, profile=profile)
        room.send.deliver(room.intent(person, program="job-alert"))
        if not room.mails:
            return {}
        [mail] = room.mails
        lines = [line.strip() for line in mail.text.splitlines()]
        titles = [job.title for job in room.book.jobs]
        found = [(t, n) for n, line in enumerate(lines) for t in titles if t in line]
        told = {title: " ".join(lines[n : n + 4]) for title, n in found}
        return {
            t: text[text.find("your job alert") :].partition(" https")[0]
            for t, text in told.items()
        }


def alert(name: str = "", *, own: bool = True, paused: bool = False, **values: str) -> JobAlert:
    told = {criterion: (value,) for criterion, value in values.items()}
    return JobAlert(values=told, at=START, name=name, own=own, paused=paused)


JOBS = (
    ("Ward Nurse", "nursing", "Halden", "Work at night."),
    ("Ward Doctor", "medicine", "Halden", "Über den Fjord, sykepleierutdanning."),
    ("Laboratory Technician", "laboratory", "Moss", "Blood."),
)


def test_one_mail_tells_of_the_jobs_of_all_alerts_and_by_which_alert_each_is_there() -> None:
    nurse = alert("Nights", job_category="nursing", city="Halden")
    doctor = alert(job_category="medicine", city="Halden", own=False)
    lab = alert(job_category="laboratory", city="Moss", paused=True)
    assert Seeking(*JOBS).mailed(a1=nurse, a2=doctor, a3=lab) == {
        "Ward Nurse": "your job alert: Nights",
        "Ward Doctor": "your job alert: Medicine, Halden",
    }
    assert Seeking(*JOBS).mailed() == {}


def test_free_words_are_found_in_title_field_and_description_in_any_case_and_accent() -> None:
    for words, found in {
        '"NIGHT" ward': {"Ward Nurse"},
        "uber fjord": {"Ward Doctor"},
        "ＭＥＤＩＣＩＮＥ": {"Ward Doctor"},
        "pleier": {"Ward Doctor"},
        "night fjord": set[str](),
        "igh": set[str](),
    }.items():
        assert Seeking(*JOBS).mailed(a1=alert(query=words)).keys() == found
    # With a field of work both must hold.
    both = alert(job_category="nursing", query="ward")
    assert Seeking(*JOBS).mailed(a1=both).keys() == {"Ward Nurse"}


def test_scripts_without_spaces_and_marks_are_words_too() -> None:
    assert words_in('"Nurse" C++ – café') == ("nurse", "c++", "cafe")
    assert occurs(words_in("看護"), "東京の看護師")
    assert occurs(words_in("МЕДСЕСТРА"), "старшая медсестра")
    assert not occurs(words_in("IT"), "with care")


def test_what_a_stranger_typed_is_not_mailed_and_its_owner_sees_it() -> None:
    room = Mailroom()
    lexicon = lexicon_of(room.bundle)
    spam = alert("Win at evil.example", own=False, city="evil.example", query="evil.example")
    assert called(spam, room.bundle, lexicon, "en") == ""
    assert called(replace(spam, own=True, name=""), room.bundle, lexicon, "en").count("evil") == 2
    assert called(spam, room.bundle, None, "en") == "Win at evil.example"
    assert called(alert(job_category="nursing"), room.bundle, lexicon, "nb") == "Sykepleie"


def test_of_few_descriptions_is_one_mail_made() -> None:
    asked: list[str] = []

    def job(ref: str) -> Job | None:
        asked.append(ref)
        return None

    reading = Reading(job=job, left=2)
    assert [reading.text(ref) for ref in ("a", "a", "b", "c")] == [""] * 4
    assert asked == ["a", "b"]
