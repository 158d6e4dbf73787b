// The widget by keyboard, by ear and by rule: suggestions, what is kept, and WCAG as far as axe can tell.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { answered, ask, bin, composer, dist, holds, launch, launcher, messages, modelsReady, newPage, openPanel, startPage, startServer, startShop, visit } from './support.mjs';

const shots = 'test-results/screenshots';
mkdirSync(shots, { recursive: true });
const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');

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

const shopper = (options) => visit(browser, shop, options);
const listed = (page) => page.locator('zhanggui-widget .suggestion');
const inWidget = (page, read) => page.evaluate(`(${read})(document.querySelector('zhanggui-widget').shadowRoot)`);

test('what is typed becomes a question by keyboard alone, and Escape closes one thing at a time', async () => {
  const { context, page } = await shopper();
  await launcher(page).focus();
  await page.keyboard.press('Enter');
  await composer(page).waitFor({ state: 'visible' });
  await page.waitForFunction(() => document.querySelector('zhanggui-widget').shadowRoot.activeElement?.tagName === 'TEXTAREA');
  for (const typed of ['运费', 'tuihuo', 'thh', '怎麼退']) {
    await composer(page).fill('');
    await page.keyboard.insertText(typed);
    await listed(page).first().waitFor();
  }
  const active = () => inWidget(page, (root) => root.querySelector('textarea').getAttribute('aria-activedescendant'));
  const chosen = () => inWidget(page, (root) => root.querySelector('[aria-selected="true"]')?.textContent);
  assert.equal(await active(), null);
  await page.keyboard.press('ArrowDown');
  assert.equal(await active(), 'suggestion-0');
  await page.keyboard.press('ArrowUp');
  assert.equal(await active(), null, 'up from the first is back in the text');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const question = await chosen();
  await page.keyboard.press('Escape');
  assert.equal(await listed(page).count(), 0);
  assert.ok(await composer(page).isVisible(), 'the panel stays');
  assert.equal(await composer(page).inputValue(), '怎麼退', 'and so does what was typed');
  await page.keyboard.press('End');
  await page.keyboard.insertText('货');
  await listed(page).first().waitFor();
  await page.keyboard.press('ArrowDown');
  const picked = await chosen();
  assert.ok(question && picked);
  const before = await messages(page, 'assistant').count();
  await page.keyboard.press('Enter');
  await messages(page, 'assistant').nth(before).waitFor();
  assert.equal(await answered(messages(page, 'assistant').nth(before)), picked);
  assert.equal(await composer(page).inputValue(), '');
  assert.equal(await messages(page, 'shopper').last().locator('.text').innerText(), picked);
  // From the text to what was said, and back.
  const focused = () => inWidget(page, (root) => root.activeElement?.className);
  await page.keyboard.press('F6');
  assert.equal(await focused(), 'scroller');
  await page.keyboard.press('F6');
  assert.equal(await focused(), 'composer__input');
  await page.keyboard.press('Escape');
  await composer(page).waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.querySelector('zhanggui-widget').shadowRoot.activeElement?.id), 'l', 'the launcher has the focus');
  assert.deepEqual(page.problems, []);
  await context.close();
});

test('an input method has its keys to itself', async () => {
  const { context, page } = await shopper();
  await openPanel(page);
  await composer(page).fill('运费');
  await listed(page).first().waitFor();
  for (const key of ['Enter', 'ArrowDown', 'Escape']) {
    await composer(page).dispatchEvent('keydown', { key, isComposing: true });
    // Safari ends the composition first and tells by the key code alone.
    await composer(page).dispatchEvent('keydown', { key, keyCode: 229 });
  }
  assert.equal(await messages(page, 'shopper').count(), 0);
  assert.equal(await listed(page).count() > 0, true);
  assert.equal(await inWidget(page, (root) => root.querySelector('textarea').getAttribute('aria-activedescendant')), null);
  await context.close();
});

