"""What site and mails are made of: blocks, their versions, and what publishing says of them."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import msgspec
import pytest

from cli import access_lint, marked, previewing
from cli.brand_lint import contrast
from cli.changes import changes
from cli.compiling import compile_bundle, compile_folder
from cli.errors import CommandError
from cli.mjml import to_html
from cli.publish import publish
from cli.rollback import published, rollback
from functions.send.links import Way, lead_html
from rapport.adapters.bundles import S3Bundles
from rapport.adapters.dynamo.brake import DynamoSendings
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.editions import S3Editions
from rapport.brake import Brake, domain_of
from rapport.bundle import Bundle, Template
from rapport.campaign_work import unsubscribe_link
from rapport.domain.tokens import Purpose, verify
from rapport.render import RenderError, render
from tests.support import on_moto
from tests.support.fakes import START
from tests.support.mailroom import PLAYBOOKS, shipped

Edit = Callable[[str, str, str], None]
HIRING = "blocks/how-we-hire.en.md"
PREVIEW = "<mj-preview>{{ block.summary }}</mj-preview>"
SITE = "https://careers.halden.example"
INCLUDED = '{% block "hiring-steps" %}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped playbooks, to be changed."""
    return Path(shutil.copytree(PLAYBOOKS, tmp_path / "playbooks"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    def change(name: str, before: str, after: str) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert before in text
        (folder / name).write_text(text.replace(before, after, 1), encoding="utf-8")

    return change


def complaints(folder: Path) -> str:
    with pytest.raises(CommandError) as told:
        compile_bundle(folder)
    return str(told.value)


MISTAKES = (
    (HIRING, INCLUDED, '{% block "how-we-hire" %}', "how-we-hire → how-we-hire: a block cannot"),
    (HIRING, INCLUDED, '{% block "nothing" %}', "there is no block 'nothing'"),
    (HIRING, INCLUDED, "# A title", "a heading h1"),
    (HIRING, INCLUDED, "[a](javascript:alert)", "a link that leads to no"),
    (HIRING, INCLUDED, "[a](mailto:a@b.example)", "no absolute"),
    (HIRING, INCLUDED, "![](https://x.example/a.png)", "an image without words"),
    (HIRING, INCLUDED, "![a](http://x.example/a.png)", "is no https address"),
    (HIRING, INCLUDED, "<b>bold</b>", "HTML, which is shown"),
    (HIRING, INCLUDED, "{{ person.first_name }}", "mean nothing in a block"),
    (HIRING, "minutes: 3", "minutes: 3\ncolour: red", "unknown field `colour`"),
    (HIRING, "minutes: 3", "publish_at: 2026-12-01", "how-we-hire.en.md: "),
    (HIRING, "minutes: 3", "publish_at: '2026-12-01T08:00'", "is no time with a zone"),
    (HIRING, "---\n", "", "must begin with its head"),
    ("blocks/how-we-hire.nb.md", "---\n", "---\nminutes: 9\n", "minutes is another than in"),
    ("templates/welcome.mjml", '"hiring-steps"', '"nothing"', "there is no block 'nothing'"),
    (
        "templates/welcome.yaml",
        "class: marketing",
        "class: marketing\ndelivery: at_least_once",
        "may send twice",
    ),
    ("templates/keep-in-touch.txt", "{% block %}", "", "templates/keep-in-touch"),
    ("templates/welcome.mjml", '{% part "foot" %}', '{% part "feet" %}', "no templates/parts/feet"),
    ("templates/parts/head.mjml", "colours.ink", "colours.inc", "has no colour 'inc'"),
    ("templates/parts/head.mjml", '"supported-color-schemes"', '"x"', "supported-color-schemes"),
    ("templates/parts/head.mjml", "prefers-color-scheme: dark", "print", "no style for dark mode"),
    ("templates/parts/head.mjml", "colours.dark-ink", "colours.ink", "in the dark"),
    ("templates/parts/head.mjml", 'font-size="14px"', 'font-size="11px"', "is set in 11px"),
    ("templates/welcome.mjml", "<h1>", "<h3>", "0 headings h1"),
    ("templates/keep-in-touch.mjml", PREVIEW, "", "there is no mj-preview"),
    ("templates/welcome.mjml", "A day on the ward, told by those who work there", "here", "'here'"),
    ("templates/confirm.yaml", "class: confirmation", "class: transactional", "of class confirm"),
    ("templates/job-alert.nb.yaml", "jobs: 4", "jobs: 3", "jobs differs between its languages"),
    ("brand.yaml", 'quiet: "#4b5c5b"', 'quiet: "#9aa5a4"', "quiet on paper has a contrast of"),
    ("brand.yaml", 'dark-ink: "#e8efee"', 'dark-ink: "#444444"', "dark-ink on dark-paper"),
    ("brand.yaml", "  nb:\n    headline", "  de:\n    headline", "says nothing in nb"),
    ("brand.yaml", "languages: [en, nb]", "languages: [nb, en]", "must begin with 'en'"),
    ("outreach.yaml", "min_gap: 7d", "min_gap: a week", "'a week' is no length of time"),
    ("outreach.yaml", "  min_gap: 7d", "  gap: 7d", "unknown field `gap`"),
    ("outreach.yaml", 'starts: "20:00"', 'starts: "25:00"', "quiet.starts"),
    ("outreach.yaml", "home_zone: Europe/Oslo", "home_zone: Oslo", "is no time zone"),
    ("outreach.yaml", "key: job-alerts", "key: other", "no statement covers the topic 'other'"),
    ("outreach.yaml", "      nb: Nye jobber", "      de: Nye jobber", "has no name in nb"),
    ("outreach.yaml", "holdout: 0", "holdout: 10001", "holdout"),
    ("places.yaml", "name: Moss,", "name: Halden,", "'Halden' in NO stands there twice"),
    ("places.yaml", "zone: Europe/Oslo", "zone: Europe/Halden", "is no time zone"),
    ("keep-in-touch.yaml", "every: 33d", "every: 1h", "every must be a day or longer"),
    ("keep-in-touch.yaml", "every: 33d", "every: 33d\noccurrence: event", "comes back by every"),
    ("job-alert.yaml", "jobs: required", "jobs: none", "jobs is none; its template"),
    ("one-to-one.yaml", "- MessageWritten", "- TalentNetworkJoined", "message.text is nothing"),
)


@pytest.mark.parametrize(("mistake", "complaint"), [(each[:3], each[3]) for each in MISTAKES])
def test_a_mistake_is_told(
    folder: Path, edit: Edit, mistake: tuple[str, str, str], complaint: str
) -> None:
    edit(*mistake)
    assert complaint in complaints(folder)


def test_a_ring_of_blocks_is_named(folder: Path, edit: Edit) -> None:
    edit("blocks/hiring-steps.en.md", "1. You apply", '{% block "how-we-hire" %}\n\n1. You apply')
    assert "hiring-steps → how-we-hire → hiring-steps" in complaints(folder)


def test_a_transactional_mail_sells_nothing_and_needs_no_way_out(folder: Path) -> None:
    def write(extra: str) -> None:
        mjml = (folder / "templates" / "confirm.mjml").read_text(encoding="utf-8")
        mjml = mjml.replace("{{ links.confirm | href }}", "{{ brand.site_url | href }}")
        mjml = mjml.replace("“{{ statement }}”", "Some words." + extra)
        text = "We have it.\n\n{{ brand.postal_address }}\n"
        (folder / "templates" / "received.mjml").write_text(mjml, encoding="utf-8")
        (folder / "templates" / "received.txt").write_text(text, encoding="utf-8")

    yaml = "class: transactional\ntopic: talent-network\nsubject: We have it\n"
    (folder / "templates" / "received.yaml").write_text(yaml, encoding="utf-8")
    write("")
    bundle = compile_bundle(folder)
    assert bundle.template("received").delivery == "at_least_once"
    others = {t.delivery for t in bundle.templates if t.mail_class != "transactional"}
    assert others == {"strict"}
    write(INCLUDED)
    assert "holds no blocks and no jobs" in complaints(folder)


def test_policy_of_a_folder_that_says_nothing_is_the_usual_one(folder: Path) -> None:
    said = compile_bundle(folder).policy
    (folder / "outreach.yaml").unlink()
    unsaid = compile_bundle(folder).policy
    assert unsaid.frequency == said.frequency
    assert (unsaid.quiet, unsaid.relevance, unsaid.ramp) == (said.quiet, said.relevance, said.ramp)
    assert (unsaid.home_zone, said.home_zone) == ("UTC", "Europe/Oslo")


def test_what_is_unsafe_in_markdown_is_text_and_both_parts_say_the_same() -> None:
    source = (
        "## A *title*\n\nWords with <script>alert(1)</script> and [a link](https://x.example/a?b=1&c=2)"
        ' "quoted".\n\n* one\n* two\n  more\n\n> said **so**'
    )
    html, text = marked.html_of(source), marked.text_of(source)
    assert "<script" not in html
    assert '<a href="https://x.example/a?b=1&amp;c=2">a link</a>' in html
    for words in ("A TITLE", "* one", "* two more", "  said so", "\nhttps://x.example/a?b=1&c=2\n"):
        assert words in text
    assert "<script>" in text


def test_liquid_with_signs_of_markup_survives_the_compiler_of_mails() -> None:
    html = to_html(
        "<mjml><mj-body><mj-section><mj-column><mj-raw>{% if a < 3 and b > 2 %}</mj-raw>"
        "<mj-text>{{ a }}</mj-text><mj-raw>{% endif %}</mj-raw></mj-column></mj-section></mj-body>"
        "</mjml>"
    )
    assert "{% if a < 3 and b > 2 %}" in html


BOMBS = (
    "{% for i in (1..1000000000) %}x{% endfor %}",
    "{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}",
    "{% assign a = 'xxxxxxx' %}{% for i in (1..900) %}{% assign a = a | append: a %}{% endfor %}",
    "{% for i in (1..900) %}{{ name | append: name | append: name }}{% endfor %}",
    "{% if a %}" * 200 + "{% endif %}" * 200,
    "{{ " + "a." * 500 + "b }}",
    "{% for i in x %}{% for j in x %}{% for k in x %}y{% endfor %}{% endfor %}{% endfor %}",
)


def test_a_template_bomb_ends_within_fifty_milliseconds() -> None:
    # The first mail of a process imports Liquid.
    previewing.preview(shipped(), "confirm", "anybody", previewing.Given())
    slowest = 0.0
    for source in BOMBS:
        template = Template(
            name="t", mail_class="marketing", topic="x", subject="s", html=source, text=""
        )
        started = time.process_time()
        with pytest.raises(RenderError):
            render(template, {"name": "x" * 300, "x": list(range(300))})
        slowest = max(slowest, time.process_time() - started)
    print(f"bombs: {len(BOMBS)}, the slowest took {slowest * 1000:.1f} ms")
    assert slowest < 0.05


FILTERS = (
    *("", "| append: ' x'", "| prepend: 'x '", "| capitalize", "| upcase", "| downcase"),
    *("| strip", "| truncate: 20", "| truncatewords: 1", "| default: 'x'", "| newline_to_br"),
    *("| escape", "| append: name | prepend: name", "| join: ','", "| first", "| last"),
)
HOSTILE = (
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='x"),
    *("&lt;script&gt;", "{{ 7 | times: 7 }}", "\u202e<b>"),
)


def test_no_filter_undoes_the_escaping() -> None:
    tried = 0
    for chain in FILTERS:
        template = Template(
            name="t",
            mail_class="marketing",
            topic="x",
            subject="s",
            html=f'<p title="{{{{ name {chain} }}}}">{{{{ name {chain} }}}}</p>',
            text="",
        )
        for name in HOSTILE:
            got = render(template, {"name": name}).html
            inside = got.removeprefix('<p title="').removesuffix("</p>").replace("<br />", "")
            assert inside.count("<") == 0, chain
            assert inside.count('"') == 1, chain
            tried += 1
    print(f"escaping: {tried} pairs of filter and text, 0 let markup through")


def test_only_the_html_of_a_block_is_html() -> None:
    template = Template(
        name="t",
        mail_class="marketing",
        topic="x",
        subject="s",
        html="{{ block.html }}{{ block.title }}{{ other.html }}",
        text="",
    )
    data = {"block": {"html": "<p>a</p>", "title": "<p>b</p>"}, "other": {"html": "<p>c</p>"}}
    assert render(template, data).html == "<p>a</p>&lt;p&gt;b&lt;/p&gt;&lt;p&gt;c&lt;/p&gt;"


def test_a_mail_that_clients_would_cut_off_is_refused_before_its_links_make_it_so() -> None:
    html = "<a href='https://x.example'>w</a>" * 300
    grown = access_lint.weight(html)
    assert grown == len(html) + 300 * access_lint.LINK_BYTES
    heavy = html + "x" * (access_lint.MAX_HTML_BYTES - grown)
    assert any("cut it off" in line for line in access_lint.complaints(heavy))
    assert not any("cut it off" in line for line in access_lint.complaints(heavy[:-1]))


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def _with(bundle: Bundle, key: str, text: str) -> Bundle:
    """The bundle with other words in the English edition of a block."""
    blocks = []
    for block in bundle.blocks:
        if block.key == key:
            first, *others = block.editions
            changed = msgspec.structs.replace(first, text=text, version="0" * 16)
            block = msgspec.structs.replace(block, editions=(changed, *others))  # noqa: PLW2901
        blocks.append(block)
    return msgspec.structs.replace(bundle, blocks=tuple(blocks))


def test_what_changes_by_a_block_is_told_by_template_and_playbook() -> None:
    bundle = shipped()
    assert list(changes(bundle, bundle)) == []
    [line] = changes(bundle, _with(bundle, "hiring-steps", "Other words."))
    assert line == (
        "block hiring-steps changes: 1 template (welcome), 1 playbook (talent-network-welcome)"
    )
    [line] = changes(bundle, _with(bundle, "night-work", "Other words."))
    assert line == "block night-work changes: 0 templates, 1 playbook (keep-in-touch)"
    fewer = msgspec.structs.replace(
        bundle, blocks=tuple(b for b in bundle.blocks if b.key != "night-work")
    )
    assert list(changes(bundle, fewer)) == [
        "block night-work is gone: 0 templates, 1 playbook (keep-in-touch)"
    ]


def test_a_part_that_changes_changes_every_block_and_template_around_it(
    folder: Path, edit: Edit
) -> None:
    edit("blocks/hiring-steps.en.md", "You apply with a CV.", "You apply with a letter.")
    told = list(changes(shipped(), compile_bundle(folder)))
    named = {line.partition(":")[0] for line in told}
    assert named == {
        "block hiring-steps changes",
        "block how-we-hire changes",
        "template welcome changes",
    }


def test_whoever_nobody_thinks_of_gets_a_whole_mail() -> None:
    names = sorted({template.name for template in shipped().templates})
    every = [
        each
        for name in names
        for language in ("en", "nb")
        for each in previewing.worst(shipped(), name, previewing.Given(languages=(language,)))
    ]
    for each in every:
        assert each.fault == ""
        assert each.content is not None
        assert "<script" not in each.content.html
        assert each.complaints == ()
    print(f"previews: {len(every)} of {len(names)} templates, none broken")


def test_a_test_mail_goes_to_testers_only_and_its_way_out_leads_to_a_page_that_does_nothing() -> (
    None
):
    brand, ring = shipped().brand, {"k1": b"x" * 32}
    assert previewing.allowed(brand, "Tester@inbox.halden.example")
    assert not previewing.allowed(brand, "tester@halden.example")
    assert not previewing.allowed(brand, "tester@sub.inbox.halden.example")
    link = unsubscribe_link("https://u.example", ring, "tester@inbox.halden.example")
    assert verify(ring, Purpose.UNSUBSCRIBE, link.rpartition("/")[2]) is not None
    shown = previewing.preview(shipped(), "welcome", "t", previewing.Given(unsubscribe=link))
    assert shown.content is not None
    assert link in shown.links
    mail = previewing.mail_of(brand, "welcome", "tester@inbox.halden.example", shown.content, link)
    assert (mail.tags["class"], mail.tracking) == ("test", False)
    assert mail.subject.startswith("[test] ")


def test_what_may_be_published_but_should_be_looked_at_is_a_warning(folder: Path) -> None:
    assert compile_folder(folder).warnings == ()
    for path in (folder / "templates").glob("welcome.nb.*"):
        path.unlink()
    (folder / "blocks" / "night-work.nb.md").unlink()
    (folder / "statements" / "tracking-1.yaml").write_text(
        "{id: tracking-1, topic: tracking, text: I agree.}"
    )
    assert compile_folder(folder).warnings == (
        "nb: mails go out in en for want of templates: welcome.",
        "nb: people agree in en to: tracking-1.",
        "nb: 20 of 21 blocks; the others stay in en.",
    )
    for path in (folder / "blocks").glob("*-*.*.md"):
        if not path.name.startswith(("hiring", "how-we", "six")):
            path.unlink()
    assert any("last for 2 mails a year" in line for line in compile_folder(folder).warnings)


@pytest.fixture
def deployment() -> Iterator[None]:
    with on_moto.tables():
        boto3.client("s3").create_bucket(Bucket=on_moto.CONFIG.buckets["bundle"])
        yield


@pytest.mark.usefixtures("deployment")
def test_published_words_stay_readable_and_an_earlier_bundle_comes_back(
    folder: Path, edit: Edit
) -> None:
    first = publish(on_moto.CONFIG, folder)
    before = compile_bundle(folder).block("night-work").edition("en")
    edit("blocks/night-work.en.md", "Somebody has to be awake.", "Somebody is always awake.")
    told: list[str] = []
    second = publish(on_moto.CONFIG, folder, tell=told.append)
    assert "block night-work changes: 0 templates, 1 playbook (keep-in-touch)" in told
    editions = S3Editions(on_moto.CONFIG.buckets["bundle"])
    kept = editions.get(before.version)
    assert kept is not None
    assert kept.html == before.html
    assert editions.get("0" * 16) is None
    assert {bundle_hash for bundle_hash, _ in published(on_moto.CONFIG)} == {
        first.hash,
        second.hash,
    }
    with pytest.raises(CommandError, match="give 6 characters or more"):
        list(rollback(on_moto.CONFIG, ""))
    lines = list(rollback(on_moto.CONFIG, first.hash[:12]))
    assert lines[0] == "block night-work changes: 0 templates, 1 playbook (keep-in-touch)"
    assert DynamoConfig(on_moto.TABLES["book"]).live_bundle() == first.hash
    assert list(rollback(on_moto.CONFIG, first.hash[:12])) == [
        f"Bundle {first.hash[:12]} is live already."
    ]


@pytest.mark.usefixtures("deployment")
def test_going_back_makes_no_brand_live_that_never_went_live(folder: Path, edit: Edit) -> None:
    publish(on_moto.CONFIG, folder)
    edit("brand.yaml", "send_mode: allow-list", "send_mode: live")
    live = compile_bundle(folder)
    old = S3Bundles(on_moto.CONFIG.buckets["bundle"]).put(live)
    before = DynamoConfig(on_moto.TABLES["book"]).live_bundle()
    with pytest.raises(CommandError, match="rapport golive"):
        list(rollback(on_moto.CONFIG, old))
    assert DynamoConfig(on_moto.TABLES["book"]).live_bundle() == before
    brake = Brake(sendings=DynamoSendings(on_moto.TABLES["book"]), now=lambda: START)
    brake.go_live(live.brand.key, domain=domain_of(live.brand.sender))
    list(rollback(on_moto.CONFIG, old))
    assert DynamoConfig(on_moto.TABLES["book"]).live_bundle() == old


@pytest.mark.usefixtures("deployment")
def test_going_back_keeps_the_statements_that_people_agreed_to_since(folder: Path) -> None:
    tracking = folder / "statements" / "tracking-1.yaml"
    both = tracking.read_text(encoding="utf-8")
    tracking.write_text(both.partition("texts:")[0], encoding="utf-8")
    first = publish(on_moto.CONFIG, folder)
    tracking.write_text(both, encoding="utf-8")
    text = "id: job-alerts-2\ntopic: job-alerts\ntext: I agree to other words.\n"
    (folder / "statements" / "job-alerts-2.yaml").write_text(text, encoding="utf-8")
    publish(on_moto.CONFIG, folder)
    list(rollback(on_moto.CONFIG, first.hash))
    live = DynamoConfig(on_moto.TABLES["book"]).live_bundle()
    assert live is not None
    bundle = S3Bundles(on_moto.CONFIG.buckets["bundle"]).get(live)
    assert bundle.statement("job-alerts").id == "job-alerts-2"
    assert bundle.statement("tracking").said("nb").language == "nb"


@pytest.mark.parametrize(
    ("template", "block"),
    [("welcome", "hiring-steps"), ("keep-in-touch", "night-work"), ("one-to-one", "night-work")],
)
@pytest.mark.parametrize("language", ["en", "nb"])
def test_a_link_that_belongs_to_a_block_tells_its_key(
    template: str, block: str, language: str
) -> None:
    given = previewing.Given(block=block, languages=(language,))
    content = previewing.preview(shipped(), template, "somebody", given).content
    assert content is not None
    assert f'data-block="{block}"' in content.html
    way = Way(own="https://own.example", site=SITE, campaign="c", base="https://own.example/c/")
    assert "data-block" not in lead_html(content.html, way)
    [link, *others] = [link for link in way.found if link.block]
    assert (link.block, others) == (block, [])
    assert link.url.endswith(f"utm_campaign=c&utm_content={block}")
