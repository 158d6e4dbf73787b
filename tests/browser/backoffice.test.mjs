// What the page has no action for is done by the shop's own server, by way of ours, signed, once.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, launch, messages, newPage, openPanel, startPage, startServer } from './support.mjs';

const key = randomBytes(32);
/** What the shop's server was asked for, by the name of the request. */
const asked = new Map();
let fail = 0;
let shop;
let server;
let site;
let browser;

before(async () => {
  shop = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers;
    const good = `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`;
    response.setHeader('content-type', 'application/json');
    if (signature !== good || Math.abs(Date.now() / 1000 - at) > 300) {
      response.statusCode = 401;
      response.end('{}');
    } else if (fail > 0) {
      fail -= 1;
      response.statusCode = 503;
      response.end('{}');
    } else {
      const { data } = JSON.parse(body);
      asked.set(id, data);
      const known = data.arguments.order === '2026112900017';
      response.end(JSON.stringify(known
        ? { status: 'ok', facts: { status: 'shipped', status_text: '已发货', carrier: '顺丰速运', tracking: 'SF1043288190122', eta: '明天 18:00 前' } }
        : { status: 'refused', reason: '没有查到这个订单' }));
    }
  });
  await new Promise((resolve) => { shop.listen(0, '127.0.0.1', resolve); });
  const folder = mkdtempSync(join(tmpdir(), 'zhanggui-config-'));
  writeFileSync(join(folder, 'webhook.secret'), `whsec_${key.toString('base64')}\n`);
  writeFileSync(join(folder, 'zhanggui.toml'), `[[sites]]
key = "demo"
tenant = "demo"

[sites.back_office]
url = "http://127.0.0.1:${shop.address().port}/actions"
secret_files = ["webhook.secret"]
actions = ["order_lookup"]
allow_private = ["127.0.0.0/8"]
`);
  server = await startServer({ args: ['--config', join(folder, 'zhanggui.toml')] });
  browser = await launch();
  site = await startPage(server.origin, undefined, '', 'data-back-office');
});
after(async () => {
  await browser?.close();
  site?.end();
  shop?.close();
  await server?.end();
});

async function visit() {
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 900, height: 760 } });
  const page = await newPage(context);
  await page.goto(site.origin);
  await openPanel(page);
  await page.locator('zhanggui-widget .choice').first().waitFor();
  await page.locator('zhanggui-widget .welcome__privacy').getByText('查询或办理订单时').waitFor();
  return page;
}

const said = (page, text) => messages(page, 'assistant').getByText(text).last().waitFor();

test('an order is looked up at the shop, over a failure, once; and the record says what left the device', async () => {
  const page = await visit();
  fail = 1;
  await ask(page, '查一下订单 2026112900017 的物流');
  await said(page, '订单 2026112900017：');
  assert.deepEqual([...asked.values()].map(({ action, arguments: given, subject }) => [action, given.order, subject]), [['order_lookup', '2026112900017', null]]);
  await page.screenshot({ path: 'test-results/screenshots/backoffice.png' });
  await page.locator('zhanggui-widget .footnote button').click();
  await page.locator('zhanggui-widget .receipt').getByText('办理 1 件事').waitFor();
  await page.context().close();
});

test("the shop's no is told, and the page's own action goes first", async () => {
  const page = await visit();
  await ask(page, '查一下订单 2026112900099 的物流');
  await said(page, '没有查到订单 2026112900099');
  const before = asked.size;
  await page.evaluate(() => window.zhanggui.setActions({ order_lookup: () => ({ status: 'ok', facts: { status: 'shipped', status_text: '页面说已发货' } }) }));
  await ask(page, '查一下订单 2026112900017 的物流');
  await said(page, '页面说已发货');
  assert.equal(asked.size, before);
  await page.context().close();
});

test('in a frame, where the page forbids WebAssembly, it is the same', async () => {
  const { origin } = server;
  const strict = await startPage(origin, `default-src 'self' ${origin}; script-src ${origin}; frame-src ${origin}`, '', 'data-back-office');
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 900, height: 760 } });
  const page = await newPage(context);
  await page.goto(strict.origin);
  await page.locator('zhanggui-widget #l').click();
  const frame = page.frameLocator('zhanggui-widget iframe');
  const before = asked.size;
  await frame.locator('textarea').fill('查一下订单 2026112900017 的物流');
  await frame.locator('textarea').press('Enter');
  await frame.getByText('订单 2026112900017：').first().waitFor();
  assert.equal(asked.size, before + 1);
  await context.close();
  strict.end();
});

test('what the shop does not do, and a network that is away, go to a person', async () => {
  const page = await visit();
  await page.context().setOffline(true);
  await ask(page, '查一下订单 2026112900017 的物流');
  await page.locator('zhanggui-widget .event', { hasText: '排队人工客服' }).waitFor();
  await page.context().setOffline(false);
  await page.context().close();
});
