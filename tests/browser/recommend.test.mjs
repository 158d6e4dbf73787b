// Products in the conversation: a list of the device's own making, what can be done with it, and what is remembered.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, besideReady, composer, dist, launch, messages, modelsReady, newPage, openPanel, startPage, startServer, startShop, visit } from './support.mjs';

let server;
let shop;
let browser;

before(async () => {
  server = await startServer();
  shop = await startShop(server.origin);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  shop?.end();
  await server?.end();
});

const cards = (message) => message.locator('.card--product');
const titles = (message) => cards(message).locator('.card__title').allInnerTexts();
/** The newest message of the assistant's that has products. */
const newest = (page) => messages(page, 'assistant').filter({ has: page.locator('.card--product') }).last();

test('a wish is answered by products that are what was wished for, and the page puts one into its cart', async () => {
  const { context, page } = await visit(browser, shop);
  const outside = [];
  page.on('request', (request) => { if (/\/v1\//.test(request.url()) && !/api/.test(request.url())) outside.push(request.url()); });
  await openPanel(page);
  await ask(page, '推荐一条 400 以内的裙子');
  const list = newest(page);
  await list.waitFor();
  assert.match((await titles(list)).join(), /裙/);
  assert.match(await list.innerText(), /符合：裙子、预算/);
  // Of the page's language and address, and its own picture.
  assert.match(await cards(list).first().locator('a').getAttribute('href'), /^\/#\/p\//);

  await ask(page, '推荐一下');
  const all = newest(page);
  assert.equal(await cards(all).count(), 4);
  await cards(all).nth(1).getByRole('button', { name: /^加购物车/ }).click();
  await page.getByText('已放进购物车').waitFor();
  const cart = await page.evaluate(() => JSON.parse(localStorage.getItem('hemuli.cart')));
  assert.equal(cart.length, 1);

  const [waved] = await titles(all);
  await cards(all).first().getByRole('button', { name: /^不要/ }).click();
  await page.locator('zhanggui-widget').getByRole('button', { name: '就这款不喜欢' }).click();
  await page.getByText('这款不再给你看了').waitFor();
  await page.waitForFunction(() => [...document.querySelector('zhanggui-widget').shadowRoot.querySelectorAll('article.message--assistant')].at(-1).querySelector('.card--product'));
  assert.ok(!(await titles(newest(page))).includes(waved));

  await page.locator('zhanggui-widget').getByRole('button', { name: '对比前两款' }).last().click();
  const table = page.locator('zhanggui-widget .card--compare table');
  await table.waitFor();
  assert.ok(await table.locator('tbody tr').count() >= 2);
  assert.deepEqual(outside, [], 'nothing of it leaves the device');
  assert.deepEqual(page.problems, []);
  await context.close();
});

test('what was looked at counts, with the reason, also without a network; tastes are seen and taken out', async () => {
  const { context, page } = await visit(browser, shop);
  await page.goto(`${shop.origin}/#/p/linen-midi-dress`);
  await page.locator('h1').waitFor();
  await openPanel(page);
  await besideReady(page);
  await modelsReady(page);
  await ask(page, '有什么好推荐的吗');
  await newest(page).waitFor();
  assert.match(await newest(page).innerText(), /看过「法国亚麻中长连衣裙」的人也看它/);

  const widget = page.locator('zhanggui-widget');
  await widget.getByRole('button', { name: '隐私与记录' }).click();
  await widget.getByRole('button', { name: /去掉「类别：服饰鞋履」/ }).click();
  await widget.getByRole('button', { name: /去掉「类别：服饰鞋履」/ }).waitFor({ state: 'detached' });
  await widget.getByRole('button', { name: '全部去掉' }).click();
  await widget.locator('.tastes').waitFor({ state: 'detached' });

  await context.setOffline(true);
  const before = await messages(page, 'assistant').count();
  await composer(page).fill('推荐一个静音的');
  await composer(page).press('Enter');
  await messages(page, 'assistant').nth(before).waitFor();
  assert.match((await titles(newest(page))).join(), /静音|加湿|净化/);
  await context.close();
});

test('a shop whose server recommends: the list is the server\'s, what is done with it is told once, and the greeting says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zhanggui-config-'));
  const demo = join(dist, '../demo');
  writeFileSync(join(folder, 'zhanggui.toml'), `[[sites]]
key = "demo"
tenant = "demo"

[sites.recommend]
index = "${demo}/shop.zgrx"
catalog = "${demo}/products.csv"
`);
  const own = await startServer({ args: ['--config', join(folder, 'zhanggui.toml')] });
  const site = await startPage(own.origin, undefined, '', 'data-recommend="session"');
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await newPage(context);
  const sent = { recommendations: [], events: [] };
  page.on('request', (request) => sent[request.url().split('/').at(-1)]?.push(request.postDataJSON()));
  await page.goto(site.origin);
  await page.locator('zhanggui-widget #l').waitFor();
  await page.evaluate(() => window.zhanggui.setPage({ type: 'product', id: 'linen-midi-dress', title: '法国亚麻中长连衣裙' }));
  await openPanel(page);
  await page.getByText('您看过的商品会告诉店铺').waitFor();
  await besideReady(page);
  // Without the models a general answer of the shop comes before a list.
  await modelsReady(page);
  await ask(page, '有什么好推荐的吗');
  await newest(page).waitFor();
  const [asked] = sent.recommendations;
  assert.deepEqual(asked.session, ['linen-midi-dress']);
  assert.match(asked.visitor, /^[0-9a-f]{32}$/);
  assert.match(await newest(page).innerText(), /看过「法国亚麻中长连衣裙」的人也看它/);

  await cards(newest(page)).first().getByRole('button', { name: /^不要/ }).click();
  await page.locator('zhanggui-widget').getByRole('button', { name: '太贵' }).click();
  const told = () => sent.events.flatMap(({ events }) => events);
  for (let tries = 0; tries < 100 && !told().some(({ type }) => type === 'dismiss'); tries += 1) await page.waitForTimeout(100);
  const kinds = told().map(({ type }) => type);
  assert.ok(['view', 'impression', 'dismiss'].every((kind) => kinds.includes(kind)), kinds.join());
  assert.equal(new Set(told().map(({ id }) => id)).size, told().length);
  const waved = told().find(({ type }) => type === 'dismiss');
  assert.deepEqual([waved.reason, waved.slot], ['price', 0]);
  // What the server made of them.
  const answers = await page.evaluate(async ([origin, body]) => (await fetch(`${origin}/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json(), [own.origin, sent.events[0]]);
  assert.ok(answers.events.every(({ status }) => status === 'duplicate'), JSON.stringify(answers));
  // The pictures are on the demo shop's host, which this page is not.
  assert.deepEqual(page.problems.filter((problem) => !/shop\.example|favicon/.test(problem)), []);

  // Erasing takes the visitor's events along.
  const erased = page.waitForRequest((request) => request.method() === 'DELETE' && request.url().includes(`/v1/visitors/${asked.visitor}`));
  await page.evaluate(() => window.zhanggui.eraseData());
  assert.equal((await (await erased).response()).status(), 204);
  await context.close();
  site.end();
  await own.end();
});
