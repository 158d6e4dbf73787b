// The shop's terms, in short.
import { h } from '../dom.js';
import { lang, t } from '../i18n.js';
import { breadcrumb } from '../parts.js';

const TOPICS = [
  ['delivery', '配送', 'Delivery', [
    ['当日 16:00 前付款的订单当天发出，其余 24 小时内发出，最迟不超过 48 小时；大件与预售以商品页为准。', 'Orders paid before 16:00 leave the same day, others within 24 hours and never later than 48; large items and pre-sales as the product page says.'],
    ['从浙江嘉兴与广东东莞两仓发货，周末照常，除夕至初三停发。', 'We send from Jiaxing and Dongguan, weekends included; nothing leaves from New Year’s Eve to the third day of Spring Festival.'],
    ['江浙沪皖粤 1–2 天，多数省份 2–4 天，新疆、西藏、青海、甘肃、宁夏、内蒙古、海南 4–7 天；暂不配送港澳台与海外。', 'Jiangsu, Zhejiang, Shanghai, Anhui and Guangdong 1–2 days, most provinces 2–4, remote provinces 4–7; no delivery to Hong Kong, Macao, Taiwan or overseas.'],
    ['满 99 元包邮，不满收 10 元；上述偏远地区满 199 元包邮，不满收 18 元。默认中通，可加 15 元选顺丰，金叶会员免费。', 'Free from ¥99, else ¥10; remote provinces free from ¥199, else ¥18. ZTO by default, SF for ¥15, free for Gold Leaf members.'],
  ]],
  ['returns', '退货与换货', 'Returns and exchanges', [
    ['七天无理由自签收次日起算，商品需未使用、吊牌与包装完好。袜子等贴身衣物、食品拆封后，刻字商品，以及使用过的个护电器不支持。', 'Seven days from the day after delivery, unused, with tags and packing. Not for underwear and socks once opened, opened food, engraved goods or used personal-care appliances.'],
    ['无理由退货运费自理，服饰鞋履赠运费险（赔 8–12 元）；质量问题由我们承担，收货后 48 小时内最高补 25 元。订单页可免费预约上门取件。', 'You pay the postage of a no-reason return; clothing and shoes carry return insurance of ¥8–12. For faults we pay, up to ¥25 within 48 hours of receipt. A free pick-up can be booked on the order page.'],
    ['15 天内可换颜色或尺码，往返运费由我们承担，每件一次；缺货则退款。', 'Size or color can be exchanged within 15 days, postage on us, once per item; refunded if out of stock.'],
    ['质量问题 15 天内可换或退，请附照片；收到时破损请在 48 小时内报告；错发漏发 7 天内联系，24 小时内补发。', 'Faults: 15 days, with a photo. Damage on arrival: within 48 hours. Missing or wrong items: within 7 days, sent again within 24 hours.'],
  ]],
  ['refund', '退款', 'Refunds', [
    ['仓库验收 1–2 天，通过后 24 小时内按原路退款：微信、支付宝余额即时至 24 小时，银行卡 1–3 个工作日，信用卡 3–7 个工作日，花呗恢复额度。', 'The warehouse checks in 1–2 days; within 24 hours the refund goes the way you paid: balances at once to 24 hours, bank cards 1–3 working days, credit cards 3–7, Huabei restores the credit.'],
    ['未发货取消的订单立即退款。', 'Orders cancelled before dispatch are refunded at once.'],
  ]],
  ['changes', '取消与修改', 'Cancelling and changing', [
    ['发货前可在订单页取消；已发货可拒收或免费申请拦截。', 'Cancel on the order page until dispatch; afterwards refuse the parcel or have it intercepted free of charge.'],
    ['地址、收件人、电话、颜色与尺码在发货前可修改一次；数量请取消后重拍。', 'Address, recipient, phone, color and size can be changed once until dispatch; for another quantity cancel and order again.'],
  ]],
  ['price', '价保与优惠', 'Prices and discounts', [
    ['签收后 15 天价保（618、双11 订单 30 天），同款同规格每件一次，差价 24 小时内退回；优惠券与秒杀不参加。', 'Price protection for 15 days after delivery (30 for 618 and Double 11), once per item and variant, paid back within 24 hours; coupons and flash sales excluded.'],
    ['新人券满 199 减 20（7 天有效）；银叶及以上生日券满 199 减 30。一单一张，可与满减、积分同用。', 'New shoppers: 20 off from ¥199, valid 7 days. Birthday, Silver Leaf and up: 30 off from ¥199. One an order, together with campaigns and points.'],
    ['618、双11、年货节每满 300 减 30。1 元积 1 分，100 分抵 1 元，每单最多抵 10%，次年年底前有效。', 'In 618, Double 11 and the New Year sale: 30 off every ¥300. One point per yuan, 100 points are ¥1, up to 10% of an order, valid to the end of the next year.'],
  ]],
  ['invoice', '发票与质保', 'Invoices and warranty', [
    ['默认电子普通发票，签收后 24 小时内开具；专票需企业资料，3–5 个工作日。金额为实付，抬头 90 天内可改一次，不开纸质发票。', 'Electronic ordinary invoices within 24 hours of delivery; special VAT invoices with company data in 3–5 working days. For what was really paid; the title can be changed once within 90 days. No paper.'],
    ['小电质保 1 年（电机 3 年），箱包五金 1 年，床垫 10 年；寄修 7–10 个工作日。壁灯与净水器在地级以上城市免费安装。', 'Small appliances 1 year (motors 3), bag hardware 1 year, mattresses 10; repair by post in 7–10 working days. Wall lamps and water purifiers are installed free in cities of prefecture level and above.'],
  ]],
  ['service', '客服与隐私', 'Service and privacy', [
    ['智能助手全天在线，人工客服每日 9:00–22:00。', 'The assistant answers round the clock, people daily from 9:00 to 22:00.'],
    ['对话在你的设备上处理，转人工之前不会发送任何内容。', 'Chats are answered on your device; nothing is sent until you ask for a person.'],
  ]],
];

export default function help({ params }) {
  const title = t('help');
  const pick = (zh, en) => (lang() === 'en' ? en : zh);
  const asked = params.get('topic');
  const node = h('div', { class: 'page page--narrow' }, breadcrumb([title]), h('h1', {}, title),
    TOPICS.map(([id, zh, en, lines]) => h('details', { class: 'panel topic', id: `help-${id}`, open: !asked || asked === id }, h('summary', {}, h('h2', {}, pick(zh, en))), h('ul', {}, lines.map((line) => h('li', {}, pick(...line)))))));
  return { title, page: { type: 'help', id: asked ?? undefined }, node };
}
