// What lies beside the bundle: no first answer waits for it, a wish for products brings it, and nothing else is taken for it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { bin, dist, heard, holds, launch, newPage } from './support.mjs';

const work = mkdtempSync(join(tmpdir(), 'zhanggui-beside-'));
const zhanggui = (...args) => execFileSync(join(bin, 'zhanggui'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html', '.json': 'application/json' };

/** A bundle of a shop that sells this; the file beside it is its neighbour. */
function build(title) {
  const [faq, feed, output] = ['faq.csv', 'feed.csv', `${title}.zgkb`].map((name) => join(work, name));
  writeFileSync(faq, 'question,answer\n怎么退货,七天内可以退货\n');
  writeFileSync(feed, `id,title,link,availability,price,product_type\nshoe,${title},https://shop.example/p/shoe,in_stock,129.00 CNY,鞋\n`);
  zhanggui('kb', 'build', faq, '-o', output, '--catalog', feed, '--no-models');
  return output;
}

/** Static files whose knowledge is the test's own, and whose requests are told. */
async function startFiles() {
  const folder = mkdtempSync(join(work, 'cdn-'));
  cpSync(join(dist, 'cdn'), folder, { recursive: true, filter: (path) => !/knowledge\/|models|\.br$/.test(path) });
  const files = { folder, knowledge: join(folder, 'knowledge'), asked: [], away: false, held: undefined, damage: false };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    files.asked.push(path.split('/').at(-1));
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('cache-control', 'no-cache');
    if (files.away && path.startsWith('/knowledge/')) return void request.socket.destroy();
    if (path === '/bare.html') return void response.setHeader('content-type', 'text/html').end('<!doctype html><title>bare</title>');
    try {
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
      const bytes = readFileSync(join(folder, path));
      if (path.endsWith('.zgkc')) {
        await files.held;
        if (files.damage) bytes[bytes.length - 1] ^= 1;
      }
      response.end(bytes);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  server.unref();
  files.origin = `http://127.0.0.1:${server.address().port}`;
  files.end = () => { server.closeAllConnections(); server.close(); };
  files.publish = (path, ...args) => JSON.parse(zhanggui('kb', 'publish', path, '-o', files.knowledge, ...args));
  files.brought = () => files.asked.filter((name) => name.endsWith('.zgkc')).length;
  return files;
}

let browser;
let first;
let second;
before(async () => {
  browser = await launch();
  [first, second] = ['防水雨鞋', '防水登山鞋'].map(build);
});
after(async () => {
  await browser?.close();
  rmSync(work, { recursive: true });
});

const newContext = async ({ saveData = false } = {}) => {
  const context = await browser.newContext({ locale: 'zh-CN' });
  await context.addInitScript((saves) => Object.defineProperty(navigator, 'connection', { value: { saveData: saves } }), saveData);
  return context;
};

/** The host and the engine alone, on the page's thread, where the page says whether the shopper saves data. */
async function open(context, files, { pinned = null, root } = {}) {
  const page = await newPage(context);
  await page.goto(`${files.origin}/bare.html`);
  await page.evaluate(async ({ base, pinned: knowledge_key, root: pin }) => {
    const { start } = await import(`${base}host.js`);
    window.heard = [];
    // A task of its own, as from a worker.
    const receive = await start(base, (message) => setTimeout(() => window.heard.push(message)), pin);
    window.receive = (message) => receive(message);
    window.receive({ type: 'start', base, endpoint: null, site_key: 'beside', locale: 'zh-CN', models: false, knowledge_key });
  }, { base: `${files.origin}/`, pinned, root });
  await heard(page, 'ready');
  return page;
}

/** What the assistant says to an utterance, and the titles of the products with it. */
const reply = (page, text) => page.evaluate((words) => new Promise((resolve) => {
  const before = window.heard.length;
  window.receive({ type: 'utterance', id: `u${before}`, text: words });
  const look = () => {
    const said = window.heard.slice(before).flatMap((message) => message.messages ?? []).find(({ message }) => message.author === 'assistant');
    if (said) resolve({ text: said.message.text, titles: (said.message.cards ?? []).map(({ title }) => title) });
    else setTimeout(look, 10);
  };
  look();
}), text);

const WISH = '推荐一双防水的鞋';
const AWAY = /商品资料这会儿还没取到/;

test('who saves data gets a first answer without it; a wish brings it, once, and it is there without a network ever after', async () => {
  const files = await startFiles();
  cpSync(join(dist, 'cdn/knowledge'), files.knowledge, { recursive: true });
  const context = await newContext({ saveData: true });
  const page = await open(context, files);
  assert.match((await reply(page, '怎么退货')).text, /退/);
  assert.equal(files.brought(), 0);
  const list = await reply(page, '推荐一条 400 以内的裙子');
  assert.match(list.titles.join(), /裙/);
  assert.equal(files.brought(), 1);
  assert.equal((await reply(page, '推荐一下')).titles.length, 4);
  assert.equal(files.brought(), 1);

  files.away = true;
  const later = await open(context, files);
  assert.match((await reply(later, '推荐一条 400 以内的裙子')).titles.join(), /裙/);
  assert.equal(files.brought(), 1);
  assert.equal(files.asked.filter((name) => name.endsWith('.zgkl')).length, 1, 'what was learned is small and comes to everybody, once');
  await context.close();
  files.end();
});

test('a first answer does not wait while it is on its way, and a wish does', async () => {
  const files = await startFiles();
  files.publish(first);
  let release;
  files.held = new Promise((resolve) => { release = resolve; });
  const context = await newContext();
  const page = await open(context, files);
  assert.match((await reply(page, '怎么退货')).text, /七天/);
  const wish = reply(page, WISH);
  await page.waitForFunction(() => window.heard.some(({ type }) => type === 'ready'));
  release();
  assert.deepEqual((await wish).titles, ['防水雨鞋']);
  assert.equal(files.brought(), 1, 'the wish waits for what is on its way');
  await context.close();
  files.end();
});

test('what was looked at before it came counts once it is there', async () => {
  const files = await startFiles();
  files.publish(first);
  const context = await newContext({ saveData: true });
  const page = await open(context, files);
  await page.evaluate(() => window.receive({ type: 'page', page: { type: 'product', id: 'shoe', title: '防水雨鞋' } }));
  await reply(page, '怎么退货');
  const tastes = () => page.evaluate(() => window.heard.filter(({ type }) => type === 'status').at(-1).tastes ?? []);
  assert.deepEqual(await tastes(), []);
  await page.evaluate(() => window.receive({ type: 'page', page: { type: 'home' } }));
  await reply(page, WISH);
  await page.waitForFunction(() => window.heard.filter(({ type }) => type === 'status').at(-1).tastes?.includes('category 鞋'));
  await context.close();
  files.end();
});

test('without a network, and where it is damaged or missing, the assistant says so and makes nothing up', async () => {
  const files = await startFiles();
  files.publish(first);
  for (const [what, spoil, mend] of [
    ['away', () => { files.away = true; }, () => { files.away = false; }],
    ['damaged', () => { files.damage = true; }, () => { files.damage = false; }],
    ['missing', () => rmSync(join(files.knowledge, readdirSync(files.knowledge).find((name) => name.endsWith('.zgkc')))), () => files.publish(first)],
  ]) {
    const context = await newContext({ saveData: true });
    const page = await open(context, files);
    spoil();
    const said = await reply(page, WISH);
    assert.match(said.text, AWAY, what);
    assert.deepEqual(said.titles, [], what);
    assert.match((await reply(page, '怎么退货')).text, /七天/, what);
    const brought = files.brought();
    if (what !== 'away') {
      const { state, reason } = await heard(page, 'knowledge', 1);
      assert.equal(state, 'refused', what);
      assert.match(reason, /\.zgkc is (damaged|missing)/, what);
      assert.match((await reply(page, WISH)).text, AWAY, what);
      assert.equal(files.brought(), brought, `${what}: not asked for again and again`);
    }
    mend();
    if (what === 'away') assert.deepEqual((await reply(page, WISH)).titles, ['防水雨鞋']);
    await context.close();
  }
  files.end();
});

test('a new publication comes as a pair or not at all, signed or not', async () => {
  const key = (name) => {
    const path = join(work, name);
    zhanggui('kb', 'keygen', '-o', path);
    return path;
  };
  const [own, root, targets, stamp] = ['own.key', 'root.key', 'targets.key', 'timestamp.key'].map(key);
  for (const kind of ['unsigned', 'signed', 'root']) {
    const files = await startFiles();
    const options = {};
    let args = [];
    if (kind === 'signed') {
      options.pinned = readFileSync(`${own}.pub`, 'utf8').trim();
      args = ['--key', own];
    } else if (kind === 'root') {
      options.root = JSON.parse(zhanggui('kb', 'root', 'init', '-o', files.knowledge, '--key', root, '--targets', `${targets}.pub`, '--timestamp', `${stamp}.pub`)).pin;
      args = ['--key', targets, '--timestamp-key', stamp];
    }
    files.publish(first, ...args);
    const [before] = readdirSync(files.knowledge).filter((name) => name.endsWith('.zgkc'));
    const context = await newContext();
    const page = await open(context, files, options);
    assert.deepEqual((await reply(page, WISH)).titles, ['防水雨鞋'], kind);
    files.publish(second, ...args);
    const [after] = readdirSync(files.knowledge).filter((name) => name.endsWith('.zgkc') && name !== before);
    const whole = readFileSync(join(files.knowledge, after));
    // Half a publication: what the new bundle names has not been uploaded, or is of another.
    writeFileSync(join(files.knowledge, after), readFileSync(join(files.knowledge, before)));
    await page.evaluate(() => window.receive({ type: 'online', online: true }));
    await page.waitForFunction(() => window.heard.some(({ type, state }) => type === 'knowledge' && state === 'refused'));
    assert.deepEqual((await reply(page, '推荐一双鞋')).titles, ['防水雨鞋'], `${kind}: the old pair goes on`);
    writeFileSync(join(files.knowledge, after), whole);
    await page.evaluate(() => window.receive({ type: 'online', online: true }));
    await page.waitForFunction(() => window.heard.some(({ type, state, version }) => type === 'knowledge' && state === 'updated' && version === 2));
    // Kept as a pair, too.
    files.away = true;
    const later = await open(context, files, options);
    assert.deepEqual((await reply(later, WISH)).titles, ['防水登山鞋'], kind);
    await context.close();
    files.end();
  }
});

test('a folder without a manifest has it beside the bundle, and that of another build is refused', async () => {
  const files = await startFiles();
  mkdirSync(files.knowledge, { recursive: true });
  cpSync(first, join(files.knowledge, 'shop.zgkb'));
  const place = join(files.knowledge, 'shop.zgkc');
  cpSync(first.replace('.zgkb', '.zgkc'), place);
  const context = await newContext({ saveData: true });
  assert.deepEqual((await reply(await open(context, files), WISH)).titles, ['防水雨鞋']);
  await context.close();

  cpSync(second.replace('.zgkb', '.zgkc'), place);
  const other = await newContext({ saveData: true });
  const page = await open(other, files);
  assert.match((await reply(page, WISH)).text, AWAY);
  assert.match((await heard(page, 'knowledge')).reason, /shop\.zgkc/);
  await other.close();
  files.end();
});

test('what may not be kept is not, and consent keeps both', async () => {
  const files = await startFiles();
  files.publish(first);
  const context = await newContext();
  const page = await open(context, files);
  assert.deepEqual((await reply(page, WISH)).titles, ['防水雨鞋']);
  const kept = () => page.evaluate(async () => (await caches.has('zg-knowledge')) ? (await (await caches.open('zg-knowledge')).keys()).map(({ url }) => url.split('/').at(-1)).sort() : []);
  assert.deepEqual(await kept(), ['manifest.json', 'products']);
  await page.evaluate(() => window.receive({ type: 'consent', given: false }));
  await holds(page, async () => !(await (await caches.open('zg-knowledge')).keys()).length);
  await context.close();
  files.end();
});
