"""Playbooks are checked, compiled and made live; every mistake is told with its file."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from cli.bundle_lint import edition
from cli.compiling import rules_in
from cli.errors import CommandError
from cli.mjml import MjmlError, to_html
from cli.publish import compile_bundle, publish
from rapport.adapters.bundles import S3Bundles
from rapport.adapters.dynamo.brake import DynamoSendings
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.brake import Brake, domain_of
from rapport.bundle import decode, encode
from rapport.domain.event import Trust
from rapport.domain.gates import SendMode
from rapport.domain.rate import Rate
from rapport.door import ORDINARY_RATE, WriteKey
from tests.support import on_moto
from tests.support.fakes import START
from tests.support.mailroom import PLAYBOOKS, shipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped playbooks, to be spoilt."""
    return Path(shutil.copytree(PLAYBOOKS, tmp_path / "playbooks"))


def edit(folder: Path, name: str, before: str, after: str) -> None:
    path = folder / name
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_the_shipped_playbooks_compile_and_the_same_folder_gives_the_same_bytes() -> None:
    bundle_hash, body = encode(shipped())
    assert encode(compile_bundle(PLAYBOOKS)) == (bundle_hash, body)
    assert decode(body) == shipped()
    welcome = shipped().playbook("talent-network-welcome")
    reminder = shipped().playbook("application-reminder")
    assert welcome is not None
    assert reminder is not None
    assert (welcome.program, welcome.wait_seconds) == ("talent-network-welcome", 0)
    assert welcome.facts == ("TalentNetworkJoined", "AddressConfirmed")
    assert (reminder.program, reminder.wait_seconds) == ("application-reminder", 20 * 3600)
    assert (reminder.about_job, reminder.carries) == (True, True)
    assert shipped().brand.send_mode == "allow-list"


def test_off_means_the_word_and_stops_all_mail(folder: Path) -> None:
    edit(folder, "brand.yaml", "send_mode: allow-list", "send_mode: off")
    assert compile_bundle(folder).brand.send_mode == "off"


def test_liquid_survives_mjml_even_where_both_are_markup() -> None:
    source = (
        "<mjml><mj-body><mj-section><mj-column>"
        "<mj-raw>{% if a < 3 and b > 2 %}</mj-raw>"
        '<mj-text>{{ a | default: "<x>" }}</mj-text>'
        "<mj-button href=\"{{ b | append: '/?a=1&b=2' | href }}\">Go</mj-button>"
        "<mj-raw>{% endif %}</mj-raw>"
        "</mj-column></mj-section></mj-body></mjml>"
    )
    html = to_html(source)
    assert "{% if a < 3 and b > 2 %}" in html
    assert '{{ a | default: "<x>" }}' in html
    assert "href=\"{{ b | append: '/?a=1&b=2' | href }}\"" in html


def test_liquid_that_mjml_would_drop_is_told() -> None:
    with pytest.raises(MjmlError):
        to_html("<mjml><mj-head>{{ lost }}</mj-head><mj-body></mj-body></mjml>")


