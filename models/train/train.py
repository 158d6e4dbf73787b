#!/usr/bin/env python3
"""Trains the models of zhanggui and writes them with their manifest and parity fixtures.

    python3 models/train/train.py --data ../shared/data --out models [--lang zh|en] [--permissive-only]

Deterministic: fixed seeds, one thread.
"""
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import hashlib
import json
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp

import data
import parity
import spelling
import turns
from augment import variant
from data import EMOTIONS, HEADS, INTENTS, SENTIMENTS, Row
from export import build
from metrics import accept_threshold, fit_temperature, reject_threshold
from net import Dense, Encoded, balance, fit_dense, linear_columns, only_rows, polarity_column, softmax, strongest_rows
from reading import read, read_all
from runtime import Model
from text import normalize

CONFIG = {
    "rows": 1 << 19,
    "keep_rows": {"zh": 20000, "en": 9000},
    "keep_tone_rows": {"zh": 8000, "en": 22000},
    "keep_polarity": {"zh": 150000, "en": 100000},
    "balance": {"intent": 0.5, "sentiment": 0.75, "emotion": 0.25},
    # Weight and rows per step of shop, polar and tonal rows; in English the tonal set is the only one with neutral texts.
    "groups": {"zh": [(1.0, 128), (1.0, 128), (0.3, 48)], "en": [(1.0, 128), (0.3, 32), (1.0, 128)]},
    "hidden": 64,
    "folds": 4,
    "c_intent": 0.5,
    "c_tone": 0.35,
    "c_public_emotion": 0.03,
}
STARTED = time.process_time()


def log(*parts):
    print(f"[{time.process_time() - STARTED:6.1f}s]", *parts, flush=True)


def index(rows, head):
    labels = HEADS[head]
    return np.array([-1 if getattr(r, head) is None else labels.index(getattr(r, head)) for r in rows])


def targets(rows, weight, smooth, power=0.0):
    """Soft targets and weights of every head; `power` lifts rare labels."""
    t, w = {}, {}
    for head, labels in HEADS.items():
        y = index(rows, head)
        t[head] = np.full((len(rows), len(labels)), smooth / len(labels))
        t[head][np.arange(len(rows)), np.maximum(y, 0)] += 1 - smooth
        w[head] = np.where(y >= 0, weight * balance(np.maximum(y, 0), len(labels), power), 0)
    return t, w


class Source:
    """Rows with their features and the fold each belongs to; variants of one text share a fold."""

    def __init__(self, rows, keys=None):
        self.rows = list(rows)
        self.x = Encoded(self.rows, CONFIG["rows"]).matrix
        keys = keys or [r.text for r in self.rows]
        self.fold = np.array([data.bucket("fold " + k, CONFIG["folds"]) for k in keys])


def shop_rows(lang, root, permissive_only):
    """What customers of shops say, with variants; and the key of each, shared by the variants of one text."""
    rng = np.random.default_rng(7)
    originals = data.own(lang) + data.own_in_context(lang)
    if lang == "zh" and not permissive_only:
        originals += turns.labelled(root)
    rows, keys = [], []
    read_all(r.text for r in originals)
    for r in originals:
        # Out-of-scope lines are many already; varying them too would teach that anything unusual is out of scope.
        n = 0 if r.intent == "chitchat_other" else 1 if r.source == "turns" else 2
        variants = [Row(t, r.intent, r.sentiment, r.emotion, r.source, r.context)
                    for t in [r.text] + [variant(r.text, lang, rng) for _ in range(n)]]
        if r.context is None and n:
            # Most of what is said inside a dialogue stands on its own: the context must not outvote it.
            variants[-1].context = (data.ACTS[int(rng.integers(len(data.ACTS)))], INTENTS[int(rng.integers(len(INTENTS)))])
        if read(r.text) != normalize(r.text):
            variants.append(Row(r.text, r.intent, r.sentiment, r.emotion, r.source, r.context, verbatim=True))
        rows += variants
        keys += [r.text] * len(variants)
    public = data.zh_out_of_scope(root, permissive_only) if lang == "zh" else data.en_intents(root, "train")
    return Source(rows + public, keys + [r.text for r in public])


