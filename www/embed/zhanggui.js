/* zhanggui loader; zhanggui.d.ts says what it offers.
   Nothing is fetched, stored or registered before the shopper turns to the launcher. */
(() => {
  const doc = document;
  // `currentScript` is there only while a classic script runs; modules and tag managers need the attribute.
  const script = doc.currentScript || doc.querySelector('script[data-zhanggui]');
  if (!script) return;
  // One name on the page, and below it those that have a name of their own.
  const { instance } = script.dataset;
  const space = window.zhanggui ||= {};
  const instances = space.instances ||= {};
  const before = (instance ? instances[instance] : space) || {};
  if (before.destroy) return; // Another copy of us is here.

  const option = (name) => script.dataset[name] ?? before[name];
  const address = (text) => { try { return text && new URL(text, doc.baseURI).href; } catch { /* As if not given. */ } };
  const base = new URL('.', script.src).href;
  const { origin } = new URL(base);
  const pick = (tag) => /^(zh|yue)\b/i.test(tag) ? /hk|mo|yue/i.test(tag) ? 'zh-HK' : /hant|tw/i.test(tag) ? 'zh-TW' : 'zh-CN' : 'en';
  const endpoint = option('endpoint') ?? `${base}v1`;
  const config = {
    base,
    endpoint: endpoint === 'none' ? null : address(endpoint),
    siteKey: option('siteKey') || 'demo',
    knowledgeKey: option('knowledgeKey'),
    knowledgeRoot: option('knowledgeRoot'),
    accent: option('accent'),
    customer: option('customer'),
    keep: option('consent') !== 'required',
    large: option('large') != null,
    backOffice: option('backOffice') != null,
    recommend: option('recommend'),
    contact: address(option('help')),
    origin: location.origin,
  };
  // Read again at the first intent: a page may settle its language after this has run.
  const readLocale = () => { config.locale = pick(option('locale') || doc.documentElement.lang || navigator.language); };
  readLocale();
  let chosen;
  const help = () => config.contact || `${base}help.html`;
  const words = () => ({
    'zh-CN': ['联系客服', '打开帮助页面', '关闭'],
    'zh-TW': ['聯絡客服', '開啟說明頁面', '關閉'],
    en: ['Chat with us', 'Open the help page', 'Close'],
  })[config.locale.replace('HK', 'TW')];

  const make = (tag, attributes, ...children) => {
    const element = doc.createElementNS(`http://www.w3.org/${/svg|path/.test(tag) ? '2000/svg' : '1999/xhtml'}`, tag);
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    element.append(...children);
    return element;
  };
  const host = make('zhanggui-widget');
  const root = host.attachShadow({ mode: 'open' });
  const badge = make('b', { hidden: '' });
  const button = make('button', { id: 'l', part: 'launcher', 'aria-expanded': false },
    make('slot', { name: 'launcher' }, make('svg', { viewBox: '0 0 24 24', 'aria-hidden': true },
      make('path', { d: 'M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6.5L8 20.5V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2M8 11h.01M12 11h.01M16 11h.01' }),
      make('path', { d: 'M6 9.5l6 6 6-6' }))),
    badge);
  root.append(button);
  try {
    const accent = /[;{}]/.test(config.accent) || !CSS.supports('color', config.accent) ? '' : config.accent;
    if (accent) {
      // Drawn, because a colour may be written in many ways; then black or white, whichever can be read on it.
      const dot = make('canvas').getContext('2d');
      dot.fillStyle = accent;
      dot.fillRect(0, 0, 1, 1);
      const [r, g, b] = [...dot.getImageData(0, 0, 1, 1).data].map((x) => (x / 255) ** 2.2);
      config.onAccent = r * 0.2126 + g * 0.7152 + b * 0.0722 > 0.179 ? '#000' : '#fff';
    }
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`:host{all:initial;position:fixed;inset-block-end:calc(24px + env(safe-area-inset-bottom) + var(--zg-lift,0px));inset-inline-end:calc(24px + env(safe-area-inset-right));z-index:2147483000;--a:#2f5d50;${accent && `--zg-color-accent:${accent};--zg-color-on-accent:${config.onAccent}`}}
:host([look=slate]){--a:#26344d}:host([look=bloom]){--a:#a93349}
:host([position=start]){inset-inline:calc(24px + env(safe-area-inset-left)) auto}
#l{all:unset;display:grid;place-items:center;inline-size:56px;block-size:56px;border-radius:50%;background:var(--zg-color-accent,var(--a));color:var(--zg-color-on-accent,#fff);box-shadow:0 1px 2px #3a2c1826,0 6px 20px #3a2c1840;cursor:pointer;touch-action:manipulation}
#l:hover{filter:brightness(1.1)}
#l:focus-visible,.zg :focus-visible{outline:2px solid var(--zg-color-accent,var(--a));outline-offset:3px}
svg{inline-size:27px;fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
[aria-expanded=true] path:first-child,[aria-expanded=false] path+path,[hidden]{display:none!important}
b{position:absolute;inset-block-start:-3px;inset-inline-end:-3px;min-inline-size:10px;padding-inline:5px;border-radius:10px;background:var(--zg-color-seal,#a93f27);color:#fff;font:600 12px/20px system-ui;text-align:center}
[aria-busy=true]::after{content:"";position:absolute;inset:4px;border:2px solid;border-block-end-color:#0000;border-radius:50%;animation:spin 1s linear infinite}
@keyframes spin{to{rotate:1turn}}
.zg{position:fixed;inset-block-end:calc(92px + env(safe-area-inset-bottom) + var(--zg-lift,0px));inset-inline:inherit;inline-size:384px;block-size:min(640px,100vh - 116px - var(--zg-lift,0px));border:0;border-radius:20px;background:Canvas;box-shadow:0 12px 40px #3a2c1833}
div.zg{inline-size:auto;block-size:auto;padding:14px 22px;font:15px/2.4 system-ui}
.zg *{all:unset;display:block;cursor:pointer}
.zg a{font-weight:600;text-decoration:underline}
@media(max-width:480px){iframe.zg{inset:0;inline-size:100%;block-size:100%;border-radius:0}.app[aria-expanded=true]{display:none}}
@media(prefers-reduced-motion){::after{animation-duration:4s!important}}
@media(forced-colors:active){#l{border:2px solid}}`);
    root.adoptedStyleSheets = [sheet];
  } catch {
    // A browser before constructed sheets cannot run the widget either: a plain button that leads to the help page.
    host.style.cssText = 'position:fixed;bottom:24px;right:24px';
  }

  const listeners = {};
  const emit = (type, detail = {}) => listeners[type]?.forEach((listener) => {
    try { listener(detail); } catch (error) { reportError(error); }
  });
  const localize = () => {
    host.lang = config.locale;
    button.setAttribute('aria-label', `${words()[0]} ${badge.textContent}`.trim());
  };
  const setTheme = (names) => {
    for (const name of `${names}`.split(' ')) host.setAttribute(/^(light|dark|auto)$/.test(name) ? 'theme' : 'look', name);
    config.theme = ['theme', 'look'].map((name) => host.getAttribute(name)).join(' ').trim();
  };
  const unread = (count) => {
    badge.textContent = count > 99 ? '99+' : count || '';
    badge.hidden = !count;
    localize();
    emit('unread', { count });
  };

  // What a playbook wants done, by the page's own code, with the shopper's own session.
  let handlers = {};
  const products = [];
  const orders = [];
  const act = async (id, action, given) => {
    const late = new Promise((resolve) => { setTimeout(resolve, 30000, { status: 'timeout' }); });
    const done = async () => (Object.hasOwn(handlers, action) ? handlers[action](given, id) : { status: 'elsewhere' });
    call('acted', id, await Promise.race([late, done()]).catch(() => null) || { status: 'failed' });
  };

  let policy;
  const trusted = (url) => {
    try {
      policy ??= window.trustedTypes?.createPolicy('zhanggui', { createScriptURL: (text) => text });
    } catch { /* The page's list of policies is closed; what needs one falls back. */ }
    return policy ? policy.createScriptURL(url) : url;
  };

  let refusal; // The directive that stood in our way.
  let refuse;
  const onViolation = ({ blockedURI, effectiveDirective }) => {
    if (!blockedURI.startsWith(origin) && !/^wasm/.test(blockedURI)) return;
    refusal ||= effectiveDirective;
    if (effectiveDirective === 'frame-src') refuse?.();
  };
  const capable = () => {
    try {
      const simd = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]);
      new WebAssembly.Module(simd.slice(0, 8)); // Throws where the page's policy forbids WebAssembly.
      return WebAssembly.validate(simd) && root.adoptedStyleSheets.length;
    } catch { /* Not here. */ }
  };

  // Each way of showing the assistant is a `mode`, a `call(name, ...args)` and a `destroy()`.
  let exported;
  const boxed = (mode, box, tell) => {
    root.prepend(box);
    return {
      mode,
      destroy: () => box.remove(),
      call: (name, ...args) => {
        if (/^(open|close)$/.test(name)) box.hidden = name === 'close';
        if (name === 'open') (box.querySelector('a') || box).focus();
        tell?.({ zhanggui: name, args });
        return tell && exported;
      },
    };
  };
  let resolveExport;
  const asFrame = () => new Promise((resolve, reject) => {
    const frame = make('iframe', {
      class: 'zg', part: 'panel', title: words()[0], hidden: '', src: `${base}frame.html#${encodeURIComponent(JSON.stringify({ ...config, token: undefined }))}`,
      sandbox: 'allow-downloads allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox',
    });
    const way = boxed('frame', frame, (message) => frame.contentWindow?.postMessage(message, origin));
    const onMessage = ({ source, origin: sender, data }) => {
      if (source === frame.contentWindow && sender === origin && Object.hasOwn(calls, data?.zhanggui)) calls[data.zhanggui](...data.args);
    };
    refuse = () => { way.destroy(); reject(); fall(); };
    way.destroy = () => { clearTimeout(timer); removeEventListener('message', onMessage); frame.remove(); };
    const calls = { hello: () => { clearTimeout(timer); resolve(way); }, failed: refuse, close, unread, emit, act, exported: (data) => resolveExport(data) };
    const timer = setTimeout(refuse, 3000);
    addEventListener('message', onMessage);
  });
  const asLink = () => {
    console.info(`zhanggui cannot run on this page${refusal ? `: its ${refusal} would have to allow ${base} and 'wasm-unsafe-eval'` : ''}.`);
    const shut = make('button', {}, words()[2]);
    shut.onclick = close;
    return boxed('link', make('div', { class: 'zg', role: 'dialog', 'aria-label': words()[0], hidden: '' },
      make('a', { href: help(), target: '_blank', rel: 'noopener' }, words()[1]), shut));
  };

  const keepOffline = () => {
    try {
      if (config.keep && option('serviceWorker')) navigator.serviceWorker.register(trusted(address(option('serviceWorker')))).catch(() => {});
    } catch { /* Offline is a gift, not a need. */ }
  };

  let shown = false;
  let loading;
  let settle;
  const ready = new Promise((resolve) => { settle = resolve; });
  const start = async () => {
    if (!chosen) readLocale();
    localize();
    doc.addEventListener('securitypolicyviolation', onViolation);
    keepOffline();
    let way;
    if (capable()) {
      try {
        // All at once: each is a round trip.
        const get = (path) => {
          const file = fetch(base + path);
          file.catch(() => {});
          return file;
        };
        const early = [get('widget_bg.wasm'), get(`locales/${config.locale}/widget.ftl`)];
        for (const part of ['port', 'widget']) import(`${base}${part}.js`).catch(() => {});
        const { mount } = await import(`${base}panel.js`);
        way = await mount({ early, root, config: { ...config, help: help() }, trusted, close, unread, emit, act, fallen: fall });
        button.className = 'app';
      } catch { /* Policy or network; the frame has another policy and its own cache. */ }
    }
    way ||= await asFrame().catch(asLink);
    doc.removeEventListener('securitypolicyviolation', onViolation);
    if (config.token && way.mode === 'frame') way.call('identify', config.token);
    if (products.length) way.call('addProducts', products);
    for (const order of orders) way.call('ordered', ...order);
    settle(way.mode);
    emit('ready', { mode: way.mode });
    return way;
  };
  const load = () => loading ??= start();
  // What was running has stopped for good: the link takes its place.
  function fall() {
    loading = loading.then((way) => {
      if (way.mode === 'link') return way;
      way.destroy();
      button.className = '';
      return asLink();
    });
    if (shown) call('open');
  }
  const call = async (name, ...args) => (await load()).call(name, ...args);
  const show = async (next) => {
    if (shown === next) return;
    shown = next;
    button.setAttribute('aria-expanded', next);
    button.setAttribute('aria-busy', next);
    const way = await load();
    button.setAttribute('aria-busy', false);
    if (shown !== next) return; // They changed their mind meanwhile.
    way.call(next ? 'open' : 'close');
    if (!next) button.focus();
    emit(next ? 'open' : 'close');
  };
  const open = () => show(true);
  function close() { return show(false); }
  const toggle = () => show(!shown);
  for (const type of ['pointerenter', 'focus', 'touchstart']) button.addEventListener(type, load, { passive: true, once: true });
  button.onclick = toggle;
  root.onkeydown = (event) => event.key === 'Escape' && !event.isComposing && close();

  // The shop's own buttons come first: those that stay where they are while the page moves, and those at its end.
  const HIT = 'a,button,input,select,textarea,label,summary,zhanggui-widget,[role=button],[onclick]';
  const stays = (element) => element && (/fixed|sticky/.test(getComputedStyle(element).position) || stays(element.parentElement));
  const thirds = (from, to) => [from + 1, (from + to) / 2, to - 1];
  const avoid = () => {
    if (shown || !host.isConnected) return;
    const last = scrollY + innerHeight > doc.documentElement.scrollHeight - 2;
    let lift = 0;
    for (let tries = 5; tries;) {
      host.style.setProperty('--zg-lift', `${lift}px`);
      const { left, right, top, bottom } = button.getBoundingClientRect();
      const below = thirds(left, right).flatMap((x) => thirds(top, bottom).flatMap((y) => doc.elementsFromPoint(x, y)))
        .map((element) => element.closest(HIT)).filter((element) => element && element !== host && !host.contains(element) && (last || stays(element)))
        .map((element) => element.getBoundingClientRect().top);
      tries = below.length && tries - 1;
      if (below.length) lift += bottom - Math.min(...below) + 12;
      // Nowhere is room: where it was is as good as elsewhere.
      if (lift > innerHeight / 2 || (below.length && !tries)) lift = tries = 0;
    }
    host.style.setProperty('--zg-lift', `${lift}px`);
  };
  let looking;
  // When the page rests: nothing of its own waits for this.
  const look = () => { clearTimeout(looking); looking = setTimeout(() => (window.requestIdleCallback ?? setTimeout)(avoid), 250); };
  const gone = new AbortController();
  for (const type of ['load', 'resize', 'scroll']) addEventListener(type, look, { passive: true, capture: true, signal: gone.signal });

  // A router that exchanges the page's body, or empties it, means its own things.
  const stay = new MutationObserver(() => {
    look();
    if (!doc.body || host.isConnected) return;
    doc.body.append(host);
    stay.observe(doc.body, { childList: true });
  });

  const api = {
    instances,
    ready, open, close, toggle,
    ask: async (text) => { await open(); return call('ask', `${text}`); },
    setPage: (next) => { config.page = next; if (loading) call('setPage', next); },
    setLocale: (tag) => { chosen = true; config.locale = pick(tag); localize(); if (loading) call('setLocale', config.locale); },
    setActions: (next) => { handlers = next || {}; config.actions = handlers.cart_add ? 'cart' : Object.keys(handlers).length > 0; if (loading) call('setActions', config.actions); },
    exportData: () => {
      exported = new Promise((resolve) => { resolveExport = resolve; });
      return call('exportData');
    },
    eraseData: () => call('eraseData'),
    ordered: (...order) => { if (loading) call('ordered', ...order); else orders.push(order); },
    addProducts: (list) => { products.push(...list); if (loading) call('addProducts', list); },
    consent: (given) => { config.keep = !!given; if (loading) keepOffline(); if (loading) call('consent', !!given); },
    identify: (token) => { config.token = `${token ?? ''}`; if (loading) call('identify', config.token); },
    setCustomer: (next) => { config.customer = next; if (loading) call('setCustomer', next); },
    setTheme: (name) => { setTheme(name); if (loading) call('setTheme', name); },
    on: (type, listener) => {
      (listeners[type] ??= new Set()).add(listener);
      return () => { listeners[type].delete(listener); };
    },
    destroy: () => {
      stay.disconnect();
      gone.abort();
      clearTimeout(looking);
      host.remove();
      loading?.then((way) => way.destroy());
      for (const type in listeners) listeners[type].clear();
      if (instance) delete instances[instance];
      else if (window.zhanggui === api) delete window.zhanggui;
    },
  };

  if (instance) instances[instance] = api;
  else window.zhanggui = api;
  setTheme('auto');
  if (option('theme')) setTheme(option('theme'));
  localize();
  if (/start|left/.test(option('position'))) host.setAttribute('position', 'start');
  const settled = () => {
    if (gone.signal.aborted) return;
    // What the page gives for the slots.
    for (const given of doc.querySelectorAll('zhanggui-widget')) {
      if (given.shadowRoot || given.dataset.instance !== instance) continue;
      host.append(...given.childNodes);
      given.remove();
    }
    doc.body.append(host);
    look();
    for (const place of [doc.documentElement, doc.body]) stay.observe(place, { childList: true });
  };
  if (doc.body) settled();
  else doc.addEventListener('DOMContentLoaded', settled);
  for (const [name, ...args] of before.queue || []) api[name]?.(...args);
  if (/[?&]zhanggui-doctor\b/.test(location.search)) import(`${base}doctor.js`).then(({ report }) => report({ base, endpoint: config.endpoint, trusted, root })).catch((error) => console.info(`zhanggui doctor: script-src would have to allow ${origin}: ${error}`));
})();
