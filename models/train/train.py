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

import data
import parity
from augment import variant
from data import EMOTIONS, HEADS, INTENTS, SENTIMENTS
from export import build
from metrics import accept_threshold, fit_temperature, reject_threshold
from net import Dense, Encoded, fit_dense, linear_columns, nb_svm, only_rows, softmax, strongest_rows
from runtime import Model

CONFIG = {
    "rows": 32768,
    "keep_rows": 9000,
    "wide_rows": 131072,
    "wide_keep": 30000,
    "hidden": 64,
    "folds": 4,
    "variants": 5,
    "c_intent": 0.1,
    "c_tone": 0.1,
}
STARTED = time.process_time()


def log(*parts):
    print(f"[{time.process_time() - STARTED:6.1f}s]", *parts, flush=True)


def index(rows, head):
    labels = HEADS[head]
    return np.array([-1 if getattr(r, head) is None else labels.index(getattr(r, head)) for r in rows])


def targets(rows, weight, smooth):
    t, w = {}, {}
    for head, labels in HEADS.items():
        y = index(rows, head)
        t[head] = np.full((len(rows), len(labels)), smooth / len(labels))
        t[head][np.arange(len(rows)), np.maximum(y, 0)] += 1 - smooth
        w[head] = (y >= 0) * weight
    return t, w


class Source:
    """Rows with their features and the fold each belongs to; variants of one text share a fold."""

    def __init__(self, rows, keys=None):
        self.rows = list(rows)
        encoded = Encoded([r.text for r in self.rows])
        self.deep, self.wide = encoded.matrix(CONFIG["rows"]), encoded.matrix(CONFIG["wide_rows"])
        keys = keys or [r.text for r in self.rows]
        self.fold = np.array([data.bucket("fold " + k, CONFIG["folds"]) for k in keys])


def fit_deep(own, mask):
    """Columns intent, sentiment, emotion from the project's own utterances (and mapped public intents)."""
    x = own.deep[mask]
    columns, biases, keep = [], [], None
    for head, c in (("intent", CONFIG["c_intent"]), ("sentiment", CONFIG["c_tone"]), ("emotion", CONFIG["c_tone"])):
        y = index(own.rows, head)[mask]
        known = y >= 0
        weights, bias = linear_columns(x[known], y[known], len(HEADS[head]), c)
        if head == "intent":
            # The rows are chosen once, by intent, and every column is then refitted on them alone.
            keep = strongest_rows(weights, CONFIG["keep_rows"])
            x = only_rows(x, keep)
            weights, bias = linear_columns(x[known], y[known], len(HEADS[head]), c)
        columns.append(weights)
        biases.append(bias)
    return np.hstack(columns), np.concatenate(biases)


def fit_wide(polar, tonal, masks):
    """Columns polarity (NB-SVM) and the five emotions, from public sets."""
    polar_mask, tonal_mask = masks
    positive = np.array([r.sentiment == "positive" for r in polar.rows])[polar_mask]
    polarity = nb_svm(polar.wide[polar_mask], positive)
    y = index(tonal.rows, "emotion")
    known = tonal_mask & (y >= 0)
    emotions, _ = linear_columns(tonal.wide[known], y[known], len(EMOTIONS), CONFIG["c_tone"] / 2)
    polarity[np.abs(polarity) < np.quantile(np.abs(polarity), 1 - 0.5)] = 0
    rows = strongest_rows(emotions, CONFIG["wide_keep"])
    sparse = np.zeros_like(emotions)
    sparse[rows] = emotions[rows]
    return np.hstack([polarity, sparse])


