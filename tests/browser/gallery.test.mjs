// Every state of the widget, drawn without an engine: its messages are given here. Each is looked at by axe and kept as a picture;
// a coarse grid of every picture is compared with the one in gallery.json. UPDATE_SHOTS=1 writes that anew: look at the pictures first.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { launch, newPage, startServer } from './support.mjs';

const shots = 'test-results/gallery';
mkdirSync(shots, { recursive: true });
const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
const KEPT = new URL('gallery.json', import.meta.url);
const kept = JSON.parse(readFileSync(KEPT, 'utf8'));
const update = process.env.UPDATE_SHOTS === '1';

let server;
let browser;
before(async () => {
  server = await startServer();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.end();
});

/** Two hills and a sun, a JPEG. */
const PICTURE = '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABcQERQRDhcUEhQaGBcbIjklIh8fIkYyNSk5UkhXVVFIUE5bZoNvW2F8Yk5QcptzfIeLkpSSWG2grJ+OqoOPko3/2wBDARgaGiIeIkMlJUONXlBejY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY3/wAARCACgAPADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDoKKKKQgooooAKKKKACiiigAooooAKKKKACiiigAooooAKKKKACiiigAooooAKKKKACiiigAooooAKKKKACiiigAooooAKKKKACiiigAooooAKKKKACiiigAooooAKKKKACiiigAoopjtgYHU0m7K7BK7sKWApvme360yiud1ZPY2UEShgadUFSI2Rg9RWkKl9GTKFtUPooorUzCiiigAooooAKKKKACiiigAooooAKKKKACiiigAooooAKKKKACiiigAooooAKif71S1HIOc1nV+EunuMooorlNwpyfeptPjHOaqHxImWxJRRRXYc4UUUUAFFFFABRRRQAUUUUAFFFFABRRRQAjMFUseABk1WtrrzpXVuAeV+lQ30+5vKU8D73uaqKxVgw4IORQS2bdFRwyiaIOOM9R6VJQUFFFFABRRRQAUUUUAFIRkYNLRQBEUI96bU9FYuiuhoqj6kQQn2qQDAwKWirjBRJlJsKKKKskKKKKACiiigAooooAKKKKACiiigAqvd3HkphSN56e3vUsjrFGXboKyZZGlkLt36D0FAmxlFFFBBZsp/Kl2scI3r2PrWnWHWpZzedFhvvLwff3oKTLFFFFBQUUUUAFFFFABRRRQAUUUUAFFFFABRRRQAUUUUAFFFFABRRRQAUUUUAFFFVL6fYnlr95hzx2oEV72fzZNqnKL3Hc1WoooICiiigAqSCUwyq/bv7io6KANtWDKGHIIyKWqOnzZzEx6crV6gtBRRRQMKKKrXl2tsnYyHov8AU0CC8u1tk7GQ9F/qazrS+eO4LSuSjn5u/wCNVXdpHLuSWPUmm0ybnSghgCCCDyCKWsjTrwRHypWOw/dJ6Ka16RSdwooooGFFFFABRRRQAUUUUAFFFFABRRSEgAknAFADJpRDEXPOOg9ayGZnYsxyT1NS3U5nk4+6vC1DQQ2FFFFAgooooAKKKKAFVirBhwQciteGUTRBxxnqPSserNlP5Uu1jhG9ex9aBpmnRRVa8u1tk7GQ9F/qaCgvLtbZOxkPRf6msR3aRy7klj1Jod2kcu5JY9SabTJbuFFFFAgrU068BVYJDgjhSe/tWXRQCdjpqKpWN6Jx5cmBKP8Ax6rtIsKKKKBhRRRQAUUUUAFFFFABVK+uMDyUJz/Ef6VPcTCCItxuP3Qe9ZJJJJJyTQS2FFFFBIUUUUAFFFFABRRRQAUUU13Cj3oAvf2iI7bkZlHAHr7mst3aRy7klj1JpCSTk0lMLhRRRQAUUUUAFFFFADkdo3DoSGHQityzuhdRk4w6/eFYNSQzPBIHjOCP1oGnY6KioredbiESLxnqM9DUtIsKKKKACiiigApGYKpY8ADJpaz76fc3lKeB973NAmyvcSmaUsenQfSo6KKCAooooAKKKKACiiigAoopruFHvQAO4Ue9QEknJoJJOTSUwCiiigAooooAKKKKACiiigAooooAmtrl7aTcvIP3l9a3kdZEDoQVPQiubq1Y3Rt5cMT5TfeHp70DTNyikBDAEEEHkEUtIsKKKKAIbmR44/3SlmPHAziszyJf+eT/APfJrZooE1cxvIl/55P/AN8mjyJf+eT/APfJrZooFYxvIl/55P8A98mjyJf+eT/98mtmigLGN5Ev/PJ/++TR5Ev/ADyf/vk1s0UBYxvIl/55P/3yaPIl/wCeT/8AfJrZooCxitFMBxDIT/umoTb3BOTDJ/3ya6CigOU577NP/wA8ZP8Avk0fZp/+eMn/AHya6GigOU577NP/AM8ZP++TR9mn/wCeMn/fJroaKA5Tnvs0/wDzxk/75NH2af8A54yf98muhooDlOe+zT/88ZP++TR9mn/54yf98muhooDlOe+zT/8APGT/AL5NH2af/njJ/wB8muhooDlOe+zT/wDPGT/vk0fZp/8AnjJ/3ya6GigOU577NP8A88ZP++TR9mn/AOeMn/fJroaKA5TN055oj5UsUuw/dJU4U1pUUUDR/9k=';

