"""Texts in standard words, as the product reads them: `zg_text::read`, run by its example program.

Slang, dialect, pinyin and typing mistakes are rewritten before the models see a text, so they have to be here too.
"""
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ["cargo", "run", "--quiet", "--locked", "--release", "-p", "zg-text", "--example", "read"]

_readings = {}


def read_all(texts):
    """Reads what has not been read yet, in one run. A text of several lines stays as it is."""
    waiting = sorted({t for t in texts if t not in _readings and "\n" not in t and "\t" not in t and t.strip()})
    if not waiting:
        return
    # The program given here is the same one, built before.
    program = [os.environ["ZHANGGUI_READ"]] if "ZHANGGUI_READ" in os.environ else COMMAND
    done = subprocess.run(program, cwd=ROOT, input="\n".join(waiting), capture_output=True, encoding="utf-8", check=True)
    _readings.update((t, t) for t in waiting)
    for line in done.stdout.split("\n"):
        text, tab, rest = line.partition("\t")
        if tab:
            assert text in _readings, "the reader answered to a text it was not given"
            _readings[text] = rest.split("\t")[0]


def read(text):
    if text not in _readings:
        read_all([text])
    return _readings.get(text, text)
