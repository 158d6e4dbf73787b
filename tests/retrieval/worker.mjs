// One thing measured, in a worker of its own, so that its memory is that of the thing alone. See measure.mjs.
import { entriesOf, recall, round, timed } from './figures.mjs';
import { peers } from './peers.mjs';

const text = async (path) => (await fetch(path)).text();
const json = async (path) => (await text(path)).split('\n').filter(Boolean).map((line) => JSON.parse(line));

/** A bundle in WASM: from the bytes in memory to the first answer, then queries and beginnings of them. */
async function zhanggui({ bundle, queries, typed = [], lang, passes }) {
  const { default: init, Bench, live_bytes: live } = await import('./wasm/bench.js');
  const { memory } = await init({ module_or_path: './wasm/bench_bg.wasm' });
  const bytes = new Uint8Array(await (await fetch(bundle)).arrayBuffer());
  const embedding = lang === 'zh' ? new Uint8Array(await (await fetch('zh.zgem')).arrayBuffer()) : undefined;
  const asked = await json(queries);
  const before = live();
  const started = performance.now();
  const bench = Bench.open(bytes);
  if (embedding) bench.attach(embedding);
  bench.search(asked[0].text, lang, 10);
  const ready = performance.now() - started;
  const opened = { ready_ms: round(ready, 2), live_mb: round((live() - before) / 2 ** 20, 2), memory_mb: round(memory.buffer.byteLength / 2 ** 20, 2) };
  if (!passes) return opened;
  const ids = bench.ids().split('\n');
  const found = (words) => [...bench.search(words, lang, 10)].map((at) => ids[at]);
  const times = timed(asked, passes, ({ text: words }) => bench.search(words, lang, 10));
  const query = { ...recall(asked, found), n_timed: times.n, p50_ms: times.p50_ms, p99_ms: times.p99_ms };
  const suggest = typed.length > 0 ? timed(typed, passes, (words) => bench.suggest(words, lang, 5)) : undefined;
  const after = { live_mb: round((live() - before) / 2 ** 20, 2), memory_mb: round(memory.buffer.byteLength / 2 ** 20, 2) };
  return { ...opened, query, suggest, after };
}

/** A peer: built here, sent away to be weighed, read back from what was sent, asked. */
async function peer({ name, entries, queries, typos, lang, passes, sample, upload }) {
  const engine = peers[name](lang);
  const forms = [];
  const entryOf = [];
  for (const { id, question, variants = [] } of await json(entries)) {
    for (const form of [question, ...variants]) {
      forms.push(form);
      entryOf.push(id);
    }
  }
  let started = performance.now();
  let index = engine.build(forms);
  const built = performance.now() - started;
  const serialized = index.serialize();
  if (upload) await fetch(upload, { method: 'POST', body: serialized });
  const asked = await json(queries);
  const loads = [];
  for (let run = 0; run < 3; run += 1) {
    started = performance.now();
    index = engine.load(serialized);
    index.search(asked[0].text, 10);
    loads.push(performance.now() - started);
  }
  // Several forms of one entry may come first: enough of them for ten entries.
  const k = forms.length > new Set(entryOf).size ? 200 : 10;
  const found = (words, fuzzy) => entriesOf(index.search(words, k, fuzzy), entryOf);
  const times = passes > 0 ? timed(asked.slice(0, sample), passes, ({ text: words }) => index.search(words, 10)) : undefined;
  const query = { ...recall(asked, (words) => found(words)), ...times && { n_timed: times.n, p50_ms: times.p50_ms, p99_ms: times.p99_ms } };
  // What an engine has against typing mistakes is for words of letters.
  const typo = recall(await json(typos), (words) => found(words, lang === 'en'));
  return { build_per_s: Math.round((forms.length / built) * 1000), ready_ms: round(loads.sort((a, b) => a - b)[1], 2), query, typo };
}

/** Turns of the dialogue, each the least of three times it is taken: what else runs only ever adds. */
async function talk({ bundle }) {
  const { default: init, Talk } = await import('./wasm/talk.js');
  await init({ module_or_path: './wasm/talk_bg.wasm' });
  const dialogue = Talk.open(new Uint8Array(await (await fetch(bundle)).arrayBuffer()));
  const talks = await (await fetch('talks.json')).json();
  const times = talks.map((lines) => lines.map(() => Infinity));
  for (let pass = 0; pass < 3; pass += 1) {
    talks.forEach((lines, of) => {
      dialogue.again();
      lines.forEach((line, at) => {
        dialogue.hear(line);
        const started = performance.now();
        dialogue.step();
        times[of][at] = Math.min(times[of][at], performance.now() - started);
      });
    });
  }
  const sorted = times.flat().sort((a, b) => a - b);
  const share = (part) => round(sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)], 3);
  return { n: sorted.length, p50_ms: share(0.5), p99_ms: share(0.99), max_ms: share(1) };
}

const jobs = { zhanggui, peer, talk };
onmessage = async ({ data: { job, args } }) => {
  try {
    if (!crossOriginIsolated) throw new Error('the worker is not isolated: its clock is too coarse');
    postMessage({ figures: await jobs[job](args) });
  } catch (error) {
    postMessage({ error: `${job} ${JSON.stringify(args)}: ${error.stack ?? error}` });
  }
};
