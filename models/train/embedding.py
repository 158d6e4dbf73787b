"""Trains the general sentence embedding of a language: a table of rows for hashed features (`zg_kb::features`), such that
texts that mean the same have sums that point the same way.

In-batch softmax over pairs that mean the same, with labelled look-alikes among the wrong answers, on top of the lexical
score that search has anyway: the table learns what shared terms do not say. One side of a pair is often mistyped, and
half of all features are dropped, so that no single one is relied on.

    python3 models/train/embedding.py --data ../shared/data --out models            # what is shipped
    python3 models/train/embedding.py --data ../shared/data --out DIR --held-out    # without the evaluation clusters
"""
import argparse
import collections
import random
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

import data as sets
import retrieval_split
from typos_dev import confusions

ROOT = Path(__file__).resolve().parents[2]
DIMS = 64
ROWS_LOG2 = {"zh": 12, "en": 11}
EPOCHS = {"zh": 12, "en": 8}
BATCH = 1024
RATE = 0.012
TEMPERATURE = 0.07
SOFTNESS = 0.5
DROP = 0.45
MISTYPED = 0.3
# What a full lexical match is worth beside the cosine, in logits.
LEXICAL = 6.0
# Steps of the table: -3 to 3.
LEVELS = 3


class Features:
    """The features of texts, asked of the Rust code that search runs, so that there is one definition."""

    def __init__(self, rows_log2):
        self.rows_log2 = rows_log2
        self.known = {}
        self.lexical = {}

    def learn(self, texts):
        texts = sorted({text.replace("\n", " ") for text in texts} - self.known.keys())
        command = ["cargo", "run", "--quiet", "--release", "-p", "zg-kb", "--example", "features"]
        done = subprocess.run(command, cwd=ROOT, input="".join(text + "\n" for text in texts).encode(), capture_output=True, check=True)
        for text, line in zip(texts, done.stdout.decode().split("\n")):
            terms, _, features = line.partition("\t")
            hashes = np.fromiter(map(int, features.split()), dtype=np.uint32)
            self.known[text] = (hashes >> np.uint32(32 - self.rows_log2)).astype(np.int32)
            self.lexical[text] = terms.split(" ")

    def rows(self, texts, drop, rng):
        kept = []
        for text in texts:
            rows = self.known[text]
            kept.append(rows[rng.random(len(rows)) > drop] if drop and len(rows) > 3 else rows)
        indptr = np.cumsum([0] + [len(rows) for rows in kept])
        indices = np.concatenate(kept)
        shape = (len(texts), 1 << self.rows_log2)
        return sparse.csr_matrix((np.ones(len(indices), np.float32), indices, indptr), shape=shape)


class Lexical:
    """BM25 of one text in another, as a share of what all terms could give."""

    def __init__(self, features, texts):
        self.features = features
        counts = collections.Counter(term for text in texts for term in set(features.lexical[text]))
        self.number = {term: number for number, term in enumerate(sorted(counts))}
        df = np.array([counts[term] for term in sorted(counts)], np.float64)
        self.idf = np.log(1 + (len(texts) - df + 0.5) / (df + 0.5)).astype(np.float32)
        self.mean = np.mean([len(features.lexical[text]) for text in texts])

    def matrix(self, texts):
        cells = [(row, self.number[term]) for row, text in enumerate(texts) for term in set(self.features.lexical[text]) if term in self.number]
        rows, columns = zip(*cells)
        return sparse.csr_matrix((np.ones(len(cells), np.float32), (rows, columns)), shape=(len(texts), len(self.number)))

    def scores(self, asked, answers):
        weighted = self.matrix(asked).multiply(self.idf).tocsr()
        lengths = np.array([len(self.features.lexical[text]) for text in answers], np.float32)
        factor = 2.2 / (1 + 1.2 * (0.6 + 0.4 * lengths / self.mean))
        shared = np.asarray((weighted @ self.matrix(answers).T).todense()) * factor
        return shared / np.maximum(np.asarray(weighted.sum(1)), 1e-6)


def soft(sums):
    length = np.sqrt((sums * sums).sum(1, keepdims=True) + SOFTNESS**2)
    return sums / length, length


def through_soft(gradient, unit, length):
    return (gradient - unit * (gradient * unit).sum(1, keepdims=True)) / length


def mistyped_zh(text, rng, alike):
    places = [at for at, character in enumerate(text) if alike.get(character)]
    if not places:
        return text
    at = rng.choice(places)
    return text[:at] + rng.choice(alike[text[at]]) + text[at + 1 :]


def mistyped_en(text, rng, _):
    places = [at for at, character in enumerate(text) if character.isalpha()]
    if not places:
        return text
    at, letter = rng.choice(places), rng.choice("abcdefghijklmnopqrstuvwxyz")
    return rng.choice([text[:at] + text[at + 1 :], text[:at] + letter + text[at + 1 :], text[:at] + letter + text[at:], text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]])


