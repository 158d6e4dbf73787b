// The npm package: its types by the compiler, its wrappers in the frameworks they are for.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { composer, dist, launch, launcher, messages, newPage, startServer } from './support.mjs';

let server;
let site;
let browser;

/** React comes as CommonJS: the little of it that a module needs, for the browser. */
const COMMON = { react: 'react/cjs/react.production.js', scheduler: 'scheduler/cjs/scheduler.production.js', 'react-dom': 'react-dom/cjs/react-dom.production.js', 'react-dom/client': 'react-dom/cjs/react-dom-client.production.js' };
const common = `const sources = ${JSON.stringify(Object.fromEntries(Object.entries(COMMON).map(([name, file]) => [name, readFileSync(`node_modules/${file}`, 'utf8')])))};
const cache = {};
export const need = (name) => {
  if (!cache[name]) { const module = cache[name] = { exports: {} }; new Function('exports', 'module', 'require', 'process', sources[name])(module.exports, module, need, { env: {} }); }
  return cache[name].exports;
};`;
const files = {
  '/common.js': common,
  '/react.js': `import { need } from '/common.js'; const react = need('react'); export default react; export const { ${['createElement', 'useEffect', 'useRef', 'useState', 'StrictMode'].join(', ')} } = react;`,
  '/vue.js': readFileSync('node_modules/vue/dist/vue.esm-browser.prod.js', 'utf8'),
};
const map = (title) => `<!doctype html><html lang="zh-CN"><title>${title}</title><script type="importmap">{"imports":{"react":"/react.js","vue":"/vue.js","zhanggui":"/npm/index.js","zhanggui/react":"/npm/react.js","zhanggui/vue":"/npm/vue.js"}}</script><body><div id="app"></div></body></html>`;

before(async () => {
  server = await startServer();
  browser = await launch();
  site = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    if (pathname === '/favicon.ico') return response.end();
    if (pathname === '/') return response.setHeader('content-type', 'text/html').end(map('单页商店'));
    response.setHeader('content-type', 'text/javascript');
    try {
      return response.end(files[pathname] ?? readFileSync(join(dist, resolve('/', pathname))));
    } catch {
      response.statusCode = 404;
      return response.end();
    }
  });
  await new Promise((next) => { site.listen(0, '127.0.0.1', next); });
});
after(async () => {
  await browser?.close();
  site?.close();
  await server?.end();
});

const open = async () => {
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await newPage(context);
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  return { context, page };
};

