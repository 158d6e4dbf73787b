// What an index weighs on its way to a browser, how long it takes to load and to ask there, and whether the lists are the native ones.
//
//   zhanggui recommend build clicks.tsv -o shop.zgrx
//   zhanggui recommend query shop.zgrx < sessions.jsonl > lists.jsonl
//   cargo build --profile dist --target wasm32-unknown-unknown -p zg-bench --example recommend
//   wasm-bindgen --target nodejs --out-dir target/recommend target/wasm32-unknown-unknown/dist/examples/recommend.wasm
//   node tests/recommend/measure.mjs target/recommend/recommend.js shop.zgrx sessions.jsonl lists.jsonl
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { createRequire } from 'node:module';

const [module, index, sessions, lists] = process.argv.slice(2).map((name) => path.resolve(name));
const { Lists } = createRequire(import.meta.url)(module);
const bytes = fs.readFileSync(index);
const lines = (name) => fs.readFileSync(name, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const time = (work) => {
  const started = performance.now();
  const result = work();
  return [performance.now() - started, result];
};

const loads = [];
let open;
for (let round = 0; round < 7; round += 1) {
  open?.free();
  const [millis, lists] = time(() => Lists.open(bytes));
  loads.push(millis);
  open = lists;
}
const n = open.items();
const asked = lines(sessions).map((line) => Uint32Array.from(line.session, (item) => open.find(String(item))));
const native = lines(lists);
let different = 0;
const times = asked.map((session, at) => {
  // The first round warms the compiler up; of the others the least disturbed counts.
  const rounds = [0, 1, 2].map(() => time(() => open.list(session)));
  const items = Array.from(rounds[2][1], (item) => open.name(item));
  const scores = Array.from(open.scores(), (score) => Math.round(score * 1e6) / 1e6);
  const same = native[at].items?.every(({ item, score }, place) => String(item) === items[place] && Math.abs(score - scores[place]) < 1.5e-6);
  if (!same || native[at].items.length !== items.length) different += 1;
  return Math.min(...rounds.map(([millis]) => millis)) * 1000;
});
times.sort((a, b) => a - b);
const share = (part) => Number(times[Math.floor((times.length - 1) * part)].toFixed(1));
const wasm = fs.readFileSync(module.replace(/\.js$/, '_bg.wasm'));
const brotli = (data) => zlib.brotliCompressSync(data).length;
console.log(JSON.stringify({
  items: n,
  bytes: bytes.length,
  brotli: brotli(bytes),
  brotli_bytes_an_item: Number((brotli(bytes) / n).toFixed(1)),
  memory_bytes_an_item: Number((open.bytes() / n).toFixed(1)),
  load_millis: Number(median(loads).toFixed(1)),
  queries: asked.length,
  micros: { p50: share(0.5), p90: share(0.9), p99: share(0.99) },
  lists_unlike_native: different,
  wasm: { bytes: wasm.length, brotli: brotli(wasm) },
}));
if (different > 0) process.exitCode = 1;
