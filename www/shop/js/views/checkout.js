import { get, newKey, post } from '../api.js';
import { cartLines, clear } from '../cart.js';
import { catalog, colorOf, variantText } from '../catalog.js';
import { checkbox, choices, field, h, toast } from '../dom.js';
import { money, number } from '../format.js';
import { t, tx } from '../i18n.js';
import { amountList, empty, picture } from '../parts.js';
import { ordered } from '../widget.js';
import { provinceSelect } from './order-dialogs.js';

const KEY = 'hemuli.address';

function remembered() {
  try { return JSON.parse(localStorage.getItem(KEY)) ?? {}; } catch { return {}; }
}

export default async function checkout({ catalog }) {
  const title = t('checkout_title');
  const page = { type: 'checkout' };
  const items = cartLines().filter((line) => catalog.byVariant.has(line.variant)).map(({ variant, quantity, engraving }) => ({ variant, quantity, ...(engraving && { engraving }) }));
  if (!items.length) return { title, page, node: h('div', { class: 'page' }, h('h1', {}, title), empty(t('cart_empty'), t('cart_empty_hint'), '#/c/all', t('all'))) };

  const [account, { coupons }] = await Promise.all([get('account'), get('coupons')]);
  const old = remembered();
  const order = { items, carrier: 'zto', payment: 'wechat', coupon: null, gift_wrap: false, use_points: false };
  const input = (name, attributes) => h('input', { type: 'text', name, required: true, maxlength: 30, value: old[name] ?? '', ...attributes });
  const form = {
    recipient: input('recipient', { autocomplete: 'name', value: old.recipient ?? tx(account.name) }),
    phone: input('phone', { type: 'tel', autocomplete: 'tel-national', inputmode: 'numeric', pattern: '1[0-9]{10}', maxlength: 11 }),
    province: provinceSelect(old.province ?? '浙江省'),
    city: input('city', { autocomplete: 'address-level2' }),
    district: input('district', { autocomplete: 'address-level3' }),
    detail: input('detail', { autocomplete: 'street-address', maxlength: 120 }),
  };
  const summary = h('div', { 'aria-live': 'polite' });
  const problem = h('p', { class: 'problem', role: 'alert' });
  const transit = h('p', { class: 'muted small' });

  let latest = 0;
  async function total() {
    const mine = ++latest;
    try {
      const quote = await post('quote', { ...order, province: form.province.value });
      if (mine !== latest) return;
      problem.textContent = quote.short.length ? t('short_stock', { n: quote.short[0].stock }) : '';
      transit.textContent = t('transit', quote.transit_days);
      summary.replaceChildren(amountList(quote.amounts));
    } catch (error) {
      if (mine !== latest) return;
      problem.textContent = error.message;
    }
  }
  form.province.addEventListener('change', total);
  const set = (key) => (value) => { order[key] = value; total(); };
  await total();

  const usable = coupons.filter((coupon) => coupon.status === 'claimed');
  const couponSelect = h('select', { onchange: (event) => set('coupon')(event.target.value || null) }, h('option', { value: '' }, t('no_coupon')), usable.map((coupon) => h('option', { value: coupon.code }, tx(coupon.title))));
  const cardText = h('textarea', { rows: 2, maxlength: 60 });
  const button = h('button', { type: 'submit', class: 'button button--wide' }, t('place'));
  // One key for this visit of the page: a second click, or a retry after a lost answer, is the same order.
  const key = newKey();

  async function place(event) {
    event.preventDefault();
    problem.textContent = '';
    const address = Object.fromEntries(Object.entries(form).map(([name, control]) => [name, control.value.trim()]));
    button.disabled = true;
    try {
      const placed = await post('orders', { ...order, address, gift_card: cardText.value.trim() || null }, key);
      try { localStorage.setItem(KEY, JSON.stringify(address)); } catch { /* asked again next time */ }
      const bought = cartLines();
      catalog().then(({ byVariant }) => ordered(bought.map(({ variant }) => byVariant.get(variant)?.product.id).filter(Boolean)));
      clear();
      toast(t('placed_title'));
      location.hash = `#/orders/${placed.no}?placed=1`;
    } catch (error) {
      problem.textContent = error.message;
      button.disabled = false;
    }
  }

  const node = h('div', { class: 'page' }, h('h1', {}, title), h('form', { class: 'split', onsubmit: place },
    h('div', { class: 'stack' },
      h('section', { class: 'panel' }, h('h2', {}, t('address')), h('div', { class: 'form' }, field(t('recipient'), form.recipient), field(t('phone'), form.phone, t('phone_hint')), field(t('province'), form.province), field(t('city'), form.city), field(t('district'), form.district), h('div', { class: 'form__wide' }, field(t('detail'), form.detail)))),
      h('section', { class: 'panel' }, choices('carrier', t('delivery'), [{ value: 'zto', label: t('zto'), note: t('zto_note') }, { value: 'sf', label: t('sf'), note: t('sf_note') }], order.carrier, set('carrier')), transit),
      h('section', { class: 'panel' }, choices('payment', t('payment'), ['wechat', 'alipay', 'unionpay', 'huabei', 'friend'].map((value) => ({ value, label: t(value), note: value === 'huabei' ? t('huabei_note') : null })), order.payment, (value) => { order.payment = value; })),
      h('section', { class: 'panel' }, h('h2', {}, t('discounts')), field(t('coupons'), couponSelect), account.points > 0 && checkbox(t('use_points', { n: number(account.points) }), false, set('use_points'))),
      h('section', { class: 'panel' }, h('h2', {}, t('gift')), checkbox(t('want_wrap'), false, set('gift_wrap')), field(t('gift_card'), cardText))),
    h('aside', { class: 'panel summary', 'aria-label': t('summary') }, h('h2', {}, t('summary')),
      h('ul', { class: 'mini' }, items.map((line) => { const { product, variant } = catalog.byVariant.get(line.variant); return h('li', {}, picture(colorOf(product, variant.color).image, '', { size: 56 }), h('span', {}, tx(product.name), h('small', { class: 'muted' }, [variantText(product, variant), `× ${line.quantity}`].filter(Boolean).join(' '))), h('span', {}, money(product.price * line.quantity))); })),
      summary, problem, button, h('p', { class: 'muted small' }, t('demo_note')))));
  return { title, page, node };
}
