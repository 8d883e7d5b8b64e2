"""Names that can be one person's and names that cannot, in many languages; and texts alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.resumes import signature, similarity
from rapport.likeness import agree, alike

ONE_PERSON = """
    # case, space, punctuation, titles
    Robert Smith | robert smith
    ROBERT SMITH | Robert Smith
    Robert  Smith | Robert Smith.
    Dr. Anna Weber | Anna Weber
    Prof. Dr. med. Hans Weber | Hans Weber
    Frau Anna Weber | Anna Weber
    Mr John Brown | John Brown
    Sra. Lucía Pérez | Lucia Perez
    John Brown MBA | John Brown
    Robert Smith Jr. | Robert Smith
    Robert Smith | Robert Smith III
    # marks and how they are written without
    Jürgen Müller | Juergen Mueller
    Jürgen Müller | Jurgen Muller
    Jürgen Mueller | Jurgen Müller
    Søren Kierkegård | Soeren Kierkegaard
    Søren Kierkegård | Soren Kierkegard
    Paweł Nowak | Pawel Nowak
    Łukasz Wójcik | Lukasz Wojcik
    François Lefèvre | Francois Lefevre
    José Núñez | Jose Nunez
    Jörg Weiß | Joerg Weiss
    Håkan Åkesson | Haakan Aakesson
    Đorđe Petrović | Dorde Petrovic
    Zoë Brontë | Zoe Bronte
    İbrahim Yıldız | Ibrahim Yildiz
    Siobhán O’Brien | Siobhan OBrien
    Siobhán O'Brien | Siobhan O Brien
    João Gonçalves | Joao Goncalves
    Žaneta Dvořáková | Zaneta Dvorakova
    # order
    Müller, Jürgen | Jürgen Müller
    Smith John | John Smith
    SMITH, JOHN | John Smith
    Nguyễn Văn An | An Van Nguyen
    Kim Min Jun | Min Jun Kim
    García López, María | María García López
    # initials and parts left out
    J. Smith | John Smith
    John S. | John Smith
    J S | John Smith
    John A. Smith | John Smith
    John A. Smith | John Andrew Smith
    JP Morgan | Jean-Pierre Morgan
    Ana | Ana Lopez
    Lopez | Ana Lopez
    Karl-Heinz Weber | Karl Weber
    Karl-Heinz Weber | Heinz Weber
    Anna Maria Schmidt | Anna Schmidt
    Anna Maria Schmidt | Anna Luise Schmidt
    Mary Jane Watson | Mary Watson
    # nicknames
    Robert Smith | Bob Smith
    Robert Smith | Bobby Smith
    Rob Smith | Bob Smith
    William Gates | Bill Gates
    Elizabeth Taylor | Liz Taylor
    Katherine Brown | Cathy Brown
    Margaret Hill | Peggy Hill
    Christopher Lee | Chris Lee
    Alexander Weber | Alex Weber
    Johannes Bauer | Hans Bauer
    Wilhelm Koch | Willi Koch
    Josef Huber | Sepp Huber
    Katharina Huber | Kathi Huber
    Sebastian Maier | Basti Maier
    Francisco Ruiz | Paco Ruiz
    José Ruiz | Pepe Ruiz
    Ignacio Vega | Nacho Vega
    Dolores Vega | Lola Vega
    Giuseppe Ricci | Beppe Ricci
    Luigi Ricci | Gigi Ricci
    Jacobus Visser | Jaap Visser
    Katarzyna Mazur | Kasia Mazur
    Małgorzata Mazur | Gosia Mazur
    Jan de Vries | Johannes de Vries
    # compound and married names
    Anna Schmidt-Huber | Anna Huber
    Anna Schmidt | Anna Schmidt-Huber
    Anna Huber Schmidt | Anna Schmidt-Huber
    María García López | María García
    María García López | María García Pérez
    Anne Marie Weber | Annemarie Weber
    Jean Pierre Dubois | Jean-Pierre Dubois
    Ronald McDonald | Ronald Mc Donald
    Laura De Luca | Laura Deluca
    Juan de la Cruz | Juan Cruz
    Vincent van Gogh | Vincent Gogh
    Ludwig van den Berg | Ludwig Vandenberg
    Mohammed Al-Hassan | Muhammad Alhassan
    Fatima al Zahra | Fatima Zahra
    Jane Smith (née Brown) | Jane Smith
    # spelling and slips
    Catherine Brown | Kathryn Brown
    Stephen King | Steven King
    Jon Snow | John Snow
    Philipp Maier | Philip Mayer
    Erik Larsson | Eric Larson
    Sofia Rossi | Sophia Rossi
    Maier Hans | Hans Mayer
    John Smith | Jhon Smiht
    Alexander Hoffmann | Alexnader Hofmann
    Francesca Romano | Francesca Romnao
    Michelle Johnson | Michelle Johnsson
    Vanessa Lynch | Vanessa Ly
    Perry Wells | Per We
    Olga Ivanova | Olga Ivanov
    Eva Novák | Eva Nováková
    # alphabets
    Сергей Иванов | Sergey Ivanov
    Сергей Иванов | Sergei Ivanov
    Иванов Сергей Петрович | Sergey Ivanov
    Юрий Петров | Yuri Petrov
    Дмитрий Медведев | Dmitry Medvedev
    Александр Пушкин | Alexander Pushkin
    Александр Пушкин | Саша Пушкин
    Екатерина Смирнова | Катя Смирнова
    Олена Шевченко | Olena Shevchenko
    Γιώργος Παπαδόπουλος | Giorgos Papadopoulos
    Ελένη Νικολάου | Eleni Nikolaou
    王小明 | Wang Xiaoming
    王小明 | 王 小明
    王小明 | 小明 王
    王小明 (Ming Wang) | Ming Wang
    김민수 | Kim Minsu
    김민수 | 김 민수
    山田 太郎 | 山田太郎
    محمد علي | Mohamed Ali
    محمد علي | محمد  علي
    דוד כהן | David Cohen
    # nothing to go by
    | Ana Lopez
    undefined undefined | Ana Lopez
    🙂🙂 | Ana Lopez
    123 | Ana Lopez
    ana@inbox.example | Bruno Lenz
