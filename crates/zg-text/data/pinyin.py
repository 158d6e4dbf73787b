"""Writes the first two lines of pinyin.txt from pypinyin (pip install pypinyin); the third is kept: it is written by hand.

The table is that of the 3,755 common characters of GB 2312 (its first level) and of the word lists, without the characters that ts_chars.tsv folds away. Run in this folder.
"""

import unicodedata

from pypinyin.constants import PINYIN_DICT

# Where the commonest reading in a shop's chat is not the one pypinyin puts first.
FIRST = dict(么="me", 没="mei", 着="zhe", 地="di", 得="de", 了="le", 还="hai", 都="dou", 行="xing", 谁="shui", 血="xue",
             吗="ma", 呢="ne", 这="zhe", 那="na", 哪="na", 个="ge", 什="shen", 给="gei", 单="dan", 差="cha", 调="tiao",
             系="xi", 色="se", 量="liang", 嗯="en", 诶="ei", 呗="bei", 哼="heng", 呣="mu", 姆="mu", 欸="ei")


def toneless(syllable):
    plain = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(c for c in plain if not unicodedata.combining(c))


folded = {line[0] for line in open("ts_chars.tsv", encoding="utf-8") if line.strip()}
characters = [bytes([high, low]).decode("gb2312", "ignore") for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)]
lists = "words.txt common.txt typos.tsv shapes.txt cantonese.tsv dialect.tsv slang.tsv".split()
listed = {c for name in lists for c in open(name, encoding="utf-8").read() if "\u4e00" <= c <= "\u9fff"}
characters = [c for c in {*characters, *listed} if c and c not in folded and ord(c) in PINYIN_DICT]
reading = {c: FIRST.get(c) or next(r for r in map(toneless, PINYIN_DICT[ord(c)].split(",")) if r != "ê") for c in characters}
syllables = sorted(set(reading.values()) | {"ei"})
table = "".join(
    chr(0x100 + syllables.index(reading[chr(at)])) if chr(at) in reading else " " for at in range(0x4E00, 0xA000)
).rstrip()
others = open("pinyin.txt", encoding="utf-8").read().split("\n")[2]
open("pinyin.txt", "w", encoding="utf-8").write(f"{' '.join(syllables)}\n{table}\n{others}\n")
