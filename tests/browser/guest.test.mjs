// The widget among others on a page: other assistants, the shop's own buttons, the shop's own signs, other tabs.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { answered, ask, launch, launcher, newPage, startPage, startServer } from './support.mjs';

const shots = 'test-results/screenshots';
mkdirSync(shots, { recursive: true });

let server;
let other;
let browser;
before(async () => {
  [server, other] = [await startServer(), await startServer()];
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.end();
  await other?.end();
});

async function visit(extra, { attributes, policy, path = '/', ...options } = {}) {
  const site = await startPage(server.origin, policy, extra, attributes);
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 900, height: 700 }, ...options });
  const page = await newPage(context);
  await page.goto(site.origin + path);
  await page.locator('zhanggui-widget #l').first().waitFor();
  return { page, site, end: async () => { await context.close(); site.end(); } };
}

test('two assistants of two places live on one page, each with its own name, and one goes without the other', async () => {
  const tag = (more) => `<script async src="${other.origin}/zhanggui.js" data-locale="zh-CN" ${more}></script>`;
  const { page, end } = await visit(`${tag('data-instance="b2b" data-site-key="demo" data-position="start"')}${tag('data-instance="b2b"')}${tag('')}`);
  await page.waitForFunction(() => window.zhanggui?.open && window.zhanggui.instances?.b2b?.open);
  await page.waitForLoadState('networkidle');
  assert.equal(await page.locator('zhanggui-widget').count(), 2);
  assert.deepEqual(await page.evaluate(() => Object.keys(window).filter((name) => /zhanggui/i.test(name))), ['zhanggui']);
  const fetched = [];
  page.on('request', (request) => { if (!request.url().startsWith('blob:')) fetched.push(new URL(request.url()).origin); });
  await page.evaluate(() => window.zhanggui.instances.b2b.open());
  const second = page.locator('zhanggui-widget').filter({ has: page.locator('[role=dialog]:visible') });
  await second.locator('textarea').fill('怎么退货');
  await second.locator('textarea').press('Enter');
  await second.locator('.provenance__source').waitFor();
  // Each takes its files from where it came from.
  assert.ok(fetched.length > 0 && fetched.every((origin) => origin === other.origin), fetched.join());
  await page.evaluate(() => window.zhanggui.instances.b2b.destroy());
  assert.equal(await page.locator('zhanggui-widget').count(), 1);
  assert.deepEqual(await page.evaluate(() => Object.keys(window.zhanggui.instances)), []);
  await launcher(page).click();
  assert.notEqual(await answered(await ask(page, '怎么退货')), '');
  assert.deepEqual(page.problems.filter((problem) => !/favicon/.test(problem)), []);
  await end();
});

/** Whether the launcher is where none of the page's own controls is. */
const free = (page) => page.evaluate(() => {
  const box = document.querySelector('zhanggui-widget').shadowRoot.querySelector('#l').getBoundingClientRect();
  return [...document.querySelectorAll('a, button')].filter((element) => {
    const other = element.getBoundingClientRect();
    return other.width && other.left < box.right && other.right > box.left && other.top < box.bottom && other.bottom > box.top;
  }).map((element) => element.textContent);
});
const settled = (page, lift) => page.waitForFunction((lift) => (parseFloat(document.querySelector('zhanggui-widget').style.getPropertyValue('--zg-lift')) > 0) === lift, lift);

