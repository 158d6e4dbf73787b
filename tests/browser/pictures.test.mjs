// What a shopper shows to a person, and what each side hears of the other: pictures, "seen", "typing".
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { composer, launch, messages, newPage, openPanel, signIn, startPage, startServer } from './support.mjs';

const shots = 'test-results/screenshots';
mkdirSync(shots, { recursive: true });

let server;
let browser;
let page;
let shop;
before(async () => {
  server = await startServer();
  browser = await launch();
  // The strictest page: no picture from anywhere, and everything by nonce.
  const { origin } = server;
  shop = await startPage(origin, `default-src 'none'; script-src ${origin} 'wasm-unsafe-eval'; connect-src ${origin}; worker-src blob:; img-src 'none'`);
  const context = await browser.newContext({ viewport: { width: 1000, height: 760 }, locale: 'zh-CN' });
  page = await newPage(context);
  await page.goto(shop.origin);
});
after(async () => {
  await browser?.close();
  shop?.end();
  await server?.end();
});

/** A photograph of so many pixels, as a camera makes it: with the place it was taken at. */
const photograph = (width, height, type = 'image/jpeg') => page.evaluate(async ([width, height, type]) => {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  for (let at = 0; at < 400; at += 1) {
    context.fillStyle = `hsl(${at * 37 % 360} 60% ${30 + at % 50}%)`;
    context.fillRect((at * 97) % width, (at * 61) % height, width / 9, height / 9);
  }
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, type); });
  const bytes = [...new Uint8Array(await blob.arrayBuffer())];
  if (type !== 'image/jpeg') return bytes;
  const exif = [...new TextEncoder().encode('Exif\0\0GPS 31.2304 N 121.4737 E')];
  return [...bytes.slice(0, 2), 0xff, 0xe1, 0, exif.length + 2, ...exif, ...bytes.slice(2)];
}, [width, height, type]).then((bytes) => Buffer.from(bytes));

const picture = () => page.locator('zhanggui-widget canvas.card__shown');
const box = () => page.locator('zhanggui-widget input[type="file"]');
const painted = (canvas) => canvas.evaluate((element) => {
  const { data } = element.getContext('2d').getImageData(0, 0, element.width, element.height);
  return data.some((value) => value > 0);
});

test('a picture reaches the desk, small and without where it was taken', async () => {
  await openPanel(page);
  assert.equal(await box().count(), 0, 'nobody is there to look at one');
  await page.locator('zhanggui-widget [part~="person"]').click();
  await box().waitFor({ state: 'attached' });
  const buffer = await photograph(3000, 2000);
  assert.ok(buffer.includes('GPS 31.2304'));
  await box().setInputFiles({ name: '破了.jpg', mimeType: 'image/jpeg', buffer });
  await picture().waitFor();
  await page.waitForFunction(() => {
    const canvas = document.querySelector('zhanggui-widget').shadowRoot.querySelector('canvas.card__shown');
    return canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3] > 0;
  });
  assert.ok(await painted(picture()));
  await messages(page, 'shopper').getByText('已发送').waitFor();

  const staff = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'zh-CN' });
  const desk = await signIn(staff, server.origin);
  await desk.locator('[data-id]').first().click();
  const shown = desk.locator('.message__image img');
  await shown.waitFor();
  await desk.waitForFunction(() => document.querySelector('.message__image img').complete);
  assert.deepEqual(await shown.evaluate(({ naturalWidth, naturalHeight }) => [naturalWidth, naturalHeight]), [1600, 1067]);
  const bytes = Buffer.from(await desk.evaluate(async () => [...new Uint8Array(await (await fetch(document.querySelector('.message__image').href)).arrayBuffer())]));
  assert.ok(bytes.length < 700 * 1024 && !bytes.includes('GPS') && !bytes.includes('Exif'));

  // Who only looks in has seen nothing for the shopper.
  assert.equal(await messages(page, 'shopper').getByText('已读').count(), 0);
  await desk.getByRole('button', { name: /接入|接待/ }).click();
  await messages(page, 'shopper').getByText('已读').waitFor();
  await desk.screenshot({ path: `${shots}/picture-desk.png` });
  await page.screenshot({ path: `${shots}/picture-desktop.png` });

  await composer(page).pressSequentially('还有一张');
  await desk.locator('.typing:not([hidden])').waitFor();
  await desk.locator('textarea').fill('看到了，这就给您补发。');
  await desk.locator('textarea').press('Enter');
  await messages(page, 'operator').getByText('这就给您补发').waitFor();
  await desk.getByText('已读').waitFor();

  // A closed panel has seen nothing.
  await page.keyboard.press('Escape');
  await desk.locator('textarea').fill('明天寄出。');
  await desk.locator('textarea').press('Enter');
  await page.locator('zhanggui-widget #l b').getByText('1').waitFor();
  await desk.locator('.message--operator').last().getByText('已发送').waitFor();
  await openPanel(page);
  await desk.locator('.message--operator').last().getByText('已读').waitFor();
  await staff.close();
});

test('what is pasted is sent, what is no picture is said so, and it waits with the network off', async () => {
  const pasted = [...await photograph(40, 30, 'image/png')];
  const before = await picture().count();
  await composer(page).evaluate((input, bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], 'shot.png', { type: 'image/png' }));
    input.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true, composed: true }));
  }, pasted);
  await picture().nth(before).waitFor();
  await box().setInputFiles({ name: 'x.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('<svg onload="alert(1)">') });
  await page.locator('zhanggui-widget .composer__count--over').getByText('无法读取').waitFor();
  await page.screenshot({ path: `${shots}/picture-refused.png` });

  await page.context().setOffline(true);
  await box().setInputFiles({ name: 'y.jpg', mimeType: 'image/jpeg', buffer: await photograph(640, 480) });
  await picture().nth(before + 1).waitFor();
  await page.locator('zhanggui-widget').getByText('等待发送').first().waitFor();
  await page.context().setOffline(false);
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await page.waitForFunction(() => !/等待发送/.test(document.querySelector('zhanggui-widget').shadowRoot.querySelector('.log').textContent));

  // Kept on the device: it is there after the page was left, with nothing asked of the network for it.
  await page.reload();
  await openPanel(page);
  await picture().nth(before + 1).waitFor();
  assert.ok(await painted(picture().nth(before + 1)) || (await page.waitForTimeout(300), await painted(picture().nth(before + 1))));
  assert.deepEqual(page.problems.filter((problem) => !/ERR_INTERNET_DISCONNECTED|net::/.test(problem)), []);
});
