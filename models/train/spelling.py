"""A character model that finds single wrong characters: which characters are written for which, and which follow which.

A noisy channel (Kernighan, Church and Gale 1990) over a character n-gram model with stupid backoff (Brants et al. 2007),
in whole half-nats so that every target computes the same. `zg_nlu` says how it is used; this is how it is counted and packed.

Bytes, little endian; every count and gap is LEB128:
    n, then n characters as 16 bits, the most frequent first; 0 and 1 are the start and the end of a run of characters
    n costs of a character by itself, a byte each
    n times two sounds, 16 bits each; 0 is none
    n lists of characters that look alike: their number, their places as gaps
    n lists of characters that follow, likewise; then the costs of all pairs, a byte each
    a list per pair of characters that follow it, likewise; then the costs of all triples, a byte each
"""
import gzip
import json
import math
import re
from collections import Counter

import data
from text import TS_CHARS, normalize

START, END = "\x02", "\x03"
# What an occurrence counts, in twentieths: how close a source is to what customers type.
TURNS, QUERIES, REVIEWS = 80, 4, 5
FEWEST_OF_PAIR, FEWEST_OF_TRIPLE = 200, 600
MOST_COST = 15
RUN = re.compile("[\u4e00-\u9fff]+")
PINYIN = TS_CHARS.parent / "pinyin.txt"


def sources(root, permissive_only):
    """(what an occurrence counts, text); nothing of the labelled development turns."""
    kept_out = {normalize(row.text) for row in data.real_intents_dev(root)}
    whole = [text for text in kept_out if len(text) >= 6]
    seen = set()
    for weight, text in _texts(root, permissive_only):
        text = normalize(text)
        if text in seen or text in kept_out or (weight == TURNS and any(part in text for part in whole)):
            continue
        seen.add(text)
        yield weight, text


def _texts(root, permissive_only):
    for row in data.own("zh"):
        yield TURNS, row.text
    for row in data.read_tsv(root / "crosswoz-user-zh" / "train.tsv.gz"):
        yield QUERIES, row["text"]
    if permissive_only:
        return
    for row in data.read_tsv(root / "jddc-zh" / "context_response_train.tsv.gz"):
        for text in [*row["context"].split(","), row["response"]]:
            yield TURNS, text
    for name, opener in (("jddc-zh/dialogues.jsonl.gz", gzip.open), ("ecd-sample-zh/dialogues.jsonl", open)):
        with opener(root / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                for turn in json.loads(line)["turns"]:
                    yield TURNS, turn if isinstance(turn, str) else turn[1]
    for row in data.read_tsv(root / "queries-taobao-zh" / "train.tsv.gz"):
        yield QUERIES, next(iter(row.values()))
    for row in data.reviews(root, "train"):
        yield REVIEWS, row.text


def count(root, permissive_only):
    counts = Counter(), Counter(), Counter()
    for weight, text in sources(root, permissive_only):
        for run in RUN.findall(text):
            run = START + run + END
            for n, of_length in enumerate(counts, 1):
                for at in range(len(run) - n + 1):
                    of_length[run[at : at + n]] += weight
    return counts


def sounds(root):
    """Up to two toneless sounds of a character, numbered from 1, spelled alike for what sounds alike in much of China."""
    syllables, first, others = PINYIN.read_text(encoding="utf-8").split("\n")[:3]
    syllables = syllables.split(" ")
    numbers = {}

    def number(syllable):
        if len(syllable) > 1:
            syllable = re.sub("^([zcs])h", r"\1", re.sub("^n", "l", syllable))
        return numbers.setdefault(re.sub("(?<!o)ng$", "n", syllable), len(numbers) + 1)

    heard = {chr(0x4E00 + at): [number(syllables[ord(c) - 0x100])] for at, c in enumerate(first) if c != " "}
    for item in others.split(" "):
        for syllable in item[1:].split(","):
            if item[:1] in heard and number(syllable) not in heard[item[0]]:
                heard[item[0]].append(number(syllable))
    # Rare characters, which the product has no other use for.
    common = dict(heard)
    for row in data.read_tsv(root / "typos-zh" / "same_pinyin.tsv"):
        for other in (row["same_sound_same_tone"] or "") + (row["same_sound_other_tone"] or ""):
            if row["char"] in common and other not in common:
                heard.setdefault(other, common[row["char"]][:1])
            elif other in common and row["char"] not in common:
                heard.setdefault(row["char"], common[other][:1])
    return heard


def shapes(root):
    alike = {}
    for row in data.read_tsv(root / "typos-zh" / "same_shape.tsv"):
        for other in row["similar"]:
            if other != row["char"]:
                alike.setdefault(row["char"], set()).add(other)
                alike.setdefault(other, set()).add(row["char"])
    return alike


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def places(members):
    """Ascending places as their number and the gaps between them."""
    members = sorted(members)
    return varint(len(members)) + b"".join(varint(at - before) for before, at in zip([0, *members], members))


def cost(share, most=MOST_COST):
    return min(most, round(-2 * math.log(share)))


def pack(root, permissive_only):
    singles, pairs, triples = count(root, permissive_only)
    heard, alike = sounds(root), shapes(root)
    inside = sorted({*heard, *singles} - {START, END}, key=lambda c: (-singles[c], c))
    inside = [c for c in inside if singles[c] >= 60 or c in heard]
    characters = [START, END, *inside]
    at = {c: n for n, c in enumerate(characters)}
    total = sum(singles.values())
    out = [varint(len(characters)), b"".join(ord(c).to_bytes(2, "little") for c in characters),
           bytes(cost((singles[c] + 10) / total, 60) for c in characters)]
    out += [b"".join(n.to_bytes(2, "little") for n in [*heard.get(c, ()), 0, 0][:2]) for c in characters]
    out += [places(at[other] for other in alike.get(c, ()) if other in at) for c in characters]
    follow, costs = [{} for _ in characters], []
    for pair, n in pairs.items():
        if n >= FEWEST_OF_PAIR and pair[0] in at and pair[1] in at:
            follow[at[pair[0]]][at[pair[1]]] = cost(n / singles[pair[0]])
    after = {}
    for triple, n in triples.items():
        if n >= FEWEST_OF_TRIPLE and triple[0] in at and triple[2] in at and at.get(triple[1]) in follow[at[triple[0]]]:
            after.setdefault((at[triple[0]], at[triple[1]]), {})[at[triple[2]]] = cost(n / pairs[triple[:2]])
    out += [places(of) for of in follow]
    costs += [bytes(of[member] for member in sorted(of)) for of in follow]
    lists = [after.get((one, other), {}) for one, of in enumerate(follow) for other in sorted(of)]
    out += [*costs, *map(places, lists)]
    out += [bytes(of[member] for member in sorted(of)) for of in lists]
    return b"".join(out)
