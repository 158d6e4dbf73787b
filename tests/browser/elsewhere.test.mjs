// A conversation with people goes on at another device, by a code that works once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { composer, launch, messages, openPanel, startServer, startShop, visit } from './support.mjs';

let server;
let shop;
let browser;

before(async () => {
  server = await startServer();
  shop = await startShop(server.origin);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  shop?.end();
  await server?.end();
});

const widget = (page) => page.locator('zhanggui-widget');
const record = (page) => widget(page).getByRole('button', { name: '隐私与记录' }).click();
const say = async (page, text) => {
  await composer(page).fill(text);
  await composer(page).press('Enter');
};
const enter = async (page, code) => {
  await widget(page).getByLabel('另一台设备上的接续码').fill(code);
  await widget(page).getByRole('button', { name: '接着聊' }).click();
};

test('a code of one device opens the conversation at another, once', async () => {
  const first = await visit(browser, shop);
  await openPanel(first.page);
  await record(first.page);
  await widget(first.page).getByRole('button', { name: '换个设备继续' }).click();
  await widget(first.page).getByText('还没有和人工客服的对话').waitFor();
  await record(first.page);
  await say(first.page, '我要投诉，转人工');
  await widget(first.page).locator('.event').last().waitFor();
  await say(first.page, '第一台设备上说的');
  await messages(first.page, 'shopper').filter({ hasText: '第一台设备上说的' }).waitFor();
  await first.page.waitForFunction(() => !document.querySelector('zhanggui-widget').shadowRoot.textContent.includes('等待发送'));
  await record(first.page);
  await widget(first.page).getByRole('button', { name: '换个设备继续' }).click();
  const told = widget(first.page).getByText(/接续码 [0-9A-Z-]+/);
  await told.waitFor();
  const [code] = (await told.innerText()).match(/[0-9A-Z]{4,}-[0-9A-Z]{4,}/);

  const second = await visit(browser, shop, { viewport: { width: 390, height: 844 } });
  await openPanel(second.page);
  await record(second.page);
  await enter(second.page, 'AAAAA-AAAAA');
  await widget(second.page).getByText('这个接续码不对').waitFor();
  // As people type it.
  await enter(second.page, code.toLowerCase().replace('-', ' '));
  await messages(second.page, 'shopper').filter({ hasText: '第一台设备上说的' }).waitFor();
  await record(second.page);
  await say(second.page, '第二台设备上说的');
  await messages(first.page, 'shopper').filter({ hasText: '第二台设备上说的' }).waitFor();

  const third = await visit(browser, shop);
  await openPanel(third.page);
  await record(third.page);
  await enter(third.page, code);
  await widget(third.page).getByText('这个接续码不对').waitFor();
  for (const { page, context } of [first, second, third]) {
    // A refusal is an answer, which the browser logs nevertheless.
    assert.deepEqual(page.problems.filter((problem) => !/continuations/.test(problem)), []);
    await context.close();
  }
});
