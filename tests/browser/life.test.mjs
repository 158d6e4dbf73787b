// The widget as a guest over time: routers, the back/forward cache, a browser that forgets, and what a screen reader is told.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { ask, composer, launch, launcher, messages, newPage, openPanel, signIn, startPage, startServer } from './support.mjs';

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

async function guest(t, { attributes = '', browser: other = browser } = {}) {
  const site = await startPage(server.origin, undefined, '', attributes);
  const context = await other.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
  t.after(async () => { await context.close(); site.end(); });
  const page = await newPage(context);
  await page.goto(site.origin);
  await launcher(page).waitFor();
  return { context, page, site };
}
const quiet = (page) => assert.deepEqual(page.problems.filter((problem) => !/favicon/.test(problem)), []);

test('a router that exchanges or empties the body keeps launcher, panel and conversation', async (t) => {
  const { page } = await guest(t, { attributes: 'data-endpoint="none"' });
  await openPanel(page);
  await ask(page, '多久发货');
  for (const change of [
    // Turbo and Astro put a new body in the old one's place; others empty it.
    () => { const body = document.createElement('body'); body.append(Object.assign(document.createElement('h1'), { textContent: '下一页' })); document.body.replaceWith(body); },
    () => { document.body.replaceChildren(document.createElement('main')); },
    () => { const body = document.createElement('body'); document.documentElement.replaceChild(body, document.body); body.textContent = ''; },
  ]) {
    await page.evaluate(change);
    await page.waitForFunction(() => document.querySelector('zhanggui-widget')?.isConnected);
    assert.equal(await page.locator('zhanggui-widget').count(), 1);
    await page.evaluate(() => { history.pushState({}, '', '?next'); window.zhanggui.setPage({ type: 'cart' }); });
    assert.ok(await composer(page).isVisible());
    assert.equal(await messages(page, 'assistant').count(), 1);
  }
  await ask(page, '怎么申请退货');
  // Whoever takes it away means it.
  await page.evaluate(() => { window.zhanggui.destroy(); document.body.replaceChildren(); });
  await page.waitForTimeout(50);
  assert.equal(await page.locator('zhanggui-widget').count(), 0);
  quiet(page);
});

test('a page with it rests in the back/forward cache and goes on from there', async (t) => {
  const other = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'], ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  t.after(() => other.close());
  const { page, site } = await guest(t, { attributes: 'data-endpoint="none"', browser: other });
  // What is still on its way keeps any page out of that cache.
  const last = page.waitForResponse(/models\/en\.onnx/);
  await openPanel(page);
  await ask(page, '多久发货');
  await (await last).finished();
  await page.waitForTimeout(500);
  await page.evaluate(() => { addEventListener('pageshow', ({ persisted }) => { window.persisted = persisted; }); });
  await page.goto(`${site.origin}/?elsewhere`);
  await page.goBack({ waitUntil: 'commit' });
  await page.waitForFunction(() => window.persisted !== undefined, undefined, { timeout: 5000 }).catch(() => {});
  const reasons = await page.evaluate(() => JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons ?? null));
  assert.equal(await page.evaluate(() => window.persisted), true, reasons);
  assert.ok(await composer(page).isVisible());
  await ask(page, '怎么申请退货');
  assert.equal(await messages(page, 'assistant').count(), 2);
});

test('a browser that forgets what it kept is a fresh start, not an error', async (t) => {
  const { context, page, site } = await guest(t);
  await openPanel(page);
  await ask(page, '多久发货');
  const devtools = await context.newCDPSession(page);
  // As Safari does after seven days, and as a shopper does who clears the site's data: between visits, and in the midst of one.
  const forget = () => devtools.send('Storage.clearDataForOrigin', { origin: site.origin, storageTypes: 'all' });
  await forget();
  await page.reload();
  await openPanel(page);
  assert.equal(await messages(page, 'shopper').count(), 0);
  await ask(page, '怎么申请退货');
  await forget();
  await ask(page, '发票怎么开');
  await ask(page, '运费谁出');
  assert.ok(await messages(page, 'shopper').count() >= 2);
  quiet(page);
});

test('starters are of the page that is looked at', async (t) => {
  const { page } = await guest(t);
  await openPanel(page);
  const starters = () => page.locator('zhanggui-widget .welcome .choice').allInnerTexts();
  await page.locator('zhanggui-widget .welcome .choice').first().waitFor();
  const home = await starters();
  await page.evaluate(() => window.zhanggui.setPage({ type: 'cart' }));
  await page.waitForFunction((first) => document.querySelector('zhanggui-widget').shadowRoot.querySelector('.welcome .choice').innerText !== first, home[0]);
  const cart = await starters();
  assert.notDeepEqual(cart, home);
  assert.equal(new Set(cart).size, cart.length);
  await page.evaluate(() => window.zhanggui.setPage({ type: 'home' }));
  await page.waitForFunction((first) => document.querySelector('zhanggui-widget').shadowRoot.querySelector('.welcome .choice').innerText === first, home[0]);
});

