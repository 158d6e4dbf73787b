// One way of answering everywhere: the browser's modules and the native executable give the same bytes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bin, dist, launch, startServer, table } from './support.mjs';

const N = 500;
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

/** Questions, cut, joined, misspelt and spiced; from a seed, so always the same ones. */
function utterances() {
  let seed = 20261122;
  // Mulberry32: enough for choosing.
  const next = (bound) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let z = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) % bound;
  };
  const questions = ['zh.dev', 'en.dev', 'none.dev'].flatMap((name) => table(`tests/data/questions/${name}.tsv`)).map(({ text }) => text);
  const spice = ['', '??', '!!!', '😡', '谢谢', ' thx', '\u200b', '急急急', ' 在吗', '……', 'ABC', '订单HM20261118001', '\u202e', '退貨'];
  return Array.from({ length: N }, (_, at) => {
    const one = questions[at % questions.length];
    const characters = [...one];
    const changed = [
      one,
      characters.filter((_, place) => place !== next(characters.length)).join(''),
      `${one},${questions[next(questions.length)]}`,
      characters.slice(0, 1 + next(characters.length)).join(''),
    ][at < questions.length ? 0 : next(4)];
    return at < questions.length ? changed : `${changed}${spice[next(spice.length)]}`;
  });
}

/** What a reply says, apart from ids and times. */
const replyOf = ({ kind, text, lang, entry, question, source, confidence, verified, valid_until: validUntil, quick_replies: replies }) => (
  { kind, text, lang, entry, question, source, confidence, verified, validUntil, replies: replies ?? [] });

