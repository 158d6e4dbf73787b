import { get, post } from '../api.js';
import { h, toast } from '../dom.js';
import { date, money } from '../format.js';
import { t, tx } from '../i18n.js';
import { breadcrumb } from '../parts.js';
import { accountBar } from './orders.js';

export default async function couponsPage({ refresh }) {
  const title = t('coupons');
  const [account, { coupons }] = await Promise.all([get('account'), get('coupons')]);
  const claim = async (code) => {
    try {
      await post('coupons', { code });
      toast(t('coupon_toast'));
      refresh();
    } catch (error) {
      toast(error.message);
    }
  };
  const state = (coupon) => {
    if (coupon.status === 'claimable') return h('button', { type: 'button', class: 'button button--small', onclick: () => claim(coupon.code) }, t('coupon_claim'), h('span', { class: 'visually-hidden' }, ` ${tx(coupon.title)}`));
    return h('p', { class: 'muted small' }, coupon.status === 'claimed' ? t('coupon_claimed', { date: date(coupon.expires_at) }) : t(`coupon_${coupon.status}`));
  };
  const node = h('div', { class: 'page' }, breadcrumb([t('orders'), '#/orders'], [title]), h('h1', {}, title), accountBar(account, refresh),
    h('ul', { class: 'coupons' }, coupons.map((coupon) => h('li', { class: `coupon coupon--${coupon.status}` }, h('p', { class: 'coupon__off' }, money(coupon.off)), h('div', { class: 'coupon__text' }, h('h2', {}, tx(coupon.title)), h('p', { class: 'muted small' }, t('coupon_terms', { minimum: money(coupon.minimum), days: coupon.valid_days })), state(coupon))))));
  return { title, page: { type: 'coupons' }, node };
}
