// The engine's host: opens its WebAssembly and, later, that of the models. Runs in the worker, or on the page.

// The model of the other language can wait until the shopper has had a first answer.
const SECOND_MODEL_MILLIS = 4000;
const LANGUAGES = ['zh', 'en'];
// How long a list of products waits for what it is made of; what comes later is there for the next.
const BESIDE_MILLIS = 6000;
const WARM_UP = { zh: '你好', en: 'hello' };

/**
 * @param {string} base folder of the static files
 * @param {(message: object) => void} post what takes the engine's messages
 * @param {string} [root] the root of knowledge that the page pins; told at once, because knowledge is looked for before the engine is there
 * @returns {Promise<(message: object) => void>} what takes the widget's messages
 */
export async function start(base, post, root) {
  const [{ default: init, Engine, named }, { find }] = await Promise.all(['engine.js', 'knowledge.js'].map((file) => import(base + file)));
  const follow = find(base, root);
  await init({ module_or_path: `${base}engine_bg.wasm` });
  let config;
  let asked = false;
  let check;
  let beside = async () => {};
  let tell = () => {};
  const engine = new Engine((text) => {
    const message = JSON.parse(text);
    post(message);
    if (message.type === 'status') tell({ wanted: /^(queued|assigned)$/.test(message.handoff) || message.pending > 0 });
    if (message.type === 'ready') {
      // In a task of its own: the engine is in the middle of a call.
      setTimeout(() => {
        // Small, and every answer after it is better; products are for those who want any.
        beside(false);
        if (navigator.connection?.saveData) return;
        beside(true);
        if (asked || config?.models === false) return;
        asked = true;
        loadModels(base, engine, config?.locale);
      });
    }
  });
  // Lists of products: what makes them is fetched when one is first wanted, or there is somebody to tell what was done.
  let shop;
  engine.setShop((text) => {
    const message = JSON.parse(text);
    if (!message.id && !config?.recommend) return undefined;
    shop ??= import(`${base}recommend.js`).then(({ recommender }) => recommender(base, config, () => engine.recommender()));
    if (!message.id) return shop.then(({ learn }) => learn(message)).catch(() => '');
    const patience = new Promise((resolve) => { setTimeout(resolve, BESIDE_MILLIS); });
    return Promise.all([shop, Promise.race([beside(true), patience])]).then(([{ list }]) => list(message)).catch(() => '');
  });
  return (message) => {
    // The host's own.
    if (message.type === 'visible') {
      if (!message.visible) shop?.then(({ flush }) => flush(true), () => {});
      return tell(message);
    }
    if (message.type === 'start' && !config) {
      config = message;
      tell = election(engine, `zhanggui-${message.site_key ?? 'local'}`);
      const hands = { open: (bytes) => engine.open(bytes), named, takeIn: (bytes) => engine.takeIn(bytes) };
      ({ check, beside } = follow(hands, message.knowledge_key, post, message.keep !== false));
    }
    if (message.type === 'consent') follow.keep(message.given);
    if (message.type === 'erase') shop?.then(({ forget }) => forget(), () => {});
    engine.receive(json(message));
    // No timer: who does nothing needs nothing newer.
    check?.(message.type === 'online' && message.online);
  };
}

/**
 * One tab of several talks to the shop's people for all of them: the one that was looked at last. The lock that says so is held only
 * while there is something to talk about, because a page that holds one cannot rest in the back/forward cache.
 *
 * @returns {(news: { wanted?: boolean, visible?: boolean }) => void}
 */
function election(engine, name) {
  // Where no lock tells them apart each tab talks for itself; the server knows doubles by their ids.
  if (!navigator.locks) return () => {};
  let [wanted, visible, leads] = [false, true, false];
  let waiting;
  let release;
  engine.lead(false);
  const lead = (next) => {
    if (leads !== next) engine.lead(leads = next);
  };
  const ask = async (steal) => {
    waiting?.abort();
    const own = waiting = new AbortController();
    try {
      await navigator.locks.request(name, steal ? { steal } : { signal: own.signal }, () => {
        if (!wanted) return undefined;
        lead(true);
        return new Promise((done) => { release = done; });
      });
    } catch (error) {
      // No locks for this origin; else another tab was looked at, and this one waits behind it.
      if (error.name !== 'AbortError') lead(true);
      else if (!own.signal.aborted && wanted) {
        lead(false);
        ask();
      }
      return;
    }
    if (own === waiting) lead(false);
  };
  return (news) => {
    const before = wanted && visible;
    ({ wanted, visible } = { wanted, visible, ...news });
    if (!wanted) {
      waiting?.abort();
      release?.();
    } else if (!before && visible && !leads) ask(true);
    else if (!waiting || waiting.signal.aborted) ask();
  };
}

/** JSON whose reader may be strict: half of a surrogate pair is no character, and becomes the one for none. */
const json = (message) => JSON.stringify(message).replace(/\\(ud[89a-f]..|.)/g, (escape, code) => (code.length > 1 ? '\ufffd' : escape));

/** Whether the manifest of the static files has a model for `lang`. */
async function lists(base, lang) {
  try {
    const { files } = await (await fetch(`${base}zhanggui.json`, { credentials: 'omit' })).json();
    return files.some((file) => file.role === 'model' && file.lang === lang);
  } catch {
    return false;
  }
}

/** What texts mean, for the search; it needs no runtime, so it comes first. */
async function attach(base, engine, lang) {
  try {
    const response = await fetch(`${base}models/${lang}.zgem`, { credentials: 'omit' });
    if (response.ok) engine.attach(new Uint8Array(await response.arrayBuffer()));
  } catch (error) {
    console.warn(`zhanggui: models/${lang}.zgem: ${error}`);
  }
}

/** Without models the assistant goes on by text search, so nothing here may throw. */
async function loadModels(base, engine, locale = 'zh') {
  engine.modelsState('loading');
  const [first, second] = /^(zh|yue)\b/i.test(locale) ? LANGUAGES : [...LANGUAGES].reverse();
  await attach(base, engine, first);
  try {
    const { default: init, Inference } = await import(`${base}inference.js`);
    await init({ module_or_path: `${base}inference_bg.wasm` });
    const inference = new Inference();
    const load = async (lang) => {
      const response = await fetch(`${base}models/${lang}.onnx`, { credentials: 'omit' });
      if (!response.ok) throw new Error(`${lang}: ${response.status}`);
      inference.load(lang, new Uint8Array(await response.arrayBuffer()));
      // The first call after loading is many times slower; nobody should wait for it.
      inference.understand(WARM_UP[lang] ?? WARM_UP.zh, lang);
    };
    await load(first);
    // Intents that the shop trained itself, where the manifest lists them; without them ours stand.
    if (await lists(base, 'any')) await load('any').catch(() => {});
    engine.setUnderstand((...utterance) => {
      try {
        return JSON.stringify(inference.understand(...utterance));
      } catch {
        return undefined;
      }
    });
    engine.modelsState('ready');
    setTimeout(() => attach(base, engine, second).then(() => load(second)).catch(() => {}), SECOND_MODEL_MILLIS);
  } catch {
    engine.modelsState('absent');
  }
}
