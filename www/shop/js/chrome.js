// Header and footer; they are drawn again when the language changes.
import { count, onChange } from './cart.js';
import { h } from './dom.js';
import { lang, otherLang, t, tx } from './i18n.js';
import { icon } from './icons.js';
import { link } from './parts.js';

const header = document.getElementById('header');
const footer = document.getElementById('footer');
let badge;

function showCount() {
  badge.link.setAttribute('aria-label', t('cart_n', { n: count() }));
  badge.number.textContent = count() > 99 ? '99+' : String(count());
  badge.number.hidden = count() === 0;
}
onChange(() => badge && showCount());

export function drawChrome(categories, onLanguage) {
  document.getElementById('skip').textContent = t('skip');
  const query = h('input', { type: 'search', name: 'q', class: 'searchbox__input', placeholder: t('search_hint'), 'aria-label': t('search_hint'), autocomplete: 'off', maxlength: 60 });
  const onsubmit = (event) => {
    event.preventDefault();
    const q = query.value.trim();
    if (q) location.hash = `#/search?q=${encodeURIComponent(q)}`;
  };
  badge = { number: h('span', { class: 'count', 'aria-hidden': 'true' }) };
  badge.link = h('a', { href: '#/cart', class: 'tool' }, icon('bag'), badge.number);
  header.replaceChildren(
    h('p', { class: 'promo' }, t('promo')),
    h('div', { class: 'header__bar' },
      h('a', { href: '#/', class: 'brand', 'aria-label': `${t('brand')} · ${t('home')}` }, h('img', { src: 'shop/img/icon.svg', alt: '', width: 36, height: 36 }), h('span', { class: 'brand__name' }, t('brand')), lang() === 'zh-CN' && h('span', { class: 'brand__latin' }, 'Hemuli')),
      h('form', { class: 'searchbox', role: 'search', onsubmit }, query, h('button', { type: 'submit', class: 'searchbox__button', 'aria-label': t('search') }, icon('search'))),
      h('div', { class: 'tools' },
        h('button', { type: 'button', class: 'language', lang: otherLang(), onclick: onLanguage }, t('language')),
        h('a', { href: '#/orders', class: 'tool', 'aria-label': t('orders') }, icon('user')),
        badge.link)),
    h('nav', { class: 'nav', 'aria-label': t('nav') }, h('ul', {}, [{ id: 'all', name: { 'zh-CN': t('all'), en: t('all') } }, ...categories].map((category) => h('li', {}, link(`#/c/${category.id}`, tx(category.name)))))));
  showCount();

  const column = (title, links) => h('div', { class: 'footer__column' }, h('h2', {}, title), h('ul', {}, links.map(([href, text]) => h('li', {}, link(href, text)))));
  footer.replaceChildren(h('div', { class: 'footer__inner' },
    h('div', { class: 'footer__brand' }, h('p', { class: 'footer__name' }, t('brand')), h('p', {}, t('tagline')), h('p', { class: 'footer__small' }, t('footer_service'))),
    column(t('footer_shop'), categories.map((category) => [`#/c/${category.id}`, tx(category.name)])),
    column(t('footer_mine'), [['#/orders', t('orders')], ['#/cart', t('cart')], ['#/coupons', t('coupons')]]),
    column(t('footer_help'), [['#/help?topic=delivery', t('delivery')], ['#/help?topic=returns', t('act_return')], ['#/help?topic=invoice', t('act_invoice')], ['#/help', t('help')]]),
    h('p', { class: 'footer__small footer__demo' }, t('footer_demo'))));
}

export function markCurrent(path) {
  for (const a of header.querySelectorAll('.nav a')) {
    const isCurrent = a.getAttribute('href') === `#${path}`;
    if (isCurrent) a.setAttribute('aria-current', 'page');
    else a.removeAttribute('aria-current');
  }
}
