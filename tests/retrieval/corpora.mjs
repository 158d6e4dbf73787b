// Makes the corpora that `cargo xtask report` measures retrieval on: `node tests/retrieval/corpora.mjs DATA OUT`.
//
// DATA is the folder of public question sets, whose texts stay outside of the repository; OUT gets for each corpus
// `NAME.jsonl` (entries for `zhanggui kb build`), `NAME.queries.jsonl` and `NAME.typo.queries.jsonl` (for
// `zhanggui eval search`). The same data gives the same files: what is drawn is drawn by SHA-256.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETS, Split, draw, key, pairsOf, rows } from './split.mjs';

const [data, out] = process.argv.slice(2);
mkdirSync(out, { recursive: true });

const lines = (name, values) => writeFileSync(join(out, `${name}.jsonl`), values.map((value) => `${JSON.stringify(value)}\n`).join(''));
const byDraw = (texts) => texts.map((text) => [draw(text), text]).sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1)).map(([, text]) => text);
/** The first of the texts of each key. */
const distinct = (texts, seen = new Set()) => texts.filter((text) => !seen.has(key(text)) && seen.add(key(text)));

const pairs = Object.fromEntries(SETS.map((name) => [name, pairsOf(data, name)]));
const split = new Split(Object.values(pairs).flat());
const textsOf = (names) => distinct(names.flatMap((name) => pairs[name].flatMap(([one, other]) => [one, other])));

/** Characters of the same toneless pinyin, with how often each stands in the texts. */
const homophones = (() => {
  const counts = new Map();
  for (const text of textsOf(SETS)) for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1);
  return new Map(rows(join(data, 'typos-zh/same_pinyin.tsv')).map(([char, same = '', other = '']) => {
    const alike = [...same, ...other].filter((c) => c !== char && counts.has(c));
    return [char, alike.map((c) => [c, counts.get(c)])];
  }));
})();

/** The text with one character written as another of the same sound, the usual ones more often; none where it has no such. */
function mistyped(text) {
  const characters = [...text];
  const places = [...characters.keys()].filter((at) => homophones.get(characters[at])?.length);
  if (places.length === 0) return undefined;
  const at = places[draw(`place ${text}`) % places.length];
  const alike = homophones.get(characters[at]);
  let left = draw(`sound ${text}`) % alike.reduce((sum, [, n]) => sum + n, 0);
  characters[at] = alike.find(([, n]) => (left -= n) < 0)[0];
  return characters.join('');
}

/** Texts by the name of their cluster. */
function clustersOf(texts) {
  const clusters = new Map();
  for (const text of texts) {
    const name = split.cluster(text);
    if (!clusters.has(name)) clusters.set(name, []);
    clusters.get(name).push(text);
  }
  return clusters;
}

/** The clusters that measure: of each one text is asked, and the others are right. */
const askedOf = (texts) => {
  const clusters = clustersOf(texts);
  return byDraw([...clusters.keys()]).map((name) => byDraw(clusters.get(name)))
    .filter((members) => members.length >= 2 && members.length <= 8 && split.isEvaluation(members[0]));
};

/**
 * Entries of one question each: what is right for the queries of `asked`, then of `others` in their order as many as
 * there are places. Each corpus is the beginning of the next larger one, with the queries whose right entries it has.
 */
function chinese(name, asked, others, sizes) {
  const seen = new Set(asked.map(([query]) => key(query)));
  const entries = distinct([...asked.flatMap(([, ...gold]) => gold), ...others], seen);
  const ids = new Map(entries.map((text, id) => [text, id]));
  const mates = clustersOf(entries);
  for (const [label, size] of Object.entries(sizes)) {
    if (entries.length < size) throw new Error(`${name}: ${entries.length} questions, fewer than ${size}`);
    // Shuffled, because questions that stand beside their paraphrases would compress as no shop's do.
    const order = byDraw(entries.slice(0, size));
    const places = new Map(order.map((text, at) => [text, `${at}`]));
    lines(`${name}-${label}`, order.map((question, at) => ({ id: `${at}`, question, answer: '。', lang: 'zh' })));
    const queries = asked.filter(([, ...gold]) => gold.every((text) => ids.get(text) < size)).map(([text, right], id) => (
      { id, text, gold: mates.get(split.cluster(right)).filter((mate) => places.has(mate)).map((mate) => places.get(mate)) }));
    lines(`${name}-${label}.queries`, queries);
    lines(`${name}-${label}.typo.queries`, queries.map((query) => ({ ...query, text: mistyped(query.text) })).filter(({ text }) => text));
    console.error(`${name}-${label}: ${size} entries, ${queries.length} queries`);
  }
}

const general = textsOf(['match-lcqmc-zh']);
const service = textsOf(['match-afqmc-zh', 'match-atec-zh', 'match-bq-zh']);
chinese('zh', askedOf(general), [...byDraw(general), ...byDraw(service), ...byDraw(textsOf(['match-xiaobu-zh']))], { '1k': 1_000, '10k': 10_000, '100k': 100_000 });

{
  // What is labelled as another question than one of those asked for, or than what is right, makes the corpus hard.
  const asked = askedOf(service);
  const keys = new Set(asked.flat().map(key));
  const hard = ['match-afqmc-zh', 'match-atec-zh', 'match-bq-zh'].flatMap((name) => pairs[name])
    .flatMap(([one, other, label]) => (label === 1 ? [] : [[one, other], [other, one]]))
    .filter(([near]) => keys.has(key(near))).map(([, far]) => far);
  chinese('zhcs', asked, [...byDraw(distinct(hard)), ...byDraw(service)], { '10k': 10_000 });
}

{
  const knowledge = rows(join(data, 'retrieval/en-banking77.kb.tsv.gz'));
  const asked = rows(join(data, 'retrieval/en-banking77.dev.tsv.gz'));
  const outside = rows(join(data, 'clinc150-en/dev.tsv.gz')).filter(([, intent]) => intent === 'oos');
  const english = (name, entries, goldOf) => {
    lines(name, entries);
    const queries = (column) => asked.map((row, id) => ({ id, text: row[column], gold: goldOf(row[0]) }));
    lines(`${name}.queries`, queries(1));
    lines(`${name}.typo.queries`, queries(2));
    lines(`${name}.scope.queries`, [...queries(1), ...outside.map(([text], at) => ({ id: asked.length + at, text, gold: [] }))]);
    console.error(`${name}: ${entries.length} entries, ${asked.length} queries, ${outside.length} out of scope`);
  };
  const questions = new Map();
  const places = new Map();
  knowledge.forEach(([label, question], at) => {
    questions.set(label, [...(questions.get(label) ?? []), question]);
    places.set(label, [...(places.get(label) ?? []), `${at}`]);
  });
  english('en-9k', knowledge.map(([label, question], at) => ({ id: `${at}`, question, answer: label, lang: 'en' })), (label) => places.get(label));
  for (const k of [1, 3, 10, Infinity]) {
    const entries = [...questions].map(([label, all]) => {
      const [question, ...variants] = byDraw(all).slice(0, k);
      return { id: label, question, variants, answer: label, lang: 'en' };
    });
    english(`en-k${k === Infinity ? 'all' : k}`, entries, (label) => [label]);
  }
}
