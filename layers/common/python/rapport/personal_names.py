"""The names of persons as they are compared: in parts, folded, without what is no name."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

MAX_NAME_CHARS = 128
MAX_PARTS = 8
REMEMBERED = 1 << 15


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TITLES = _set_of("""
    mr mrs ms miss mx sir dame dr prof herr frau ing dipl mag monsieur madame mme mlle sra srta
    don dona dott dottssa sig signora pan pani phd mba md bsc msc esq cpa ma ba med rer nat
""")
_PARTICLES = _set_of("""
    van von der den de del della di da do dos das du la le los las el al bin ibn bint y e i zu
    zum zur ten ter af av und
""")
_EMPTY = _set_of("null none undefined unknown test nan na candidate applicant anonymous")
_GENERATIONS = {"jr": 2, "jun": 2, "junior": 2, "sr": 1, "sen": 1, "senior": 1, "ii": 2, "iii": 3}

# Letters that lose no mark when they are decomposed, and those of two other alphabets.
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
    | dict(zip("абвгдезийклмнопрстуфыэъьієїґў", "abvgdeziyklmnoprstufye__ieigu", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"}
    | {"ё": "e", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz", "ъ": "", "ь": ""}
    | dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True))
    | {"θ": "th", "χ": "ch", "ψ": "ps"}
    | dict.fromkeys("'’‘ʼ`´", "")
)
_WORD = re.compile(r"[^\W\d_]+")
_WORD_OR_NUMBER = re.compile(r"[^\W_]+")
_TWO_INITIALS = re.compile(r"[bcdfghjklmnpqrstvwxz]{2}")
_ASIDE = re.compile(r"[(\[{\"“„«].*?[)\]}\"”“»]")
# One spelling for what several countries write differently, umlauts without their dots among it.
_SPELLINGS = (
    (re.compile(r"([aou])e"), r"\1"),
    (re.compile(r"aa"), "a"),
    (re.compile(r"kh"), "h"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck|q"), "k"),
    (re.compile(r"(?<=.)[jy]"), "i"),
    (re.compile(r"w"), "v"),
    (re.compile(r"(.)\1+"), r"\1"),
)
# Short forms that the package of English ones does not have; the first of each is the long one.
_SHORT_FORMS = """
johannes hans hannes jan johann | hans johann | friedrich fritz | wilhelm willi willy wim
josef sepp jupp | sebastian basti | katharina kathi kaethe katja | margarete grete gretel
elisabeth lisa liesl elli sissi | franziska franzi | maximilian max maxi | johanna hanna hanne
georg schorsch joerg | jakob kobi | ulrich uli | andreas andi | stefan steffen | konrad conny
jose pepe ze chepe | francisco paco pancho chico curro quico kiko | jesus chuy | ignacio nacho
dolores lola | guadalupe lupe | concepcion concha conchita | rosario charo | eduardo lalo edu
enrique quique kike | alejandro ale alex | maria mari | manuel manolo | luis lucho
antonio tono toni | roberto beto | alberto beto | giuseppe beppe pino peppe | luigi gigi
giovanni gianni vanni nanni | domenico mimmo | vincenzo enzo | lorenzo enzo renzo
salvatore toto | alexander aleksandr | aleksandr sasha sanya shura alex
alexandra aleksandra | aleksandra sasha shura ola | pavel pasha
dmitriy dima mitya | ivan vanya | vladimir vova volodya | mariya masha | ekaterina katya katia
anna anya asya | natalya natasha nata | natalia natasha nata | evgeniy zhenya evgeny eugene
evgeniya zhenya | sergey serezha | mikhail misha | aleksey lesha alyosha | yuriy yura
nikolay kolya | elena lena alyona | tatyana tanya | tatiana tanya tania | olga olya | petr petya
viktor vitya | svetlana sveta | anastasiya nastya | aleksander olek alek | katarzyna kasia
malgorzata gosia malgosia | joanna asia | krzysztof krzysiek | agnieszka aga | tomasz tomek
stanislaw staszek | cornelis kees cor | hendrik henk | jacobus jaap koos | pieter piet
willem wim pim | guillaume guy | christophe chris tof | frederic fred | alexandre alex
mohammed muhammad mehmet mo moe | konstantinos kostas dinos | dimitrios dimitris mitsos
georgios giorgos yorgos george | ioannis yannis giannis
"""
_SAME = {"mohamed": "muhamad", "mohamad": "muhamad", "muhamed": "muhamad"}


class Name(NamedTuple):
    """A name's parts, the given name first where that is told; 1 for a senior, 2 for a junior.

    `given`: those that are no family name for certain.
    """

    parts: tuple[str, ...]
    generation: int = 0
    given: frozenset[str] = frozenset()


def plain(text: str) -> str:
    """Words and numbers of a short text, folded like a name."""
    return " ".join(_WORD_OR_NUMBER.findall(_folded(text[:MAX_NAME_CHARS])))


def words_of(text: str) -> list[str]:
    """Runs of letters."""
    return _WORD.findall(text)


@lru_cache(maxsize=REMEMBERED)
def parsed(name: str) -> Name:
    """A name without what is no name; no parts for an address, or when nothing is left."""
    if "@" in name:
        return Name(())
    family, comma, given = _folded(name).partition(",")
    chunks = [given, family] if comma else family.split()
    words = [(word, chunk) for chunk in chunks for word in _split(chunk)]
    generation = next((_GENERATIONS[word] for word, _ in words[1:] if word in _GENERATIONS), 0)
    # In front, Jun is a name, and Sr. how a Spaniard is addressed.
    own = [each for each in words[:1] if each[0] != "sr"]
    own += [each for each in words[1:] if each[0] not in _GENERATIONS]
    named = [each for each in own if each[0] not in _TITLES and each[0] not in _EMPTY]
    kept = ([each for each in named if each[0] not in _PARTICLES] or named)[:MAX_PARTS]
    return Name(
        parts=tuple(spelled(word) for word, _ in kept),
        generation=generation,
        # Jean-Pierre Dubois; Dubois, Jean Pierre.
        given=frozenset(spelled(word) for word, chunk in kept if chunk == kept[0][1]),
    )


@lru_cache(maxsize=REMEMBERED)
def spelled(word: str) -> str:
    """A folded word in the one spelling in which it is compared."""
    for spelling, instead in _SPELLINGS:
        word = spelling.sub(instead, word)
    return _SAME.get(word, word)


def _folded(name: str) -> str:
    """Lower case, without marks, invisible characters and asides; Latin where that is cheap."""
    # Letters before marks: in Cyrillic a mark makes another letter.
    text = unicodedata.normalize("NFKC", name).casefold().translate(_LETTERS)
    letters = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in letters if unicodedata.category(c) not in {"Mn", "Cf"})
    text = unicodedata.normalize("NFC", bare).translate(_LETTERS)
    without = _ASIDE.sub(" ", text)
    return without if words_of(without) else text


def _split(text: str) -> list[str]:
    """Words; two consonants alone are two initials."""
    found: list[str] = []
    for word in words_of(text):
        known = word in _GENERATIONS or word in _TITLES
        found += word if _TWO_INITIALS.fullmatch(word) and not known else [word]
    return found


@cache
def short_forms() -> dict[str, frozenset[str]]:
    """Per name those that may stand for it: short forms, long forms, other short forms of one."""
    from nicknames import name_triplets

    lines: dict[str, set[str]] = {}
    for name, _, short in name_triplets():
        lines.setdefault(name, set()).add(short)
    for line in _SHORT_FORMS.strip().replace("\n", "|").split("|"):
        words = line.split()
        lines.setdefault(words[0], set()).update(words)
    near: dict[str, set[str]] = {}
    for name, others in lines.items():
        together = {spelled(_folded(other)) for other in (name, *others)}
        for word in together:
            near.setdefault(word, set()).update(together)
    return {word: frozenset(others) for word, others in near.items()}
