// What the browser tests share: servers on free ports, a browser, a shopper's hands and eyes.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const need = (name) => process.env[name] ?? (() => { throw new Error(`${name} is not set; run cargo xtask test`); })();
export const dist = need('ZHANGGUI_DIST');
export const bin = need('ZHANGGUI_BIN');
export const PASSWORD = 'browser-test-password';

/** A free port of this machine. */
export const freePort = () => new Promise((resolve, reject) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
  server.on('error', reject);
});

const until = async (probe, what, millis = 20_000) => {
  const deadline = Date.now() + millis;
  for (;;) {
    if (await probe().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${millis} ms`);
    await new Promise((next) => { setTimeout(next, 50); });
  }
};

/** Starts a program and ends it with the test run. */
function start(program, args, env = {}) {
  const child = spawn(join(bin, program), args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => { errors = (errors + chunk).slice(-4000); });
  child.errors = () => errors;
  process.on('exit', () => child.kill('SIGKILL'));
  return child;
}

/** The sync server with static files; `restart` and `kill9` keep port and data. */
export async function startServer(options = {}) {
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), 'zhanggui-'));
  const origin = `http://127.0.0.1:${port}`;
  const args = ['serve', '--listen', `127.0.0.1:${port}`, '--data', data, '--static-dir', join(dist, 'cdn'), ...(options.args ?? [])];
  const server = { origin, data };
  server.start = async () => {
    server.child = start('zhanggui', args, { ZHANGGUI_OPERATOR_PASSWORD: PASSWORD, RUST_LOG: 'warn' });
    await until(async () => (await fetch(`${origin}/healthz`)).ok, `zhanggui serve on ${port}: ${server.child.errors()}`);
  };
  server.end = (signal = 'SIGTERM') => new Promise((resolve) => {
    server.child.once('exit', resolve);
    server.child.kill(signal);
  });
  await server.start();
  return server;
}

/** The demo shop, on another port and so another origin. */
export async function startShop(widgetOrigin) {
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), 'zhanggui-shop-'));
  const child = start('zg-demo-shop', ['--listen', `127.0.0.1:${port}`, '--widget-origin', widgetOrigin, '--assets', join(dist, 'storefront'), '--data', data]);
  const origin = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${origin}/`)).ok, `the demo shop on ${port}: ${child.errors()}`);
  return { origin, end: () => child.kill() };
}

/** A page that is not ours: one script tag under a policy. */
export async function startPage(widgetOrigin, policy, extra = '', attributes = '', headers = {}) {
  const body = `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>别家的店</title>${extra}
<script async src="${widgetOrigin}/zhanggui.js" data-zhanggui data-locale="zh-CN" ${attributes}></script></head>
<body><h1>别家的店</h1><button id="buy" type="button">加入购物车</button></body></html>`;
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (policy) response.setHeader('content-security-policy', policy);
    for (const name in headers) response.setHeader(name, headers[name]);
    const here = new URL(request.url, 'http://page').pathname === '/';
    response.statusCode = here ? 200 : 404;
    response.end(here ? body : '');
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { origin: `http://127.0.0.1:${server.address().port}`, end: () => server.close() };
}

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** A new page; what it logs as an error, and what it throws, is kept in `page.problems`. */
export async function newPage(context) {
  const page = await context.newPage();
  page.problems = [];
  page.on('console', (message) => {
    if (message.type() === 'error') page.problems.push(`${message.text()} @ ${message.location().url}`);
  });
  page.on('pageerror', (error) => page.problems.push(String(error)));
  return page;
}

/** Waits until what the page finds is so. `waitForFunction` takes the promise of an async function for a yes. */
export async function holds(page, condition) {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    if (await page.evaluate(condition)) return;
    await page.waitForTimeout(20);
  }
  throw new Error(`never so: ${condition}`);
}

export const launcher = (page) => page.locator('zhanggui-widget #l');
export const composer = (page) => page.locator('zhanggui-widget textarea');
export const messages = (page, author) => page.locator(`zhanggui-widget article.message--${author}`);

/** A shopper with a clean browser on the storefront. */
export async function visit(browser, shop, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN', ...options });
  const page = await newPage(context);
  await page.goto(`${shop.origin}/`);
  await launcher(page).waitFor();
  return { context, page };
}

export async function openPanel(page) {
  await launcher(page).click();
  await composer(page).waitFor({ state: 'visible' });
}

/** Writes something and waits for what the assistant says to it. */
export async function ask(page, text, millis = 15_000) {
  const said = messages(page, 'assistant');
  const before = await said.count();
  await composer(page).fill(text);
  await composer(page).press('Enter');
  await said.nth(before).waitFor({ state: 'visible', timeout: millis });
  return said.nth(before);
}

/** The question of the entry that an answer was taken from; empty where it is no answer. */
export async function answered(message) {
  const source = message.locator('.provenance__source');
  return (await source.count()) ? (await source.innerText()).replace(/^[^：:]*[：:]\s*/, '') : '';
}

/** Waits until the first model answers. */
export const modelsReady = (page) => page.locator('zhanggui-widget .header[data-models="ready"]').waitFor();

/** Rows of a tab-separated table with a header. */
export function table(path) {
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split('\n').map((line) => line.split('\t'));
  return lines.map((cells) => Object.fromEntries(header.map((name, at) => [name, cells[at] ?? ''])));
}

/** Signs an operator in and shows the desk. */
export async function signIn(context, origin) {
  const desk = await newPage(context);
  await desk.goto(`${origin}/console/`);
  await desk.locator('input[autocomplete="username"]').fill('admin');
  await desk.locator('input[type="password"]').fill(PASSWORD);
  await desk.locator('form button[type="submit"], form button').first().click();
  return desk;
}

/** Waits until what lies beside the bundle has come: products, and what was learned from the ways to ask. */
export const besideReady = (page) => holds(page, async () => {
  if (!await caches.has('zg-knowledge')) return false;
  const kept = (await (await caches.open('zg-knowledge')).keys()).map(({ url }) => url);
  return ['products', 'learned'].every((what) => kept.some((url) => url.endsWith(`/knowledge/beside/${what}`)));
});

/** Of a host that runs on the page and puts what it says into `window.heard`: waits for the `n`th message of a kind. */
export const heard = async (page, type, n = 0) => {
  const handle = await page.waitForFunction(([kind, at]) => window.heard.filter((message) => message.type === kind)[at], [type, n]);
  return handle.jsonValue();
};