test('what a screen reader is told, state by state', async (t) => {
  const { page } = await guest(t);
  const tree = async () => (await page.locator('zhanggui-widget').ariaSnapshot()).replace(/\d{1,2}:\d{2}/g, '0:00');
  assert.equal(await tree(), '- button "联系客服"');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await composer(page).waitFor({ state: 'visible' });
  await page.locator('zhanggui-widget .welcome .choice').first().waitFor();
  await page.locator('zhanggui-widget .state', { hasText: '智能助手' }).waitFor();
  const greeting = await tree();
  // The order in which it is read: who is here, the way to a person, how to close, what was said, the text, the way to send.
  const order = ['dialog "掌柜"', 'heading "掌柜" [level=2]', 'status: 智能助手', 'button "找人工"', 'button "关闭对话"', 'region "对话记录"', 'heading "大家常问" [level=3]', '- list:', '- log', 'textbox "输入消息"', 'button "发送"'];
  const at = order.map((line) => greeting.indexOf(line));
  assert.ok(at.every((one, index) => one >= 0 && (index === 0 || one > at[index - 1])), greeting);
  await page.keyboard.type('多久发货');
  await page.locator('zhanggui-widget .suggestion').first().waitFor();
  const typing = await tree();
  assert.match(typing, /listbox "相关问题"[\s\S]*option[\s\S]*status: \d 个相关问题，按上下键选择/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await messages(page, 'assistant').first().waitFor();
  const answer = await tree();
  assert.match(answer, /log:[\s\S]*article:\s+- text: 我[\s\S]*多久发货[\s\S]*article:\s+- text: 智能助手[\s\S]*依据：[\s\S]*group "这个回答有帮助吗？"[\s\S]*button "有帮助"[\s\S]*button "没有帮助"/);
  // One log, polite, and no live region within it that would be said twice.
  const live = await page.evaluate(() => {
    const root = document.querySelector('zhanggui-widget').shadowRoot;
    const log = root.querySelector('[role="log"]');
    return [root.querySelectorAll('[role="log"]').length, log.getAttribute('aria-live'), log.querySelectorAll('[aria-live], [role="alert"], [role="status"]').length];
  });
  assert.deepEqual(live, [1, 'polite', 0]);
  await page.keyboard.press('Escape');
  await composer(page).waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.querySelector('zhanggui-widget').shadowRoot.activeElement.id), 'l');
  quiet(page);
});

test('the shop says who the shopper is, and whoever talks to them sees it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'zhanggui-identity-'));
  const key = 'a key of the shop, of more than thirty-two bytes';
  writeFileSync(join(folder, 'identity.key'), `${key}\n`);
  writeFileSync(join(folder, 'zhanggui.toml'), '[[sites]]\nkey = "demo"\ntenant = "default"\nidentity_key_files = ["identity.key"]\n');
  const known = await startServer({ args: ['--config', join(folder, 'zhanggui.toml')] });
  t.after(() => known.end());
  const site = await startPage(known.origin);
  const context = await browser.newContext({ locale: 'zh-CN' });
  t.after(async () => { await context.close(); site.end(); });
  const page = await newPage(context);
  await page.goto(site.origin);
  await launcher(page).waitFor();
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256' })}.${part({ sub: '1042', aud: 'demo', exp: Math.floor(Date.now() / 1000) + 300, name: '林小姐' })}`;
  await page.evaluate((token) => window.zhanggui.identify(token), `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`);
  await openPanel(page);
  await ask(page, '怎么申请退货');
  await page.locator('zhanggui-widget [part~="person"]').click();
  const desk = await signIn(context, known.origin);
  await desk.getByText('怎么申请退货').first().click();
  await desk.locator('.packet').getByText('林小姐 · 1042').waitFor();
  // A credential is kept nowhere.
  const stored = await page.evaluate(async () => {
    const texts = [JSON.stringify({ ...localStorage, ...sessionStorage })];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve) => { indexedDB.open(name).onsuccess = ({ target }) => resolve(target.result); });
      for (const store of database.objectStoreNames) texts.push(await new Promise((resolve) => { database.transaction(store).objectStore(store).getAll().onsuccess = ({ target }) => resolve(JSON.stringify(target.result)); }));
      database.close();
    }
    return texts.join();
  });
  assert.ok(stored.includes('怎么申请退货') && !stored.includes(signed.slice(0, 40)), 'the token is on the device');
});