test('what is kept can be seen, had and erased', async () => {
  const { context, page } = await shopper();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openPanel(page);
  await ask(page, '怎么申请退货');
  const more = page.locator('zhanggui-widget .footnote button');
  await more.click();
  const receipt = page.locator('zhanggui-widget .receipt');
  assert.match(await receipt.innerText(), /2 条消息[\s\S]*没有任何消息离开过这台设备/);
  await receipt.getByRole('button', { name: '复制对话' }).click();
  await receipt.getByRole('button', { name: '已复制' }).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /我: 怎么申请退货\n/);
  await page.keyboard.press('Escape');
  assert.equal(await receipt.count(), 0);
  assert.ok(await composer(page).isVisible());
  const data = await page.evaluate(() => window.zhanggui.exportData());
  assert.deepEqual(data.messages.map(({ author, delivery }) => [author, delivery]), [['shopper', 'local'], ['assistant', 'local']]);
  assert.deepEqual(data.replay.trim().split('\n').map((line) => JSON.parse(line)).filter(({ type }) => type !== 'page').map(({ text }) => text), ['怎么申请退货']);
  // A problem is told by a folder that is a conversation of the tests, less what would be right.
  await more.click();
  const [download] = await Promise.all([page.waitForEvent('download'), receipt.getByRole('button', { name: '反馈问题' }).click()]);
  const tar = readFileSync(await download.path());
  const listing = execFileSync('tar', ['tf', '-'], { input: tar, encoding: 'utf8' }).trim().split('\n');
  assert.match(listing.join(' '), /^problem-\d{14}\/test\.toml problem-\d{14}\/dialogue\.jsonl$/);
  const file = (name) => execFileSync('tar', ['xOf', '-', name], { input: tar, encoding: 'utf8' });
  assert.match(file(listing[0]), /^locale = "zh-CN"$[\s\S]*^known_failure = true$[\s\S]*^# \S+ shopper: 怎么申请退货$/m);
  const replayed = execFileSync(join(bin, 'zhanggui'), ['chat', join(dist, 'cdn/knowledge/shop.zgkb'), '--no-models', '--forms'], { input: file(listing[1]), encoding: 'utf8' });
  assert.equal(JSON.parse(replayed.trim().split('\n').at(-1)).effects[0].text, data.messages[1].text, 'the same dialogue says the same');
  const [printed] = await Promise.all([context.waitForEvent('page'), receipt.getByRole('button', { name: '打印' }).click()]);
  await printed.getByText('怎么申请退货', { exact: true }).waitFor();
  assert.match(await printed.locator('body').innerText(), /对话记录[\s\S]*我 · [\s\S]*智能助手 · /);
  await printed.close();
  await page.keyboard.press('Escape');
  await page.locator('zhanggui-widget [part~="person"]').click();
  await holds(page, async () => (await window.zhanggui.exportData()).messages.every(({ delivery }) => delivery === 'sent'));
  await more.click();
  assert.match(await receipt.innerText(), /已发送或正在发送给店铺/);
  await receipt.getByRole('button', { name: '清除对话' }).click();
  await receipt.getByRole('button', { name: '确认清除' }).click();
  await holds(page, async () => (await window.zhanggui.exportData()).messages.length === 0);
  assert.equal(await messages(page, 'shopper').count(), 0);
  assert.deepEqual(page.problems, []);
  await context.close();
});

