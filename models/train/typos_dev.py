#!/usr/bin/env python3
"""The labelled development turns, each with one character replaced by one that sounds or looks alike.

    python3 models/train/typos_dev.py --data ../shared/data --seed 1 > typos.tsv
    zhanggui eval nlu typos.tsv
"""
import argparse
import random
from pathlib import Path

import data


def confusions(root):
    """Per character the lists of those it is mistaken for: by sound, by shape."""
    lists = {}
    for name, columns in (("same_pinyin", ("same_sound_same_tone", "same_sound_other_tone")), ("same_shape", ("similar",))):
        for row in data.read_tsv(root / "typos-zh" / f"{name}.tsv"):
            others = [c for column in columns for c in row[column] or "" if "\u4e00" <= c <= "\u9fff" and c != row["char"]]
            if others:
                lists.setdefault(row["char"], []).append(others[:8])
    return lists


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--data", type=Path, required=True)
    args.add_argument("--seed", type=int, default=1)
    args = args.parse_args()
    draw, lists = random.Random(args.seed), confusions(args.data)
    print("text\tintent\tsentiment\temotion")
    for row in data.real_intents_dev(args.data):
        text = row.text
        places = [at for at, c in enumerate(text) if c in lists]
        if places:
            at = draw.choice(places)
            text = text[:at] + draw.choice(draw.choice(lists[text[at]])) + text[at + 1 :]
        print(text, row.intent, row.sentiment, row.emotion, sep="\t")


if __name__ == "__main__":
    main()
