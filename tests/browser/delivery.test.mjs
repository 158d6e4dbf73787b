// Knowledge by a root: whatever the network, a CDN or a thief of one key does, nothing is taken that should not be, and what was kept goes on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { made } from '../delivery/make.mjs';
import { ask, bin, dist, holds, launch, launcher, newPage, openPanel, startPage } from './support.mjs';

const work = mkdtempSync(join(tmpdir(), 'zhanggui-delivery-'));
const zhanggui = (...args) => execFileSync(join(bin, 'zhanggui'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html', '.json': 'application/json' };
const DATA = new URL('../data/delivery.json', import.meta.url);

/** Static files whose folder of knowledge is in `knowledge`, or in a `Map` for those that are data. */
async function startFiles() {
  const files = { asked: [], cut: /^$/, endless: /^$/, knowledge: mkdtempSync(join(work, 'knowledge-')), data: undefined };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const name = /^\/knowledge\/(.*)/.exec(path)?.[1];
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('cache-control', 'no-cache');
    if (path === '/bare.html') return void response.setHeader('content-type', 'text/html').end('<!doctype html><title>bare</title>');
    if (name !== undefined) files.asked.push(name);
    if (name !== undefined && files.cut.test(name)) return void request.socket.destroy();
    if (name !== undefined && files.endless.test(name)) {
      // As long as somebody listens.
      const more = () => { while (!response.destroyed && response.write(Buffer.alloc(65536, 0x20))); };
      response.on('drain', more);
      return void more();
    }
    try {
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
      if (name !== undefined && files.data) {
        if (!files.data.has(name)) throw new Error(name);
        response.end(files.data.get(name));
      } else response.end(readFileSync(name === undefined ? join(dist, 'cdn', path) : join(files.knowledge, name)));
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  server.unref();
  files.origin = `http://127.0.0.1:${server.address().port}`;
  files.end = () => { server.closeAllConnections(); server.close(); };
  files.run = (command, ...args) => JSON.parse(zhanggui('kb', ...command.split(' '), files.knowledge, ...args));
  return files;
}

const key = (name) => {
  const path = join(work, name);
  zhanggui('kb', 'keygen', '-o', path);
  return { path, pub: `${path}.pub` };
};

/** A bundle that says so many days; many further entries make a delta worth its while. */
function bundle(days) {
  const entries = Array.from({ length: 200 }, (_, n) => `## 第${n}件商品怎么保养? {#care-${n}}\n\n第${n}件商品用温水洗，阴凉处晾干。\n`);
  const source = join(work, `days-${days}.md`);
  writeFileSync(source, `---\nlang: zh-CN\n---\n## 怎么退货? {#return}\nvariants: 我要退货 | 退货流程\n\n${days} 天内申请退货。\n\n${entries.join('\n')}`);
  const output = join(work, `${days}.zgkb`);
  zhanggui('kb', 'build', source, '-o', output, '--no-models', '--no-playbooks', '--no-embedding');
  return output;
}

let browser;
let keys;
const versions = {};
before(async () => {
  browser = await launch();
  keys = Object.fromEntries(['root', 'targets', 'stamp', 'stamp2', 'stranger'].map((name) => [name, key(`${name}.key`)]));
  for (const days of [7, 15, 30]) versions[days] = bundle(days);
});
after(async () => {
  await browser?.close();
  rmSync(work, { recursive: true });
});

/** A folder with a root, and what signs in it. */
async function startShop() {
  const files = await startFiles();
  files.pin = JSON.parse(zhanggui('kb', 'root', 'init', '-o', files.knowledge, '--key', keys.root.path, '--targets', keys.targets.pub, '--timestamp', keys.stamp.pub)).pin;
  files.signers = ['--key', keys.targets.path, '--timestamp-key', keys.stamp.path];
  files.publish = (days, ...args) => JSON.parse(zhanggui('kb', 'publish', versions[days], '-o', files.knowledge, ...files.signers, ...args));
  return files;
}

/** The host and the engine alone. */
async function openEngine(context, files, { pin = files.pin, now } = {}) {
  const page = await newPage(context);
  if (now !== undefined) await page.clock.setFixedTime(now);
  await page.goto(`${files.origin}/bare.html`);
  await page.evaluate(async ({ base, root }) => {
    const { start } = await import(`${base}host.js`);
    window.heard = [];
    window.receive = await start(base, (message) => window.heard.push(message), root);
    window.receive({ type: 'start', base, endpoint: null, site_key: 'knowledge', locale: 'zh-CN', models: false });
  }, { base: `${files.origin}/`, root: pin });
  return page;
}

const heard = async (page, type, n = 0) => {
  const handle = await page.waitForFunction(([kind, at]) => window.heard.filter((message) => message.type === kind)[at], [type, n], { polling: 20 });
  return handle.jsonValue();
};
const again = (page) => page.evaluate(() => window.receive({ type: 'online', online: true }));
const reply = (page, text) => page.evaluate((words) => new Promise((resolve) => {
  const before = window.heard.length;
  window.receive({ type: 'utterance', id: `u${before}`, text: words });
  const look = () => {
    const said = window.heard.slice(before).flatMap((message) => message.messages ?? []).find(({ message }) => message.author === 'assistant');
    if (said) resolve(said.message.text);
    else requestAnimationFrame(look);
  };
  look();
}), text);
const fatal = async (page) => (await page.evaluate(() => window.heard)).filter(({ type }) => type === 'fatal');

test('the attacks are those of the generator', () => {
  assert.ok(readFileSync(DATA, 'utf8') === made(), 'run node tests/delivery/make.mjs');
});

test('attacks are refused as the data says', async () => {
  const { blobs, cases } = JSON.parse(readFileSync(DATA));
  const content = (it) => (it.fill ? Buffer.from(it.fill.repeat(it.bytes)) : blobs[it].text === undefined ? Buffer.from(blobs[it].base64, 'base64') : Buffer.from(blobs[it].text));
  const files = await startFiles();
  const context = await browser.newContext();
  const page = await newPage(context);
  await page.goto(`${files.origin}/bare.html`);
  const wrong = [];
  for (const { name, device, looks } of cases) {
    await page.evaluate(async (number) => {
      for (const cache of await caches.keys()) await caches.delete(cache);
      // The number of the device is the one thing that is random.
      crypto.getRandomValues = (into) => { into.set(number.match(/../g).map((byte) => parseInt(byte, 16))); return into; };
    }, device);
    for (const [n, look] of looks.entries()) {
      files.data = new Map(Object.entries(look.files).map(([path, it]) => [path, content(it)]));
      const cut = look.unreachable.map((one) => one.replaceAll('.', '\\.')).join('|');
      files.cut = new RegExp(`^(${cut})$`);
      const said = await page.evaluate(async ({ base, pin, at }) => {
        // Each look is a visit of its own: nothing but what was kept goes along.
        const { follow } = await import(`${base}tuf.js`);
        const trust = follow(base, pin);
        try {
          const { version, bundle, rollout, reason } = await trust.update(Date.parse(at));
          const kept = JSON.parse(await trust.save() && await (await (await caches.open('zg-knowledge')).match(`${base}knowledge/root.json`)).text());
          return { ok: true, bundle: bundle.file, root: kept.first + kept.chain.length - 1, timestamp: kept.timestamp.version, targets: version, in_rollout: rollout, clock_doubted: !!reason };
        } catch (error) {
          await trust.save();
          if (error.code === undefined && error.name !== 'TypeError') return { error: `${error.stack}` };
          return { ok: false, role: error.role, code: error.code ?? 'unreachable', error: error.message };
        }
      }, { base: `${files.origin}/`, pin: look.pin, at: look.at });
      // A bundle is fetched by what asks: the tests below.
      const { expect } = look;
      const wanted = expect.bundle && !expect.ok ? { ok: true, bundle: expect.bundle } : expect;
      if (!Object.entries(wanted).every(([what, value]) => said[what] === value)) wrong.push(`${name}, look ${n}: ${JSON.stringify(wanted)} wanted, ${JSON.stringify(said)}`);
    }
  }
  assert.deepEqual(wrong, []);
  await context.close();
  files.end();
});

test('a page that pins a root follows by deltas, keeps, and starts from what was kept', async () => {
  const files = await startShop();
  files.publish(7);
  const context = await browser.newContext({ locale: 'zh-CN' });
  const hear = '<script>window.found = []; window.zhanggui = { queue: [["on", "knowledge", (event) => window.found.push(event)]] };</script>';
  const site = await startPage(files.origin, undefined, hear, `data-knowledge-root="${files.pin}" data-endpoint="none"`);
  const page = await newPage(context);
  const found = (n) => page.waitForFunction((at) => window.found[at], n).then((handle) => handle.jsonValue());
  await page.goto(site.origin);
  await launcher(page).waitFor();
  assert.deepEqual(await page.evaluate(() => caches.keys()), [], 'nothing is stored before the shopper turns to the launcher');
  await openPanel(page);
  assert.deepEqual(await found(0), { state: 'updated', version: 1 });
  assert.match(await (await ask(page, '怎么退货')).innerText(), /7 天内/);
  const second = files.publish(15);
  assert.equal(second.deltas.length, 1);
  files.asked.length = 0;
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  assert.deepEqual(await found(1), { state: 'updated', version: 2 });
  assert.match(await (await ask(page, '怎么退货')).innerText(), /15 天内/);
  assert.deepEqual(files.asked.filter((name) => /zgk/.test(name)), [second.deltas[0].file]);
  assert.ok(!files.asked.includes('manifest.json'), 'there is no manifest to ask for');
  files.asked.length = 0;
  await page.reload();
  await openPanel(page);
  assert.deepEqual(await found(0), { state: 'kept', version: 2 });
  assert.deepEqual(files.asked.filter((name) => /zgk/.test(name)), []);
  await context.close();
  site.end();
  files.end();
});

test('the pin goes along where the page allows no worker, and into a frame', async () => {
  const files = await startShop();
  files.publish(7);
  const hear = '<script>window.found = []; window.zhanggui = { queue: [["on", "knowledge", (event) => window.found.push(event)]] };</script>';
  for (const policy of [
    `script-src ${files.origin} 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'none'`,
    `script-src ${files.origin} 'unsafe-inline'; frame-src ${files.origin}`,
  ]) {
    // Another root than the folder's is refused, so what is taken was asked for by the pin.
    for (const [pin, state] of [[files.pin, 'updated'], [`zgroot-1:1:${'A'.repeat(43)}`, 'refused']]) {
      const context = await browser.newContext({ locale: 'zh-CN' });
      const site = await startPage(files.origin, policy, hear, `data-knowledge-root="${pin}" data-endpoint="none"`);
      const page = await newPage(context);
      await page.goto(site.origin);
      await launcher(page).click();
      const found = await (await page.waitForFunction(() => window.found[0])).jsonValue();
      assert.equal(found.state, state, policy);
      if (state === 'refused') assert.match(found.reason, /^root: 1.root.json is not the one that is pinned/);
      await context.close();
      site.end();
    }
  }
  files.end();
});

/** What happens to a folder whose version 2 says 15 days, seen by a device that has version 1; and what is said of it. */
const WRONGS = [
  { name: 'a stranger signs', reason: /^timestamp: .*signatures.*sign it/, spoil: ({ knowledge }) => {
    const path = join(knowledge, 'timestamp.json');
    const it = JSON.parse(readFileSync(path));
    it.signatures[0].sig = `${it.signatures[0].sig.startsWith('A') ? 'B' : 'A'}${it.signatures[0].sig.slice(1)}`;
    writeFileSync(path, JSON.stringify(it));
  } },
  { name: 'the timestamp key was exchanged, and the timestamp was not', reason: /^timestamp: .*signatures/, spoil: (files) => files.run('root rotate', '--key', keys.root.path, '--timestamp', keys.stamp2.pub) },
  { name: 'bundle and delta are changed', reason: /^targets: .*damaged; upload/, spoil: ({ knowledge }) => {
    for (const name of readdirSync(knowledge).filter((one) => /zgk[bd]$/.test(one))) {
      const bytes = readFileSync(join(knowledge, name));
      bytes[bytes.length >> 1] ^= 1;
      writeFileSync(join(knowledge, name), bytes);
    }
  } },
  { name: 'bundle and delta are cut', reason: /^targets: .*damaged/, spoil: ({ knowledge }) => {
    for (const name of readdirSync(knowledge).filter((one) => /zgk[bd]$/.test(one))) writeFileSync(join(knowledge, name), readFileSync(join(knowledge, name)).subarray(0, -5));
  } },
  { name: 'bundle and delta are missing', reason: /^targets: .*missing; upload/, spoil: ({ knowledge }) => {
    for (const name of readdirSync(knowledge).filter((one) => /zgk[bd]$/.test(one))) rmSync(join(knowledge, name));
  } },
  { name: 'bundle and delta never end', reason: /longer than/, spoil: (files) => { files.endless = /zgk[bd]$/; } },
  { name: 'the timestamp never ends', reason: /^timestamp: .*longer than/, spoil: (files) => { files.endless = /^timestamp/; } },
  { name: 'the next root never ends', reason: /^root: .*longer than/, spoil: (files) => { files.endless = /^2\.root/; } },
  { name: 'the timestamp is gone', reason: /^timestamp: .*missing/, spoil: ({ knowledge }) => rmSync(join(knowledge, 'timestamp.json')) },
  { name: 'the network cuts before the bundle', spoil: (files) => { files.cut = /zgk[bd]$/; } },
  { name: 'the network cuts before the targets', spoil: (files) => { files.cut = /targets/; } },
];

test('what is wrong is refused by its role, and what was kept goes on, in this tab and the next', async (t) => {
  for (const { name, reason, spoil } of WRONGS) {
    await t.test(name, async () => {
      const files = await startShop();
      files.publish(7);
      const context = await browser.newContext();
      const page = await openEngine(context, files);
      await heard(page, 'knowledge');
      files.publish(15);
      spoil(files);
      files.asked.length = 0;
      await again(page);
      for (const at of [page, await openEngine(context, files)]) {
        if (reason) {
          const found = await heard(at, 'knowledge', 1);
          assert.deepEqual([found.state, found.version], ['refused', 1]);
          assert.match(found.reason, reason);
        } else await heard(at, 'ready');
        assert.match(await reply(at, '怎么退货'), /7 天内/);
        assert.deepEqual(await fatal(at), []);
      }
      // And once it is right again, it is taken: nothing is stuck.
      Object.assign(files, { cut: /^$/, endless: /^$/ });
      if (/network|never/.test(name)) {
        await again(page);
        await page.waitForFunction(() => window.heard.some(({ state, version }) => state === 'updated' && version === 2), undefined, { polling: 20 });
        assert.match(await reply(page, '怎么退货'), /15 天内/);
      }
      await context.close();
      files.end();
    });
  }
});

test('replayed files are refused in every tab, and after a visit', async () => {
  const files = await startShop();
  files.publish(7);
  const old = mkdtempSync(join(work, 'old-'));
  cpSync(files.knowledge, old, { recursive: true });
  const context = await browser.newContext();
  const stale = await openEngine(context, files);
  await heard(stale, 'knowledge');
  files.publish(15);
  const page = await openEngine(context, files);
  assert.equal((await heard(page, 'knowledge', 1)).version, 2);
  await page.close();
  cpSync(join(old, 'timestamp.json'), join(files.knowledge, 'timestamp.json'));
  // The tab that had seen the first only knows by the other what is older.
  await again(stale);
  assert.match((await heard(stale, 'knowledge', 1)).reason, /^timestamp: version 1 is older than 2.*publish under a higher version/);
  const next = await openEngine(context, files);
  assert.deepEqual((await heard(next, 'knowledge', 0)), { type: 'knowledge', state: 'kept', version: 2 });
  assert.match((await heard(next, 'knowledge', 1)).reason, /older than 2/);
  assert.match(await reply(next, '怎么退货'), /15 天内/);
  await context.close();
  files.end();
});

test('a clock that is plainly wrong stops nothing, and one that is a month ahead stops news only', async () => {
  const files = await startShop();
  files.publish(7);
  for (const now of [new Date('1999-01-01'), new Date('2150-01-01')]) {
    const context = await browser.newContext();
    const page = await openEngine(context, files, { now });
    await heard(page, 'ready');
    assert.match(await reply(page, '怎么退货'), /7 天内/, String(now));
    await context.close();
  }
  const context = await browser.newContext();
  await heard(await openEngine(context, files), 'knowledge');
  const page = await openEngine(context, files, { now: Date.now() + 30 * 86_400_000 });
  const found = await heard(page, 'knowledge', 1);
  assert.deepEqual([found.state, found.version], ['refused', 1]);
  assert.match(found.reason, /^timestamp: it has expired on .*kb timestamp/);
  assert.match(await reply(page, '怎么退货'), /7 天内/);
  await context.close();
  files.end();
});

test('a rollout reaches nobody, then everybody, and one command takes it back', async () => {
  const files = await startShop();
  files.publish(7);
  files.publish(15, '--rollout', '0');
  const context = await browser.newContext();
  const page = await openEngine(context, files);
  await heard(page, 'ready');
  assert.match(await reply(page, '怎么退货'), /7 天内/);
  files.run('rollout', '--percent', '99', ...files.signers);
  files.run('rollout', '--percent', '100', ...files.signers);
  await again(page);
  assert.equal((await heard(page, 'knowledge', 1)).version, 4);
  assert.match(await reply(page, '怎么退货'), /15 天内/);
  files.run('rollback', ...files.signers);
  await again(page);
  assert.equal((await heard(page, 'knowledge', 2)).version, 5);
  assert.match(await reply(page, '怎么退货'), /7 天内/);
  await context.close();
  files.end();
});

test('without consent nothing is kept, and with it later what was seen is', async () => {
  const files = await startShop();
  files.publish(7);
  const context = await browser.newContext();
  const page = await newPage(context);
  await page.goto(`${files.origin}/bare.html`);
  await page.evaluate(async ({ base, root }) => {
    const { start } = await import(`${base}host.js`);
    window.heard = [];
    window.receive = await start(base, (message) => window.heard.push(message), root);
    window.receive({ type: 'start', base, endpoint: null, site_key: 'knowledge', locale: 'zh-CN', models: false, keep: false });
  }, { base: `${files.origin}/`, root: files.pin });
  await heard(page, 'knowledge');
  const kept = () => page.evaluate(async () => (await caches.has('zg-knowledge') ? (await (await caches.open('zg-knowledge')).keys()).map(({ url }) => new URL(url).pathname) : []));
  assert.deepEqual(await kept(), []);
  await page.evaluate(() => window.receive({ type: 'consent', given: true }));
  await holds(page, async () => (await (await caches.open('zg-knowledge')).keys()).length === 2);
  assert.deepEqual((await kept()).sort(), ['/knowledge/root.json', '/knowledge/timestamp.json']);
  await page.evaluate(() => window.receive({ type: 'consent', given: false }));
  await holds(page, async () => (await (await caches.open('zg-knowledge')).keys()).length === 0);
  await context.close();
  files.end();
});

test('a browser without Ed25519 of its own verifies all the same', async () => {
  const files = await startShop();
  files.publish(7);
  const context = await browser.newContext();
  await context.addInitScript(() => {
    SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException('no Ed25519', 'NotSupportedError'));
  });
  const page = await openEngine(context, files);
  assert.deepEqual(await heard(page, 'knowledge'), { type: 'knowledge', state: 'updated', version: 1 });
  await context.close();
  files.end();
});
