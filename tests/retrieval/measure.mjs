// Measures knowledge at scale for docs/REPORT.md; prints JSON on stdout. `cargo xtask bench` makes what it needs and runs it:
// ZHANGGUI (the executable), CORPORA (what corpora.mjs wrote, with `wasm/` in it), CHROMIUM.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { chromium } from 'playwright-core';
import { bm25, ranked } from './bm25.mjs';
import { auroc, entriesOf, recall, round } from './figures.mjs';

const need = (name) => process.env[name] ?? (() => { throw new Error(`${name} is not set; run cargo xtask bench`); })();
const [zhanggui, corpora] = [need('ZHANGGUI'), need('CORPORA')];
const path = (name) => join(corpora, name);
const read = (name) => readFileSync(path(name), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const call = (...args) => execFileSync(zhanggui, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 });
const say = (what) => console.error(`  ${what}`);
const compress = promisify(brotliCompress);
const brotli = async (bytes) => (await compress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })).length;

const CORPORA = ['zh-1k', 'zh-10k', 'zh-100k', 'zhcs-10k', 'en-9k', 'en-k1', 'en-k3', 'en-k10', 'en-kall'];
const langOf = (name) => name.slice(0, 2);

/** Seconds that a program takes, the least of `runs`: what else runs on the machine only ever adds. */
function seconds(runs, run) {
  const times = Array.from({ length: runs }, () => {
    const started = process.hrtime.bigint();
    run();
    return Number(process.hrtime.bigint() - started) / 1e9;
  });
  return Math.min(...times);
}

/** Bundles of all corpora, and how fast the two Chinese ones are built. */
function build() {
  const rates = {};
  for (const name of CORPORA) {
    const one = () => call('kb', 'build', path(`${name}.jsonl`), '-o', path(`${name}.zgkb`), '--keep-duplicates', '--no-playbooks');
    const took = seconds(['zh-10k', 'zh-100k'].includes(name) ? 3 : 1, one);
    rates[name] = Math.round(read(`${name}.jsonl`).length / took);
  }
  return rates;
}

/** What `zhanggui eval search` says of each corpus, and BM25 on the same. */
function quality(name) {
  say(`quality ${name}`);
  const lang = langOf(name);
  const score = (queries) => JSON.parse(call('eval', 'search', path(`${name}.zgkb`), path(queries), ...(lang === 'zh' ? ['--embedding', EMBEDDING] : [])));
  const forms = [];
  const entryOf = [];
  for (const { id, question, variants = [] } of read(`${name}.jsonl`)) {
    for (const form of [question, ...variants]) {
      forms.push(form);
      entryOf.push(id);
    }
  }
  const search = bm25(forms, lang);
  const found = (text) => entriesOf(ranked(search(text).scores, 200), entryOf);
  const plain = { clean: recall(read(`${name}.queries.jsonl`), found), typo: recall(read(`${name}.typo.queries.jsonl`), found) };
  const own = { clean: score(`${name}.queries.jsonl`).all, typo: score(`${name}.typo.queries.jsonl`).all };
  if (lang === 'en') {
    own.scope = score(`${name}.scope.queries.jsonl`).scope;
    // As the research does it: the best score by the length of the query.
    const best = ({ text }) => {
      const { scores, n } = search(text);
      return Math.max(0, ...scores.values()) / Math.max(1, n);
    };
    const all = read(`${name}.scope.queries.jsonl`);
    plain.scope = { auroc: auroc(all.filter(({ gold }) => gold.length > 0).map(best), all.filter(({ gold }) => gold.length === 0).map(best)) };
  }
  return { zhanggui: own, bm25: plain };
}