test('the types say what the package does', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zhanggui-types-'));
  const modules = join(folder, 'node_modules');
  cpSync(join(dist, 'npm'), join(modules, 'zhanggui'), { recursive: true });
  for (const name of ['react', '@types/react', 'csstype', 'vue', '@vue', '@babel']) cpSync(`node_modules/${name}`, join(modules, name), { recursive: true, dereference: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'usage.ts'), readFileSync('tests/data/npm-usage.ts'));
  try {
    execFileSync('node_modules/.bin/tsc', ['--noEmit', '--strict', '--skipLibCheck', 'false', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,dom', join(folder, 'usage.ts')], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    assert.fail(error.stdout);
  }
  const packed = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: join(dist, 'npm'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const [{ files: names }] = Array.isArray(packed) ? packed : Object.values(packed);
  assert.deepEqual(names.map(({ path }) => path).sort(), ['README.md', 'index.d.ts', 'index.js', 'package.json', 'react.d.ts', 'react.js', 'vue.d.ts', 'vue.js', 'zhanggui.d.ts']);
});

test('React puts it on the page, hands over what changes, and takes it away', async () => {
  const { context, page } = await open();
  await page.evaluate(async (src) => {
    const { createElement, StrictMode } = await import('react');
    const { need } = await import('/common.js');
    const { Zhanggui } = await import('zhanggui/react');
    const root = need('react-dom/client').createRoot(document.querySelector('#app'));
    window.events = [];
    window.draw = (props) => root.render(props && createElement(StrictMode, null, createElement(Zhanggui, { src, endpoint: 'none', on: { open: () => window.events.push('open'), close: () => window.events.push('close') }, ...props })));
    window.draw({ theme: 'dark', page: { type: 'product', id: 'p1', title: '雨衣' }, products: [{ id: 'p1', title: '雨衣', price: '¥189', availability: 'in_stock', url: '/p1' }] });
  }, `${server.origin}/zhanggui.js`);
  await launcher(page).click();
  await composer(page).waitFor({ state: 'visible' });
  assert.equal(await page.locator('zhanggui-widget').count(), 1);
  assert.equal(await page.locator('zhanggui-widget').getAttribute('theme'), 'dark');
  await composer(page).fill('这个多少钱');
  await composer(page).press('Enter');
  await messages(page, 'assistant').locator('.card__price').getByText('¥189').waitFor();
  await page.evaluate(() => window.draw({ theme: 'slate light' }));
  await page.waitForFunction(() => { const host = document.querySelector('zhanggui-widget'); return host.getAttribute('theme') === 'light' && host.getAttribute('look') === 'slate'; });
  await page.evaluate(() => window.zhanggui.close());
  assert.deepEqual(await page.evaluate(() => window.events), ['open', 'close']);
  await page.evaluate(() => window.draw(null));
  await page.waitForFunction(() => !document.querySelector('zhanggui-widget') && !window.zhanggui);
  // And back again, as a router would.
  await page.evaluate(() => window.draw({ theme: 'dark' }));
  await launcher(page).waitFor();
  assert.deepEqual(page.problems, []);
  await context.close();
});

test('Vue does the same', async () => {
  const { context, page } = await open();
  await page.evaluate(async (src) => {
    const { createApp, h, reactive } = await import('vue');
    const { Zhanggui } = await import('zhanggui/vue');
    window.state = reactive({ shown: true, theme: 'bloom dark' });
    window.events = [];
    createApp({ render: () => window.state.shown && h(Zhanggui, { src, options: { endpoint: 'none' }, theme: window.state.theme, onOpen: () => window.events.push('open') }) }).mount('#app');
  }, `${server.origin}/zhanggui.js`);
  await launcher(page).click();
  await composer(page).waitFor({ state: 'visible' });
  const host = page.locator('zhanggui-widget');
  assert.deepEqual([await host.getAttribute('theme'), await host.getAttribute('look')], ['dark', 'bloom']);
  await page.evaluate(() => { window.state.theme = 'paper light'; });
  await page.waitForFunction(() => document.querySelector('zhanggui-widget').getAttribute('look') === 'paper');
  assert.deepEqual(await page.evaluate(() => window.events), ['open']);
  await page.evaluate(() => { window.state.shown = false; });
  await page.waitForFunction(() => !document.querySelector('zhanggui-widget') && !window.zhanggui);
  assert.deepEqual(page.problems, []);
  await context.close();
});

for (const [sample, path] of [['plain', '/'], ['wechat', '/?order=HM20261118001']]) {
  test(`the sample ${sample}.html runs as it is written`, async () => {
    const context = await browser.newContext({ locale: 'zh-CN' });
    const page = await newPage(context);
    await page.route('https://cdn.example/zhanggui/**', async (route) => {
      const file = new URL(route.request().url()).pathname.replace('/zhanggui/', '');
      const found = await fetch(`${server.origin}/${file}`);
      return route.fulfill({ status: found.status, headers: { 'access-control-allow-origin': '*', 'content-type': found.headers.get('content-type') ?? '' }, body: Buffer.from(await found.arrayBuffer()) });
    });
    await page.route('http://sample.example/**', (route) => route.fulfill({ contentType: 'text/html', body: readFileSync(`docs/samples/${sample}.html`) }));
    await page.goto(`http://sample.example${path}`);
    if (sample === 'plain') {
      await page.getByRole('button', { name: '问问客服' }).click();
      await messages(page, 'assistant').locator('.card__price').getByText('¥189').waitFor();
    } else {
      await composer(page).waitFor({ state: 'visible' });
    }
    await context.close();
  });
}

test('what cannot be loaded says so, and the page goes on', async () => {
  const { context, page } = await open();
  const said = await page.evaluate(async () => {
    const { load } = await import('zhanggui');
    return load({ src: '/nowhere.js' }).catch(({ message }) => message);
  });
  assert.match(said, /nowhere\.js cannot be loaded/);
  assert.equal(await page.evaluate(async (src) => { const { load } = await import('zhanggui'); const [a, b] = await Promise.all([load({ src }), load({ src })]); return a === b; }, `${server.origin}/zhanggui.js`), true);
  await context.close();
});
