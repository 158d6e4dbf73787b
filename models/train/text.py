"""Text -> hashed n-gram features.

The Rust side implements the same steps; `parity.jsonl` beside each model pins both to the same ids.
Anything changed here changes the meaning of every exported model, so `zg.version` has to change with it.
"""
import re
import unicodedata
from pathlib import Path

MAX_CHARS = 1000
MAX_TOKENS = 400
MAX_IDS = 1280
MAX_CHAR_GRAMS = 12
# How many tokens meet the context.
MAX_CONTEXT_TOKENS = 8
# Stand before the first and after the last token, so that "好的" alone and "好的" in a sentence differ.
EDGES = ("\x02", "\x03")

TS_CHARS = Path(__file__).resolve().parents[2] / "crates/zg-text/data/ts_chars.tsv"

# The Unicode property White_Space, which Rust's `char::is_whitespace` uses.
# Python's `str.isspace` also accepts U+001C..U+001F, so it cannot be used here.
WHITE_SPACE = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
TOKEN = re.compile(r"[a-z0-9']+|.", re.S)
WORD = re.compile(r"[a-z0-9']+")


def _load_ts_chars():
    table = {}
    with open(TS_CHARS, encoding="utf-8") as lines:
        for line in lines:
            columns = line.rstrip("\n").split("\t")
            if len(columns) == 2 and len(columns[0]) == 1 and len(columns[1]) == 1:
                table[ord(columns[0])] = columns[1]
    return table


_TS = _load_ts_chars()


def normalize(text):
    text = unicodedata.normalize("NFKC", text[:MAX_CHARS]).lower().translate(_TS)
    out = []
    pending_space = False
    for char in text:
        if char in WHITE_SPACE:
            pending_space = bool(out)
            continue
        # Cc holds exactly the C0 and C1 controls (and DEL).
        if unicodedata.category(char) in ("Cf", "Cc"):
            continue
        if pending_space:
            out.append(" ")
            pending_space = False
        out.append(char)
    return "".join(out)


def tokenize(normalized):
    tokens = []
    for match in TOKEN.finditer(normalized):
        token = match.group()
        if token != " ":
            tokens.append(token)
            if len(tokens) == MAX_TOKENS:
                break
    return tokens


_hashes = {}


def hash32(feature):
    """FNV-1a 32 followed by the lowbias32 finaliser; FNV alone leaves the low bits of short strings correlated."""
    h = _hashes.get(feature)
    if h is None:
        h = 2166136261
        for byte in feature.encode("utf-8"):
            h = ((h ^ byte) * 16777619) & 0xFFFFFFFF
        h ^= h >> 16
        h = (h * 0x7FEB352D) & 0xFFFFFFFF
        h ^= h >> 15
        h = (h * 0x846CA68B) & 0xFFFFFFFF
        h ^= h >> 16
        _hashes[feature] = h
    return h


def features(tokens):
    """Tokens, pairs and triples of neighbours, edges included, and the character n-grams of words; in this order."""
    padded_tokens = [EDGES[0], *tokens, EDGES[1]] if tokens else []
    n = len(padded_tokens)
    out = []
    for i, token in enumerate(padded_tokens):
        if 0 < i < n - 1:
            out.append("1:" + token)
        if i + 1 < n:
            pair = token + "|" + padded_tokens[i + 1]
            out.append("2:" + pair)
            if i + 2 < n:
                out.append("3:" + pair + "|" + padded_tokens[i + 2])
        if len(token) >= 3 and WORD.fullmatch(token):
            padded = "<" + token + ">"
            room = MAX_CHAR_GRAMS
            for size in (3, 4, 5):
                for j in range(len(padded) - size + 1):
                    if not room:
                        break
                    out.append("c:" + padded[j : j + size])
                    room -= 1
    return out


def context_features(tokens, context):
    """What went before: the assistant's last act and the intent it spoke to, alone and with each of the first tokens."""
    if context is None:
        return []
    act, intent = context
    out = [f"a:{act}", f"p:{intent}", f"ap:{act}|{intent}"]
    for token in tokens[:MAX_CONTEXT_TOKENS]:
        out += [f"a1:{act}|{token}", f"p1:{intent}|{token}"]
    return out


def reduce_ids(hashes, rows):
    """Row ids, first occurrence kept, at most MAX_IDS; row 0 stays free for padding."""
    return list(dict.fromkeys(1 + h % (rows - 1) for h in hashes))[:MAX_IDS]


def analyze(text, context=None):
    """(normalized text, tokens, feature hashes in order; those of the context come first, so that no cut loses them)"""
    normalized = normalize(text)
    tokens = tokenize(normalized)
    return normalized, tokens, [hash32(f) for f in context_features(tokens, context) + features(tokens)]
