// Writes www/shop/data/products.json from catalog.mjs: `node demo/data/build.mjs`.
// Stock and review counts come from a hash of the SKU, so that a rebuild changes nothing by itself.
import { writeFileSync, mkdirSync } from 'node:fs';
import { CATEGORIES, COLORS, CARE, TAGS, PRODUCTS, SIZE_TABLES, MENTIONS } from './catalog.mjs';

const text = (zh, en) => ({ 'zh-CN': zh, en });
const pair = ([zh, en]) => text(zh, en);

/** FNV-1a, scaled to 0..1. */
function chance(key) {
  let h = 0x811c9dc5;
  for (const ch of key) h = Math.imul(h ^ ch.codePointAt(0), 0x01000193) >>> 0;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) >>> 0;
  return ((h ^ (h >>> 13)) >>> 0) / 2 ** 32;
}

function size(label) {
  const [zh, en = zh] = label.split('/');
  const id = en.replace(/[^0-9A-Za-z.]+/g, '').toUpperCase();
  return { id, label: text(zh, en) };
}

function reviews(sku, category) {
  const count = Math.round(60 + chance(sku + 'n') ** 2 * 2800);
  const five = 0.74 + chance(sku + 'five') * 0.16;
  const rest = 1 - five;
  const shares = [five, rest * 0.66, rest * 0.2, rest * 0.08, rest * 0.06];
  const stars = shares.map((share) => Math.round(share * count));
  const total = stars.reduce((sum, n) => sum + n, 0);
  const average = stars.reduce((sum, n, i) => sum + n * (5 - i), 0) / total;
  return {
    count: total, average: Math.round(average * 10) / 10, stars,
    mentions: MENTIONS[category].map(([zh, en, share], i) => ({ ...text(zh, en), count: Math.round(total * share * (0.7 + chance(sku + i) * 0.6)) })),
  };
}

const products = [];
CATEGORIES.forEach(([category], c) => PRODUCTS[category].forEach((row, p) => {
  const [id, kind, zh, en, price, list, colors, sizes, options, aboutZh, aboutEn, material, care, tags] = row;
  const sku = `HM${c + 1}${String(p + 1).padStart(3, '0')}`;
  const colorIds = colors.split(',');
  const sizeList = sizes ? sizes.split(',').map((s) => size(s)) : [];
  const variants = [];
  for (const color of colorIds) for (const s of sizeList.length ? sizeList : [null]) {
    const variant = [sku, color.toUpperCase(), s?.id].filter(Boolean).join('-');
    const roll = chance(variant);
    const stock = options.soldOut === color ? 0 : roll < 0.06 && variants.length > 0 ? 0 : roll < 0.18 ? 1 + Math.floor(roll * 20) : Math.round(12 + roll * 90);
    variants.push({ sku: variant, color, size: s?.id ?? null, stock });
  }
  const picture = (color) => `shop/img/${id}-${color}.svg`;
  products.push({
    id, sku, kind, category,
    name: text(zh, en), description: text(aboutZh, aboutEn),
    price: price * 100, list_price: (list || price) * 100, campaign: options.campaign ?? null,
    colors: colorIds.map((color) => ({ id: color, label: pair(COLORS[color]), hex: COLORS[color][2], image: picture(color) })),
    sizes: sizeList, variants,
    material: pair(material.split('|')), care: pair(CARE[care]),
    tags: tags ? tags.split(',').map((tag) => ({ id: tag, label: pair(TAGS[tag]) })) : [],
    rating: reviews(sku, category),
    size_table: options.table ? { columns: SIZE_TABLES[options.table].columns.map(pair), rows: SIZE_TABLES[options.table].rows.filter(([label]) => sizeList.some((s) => s.label.en === label)) } : null,
    image: picture(colorIds[0]),
    gallery: [`shop/img/${id}-scene.svg`, `shop/img/${id}-detail.svg`],
    engraving: options.engrave ?? false, large: options.large ?? false, presale_days: options.presale ?? null,
    returns: options.returns ?? 'standard', warranty: options.warranty ?? null,
  });
}));

const out = new URL('../../www/shop/data/', import.meta.url);
mkdirSync(out, { recursive: true });
const catalog = {
  version: 1, currency: 'CNY',
  categories: CATEGORIES.map(([id, zh, en, tagZh, tagEn]) => ({ id, name: text(zh, en), tagline: text(tagZh, tagEn), image: `shop/img/category-${id}.svg` })),
  products,
};
// One product a line: a change of one product is one line in a diff.
const body = `{"version":1,"currency":"CNY",\n"categories":[\n${catalog.categories.map((c) => JSON.stringify(c)).join(',\n')}\n],\n"products":[\n${products.map((p) => JSON.stringify(p)).join(',\n')}\n]}\n`;
JSON.parse(body);
writeFileSync(new URL('products.json', out), body);
console.log(`${products.length} products, ${products.reduce((n, p) => n + p.variants.length, 0)} variants, ${body.length} characters`);