def train(lang, root, permissive_only):
    rng = np.random.default_rng(7)
    originals = data.own(lang)
    rows, keys = [], []
    for r in originals:
        # Out-of-scope lines are many already; varying them too would teach that anything unusual is out of scope.
        n = 1 if r.intent == "chitchat_other" else CONFIG["variants"]
        texts = [r.text] * (1 if n == 1 else 2) + [variant(r.text, lang, rng) for _ in range(n)]
        rows += [data.Row(t, r.intent, r.sentiment, r.emotion, "own") for t in texts]
        keys += [r.text] * len(texts)
    if lang == "zh":
        public = data.zh_out_of_scope(root, permissive_only)
        polar = [] if permissive_only else list(data.reviews(root, "train")) + list(data.eprstmt(root, "train"))
        tonal = list(data.cped(root, "train")) + ([] if permissive_only else list(data.ewect(root, "train")))
    else:
        public = data.en_intents(root, "train")
        polar, tonal = [], list(data.goemotions(root, "train"))
        if not permissive_only:
            polar += [r for r in data.tweeteval_sentiment(root) if r.sentiment != "neutral"]
    if not polar or lang == "en":
        polar += [r for r in tonal if r.sentiment != "neutral"]
    # The polarity column must know the words of service turns as well.
    polar += [r for r in rows if r.sentiment != "neutral"]
    tonal += rows
    own = Source(rows + public, keys + [r.text for r in public])
    polar = Source(polar)
    tonal = Source(tonal)
    log(lang, "rows:", len(own.rows), len(polar.rows), len(tonal.rows))

    # Out-of-fold columns for everything the dense part learns from.
    groups_of = {"own": own, "polar": polar, "tonal": tonal}
    width = len(INTENTS) + len(SENTIMENTS) + len(EMOTIONS) + 1 + len(EMOTIONS)
    columns = {name: np.zeros((len(s.rows), width)) for name, s in groups_of.items()}
    for fold in range(CONFIG["folds"]):
        deep, bias = fit_deep(own, own.fold != fold)
        wide = fit_wide(polar, tonal, (polar.fold != fold, tonal.fold != fold))
        for name, s in groups_of.items():
            held = s.fold == fold
            columns[name][held] = np.hstack([s.deep[held] @ deep + bias, s.wide[held] @ wide])
    log("out-of-fold columns")
    deep, bias = fit_deep(own, np.full(len(own.rows), True))
    wide = fit_wide(polar, tonal, (np.full(len(polar.rows), True), np.full(len(tonal.rows), True)))
    log("tables", int((deep != 0).any(1).sum()), int((wide != 0).any(1).sum()))

    start = {"intent": range(32), "sentiment": range(32, 35), "emotion": range(35, 40)}
    net = Dense(width, CONFIG["hidden"], HEADS, 0, start, trained=("sentiment", "emotion"))
    tonal_public = np.array([r.source != "own" for r in tonal.rows])
    polar_public = np.array([r.source != "own" for r in polar.rows])
    pick = lambda s, mask: [r for r, m in zip(s.rows, mask) if m]
    groups = [
        (columns["own"], *targets(own.rows, 1.0, 0.02), 128),
        (columns["polar"][polar_public], *targets(pick(polar, polar_public), 0.6, 0.02), 64),
        (columns["tonal"][tonal_public], *targets(pick(tonal, tonal_public), 0.3, 0.02), 48),
    ]
    fit_dense(net, groups, 3000, 2e-3, 0)
    log("dense part")
    # The intercepts of the deep columns move into the biases behind them, the graph has none in between.
    shift = np.concatenate([bias, np.zeros(width - len(bias))])
    net.p["b1"] = net.p["b1"] + shift @ net.p["w1"]
    for head in HEADS:
        net.p["b_" + head] = net.p["b_" + head] + shift @ net.p["w_" + head][CONFIG["hidden"] :]
    return net, deep, wide, (own, columns["own"] - shift)


def calibrate(lang, root, model, own_oof, net):
    """Temperatures and thresholds: on real turns for Chinese, with the int8 model itself;
    on out-of-fold utterances for English, where no real turns are at hand."""
    if lang == "zh":
        rows = data.real_intents_dev(root)
        answers = [model.logits(r.text) for r in rows]
        logits = {head: np.array([a[head] for a in answers], np.float64) for head in HEADS}
    else:
        own, x = own_oof
        rows, logits = own.rows, net.forward(x)[0]
    temperature = {}
    for head in HEADS:
        y = index(rows, head)
        temperature[head] = round(fit_temperature(logits[head][y >= 0], y[y >= 0]), 4)
    p, y = softmax(logits["intent"] / temperature["intent"]), index(rows, "intent")
    return temperature, accept_threshold(p, y), reject_threshold(p, y)


def describe(lang, temperature, accept, reject, permissive_only):
    metadata = {"zg.version": "1", "zg.lang": lang, "zg.rows": str(CONFIG["rows"]),
                "zg.wide_rows": str(CONFIG["wide_rows"]), "zg.data": "permissive" if permissive_only else "all"}
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
        f'rows = {metadata["zg.rows"]}', f'wide_rows = {metadata["zg.wide_rows"]}',
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
        net, deep, wide, own_oof = train(lang, args.data, args.permissive_only)
        neutral = describe(lang, dict.fromkeys(HEADS, 1.0), 0.0, 0.0, args.permissive_only)
        uncalibrated = Model(build(net, deep, wide, neutral).SerializeToString())
        thresholds = calibrate(lang, args.data, uncalibrated, own_oof, net)
        metadata = describe(lang, *thresholds, args.permissive_only)
        write(args.out / lang, build(net, deep, wide, metadata).SerializeToString(), metadata)


if __name__ == "__main__":
    main()
