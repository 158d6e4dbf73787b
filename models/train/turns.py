"""Real customer turns, labelled by reading them.

`data/turns.tsv` holds the labels only, by the hash of the turn as its set has it; the texts stay in `../shared/data`
(JDDC and ECD samples, no licence stated), so that this file is of no use without them.
Turns that are also in the labelled development set were left out before labelling.
"""
import gzip
import hashlib
import json
import re

from data import OWN, Row, bucket, read_tsv

FILLINGS = {
    "数字": ["1", "2", "3", "5", "7", "10", "12", "15", "20", "30", "50", "99", "128", "200", "618"],
    "金额": ["9.9", "19", "39", "50", "99", "129", "199", "299", "599"],
    "日期": ["6月1日", "11月11日", "昨天", "3号", "18号", "12-12", "前天"],
    "时间": ["9点", "14:30", "18点", "上午"],
    "订单": ["10235884127", "20418833951", "31877402265", "90041352718"],
}
PLACEHOLDER = re.compile(r"\[(数字|金额|日期|时间|订单)x\]")


def key(turn):
    return hashlib.sha256(turn.encode("utf-8")).hexdigest()[:12]


def fill(turn):
    """Plausible values for what the publisher masked; the same ones each time."""
    count = iter(range(10**6))
    return PLACEHOLDER.sub(lambda m: FILLINGS[m[1]][bucket(f"{turn} {next(count)}", len(FILLINGS[m[1]]))], turn)


def candidates(root):
    """Every segment of the dialogues, either side; the labels tell which are a customer's."""
    with gzip.open(root / "jddc-zh" / "dialogues.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield from (text.strip() for role, text in json.loads(line)["turns"] if role == "customer")
    for row in read_tsv(root / "jddc-zh" / "context_response_train.tsv.gz"):
        yield from (text.strip() for text in row["context"].split(","))
    with open(root / "jddc-zh" / "jddc2019_dev.jsonl", encoding="utf-8") as lines:
        for line in lines:
            yield from (text.strip() for role, text in json.loads(line)["context"] if role == "customer")
    with open(root / "ecd-sample-zh" / "dialogues.jsonl", encoding="utf-8") as lines:
        for line in lines:
            yield from (text.strip() for text in json.loads(line)["turns"])


def labelled(root):
    """Rows of the labelled turns, in the order of the label file."""
    labels = {r["key"]: r for r in read_tsv(OWN / "turns.tsv")}
    texts = {}
    for turn in candidates(root):
        at = key(turn)
        if at in labels:
            texts.setdefault(at, fill(turn))
    return [Row(texts[at], r["intent"], r["sentiment"], r["emotion"], "turns")
            for at, r in labels.items() if at in texts]
