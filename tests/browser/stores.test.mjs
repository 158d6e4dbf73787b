// The device's database passes the suite that every store has to pass, and keeps what waits to be sent with the strictest durability.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, newPage, startPage, startServer } from './support.mjs';

let server;
let site;
let browser;
before(async () => {
  server = await startServer();
  site = await startPage(server.origin);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.end();
  await server?.end();
});

test('IndexedDB is a store like the others', async () => {
  const context = await browser.newContext();
  const page = await newPage(context);
  for (const [name, type] of [['stores.js', 'text/javascript'], ['stores_bg.wasm', 'application/wasm']]) {
    await page.route(`**/${name}`, (route) => route.fulfill({ contentType: type, body: readFileSync(join(process.env.ZHANGGUI_STORES, name)) }));
  }
  await page.goto(site.origin);
  const durability = await page.evaluate(async () => {
    // What is put, by store, and how durable: what is removed twice does no harm.
    const asked = {};
    let mode;
    const { transaction } = IDBDatabase.prototype;
    const { put } = IDBObjectStore.prototype;
    IDBDatabase.prototype.transaction = function remember(...given) {
      mode = given[2]?.durability ?? 'default';
      return transaction.apply(this, given);
    };
    IDBObjectStore.prototype.put = function remember(...given) {
      (asked[this.name] ??= []).push(mode);
      return put.apply(this, given);
    };
    const stores = await import('/stores.js');
    await stores.default({ module_or_path: '/stores_bg.wasm' });
    await stores.stores('suite');
    return asked;
  });
  assert.ok(durability.outbox.length > 3 && durability.outbox.every((one) => one === 'strict'), JSON.stringify(durability));
  assert.deepEqual(page.problems.filter((problem) => !/favicon/.test(problem)), []);
  await context.close();
});
