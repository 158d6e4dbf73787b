#!/usr/bin/env python3
"""Development figures of the exported int8 models, through ONNX Runtime, as JSON.

    python3 models/train/eval_dev.py --data ../shared/data --models models [--lang zh|en]
"""
import argparse
import json
from pathlib import Path

import numpy as np

import data
from reading import read, read_all
from metrics import ece, macro_f1
from runtime import Model


def score(model, rows, head, top3=False, keep=None):
    """Accuracy, macro-F1 and calibration on the rows that know `head`; `keep` restricts the labels compared."""
    labels = model.heads[head]
    rows = [r for r in rows if getattr(r, head) is not None]
    read_all(r.text for r in rows)
    p = model.predict([read(r.text) for r in rows])[head]
    truth = np.array([labels.index(getattr(r, head)) for r in rows])
    guess = p.argmax(1)
    out = {"n": len(rows), "accuracy": (guess == truth).mean(), "macro_f1": macro_f1(truth, guess, len(labels)),
           "ece": ece(p, truth)}
    if top3:
        out["top3"] = np.mean([t in best for t, best in zip(truth, np.argsort(-p, 1)[:, :3])])
        accept, reject = float(model.meta["zg.intent.accept"]), float(model.meta["zg.intent.reject"])
        confidence, sure = p.max(1), p.max(1) >= accept
        out["accept"] = {"threshold": accept, "coverage": sure.mean(), "precision": (guess == truth)[sure].mean() if sure.any() else None}
        in_scope = truth != labels.index("chitchat_other")
        out["reject"] = {"threshold": reject, "in_scope_rejected": (confidence < reject)[in_scope].mean() if in_scope.any() else None,
                         "out_of_scope_caught": ((confidence < reject) | (guess == labels.index("chitchat_other")))[~in_scope].mean() if (~in_scope).any() else None}
    if keep:
        columns = np.array([labels.index(k) for k in keep])
        known = np.isin(truth, columns)
        out["accuracy_among_" + "_".join(keep)] = (columns[p[known][:, columns].argmax(1)] == truth[known]).mean()
    return out


def rounded(value):
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return round(float(value), 4) if isinstance(value, (float, np.floating)) else value


def evaluate(lang, root, path):
    model = Model(str(path))
    polar = ["negative", "positive"]
    if lang == "zh":
        dev = data.real_intents_dev(root)
        own = {r.text for r in data.own("zh")}
        unseen = [r for r in dev if r.text not in own]
        return {
            "intent": {"real-intents-dev": score(model, dev, "intent", top3=True),
                       "real-intents-dev without texts that are also own utterances": score(model, unseen, "intent", top3=True)},
            "sentiment": {
                "real-intents-dev": score(model, dev, "sentiment"),
                **{f"reviews-{n}-zh dev": score(model, list(data.reviews(root, "dev", (n,))), "sentiment", keep=polar)
                   for n in ("shopping", "waimai", "hotel")},
                "eprstmt-zh dev": score(model, list(data.eprstmt(root, "dev")), "sentiment", keep=polar),
            },
            "emotion": {"real-intents-dev": score(model, dev, "emotion"),
                        "ewect-zh dev": score(model, list(data.ewect(root, "dev")), "emotion"),
                        "cped-zh dev": score(model, list(data.cped(root, "dev")), "emotion")},
        }
    go = list(data.goemotions(root, "dev"))
    public = data.en_intents(root, "dev")
    return {
        "intent": {name: score(model, [r for r in public if r.source == name], "intent", top3=True)
                   for name in ("bitext-en", "multidogo-en", "clinc150-en", "hwu64-en")},
        "sentiment": {"goemotions-en dev": score(model, go, "sentiment", keep=polar)},
        "emotion": {"goemotions-en dev": score(model, go, "emotion")},
    }


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--data", type=Path, required=True)
    args.add_argument("--models", type=Path, required=True)
    args.add_argument("--lang", choices=["zh", "en"])
    args = args.parse_args()
    out = {lang: evaluate(lang, args.data, args.models / lang / "nlu.onnx")
           for lang in ([args.lang] if args.lang else ["zh", "en"])}
    print(json.dumps(rounded(out), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