// A quarter past ten, on a Sunday.
const NOW = Date.UTC(2026, 10, 29, 2, 15);
const MINUTE = 60_000;
const words = {
  'zh-CN': {
    ask: '我的快递到哪了？', answer: '一般下单后 48 小时内发货，预售商品以商品页的时间为准。', question: '多久发货', clarify: '你想问的是下面哪一个？', readings: ['怎么申请退货', '退货运费谁出', '都不是'],
    none: '这个问题我没有可靠的答案，不想随便回答你。', person: '找人工客服', starters: ['多久发货', '怎么申请退货', '发票怎么开'],
    order: '订单 2026112900017：运输中，预计明天送达。', status: '运输中', item: '防水冲锋衣 ×2', facts: [['承运', '顺丰速运'], ['运单号', 'SF1043288190122'], ['预计送达', '明天 18:00 前']], steps: [['订单已提交', '11/27 10:02'], ['杭州仓 包裹已发出', '11/28 09:20'], ['到达 上海浦东集散中心，正在安排下一站', '11/29 08:31']],
    recommend: '按你说的防水、两百以内，先看这三款：', products: [['轻量防水冲锋衣', '¥189.00', '¥259.00', '因为你在找防水的'], ['速干连帽风衣，城市通勤与徒步两用', '¥169.00', '', '同款里评价最好'], ['儿童雨衣', '¥79.00', '', '缺货']], coupon: '给你一张优惠券，下单时填写：', couponTitle: '满 200 减 30', until: '12 月 31 日前有效',
    form: '下面这些会转给客服，先看一眼，不对的可以改，不想说的可以清空：', fields: [['wants', '想解决的事', '衣服收到就破了，想换一件', 'text'], ['order', '订单号', '2026112900017', 'order'], ['remedy', '希望', 'exchange', 'choice'], ['ticket', '工单号', 'T-20931', 'fact']], options: [['退款', 'refund'], ['换新', 'exchange'], ['维修', 'repair']], send: '没问题，转给客服', rate: '这次人工服务怎么样？',
    picture: '[图片]', masked: '电话 13800138000，住中山路88号3栋502室',
    operator: '林溪', hello: '您好，我是林溪，正在看您的订单。', typed: '退', suggestions: ['怎么申请退货', '退货运费谁出', '退款多久到账'],
  },
  en: {
    ask: 'Where is my parcel?', answer: 'Orders leave our warehouse within 48 hours; for pre-orders the date on the product page counts.', question: 'When will it ship?', clarify: 'Which of these do you mean?', readings: ['How do I return something?', 'Who pays for the return?', 'None of these'],
    none: 'I have no reliable answer to that, and I would rather not guess.', person: 'Talk to a person', starters: ['When will it ship?', 'How do I return something?', 'How do I get an invoice?'],
    order: 'Order 2026112900017: On its way, expected tomorrow.', status: 'On its way', item: 'Rain shell ×2', facts: [['Carrier', 'SF Express'], ['Tracking number', 'SF1043288190122'], ['Expected', 'Tomorrow by 6 pm']], steps: [['Order placed', '11/27 10:02'], ['Dispatched from Hangzhou', '11/28 09:20'], ['Arrived at the Shanghai Pudong hub, next leg being arranged', '11/29 08:31']],
    recommend: 'Waterproof and below 200, these three first:', products: [['Light rain shell', '¥189.00', '¥259.00', 'Because you look for waterproof'], ['Quick-dry hooded jacket for town and trail', '¥169.00', '', 'Best rated of its kind'], ['Children’s raincoat', '¥79.00', '', 'Out of stock']], coupon: 'A coupon for you, enter it at the checkout:', couponTitle: '30 off orders above 200', until: 'Until 31 December',
    form: 'This is what the person will get. Have a look first: correct what is wrong, clear what you would rather not say.', fields: [['wants', 'What it is about', 'It arrived torn, I want another', 'text'], ['order', 'Order', '2026112900017', 'order'], ['remedy', 'Wanted', 'exchange', 'choice'], ['ticket', 'Ticket', 'T-20931', 'fact']], options: [['A refund', 'refund'], ['A new one', 'exchange'], ['A repair', 'repair']], send: 'Looks right, send it', rate: 'How was the help you got?',
    picture: '[Picture]', masked: 'Call 13800138000, I live at 12 Baker Street',
    operator: 'Lin Xi', hello: 'Hello, this is Lin Xi. I am looking at your order.', typed: 're', suggestions: ['How do I return something?', 'Who pays for the return?', 'When do I get the refund?'],
  },
};