MISTAKES = (
    ("brand.yaml", "send_mode: allow-list", "send_mode: everybody", "brand.yaml: Invalid enum"),
    ("brand.yaml", "key: halden", "key: halden\ncolour: red", "unknown field `colour`"),
    ("brand.yaml", '"#0b5f63"', "teal", "accent 'teal' is no colour"),
    ("brand.yaml", "sender: careers@", "sender: careers", "sender 'careers"),
    ("brand.yaml", "https://careers", "careers", "site_url"),
    ("brand.yaml", "Halden Clinics, 12 Quay Street, Halden 1771, Norway", '" "', "postal_address"),
    ("brand.yaml", "name: Halden", "name: [Halden", "brand.yaml: while parsing"),
    ("brand.yaml", "- inbox.halden.example", "- '@x.example'", "allow_list '@x.example'"),
    ("brand.yaml", "- inbox.halden.example", "- '*.example'", "neither an address nor a domain"),
    ("brand.yaml", "- inbox.halden.example", "- Ana <ana@x.example>", "neither an address nor"),
    ("brand.yaml", "- inbox.halden.example", "- ' inbox.halden.example'", "neither an address nor"),
    ("brand.yaml", "Halden Clinics Careers", '"Halden\\r\\nBcc: a@b.example"', "control character"),
    ("brand.yaml", "language: en", "language: ''", "language '' is no language"),
    ("brand.yaml", "language: en", "language: the usual", "is no language"),
    ("brand.yaml", "language: en", "language: en\nkey: other", "the key 'key' stands there twice"),
    ("outreach.yaml", "{to: [],", "{to: [x@else.example],", "report.to: 1 of the addresses"),
    ("outreach.yaml", "weekday: monday", "weekday: 1", "outreach.yaml"),
    ("sources.yaml", "sk_halden_server", "wk_halden_site", "a key stands there twice"),
    ("sources.yaml", "source: server", "source: engine", "'engine' is Rapport's own"),
    ("sources.yaml", "sk_halden_server", "sk_hald", "the key of server has under 8"),
    (
        "sources.yaml",
        "trust: asserted",
        "trust: asserted\n  trust: verified",
        "sources.yaml: line 7: the key 'trust' stands there twice",
    ),
    ("sources.yaml", "source: server", "source: my server", "source 'my server'"),
    ("sources.yaml", "trust: verified", "trust: blind", "Invalid enum value 'blind'"),
    ("sources.yaml", "brand: halden", "brand: other", "brand 'other'"),
    ("statements/talent-network-1.yaml", "id: talent-network-1", "id: first", "id 'first'"),
    (
        "statements/talent-network-1.yaml",
        "topic: talent-network",
        "topic: x",
        "no statement covers",
    ),
    (
        "talent-network-welcome.yaml",
        "- AddressConfirmed",
        "- Unsubscribed",
        "'Unsubscribed' starts",
    ),
    ("talent-network-welcome.yaml", "- AddressConfirmed", "- Nonsense", "no fact 'Nonsense'"),
    (
        "talent-network-welcome.yaml",
        "wait: 0s",
        "wait: 0s\nwait: 1s",
        "the key 'wait' stands there twice",
    ),
    ("templates/welcome.yaml", "jobs: 3", "jobs: 3\njobs: 2", "the key 'jobs' stands there twice"),
    ("talent-network-welcome.yaml", "template: welcome", "template: hello", "no template 'hello'"),
    ("talent-network-welcome.yaml", "template: welcome", "template: confirm", "not of class"),
    ("talent-network-welcome.yaml", "wait: 0s", "wait: 91d", "longer than 90d"),
    ("talent-network-welcome.yaml", "wait: 0s", "wait: soon", "'soon' is no length"),
    ("talent-network-welcome.yaml", "stale_after: 2d", "stale_after: 0s", "longer than wait"),
    ("talent-network-welcome.yaml", "occurrence: ever", "occurrence: often", "is one of ever"),
    ("talent-network-welcome.yaml", "wait: 0s", "when: 1 +", "when: INVALID_ARGUMENT"),
    ("talent-network-welcome.yaml", "wait: 0s", "when: person", "not to yes or no"),
    ("talent-network-welcome.yaml", "program: talent", "program: T alent", "cannot be given"),
    (
        "talent-network-welcome.yaml",
        "program: talent-network-welcome",
        "program: confirm-address",
        "cannot be given",
    ),
    ("templates/welcome.txt", '| default: "there"', "", "person.first_name is undefined"),
    ("templates/welcome.mjml", '| default: "there"', "", "person.first_name is undefined"),
    ("templates/parts/jobs.txt", "job.title", "job.name", "job.name is undefined"),
    ("templates/welcome.txt", "person.category", "person.salary", "person.salary is nothing"),
    (
        "templates/parts/foot.txt",
        "{{ links.unsubscribe | href }}",
        "",
        "txt part lacks links.",
    ),
    (
        "templates/parts/foot.mjml",
        "{{ links.unsubscribe | href }}",
        "#",
        "html part lacks links.unsub",
    ),
    ("templates/parts/foot.txt", "{{ brand.postal_address }}", "", "txt part lacks brand.postal"),
    ("templates/parts/jobs.mjml", "{{ job.url | href }}", "{{ job.url }}", "must end in | href"),
    ("templates/parts/foot.mjml", "links.unsubscribe", "links.confirm", "links.confirm is nothing"),
    (
        "templates/parts/jobs.mjml",
        "{{ job.title }}",
        "{{ job.title | safe }}",
        "unknown filter 'safe'",
    ),
    ("templates/parts/jobs.mjml", "{% endfor %}", "", "templates/welcome: "),
    ("templates/welcome.mjml", "</mj-body>", "", "templates/welcome.mjml: "),
    ("templates/welcome.yaml", "jobs: 3", "jobs: 0", "jobs must be a number"),
    ("templates/welcome.yaml", "class: marketing", "class: spam", "Invalid enum value 'spam'"),
    ("templates/confirm.yaml", "class: confirmation", "class: marketing", "of class confirmation"),
    ("templates/confirm.txt", "{{ links.confirm | href }}", "", "txt part lacks links.confirm"),
)