def tone_rows(lang, root, permissive_only):
    """Rows of public sets with a polarity, and with an emotion."""
    if lang == "zh":
        polar = [] if permissive_only else list(data.reviews(root, "train")) + list(data.eprstmt(root, "train"))
        tonal = list(data.cped(root, "train")) + ([] if permissive_only else list(data.ewect(root, "train")))
    else:
        tonal = list(data.goemotions(root, "train"))
        polar = [] if permissive_only else [r for r in data.tweeteval_sentiment(root) if r.sentiment != "neutral"]
    if not polar or lang == "en":
        polar += [r for r in tonal if r.sentiment != "neutral"]
    return Source(polar), Source(tonal)


def fit_columns(lang, shop, polar, tonal, masks):
    """The compact columns (intent, sentiment, emotion; emotion of public sets), their intercepts, and the polarity."""
    in_shop, in_polar, in_tonal = masks
    x = shop.x[in_shop]
    columns, biases = [], []
    for head, c in (("intent", CONFIG["c_intent"]), ("sentiment", CONFIG["c_tone"]), ("emotion", CONFIG["c_tone"])):
        y = index(shop.rows, head)[in_shop]
        known = y >= 0
        weights = balance(y[known], len(HEADS[head]), CONFIG["balance"][head])
        column, bias = linear_columns(x[known], y[known], len(HEADS[head]), c, weights)
        if head == "intent":
            # The rows are chosen once, by intent, and every column is then refitted on them alone.
            x = only_rows(x, strongest_rows(column, x, CONFIG["keep_rows"][lang]))
            column, bias = linear_columns(x[known], y[known], len(HEADS[head]), c, weights)
        columns.append(column)
        biases.append(bias)
    y = index(tonal.rows, "emotion")
    known = in_tonal & (y >= 0)
    emotions, _ = linear_columns(tonal.x[known], y[known], len(EMOTIONS), CONFIG["c_public_emotion"])
    kept = np.zeros_like(emotions)
    rows = strongest_rows(emotions, tonal.x[known], CONFIG["keep_tone_rows"][lang])
    kept[rows] = emotions[rows]
    columns.append(kept)
    biases.append(np.zeros(len(EMOTIONS)))
    # The polarity column must know the words of service turns as well.
    shop_y = index(shop.rows, "sentiment")
    told = in_shop & (shop_y >= 0) & (shop_y != SENTIMENTS.index("neutral"))
    positive = np.concatenate([index(polar.rows, "sentiment")[in_polar], shop_y[told]]) == SENTIMENTS.index("positive")
    x = sp.vstack([polar.x[in_polar], shop.x[told]]).tocsr()
    polarity = polarity_column(x, positive)
    kept = np.zeros_like(polarity)
    rows = strongest_rows(polarity, x, CONFIG["keep_polarity"][lang])
    kept[rows] = polarity[rows]
    return np.hstack(columns), np.concatenate(biases), kept


def train(lang, root, permissive_only):
    shop = shop_rows(lang, root, permissive_only)
    polar, tonal = tone_rows(lang, root, permissive_only)
    log(lang, "rows:", len(shop.rows), len(polar.rows), len(tonal.rows))
    sources = {"shop": shop, "polar": polar, "tonal": tonal}
    width = len(INTENTS) + len(SENTIMENTS) + 2 * len(EMOTIONS) + 1

    # Out-of-fold columns for everything the dense part learns from.
    columns = {name: np.zeros((len(s.rows), width)) for name, s in sources.items()}
    for fold in range(CONFIG["folds"]):
        deep, bias, polarity = fit_columns(lang, shop, polar, tonal, [s.fold != fold for s in sources.values()])
        for name, s in sources.items():
            held = s.fold == fold
            columns[name][held] = np.hstack([s.x[held] @ deep + bias, s.x[held] @ polarity])
        log("fold", fold)
    everything = [np.full(len(s.rows), True) for s in sources.values()]
    deep, bias, polarity = fit_columns(lang, shop, polar, tonal, everything)
    log("tables", int((deep != 0).any(1).sum()), int((polarity != 0).sum()))

    start = {"intent": range(32), "sentiment": range(32, 35), "emotion": range(35, 40)}
    net = Dense(width, CONFIG["hidden"], HEADS, 0, start, trained=("sentiment", "emotion"))
    groups = [(columns[name], *targets(s.rows, weight, 0.02, 0.3 if name == "shop" else 0.0), size)
              for (name, s), (weight, size) in zip(sources.items(), CONFIG["groups"][lang])]
    fit_dense(net, groups, 6000, 2e-3, 0, decay=0.1)
    log("dense part")
    # The intercepts of the deep columns move into the biases behind them, the graph has none in between.
    shift = np.concatenate([bias, np.zeros(width - len(bias))])
    net.p["b1"] = net.p["b1"] + shift @ net.p["w1"]
    for head in HEADS:
        net.p["b_" + head] = net.p["b_" + head] + shift @ net.p["w_" + head][CONFIG["hidden"] :]
    return net, deep, polarity, (shop, columns["shop"] - shift)