def pairs_zh(data, held_out):
    """(text, text, cluster) that mean the same, and per text what looks like it and means something else."""
    split = retrieval_split.split_of(data)
    same, other = [], collections.defaultdict(list)
    for name in retrieval_split.SETS:
        for one, two, label in retrieval_split.pairs_of(data, name):
            if one == two or (held_out and (split.is_evaluation(one) or split.is_evaluation(two))):
                continue
            if label == 1:
                same.append((one, two, split.cluster(one)))
            else:
                other[one].append(two)
                other[two].append(one)
    return same, other


def pairs_en(data, held_out):
    del held_out  # BANKING77, which English is measured on, is left out altogether.
    rng = random.Random(7)
    same = []
    for name in ("clinc150-en", "hwu64-en", "bitext-en", "multidogo-en"):
        groups = collections.defaultdict(list)
        for row in sets.read_tsv(Path(data) / name / "train.tsv.gz"):
            text = (row.get("text") or row.get("utterance") or "").strip()
            label = (row.get("intent") or row.get("label") or "").strip()
            if text and label and label not in ("oos", "contentonly", "outofdomain"):
                groups[label].append(text)
        for label, texts in sorted(groups.items()):
            texts = sorted(set(texts))
            rng.shuffle(texts)
            texts = texts[:400]
            same += [(one, two, f"{name}:{label}") for one, two in zip(texts, texts[1:] + texts[:1]) if one != two]
    return same, {}


def train(lang, data, held_out, seed=1):
    same, other = (pairs_zh if lang == "zh" else pairs_en)(data, held_out)
    rng, dice = np.random.default_rng(seed), random.Random(seed)
    lists = confusions(Path(data)) if lang == "zh" else {}
    alike = {character: [other for group in groups for other in group] for character, groups in lists.items()}
    mistype = mistyped_zh if lang == "zh" else mistyped_en
    texts = sorted({text for one, two, _ in same for text in (one, two)})
    wrong = {text: [mistype(text, dice, alike) for _ in range(3)] for text in texts}
    features = Features(ROWS_LOG2[lang])
    features.learn(texts + [text for texts in wrong.values() for text in texts] + [text for texts in other.values() for text in texts])
    lexical = Lexical(features, texts)
    table = (rng.normal(size=(1 << ROWS_LOG2[lang], DIMS)) * 0.1).astype(np.float32)
    first, second, step = np.zeros_like(table), np.zeros_like(table), 0
    for epoch in range(EPOCHS[lang]):
        rate, loss, n = RATE * (1 - epoch / EPOCHS[lang]) + RATE * 0.05, 0.0, 0
        dice.shuffle(same)
        for start in range(0, len(same) - BATCH + 1, BATCH):
            batch = same[start : start + BATCH]
            ends = (0, 1) if dice.random() < 0.5 else (1, 0)
            asked = [dice.choice(wrong[pair[ends[0]]]) if dice.random() < MISTYPED else pair[ends[0]] for pair in batch]
            answers = [pair[ends[1]] for pair in batch]
            answers += [dice.choice(other[pair[ends[0]]]) for pair in batch if pair[ends[0]] in other]
            left, right = features.rows(asked, DROP, rng), features.rows(answers, DROP, rng)
            (asked_units, asked_lengths), (answer_units, answer_lengths) = soft(left @ table), soft(right @ table)
            logits = asked_units @ answer_units.T / TEMPERATURE + LEXICAL * lexical.scores(asked, answers)
            clusters = np.array([hash_of(pair[2]) for pair in batch])
            alsoright = clusters[:, None] == clusters[None, :]
            np.fill_diagonal(alsoright, False)
            logits[:, : len(batch)][alsoright] = -1e9
            logits -= logits.max(1, keepdims=True)
            chances = np.exp(logits)
            chances /= chances.sum(1, keepdims=True)
            own = np.arange(len(batch))
            loss, n = loss - np.log(chances[own, own] + 1e-12).mean(), n + 1
            chances[own, own] -= 1
            chances /= len(batch) * TEMPERATURE
            gradient = left.T @ through_soft(chances @ answer_units, asked_units, asked_lengths)
            gradient += right.T @ through_soft(chances.T @ asked_units, answer_units, answer_lengths)
            step += 1
            first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient * gradient
            table -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
        print(f"{lang} epoch {epoch + 1}: loss {loss / n:.3f}", flush=True)
    return table


def hash_of(text):
    return zlib.crc32(text.encode())


def write(path, lang, table):
    """The bytes that `zg_kb::Embedding::read` reads; `docs/formats.md` describes them."""
    step = np.percentile(np.abs(table), 99.7) / LEVELS
    steps = np.clip(np.round(table / step), -LEVELS, LEVELS).astype(np.int8).tobytes()
    softness = max(1, round((SOFTNESS / step) ** 2))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(steps) + packer.flush()
    header = b"ZGEM" + bytes([1, ROWS_LOG2[lang], DIMS]) + varint(softness) + varint(0) + varint(len(lang)) + lang.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + struct.pack("<I", zlib.crc32(steps)) + packed)
    print(f"{path}: {path.stat().st_size} bytes")


def varint(value):
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--lang", choices=("zh", "en"), action="append")
    arguments = parser.parse_args()
    for lang in arguments.lang or ("zh", "en"):
        write(arguments.out / lang / "embedding.zgem", lang, train(lang, arguments.data, arguments.held_out))


if __name__ == "__main__":
    main()
