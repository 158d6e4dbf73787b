import { post } from '../api.js';
import { cartLines, remove, setQuantity } from '../cart.js';
import { colorOf, variantText } from '../catalog.js';
import { h } from '../dom.js';
import { money } from '../format.js';
import { t, tx } from '../i18n.js';
import { amountList, empty, picture, stepper } from '../parts.js';

export default async function cart({ catalog, refresh }) {
  const title = t('cart');
  // A product may have left the catalog since it was put in.
  const lines = cartLines().filter((line) => catalog.byVariant.has(line.variant));
  const page = { type: 'cart' };
  if (!lines.length) return { title, page, node: h('div', { class: 'page' }, h('h1', {}, title), empty(t('cart_empty'), t('cart_empty_hint'), '#/c/all', t('all'))) };

  const summary = h('div', { 'aria-live': 'polite' });
  const warnings = [];
  const rows = lines.map((line) => {
    const { product, variant } = catalog.byVariant.get(line.variant);
    const name = tx(product.name);
    const sum = h('p', { class: 'line__sum' }, money(product.price * line.quantity));
    const warning = h('p', { class: 'line__warning', hidden: true });
    warnings.push({ variant: line.variant, element: warning });
    return h('li', { class: 'line' },
      h('a', { href: `#/p/${product.id}?variant=${variant.sku}`, tabindex: -1, 'aria-hidden': 'true' }, picture(colorOf(product, variant.color).image, '', { size: 112 })),
      h('div', { class: 'line__text' }, h('a', { href: `#/p/${product.id}?variant=${variant.sku}`, class: 'line__name' }, name), h('p', { class: 'muted small' }, variantText(product, variant)), line.engraving && h('p', { class: 'muted small' }, t('engraved', { text: line.engraving })), h('p', { class: 'small' }, money(product.price)), warning),
      h('div', { class: 'line__tools' }, stepper(line.quantity, 99, (value) => { line = { ...line, quantity: value }; setQuantity(line, value); sum.textContent = money(product.price * value); total(); }, name), sum,
        h('button', { type: 'button', class: 'plain', 'aria-label': t('remove_item', { name }), onclick: () => { remove(line); refresh(); } }, t('remove'))));
  });

  let latest = 0;
  async function total() {
    const mine = ++latest;
    const now = cartLines().filter((line) => catalog.byVariant.has(line.variant));
    const goods = now.reduce((sum, line) => sum + catalog.byVariant.get(line.variant).product.price * line.quantity, 0);
    let quote;
    try {
      quote = await post('quote', { items: now });
    } catch { /* offline: the sum of the goods is still true */ }
    if (mine !== latest) return;
    for (const { variant, element } of warnings) {
      const short = quote?.short.find((item) => item.variant === variant);
      element.hidden = !short;
      element.textContent = short ? t('short_stock', { n: short.stock }) : '';
    }
    const missing = 9900 - goods;
    summary.replaceChildren(h('p', { class: 'to-free' }, missing > 0 ? t('to_free', { n: money(missing) }) : t('free_reached')), h('meter', { min: 0, max: 9900, value: Math.min(goods, 9900), class: 'to-free__meter', 'aria-label': t('promise_post') }),
      quote ? amountList(quote.amounts) : h('div', {}, h('dl', { class: 'amounts' }, h('dt', {}, t('goods')), h('dd', {}, money(goods))), h('p', { class: 'muted small' }, t('quote_offline'))));
  }
  await total();

  const node = h('div', { class: 'page' }, h('h1', {}, title), h('div', { class: 'split' },
    h('ul', { class: 'lines' }, rows),
    h('aside', { class: 'panel summary', 'aria-label': t('summary') }, h('h2', {}, t('summary')), summary, h('a', { href: '#/checkout', class: 'button button--wide' }, t('checkout')))));
  return { title, page, node };
}
