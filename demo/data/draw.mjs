// Draws every picture of the demo shop into www/shop/img: `node demo/data/draw.mjs`.
// Run build.mjs first: the pictures follow www/shop/data/products.json.
import { readFileSync, writeFileSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { C, E, G, L, P, R, lightness, mix, tones } from './shapes.mjs';
import { KINDS, sprig } from './kinds.mjs';

const LIMIT = 4096;
const OUT = new URL('../../www/shop/img/', import.meta.url);
const { products, categories } = JSON.parse(readFileSync(new URL('../../www/shop/data/products.json', import.meta.url), 'utf8'));
// Each category has its own paper, so that a grid of many colors stays calm.
const PAPER = { clothing: '#ece2d2', home: '#e6e4d6', kitchen: '#f0e0d0', appliances: '#dfe5e3', care: '#f0e3dc', bags: '#e4e3e6', gifts: '#eee2cc' };

const round = (inner) => `<g stroke-linecap="round" stroke-linejoin="round">${inner}</g>`;
const svg = (inner, box = '0 0 400 400') => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}">${round(inner)}</svg>`;
const shadow = (kind) => (KINDS[kind].lay ? '' : E(200, 331, 132, 11, '#5a4330', 'opacity=".16"'));
const thing = (kind, hex) => KINDS[kind].draw(tones(hex));

/** The paper behind a product, away from the product's own color. */
function backdrop(category, hex) {
  const paper = mix(PAPER[category], hex, .1);
  return lightness(hex) > .86 ? mix(paper, '#8a7358', .14) : paper;
}

const plain = (p, hex) => { const paper = backdrop(p.category, hex); return svg(R(0, 0, 400, 400, 0, paper) + C(200, 206, 158, lightness(hex) > .86 ? mix(paper, '#8a7358', .16) : mix(paper, '#fffaf0', .5)) + shadow(p.kind) + thing(p.kind, hex)); };

function detail(p, hex) {
  const [x, y, w] = KINDS[p.kind].focus;
  const paper = backdrop(p.category, hex);
  return svg(R(0, 0, 400, 400, 0, mix(paper, '#fffaf0', .35)) + shadow(p.kind) + thing(p.kind, hex), `${x} ${y} ${w} ${w}`);
}

function scene(p, hex) {
  const paper = backdrop(p.category, hex);
  if (KINDS[p.kind].lay) {
    return svg(R(0, 0, 400, 400, 0, mix('#d9c6a8', paper, .35)) + L('M-20 90L120-20M-20 250L280-20M-20 410L420-10M130 420L420 160M290 420L420 310', '#fffaf0', 22, 'opacity=".16"')
      + sprig(66, 394, -10, 1.3) + C(342, 62, 52, '#000', 'opacity=".1"') + C(338, 56, 52, '#fbf6ec') + C(338, 56, 42, '#8a5a3a') + C(330, 50, 22, '#a9744c')
      + G(thing(p.kind, hex), 'transform="translate(62 58) scale(.74)"'));
  }
  return svg(R(0, 0, 400, 300, 0, mix(paper, '#fffaf0', .3)) + P('M236 296V94Q236 46 288 46Q340 46 340 94V296Z', '#cfdfe2') + P('M236 210Q268 176 296 200Q318 184 340 198V296H236Z', '#9fb394') + L('M236 296V94Q236 46 288 46Q340 46 340 94V296M288 46V296M236 140H340', '#fdf8ec', 8)
    + R(0, 296, 400, 104, 0, '#c49a68') + R(0, 296, 400, 10, 0, '#d9b585') + P('M232 300H344L300 400H120Z', '#fff4d6', 'opacity=".18"')
    + sprig(66, 270, -14) + P('M36 262H96L86 322H46Z', '#b76a4a')
    + G(shadow(p.kind) + thing(p.kind, hex), 'transform="translate(64 74) scale(.76)"'));
}