@pytest.mark.parametrize(("name", "before", "after", "complaint"), MISTAKES)
def test_a_mistake_is_told_with_its_file_and_nothing_is_published(
    folder: Path, name: str, before: str, after: str, complaint: str
) -> None:
    edit(folder, name, before, after)
    with pytest.raises(CommandError) as told:
        compile_bundle(folder)
    assert complaint in str(told.value)


def test_a_playbook_that_no_fact_starts_is_told(folder: Path) -> None:
    path = folder / "talent-network-welcome.yaml"
    lines = path.read_text().splitlines()
    kept = [line for line in lines if not line.startswith(("facts:", "  - "))]
    path.write_text("\n".join([*kept, "facts: []", ""]))
    with pytest.raises(CommandError, match="talent-network-welcome: facts is empty"):
        compile_bundle(folder)


@pytest.mark.parametrize("entry", ["Ana@Inbox.Halden.example", "halden.example", "a.b+c@x.example"])
def test_whole_addresses_and_bare_domains_may_be_allowed(folder: Path, entry: str) -> None:
    edit(folder, "brand.yaml", "inbox.halden.example", entry)
    assert compile_bundle(folder).brand.allow_list == (entry,)


def test_all_complaints_come_at_once(folder: Path) -> None:
    edit(folder, "brand.yaml", "sender: careers@", "sender: careers")
    edit(folder, "talent-network-welcome.yaml", "wait: 0s", "wait: 3d")
    with pytest.raises(CommandError) as told:
        compile_bundle(folder)
    assert len(str(told.value).splitlines()) == 2


def test_a_part_that_is_missing_is_told(folder: Path) -> None:
    (folder / "templates" / "welcome.txt").unlink()
    with pytest.raises(CommandError, match="templates/welcome lacks a part"):
        compile_bundle(folder)


def test_a_folder_that_holds_no_playbooks_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no brand\.yaml"):
        compile_bundle(tmp_path)


def test_the_tenth_edition_of_a_statement_comes_after_the_second(folder: Path) -> None:
    for number in (2, 10):
        text = f"id: talent-network-{number}\ntopic: talent-network\ntext: Edition {number}.\n"
        (folder / "statements" / f"talent-network-{number}.yaml").write_text(text)
    bundle = compile_bundle(folder)
    assert edition(bundle.statement("talent-network")) == 10


@pytest.fixture
def deployment() -> Iterator[None]:
    with on_moto.tables():
        boto3.client("s3").create_bucket(Bucket=on_moto.CONFIG.buckets["bundle"])
        yield


@pytest.mark.usefixtures("deployment")
def test_publishing_makes_the_bundle_live_and_knows_the_keys() -> None:
    published = publish(on_moto.CONFIG)
    book = DynamoConfig(on_moto.TABLES["book"])
    assert book.live_bundle() == published.hash
    bundles = S3Bundles(on_moto.CONFIG.buckets["bundle"])
    assert bundles.get(published.hash) == shipped()
    browser, server = book.write_key("wk_halden_site"), book.write_key("sk_halden_server")
    assert browser is not None
    assert server is not None
    assert (browser.trust, server.trust) == (Trust.ASSERTED, Trust.VERIFIED)
    assert (published.changed, published.write_keys) == (True, 3)
    assert not publish(on_moto.CONFIG).changed


