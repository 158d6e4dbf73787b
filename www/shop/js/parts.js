// Pieces that several pages show.
import { inStock } from './catalog.js';
import { h } from './dom.js';
import { money, number } from './format.js';
import { t, tx } from './i18n.js';
import { icon } from './icons.js';

export const link = (href, text, className) => h('a', { href, class: className }, text);

export function picture(src, alt, { eager = false, size = 400, className } = {}) {
  return h('img', { src, alt, width: size, height: size, loading: eager ? null : 'lazy', decoding: 'async', class: className });
}

export function price(product, large = false) {
  const reduced = product.list_price > product.price;
  return h('p', { class: large ? 'price price--large' : 'price' },
    reduced && h('span', { class: 'visually-hidden' }, `${t('now')} `), h('strong', { class: 'price__now' }, money(product.price)),
    reduced && [' ', h('span', { class: 'visually-hidden' }, `${t('was')} `), h('s', { class: 'price__was' }, money(product.list_price))]);
}

export function badge(product) {
  if (!inStock(product)) return h('span', { class: 'badge badge--quiet' }, t('sold_out'));
  if (product.campaign === 'flash') return h('span', { class: 'badge badge--flash' }, t('flash'));
  if (product.presale_days) return h('span', { class: 'badge badge--quiet' }, t('presale'));
  if (product.campaign === 'winter') return h('span', { class: 'badge' }, t('winter'));
  return null;
}

export function stars(rating) {
  return h('span', { class: 'stars' }, icon('star'), h('span', { 'aria-hidden': 'true' }, rating.average.toFixed(1)), h('span', { class: 'visually-hidden' }, t('rating', { average: rating.average, count: number(rating.count) })));
}

export function card(product, eager = false) {
  return h('li', { class: 'card' }, h('a', { href: `#/p/${product.id}`, class: 'card__link' },
    h('span', { class: 'card__picture' }, picture(product.image, '', { eager }), badge(product)),
    h('span', { class: 'card__name' }, tx(product.name))),
  h('div', { class: 'card__foot' }, price(product), stars(product.rating)),
  product.colors.length > 1 && h('ul', { class: 'dots', 'aria-label': t('color') }, product.colors.map((color) => h('li', { class: 'dot', vars: { '--dot': color.hex } }, h('span', { class: 'visually-hidden' }, tx(color.label))))));
}

export const grid = (products, eager = 0) => h('ul', { class: 'grid' }, products.map((product, idx) => card(product, idx < eager)));

export function breadcrumb(...items) {
  return h('nav', { class: 'breadcrumb', 'aria-label': t('breadcrumb') }, h('ol', {}, [[t('home'), '#/'], ...items].map(([text, href]) => h('li', {}, href ? link(href, text) : h('span', { 'aria-current': 'page' }, text)))));
}

export function section(title, text, more, ...body) {
  return h('section', { class: 'section' }, h('div', { class: 'section__head' }, h('div', {}, h('h2', {}, title), text && h('p', { class: 'muted' }, text)), more && h('a', { href: more, class: 'more' }, t('see_all'), h('span', { class: 'visually-hidden' }, ` ${title}`), icon('arrow'))), body);
}

export function stepper(value, max, onchange, name) {
  const output = h('output', { class: 'stepper__value', 'aria-label': name ? `${t('quantity')}: ${name}` : t('quantity') }, String(value));
  const step = (by) => {
    value = Math.min(Math.max(1, max), Math.max(1, value + by));
    output.textContent = String(value);
    less.disabled = value <= 1;
    more.disabled = value >= max;
    onchange(value);
  };
  const suffix = name ? `: ${name}` : '';
  const less = h('button', { type: 'button', class: 'stepper__button', 'aria-label': t('less') + suffix, disabled: value <= 1, onclick: () => step(-1) }, icon('minus'));
  const more = h('button', { type: 'button', class: 'stepper__button', 'aria-label': t('more') + suffix, disabled: value >= max, onclick: () => step(1) }, icon('plus'));
  return h('div', { class: 'stepper' }, less, output, more);
}

/** The lines of an amount, shared by cart, checkout and order. */
export function amountList(amounts) {
  const less = (key) => amounts[key] > 0 && [h('dt', {}, t(key)), h('dd', { class: 'saving' }, `−${money(amounts[key])}`)];
  const plus = (key) => amounts[key] > 0 && [h('dt', {}, t(key)), h('dd', {}, money(amounts[key]))];
  return h('dl', { class: 'amounts' }, h('dt', {}, t('goods')), h('dd', {}, money(amounts.goods)), less('campaign_discount'), less('coupon_discount'), less('points_discount'),
    h('dt', {}, t('postage')), h('dd', {}, amounts.postage ? money(amounts.postage) : t('free')), plus('carrier_fee'), plus('gift_wrap'),
    h('dt', { class: 'amounts__total' }, t('total')), h('dd', { class: 'amounts__total' }, money(amounts.total)));
}

export function empty(title, hint, href, text) {
  return h('div', { class: 'empty' }, icon('leaf'), h('h2', {}, title), hint && h('p', { class: 'muted' }, hint), href && h('a', { href, class: 'button' }, text));
}

export function failure(error, retry) {
  return h('div', { class: 'empty', role: 'alert' }, icon('leaf'), h('h2', {}, error.message), h('button', { type: 'button', class: 'button', onclick: retry }, t('retry')));
}
