"""Which questions measure retrieval, and so are never trained on: one rule, stable whatever else changes.

The sets of question pairs (`SETS`, their development and training parts) are joined into one graph: two texts belong to
one cluster where a pair of any set labels them 1, or where they fold to the same key. The clusters are those of the
whole graph, so that a question keeps its side however it is reached.

1. A text is stripped of white space at both ends; an empty one is no text.
2. Its key is NFKC, lower case, without any character of the Unicode categories P (punctuation), S (symbols), Z
   (separators) and C (other, control characters among them); where nothing is left, the text itself.
3. A cluster's name is the least key in it, in the order of UTF-8 bytes.
4. A cluster of at least two keys is for EVALUATION where the first four bytes of the SHA-256 of its name, as a number
   with the most telling byte first, are divisible by 5. Every other cluster is for TRAINING, and so is a text that no
   pair labelled 1 has.

A training pair has both its texts on the training side. Texts of the training side stand in the corpora as entries
that are wrong for a query, never as queries nor as what is right for one.

English (BANKING77) needs no rule: its development part is asked, its training part is the knowledge; and so are the
out-of-scope texts of CLINC150's development part asked, and never trained on.

`tests/retrieval/split.mjs` is the same rule for the corpora that `cargo xtask report` measures on;
`tests/retrieval/split.test.mjs` holds the two against each other.

    from retrieval_split import training_pairs
    for name, one, other, label in training_pairs("../shared/data"): ...

    python3 models/train/retrieval_split.py ../shared/data      # how many there are
"""

import gzip
import hashlib
import sys
import unicodedata
from pathlib import Path

SETS = ("match-lcqmc-zh", "match-afqmc-zh", "match-atec-zh", "match-bq-zh", "match-xiaobu-zh")
PARTS = ("train", "dev")
FOLDS = 5
SKIPPED = "PSZC"


def key(text):
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in folded if unicodedata.category(c)[0] not in SKIPPED) or text


def fold(name):
    """0 is evaluation."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % FOLDS


def pairs_of(data, name):
    """(text, text, label) of a set: of each part that there is, in the order of `PARTS`."""
    for part in PARTS:
        path = Path(data) / name / f"{part}.tsv.gz"
        if not path.exists():
            continue
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            next(lines)
            for line in lines:
                one, other, label = line.rstrip("\r\n").split("\t")[:3]
                one, other = one.strip(), other.strip()
                if one and other:
                    yield one, other, int(label)


class Split:
    """Clusters of (text, text, label) of all sets, and the side of each."""

    def __init__(self, pairs):
        self.parent = {}
        for one, other, label in pairs:
            roots = self._root(key(one)), self._root(key(other))
            if label == 1 and roots[0] != roots[1]:
                self.parent[max(roots)] = min(roots)
        n_keys = {}
        for text in self.parent:
            root = self._root(text)
            n_keys[root] = n_keys.get(root, 0) + 1
        self.evaluation = {root for root, n in n_keys.items() if n > 1 and fold(root) == 0}

    def _root(self, text):
        self.parent.setdefault(text, text)
        while self.parent[text] != text:
            self.parent[text] = self.parent[self.parent[text]]
            text = self.parent[text]
        return text

    def cluster(self, text):
        """The name of a text's cluster; its own key for a text that no set has."""
        folded = key(text.strip())
        return self._root(folded) if folded in self.parent else folded

    def is_evaluation(self, text):
        return self.cluster(text) in self.evaluation


def split_of(data):
    return Split(pair for name in SETS for pair in pairs_of(data, name))


def training_pairs(data, split=None):
    """(set, text, text, label) that may be trained on: neither text is of an evaluation cluster."""
    split = split or split_of(data)
    for name in SETS:
        for one, other, label in pairs_of(data, name):
            if not split.is_evaluation(one) and not split.is_evaluation(other):
                yield name, one, other, label


def main(data):
    split = split_of(data)
    for name in SETS:
        counts = {}
        for one, other, label in pairs_of(data, name):
            held = split.is_evaluation(one) or split.is_evaluation(other)
            counts[label, held] = counts.get((label, held), 0) + 1
        shown = ", ".join(f"label {label} {'evaluation' if held else 'training'} {n}" for (label, held), n in sorted(counts.items()))
        print(f"{name}: {shown}")
    print(f"{len(split.parent)} keys, {len(split.evaluation)} evaluation clusters")


if __name__ == "__main__":
    main(sys.argv[1])