/** Deltas for entries of 10,000 that now ask another real question. */
function deltas() {
  const old = read('zh-10k.jsonl');
  const known = new Set(old.map(({ question }) => question));
  const fresh = read('zh-100k.jsonl').map(({ question }) => question).filter((question) => !known.has(question));
  return Object.fromEntries([1, 100].map((n) => {
    const changed = old.map((entry) => ({ ...entry }));
    for (let at = 0; at < n; at += 1) changed[(at * 97 + 41) % changed.length].question = fresh[at];
    // Under the name of the old one: a file's name is in its bundle.
    mkdirSync(path(`changed-${n}`), { recursive: true });
    writeFileSync(path(`changed-${n}/zh-10k.jsonl`), changed.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    call('kb', 'build', path(`changed-${n}/zh-10k.jsonl`), '-o', path(`changed-${n}.zgkb`), '--keep-duplicates', '--no-playbooks');
    call('kb', 'diff', path('zh-10k.zgkb'), path(`changed-${n}.zgkb`), '-o', path(`changed-${n}.zgkd`));
    return [n, readFileSync(path(`changed-${n}.zgkd`)).length];
  }));
}

/** Beginnings of questions, and of words in pinyin: whole, cut short, by initials. */
function beginnings() {
  const letters = ['tuihuo', 'tuikuan', 'kuaidi', 'fahuo', 'youhuiquan', 'zenme', 'shenme', 'duoshao', 'weixin', 'mima', 'zhanghao', 'dingdan', 'th', 'zmb', 'ddh'];
  const questions = read('zh-10k.queries.jsonl').slice(0, 200).map(({ text }) => [...text]);
  return [...questions, ...letters.map((word) => [...word])]
    .flatMap((typed) => [1, 2, 3, 4, 6].filter((n) => n <= typed.length).map((n) => typed.slice(0, n).join('')));
}

// Of the one that is shipped the twin that has never seen what is asked here.
const EMBEDDING = 'models/train/held-out/zh/embedding.zgem';
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const FILES = {
  'index.html': () => '<!doctype html><title>bench</title>',
  'talks.json': () => JSON.stringify(talks()),
  'zh.zgem': () => readFileSync(EMBEDDING),
  'minisearch.js': () => readFileSync('node_modules/minisearch/dist/es/index.js'),
  'flexsearch.js': () => readFileSync('node_modules/flexsearch/dist/flexsearch.bundle.module.min.mjs'),
  ...Object.fromEntries(['worker.mjs', 'peers.mjs', 'figures.mjs'].map((name) => [name, () => readFileSync(`tests/retrieval/${name}`)])),
};

/** The conversations of the tests, each a list of lines. */
function talks() {
  const folders = readdirSync('tests/conversations', { recursive: true }).filter((name) => name.endsWith('dialogue.jsonl')).sort();
  return folders.map((name) => readFileSync(join('tests/conversations', name), 'utf8').split('\n').filter(Boolean));
}

/** Files with the headers under which a page's clock ticks every 5 microseconds; what is posted is kept. */
async function serve() {
  const kept = new Map();
  const server = createServer((request, response) => {
    const name = request.url.slice(1);
    if (request.method === 'POST') {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
        kept.set(name, Buffer.concat(chunks));
        response.end();
      });
      return;
    }
    const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
    try {
      const body = FILES[name]?.() ?? (/^[\w./-]+$/.test(name) && !name.includes('..') && readFileSync(path(name)));
      response.writeHead(200, { ...isolated, 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { origin: `http://127.0.0.1:${server.address().port}`, kept, end: () => server.close() };
}

/** Runs a job of worker.mjs in a page and a worker of its own. */
async function inWorker(browser, origin, job, args) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(600_000);
  await page.goto(`${origin}/index.html`);
  const { figures, error } = await page.evaluate(([job, args]) => new Promise((resolve) => {
    const worker = new Worker('worker.mjs', { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => resolve({ error: message });
    worker.postMessage({ job, args });
  }), [job, args]);
  await context.close();
  if (error) throw new Error(error);
  return figures;
}

/** What a peer's index and the questions take of a page's heap; a worker's heap cannot be asked. */
async function heap(browser, origin, name, entries, serialized) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(600_000);
  await page.goto(`${origin}/index.html`);
  const bytes = await page.evaluate(async ([name, entries, serialized]) => {
    const { peers } = await import('./peers.mjs');
    const used = async () => {
      for (let run = 0; run < 3; run += 1) {
        gc();
        await new Promise((next) => { setTimeout(next, 50); });
      }
      return performance.memory.usedJSHeapSize;
    };
    const before = await used();
    const load = async () => {
      const questions = (await (await fetch(entries)).text()).split('\n').filter(Boolean).map((line) => JSON.parse(line).question);
      return { questions, index: peers[name]('zh').load(await (await fetch(serialized)).text()) };
    };
    globalThis.held = await load();
    return (await used()) - before;
  }, [name, entries, serialized]);
  await context.close();
  return round(bytes / 2 ** 20, 2);
}

async function inBrowser() {
  const server = await serve();
  const browser = await chromium.launch({
    executablePath: need('CHROMIUM'),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--js-flags=--expose-gc', '--enable-precise-memory-info'],
  });
  say('the dialogue in WASM');
  call('kb', 'build', 'demo/knowledge', '-o', path('demo.zgkb'));
  const talk = await inWorker(browser, server.origin, 'talk', { bundle: 'demo.zgkb' });
  const own = {};
  const others = { MiniSearch: {}, FlexSearch: {} };
  const typed = beginnings();
  for (const [name, passes, opens] of [['zh-10k', 5, 5], ['zh-100k', 5, 3], ['en-9k', 3, 1]]) {
    say(`zhanggui in WASM, ${name}`);
    const lang = langOf(name);
    const args = { bundle: `${name}.zgkb`, queries: `${name}.queries.jsonl`, lang };
    const opened = [];
    for (let run = 0; run < opens; run += 1) opened.push((await inWorker(browser, server.origin, 'zhanggui', args)).ready_ms);
    const figures = await inWorker(browser, server.origin, 'zhanggui', { ...args, passes, ...(lang === 'zh' && { typed }) });
    own[name] = { ...figures, ready_ms: opened.sort((a, b) => a - b)[(opens - 1) >> 1] };
  }
  // How many queries are timed, three times each: the slower, the fewer. Found is for all of them.
  const TIMED = { 'zh-10k': 600, 'zh-100k': 150, 'en-9k': 250 };
  for (const name of Object.keys(others)) {
    for (const corpus of CORPORA) {
      say(`${name}, ${corpus}`);
      const upload = corpus === 'zh-10k' || corpus === 'zh-100k' ? `${name}-${corpus}.json` : undefined;
      const args = { name, entries: `${corpus}.jsonl`, queries: `${corpus}.queries.jsonl`, typos: `${corpus}.typo.queries.jsonl`, lang: langOf(corpus), passes: corpus in TIMED ? 3 : 0, sample: TIMED[corpus], upload };
      const figures = await inWorker(browser, server.origin, 'peer', args);
      if (upload) {
        const serialized = server.kept.get(upload);
        writeFileSync(path(upload), serialized);
        const text = Buffer.from(read(`${corpus}.jsonl`).map(({ question }) => `${question}\n`).join(''));
        const [index, questions] = await Promise.all([brotli(serialized), brotli(text)]);
        const n = read(`${corpus}.jsonl`).length;
        figures.bytes_an_entry = round((index + questions) / n, 2);
        figures.text_bytes_an_entry = round(questions / n, 2);
        figures.heap_mb = await heap(browser, server.origin, name, `${corpus}.jsonl`, upload);
      }
      others[name][corpus] = figures;
    }
  }
  const version = browser.version();
  await browser.close();
  server.end();
  return { chromium: version, talk, zhanggui: own, peers: others };
}

say('bundles');
const rates = build();
const found = Object.fromEntries(CORPORA.map((name) => [name, quality(name)]));
say('bytes');
const bytes = {};
for (const name of ['zh-10k', 'zh-100k', 'en-9k']) bytes[name] = round((await brotli(readFileSync(path(`${name}.zgkb`)))) / read(`${name}.jsonl`).length, 2);
const wasm = {};
for (const module of ['empty', 'text', 'bench']) wasm[module] = await brotli(readFileSync(path(`wasm/${module}_bg.wasm`)));
const report = { build_per_s: rates, quality: found, bytes_an_entry: bytes, delta_bytes: deltas(), wasm_bytes: wasm, browser: await inBrowser() };
console.log(JSON.stringify(report));
process.exit(0);