const at = (kind, hex, x, y, s) => G(shadow(kind) + thing(kind, hex), `transform="translate(${x} ${y}) scale(${s})"`);
const TILES = {
  clothing: [['sweater', '#d8c4a2', -6, 20, .74], ['sneaker', '#cd5f41', 248, 94, .66]],
  home: [['bedset', '#8fa286', 6, 32, .92], ['tablelamp', '#f7f2e8', 330, 118, .56]],
  kitchen: [['dutchoven', '#cd5f41', 8, 22, .84], ['mug', '#9db6c6', 300, 120, .54]],
  appliances: [['humidifier', '#f1e9da', 40, 48, .76], ['kettle', '#33302f', 232, 56, .74]],
  care: [['serum', '#ad6c30', 0, 58, .74], ['shampoo', '#4b6552', 130, 40, .79], ['soap', '#cb9187', 292, 128, .52]],
  bags: [['suitcase', '#8fa286', 14, 36, .8], ['backpack', '#d3a44c', 226, 66, .7]],
  gifts: [['giftbox', '#cd5f41', -2, 70, .7], ['candle', '#b4a2ba', 176, 116, .56], ['plush', '#d8c4a2', 276, 82, .66]],
};
function tile(id) {
  const paper = PAPER[id];
  return svg(R(0, 0, 520, 360, 0, paper) + C(400, 90, 150, mix(paper, '#fffaf0', .45)) + R(0, 300, 520, 60, 0, mix(paper, '#a98a62', .3)) + TILES[id].map((item) => at(...item)).join(''), '0 0 520 360');
}

function hero() {
  const wall = '#eadfcb';
  return svg(R(0, 0, 1200, 640, 0, wall) + R(0, 0, 1200, 640, 0, '#f3e7d0', 'opacity=".5"')
    + P('M640 470V200Q640 70 780 70Q920 70 920 200V470Z', '#fbf5e8') + P('M656 470V204Q656 88 780 88Q904 88 904 204V470Z', '#cbdde0') + C(838, 176, 34, '#f6dd9e') + P('M656 380Q720 310 786 360Q850 300 904 346V470H656Z', '#a7b89a') + P('M656 430Q740 384 904 420V470H656Z', '#889c7b') + L('M780 88V470M656 280H904', '#fbf5e8', 10)
    + R(0, 520, 1200, 120, 0, '#b98d5c') + R(0, 512, 1200, 14, 0, '#d2aa78') + L('M0 560H420M520 590H980M760 552H1200M120 616H640', '#a87c4c', 2)
    + P('M640 526H920L800 640H420Z', '#fff2cf', 'opacity=".16"')
    + at('tablelamp', '#8fa286', 452, 184, 1.04) + at('vase', '#c0714f', 880, 250, .84) + at('blanket', '#d8c4a2', 700, 300, .68) + at('mug', '#9db6c6', 636, 392, .42) + at('notebook', '#4b6552', 1040, 398, .36)
    + G(sprig(0, 0, -22, 2.3) + sprig(0, 0, 10, 2.6) + sprig(0, 0, 36, 2) + P('M-52-8H52L40 92Q38 104 26 104H-26Q-38 104-40 92Z', '#b76a4a') + P('M20-8H52L40 92Q38 104 26 104H8Z', '#9a553a') + R(-58, -22, 116, 24, 8, '#c47a58'), 'transform="translate(1130 424)"'), '0 0 1200 640');
}

const MARK = (paper, ink) => R(0, 0, 512, 512, 0, paper) + L('M256 424V180', ink, 26) + L('M136 212H376', ink, 26) + L('M256 190Q206 180 182 108Q246 112 256 168Q266 112 330 108Q306 180 256 190Z', ink, 20) + L('M254 236Q232 318 142 366M258 236Q280 318 370 366', ink, 26);

mkdirSync(OUT, { recursive: true });
const files = new Map();
for (const p of products) {
  for (const color of p.colors) files.set(`${p.id}-${color.id}.svg`, plain(p, color.hex));
  files.set(`${p.id}-scene.svg`, scene(p, p.colors[0].hex));
  files.set(`${p.id}-detail.svg`, detail(p, p.colors[0].hex));
}
for (const { id } of categories) files.set(`category-${id}.svg`, tile(id));
files.set('hero.svg', hero());
files.set('icon.svg', svg(MARK('#4b6552', '#fbf6ec'), '0 0 512 512'));

for (const name of readdirSync(OUT)) if (name.endsWith('.svg') && !files.has(name)) unlinkSync(new URL(name, OUT));
let bytes = 0;
const large = [];
for (const [name, body] of files) {
  writeFileSync(new URL(name, OUT), `${body}\n`);
  bytes += Buffer.byteLength(body);
  if (Buffer.byteLength(body) >= LIMIT && !/^(hero|category)/.test(name)) large.push(`${name} ${Buffer.byteLength(body)}`);
}
console.log(`${files.size} pictures, ${Math.round(bytes / 1024)} KB`);
if (large.length) { console.error(`over ${LIMIT} bytes:\n${large.join('\n')}`); process.exitCode = 1; }
