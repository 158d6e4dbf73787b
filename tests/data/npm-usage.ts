// Read by the compiler alone: what the types promise to those who use the package.
import { load, type ZhangguiMode } from 'zhanggui';
import { Zhanggui, useZhanggui } from 'zhanggui/react';
import { Zhanggui as VueZhanggui } from 'zhanggui/vue';

const api = await load({ src: 'https://cdn.example/zhanggui.js', siteKey: 'my-shop', consent: 'required', large: true, nonce: 'x' });
const mode: ZhangguiMode = await api.ready;
api.setTheme('slate dark');
api.addProducts([{ id: 7, title: 'Rain shell', price: '¥189', availability: 'in_stock' }]);
api.setActions({ order_lookup: async ({ order }) => ({ status: 'ok', facts: { status_text: `${order} ${mode}` } }) });
api.on('handoff', ({ state }) => state === 'queued');
// @ts-expect-error: there is no such event
api.on('weather', () => {});
// @ts-expect-error: nor such a look
api.setTheme('neon');
// @ts-expect-error: an address is needed
void load({ siteKey: 'my-shop' });

const props: Parameters<typeof Zhanggui>[0] = { src: '/zhanggui.js', siteKey: 'my-shop', page: { type: 'cart' }, on: { unread: ({ count }) => count + 1 } };
void [props, useZhanggui({ src: '/zhanggui.js' })?.open(), VueZhanggui];
