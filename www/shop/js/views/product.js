import { get } from '../api.js';
import { add } from '../cart.js';
import { colorOf, inStock, variantText } from '../catalog.js';
import { field, h, toast } from '../dom.js';
import { date, money, number } from '../format.js';
import { t, tx } from '../i18n.js';
import { icon } from '../icons.js';
import { badge, breadcrumb, grid, picture, price, section, stars, stepper } from '../parts.js';

export default function product({ catalog, params, id }) {
  const item = catalog.byId.get(id);
  if (!item) return null;
  const name = tx(item.name);
  const category = catalog.categories.find((candidate) => candidate.id === item.category);
  const asked = catalog.byVariant.get(params.get('variant') ?? '')?.variant;
  const first = asked ?? item.variants.find((variant) => variant.stock > 0) ?? item.variants[0];
  const choice = { color: first.color, size: first.size, quantity: 1, engraving: '' };
  const variantOf = (color, size) => item.variants.find((variant) => variant.color === color && variant.size === size);
  const chosen = () => variantOf(choice.color, choice.size);

  const shown = picture(colorOf(item, choice.color).image, '', { eager: true, size: 800, className: 'gallery__main' });
  const thumbs = h('ul', { class: 'gallery__thumbs' });
  const show = (src, alt) => {
    shown.src = src;
    shown.alt = alt;
    for (const button of thumbs.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset.src === src));
  };
  const pictures = [...item.colors.map((color) => [color.image, t('view_color', { name, color: tx(color.label) })]), [item.gallery[0], t('view_scene', { name })], [item.gallery[1], t('view_detail', { name })]];
  thumbs.append(...pictures.map(([src, alt], idx) => h('li', {}, h('button', { type: 'button', class: 'thumb', 'data-src': src, 'aria-label': `${t('picture_n', { n: idx + 1 })}: ${alt}`, onclick: () => show(src, alt) }, picture(src, '', { size: 96, eager: true })))));

  const colorName = h('span', { class: 'muted' });
  const stockText = h('p', { class: 'stock', role: 'status' });
  const quantity = h('div', { class: 'buy__quantity' });
  const addButton = h('button', { type: 'button', class: 'button button--plain buy__button', onclick: () => { put(); toast(`${t('added')} · ${variantText(item, chosen()) || name}`); } }, t('add'));
  const buyButton = h('button', { type: 'button', class: 'button buy__button', onclick: () => { put(); location.hash = '#/cart'; } }, t('buy'));
  const put = () => add({ variant: chosen().sku, quantity: choice.quantity, ...(choice.engraving.trim() && { engraving: choice.engraving.trim() }) });

  const radio = (group, value, label, extra, isShort) => h('label', { class: `option${extra}${isShort ? ' option--short' : ''}` },
    h('input', { type: 'radio', name: group, value, checked: choice[group] === value, onchange: () => { choice[group] = value; update(group === 'color'); } }), label);
  const colors = h('fieldset', { class: 'options' }, h('legend', {}, t('color'), ' ', colorName),
    h('div', { class: 'options__row' }, item.colors.map((color) => radio('color', color.id, [h('span', { class: 'swatch', vars: { '--dot': color.hex } }), h('span', { class: 'visually-hidden' }, tx(color.label))], ' option--color'))));
  const sizeRow = h('div', { class: 'options__row' });
  const sizes = item.sizes.length > 0 && h('fieldset', { class: 'options' }, h('legend', {}, t('size')), sizeRow);

  function update(showColor) {
    const variant = chosen();
    colorName.textContent = tx(colorOf(item, choice.color).label);
    if (showColor) show(colorOf(item, choice.color).image, t('view_color', { name, color: colorName.textContent }));
    sizeRow.replaceChildren(...item.sizes.map((size) => radio('size', size.id, h('span', {}, tx(size.label)), '', variantOf(choice.color, size.id).stock === 0)));
    const { stock } = variant;
    stockText.className = `stock${stock === 0 ? ' stock--none' : stock <= 5 ? ' stock--low' : ''}`;
    stockText.textContent = stock === 0 ? `${t('stock_none')} · ${t('stock_notice')}` : stock <= 5 ? t('stock_low', { n: stock }) : t('stock_ok');
    choice.quantity = Math.max(1, Math.min(choice.quantity, stock));
    quantity.replaceChildren(h('span', { class: 'label' }, t('quantity')), stepper(choice.quantity, Math.min(99, stock), (value) => { choice.quantity = value; }));
    addButton.disabled = buyButton.disabled = stock === 0;
  }
  // Rebuilding the row would drop the keyboard focus of the radio just chosen.
  sizeRow.addEventListener('change', () => sizeRow.querySelector('input:checked')?.focus());
  update(true);
  // The static catalog knows the stock of yesterday; the back office knows it now.
  get(`products/${item.id}`).then((live) => {
    for (const { sku, stock } of live.variants) item.variants.find((variant) => variant.sku === sku).stock = stock;
    const { activeElement } = document;
    update(false);
    if (activeElement?.name === 'size') sizeRow.querySelector('input:checked')?.focus();
  }).catch(() => undefined);

  const reduced = item.list_price - item.price;
  const fact = (name_, text) => h('li', {}, icon(name_), text);
  const dispatch = item.presale_days ? t('fact_dispatch_presale', { date: date(Date.now() + item.presale_days * 86400000) }) : item.large ? t('fact_dispatch_large') : t('fact_dispatch');
  const { rating } = item;
  const engraving = item.engraving && h('input', { type: 'text', maxlength: 10, autocomplete: 'off', oninput: (event) => { choice.engraving = event.target.value; } });

  const related = catalog.products.filter((other) => other.id !== item.id && inStock(other)).map((other) => ({ other, score: (other.category === item.category ? 2 : 0) + other.tags.filter((tag) => item.tags.some(({ id: own }) => own === tag.id)).length })).sort((a, b) => b.score - a.score).slice(0, 4).map(({ other }) => other);
  const table = item.size_table;
  const node = h('div', { class: 'page' }, breadcrumb([tx(category.name), `#/c/${category.id}`], [name]),
    h('div', { class: 'product' },
      h('section', { class: 'gallery', 'aria-label': t('gallery') }, h('div', { class: 'gallery__frame' }, shown, badge(item)), thumbs),
      h('div', { class: 'product__info' },
        h('h1', {}, name),
        h('p', { class: 'product__rating' }, stars(rating), ' ', h('button', { type: 'button', class: 'plain', onclick: () => document.getElementById('reviews').scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' }) }, t('reviews_n', { n: number(rating.count) }))),
        price(item, true),
        item.campaign && reduced > 0 && h('p', { class: 'campaign' }, t(item.campaign === 'flash' ? 'in_flash' : 'in_campaign', { save: money(reduced) })),
        h('p', { class: 'product__lead' }, tx(item.description)),
        colors, sizes, stockText,
        engraving && field(t('engraving'), engraving, t('engraving_hint')),
        h('div', { class: 'buy' }, quantity, addButton, buyButton),
        h('ul', { class: 'facts' }, fact('truck', dispatch), fact('pin', t('fact_post')), fact('back', t(`fact_return_${item.returns}`)), item.category === 'clothing' && fact('shield', t('fact_insurance')), item.warranty && fact('wrench', t(`warranty_${item.warranty}`)), item.tags.some((tag) => tag.id === 'install') && fact('wrench', t('install'))))),
    h('div', { class: 'columns' },
      h('section', { class: 'panel' }, h('h2', {}, t('about')), h('dl', { class: 'specs' }, h('dt', {}, t('material')), h('dd', {}, tx(item.material)), h('dt', {}, t('care')), h('dd', {}, tx(item.care)), h('dt', {}, t('item_no')), h('dd', {}, item.sku)),
        item.tags.length > 0 && h('ul', { class: 'tags' }, item.tags.map((tag) => h('li', {}, h('a', { class: 'chip', href: `#/c/all?tag=${tag.id}` }, tx(tag.label))))),
        table && [h('h3', {}, t('size_table')), h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('size_table') }, h('table', { class: 'sizes' }, h('thead', {}, h('tr', {}, table.columns.map((column) => h('th', { scope: 'col' }, tx(column))))), h('tbody', {}, table.rows.map(([head, ...cells]) => h('tr', {}, h('th', { scope: 'row' }, head), cells.map((cell) => h('td', {}, cell))))))), h('p', { class: 'muted small' }, t(table.columns.length === 2 ? 'size_note_shoes' : 'size_note'))]),
      h('section', { class: 'panel', id: 'reviews' }, h('h2', {}, t('reviews')),
        h('div', { class: 'reviews' }, h('p', { class: 'reviews__average' }, h('strong', {}, rating.average.toFixed(1)), h('span', {}, t('reviews_n', { n: number(rating.count) }))),
          h('ul', { class: 'bars' }, rating.stars.map((n, idx) => h('li', {}, h('span', {}, t('stars_n', { n: 5 - idx })), h('meter', { min: 0, max: rating.count, value: n, 'aria-label': t('stars_n', { n: 5 - idx }) }), h('span', { class: 'muted' }, `${Math.round(n / rating.count * 100)}%`))))),
        h('ul', { class: 'tags' }, rating.mentions.map((mention) => h('li', { class: 'mention' }, t('mention', { text: tx(mention), n: number(mention.count) })))))),
    section(t('related'), null, `#/c/${category.id}`, grid(related)));
  return { title: name, page: { type: 'product', id: item.id }, node };
}
