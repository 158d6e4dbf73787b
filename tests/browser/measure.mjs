// Measures what docs/REPORT.md reports; prints JSON on stdout. `cargo xtask report` runs it.
import { ask, launch, launcher, modelsReady, newPage, openPanel, startServer, startShop, table } from './support.mjs';

const percentiles = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] * 10) / 10;
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
};

const server = await startServer();
const shop = await startShop(server.origin);
const browser = await launch();
// Questions that knowledge answers: after a request for a person the assistant is silent.
const questions = table('tests/data/questions/shoppers.tsv').map(({ text }) => text);

async function visit({ throttle = 1, network } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN' });
  const page = await newPage(context);
  const devtools = await context.newCDPSession(page);
  if (throttle > 1) await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttle });
  if (network) await devtools.send('Network.emulateNetworkConditions', { offline: false, ...network });
  await page.goto(`${shop.origin}/`);
  await launcher(page).waitFor();
  return { context, page, devtools };
}

/** From the click to a text box that takes keys, by the page's own clock. */
const opening = (page) => page.evaluate(() => new Promise((resolve) => {
  const root = document.querySelector('zhanggui-widget').shadowRoot;
  const started = performance.now();
  const look = () => {
    const box = root.querySelector('textarea');
    if (box?.offsetParent && root.querySelector('[role="dialog"]')) requestAnimationFrame(() => resolve(performance.now() - started));
    else requestAnimationFrame(look);
  };
  root.querySelector('#l').click();
  look();
}));

/** From Enter to the assistant's words in the page. */
const replying = (page, text) => page.evaluate((words) => new Promise((resolve) => {
  const root = document.querySelector('zhanggui-widget').shadowRoot;
  const box = root.querySelector('textarea');
  const count = () => root.querySelectorAll('article.message--assistant').length;
  const before = count();
  box.value = words;
  box.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
  const observer = new MutationObserver(() => {
    if (count() > before) {
      observer.disconnect();
      resolve(performance.now() - started);
    }
  });
  observer.observe(root, { childList: true, subtree: true });
  const started = performance.now();
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, composed: true, cancelable: true }));
}), text);

/** What the loader costs the page before anybody turns to it: its script's time on the main thread, by the profiler. */
async function load() {
  const { context, page, devtools } = await visit({ throttle: 4 });
  await devtools.send('Profiler.enable');
  await devtools.send('Profiler.setSamplingInterval', { interval: 100 });
  const times = [];
  let shift = 0;
  for (let run = 0; run < 5; run += 1) {
    await devtools.send('Profiler.start');
    await page.reload();
    await launcher(page).waitFor();
    await page.waitForLoadState('networkidle');
    const { profile } = await devtools.send('Profiler.stop');
    const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
    const ours = new Set(profile.nodes.filter((node) => node.callFrame.url.endsWith('/zhanggui.js')).map((node) => node.id));
    const grow = (id) => (nodes.get(id).children ?? []).forEach((child) => { ours.add(child); grow(child); });
    [...ours].forEach(grow);
    times.push(profile.samples.reduce((sum, id, at) => sum + (ours.has(id) ? profile.timeDeltas[at] : 0), 0) / 1000);
    shift = Math.max(shift, await page.evaluate(() => new Promise((resolve) => {
      let sum = 0;
      const inside = (node) => node?.nodeName === 'ZHANGGUI-WIDGET';
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
        if (entry.sources.some(({ node }) => inside(node))) sum += entry.value;
      })).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => resolve(sum), 300);
    })));
  }
  await context.close();
  return { main_thread_ms_x4: percentiles(times).p95, layout_shift: shift };
}

async function open() {
  const warm = [];
  {
    const { context, page } = await visit();
    await openPanel(page);
    for (let run = 0; run < 8; run += 1) {
      await page.reload();
      await launcher(page).waitFor();
      warm.push(await opening(page));
    }
    await context.close();
  }
  // The click comes as soon as the launcher is there, while the shop still draws itself; or once it has done so.
  const [cold, loaded] = [[], []];
  for (let run = 0; run < 40; run += 1) {
    // A usual 4G: 9 Mbit/s down, 85 ms round trip.
    const { context, page } = await visit({ throttle: 4, network: { latency: 85, downloadThroughput: 9e6 / 8, uploadThroughput: 4e6 / 8 } });
    if (run % 2) {
      await page.waitForLoadState('networkidle');
      await page.waitForTimeout(1000);
    }
    (run % 2 ? loaded : cold).push(await opening(page));
    await context.close();
  }
  return { warm_ms: percentiles(warm), cold_4g_x4_ms: percentiles(cold), cold_4g_x4_loaded_ms: percentiles(loaded) };
}

