// The widget on a page of ours, frame.html: in a frame, where a shop's policy forbids it on the shop's page,
// or in a tab of its own, for whoever opens that address.

import { mount } from './panel.js';

const base = new URL('.', import.meta.url).href;
const inFrame = window.parent !== window;

let given = {};
try {
  given = JSON.parse(decodeURIComponent(location.hash.slice(1)));
} catch { /* Opened by hand: the defaults serve. */ }

// The page that embeds us says who it is; the browser confirms it with every message, and where it can, beforehand.
const { origin } = given;
const ancestor = location.ancestorOrigins?.[0];
const known = inFrame && /^https?:\/\//.test(origin) && (ancestor === undefined || ancestor === origin);
const tell = (name, ...args) => known && window.parent.postMessage({ zhanggui: name, args }, origin);

const theme = (names) => {
  for (const name of names.split(' ')) document.querySelector('zhanggui-widget').setAttribute(/^(light|dark|auto)$/.test(name) ? 'theme' : 'look', name);
};

async function run() {
  const host = document.createElement('zhanggui-widget');
  const root = host.attachShadow({ mode: 'open' });
  document.body.append(host);
  theme(given.theme ?? 'auto');
  const locale = given.locale ?? (navigator.language.startsWith('zh') ? 'zh-CN' : 'en');
  document.documentElement.lang = locale;

  const { accent } = given;
  if (accent && !/[;{}]/.test(accent) && CSS.supports('color', accent)) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`:host{--zg-color-accent:${accent};--zg-color-on-accent:${given.onAccent === '#000' ? '#000' : '#fff'}}`);
    root.adoptedStyleSheets = [sheet];
  }

  let policy;
  try {
    policy = window.trustedTypes?.createPolicy('zhanggui', { createScriptURL: (url) => url });
  } catch { /* As in the loader. */ }

  const trusted = (url) => (policy ? policy.createScriptURL(url) : url);
  // Here the files are of our own origin, so the worker can be ours too.
  navigator.serviceWorker?.register(trusted(`${base}sw.js`)).catch(() => {});

  const way = await mount({
    root,
    config: {
      base,
      // In a tab of its own the address bar's fragment is anybody's; only an embedding page may name another endpoint.
      endpoint: inFrame || given.endpoint === null ? given.endpoint ?? null : `${base}v1`,
      siteKey: given.siteKey ?? 'demo',
      locale,
      page: inFrame ? given.page : undefined,
      actions: inFrame && given.actions,
      backOffice: inFrame && given.backOffice,
      recommend: inFrame ? given.recommend : undefined,
      customer: inFrame ? given.customer : undefined,
      keep: given.keep,
      large: given.large,
      knowledgeKey: inFrame ? given.knowledgeKey : undefined,
      knowledgeRoot: inFrame ? given.knowledgeRoot : undefined,
      help: (inFrame && given.contact) || `${base}help.html`,
      contact: (inFrame && given.contact) || '',
      site: inFrame ? origin : '',
      framed: true,
      closable: inFrame,
    },
    trusted,
    close: () => tell('close'),
    unread: (count) => tell('unread', count),
    emit: (type, detail) => tell('emit', type, detail),
    act: (...what) => tell('act', ...what),
    fallen: () => tell('failed'),
  });

  addEventListener('message', ({ source, origin: sender, data }) => {
    if (!known || source !== window.parent || sender !== origin) return;
    const { zhanggui: name, args = [] } = data ?? {};
    if (name === 'setTheme') theme(args[0]);
    if (typeof name !== 'string') return;
    const result = way.call(name, ...args);
    if (name === 'exportData') Promise.resolve(result).then((data) => tell('exported', data));
  });
  if (!inFrame) way.call('open');
  return way;
}

if (known || !inFrame) {
  // At once, before anything is loaded: the parent waits three seconds for it.
  tell('hello');
  const early = [];
  const keep = (event) => event.source === window.parent && early.push(event);
  addEventListener('message', keep);
  run().then(() => {
    removeEventListener('message', keep);
    for (const { source, origin: sender, data } of early) {
      dispatchEvent(new MessageEvent('message', { source, origin: sender, data }));
    }
  }, () => {
    document.querySelector('zhanggui-widget')?.remove();
    tell('failed');
  });
}
