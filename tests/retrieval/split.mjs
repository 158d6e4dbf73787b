// Which questions measure retrieval, and so are never trained on. The rule and its reasons stand in
// models/train/retrieval_split.py, which training reads; this is the same for the corpora of the report.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export const SETS = ['match-lcqmc-zh', 'match-afqmc-zh', 'match-atec-zh', 'match-bq-zh', 'match-xiaobu-zh'];
const PARTS = ['train', 'dev'];
const FOLDS = 5;

/** What two texts share that are the same but for punctuation, case and width. */
export const key = (text) => text.normalize('NFKC').toLowerCase().replace(/[\p{P}\p{S}\p{Z}\p{C}]/gu, '') || text;

/** The first four bytes of a text's SHA-256 as a number: draws that stay the same whatever else changes. */
export const draw = (text) => createHash('sha256').update(text).digest().readUInt32BE(0);

/** Rows of a tab-separated table, gzipped or not, without its header. */
export function rows(path) {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.split('\n').slice(1).filter(Boolean).map((line) => line.replace(/\r$/, '').split('\t'));
}

/** `[text, text, label]` of a set: of each part that there is. */
export function pairsOf(data, name) {
  const parts = PARTS.map((part) => join(data, name, `${part}.tsv.gz`)).filter((path) => existsSync(path));
  return parts.flatMap(rows).map(([one, other, label]) => [one.trim(), other.trim(), Number(label)]).filter(([one, other]) => one && other);
}

/** In the order of UTF-8 bytes, which is not that of UTF-16. */
const before = (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;

/** Clusters of pairs, and the side of each. */
export class Split {
  #parent = new Map();
  #evaluation = new Set();

  constructor(pairs) {
    for (const [one, other, label] of pairs) {
      const roots = [this.#root(key(one)), this.#root(key(other))];
      if (label !== 1 || roots[0] === roots[1]) continue;
      if (!before(...roots)) roots.reverse();
      this.#parent.set(roots[1], roots[0]);
    }
    const sizes = new Map();
    for (const text of this.#parent.keys()) {
      const root = this.#root(text);
      sizes.set(root, (sizes.get(root) ?? 0) + 1);
    }
    for (const [root, size] of sizes) if (size > 1 && draw(root) % FOLDS === 0) this.#evaluation.add(root);
  }

  #root(text) {
    if (!this.#parent.has(text)) this.#parent.set(text, text);
    let at = text;
    while (this.#parent.get(at) !== at) {
      this.#parent.set(at, this.#parent.get(this.#parent.get(at)));
      at = this.#parent.get(at);
    }
    return at;
  }

  /** The name of a text's cluster; its own key for a text that no set has. */
  cluster(text) {
    const folded = key(text.trim());
    return this.#parent.has(folded) ? this.#root(folded) : folded;
  }

  isEvaluation(text) {
    return this.#evaluation.has(this.cluster(text));
  }
}
