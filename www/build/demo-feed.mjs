// The demo shop's product feed and a history of visits, made of its catalog: `node demo-feed.mjs products.json FEED CLICKS`.
// The feed is a table as shops give it to shopping search. The history is drawn by a generator with a fixed seed: nobody's
// clicks, but of the kind that shops have: most visits stay with a kind of thing, and some products are liked more.
import { readFileSync, writeFileSync } from 'node:fs';

const [, , from, feed, clicks] = process.argv;
const { products, categories, currency } = JSON.parse(readFileSync(from, 'utf8'));
const zh = (text) => text?.['zh-CN'] ?? '';
const both = (text) => [...new Set([text?.['zh-CN'], text?.en])].filter(Boolean).join(' ');
const category = new Map(categories.map(({ id, name }) => [id, zh(name)]));

// Sizes with the heights they are for, where the shop says so.
const guide = (table) => {
  const at = table?.columns.findIndex(({ en }) => en === 'Height') ?? -1;
  return at < 0 ? '' : table.rows.map((row) => `${row[0]} ${row[at].replace('–', '-')}`).join('; ');
};
const columns = ['id', 'title', 'description', 'link', 'image_link', 'availability', 'price', 'sale_price', 'product_type', 'material', 'color', 'size_guide'];
const money = (hundredths) => `${(hundredths / 100).toFixed(2)} ${currency}`;
const rows = products.map((one) => ({
  id: one.id,
  title: zh(one.name),
  description: [zh(one.description), one.name.en, ...one.tags.map(({ label }) => both(label)), one.material?.en].filter(Boolean).join(' '),
  link: `https://shop.example/#/p/${one.id}`,
  image_link: `https://shop.example/${one.image}`,
  availability: one.variants.some(({ stock }) => stock > 0) ? 'in_stock' : 'out_of_stock',
  price: money(one.list_price ?? one.price),
  sale_price: one.list_price ? money(one.price) : '',
  product_type: category.get(one.category) ?? one.category,
  material: zh(one.material),
  size_guide: guide(one.size_table),
  color: one.colors.map(({ label }) => zh(label)).join('、'),
}));
const cell = (text) => `"${String(text).replace(/"/g, '""')}"`;
writeFileSync(feed, `${[columns.join(','), ...rows.map((row) => columns.map((name) => cell(row[name])).join(','))].join('\n')}\n`);

// SplitMix32: the same history on every machine.
let state = 20261129;
const random = () => {
  state = (state + 0x9e3779b9) | 0;
  let z = state ^ (state >>> 16);
  z = Math.imul(z, 0x21f0aaad);
  z ^= z >>> 15;
  z = Math.imul(z, 0x735a2d97);
  return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
};
const liked = new Map(products.map(({ id }, at) => [id, 1 / (1 + ((at * 37) % products.length) / 8)]));
const near = (a, b) => 0.05 + (a.category === b.category ? 1 : 0) + (a.kind === b.kind ? 1 : 0)
  + a.tags.filter(({ id }) => b.tags.some((tag) => tag.id === id)).length * 0.6;
const draw = (weights) => {
  let left = random() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [one, weight] of weights) if ((left -= weight) <= 0) return one;
  return weights.at(-1)[0];
};
const lines = ['SessionId\tItemId\tTime'];
const VISITS = 3000;
// The last of them end when the feed was written, so that what is popular is popular now.
const end = Date.UTC(2026, 10, 29) / 1000;
for (let visit = 0; visit < VISITS; visit += 1) {
  let at = end - (VISITS - visit) * 800;
  let one = draw(products.map((product) => [product, liked.get(product.id)]));
  for (let n = 2 + Math.floor(random() * 5); n; n -= 1) {
    lines.push(`${visit}\t${one.id}\t${at}`);
    const before = one;
    one = draw(products.filter((product) => product !== before).map((product) => [product, near(before, product) ** 2 * liked.get(product.id)]));
    at += 20 + Math.floor(random() * 90);
  }
}
writeFileSync(clicks, `${lines.join('\n')}\n`);