@pytest.mark.usefixtures("deployment")
def test_no_file_makes_a_brand_live_that_never_went_live(folder: Path) -> None:
    brake = Brake(sendings=DynamoSendings(on_moto.TABLES["book"]), now=lambda: START)
    edit(folder, "brand.yaml", "send_mode: allow-list", "send_mode: live")
    with pytest.raises(CommandError, match="rapport golive"):
        publish(on_moto.CONFIG, folder)
    assert DynamoConfig(on_moto.TABLES["book"]).live_bundle() is None
    brand = shipped().brand
    brake.go_live(brand.key, domain=domain_of(brand.sender))
    assert publish(on_moto.CONFIG, folder).changed
    brake.mode(brand.key, SendMode.OFF, domain=domain_of(brand.sender))
    told: list[str] = []
    publish(on_moto.CONFIG, folder, tell=told.append)
    assert [line for line in told if "stays off" in line]


@pytest.mark.usefixtures("deployment")
def test_on_a_laptop_links_lead_to_the_career_site_of_the_laptop() -> None:
    published = publish(replace(on_moto.CONFIG, site_url="http://127.0.0.1:8080/"))
    bundle = S3Bundles(on_moto.CONFIG.buckets["bundle"]).get(published.hash)
    assert bundle.brand.site_url == "http://127.0.0.1:8080"


@pytest.mark.usefixtures("deployment")
def test_a_published_statement_keeps_its_words_and_its_place(folder: Path) -> None:
    publish(on_moto.CONFIG, folder)
    edit(folder, "statements/talent-network-1.yaml", "I agree", "I gladly agree")
    with pytest.raises(CommandError, match="talent-network-1 is published with other words"):
        publish(on_moto.CONFIG, folder)
    second = (folder / "statements" / "talent-network-1.yaml").read_text()
    second = second.replace("id: talent-network-1", "id: talent-network-2")
    (folder / "statements" / "talent-network-1.yaml").unlink()
    (folder / "statements" / "talent-network-2.yaml").write_text(second)
    with pytest.raises(CommandError, match="talent-network-1 is missing"):
        publish(on_moto.CONFIG, folder)


@pytest.mark.usefixtures("deployment")
def test_a_published_statement_may_learn_a_language_and_then_keeps_its_words(folder: Path) -> None:
    path = folder / "statements" / "tracking-1.yaml"
    text = path.read_text()
    path.write_text(text.partition("texts:")[0])
    publish(on_moto.CONFIG, folder)
    path.write_text(text)
    publish(on_moto.CONFIG, folder)
    for other in (text.replace("Jeg sier ja", "Jeg sier gjerne ja"), text.partition("texts:")[0]):
        path.write_text(other)
        with pytest.raises(CommandError, match="tracking-1 is published with other words"):
            publish(on_moto.CONFIG, folder)


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        ("text: I agree.\ntexts: {en: I do.}", "text and texts say different things in en"),
        ("texts: {nb: Jeg sier ja.}", "it says nothing in en, the brand's language"),
        ("text: I agree.\ntexts: {de: Ja.}", "'de' has no text, or is none of the brand's"),
        ("text: I agree.\ntexts: {nb: ' '}", "'nb' has no text, or is none of the brand's"),
    ],
)
def test_a_statement_says_the_same_once_in_each_language_of_the_brand(
    folder: Path, texts: str, complaint: str
) -> None:
    path = folder / "statements" / "tracking-1.yaml"
    path.write_text(f"id: tracking-1\ntopic: tracking\n{texts}\n")
    with pytest.raises(CommandError, match=complaint):
        compile_bundle(folder)


def test_a_statement_may_say_everything_under_texts(folder: Path) -> None:
    path = folder / "statements" / "tracking-1.yaml"
    before = compile_bundle(folder).statement("tracking")
    own, others = before.wordings
    texts = f'{{en: "{own.text}", nb: "{others.text}"}}'
    path.write_text(f"id: tracking-1\ntopic: tracking\ntexts: {texts}\n")
    assert compile_bundle(folder).statement("tracking") == before


