// A category, all products, or the results of a search.
import { search } from '../catalog.js';
import { h } from '../dom.js';
import { t, tx } from '../i18n.js';
import { breadcrumb, empty, grid, link } from '../parts.js';

const SORTS = {
  default: null,
  sales: (a, b) => b.rating.count - a.rating.count,
  low: (a, b) => a.price - b.price,
  high: (a, b) => b.price - a.price,
};

export default function category({ catalog, path, params, id }) {
  const isSearch = path === '/search';
  const known = catalog.categories.find((candidate) => candidate.id === id);
  if (!isSearch && id !== 'all' && !known) return null;
  const q = params.get('q') ?? '';
  const title = isSearch ? t('search_for', { q }) : known ? tx(known.name) : t('all');
  const base = isSearch ? search(catalog.products, q) : catalog.products.filter((product) => !known || product.category === id);

  const sale = params.get('sale');
  const tag = params.get('tag');
  const sort = params.get('sort') ?? 'default';
  const isOnSale = (product) => (sale === 'winter' || sale === 'flash' ? product.campaign === sale : product.list_price > product.price);
  let products = base.filter((product) => (!sale || isOnSale(product)) && (!tag || product.tags.some((candidate) => candidate.id === tag)));
  if (SORTS[sort]) products = [...products].sort(SORTS[sort]);

  const at = (changes) => {
    const next = new URLSearchParams(params);
    for (const [key, value] of Object.entries(changes)) value ? next.set(key, value) : next.delete(key);
    return `#${path}${next.size ? `?${next}` : ''}`;
  };
  const chip = (text, href, isOn) => h('li', {}, h('a', { href, class: 'chip', 'aria-current': isOn ? 'true' : null }, text));
  const tags = new Map(base.flatMap((product) => product.tags.map((candidate) => [candidate.id, tx(candidate.label)])));
  const select = h('select', { id: 'sort', onchange: (event) => { location.hash = at({ sort: event.target.value === 'default' ? null : event.target.value }); } },
    Object.keys(SORTS).map((key) => h('option', { value: key, selected: key === sort }, t(`sort_${key}`))));
  const node = h('div', { class: 'page' }, breadcrumb([title]),
    h('header', { class: 'page__head' }, h('h1', {}, title), known && h('p', { class: 'muted' }, tx(known.tagline))),
    base.length > 0 && h('div', { class: 'filters' },
      h('nav', { 'aria-label': t('filter'), class: 'chips' }, h('ul', {}, chip(t('filter_all'), at({ sale: null, tag: null }), !sale && !tag), chip(t('on_sale'), at({ sale: 'all', tag: null }), sale === 'all'), chip(t('winter'), at({ sale: 'winter', tag: null }), sale === 'winter'), [...tags].map(([key, text]) => chip(text, at({ tag: key, sale: null }), tag === key)))),
      h('div', { class: 'filters__sort' }, h('label', { for: 'sort' }, t('sort')), select)),
    h('p', { class: 'muted', role: 'status' }, t('n_products', { n: products.length })),
    products.length ? grid(products, 4) : h('div', {}, empty(t('search_none'), null, '#/c/all', t('all')), isSearch && h('p', { class: 'muted center' }, catalog.categories.map((candidate, idx) => [idx ? ' · ' : '', link(`#/c/${candidate.id}`, tx(candidate.name))]))));
  return { title, page: isSearch ? { type: 'search', id: q } : { type: 'category', id }, node };
}