/** What the engine says in each state. */
function states(w) {
  let n = 0;
  const one = (author, text, more = {}, delivery = 'local') => ({ order: ++n, delivery, message: { id: `m${n}`, author, at: NOW - (40 - n) * MINUTE, text, kind: 'text', lang: undefined, quick_replies: [], cards: [], ...more } });
  const mine = (text = w.ask, delivery) => one('shopper', text, {}, delivery);
  const says = (text, more) => one('assistant', text, more);
  const buttons = (labels, value = 'ask:x') => labels.map((label) => ({ label, value }));
  const answer = says.bind(null, w.answer, { kind: 'answer', entry: 'e', question: w.question, source: 'shop.md#e', confidence: 0.93, verified: '2026-11-01', valid_until: '2026-12-31' });
  const status = (more = {}) => ({ type: 'status', handoff: 'contained', people: true, online: true, pending: 0, models: 'ready', typing: false, ...more });
  const ready = { type: 'ready', entries: 433, starters: buttons(w.starters) };
  const talk = (messages, more) => [ready, status(more), { type: 'messages', reset: true, messages }];
  const card = (kind, more) => ({ kind, fields: [], ...more });
  const order = () => card('order', { id: '2026112900017', title: w.item, note: w.status, image: '/picture.svg', url: '/orders/1', fields: [...w.facts.map(([label, value]) => ({ name: 'f', label, value, kind: 'fact', options: [] })), ...w.steps.map(([label, value], at) => ({ name: 's', label, value, kind: at === 2 ? 'now' : 'done', options: [] }))] });
  const products = () => w.products.map(([title, price, was, note]) => card('product', { id: title, title, price, was, note, image: '/picture.svg', url: '/products/1' }));
  const form = () => card('form', { action: w.send, fields: w.fields.map(([name, label, value, kind]) => ({ name, label, value, kind, options: kind === 'choice' ? w.options.map(([label, value]) => ({ label, value })) : [] })) });
  const event = (name, text) => one('system', text ?? '', { kind: 'event', name });
  return {
    starting: [],
    greeting: talk([]),
    answer: talk([mine(), answer()]),
    clarify: talk([mine(), says(w.clarify, { kind: 'clarify', quick_replies: buttons(w.readings) })]),
    fallback: talk([mine(), says(w.none, { kind: 'fallback', quick_replies: buttons([w.person], 'handoff') })]),
    writing: talk([mine()], { typing: true, handoff: 'assigned', operator: w.operator }),
    order: talk([mine(), says(w.order, { cards: [order()] })]),
    products: talk([mine(), says(w.recommend, { cards: products() })]),
    product: talk([mine(), says(w.recommend, { cards: products().slice(0, 1) })]),
    coupon: talk([mine(), says(w.coupon, { cards: [card('coupon', { code: 'WINTER-30', title: w.couponTitle, note: w.until })] })]),
    form: talk([mine(), event('handoff_requested'), says([w.form, '· a', '· b'].join('\n'), { cards: [form()] })], { handoff: 'queued', queue_ahead: 2 }),
    rating: talk([mine(), event('ended'), says(w.rate, { cards: [card('rating')] })], { handoff: 'ended' }),
    queued: talk([mine(w.ask, 'sent'), event('handoff_requested')], { handoff: 'queued', queue_ahead: 2 }),
    assigned: talk([mine(w.ask, 'sent'), event('operator_joined', w.operator), one('operator', w.hello), mine(w.ask, 'sent')], { handoff: 'assigned', operator: w.operator }),
    offline: talk([mine(w.ask, 'pending')], { handoff: 'queued', online: false, pending: 1 }),
    picture: talk([event('operator_joined', w.operator), one('operator', w.hello), { ...one('shopper', w.picture, { kind: 'image', cards: [card('image', { image: PICTURE, note: '240x160' })] }, 'seen') }], { handoff: 'assigned', operator: w.operator }),
    masked: talk([{ ...mine(w.masked, 'sent'), hidden: ['138****8000', '**号*栋***室'] }], { handoff: 'assigned', operator: w.operator }),
    undelivered: talk([mine(w.ask, 'failed')], { handoff: 'assigned', operator: w.operator }),
    failed: [{ type: 'fatal', code: 'x', text: 'x' }],
    days: talk([{ ...mine(), message: { ...mine().message, at: NOW - 3 * 24 * 60 * MINUTE } }, answer(), mine(), answer()]),
    hostile: talk([mine('<img src=x onerror=alert(1)> \u202Egnp.exe \u200B'.repeat(3)), says('<script>alert(1)</script> javascript:alert(1) https://bank.example@evil.example/', { cards: [card('product', { title: '<b>x</b>'.repeat(20), url: 'javascript:alert(1)', image: '//evil.example/x.png', price: '9'.repeat(80) })] })]),
    suggestions: [...talk([mine(), answer()]), { type: 'typed', text: w.typed }],
    receipt: [...talk([mine(), answer(), mine(w.ask, 'sent')]), { type: 'receipt' }],
  };
}