test('axe finds nothing in any state, light and dark, large and small', async () => {
  const wrong = [];
  for (const [name, options] of Object.entries({
    light: {},
    dark: { colorScheme: 'dark' },
    'phone-en': { viewport: { width: 320, height: 640 }, locale: 'en-US', hasTouch: true, isMobile: true },
  })) {
    // axe is put into the page past its policy, as an extension would be.
    const { context, page } = await shopper({ ...options, bypassCSP: true });
    if (name.endsWith('en')) await page.evaluate(() => window.zhanggui.setLocale('en'));
    await page.evaluate(AXE);
    const look = async (state) => {
      const { violations } = await page.evaluate(() => window.axe.run(document.querySelector('zhanggui-widget'), {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      }));
      for (const { id, nodes } of violations) wrong.push(`${name}, ${state}: ${id} ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary}`).join('; ').slice(0, 400)}`);
    };
    await look('closed');
    await openPanel(page);
    await modelsReady(page);
    // What fades in has no contrast yet.
    const settled = () => page.waitForTimeout(400);
    await settled();
    await look('greeting');
    const english = name.endsWith('en');
    await ask(page, english ? 'How do I return something?' : '怎么申请退货');
    await settled();
    await look('answer');
    await ask(page, english ? 'what is the meaning of life' : '宇宙的尽头是什么');
    await settled();
    await look('no answer');
    await composer(page).fill(english ? 'return' : '退货');
    await listed(page).first().waitFor();
    await page.keyboard.press('ArrowDown');
    await settled();
    await look('suggestions');
    if (name !== 'light') await page.screenshot({ path: `${shots}/suggestions-${name}.png` });
    await page.keyboard.press('Escape');
    await composer(page).fill('');
    await page.locator('zhanggui-widget .footnote button').click();
    await settled();
    await look('what is kept');
    if (name !== 'light') await page.screenshot({ path: `${shots}/receipt-${name}.png` });
    await page.keyboard.press('Escape');
    await page.locator('zhanggui-widget [part~="person"]').click();
    await page.locator('zhanggui-widget .state', { hasText: /排队|line/ }).waitFor();
    await settled();
    await look('queued');
    await context.close();
  }
  assert.deepEqual(wrong, []);
});

test('no reflow sideways at 320 pixels, nor at 400 %', async () => {
  const { context, page } = await shopper({ viewport: { width: 320, height: 256 } });
  await openPanel(page);
  await ask(page, '怎么申请退货');
  const sideways = await inWidget(page, (root) => [...root.querySelectorAll('.panel, .panel *')].filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible' && element.clientWidth > 1 && !element.matches('.composer__grow *')).map((element) => element.className));
  assert.deepEqual(sideways, []);
  assert.ok(await composer(page).isVisible());
  await page.screenshot({ path: `${shots}/answer-320x256.png` });
  await context.close();
});

test('nothing is kept before consent; what was said is kept with it, and nothing after it is withdrawn', async (t) => {
  const site = await startPage(server.origin, '', '', 'data-consent="required" data-endpoint="none"');
  t.after(() => site.end());
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await newPage(context);
  await page.goto(site.origin);
  await launcher(page).waitFor();
  const kept = () => page.evaluate(async () => {
    const databases = await Promise.all((await indexedDB.databases()).map(({ name }) => new Promise((resolve) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => {
        const [store] = [...request.result.objectStoreNames].filter((one) => one === 'messages');
        const all = request.result.transaction(store).objectStore(store).getAllKeys();
        all.onsuccess = () => { resolve(all.result.length); request.result.close(); };
      };
    })));
    const cached = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).length));
    return [databases, cached, [localStorage.length]].map((counts) => counts.reduce((sum, n) => sum + n, 0));
  });
  await openPanel(page);
  await ask(page, '怎么申请退货');
  await page.locator('zhanggui-widget .footnote button').click();
  await page.locator('zhanggui-widget .receipt').getByRole('button', { name: '大字模式' }).click();
  await page.locator('zhanggui-widget .panel--large').waitFor();
  assert.deepEqual(await page.evaluate(async () => [(await indexedDB.databases()).length, (await caches.keys()).length, localStorage.length, sessionStorage.length, document.cookie]), [0, 0, 0, 0, '']);
  await page.evaluate(() => window.zhanggui.consent(true));
  await holds(page, async () => (await indexedDB.databases()).length === 1 && (await caches.keys()).length === 1);
  await page.waitForTimeout(500);
  // The bundle, and two files beside it.
  assert.deepEqual(await kept(), [2, 3, 1]);
  // Another visit finds it, large as it was left.
  await page.reload();
  await launcher(page).waitFor();
  await page.evaluate(() => window.zhanggui.consent(true));
  await openPanel(page);
  await messages(page, 'assistant').first().waitFor();
  assert.equal(await page.locator('zhanggui-widget .panel--large').count(), 1);
  await page.evaluate(() => window.zhanggui.setLocale('zh-HK'));
  await page.locator('zhanggui-widget [part~="person"]').getByText('找真人').waitFor();
  assert.equal(await page.locator('zhanggui-widget .panel').getAttribute('lang'), 'zh-HK');
  await page.evaluate(() => window.zhanggui.consent(false));
  await holds(page, async () => localStorage.length === 0);
  await page.waitForTimeout(300);
  assert.deepEqual(await kept(), [0, 0, 0]);
  assert.equal(await messages(page, 'assistant').count(), 1, 'what was said stays in sight for this visit');
  assert.deepEqual(page.problems.filter((problem) => !/favicon/.test(problem)), []);
  await context.close();
});

test('an accent in any notation can be read, and a look keeps it', async () => {
  for (const [accent, text] of [['gold', 'rgb(0, 0, 0)'], ['hsl(210 80% 30%)', 'rgb(255, 255, 255)'], ['oklch(0.9 0.1 120)', 'rgb(0, 0, 0)'], ['#777', 'rgb(0, 0, 0)']]) {
    const site = await startPage(server.origin, '', '', `data-accent="${accent}" data-theme="bloom light"`);
    const context = await browser.newContext({ locale: 'zh-CN' });
    const page = await newPage(context);
    await page.goto(site.origin);
    await launcher(page).waitFor();
    const color = await page.evaluate(() => getComputedStyle(document.querySelector('zhanggui-widget').shadowRoot.querySelector('#l')).color);
    assert.equal(color, text, accent);
    assert.equal(await page.locator('zhanggui-widget').getAttribute('look'), 'bloom');
    await context.close();
    site.end();
  }
});
