// Splits a log by time: what came before, the newest sessions, and every query that they hold; makes up a catalog for its items.
//
//   node tests/recommend/split.mjs clicks.tsv.gz SESSIONS FOLDER
//
// SESSIONS of the newest are held out. FOLDER gets older.tsv, newer.tsv, sessions.jsonl and catalog.json. Public logs say nothing of
// what their items are: brand, category, price and margin are drawn from the item's id, as unlike what shoppers look at as can be.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { createHash } from 'node:crypto';

const [log, held, folder] = process.argv.slice(2);
const MAX_QUERIES = 20_000;
const bytes = fs.readFileSync(log);
const text = (bytes[0] === 0x1f ? zlib.gunzipSync(bytes) : bytes).toString();
const [header, ...rows] = text.split('\n').filter(Boolean);
const names = header.split('\t');
const columns = ['SessionId', 'ItemId', 'Time'].map((name) => names.indexOf(name));
if (columns.includes(-1)) throw new Error(`${log}: want the columns SessionId, ItemId and Time`);

const sessions = new Map();
for (const row of rows) {
  const cells = row.split('\t');
  const [session, item, time] = columns.map((at) => cells[at]);
  if (!sessions.has(session)) sessions.set(session, { rows: [], clicks: [], last: 0 });
  const of = sessions.get(session);
  of.rows.push(row);
  of.clicks.push([Number(time), item]);
  of.last = Math.max(of.last, Number(time));
}
const byTime = [...sessions.values()].sort((a, b) => a.last - b.last);
const first = Math.max(0, byTime.length - Number(held));
const write = (name, lines) => fs.writeFileSync(path.join(folder, name), `${lines.join('\n')}\n`);
fs.mkdirSync(folder, { recursive: true });
const older = byTime.slice(0, first);
// As in the test logs of the literature: an item that nobody had looked at before is none that could be found.
const known = new Set(older.flatMap((session) => session.clicks.map(([, item]) => item)));
const newer = byTime.slice(first).map(({ rows, clicks }) => {
  const kept = [...clicks.keys()].filter((at) => known.has(clicks[at][1]));
  return { rows: kept.map((at) => rows[at]), clicks: kept.map((at) => clicks[at]) };
});
write('older.tsv', [header, ...older.flatMap((session) => session.rows)]);
write('newer.tsv', [header, ...newer.filter(({ rows }) => rows.length > 1).flatMap((session) => session.rows)]);

const queries = [];
for (const { clicks } of newer) {
  const items = clicks.sort((a, b) => a[0] - b[0]).map(([, item]) => item);
  for (let n = 1; n < items.length && queries.length < MAX_QUERIES; n += 1) queries.push(JSON.stringify({ session: items.slice(0, n) }));
}
write('sessions.jsonl', queries);

const items = new Set(byTime.flatMap((session) => session.clicks.map(([, item]) => item)));
const drawn = (item) => createHash('sha256').update(item).digest();
// As schema.org says it: of the feeds that are read, the one that has a place for a margin.
const product = (item) => {
  const dice = drawn(item);
  return {
    '@type': 'Product',
    productID: item,
    sku: item,
    name: `Item ${item}`,
    brand: `Brand ${dice.readUInt16LE(0) % 20}`,
    category: `Category ${dice.readUInt16LE(2) % 50}`,
    offers: { '@type': 'Offer', price: 1 + (dice.readUInt16LE(4) % 50_000) / 100, priceCurrency: 'CNY', availability: 'https://schema.org/InStock' },
    additionalProperty: [{ '@type': 'PropertyValue', name: 'margin', value: (dice[6] / 255).toFixed(2) }],
  };
};
fs.writeFileSync(path.join(folder, 'catalog.json'), JSON.stringify({ '@context': 'https://schema.org', '@graph': [...items].map(product) }));
