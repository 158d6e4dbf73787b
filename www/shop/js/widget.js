// What the storefront tells the assistant. All optional: without the widget nothing happens.
import { ApiError, get, post } from './api.js';
import { add } from './cart.js';
import { catalog, inStock, variantText } from './catalog.js';
import { money } from './format.js';
import { lang, t, tx } from './i18n.js';

let page;

// What playbooks may have done, with the shopper's own session and the back office's own rules. The id of an action is the key of
// its request, so that it is done once.
const refused = (error) => {
  if (error instanceof ApiError && !['offline', 'unavailable'].includes(error.code)) return { status: 'refused', reason: error.message };
  return { status: 'failed' };
};
const parcel = ({ no, lines = [], carrier, tracking_no: number }) => {
  const first = lines[0];
  const more = lines.length > 1 ? ` ×${lines.length}` : '';
  return {
    url: `/#/orders/${no}`,
    ...(first?.name && { item_title: `${first.name[lang()]}${more}`, image: first.image }),
    ...(number && { carrier: carrier.name[lang()], tracking_no: number }),
  };
};
const told = (order) => {
  const last = order.events?.at(-1)?.text[lang()];
  const status = order.status_text[lang()];
  const when = (at) => new Date(at).toLocaleString(document.documentElement.lang, { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' });
  const steps = (order.events ?? []).map(({ at, text }, n) => [`step_${n + 1}`, `${when(at)}|${text[lang()]}`]);
  return { status: 'ok', facts: { status_text: last && last !== status ? `${status}${lang() === 'en' ? ', ' : '，'}${last}` : status, status, ...parcel(order), ...Object.fromEntries(steps) } };
};
const look = ({ order }) => get(`orders/${encodeURIComponent(order)}`).then(told, refused);
const step = (name, body = () => ({})) => (given, id) => post(`orders/${encodeURIComponent(given.order)}/${name}`, body(given), `assistant-${id}-${given.order}-${name}-${session}`).then(told, refused);
const session = Math.random().toString(36).slice(2);
const actions = {
  order_lookup: look,
  refund_lookup: look,
  expedite: step('expedite'),
  order_cancel: step('cancel'),
  // The shopper's own word on the goods' state, or photos, are needed, and the order's page asks for them.
  return_create: () => ({ status: 'refused', reason: t('return_on_page') }),
  invoice_issue: step('invoice', ({ invoice_title: title, email }) => ({ title, email })),
  price_protect: step('price-protection'),
  // The first variant that is there; size and colour can be changed in the cart's own page.
  cart_add: async ({ item }) => {
    const product = (await catalog()).byId.get(item);
    const variant = product?.variants.find(({ stock }) => stock > 0);
    if (!variant) return { status: 'refused', reason: t('sold_out') };
    add({ variant: variant.sku, quantity: 1 });
    return { status: 'ok', facts: { variant: variantText(product, variant) } };
  },
};

// What the shop sells, in the language of the page: the assistant recommends out of it.
const tell = () => catalog().then(({ products }) => window.zhanggui?.addProducts?.(products.map((one) => ({
  id: one.id,
  title: tx(one.name),
  price: money(one.price),
  ...(one.list_price > one.price && { was: money(one.list_price) }),
  availability: inStock(one) ? 'in_stock' : 'out_of_stock',
  image: `/${one.image}`,
  url: `/#/p/${one.id}`,
})))).catch(() => {});

/** What was bought is recommended no more. */
export function ordered(ids) {
  if (window.zhanggui?.ordered) window.zhanggui.ordered(ids, true);
}

export function setPage(next) {
  page = next;
  window.zhanggui?.setPage?.(page);
}

export function setLocale(tag) {
  window.zhanggui?.setLocale?.(tag);
  tell();
}

// The widget's script is async: it may arrive after the first page was shown, or before this module.
function introduce() {
  window.zhanggui?.setLocale?.(document.documentElement.lang);
  window.zhanggui?.setActions?.(actions);
  if (page) window.zhanggui?.setPage?.(page);
  tell();
}
introduce();
document.querySelector('script[data-zhanggui]')?.addEventListener('load', introduce);