def calibrate(lang, root, model, out_of_fold, net):
    """Temperatures and thresholds: on real turns for Chinese, with the int8 model itself;
    on out-of-fold utterances for English, where no real turns are at hand."""
    if lang == "zh":
        rows = data.real_intents_dev(root)
        read_all(r.text for r in rows)
        answers = [model.logits(read(r.text)) for r in rows]
        logits = {head: np.array([a[head] for a in answers], np.float64) for head in HEADS}
    else:
        shop, x = out_of_fold
        rows, logits = shop.rows, net.forward(x)[0]
    temperature = {}
    for head in HEADS:
        y = index(rows, head)
        temperature[head] = round(fit_temperature(logits[head][y >= 0], y[y >= 0]), 4)
    p, y = softmax(logits["intent"] / temperature["intent"]), index(rows, "intent")
    return temperature, accept_threshold(p, y), reject_threshold(p, y)


def describe(lang, temperature, accept, reject, permissive_only):
    metadata = {"zg.version": "2", "zg.lang": lang, "zg.rows": str(CONFIG["rows"]),
                "zg.data": "permissive" if permissive_only else "all"}
    for head, labels in HEADS.items():
        metadata[f"zg.{head}.labels"] = ",".join(labels)
        metadata[f"zg.{head}.temperature"] = f"{temperature[head]:.4f}"
    metadata["zg.intent.accept"], metadata["zg.intent.reject"] = f"{accept:.4f}", f"{reject:.4f}"
    return metadata


def write(out, model, metadata):
    out.mkdir(parents=True, exist_ok=True)
    (out / "nlu.onnx").write_bytes(model)
    parity.write(out / "parity.jsonl", model)
    lines = [
        "# Written by models/train/train.py; the model carries the same facts in its metadata.",
        f'version = "{metadata["zg.version"]}"', f'lang = "{metadata["zg.lang"]}"', f'data = "{metadata["zg.data"]}"',
        'file = "nlu.onnx"', f"bytes = {len(model)}", f'sha256 = "{hashlib.sha256(model).hexdigest()}"',
        f'rows = {metadata["zg.rows"]}',
    ]
    for head, labels in HEADS.items():
        lines += ["", f"[{head}]", f"labels = {json.dumps(labels)}", f'temperature = {metadata[f"zg.{head}.temperature"]}']
        if head == "intent":
            lines += [f'accept = {metadata["zg.intent.accept"]}', f'reject = {metadata["zg.intent.reject"]}']
    (out / "manifest.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    log("wrote", out.name + "/nlu.onnx", len(model), "bytes")


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--data", type=Path, required=True)
    args.add_argument("--out", type=Path, required=True)
    args.add_argument("--lang", choices=["zh", "en"])
    args.add_argument("--permissive-only", action="store_true", help="leave out every set without a clear licence")
    args = args.parse_args()
    for lang in [args.lang] if args.lang else ["zh", "en"]:
        net, deep, polarity, out_of_fold = train(lang, args.data, args.permissive_only)
        characters = spelling.pack(args.data, args.permissive_only) if lang == "zh" else b""
        neutral = describe(lang, dict.fromkeys(HEADS, 1.0), 0.0, 0.0, args.permissive_only)
        uncalibrated = Model(build(net, deep, polarity, characters, neutral).SerializeToString())
        thresholds = calibrate(lang, args.data, uncalibrated, out_of_fold, net)
        metadata = describe(lang, *thresholds, args.permissive_only)
        write(args.out / lang, build(net, deep, polarity, characters, metadata).SerializeToString(), metadata)


if __name__ == "__main__":
    main()