async function reply() {
  const times = { ms: [], x4_ms: [] };
  for (const [key, throttle] of [['ms', 1], ['x4_ms', 4]]) {
    const { context, page } = await visit();
    await openPanel(page);
    await modelsReady(page);
    await ask(page, '你好');
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttle });
    for (const text of questions.slice(0, 60)) times[key].push(await replying(page, text));
    await context.close();
  }
  return { ms: percentiles(times.ms), x4_ms: percentiles(times.x4_ms) };
}

/**
 * From text to the labels of every head: the reading and the models, both in WASM. Each utterance is timed on its own
 * as the mean of ten calls, in a page whose clock ticks every 5 microseconds.
 */
async function understand() {
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await newPage(context);
  const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
  await page.route('**/bare.html', (route) => route.fulfill({ contentType: 'text/html', headers: isolation, body: '<!doctype html><title>bare</title>' }));
  await page.goto(`${server.origin}/bare.html`);
  const times = await page.evaluate(async ({ base, texts }) => {
    const engine = await import(`${base}engine.js`);
    await engine.default({ module_or_path: `${base}engine_bg.wasm` });
    const { default: init, Inference } = await import(`${base}inference.js`);
    await init({ module_or_path: `${base}inference_bg.wasm` });
    const inference = new Inference();
    for (const lang of ['zh', 'en']) inference.load(lang, new Uint8Array(await (await fetch(`${base}models/${lang}.onnx`)).arrayBuffer()));
    const run = ({ text, lang }) => inference.understand(engine.read(text), lang);
    texts.forEach(run);
    texts.forEach(run);
    return texts.map((one) => {
      const started = performance.now();
      for (let call = 0; call < 10; call += 1) run(one);
      return (performance.now() - started) / 10;
    });
  }, { base: `${server.origin}/`, texts: ['zh', 'en'].flatMap((lang) => ['dev', 'test'].flatMap((part) => table(`tests/data/questions/${lang}.${part}.tsv`).map(({ text }) => ({ text, lang })))) });
  await context.close();
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] * 1000) / 1000;
  return { n: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) };
}

/** How a transcript of `n` messages scrolls; and from a key to the list of suggestions below it, at a quarter of the speed. */
async function longTranscript(n) {
  const { context, page } = await visit();
  await openPanel(page);
  await ask(page, '你好');
  await page.evaluate(async (n) => {
    const { name } = (await indexedDB.databases()).find((one) => one.name.startsWith('zhanggui'));
    const database = await new Promise((resolve) => { indexedDB.open(name).onsuccess = ({ target }) => resolve(target.result); });
    const change = database.transaction('messages', 'readwrite');
    for (let at = 0; at < n; at += 1) {
      const message = { id: `m-${at}`, author: at % 2 ? 'assistant' : 'shopper', at: Date.now() - (n - at) * 60_000, text: `第 ${at} 条消息，`.repeat(1 + (at % 7)), kind: 'text' };
      change.objectStore('messages').put({ order: 10 + at, delivery: 'local', message });
    }
    await new Promise((resolve) => { change.oncomplete = resolve; });
    database.close();
  }, n);
  await page.reload();
  await openPanel(page);
  await page.locator('zhanggui-widget article').nth(n - 1).waitFor({ state: 'attached' });
  const frames = await page.evaluate(async () => {
    const { scrollHeight } = document.querySelector('zhanggui-widget').shadowRoot.querySelector('.scroller');
    const scroller = document.querySelector('zhanggui-widget').shadowRoot.querySelector('.scroller');
    const times = [];
    let last = performance.now();
    for (let at = 0; at < 300; at += 1) {
      scroller.scrollTop = scrollHeight - at * 400;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - last);
      last = performance.now();
    }
    return times.slice(5);
  });
  const devtools = await context.newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const keys = await page.evaluate(async (texts) => {
    const root = document.querySelector('zhanggui-widget').shadowRoot;
    const area = root.querySelector('textarea');
    const times = [];
    const put = (value) => {
      area.value = value;
      area.dispatchEvent(new InputEvent('input', { bubbles: true }));
    };
    const settled = () => new Promise((resolve) => { setTimeout(resolve, 80); });
    for (const text of texts) {
      put('');
      await settled();
      const listed = new Promise((resolve) => {
        const observer = new MutationObserver(() => root.querySelector('.suggestion') && resolve(performance.now()));
        observer.observe(root.querySelector('.composer'), { childList: true, subtree: true });
        setTimeout(() => { observer.disconnect(); resolve(); }, 300);
      });
      const started = performance.now();
      put(text.slice(0, 2));
      const at = await listed;
      // What nothing begins with has no list to wait for.
      if (at) times.push(at - started);
    }
    return times;
  }, questions.slice(0, 60));
  await context.close();
  return { frame_ms: percentiles(frames), longest_frame_ms: Math.round(Math.max(...frames) * 10) / 10, suggestions_x4_ms: percentiles(keys) };
}