"""

TWO_PEOPLE = """
    # one family
    Ana Lopez | Bruno Lopez
    John Smith | Mary Smith
    Paul Weber | Paula Weber
    Paul Weber | Pauline Weber
    Daniel Kim | Daniela Kim
    Mario Rossi | Maria Rossi
    Andrea Rossi | Andreas Rossi
    Alexander Weber | Alexandra Weber
    Martin Koch | Martina Koch
    Francesco Conti | Francesca Conti
    Julius Braun | Julia Braun
    Simon Petit | Simone Petit
    Tim Weber | Tom Weber
    Jan Koch | Nora Koch
    Lisa Weber | Lena Weber
    Emma Brown | Sarah Brown
    Karl Koch | Karla Koch
    Antonio Silva | Antónia Silva
    María García López | Juan García López
    María García López | Ana García López
    Weber, Paul | Weber, Paula
    Anna Schmidt-Huber | Peter Schmidt-Huber
    J. Smith | Robert Smith
    R. Smith | J. Smith
    Robert Smith Jr. | Robert Smith Sr.
    Henry Ford II | Henry Ford Senior
    # one first name
    Ana Lopez | Ana Garcia
    Ana de Souza | Ana de Castro
    Anna Maria Schmidt | Anna Maria Weber
    Jan van Dijk | Jan van Leeuwen
    John Smith | John Miller
    Thomas Müller | Thomas Schneider
    Mohammed Hassan | Mohammed Ibrahim
    Jean-Pierre Dubois | Jean-Pierre Moreau
    Ana L. | Ana Garcia
    # nothing in common, or in another place
    Peter Müller | Thomas Peter
    Hans Martin | Martin Keller
    Ana Lopez | Bruno Lenz
    Ana | Bruno
    Robert Smith | William Jones
    Bob Smith | Tom Smith
    Bob Smith | Sue Smith
    Liz Taylor | Meg Taylor
    Dr. Anna Weber | Dr. Peter Koch
    Wei Zhang | Min Chen
    # alphabets
    Сергей Иванов | Мария Иванова
    Сергей Иванов | Maria Ivanova
    Александр Иванов | Александра Иванова
    Иван Петров | Ivan Sidorov
    Γιώργος Παπαδόπουλος | Maria Papadopoulou
    王小明 | 李大伟
    王小明 | 王大伟
    김민수 | 김지영
    山田 太郎 | 山田 花子
    محمد علي | محمد حسن
    דוד כהן | שרה כהן
