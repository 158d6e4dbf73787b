"""What LightGBM makes of the rows that `zhanggui recommend build` grows its forest on.

The forest is grown in Rust, so that a shop needs no Python. This tells whether a kept library would rank better: both learn
from the older four fifths of the queries and are judged on the newest fifth, by HR@20 and MRR@20 over all of these.

    zhanggui recommend features clicks.tsv -o rows.tsv
    python models/recommend/compare.py rows.tsv
    zhanggui recommend build clicks.tsv -o shop.zgrx --default-knobs     # its line says the same figures, under `learned`

Needs `pip install -r models/recommend/requirements.txt`.
"""
import json
import sys

import lightgbm
import numpy
import pandas

K = 20


def figures(scores, clicked, sizes, n_queries):
    hits = ranks = 0.0
    start = 0
    for size in sizes:
        own = clicked[start:start + size]
        if own.any():
            at = int(own.argmax())
            of = scores[start:start + size]
            rank = int((of > of[at]).sum() + (of[:at] == of[at]).sum()) + 1
            if rank <= K:
                hits += 1
                ranks += 1 / rank
        start += size
    return {"HR@20": round(hits / n_queries, 4), "MRR@20": round(ranks / n_queries, 4)}


def main(path):
    rows = pandas.read_csv(path, sep="\t", dtype=numpy.float32)
    query = rows.pop("query").to_numpy(dtype=numpy.int64)
    clicked = rows.pop("clicked").to_numpy(dtype=numpy.int8)
    base = rows.pop("base").to_numpy()
    n_queries = int(query.max()) + 1
    # As crates/zg-recommend/src/build/grow.rs divides them.
    first_judged = n_queries - n_queries // 5
    grown = query < first_judged
    labelled = numpy.zeros(n_queries, dtype=bool)
    labelled[query[clicked == 1]] = True
    grown_rows = grown & labelled[query]
    sizes = lambda mask: numpy.unique(query[mask], return_counts=True)[1]
    data = rows.to_numpy()
    train = lightgbm.Dataset(data[grown_rows], clicked[grown_rows], group=sizes(grown_rows), feature_name=list(rows.columns))
    judged = ~grown
    judged_with = judged & labelled[query]
    valid = lightgbm.Dataset(data[judged_with], clicked[judged_with], group=sizes(judged_with), reference=train)
    n_judged = n_queries - first_judged
    print(json.dumps({"n": n_judged, "without": figures(base[judged], clicked[judged], sizes(judged), n_judged)}))
    for objective in ("lambdarank", "rank_xendcg"):
        settings = dict(objective=objective, metric="ndcg", eval_at=[K], learning_rate=0.06, num_leaves=31, min_data_in_leaf=200,
                        feature_fraction=0.8, bagging_fraction=0.7, bagging_freq=1, lambdarank_truncation_level=25,
                        num_threads=2, verbose=-1, seed=1, deterministic=True)
        model = lightgbm.train(settings, train, 300, valid_sets=[valid],
                               callbacks=[lightgbm.early_stopping(30, verbose=False)])
        scores = model.predict(data[judged])
        result = figures(scores, clicked[judged], sizes(judged), n_judged)
        gain = sorted(zip(model.feature_importance("gain"), rows.columns), reverse=True)[:8]
        print(json.dumps({"objective": objective, "trees": model.best_iteration, "with": result,
                          "gain": [[name, int(value)] for value, name in gain]}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
