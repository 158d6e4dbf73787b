import { get, post } from '../api.js';
import { h, toast } from '../dom.js';
import { dateTime, lastDay, money } from '../format.js';
import { t, tx } from '../i18n.js';
import { amountList, breadcrumb, picture } from '../parts.js';
import { addressDialog, confirmDialog, exchangeDialog, invoiceDialog, returnDialog } from './order-dialogs.js';
import { status } from './orders.js';

const STEPS = ['placed', 'paid', 'sent', 'out', 'signed'];
/** How many steps are behind an order; orders that went another way show none. */
const REACHED = { unpaid: 1, paid: 2, packing: 2, shipped: 3, out_for_delivery: 4, signed: 5, exchanged: 5, returning: 5 };

export default async function orderPage({ catalog, id, params, refresh }) {
  let order;
  try {
    order = await get(`orders/${id}`);
  } catch (error) {
    if (error.code === 'not_found') return null;
    throw error;
  }
  const title = `${t('order_no')} ${order.no}`;
  const reached = REACHED[order.status];
  const { actions, deadlines, address } = order;

  const run = async (path, body, said) => {
    const after = await post(`orders/${order.no}/${path}`, body);
    toast(typeof said === 'function' ? said(after) : said ?? t('done'));
    refresh();
  };
  const ask = (text, path, said) => confirmDialog(text, () => run(path, {}, said));
  const attempt = (path, body, said) => run(path, body, said).catch((error) => toast(error.message));
  const handlers = {
    pay: () => attempt('pay', {}, t('paid_toast')),
    confirm: () => ask(t('confirm_ask'), 'confirm'),
    expedite: () => attempt('expedite', {}, t('expedited')),
    address: () => addressDialog(order, catalog, (body) => run('address', body)),
    exchange: () => exchangeDialog(order, catalog, (body) => run('exchange', body)),
    return: () => returnDialog(order, (body) => run('return', body)),
    'price-protection': () => attempt('price-protection', {}, (after) => t('price_back', { n: money(after.paid_back) })),
    invoice: () => invoiceDialog(order, (body) => run('invoice', body)),
    intercept: () => ask(t('intercept_ask'), 'intercept'),
    cancel: () => ask(t('cancel_ask'), 'cancel'),
  };
  const label = (key) => (key === 'pay' ? t('pay_now', { n: money(order.amounts.total) }) : t(`act_${key}`));
  const main = ['pay', 'confirm'];
  const allowed = Object.keys(handlers).filter((key) => actions[key].allowed);
  const refused = Object.keys(handlers).filter((key) => !actions[key].allowed && !main.includes(key));
  const buttons = h('div', { class: 'actions' }, allowed.map((key) => h('button', { type: 'button', class: main.includes(key) ? 'button' : 'button button--plain', onclick: handlers[key] }, label(key))), h('a', { class: 'button button--plain', href: '#/coupons' }, t('act_coupon')));

  const refund = order.state.refund;
  const node = h('div', { class: 'page' }, breadcrumb([t('orders'), '#/orders'], [order.no]),
    params.get('placed') && order.status === 'unpaid' && h('p', { class: 'notice', role: 'status' }, h('strong', {}, t('placed_title')), ' ', t('placed_text', { time: dateTime(deadlines.pay) })),
    h('section', { class: 'panel order-head' },
      h('div', { class: 'order-head__top' }, h('div', {}, h('h1', {}, tx(order.status_text)), h('p', { class: 'muted' }, `${t('order_no')} `, h('span', { class: 'mono' }, order.no), ` · ${t('order_placed')} ${dateTime(order.placed_at)}`)), status(order)),
      reached && h('ol', { class: 'steps', 'aria-label': t('progress') }, STEPS.map((step, idx) => h('li', { class: idx < reached ? 'step step--done' : 'step', 'aria-current': idx === reached - 1 ? 'step' : null }, t(`step_${step}`)))),
      refund && h('p', { class: 'notice' }, h('strong', {}, `${t('refund_due')} ${money(refund.amount)}`), h('br'), h('span', { class: 'small' }, t('refund_note'))),
      ['shipped', 'paid', 'packing'].includes(order.status) && h('p', { class: 'muted small' }, t('transit', order.transit_days)),
      h('h2', { class: 'visually-hidden' }, t('actions')), buttons,
      deadlines.return && h('ul', { class: 'deadlines muted small' }, [['return', 'deadline_return'], ['exchange', 'deadline_exchange'], ['price_protection', 'deadline_price']].filter(([key]) => new Date(deadlines[key]) > new Date()).map(([key, text]) => h('li', {}, t(text, { date: lastDay(deadlines[key]) })))),
      refused.length > 0 && h('details', { class: 'why' }, h('summary', {}, t('why_not')), h('ul', { class: 'small' }, refused.map((key) => h('li', {}, h('strong', {}, label(key)), h('span', { class: 'muted' }, ` ${tx(actions[key].message)}`)))))),
    h('div', { class: 'split' },
      h('div', { class: 'stack' },
        h('section', { class: 'panel' }, h('h2', {}, t('tracking')), order.tracking_no && h('p', {}, tx(order.carrier.name), ' ', h('span', { class: 'mono' }, order.tracking_no), ' ', h('button', { type: 'button', class: 'plain', 'aria-label': `${t('copy')} ${t('tracking_no')}`, onclick: () => navigator.clipboard?.writeText(order.tracking_no).then(() => toast(t('copied')), () => undefined) }, t('copy'))),
          h('ol', { class: 'timeline' }, [...order.events].reverse().map((event) => h('li', { class: 'timeline__item' }, h('time', { datetime: event.at }, dateTime(event.at)), h('span', {}, tx(event.text)))))),
        h('section', { class: 'panel' }, h('h2', {}, t('items')), h('ul', { class: 'lines lines--flat' }, order.lines.map((line) => h('li', { class: 'line' }, h('a', { href: `#/p/${line.product}`, tabindex: -1, 'aria-hidden': 'true' }, picture(line.image, '', { size: 88 })),
          h('div', { class: 'line__text' }, h('a', { class: 'line__name', href: `#/p/${line.product}` }, tx(line.name)), h('p', { class: 'muted small' }, `${[tx(line.color), tx(line.size)].filter(Boolean).join(' · ')} × ${line.quantity}`), line.engraving && h('p', { class: 'muted small' }, t('engraved', { text: line.engraving })), h('p', { class: 'small' }, line.exchanged_from && h('span', { class: 'mention' }, t('exchanged_line')), line.price_protected && h('span', { class: 'mention' }, t('price_protected', { n: money(line.price_protected) })))),
          h('p', { class: 'line__sum' }, money(line.unit_price * line.quantity))))))),
      h('div', { class: 'stack' },
        h('section', { class: 'panel' }, h('h2', {}, t('address')), h('address', {}, h('p', {}, h('strong', {}, address.recipient), ' ', address.phone), h('p', { class: 'muted' }, `${address.province}${address.city}${address.district} ${address.detail}`)), order.changed && h('p', { class: 'muted small' }, t('changed_once'))),
        h('section', { class: 'panel' }, h('h2', {}, t('amounts')), amountList(order.amounts), h('p', { class: 'muted small' }, t(order.payment)), order.invoice && h('p', { class: 'muted small' }, t('invoice_on', { title: order.invoice.title }))))));
  return { title, page: { type: 'order', id: order.no }, node };
}