test("the launcher never lies over the shop's buttons, and goes back when they have gone", async () => {
  const buy = '<a id="top" href="#" style="position:fixed;right:20px;bottom:20px;width:60px;height:60px;background:#d8c8a8">顶部</a>';
  const bar = '<div id="bar" style="position:fixed;left:0;right:0;bottom:0;height:72px;background:#eee;display:flex;justify-content:flex-end"><button style="width:200px">立即购买</button></div>';
  const { page, end } = await visit(`<script>addEventListener('DOMContentLoaded', () => { document.body.style.height = '3000px'; document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(buy)}); });</script>`);
  await settled(page, true);
  assert.deepEqual(await free(page), []);
  await page.screenshot({ path: `${shots}/launcher-above.png` });
  // A bar that comes later, as with the first scroll.
  await page.evaluate((bar) => { document.querySelector('#top').remove(); document.body.insertAdjacentHTML('beforeend', bar); }, bar);
  await page.waitForTimeout(400);
  await settled(page, true);
  assert.deepEqual(await free(page), []);
  await page.evaluate(() => document.querySelector('#bar').remove());
  await settled(page, false);
  // What merely scrolls by is no reason to jump about; what stands at the end of the page is.
  await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<button style="position:absolute;top:2930px;right:20px;width:120px;height:60px">提交订单</button>'));
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await settled(page, true);
  assert.deepEqual(await free(page), []);
  await page.evaluate(() => scrollTo(0, 0));
  await settled(page, false);
  // The panel stands above where the launcher is.
  await page.evaluate((buy) => document.body.insertAdjacentHTML('beforeend', buy), buy);
  await settled(page, true);
  await launcher(page).click();
  await page.locator('zhanggui-widget .panel').waitFor();
  const [panel, button] = [await page.locator('zhanggui-widget .panel').boundingBox(), await launcher(page).boundingBox()];
  assert.ok(panel.y >= 0 && panel.y + panel.height <= button.y, JSON.stringify([panel, button]));
  await end();
});

test('what the page gives stands in the slots', async () => {
  const given = `<zhanggui-widget><span slot="launcher" id="sign">问</span><b slot="mark" id="mark">茶</b><p slot="greeting" id="greeting">欢迎光临，喝杯茶？</p><small slot="foot" id="foot">周一至周五有人工</small></zhanggui-widget>`;
  const { page, end } = await visit(`<script>addEventListener('DOMContentLoaded', () => document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(given)}));</script>`);
  await page.waitForFunction(() => document.querySelectorAll('zhanggui-widget').length === 1 && document.querySelector('#sign').assignedSlot);
  await launcher(page).click();
  for (const id of ['mark', 'greeting', 'foot']) await page.locator(`#${id}`).waitFor({ state: 'visible' });
  assert.equal(await page.locator('zhanggui-widget .welcome__greeting').isVisible(), false);
  await page.screenshot({ path: `${shots}/slots.png` });
  await page.evaluate(() => window.zhanggui.destroy());
  assert.equal(await page.locator('zhanggui-widget').count(), 0);
  await end();
});

test('consent that is taken back in one tab is taken back in all', async () => {
  const { page, site, end } = await visit('');
  const second = await newPage(page.context());
  await second.goto(site.origin);
  for (const tab of [page, second]) await launcher(tab).click();
  assert.notEqual(await answered(await ask(page, '怎么退货')), '');
  await second.locator('zhanggui-widget .provenance__source').waitFor();
  await page.evaluate(() => window.zhanggui.consent(false));
  const kept = () => second.evaluate(async () => {
    const name = (await indexedDB.databases()).map((one) => one.name).find((one) => one.startsWith('zhanggui-demo'));
    if (!name) return 0;
    const database = await new Promise((resolve, reject) => { const open = indexedDB.open(name); open.onsuccess = () => resolve(open.result); open.onerror = reject; });
    let sum = 0;
    for (const store of database.objectStoreNames) sum += await new Promise((resolve) => { const count = database.transaction(store).objectStore(store).count(); count.onsuccess = () => resolve(count.result); });
    database.close();
    return sum;
  });
  const forgets = async () => {
    for (let tries = 0; await kept() > 0; tries += 1) {
      assert.ok(tries < 60, 'the device forgets');
      await second.waitForTimeout(50);
    }
  };
  await forgets();
  // The other tab goes on, and keeps nothing either.
  assert.notEqual(await answered(await ask(second, '多久发货')), '');
  await forgets();
  await end();
});
