// The widget as a guest: on pages that are not ours, under policies that are not ours.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, answered, composer, launch, launcher, messages, newPage, startPage, startServer } from './support.mjs';

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

const POLICIES = (cdn) => [
  { name: 'no policy', mode: 'widget', workers: 1 },
  {
    name: 'strict, all that is needed',
    policy: `default-src 'none'; script-src ${cdn} 'wasm-unsafe-eval'; connect-src ${cdn}; worker-src blob:`,
    mode: 'widget', workers: 1,
  },
  {
    name: 'trusted types with our policy',
    policy: `default-src 'none'; script-src ${cdn} 'wasm-unsafe-eval'; connect-src ${cdn}; worker-src blob:; require-trusted-types-for 'script'; trusted-types zhanggui`,
    mode: 'widget', workers: 1,
  },
  {
    name: 'no workers',
    policy: `default-src 'none'; script-src ${cdn} 'wasm-unsafe-eval'; connect-src ${cdn}; worker-src 'none'`,
    mode: 'widget', workers: 0,
  },
  {
    name: 'a nonce and strict-dynamic',
    policy: `default-src 'none'; script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval'; connect-src ${cdn}; worker-src blob:`,
    attributes: 'nonce="abc"', mode: 'widget', workers: 1,
  },
  {
    name: 'a nonce, strict-dynamic and trusted types of no name',
    policy: `default-src 'none'; script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval'; connect-src ${cdn}; worker-src blob:; require-trusted-types-for 'script'; trusted-types 'none'`,
    attributes: 'nonce="abc"', mode: 'widget', workers: 0,
  },
  { name: 'isolated, every resource asked for by CORS', headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }, attributes: 'crossorigin', mode: 'widget', workers: 1 },
  { name: 'sandboxed: no origin and no storage', policy: 'sandbox allow-scripts', mode: 'widget', workers: 0, foreign: true },
  { name: 'no styles of any kind', policy: `style-src 'none'`, mode: 'widget', workers: 1 },
  { name: 'a base that leads elsewhere', extra: '<base href="https://elsewhere.example/deep/">', mode: 'widget', workers: 1 },
  { name: 'styles that take everything', extra: '<style>*,*::before,*::after{all:unset!important;display:none!important;position:static!important}html,body,h1,button{display:block!important}zhanggui-widget{display:block!important}</style>', mode: 'widget', workers: 1 },
  { name: 'prototypes with additions', extra: '<script>Array.prototype.last=function(){return this[this.length-1]};Object.prototype.extend=function(){};Array.prototype.toJSON=undefined;</script>', mode: 'widget', workers: 1 },
  { name: 'prototypes that cannot be changed', extra: '<script>for (const one of [Object, Array, Function, String, Promise, Map]) Object.freeze(one.prototype);</script>', mode: 'widget', workers: 1 },
  { name: 'written right to left', extra: '<script>document.documentElement.dir="rtl"</script>', mode: 'widget', workers: 1 },
  { name: 'no WASM', policy: `default-src 'self' ${cdn}; script-src ${cdn}; frame-src ${cdn}`, mode: 'frame' },
  { name: 'no WASM, no frames', policy: `default-src 'self'; script-src ${cdn}; frame-src 'none'`, mode: 'link' },
];

