"""What P5 does in the environment of the database under test: `python -m bench.documents_searched fill DOCUMENTS`, then `… ask SCANNED`.

Fills the catalogue with documents, asks the questions through the function of the pages, again with every candidate ranked,
and by `like` so many of them as are to be scanned, evenly from first to last; writes what it saw to standard output as JSON.
"""

import json
import os
import random
import re
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("YICHUANG_STATEMENT_SECONDS", "600")
django.setup()

from django.db import connection, transaction  # noqa: E402

from yichuang.catalogue.commands.indexing import index  # noqa: E402
from yichuang.catalogue.models import Item  # noqa: E402
from yichuang.catalogue.queries import lines  # noqa: E402
from yichuang.kernel import bigrams, sql  # noqa: E402

WORDS, LENGTH, QUESTIONS, COMMONEST, BEST = 4000, 400, 300, 20, 20


class Words:
    """Words of two to four characters out of the names of real items, drawn by Zipf's law."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - the same documents in every run
        names = Item.objects.exclude(source_name="bench").order_by("code").values_list("name", flat=True)
        runs = [run for name in names for run in re.findall("[一-龥]{4,}", name)]
        found = {run[at : at + 2 + (at + len(run)) % 3] for run in runs for at in range(len(run) - 3)}
        self.known = sorted(found)
        self.dice.shuffle(self.known)
        self.known = self.known[:WORDS]
        self.lexemes: dict[str, list[str]] = {}
        self.upto = list(accumulate(1 / rank for rank in range(1, len(self.known) + 1)))

    def document(self, fields: Sequence[tuple[Sequence[str], str]]) -> str:
        """What `bigrams.weighted` gives for words set apart, from what it gives for each word: the same, a hundred times faster."""
        places: dict[str, list[str]] = {}
        place = 0
        for told, weight in fields:
            for word in told:
                for lexeme in self._lexemes(word):
                    place += 1
                    places.setdefault(lexeme, []).append(f"{place}{weight}")
        return " ".join(f"'{lexeme}':{','.join(known)}" for lexeme, known in places.items())

    def _lexemes(self, word: str) -> list[str]:
        if word not in self.lexemes:
            pairs = re.findall(r"'([^']+)':([0-9,]+)", bigrams.document(word))
            placed = [(int(at), lexeme) for lexeme, known in pairs for at in known.split(",")]
            self.lexemes[word] = [lexeme for _, lexeme in sorted(placed)]
        return self.lexemes[word]

    def drawn(self, many: int) -> list[str]:
        """So many words, common ones often."""
        return self.dice.choices(self.known, cum_weights=self.upto, k=many)


def coded(number: int) -> str:
    """The code of a document: in no order that the table has."""
    return f"P{zlib.crc32(str(number).encode()):010d}-{number}"


def fill(words: Words, documents: int) -> None:
    """Documents with a name of three words and a text of about four hundred characters, indexed as a guide is published."""
    department, region = sql.rows("select department_id, region_id from catalogue_item order by id limit 1")[
        0
    ]
    made = []
    for number in range(documents):
        code, told, named = coded(number), words.drawn(LENGTH // 4), [*words.drawn(3), "办理"]
        search = words.document(((["".join(named)], "A"), ([code], "B"), (told, "D")))
        identifier = UUID(int=(7 << 76) + (2 << 62) + number)
        names = words.document(((["".join(named)], "A"),))
        made.append((identifier, code, "".join(named), search, "，".join(told), names))
    raw: Any = connection.connection
    with transaction.atomic(), raw.cursor() as cursor:
        columns = "id, code, name, main_item, item_type, source, source_name, flags, revision, is_active, search, department_id, region_id, named"
        with cursor.copy(f"copy catalogue_item ({columns}) from stdin") as copy:
            for identifier, code, name, search, text, names in made:
                # What a scan has to read stands where nothing else reads it.
                copy.write_row(
                    (
                        identifier,
                        code,
                        name,
                        text,
                        "20",
                        "{}",
                        "bench",
                        "{}",
                        1,
                        True,
                        search,
                        department,
                        region,
                        names,
                    )
                )


def timed(ask: Callable[[str], Any], questions: Sequence[str]) -> list[float]:
    """Seconds of each question, asked once before."""
    found = []
    for question in questions:
        ask(question)
        begun = time.perf_counter()
        ask(question)
        found.append(time.perf_counter() - begun)
    return found


def best(question: str) -> list[str]:
    """The codes of the first page, as many as are compared."""
    return [line.code for line in lines.search(question, size=BEST).rows]


def scanned(question: str) -> list[tuple[Any, ...]]:
    """The same by `like`."""
    asked = " and ".join(f"main_item like %(w{at})s" for at, _ in enumerate(question.split()))
    words = {f"w{at}": f"%{word}%" for at, word in enumerate(question.split())}
    text = f"select code from catalogue_item where {asked} order by length(name), code limit {BEST}"  # noqa: S608
    return sql.rows(text, words)


# The order of the pages over everything that matches, said once more and without any cap.
EXHAUSTIVE = """
select code from catalogue_item i, (select %(query)s::tsquery as query) q
where is_active and search @@ query
order by named @@ query desc, current_id is null, region_id <> '510000000000',
         case when named @@ query then length(name) end, case when named @@ query then code else md5(code) end limit %(best)s
"""


def whole(question: str) -> list[str]:
    """The best of all that match, all put in order."""
    return [row[0] for row in sql.rows(EXHAUSTIVE, {"query": bigrams.query(question), "best": BEST})]


def recall(questions: Sequence[str]) -> float:
    """How many of the best by the rule over everything are among those that are shown; 0 where there was nothing to find."""
    pairs = [(set(best(question)), set(whole(question))) for question in questions]
    expected = sum(len(known) for _, known in pairs)
    return round(sum(len(shown & known) for shown, known in pairs) / expected, 3) if expected else 0.0


def edit() -> float:
    """Seconds from a change of a name until it is found."""
    item = Item.objects.filter(code=coded(7)).get()
    begun = time.perf_counter()
    Item.objects.filter(pk=item.pk).update(name="稀罕龘龖事项")
    index([item.pk])
    while not best("龘龖"):
        time.sleep(0.005)
    return round(time.perf_counter() - begun, 3)


def main() -> None:
    """`fill N`: make the documents; `ask N`: ask, N of them of the scan, too, and tell. Between the two somebody analyses the table, as the server does by itself."""
    connection.ensure_connection()
    words = Words("P5")
    many = int(sys.argv[2])
    if sys.argv[1] == "fill":
        fill(words, many)
        return
    common = words.known[:COMMONEST]
    asked = [" ".join(words.drawn(1 + number % 3)) for number in range(QUESTIONS - COMMONEST)]
    questions = [*common, *asked]
    before = time.process_time()
    ours = timed(best, questions)
    json.dump(
        {
            "documents": Item.objects.count(), "ours": ours, "common": ours[:COMMONEST],
            "cpu": (time.process_time() - before) / 2, "scan": timed(scanned, questions[:: QUESTIONS // many]),
            "recall": recall(questions[::6] + common), "edit": edit(),
        },
        sys.stdout,
    )  # fmt: skip


if __name__ == "__main__":
    main()
