// The few SVG shapes the illustrations are made of, and the tones of a color.

const fix = (d) => d.replace(/-?\d+\.\d+/g, (n) => String(Math.round(Number(n) * 10) / 10));
const n = (v) => Math.round(v * 10) / 10;
export const P = (d, fill, extra = '') => `<path d="${fix(d)}" fill="${fill}"${extra && ` ${extra}`}/>`;
export const C = (x, y, r, fill, extra = '') => `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="${fill}"${extra && ` ${extra}`}/>`;
export const E = (x, y, rx, ry, fill, extra = '') => `<ellipse cx="${n(x)}" cy="${n(y)}" rx="${n(rx)}" ry="${n(ry)}" fill="${fill}"${extra && ` ${extra}`}/>`;
export const R = (x, y, w, h, r, fill, extra = '') => `<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}"${r ? ` rx="${n(r)}"` : ''} fill="${fill}"${extra && ` ${extra}`}/>`;
/** An open line; ends and joins are round by the group around the whole picture. */
export const L = (d, stroke, width, extra = '') => `<path d="${fix(d)}" fill="none" stroke="${stroke}" stroke-width="${width}"${extra && ` ${extra}`}/>`;
export const G = (inner, attributes = '') => `<g${attributes && ` ${attributes}`}>${inner}</g>`;
/** The shape and its mirror image about the middle of the field. */
export const mirror = (inner) => inner + G(inner, 'transform="matrix(-1 0 0 1 400 0)"');
/** Something lying flat: its own outline as a soft shadow. */
export const layer = (d, fill) => P(d, '#000', 'opacity=".12" transform="translate(6 8)"') + P(d, fill);

const parse = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
export function mix(a, b, share) {
  const [x, y] = [parse(a), parse(b)];
  return `#${x.map((v, i) => Math.round(v + (y[i] - v) * share).toString(16).padStart(2, '0')).join('')}`;
}
export const tones = (hex) => ({ b: hex, d: mix(hex, '#3a2418', .17), dd: mix(hex, '#2a1a12', .4), l: mix(hex, '#fffaf0', .26), ll: mix(hex, '#fffaf0', .55) });
export function lightness(hex) {
  const [r, g, b] = parse(hex);
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}