/** The WASM memory that the worker's modules hold, once both models are there. */
async function memory() {
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await newPage(context);
  await page.route('**/bare.html', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>bare</title>' }));
  await page.goto(`${server.origin}/bare.html`);
  const bytes = await page.evaluate(async (base) => {
    const memories = [];
    const { instantiate, instantiateStreaming } = WebAssembly;
    const keep = (result) => { memories.push((result.instance ?? result).exports.memory); return result; };
    WebAssembly.instantiate = async (...args) => keep(await instantiate(...args));
    WebAssembly.instantiateStreaming = async (...args) => keep(await instantiateStreaming(...args));
    const { start } = await import(`${base}host.js`);
    let done;
    const ready = new Promise((resolve) => { done = resolve; });
    const receive = await start(base, (message) => { if (message.type === 'status' && message.models === 'ready') done(); });
    receive({ type: 'start', base, endpoint: null, site_key: 'memory', locale: 'zh-CN', models: true });
    await ready;
    await new Promise((next) => { setTimeout(next, 8000); });
    return memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  }, `${server.origin}/`);
  await context.close();
  return { wasm_mb: Math.round(bytes / 1048576 * 10) / 10 };
}

/** What the shop's own page feels of the launcher: largest contentful paint and the slowest interaction, with it and without, in turn. */
async function vitals() {
  const found = { with: { lcp: [], inp: [] }, without: { lcp: [], inp: [] } };
  for (let run = 0; run < 40; run += 1) {
    const way = run % 2 ? 'with' : 'without';
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN' });
    const page = await newPage(context);
    if (way === 'without') await page.route('**/zhanggui.js', (route) => route.abort());
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await page.goto(`${shop.origin}/`, { waitUntil: 'networkidle' });
    const observed = page.evaluate(() => new Promise((resolve) => {
      let [lcp, inp] = [0, 0];
      new PerformanceObserver((list) => { lcp = list.getEntries().at(-1).startTime; }).observe({ type: 'largest-contentful-paint', buffered: true });
      new PerformanceObserver((list) => { for (const { interactionId, duration } of list.getEntries()) if (interactionId) inp = Math.max(inp, duration); }).observe({ type: 'event', durationThreshold: 16, buffered: true });
      setTimeout(() => resolve({ lcp, inp }), 2500);
    }));
    for (let click = 0; click < 3; click += 1) {
      await page.mouse.click(640, 20 + click * 5);
      await page.waitForTimeout(120);
    }
    await page.locator('header nav a').first().click();
    const { lcp, inp } = await observed;
    found[way].lcp.push(lcp);
    found[way].inp.push(inp);
    await context.close();
  }
  const p50 = (way, what) => percentiles(found[way][what]).p50;
  const percent = (what) => Math.round((p50('with', what) / p50('without', what) - 1) * 1000) / 10;
  return { n: 20, lcp_ms: p50('with', 'lcp'), inp_ms: p50('with', 'inp'), lcp_percent: percent('lcp'), inp_percent: percent('inp') };
}

const all = { load, vitals, open, reply, understand, memory, short: () => longTranscript(20), long: () => longTranscript(2000) };
// Named on the command line, or all of them.
const wanted = process.argv.slice(2);
const report = { chromium: browser.version() };
for (const [name, measure] of Object.entries(all)) if (!wanted.length || wanted.includes(name)) report[name] = await measure();
console.log(JSON.stringify(report));
await browser.close();
shop.end();
await server.end();
process.exit(0);