"""


def _pairs(table: str) -> list[tuple[str, str]]:
    lines = [line.strip() for line in table.strip().splitlines()]
    halves = [line.split("|") for line in lines if not line.startswith("#")]
    return [(one.strip(), other.strip()) for one, other in halves]


def test_no_name_of_one_person_is_held_for_another_ones_and_no_clear_difference_is_missed() -> None:
    one, two = _pairs(ONE_PERSON), _pairs(TWO_PEOPLE)
    vetoed = [pair for pair in one if not alike(*pair)]
    missed = [pair for pair in two if alike(*pair)]
    print(
        f"likeness of names: {len(one)} pairs of one person, {len(vetoed)} wrong vetoes; "
        f"{len(two)} of two people, {len(missed)} missed"
    )
    assert len(one) + len(two) >= 120
    assert (vetoed, missed) == ([], [])


def test_it_is_the_same_both_ways_and_every_name_is_like_itself() -> None:
    for pair in (*_pairs(ONE_PERSON), *_pairs(TWO_PEOPLE)):
        assert alike(*pair) is alike(*reversed(pair))
        assert all(alike(name, name) for name in pair)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_has_an_answer(one: str, other: str) -> None:
    assert alike(one, other) is alike(other, one)
    assert alike(one, one)
    assert alike("", one)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ud800",
        "🙂" * 10_000,
        "a" * 10_240,
        "a " * 5_120,
        "\u0301" * 10_240,
        "null null",
        "\u202eabc\u200b",
        "(" * 10_240,
    ],
)
def test_what_is_no_name_has_an_answer_at_once(text: str) -> None:
    assert alike(text, "Ana Lopez") is alike("Ana Lopez", text)
    assert alike(text, text + "x") is alike(text + "x", text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("storgata 1", "storgata 1", True),
        ("stor gata 1", "storgata 1", True),
        ("bellchambers crescent 44", "belchambers crescent 44", True),
        ("storgata 1", "storgata 2", False),
        ("storgata 1", "kirkegata 1", False),
        ("oslo", "bergen", False),
        ("oslo", "osle", False),
    ],
)
def test_short_texts_agree_but_for_a_slip(one: str, other: str, same: bool) -> None:
    assert agree(one, other) is agree(other, one) is same


def test_a_signature_tells_how_much_two_texts_share() -> None:
    words = [f"w{'ab'[n % 2]}{'x' * (n % 13)}{'y' * (n % 17)}" for n in range(600)]
    whole = signature(" ".join(words))
    assert len(whole) == 128
    assert set(whole) <= set("0123456789abcdef")
    assert signature("\n".join(words).upper()) == whole
    edited = signature(" ".join([*words[:560], *(f"n{'z' * (n % 9)}" for n in range(40))]))
    other = signature(" ".join(f"o{'k' * (n % 19)}{'l' * (n % 11)}" for n in range(600)))
    assert similarity(whole, whole) == 1.0
    assert similarity(whole, edited) > 0.75
    assert similarity(whole, other) < 0.15


def test_too_short_a_text_has_no_signature_and_is_like_nothing() -> None:
    assert signature("") == signature("Ten years of nursing.") == signature("word " * 900) == ""
    assert similarity("", "") == 0.0
    assert similarity("", "ab" * 64) == similarity("zz", "zz") == 0.0


def test_signatures_estimate_what_is_shared() -> None:
    """Of texts that share a known part of their runs of words."""
    errors = []
    for shared in (100, 200, 300, 400):
        left = [f"a{n:x}".translate(str.maketrans("0123456789", "ghijklmnop")) for n in range(500)]
        right = [*left[:shared], *(f"{word}q" for word in left[shared:])]
        truth = shared / (1000 - shared)
        estimate = similarity(signature(" ".join(left)), signature(" ".join(right)))
        errors.append(abs(estimate - truth))
    print(f"résumés: share of common runs estimated within {max(errors):.2f}")
    assert max(errors) < 0.2