const LOOKS = {
  desktop: { viewport: { width: 640, height: 760 } },
  '360': { viewport: { width: 360, height: 720 }, hasTouch: true, isMobile: true },
};

// Every look and the large size, in the states that show most of them.
const SOME = ['greeting', 'answer', 'order', 'products', 'form', 'assigned', 'receipt'];
const PASSES = [
  ...Object.keys(LOOKS).flatMap((look) => ['light', 'dark'].flatMap((scheme) => ['zh-CN', 'en'].map((locale) => ({ look, scheme, locale })))),
  ...['slate', 'bloom'].flatMap((theme) => ['light', 'dark'].map((scheme) => ({ look: 'desktop', scheme, locale: 'zh-CN', theme, only: SOME }))),
  ...Object.keys(LOOKS).map((look) => ({ look, scheme: 'light', locale: 'zh-CN', large: true, only: SOME })),
  // A page that is written from right to left.
  ...Object.keys(LOOKS).map((look) => ({ look, scheme: 'light', locale: 'en', dir: 'rtl', only: [...SOME, 'picture', 'suggestions', 'masked'] })),
];

async function open(context, { locale, scheme: colorScheme, theme = 'paper', large = false, dir = 'ltr' }) {
  const page = await newPage(context);
  await page.clock.setFixedTime(NOW);
  await page.route('**/picture.svg', (route) => route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path fill="#c9d6cf" d="M0 0h4v3H0z"/><path fill="#7d9c8d" d="M1 3l1-2 1 2z"/></svg>' }));
  await page.route('**/gallery', (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><html lang="${locale}" dir="${dir}"><title>gallery</title><meta name="viewport" content="width=device-width"><body><main><h1>.</h1></main></body></html>` }));
  await page.goto(`${server.origin}/gallery`);
  await page.evaluate(async ({ locale, colorScheme, theme, large }) => {
    const widget = await import('/widget.js');
    await widget.default({ module_or_path: '/widget_bg.wasm' });
    const messages = await (await fetch(`/locales/${locale}/widget.ftl`)).text();
    window.make = () => {
      document.querySelector('zhanggui-widget')?.remove();
      window.handle?.destroy();
      const host = document.createElement('zhanggui-widget');
      host.setAttribute('theme', colorScheme);
      host.setAttribute('look', theme);
      const root = host.attachShadow({ mode: 'open' });
      document.body.append(host);
      window.posted = [];
      window.handle = widget.mount(root, { locale, messages, help: '/help.html', contact: '', site: '', framed: false, closable: true, large, speaks: true }, {
        post: (message) => window.posted.push(message), close() {}, unread() {}, copy() {}, print() {}, report() {}, speak() {}, enlarge() {}, attach() {}, paint: (canvas, data) => { window.painting = import('/image.js').then(({ paint }) => paint(canvas, data)); },
      });
      window.handle.open();
      return root;
    };
  }, { locale, colorScheme, theme, large });
  return page;
}

async function show(page, messages, w) {
  await page.evaluate(() => { window.root = window.make(); });
  await page.waitForFunction(() => window.root.querySelector('.panel'));
  for (const message of messages) {
    if (message.type === 'typed') {
      await page.locator('zhanggui-widget textarea').fill(message.text);
      await page.evaluate((items) => {
        const { seq } = window.posted.findLast(({ type }) => type === 'suggest');
        window.handle.receive({ type: 'suggestions', seq, items: items.map((question) => ({ entry: 'x', question })) });
      }, w.suggestions);
      await page.locator('zhanggui-widget .suggestion').first().waitFor();
      await page.keyboard.press('ArrowDown');
    } else if (message.type === 'receipt') {
      await page.locator('zhanggui-widget .footnote button').click();
    } else {
      await page.evaluate((one) => window.handle.receive(one), message);
    }
  }
  // A caret blinks, pictures load and panels rise.
  await page.evaluate(async () => {
    window.root.activeElement?.matches('textarea') && window.root.activeElement.blur();
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    await Promise.all([...window.root.querySelectorAll('img')].map((image) => image.complete || new Promise((next) => { image.onload = image.onerror = next; setTimeout(next, 500); })));
    await window.painting;
    for (const animation of document.getAnimations()) animation.cancel?.();
  });
}

/** Mean brightness in a grid of cells, one character a cell: enough to see that something has moved, and not which font drew it. */
const grid = (page, png) => page.evaluate(async (base64) => {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
  const [columns, rows] = [12, 20];
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  context.drawImage(bitmap, 0, 0);
  let cells = '';
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const [x, y] = [Math.floor(column * bitmap.width / columns), Math.floor(row * bitmap.height / rows)];
      const { data } = context.getImageData(x, y, Math.ceil(bitmap.width / columns), Math.ceil(bitmap.height / rows));
      let sum = 0;
      for (let at = 0; at < data.length; at += 4) sum += data[at] * 0.3 + data[at + 1] * 0.6 + data[at + 2] * 0.1;
      cells += Math.floor(sum / (data.length / 4) / 256 * 64).toString(36).padStart(2, '0');
    }
  }
  return cells;
}, png.toString('base64'));

/** The share of cells whose brightness differs by more than a shade or two. */
function moved(before, now) {
  const cells = (text) => text.match(/../g).map((two) => parseInt(two, 36));
  const [a, b] = [cells(before), cells(now)];
  return a.filter((one, at) => Math.abs(one - b[at]) > 3).length / a.length;
}

test('every state is as it was, and axe finds nothing in any', async () => {
  const wrong = [];
  const found = {};
  for (const pass of PASSES) {
    const { look, scheme, locale, theme, large, dir, only } = pass;
    const context = await browser.newContext({ ...LOOKS[look], colorScheme: scheme, locale, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', bypassCSP: true });
    const page = await open(context, pass);
    await page.evaluate(AXE);
    for (const [state, messages] of Object.entries(states(words[locale])).filter(([name]) => !only || only.includes(name))) {
      const name = [state, look, theme, large && 'large', dir, scheme, locale].filter(Boolean).join('-');
      await show(page, messages, words[locale]);
      const png = await page.screenshot({ path: `${shots}/${name}.png` });
      found[name] = await grid(page, png);
      if (!update) {
        const share = kept[name] ? moved(kept[name], found[name]) : 1;
        if (share > 0.06) wrong.push(`${name}: ${kept[name] ? `${Math.round(share * 100)} % of the picture has changed` : 'is new'}`);
      }
      const { violations } = await page.evaluate(() => window.axe.run(document.querySelector('zhanggui-widget'), { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
      for (const { id, nodes } of violations) wrong.push(`${name}: ${id} ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary}`).join('; ').slice(0, 300)}`);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth || [...window.root.querySelectorAll('.scroller')].some((one) => one.scrollWidth > one.clientWidth + 1));
      if (sideways) wrong.push(`${name}: scrolls sideways`);
    }
    assert.deepEqual(page.problems.filter((problem) => !/ERR_|Failed to load/.test(problem)), []);
    await context.close();
  }
  if (update) writeFileSync(KEPT, `${JSON.stringify(found, null, 1)}\n`);
  assert.deepEqual(wrong, []);
});

test('a form gives back what was put right, a star its number', async () => {
  const context = await browser.newContext(LOOKS.desktop);
  const page = await open(context, { locale: 'zh-CN', scheme: 'light' });
  const w = words['zh-CN'];
  await show(page, states(w).form, w);
  await page.getByLabel('订单号').fill('不是订单号');
  await page.getByRole('button', { name: w.send }).click();
  assert.equal(await page.evaluate(() => window.posted.some(({ type }) => type === 'form')), false, 'what is no order number is not sent');
  await page.getByLabel('订单号').fill('2026112900018');
  await page.getByLabel('想解决的事').fill('');
  await page.getByLabel('希望').selectOption('refund');
  await page.getByRole('button', { name: w.send }).click();
  assert.deepEqual(await page.evaluate(() => window.posted.find(({ type }) => type === 'form').values), ['wants ', 'order 2026112900018', 'remedy refund']);
  await show(page, states(w).rating, w);
  await page.getByRole('button', { name: '4 星' }).click();
  assert.deepEqual(await page.evaluate(() => { const { label, value } = window.posted.find(({ type }) => type === 'quick_reply'); return [label, value]; }), ['★★★★☆', 'rate:4']);
  await context.close();
});
