import { get, setAccount } from '../api.js';
import { h } from '../dom.js';
import { dateTime, money, number } from '../format.js';
import { t, tx } from '../i18n.js';
import { empty, link, picture } from '../parts.js';

const GROUPS = {
  all: () => true,
  pay: (status) => status === 'unpaid',
  send: (status) => status === 'paid' || status === 'packing',
  way: (status) => status === 'shipped' || status === 'out_for_delivery',
  done: (status) => status === 'signed',
  after: (status) => ['returning', 'refunding', 'refunded', 'exchanged'].includes(status),
};

export const status = (order) => h('span', { class: `status status--${order.status}` }, tx(order.status_text));

/** Who is shown; a demo shop lets one look through several eyes. */
export function accountBar(account, refresh) {
  return h('div', { class: 'account' },
    h('p', {}, h('strong', {}, tx(account.name)), ' ', h('span', { class: 'muted' }, `${t(`tier_${account.tier}`)} · ${t('points_n', { n: number(account.points) })}`)),
    h('p', {}, h('label', { for: 'account' }, t('account_switch')), ' ', h('select', { id: 'account', onchange: (event) => { setAccount(event.target.value); refresh(); } }, account.accounts.map((other) => h('option', { value: other.id, selected: other.id === account.id }, `${tx(other.name)} · ${t(`tier_${other.tier}`)}`)))));
}

export default async function orders({ params, refresh }) {
  const title = t('orders');
  const [account, list] = await Promise.all([get('account'), get('orders')]);
  const group = GROUPS[params.get('group')] ? params.get('group') : 'all';
  const shown = list.orders.filter((order) => GROUPS[group](order.status));
  const node = h('div', { class: 'page' }, h('header', { class: 'page__head' }, h('h1', {}, title)), accountBar(account, refresh),
    h('nav', { class: 'chips', 'aria-label': t('filter') }, h('ul', {}, Object.keys(GROUPS).map((key) => {
      const n = list.orders.filter((order) => GROUPS[key](order.status)).length;
      return h('li', {}, h('a', { class: 'chip', href: key === 'all' ? '#/orders' : `#/orders?group=${key}`, 'aria-current': key === group ? 'true' : null }, `${t(`group_${key}`)} ${n}`));
    }), h('li', {}, link('#/coupons', t('coupons'), 'chip')))),
    shown.length ? h('ul', { class: 'orders' }, shown.map((order) => h('li', { class: 'panel order-card' },
      h('div', { class: 'order-card__head' }, h('p', {}, h('span', { class: 'muted' }, t('order_no')), ' ', h('a', { href: `#/orders/${order.no}` }, order.no), h('span', { class: 'muted order-card__date' }, dateTime(order.placed_at))), status(order)),
      h('div', { class: 'order-card__body' },
        h('ul', { class: 'order-card__lines' }, order.lines.map((line) => h('li', {}, picture(line.image, '', { size: 72 }), h('span', {}, tx(line.name), h('small', { class: 'muted' }, `${[tx(line.color), tx(line.size)].filter(Boolean).join(' · ')} × ${line.quantity}`))))),
        h('div', { class: 'order-card__foot' }, h('p', {}, h('span', { class: 'muted' }, t('n_items', { n: order.lines.reduce((sum, line) => sum + line.quantity, 0) })), ' ', h('strong', {}, money(order.amounts.total))), h('a', { class: 'button button--plain button--small', href: `#/orders/${order.no}` }, t('view_order'), h('span', { class: 'visually-hidden' }, ` ${order.no}`))))))) : empty(t('orders_none'), t('cart_empty_hint'), '#/c/all', t('all')));
  return { title, page: { type: 'orders' }, node };
}