@pytest.mark.usefixtures("deployment")
def test_a_key_that_is_no_longer_listed_opens_nothing(folder: Path) -> None:
    assert publish(on_moto.CONFIG).closed == ()
    text = (folder / "sources.yaml").read_text()
    (folder / "sources.yaml").write_text(text.replace("wk_halden_web", "wk_halden_web_2"))
    assert publish(on_moto.CONFIG, folder).closed == ("career-web",)
    book = DynamoConfig(on_moto.TABLES["book"])
    gone, new = book.write_key("wk_halden_web"), book.write_key("wk_halden_web_2")
    assert gone is not None
    assert (gone.enabled, gone.source) == (False, "career-web")
    assert new is not None
    assert (new.enabled, new.consent) == (True, "required")
    assert publish(on_moto.CONFIG, folder).closed == ()


@pytest.mark.usefixtures("deployment")
def test_rules_of_identity_are_told_apart_and_never_put_in_force(folder: Path) -> None:
    assert not publish(on_moto.CONFIG, folder).other_rules
    edit(folder, "identity.yaml", "email: 5", "email: 4")
    book = DynamoConfig(on_moto.TABLES["book"])
    assert publish(on_moto.CONFIG, folder).other_rules
    assert book.identity_rules() is None
    book.put_identity_rules(rules_in(folder / "identity.yaml").to_json(), now=datetime.now(UTC))
    assert not publish(on_moto.CONFIG, folder).other_rules
    assert publish(on_moto.CONFIG).other_rules
    book.put_identity_rules('{"of": "a later version"}', now=datetime.now(UTC))
    assert publish(on_moto.CONFIG).other_rules


@pytest.mark.usefixtures("deployment")
def test_what_a_source_says_of_its_key_reaches_the_door(folder: Path) -> None:
    told = (
        "- {key: wk_new_site, source: new-site, brand: halden, trust: asserted,"
        " origins: ['https://careers.halden.example', 'https://jobs.halden.example:8443'],"
        " consent: required, rate: {per_second: 0.5, burst: 20}}\n"
    )
    with (folder / "sources.yaml").open("a") as sources:
        sources.write(told)
    publish(on_moto.CONFIG, folder)
    key = DynamoConfig(on_moto.TABLES["book"]).write_key("wk_new_site")
    assert key == WriteKey(
        key="wk_new_site",
        source="new-site",
        brand="halden",
        trust=Trust.ASSERTED,
        origins=("https://careers.halden.example", "https://jobs.halden.example:8443"),
        consent="required",
        rate=Rate(per_second=0.5, burst=20),
    )
    ordinary = DynamoConfig(on_moto.TABLES["book"]).write_key("wk_halden_site")
    assert ordinary is not None
    assert (ordinary.origins, ordinary.consent, ordinary.rate) == ((), "assumed", ORDINARY_RATE)


@pytest.mark.parametrize(
    "origin",
    [
        *("careers.halden.example", "http://careers.halden.example", "https://halden.example/"),
        *("https://*.halden.example", "https://Halden.example", "https://halden.example:443"),
        *("*", "null", "https://"),
    ],
)
def test_an_origin_is_written_as_browsers_send_it(folder: Path, origin: str) -> None:
    path = folder / "sources.yaml"
    path.write_text(
        path.read_text().replace("trust: asserted", f"trust: asserted\n  origins: ['{origin}']", 1)
    )
    with pytest.raises(CommandError, match=r"origin .* must be https://host"):
        compile_bundle(folder)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("origins: ['https://halden.example']", "a secret key, which no page may use"),
        ("consent: required", "a server's key, which has no visitor to ask"),
        ("consent: perhaps", "Invalid enum value 'perhaps'"),
        ("rate: {per_second: 0, burst: 1}", "rate.per_second"),
        ("rate: {per_second: 0.000000000001, burst: 10000000}", "rate.per_second"),
        ("rate: {per_second: 1, burst: 0}", "rate.burst"),
        ("rate: {per_second: 1}", "missing required field `burst`"),
    ],
)
def test_what_makes_no_sense_of_a_secret_key_is_told(
    folder: Path, line: str, complaint: str
) -> None:
    path = folder / "sources.yaml"
    path.write_text(path.read_text().replace("trust: verified", f"trust: verified\n  {line}"))
    with pytest.raises(CommandError) as told:
        compile_bundle(folder)
    assert complaint in str(told.value)