test('every policy ends in a mode that works, and none breaks the page', async (t) => {
  for (const { name, policy, mode, workers, headers, extra, attributes, foreign } of POLICIES(server.origin)) {
    await t.test(name, async () => {
      const site = await startPage(server.origin, policy, extra, attributes, headers);
      const context = await browser.newContext({ locale: 'zh-CN' });
      const page = await newPage(context);
      await page.goto(site.origin);
      await launcher(page).click();
      const found = await page.evaluate(() => window.zhanggui.ready);
      assert.equal(found, mode);
      if (mode === 'widget') {
        assert.notEqual(await answered(await ask(page, '怎么退货')), '');
        assert.equal(page.workers().length, workers);
      } else if (mode === 'frame') {
        const frame = page.frameLocator('zhanggui-widget iframe');
        await frame.locator('textarea').fill('怎么退货');
        await frame.locator('textarea').press('Enter');
        await frame.locator('.provenance__source').first().waitFor();
      } else {
        const link = page.locator('zhanggui-widget a');
        await link.waitFor();
        const help = await fetch(await link.getAttribute('href'));
        assert.equal(help.status, 200);
      }
      // The shop's own button works all along.
      await page.evaluate(() => { document.getElementById('buy').onclick = () => { window.bought = true; }; });
      await page.locator('#buy').click();
      assert.equal(await page.evaluate(() => window.bought), true);
      // A browser logs what a policy refuses; an exception of ours would be another matter.
      const ours = page.problems.filter((problem) => !/Content Security Policy|favicon|violates the following|This document requires/.test(problem) && !(foreign && /CORS|ERR_FAILED|Access-Control/.test(problem)));
      assert.deepEqual(ours, []);
      await context.close();
      site.end();
    });
  }
});

test('two script tags make one launcher, and destroy leaves nothing', async () => {
  const twice = `<script async src="${server.origin}/zhanggui.js"></script>`;
  const site = await startPage(server.origin, undefined, twice);
  const context = await browser.newContext();
  const page = await newPage(context);
  await page.goto(site.origin);
  await page.waitForLoadState('networkidle');
  assert.equal(await page.locator('zhanggui-widget').count(), 1);
  await launcher(page).click();
  await composer(page).waitFor();
  await page.evaluate(() => window.zhanggui.destroy());
  assert.equal(await page.locator('zhanggui-widget').count(), 0);
  assert.equal(await page.evaluate(() => typeof window.zhanggui), 'undefined');
  assert.deepEqual(page.problems.filter((problem) => !/favicon/.test(problem)), []);
  await context.close();
  site.end();
});

test('markup that a shopper writes is text', async () => {
  const site = await startPage(server.origin);
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await newPage(context);
  await page.goto(site.origin);
  await launcher(page).click();
  await composer(page).waitFor();
  const hostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> javascript:alert(1) https://example.com/a';
  await ask(page, hostile);
  const mine = messages(page, 'shopper').first();
  assert.ok((await mine.innerText()).includes('<img src=x'));
  assert.deepEqual(await mine.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))), ['https://example.com/a']);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await context.close();
  site.end();
});

test('without the models the assistant still answers', async () => {
  const site = await startPage(server.origin);
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await newPage(context);
  await page.route(/inference|models\//, (route) => route.abort());
  await page.goto(site.origin);
  await launcher(page).click();
  await composer(page).waitFor();
  assert.notEqual(await answered(await ask(page, '多久发货')), '');
  await context.close();
  site.end();
});

test('the doctor says what a page lacks, and the line that mends it', async () => {
  const cdn = server.origin;
  for (const [policy, missing] of [
    [undefined, {}],
    [`script-src ${cdn}; worker-src 'none'; connect-src 'none'`, {
      WebAssembly: "Content-Security-Policy: script-src 'wasm-unsafe-eval'",
      worker: 'Content-Security-Policy: worker-src blob:',
      files: `Content-Security-Policy: connect-src ${cdn}`,
      'sync endpoint': `Content-Security-Policy: connect-src ${cdn}`,
    }],
    [`require-trusted-types-for 'script'; trusted-types 'none'`, { worker: 'Content-Security-Policy: trusted-types zhanggui' }],
  ]) {
    const site = await startPage(cdn, policy);
    const context = await browser.newContext();
    const page = await newPage(context);
    const said = page.waitForEvent('console', (message) => message.text().startsWith('zhanggui doctor,'));
    await page.goto(`${site.origin}/?zhanggui-doctor`);
    const text = (await said).text();
    const found = Object.fromEntries([...text.matchAll(/missing ([\w ]+) \(.*\)\n +add: (.*)/g)].map(([, check, add]) => [check, add]));
    assert.deepEqual(found, missing, text);
    assert.match(text, /ok {6}scripts/);
    await context.close();
    site.end();
  }
});
