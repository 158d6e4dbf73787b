// Knowledge on the device: kept, brought up to date by deltas, believed only where the shop has signed it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, besideReady, bin, dist, heard, launch, launcher, messages, newPage, openPanel, startPage } from './support.mjs';

const work = mkdtempSync(join(tmpdir(), 'zhanggui-knowledge-'));
const zhanggui = (...args) => execFileSync(join(bin, 'zhanggui'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html', '.json': 'application/json' };

/** A bundle that says so many days; a few hundred further entries make a delta worth its while. */
function bundle(days) {
  const entries = Array.from({ length: 300 }, (_, n) => `## 第${n}件商品怎么保养? {#care-${n}}\n\n第${n}件商品用温水洗，阴凉处晾干。\n`);
  const source = join(work, `days-${days}.md`);
  writeFileSync(source, `---\nlang: zh-CN\n---\n## 怎么退货? {#return}\nvariants: 我要退货 | 退货流程\n\n${days} 天内申请退货。\n\n${entries.join('\n')}`);
  const output = join(work, `${days}.zgkb`);
  zhanggui('kb', 'build', source, '-o', output);
  return output;
}

/** Static files of their own, whose knowledge can be published anew and whose requests are told. */
async function startFiles() {
  const folder = mkdtempSync(join(work, 'cdn-'));
  cpSync(join(dist, 'cdn'), folder, { recursive: true, filter: (path) => !path.includes('knowledge/') && !path.endsWith('.br') });
  const files = { folder, knowledge: join(folder, 'knowledge'), asked: [], away: false };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    files.asked.push(path.replace('/knowledge/', ''));
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('cache-control', 'no-cache');
    if (files.away && path.startsWith('/knowledge/')) return void request.socket.destroy();
    if (path === '/bare.html') return void response.setHeader('content-type', 'text/html').end('<!doctype html><title>bare</title>');
    try {
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
      response.end(readFileSync(join(folder, path)));
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  // A test that fails must not hold the run.
  server.unref();
  files.origin = `http://127.0.0.1:${server.address().port}`;
  files.end = () => { server.closeAllConnections(); server.close(); };
  files.publish = (path, ...args) => JSON.parse(zhanggui('kb', 'publish', path, '-o', files.knowledge, ...args));
  return files;
}

const key = (name) => {
  const path = join(work, name);
  zhanggui('kb', 'keygen', '-o', path);
  return { path, pinned: readFileSync(`${path}.pub`, 'utf8').trim() };
};

let browser;
let shop;
let stranger;
const versions = {};
before(async () => {
  browser = await launch();
  shop = key('shop.key');
  stranger = key('stranger.key');
  for (const days of [7, 15, 30]) versions[days] = bundle(days);
});
after(async () => {
  await browser?.close();
  rmSync(work, { recursive: true });
});

/** The host and the engine alone. */
async function openEngine(context, files, pinned) {
  const page = await newPage(context);
  await page.goto(`${files.origin}/bare.html`);
  await page.evaluate(async ({ base, pinned: knowledge_key }) => {
    const { start } = await import(`${base}host.js`);
    window.heard = [];
    window.receive = await start(base, (message) => window.heard.push(message));
    window.receive({ type: 'start', base, endpoint: null, site_key: 'knowledge', locale: 'zh-CN', models: false, knowledge_key });
  }, { base: `${files.origin}/`, pinned: pinned ?? null });
  return page;
}

const reply = (page, text) => page.evaluate((words) => new Promise((resolve) => {
  const before = window.heard.length;
  window.receive({ type: 'utterance', id: `u${before}`, text: words });
  const look = () => {
    const said = window.heard.slice(before).flatMap((message) => message.messages ?? []).find(({ message }) => message.author === 'assistant');
    if (said) resolve(said.message.text);
    else setTimeout(look, 10);
  };
  look();
}), text);

test('a page that is open gets a new version by a delta, and the next one starts from what was kept', async () => {
  const files = await startFiles();
  const first = files.publish(versions[7], '--key', shop.path);
  assert.deepEqual([first.version, first.changed], [1, true]);
  const context = await browser.newContext({ locale: 'zh-CN' });
  const hear = '<script>window.found = []; window.zhanggui = { queue: [["on", "knowledge", (event) => window.found.push(event)]] };</script>';
  const site = await startPage(files.origin, undefined, hear, `data-knowledge-key="${shop.pinned}" data-endpoint="none"`);
  const page = await newPage(context);
  const found = (n) => page.waitForFunction((at) => window.found[at], n).then((handle) => handle.jsonValue());
  await page.goto(site.origin);
  await launcher(page).waitFor();
  assert.deepEqual(await page.evaluate(() => caches.keys()), [], 'nothing is stored before the shopper turns to the launcher');
  await openPanel(page);
  assert.deepEqual(await found(0), { state: 'updated', version: 1 });
  assert.match(await (await ask(page, '怎么退货')).innerText(), /7 天内/);

  const second = files.publish(versions[15], '--key', shop.path);
  assert.deepEqual([second.version, second.deltas.length], [2, 1]);
  files.asked.length = 0;
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  assert.deepEqual(await found(1), { state: 'updated', version: 2 });
  assert.match(await (await ask(page, '怎么退货')).innerText(), /15 天内/);
  assert.ok(files.asked.includes(second.deltas[0].file));
  assert.ok(!files.asked.includes(second.bundle), 'the bundle does not come whole');

  files.asked.length = 0;
  await page.reload();
  await openPanel(page);
  assert.deepEqual(await found(0), { state: 'kept', version: 2 });
  // What was said before the reload is shown first, or its answers would be taken for this one.
  await messages(page, 'assistant').nth(1).waitFor();
  assert.match(await (await ask(page, '怎么退货')).innerText(), /15 天内/);
  assert.deepEqual(files.asked.filter((name) => /zgk/.test(name)), []);
  assert.deepEqual(page.problems.filter((problem) => !/favicon/.test(problem)), []);
  await context.close();
  site.end();
  files.end();
});

test('without a network what was kept answers', async () => {
  const files = await startFiles();
  files.publish(versions[7], '--key', shop.path);
  const context = await browser.newContext();
  await heard(await openEngine(context, files, shop.pinned), 'knowledge');
  files.away = true;
  const page = await openEngine(context, files, shop.pinned);
  assert.deepEqual(await heard(page, 'knowledge'), { type: 'knowledge', state: 'kept', version: 1 });
  assert.match(await reply(page, '怎么退货'), /7 天内/);
  assert.deepEqual((await page.evaluate(() => window.heard)).filter(({ type }) => type === 'fatal'), []);
  await context.close();
  files.end();
});

/** What may be wrong with what is found, done to a folder that holds version 2. */
const WRONGS = [
  { name: 'a changed bundle and a changed delta', reason: /damaged/, spoil: ({ knowledge }) => {
    for (const name of readdirSync(knowledge).filter((one) => /zgk[bd]$/.test(one))) {
      const bytes = readFileSync(join(knowledge, name));
      bytes[bytes.length - 9] ^= 1;
      writeFileSync(join(knowledge, name), bytes);
    }
  } },
  { name: 'a cut bundle and no delta', reason: /damaged|404/, spoil: ({ knowledge }) => {
    for (const name of readdirSync(knowledge)) {
      if (name.endsWith('.zgkd')) rmSync(join(knowledge, name));
      if (name.endsWith('.zgkb')) writeFileSync(join(knowledge, name), readFileSync(join(knowledge, name)).subarray(0, 500));
    }
  } },
  { name: 'a changed manifest', reason: /does not fit/, spoil: ({ knowledge }) => {
    const path = join(knowledge, 'manifest.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"version":2', '"version":3'));
  } },
  { name: 'a manifest that another key has signed', reason: /not pinned/, spoil: ({ knowledge }) => {
    zhanggui('kb', 'sign', join(knowledge, 'manifest.json'), '--key', stranger.path);
  } },
  { name: 'a manifest that nobody has signed', reason: /not signed/, spoil: ({ knowledge }) => rmSync(join(knowledge, 'manifest.json.sig')) },
  { name: 'a signature of another kind of file', reason: /does not fit/, spoil: ({ knowledge }) => {
    // The same bytes would need the magic of a bundle to be signed as one; a signature of a bundle stands in.
    zhanggui('kb', 'sign', versions[7], '--key', shop.path, '-o', join(knowledge, 'manifest.json.sig'));
  } },
  { name: 'a signature that is none', reason: /damaged/, spoil: ({ knowledge }) => writeFileSync(join(knowledge, 'manifest.json.sig'), 'zgsig-1 0000') },
  { name: 'no manifest any more', reason: /^$/, spoil: ({ knowledge }) => rmSync(join(knowledge, 'manifest.json')) },
  { name: 'a signed manifest that is none', reason: /manifest .* damaged/, spoil: ({ knowledge }) => {
    writeFileSync(join(knowledge, 'manifest.json'), '{"format":1,"version":9,"bundle":{"file":"../../x","sha256":"00","bytes":1},"deltas":[]}');
    zhanggui('kb', 'sign', join(knowledge, 'manifest.json'), '--key', shop.path);
  } },
  { name: 'a signed bundle that nobody can read', reason: /bundle/, spoil: ({ knowledge }) => {
    const bytes = Buffer.concat([Buffer.from('ZGKB'), Buffer.alloc(5000, 7)]);
    const file = { file: 'x.zgkb', sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
    writeFileSync(join(knowledge, 'x.zgkb'), bytes);
    writeFileSync(join(knowledge, 'manifest.json'), JSON.stringify({ format: 1, version: 9, bundle: file, deltas: [] }));
    zhanggui('kb', 'sign', join(knowledge, 'manifest.json'), '--key', shop.path);
  } },
  { name: 'an older version, signed and whole', reason: /older/, older: true, spoil: () => {} },
];

test('what is damaged, older, foreign or unsigned is refused, and what was kept goes on', async (t) => {
  const old = await startFiles();
  old.publish(versions[7], '--key', shop.path);
  for (const { name, reason, spoil, older } of WRONGS) {
    await t.test(name, async () => {
      const files = await startFiles();
      files.publish(versions[7], '--key', shop.path);
      if (older) files.publish(versions[15], '--key', shop.path);
      const context = await browser.newContext();
      const page = await openEngine(context, files, shop.pinned);
      await heard(page, 'knowledge');
      if (older) cpSync(join(old.knowledge, 'manifest.json'), join(files.knowledge, 'manifest.json'));
      if (older) cpSync(join(old.knowledge, 'manifest.json.sig'), join(files.knowledge, 'manifest.json.sig'));
      if (!older) files.publish(versions[15], '--key', shop.path);
      spoil(files);
      const [version, days] = older ? [2, /15 天内/] : [1, /7 天内/];
      // On the page that is open, and on the next one.
      for (const at of [page, await openEngine(context, files, shop.pinned)]) {
        if (at === page) await at.evaluate(() => window.receive({ type: 'online', online: true }));
        if (`${reason}` !== '/^$/') {
          const found = await heard(at, 'knowledge', 1);
          assert.deepEqual([found.state, found.version], ['refused', version]);
          assert.match(found.reason, reason);
        }
        assert.match(await reply(at, '怎么退货'), days);
        assert.deepEqual((await at.evaluate(() => window.heard)).filter(({ type }) => type === 'fatal'), []);
      }
      await context.close();
      files.end();
    });
  }
  old.end();
});

test('a damaged record on the device is fetched anew', async () => {
  const files = await startFiles();
  files.publish(versions[7], '--key', shop.path);
  const context = await browser.newContext();
  const page = await openEngine(context, files, shop.pinned);
  await heard(page, 'knowledge');
  await page.evaluate(async () => {
    const cache = await caches.open('zg-knowledge');
    const [request] = await cache.keys();
    const record = await cache.match(request);
    const bytes = new Uint8Array(await record.arrayBuffer());
    bytes[bytes.length >> 1] ^= 1;
    await cache.put(request, new Response(bytes, { headers: record.headers }));
  });
  const next = await openEngine(context, files, shop.pinned);
  assert.deepEqual(await heard(next, 'knowledge'), { type: 'knowledge', state: 'updated', version: 1 });
  assert.match(await reply(next, '怎么退货'), /7 天内/);
  await context.close();
  files.end();
});

test('a browser without Ed25519 of its own verifies all the same', async () => {
  const files = await startFiles();
  files.publish(versions[7], '--key', shop.path);
  const context = await browser.newContext();
  await context.addInitScript(() => {
    SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException('no Ed25519', 'NotSupportedError'));
  });
  const page = await openEngine(context, files, shop.pinned);
  assert.deepEqual(await heard(page, 'knowledge'), { type: 'knowledge', state: 'updated', version: 1 });
  files.publish(versions[15], '--key', shop.path);
  zhanggui('kb', 'sign', versions[7], '--key', shop.path, '-o', join(files.knowledge, 'manifest.json.sig'));
  await page.evaluate(() => window.receive({ type: 'online', online: true }));
  assert.equal((await heard(page, 'knowledge', 1)).state, 'refused');
  await context.close();
  files.end();
});

test('where nothing can be trusted and nothing was kept, the widget says so and the next publication is taken', async () => {
  const files = await startFiles();
  files.publish(versions[7]);
  const context = await browser.newContext();
  const page = await openEngine(context, files, `${stranger.pinned} ${shop.pinned}`);
  assert.equal((await heard(page, 'fatal')).code, 'knowledge_unusable');
  files.publish(versions[15], '--key', shop.path);
  await page.evaluate(() => window.receive({ type: 'online', online: true }));
  await heard(page, 'ready');
  assert.match(await reply(page, '怎么退货'), /15 天内/);
  await context.close();
  files.end();
});

test('without a pinned key knowledge need not be signed, nor published', async () => {
  const files = await startFiles();
  files.publish(versions[7]);
  const context = await browser.newContext();
  assert.match(await reply(await openEngine(context, files), '怎么退货'), /7 天内/);
  files.publish(versions[15]);
  const next = await openEngine(context, files);
  assert.equal((await heard(next, 'knowledge', 1)).version, 2);
  assert.match(await reply(next, '怎么退货'), /15 天内/);
  await context.close();
  files.end();

  const plain = await startFiles();
  cpSync(versions[30], join(plain.folder, 'knowledge/shop.zgkb'));
  const other = await browser.newContext();
  assert.match(await reply(await openEngine(other, plain), '怎么退货'), /30 天内/);
  await other.close();
  plain.end();
});

test('suggestions are those of the command line, and an overtaken request gets none', async () => {
  const files = await startFiles();
  const shown = join(dist, 'cdn/knowledge/shop.zgkb');
  files.publish(shown);
  const texts = ['退', '退货', '腿货', 'tuih', 'thyf', '怎么', '发票', '几天发', 'kuaidi', '退huo', 'x', '', 'return', '\ud800退', '我要退'];
  const lines = texts.map((text, id) => JSON.stringify({ id, text: text.toWellFormed() })).join('\n');
  const printed = execFileSync(join(bin, 'zhanggui'), ['kb', 'suggest', shown, '--k', '5', '--lang', 'zh-CN'], { input: `${lines}\n`, encoding: 'utf8' });
  const native = printed.trim().split('\n').map((line) => JSON.parse(line).suggestions);
  const context = await browser.newContext();
  const page = await openEngine(context, files);
  await heard(page, 'ready');
  await besideReady(page);
  for (const [seq, text] of texts.entries()) {
    await page.evaluate((message) => window.receive(message), { type: 'suggest', seq, text });
    const { seq: answered, items } = await heard(page, 'suggestions', seq);
    assert.deepEqual([answered, items], [seq, native[seq]], text);
  }
  assert.ok(native.flat().length > 30);
  const n = texts.length;
  await page.evaluate(() => {
    for (let seq = 100; seq < 200; seq += 1) window.receive({ type: 'suggest', seq, text: '退货', k: 2 });
  });
  const last = await heard(page, 'suggestions', n);
  assert.deepEqual([last.seq, last.items.length], [199, 2]);
  assert.equal((await page.evaluate(() => window.heard)).filter(({ type }) => type === 'suggestions').length, n + 1);
  await context.close();
  files.end();
});

test('publishing is idempotent, keeps deltas for as many versions as asked, and takes away what nobody needs', async () => {
  const folder = mkdtempSync(join(work, 'publish-'));
  const publish = (path, ...args) => JSON.parse(zhanggui('kb', 'publish', path, '-o', folder, ...args));
  publish(versions[7], '--key', shop.path);
  const stamp = () => readdirSync(folder).sort().map((name) => [name, statSync(join(folder, name)).mtimeMs]);
  const once = stamp();
  assert.equal(publish(versions[7], '--key', shop.path).changed, false);
  assert.deepEqual(stamp(), once);
  assert.throws(() => publish(versions[15]), 'a signed folder is not published without the key');
  assert.deepEqual(stamp(), once);
  publish(versions[15], '--key', shop.path);
  const third = publish(versions[30], '--key', shop.path);
  assert.deepEqual([third.version, third.deltas.length], [3, 2]);
  zhanggui('kb', 'verify', join(folder, third.bundle));
  const back = publish(versions[7], '--key', shop.path, '--previous', '1');
  assert.deepEqual([back.version, back.deltas.length], [4, 1]);
  publish(versions[15], '--key', shop.path, '--previous', '1');
  const names = readdirSync(folder);
  assert.equal(names.filter((name) => name.endsWith('.zgkb')).length, 2);
  assert.throws(() => publish(versions[7], '--key', shop.path, '--version', '5'));
});
