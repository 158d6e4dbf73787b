// The engine's host: opens its WebAssembly and, later, that of the models. Runs in the worker, or on the page.

// The model of the other language can wait until the shopper has had a first answer.
const SECOND_MODEL_MILLIS = 4000;
const LANGUAGES = ['zh', 'en'];
const WARM_UP = { zh: '你好', en: 'hello' };

/**
 * @param {string} base folder of the static files
 * @param {(message: object) => void} post what takes the engine's messages
 * @returns {Promise<(message: object) => void>} what takes the widget's messages
 */
export async function start(base, post) {
  const [{ default: init, Engine }, { find }] = await Promise.all(['engine.js', 'knowledge.js'].map((file) => import(base + file)));
  const follow = find(base);
  await init({ module_or_path: `${base}engine_bg.wasm` });
  let config;
  let asked = false;
  let check;
  const engine = new Engine((text) => {
    const message = JSON.parse(text);
    post(message);
    if (message.type === 'ready' && !asked && config?.models !== false && !navigator.connection?.saveData) {
      asked = true;
      // In a task of its own: the engine is in the middle of a call.
      setTimeout(loadModels, 0, base, engine, config?.locale);
    }
  });
  return (message) => {
    if (message.type === 'start' && !config) {
      config = message;
      check = follow((bytes) => engine.open(bytes), message.knowledge_key, post);
    }
    engine.receive(json(message));
    // No timer: who does nothing needs nothing newer.
    check?.(message.type === 'online' && message.online);
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
