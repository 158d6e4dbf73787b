// Routes the hash to a page, shows it, and tells the assistant where the shopper is.
import { catalog } from './catalog.js';
import { drawChrome, markCurrent } from './chrome.js';
import { h } from './dom.js';
import { lang, otherLang, setLang, t } from './i18n.js';
import { empty, failure } from './parts.js';
import { setLocale, setPage } from './widget.js';

const main = document.getElementById('main');

// A page is `(context) => { title, page, node }`; each is fetched when first visited.
const ROUTES = [
  [/^\/$/, () => import('./views/home.js')],
  [/^\/c\/([\w-]+)$/, () => import('./views/category.js')],
  [/^\/search$/, () => import('./views/category.js')],
  [/^\/p\/([\w-]+)$/, () => import('./views/product.js')],
  [/^\/cart$/, () => import('./views/cart.js')],
  [/^\/checkout$/, () => import('./views/checkout.js')],
  [/^\/orders$/, () => import('./views/orders.js')],
  [/^\/orders\/(HM\d+)$/, () => import('./views/order.js')],
  [/^\/coupons$/, () => import('./views/coupons.js')],
  [/^\/help$/, () => import('./views/help.js')],
];

function route() {
  const [path, query = ''] = (location.hash.startsWith('#/') ? location.hash.slice(1) : '/').split('?');
  const params = new URLSearchParams(query);
  for (const [pattern, load] of ROUTES) {
    const match = pattern.exec(path);
    if (match) return { path, params, id: match[1], load };
  }
  return { path, params };
}

let turn = 0;

/** Shows the page of the address. `stay` keeps scroll and focus: the same page again, in another language or state. */
export async function show({ stay = false } = {}) {
  const mine = ++turn;
  const { path, params, id, load } = route();
  const waiting = setTimeout(() => { if (mine === turn && !stay) main.replaceChildren(h('p', { class: 'loading' }, t('loading'))); }, 250);
  let result;
  try {
    const data = await catalog();
    const view = load ? await load() : null;
    result = await view?.default({ catalog: data, path, params, id, refresh: () => show({ stay: true }) });
    result ??= { title: t('not_found'), page: { type: 'other' }, node: empty(t('not_found'), t('not_found_hint'), '#/', t('to_home')) };
  } catch (error) {
    const known = error.code ? error : new Error(t('unavailable'));
    if (!error.code) console.error(error);
    result = { title: t('brand'), page: { type: 'other' }, node: failure(known, () => show()) };
  } finally {
    clearTimeout(waiting);
  }
  // The shopper went on while this page was loading.
  if (mine !== turn) return;
  main.replaceChildren(result.node);
  document.title = path === '/' ? `${t('brand')} Hemuli · ${t('tagline')}` : `${result.title} · ${t('brand')}`;
  markCurrent(path);
  if (!stay) {
    scrollTo(0, 0);
    if (started) main.focus({ preventScroll: true });
  }
  started = true;
  setPage({ title: result.title, ...result.page });
}

let started = false;

async function chrome() {
  const { categories } = await catalog().catch(() => ({ categories: [] }));
  drawChrome(categories, () => {
    setLang(otherLang());
    setLocale(lang());
    chrome().then(() => document.querySelector('.language')?.focus());
    show({ stay: true });
  });
  markCurrent(route().path);
}

addEventListener('hashchange', () => show());
document.getElementById('skip').addEventListener('click', (event) => {
  // The hash belongs to the routes.
  event.preventDefault();
  main.focus();
});

chrome();
show();
