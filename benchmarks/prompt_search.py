"""How fast prompts are found among a million in two languages, and how fast new ones are compared.

    python -m benchmarks.prompt_search [--rows 1000000] [--queries 200] [--compared 20000]

Starts its own PostgreSQL. Half of the prompts are Chinese, half English, of words drawn by Zipf's law,
so that there are common words and rare ones. Asked are the list of the console (filter, counts and
page), by words that stand in nearly every prompt, in some and in a handful, and by two characters that
stand nowhere. Prints one line of JSON per kind of question: milliseconds, median and 95th percentile.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.house import house

CHUNK = 5000
HAN = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"


def main() -> None:
    options = _options()
    with house():
        target = _target()
        began = time.monotonic()
        words = _words()
        for rows in _chunks(options.rows, words):
            _write(target, rows)
        _say("written", rows=options.rows, seconds=round(time.monotonic() - began))
        began = time.monotonic()
        _index(options.rows)
        _say("indexed at once", seconds=round(time.monotonic() - began), **_sizes())
        for name, some in _questions(words, options.queries).items():
            _ask(target, name, some)
        _ask_without(target, words)
        _compare(target, options.compared, words)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=200, help="of each kind")
    parser.add_argument("--compared", type=int, default=20_000, help="prompts compared at the end")
    return parser.parse_args()


# --- what is looked through -------------------------------------------------------------------
def _words() -> tuple[list[str], list[str]]:
    """4,000 Chinese words of two characters and 8,000 English ones, the commonest first."""
    chance = random.Random(1)
    chinese = list(dict.fromkeys("".join(chance.sample(HAN, 2)) for _ in range(4400)))[:4000]
    parts = [
        "ka",
        "lo",
        "mi",
        "ter",
        "sen",
        "bra",
        "pul",
        "vi",
        "do",
        "ran",
        "ges",
        "tol",
        "ny",
        "quer",
        "fa",
        "lim",
        "or",
        "ex",
        "hab",
        "stu",
    ]
    made = ("".join(chance.sample(parts, chance.randint(2, 4))) for _ in range(20_000))
    return chinese, list(dict.fromkeys(made))[:8000]


def _chunks(rows: int, words: tuple[list[str], list[str]]) -> Iterator[list[str]]:
    chance = random.Random(2)
    weights = [[1 / (rank + 2) for rank in range(len(some))] for some in words]
    for begin in range(0, rows, CHUNK):
        texts = []
        for number in range(begin, min(begin + CHUNK, rows)):
            side = number % 2
            some = chance.choices(words[side], weights[side], k=chance.randint(10, 24))
            texts.append((" " if side else "").join(some) + f" {number:x}")
        yield texts


def _target() -> Any:
    from annotation.accounts.models import User
    from annotation.corpus.models import PromptSet
    from annotation.projects.models import Membership, Project

    project = Project.objects.create(name="Benchmark", language="en")
    admin = User.objects.create(username="admin")
    Membership.objects.create(project=project, user=admin, role="admin")
    return PromptSet.objects.create(
        project=project, name="many", purpose="evaluation", language="en"
    )


def _write(target: Any, texts: list[str]) -> None:
    """As an import does, and the pieces without the comparing, which is measured by itself."""
    from annotation.corpus.bulk import copy_rows, json_text
    from annotation.corpus.models import Prompt
    from annotation.corpus.texts import messages_of, prompt_hash
    from annotation.lib.ids import new_id

    columns = ("id", "prompt_set_id", "messages", "is_plain", "text_hash", "language")
    chats = [messages_of(text) for text in texts]
    copy_rows(
        Prompt,
        columns,
        [(new_id(), target.pk, json_text(c), True, prompt_hash(c), "") for c in chats],
    )


def _index(rows: int) -> None:
    """Pieces of all prompts, the index built at the end: what a server does in small steps."""
    from django.db import connection

    from annotation.corpus.bulk import copy_rows
    from annotation.corpus.fingerprints import grams_of
    from annotation.corpus.models import Prompt, PromptFingerprint

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("DROP INDEX prompt_grams; TRUNCATE corpus_pendingprompt")
        begin = None
        while True:
            some = Prompt.objects.order_by("pk").values_list("pk", "messages")
            page = list((some.filter(pk__gt=begin) if begin else some)[:CHUNK])
            if not page:
                break
            grams = grams_of([messages[0]["content"] for _, messages in page])
            copy_rows(
                PromptFingerprint,
                ("prompt_id", "grams", "bands"),
                [(row[0], some.tolist(), []) for row, some in zip(page, grams, strict=True)],
            )
            begin = page[-1][0]
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("CREATE INDEX prompt_grams ON corpus_promptfingerprint USING gin (grams)")
        cursor.execute("VACUUM ANALYZE corpus_prompt, corpus_promptfingerprint")


def _sizes() -> dict[str, str]:
    from annotation.corpus.bulk import read_rows

    query = (
        "SELECT pg_size_pretty(pg_total_relation_size('corpus_prompt')), "
        "pg_size_pretty(pg_relation_size('prompt_grams'))"
    )
    prompts, grams = read_rows(query, [])[0]
    return {"prompts": prompts, "index": grams}


# --- questions --------------------------------------------------------------------------------
def _questions(words: tuple[list[str], list[str]], count: int) -> dict[str, list[str]]:
    chance = random.Random(3)
    chinese, english = words
    pairs = {"".join(chance.sample(HAN, 2)) for _ in range(count * 4)}
    return {
        "two Chinese characters, common": chance.choices(chinese[:40], k=count),
        "two Chinese characters, middling": chance.choices(chinese[40:800], k=count),
        "two Chinese characters, rare": chance.choices(chinese[800:], k=count),
        "two Chinese characters, any": sorted(pairs)[:count],
        "four Chinese characters": [
            "".join(chance.choices(chinese[:400], k=2)) for _ in range(count)
        ],
        "an English word, common": chance.choices(english[:40], k=count),
        "an English word, rare": chance.choices(english[2000:], k=count),
        "two English words": [" ".join(chance.choices(english[:400], k=2)) for _ in range(count)],
        "two Latin letters": [f"{a}{b}" for a in "aeioumnrst" for b in "aeioxz"][:count],
    }


def _ask(target: Any, name: str, questions: list[str]) -> None:
    from rest_framework.test import APIClient

    from annotation.accounts.models import User

    client = APIClient()
    client.force_authenticate(User.objects.get())
    taken, found = [], 0
    for words in questions:
        began = time.perf_counter()
        answer = client.get(f"/api/v1/prompt-sets/{target.pk}/prompts", {"search": words})
        taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.content
        found += len(answer.json()["results"])
    taken.sort()
    _say(
        name,
        questions=len(taken),
        found_on_page=round(found / len(taken), 1),
        p50_ms=round(statistics.median(taken)),
        p95_ms=round(taken[int(len(taken) * 0.95)]),
        most_ms=round(taken[-1]),
    )


def _ask_without(target: Any, words: tuple[list[str], list[str]]) -> None:
    """The same without the index: every text is looked at."""
    from django.db import connection

    taken = []
    for word in words[0][3000:3003]:
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM corpus_prompt WHERE prompt_set_id = %s AND retired_at IS NULL "
                "AND upper(corpus_prompt_text(messages)) LIKE upper(%s) ORDER BY id DESC LIMIT 51",
                [target.pk, f"%{word}%"],
            )
            cursor.fetchall()
        taken.append((time.perf_counter() - began) * 1000)
    _say("rare, without the index", questions=3, p50_ms=round(statistics.median(taken)))


def _compare(target: Any, rows: int, words: tuple[list[str], list[str]]) -> None:
    """New prompts beside all the others, as the worker does it, and the import that brings them."""
    from annotation.corpus.indexing import take_fingerprints

    texts = [f"new {text}" for some in _chunks(rows, words) for text in some]
    began = time.monotonic()
    for begin in range(0, rows, CHUNK):
        _write(target, texts[begin : begin + CHUNK])
    written = time.monotonic() - began
    began = time.monotonic()
    done = take_fingerprints(rows)
    seconds = time.monotonic() - began
    _say(
        "compared in the background",
        rows=done,
        rows_per_second=round(done / seconds),
        written_per_second=round(rows / written),
    )


def _say(what: str, **figures: Any) -> None:
    print(json.dumps({"what": what, **figures}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
