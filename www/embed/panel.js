// The panel: the widget, its words and the port to the engine, put together.
// Used by the loader on a shop's page and by frame.js on a page of ours.

import { connect } from './port.js';

/**
 * Draws the widget into `root`, closed, and starts the engine.
 * `early` are the responses of the widget's WebAssembly and words, where they were asked for beforehand.
 * Rejects when script, WebAssembly or network are out of reach; nothing is left behind then.
 */
export async function mount({ early: [wasm, first] = [], root, config, trusted, close, unread, emit, act, fallen }) {
  const { base } = config;
  const read = async (tag) => {
    const begun = first;
    first = undefined;
    const response = await (begun ?? fetch(`${base}locales/${tag}/widget.ftl`, { credentials: 'omit' }));
    if (!response.ok) throw new Error(response.statusText);
    return response.text();
  };
  // A widget with the wrong language can be used, one with none hardly.
  const words = (tag) => read(tag).catch(() => (tag === 'zh-CN' ? '' : words('zh-CN')));

  // All three at once: each is a round trip.
  const [widget, messages] = await Promise.all([
    import('./widget.js').then(async (module) => {
      await module.default({ module_or_path: wasm ?? `${base}widget_bg.wasm` });
      return module;
    }),
    words(config.locale),
  ]);

  let handle;
  // A panic ends the module's life: every later call would throw as well.
  const guard = (act) => {
    if (!handle) return;
    try {
      act(handle);
    } catch {
      destroy();
      fallen();
    }
  };

  const pair = (text) => [text.slice(0, text.indexOf(' ')), text.slice(text.indexOf(' ') + 1)];
  const known = new Set();
  const kept = new Map();
  let handoff = 'new';
  // The newest word of a person, and the newest that they were told was on the screen.
  let isOpen = false;
  let newest;
  let told;
  const seen = () => {
    if (!isOpen || document.hidden || newest === told) return;
    told = newest;
    post({ type: 'seen' });
  };
  const announce = (message) => {
    if (message.type === 'messages') {
      if (message.reset) kept.clear();
      for (const { delivery, message: one } of message.messages) kept.set(one.id, { ...one, delivery });
      for (const { message: { id, author } } of message.messages) {
        if (!message.reset && !known.has(id)) emit('message', { id, author });
        if (author === 'operator' && !known.has(id)) newest = id;
        known.add(id);
      }
      seen();
    } else if (message.type === 'status' && message.handoff !== handoff) {
      handoff = message.handoff;
      emit('handoff', { state: handoff });
    } else if (message.type === 'act') {
      act(message.id, message.action, Object.fromEntries(message.arguments.map(pair)));
    } else if (message.type === 'knowledge') {
      const { type, ...found } = message;
      emit('knowledge', found);
      if (found.reason) console.info(`zhanggui: knowledge ${found.state}: ${found.reason}`);
    }
  };
  const receive = (message) => {
    guard((live) => live.receive(message));
    announce(message);
    if (message.type === 'fatal') console.info(`zhanggui: ${message.code}: ${message.text}`);
  };

  // Posting never waits in the widget: until the engine is there, the promise is the queue.
  const port = connect(base, receive, trusted, config.knowledgeRoot);
  port.catch((error) => receive({ type: 'fatal', code: 'engine_unreachable', text: String(error) }));
  // What a report of a problem needs: what was done in this visit, the newest of it.
  const log = [];
  const post = (message) => {
    if (message.type === 'erase') {
      log.length = 0;
      try { sessionStorage.removeItem('zhanggui-visitor'); } catch { /* Then nothing is there. */ }
    }
    if (!/^(erase|start|suggest|online|actions|set_locale|customer|retry|consent|products|reveal|identify|image|typing|seen|continue)$/.test(message.type)) log.push({ ...message, at: Date.now() });
    if (log.length > 500) log.shift();
    return port.then((open) => open.post(message), () => {});
  };
  const record = () => import('./record.js');
  const images = () => import('./image.js');
  const sorted = () => [...kept.values()].sort((a, b) => a.at - b.at);

  // Straight to the host: a page that is looked at speaks for the others.
  const onVisible = () => {
    port.then((open) => open.post({ type: 'visible', visible: !document.hidden }), () => {});
    seen();
  };
  const onNetwork = () => post({ type: 'online', online: navigator.onLine });
  const setPage = (page) => post({
    type: 'page',
    page: { type: String(page?.type ?? ''), ...(page?.id != null && { id: String(page.id) }), ...(page?.title && { title: String(page.title) }) },
  });

  // As many as are looked at; texts of a line; addresses are checked where they are drawn.
  const addProducts = (list) => {
    const text = (value) => (value == null ? '' : String(value).slice(0, 240));
    const cards = [...list].slice(-500).filter((one) => one?.id != null).map(({ id, title, price, was, image, url, availability }) => ({
      kind: 'product', id: text(id), title: text(title), price: text(price), was: text(was), image: text(image), url: text(url), note: text(availability),
    }));
    if (cards.length) post({ type: 'products', cards });
  };

  function destroy() {
    window.speechSynthesis?.cancel();
    removeEventListener('online', onNetwork);
    removeEventListener('offline', onNetwork);
    document.removeEventListener('visibilitychange', onVisible);
    port.then((open) => open.close(), () => {});
    const live = handle;
    handle = undefined;
    try {
      live?.destroy();
    } catch { /* It is gone already. */ }
  }

  // This visit's, in this tab, for a shop whose server recommends; a browser that keeps nothing has one for each page.
  const VISITOR = 'zhanggui-visitor';
  const visitor = () => {
    const id = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
    try {
      const kept = sessionStorage.getItem(VISITOR) ?? id();
      if (config.keep !== false) sessionStorage.setItem(VISITOR, kept);
      return kept;
    } catch {
      return id();
    }
  };

  // A wish of the shopper's, for the next visit; a browser that keeps nothing asks again.
  const LARGE = 'zhanggui-large';
  const remembered = () => { try { return localStorage.getItem(LARGE) === '1'; } catch { return false; } };
  const remember = (large) => { try { if (large) localStorage.setItem(LARGE, '1'); else localStorage.removeItem(LARGE); } catch { /* As said. */ } };

  try {
    handle = widget.mount(root, {
      locale: config.locale, messages, help: config.help, contact: config.contact ?? '', site: config.site ?? '', framed: !!config.framed, closable: config.closable !== false,
      tasks: !!config.backOffice, shares: config.recommend, large: config.large || remembered(), speaks: !!window.speechSynthesis,
    }, {
      post, close, unread,
      copy: async (text) => {
        try {
          await navigator.clipboard.writeText(text);
        } catch {
          // In a frame, or without a secure context: by hand.
          const box = Object.assign(document.createElement('textarea'), { value: text });
          root.append(box);
          box.select();
          document.execCommand('copy');
          box.remove();
        }
      },
      // From a file box, a paste or a drop.
      attach: (event, words, done) => {
        const { target } = event;
        const files = target.files ?? (event.clipboardData ?? event.dataTransfer)?.files ?? [];
        const file = [...files].find(({ type }) => type.startsWith('image/')) ?? target.files?.[0];
        if (!file) return done('');
        event.preventDefault();
        const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
        images().then(({ prepare }) => prepare(file)).then(({ data, preview, size }) => {
          post({ type: 'image', id, text: words, data, value: preview, label: size });
          done('');
        }, (error) => done(typeof error === 'string' ? error : 'image-unreadable'));
        // So that the same one can be chosen again.
        if (target.files) target.value = '';
        return undefined;
      },
      paint: (canvas, data) => images().then(({ paint }) => paint(canvas, data)).catch(() => {}),
      print: (title, who) => record().then(({ print }) => print(title, sorted().filter(({ text }) => text).map(({ author, at, text }) => (
        { who: who[author], at: new Date(at).toLocaleString(config.locale), text })), config.locale)),
      speak: (text, lang) => {
        window.speechSynthesis?.cancel();
        if (text) window.speechSynthesis?.speak(Object.assign(new SpeechSynthesisUtterance(text), { lang, rate: 0.9 }));
      },
      enlarge: (large) => {
        config.large = large;
        if (config.keep !== false) remember(large);
      },
      report: () => record().then(({ folder, save }) => {
        const name = `problem-${new Date().toISOString().slice(0, 19).replace(/\D/g, '')}`;
        save(`${name}.tar`, folder(name, sorted(), log, config));
      }),
    });
  } catch (error) {
    destroy();
    throw error;
  }
  addEventListener('online', onNetwork);
  addEventListener('offline', onNetwork);
  document.addEventListener('visibilitychange', onVisible);
  post({
    type: 'start',
    base,
    endpoint: config.endpoint ?? null,
    site_key: config.siteKey ?? null,
    locale: config.locale,
    knowledge_key: config.knowledgeKey ?? null,
    models: !navigator.connection?.saveData,
    keep: config.keep !== false,
    back_office: !!config.backOffice,
    recommend: config.recommend ?? null,
    visitor: config.recommend ? visitor() : null,
  });
  if (!navigator.onLine) onNetwork();
  if (config.page) setPage(config.page);
  if (config.actions) post({ type: 'actions', offered: true, given: config.actions === 'cart' });
  if (config.token) post({ type: 'identify', value: config.token });
  if (config.customer) post({ type: 'customer', value: String(config.customer) });

  const calls = {
    open: () => {
      isOpen = true;
      guard((live) => live.open());
      seen();
    },
    close: () => {
      isOpen = false;
      guard((live) => live.close());
    },
    ask: (text) => guard((live) => live.ask(text)),
    setPage,
    eraseData: () => post({ type: 'erase' }),
    exportData: async () => {
      const messages = sorted();
      // A conversation as `tests/conversations` has them: what was said to the assistant can be said to it again.
      return { locale: config.locale, messages, replay: (await record()).replay(messages, log) };
    },
    setActions: (offered) => {
      config.actions = offered;
      post({ type: 'actions', offered: !!offered, given: offered === 'cart' });
    },
    ordered: (items, bought) => post({ type: 'ordered', values: [...items].map(String).slice(0, 50), given: !!bought }),
    addProducts,
    consent: (given) => {
      config.keep = given;
      remember(given && config.large);
      post({ type: 'consent', given });
    },
    identify: (token) => post({ type: 'identify', value: token }),
    setCustomer: (customer) => {
      config.customer = customer;
      post({ type: 'customer', value: String(customer ?? '') });
    },
    // The page's word, in the form of the port: names without spaces, values as text.
    acted: (id, result) => post({
      type: 'action_result',
      id: String(id),
      status: String(result?.status ?? 'failed'),
      facts: Object.entries(result?.facts ?? {}).slice(0, 24)
        .filter(([name, value]) => /^\w{1,64}$/.test(name) && value != null)
        .map(([name, value]) => `${name} ${String(value).slice(0, 240)}`),
      ...(result?.reason && { text: String(result.reason).slice(0, 240) }),
    }),
    setLocale: async (tag) => {
      const text = await words(tag);
      config.locale = tag;
      guard((live) => live.setLocale(tag, text));
      post({ type: 'set_locale', locale: tag });
    },
    setTheme: () => {}, // An attribute of the host element; the style sheet does the rest.
  };
  return { mode: 'widget', destroy, call: (name, ...args) => calls[name]?.(...args) };
}