/** The replies to each text, by the worker's modules with both models; `counts` are how many to wait for, since lists come later. */
async function repliesInBrowser(texts, counts = []) {
  const page = await browser.newPage();
  await page.goto(`${server.origin}/help.html`);
  // The page's own policy forbids scripts; the modules are run from a bare one of the same origin.
  await page.route('**/bare.html', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>bare</title>' }));
  await page.goto(`${server.origin}/bare.html`);
  const replies = await page.evaluate(async ({ base, texts: all, counts: due }) => {
    const { start } = await import(`${base}host.js`);
    const replies = [];
    let ready;
    const loaded = new Promise((resolve, reject) => { ready = { resolve, reject }; });
    let heard = () => {};
    let ended = () => {};
    const receive = await start(base, (message) => {
      if (message.type === 'status' && message.models === 'ready') ready.resolve();
      if (message.type === 'fatal' || (message.type === 'status' && message.models === 'absent' && message.tried)) ready.reject(new Error(JSON.stringify(message)));
      if (message.type === 'suggestions') ended(message.seq);
      if (message.type === 'messages') message.messages.forEach(({ message: one }) => heard(one));
    });
    receive({ type: 'start', base, endpoint: null, site_key: 'parity', locale: 'zh-CN', models: true });
    await loaded;
    // Both languages: the second model comes some seconds later.
    await new Promise((next) => { setTimeout(next, 8000); });
    for (const [index, text] of all.entries()) {
      const turn = [];
      const id = `u${index}`;
      await new Promise((done) => {
        let over = false;
        // A list that does not come fails the comparison, and not by a time limit of the test.
        const late = setTimeout(() => { over = true; done(); }, 20_000);
        const look = () => {
          if (over && turn.length >= (due[index] ?? 0)) {
            clearTimeout(late);
            done();
          }
        };
        heard = (one) => {
          if (one.author === 'shopper') return;
          turn.push(one);
          look();
        };
        receive({ type: 'utterance', id, text });
        // Taken after the turn, so that what it answers says that the turn is over, but for a list.
        ended = (seq) => {
          over ||= seq === index + 1;
          look();
        };
        receive({ type: 'suggest', seq: index + 1, text: 'x', k: 1 });
      });
      replies.push(turn);
    }
    return replies;
  }, { base: `${server.origin}/`, texts, counts });
  await page.close();
  return replies;
}

test(`native and WASM give identical replies on ${N} utterances`, async () => {
  const texts = utterances();
  const at = Date.now();
  const lines = texts.map((text) => JSON.stringify({ at, type: 'utterance', text })).join('\n');
  const printed = execFileSync(join(bin, 'zhanggui'), ['chat', join(dist, 'cdn/knowledge/shop.zgkb'), '--no-people', '--no-actions'], { input: `${lines}\n`, encoding: 'utf8', maxBuffer: 64 << 20 });
  const native = printed.trim().split('\n').map((line) => JSON.parse(line).effects.filter(({ type }) => type === 'reply').map(replyOf));

  const browserReplies = await repliesInBrowser(texts, native.map((turn) => turn.length));
  const wasm = browserReplies.map((turn) => turn.map(replyOf));
  let kinds = {};
  native.forEach((turn) => turn.forEach(({ kind }) => { kinds[kind] = (kinds[kind] ?? 0) + 1; }));
  console.log(`# ${JSON.stringify(kinds)}`);
  assert.equal(wasm.length, native.length);
  texts.forEach((text, index) => assert.equal(JSON.stringify(wasm[index]), JSON.stringify(native[index]), text));
});

test('whatever is typed gets a reply: nothing, halves of characters, a hundred thousand of them', async () => {
  const texts = [
    '', ' ', '退', '？', '\ud800', 'a\udfff退货', '\ud83d\ud83d', '\u202e货退\u202c\u2066我要\u2069', '退\u200b货\u200d怎\ufeff么办', '\u0000\u0007\u001b[31m',
    '😡😡😡', '👨‍👩‍👧‍👦🏳️‍🌈🇨🇳1️⃣', '(╥﹏╥)', 'e\u0301'.repeat(5000), '\ufdfa'.repeat(20000), '退'.repeat(100000), 'tuihuo'.repeat(20000), 'x'.repeat(100000), ' \n'.repeat(50000),
  ];
  const replies = await repliesInBrowser(texts);
  texts.forEach((text, index) => {
    assert.ok(replies[index].length > 0, JSON.stringify(text.slice(0, 40)));
    assert.ok(replies[index][0].text.length > 0);
  });
});

test("intents that a shop trained are loaded where the manifest lists them, and take the place of ours", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zhanggui-own-'));
  const rows = ['怎么预约试驾', '想试驾一下', '周末能试驾吗', '试驾要带什么'].map((text) => `${text}\ttest_drive`)
    .concat(['现在有什么车', '有没有七座的', '电动的有哪几款', '都有什么颜色的车'].map((text) => `${text}\tmodels`));
  writeFileSync(join(folder, 'own.tsv'), `text\tintent\n${rows.join('\n')}\n`);
  execFileSync(join(bin, 'zhanggui'), ['train', join(folder, 'own.tsv'), '-o', folder], { stdio: 'ignore' });
  const own = readFileSync(join(folder, 'nlu.onnx'));
  rmSync(folder, { recursive: true });

  const page = await browser.newPage();
  await page.route('**/bare.html', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>bare</title>' }));
  await page.route('**/models/any.onnx', (route) => route.fulfill({ body: own }));
  await page.route('**/zhanggui.json', async (route) => {
    const manifest = await (await route.fetch()).json();
    manifest.files.push({ role: 'model', path: 'models/any.onnx', bytes: own.length, sha256: '', lang: 'any' });
    await route.fulfill({ json: manifest });
  });
  const asked = page.waitForRequest('**/models/any.onnx');
  await page.goto(`${server.origin}/bare.html`);
  const [intent, sentiment] = await page.evaluate(async (base) => {
    const { start } = await import(`${base}host.js`);
    await new Promise((resolve) => {
      start(base, (message) => { if (message.type === 'status' && message.models === 'ready') resolve(); })
        .then((receive) => receive({ type: 'start', base, endpoint: null, site_key: 'own', locale: 'zh-CN', models: true }));
    });
    const { Inference } = await import(`${base}inference.js`);
    const inference = new Inference();
    for (const lang of ['zh', 'any']) inference.load(lang, new Uint8Array(await (await fetch(`${base}models/${lang}.onnx`)).arrayBuffer()));
    const understood = inference.understand('这个周末试驾可以吗，太差了吧', 'zh');
    return [understood.intents[0][0], understood.sentiment];
  }, `${server.origin}/`);
  await asked;
  await page.close();
  assert.equal(intent, 'test_drive');
  assert.ok(sentiment.some((share) => share > 0), 'sentiment is our model\'s');
});
