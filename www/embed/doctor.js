// Says what on this page stands in the assistant's way, and the exact line that mends it.
// Fetched by the loader alone, and only where the address asks for it: `?zhanggui-doctor`.

const MILLIS = 4000;

/** What a policy refused while `act` ran; a refusal is told in a task of its own. */
async function watched(act) {
  const refused = [];
  const note = ({ effectiveDirective, disposition }) => disposition !== 'report' && refused.push(effectiveDirective);
  document.addEventListener('securitypolicyviolation', note);
  let failure;
  try {
    await Promise.race([act(), new Promise((_, reject) => { setTimeout(reject, MILLIS, new Error('no answer')); })]);
  } catch (error) {
    failure = String(error?.message ?? error);
  }
  await new Promise((resolve) => { setTimeout(resolve, 50); });
  document.removeEventListener('securitypolicyviolation', note);
  return { failure, refused };
}

/**
 * @param {{base: string, endpoint: string | null, trusted: (url: string) => string, root: ShadowRoot}} page
 * @returns {Promise<{check: string, ok: boolean, problem?: string, add?: string}[]>} in the order they are needed
 */
export async function examine({ base, endpoint, trusted, root }) {
  const { origin } = new URL(base);
  const found = [];
  const check = async (name, act, mend) => {
    const { failure, refused } = await watched(act);
    const ok = failure === undefined && refused.length === 0;
    found.push({ check: name, ok, ...(!ok && { problem: [...refused, failure].filter(Boolean).join(', '), ...mend(refused) }) });
    return ok;
  };
  const policy = (line) => (refused) => (refused.length ? { add: `Content-Security-Policy: ${line}` } : {});
  const tell = (text) => () => ({ add: text });

  await check('WebAssembly', async () => { await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); }, () => ({ add: "Content-Security-Policy: script-src 'wasm-unsafe-eval'" }));
  await check('WebAssembly SIMD', async () => {
    const simd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
    if (!WebAssembly.validate(new Uint8Array(simd))) throw new Error('the browser is too old');
  }, tell('nothing: shoppers with this browser get the help page'));
  await check('styles', async () => { new CSSStyleSheet().replaceSync(':host{}'); if (!root.adoptedStyleSheets.length) throw new Error('no constructed style sheets'); }, tell('nothing: shoppers with this browser get the help page'));
  await check('scripts', () => import(`${base}port.js`), policy(`script-src ${origin}`));
  await check('files', async () => {
    const response = await fetch(`${base}zhanggui.json`, { credentials: 'omit' });
    if (!response.ok) throw new Error(`zhanggui.json: ${response.status}`);
  }, (refused) => (refused.length ? { add: `Content-Security-Policy: connect-src ${origin}` } : { add: `Access-Control-Allow-Origin: * on every file of ${base}` }));
  if (endpoint) {
    const { origin: desk } = new URL(endpoint);
    await check('sync endpoint', async () => {
      const response = await fetch(`${endpoint}/openapi.json`, { credentials: 'omit' });
      if (!response.ok) throw new Error(`${endpoint}: ${response.status}`);
    }, (refused) => (refused.length ? { add: `Content-Security-Policy: connect-src ${desk}` } : { add: `origins = [${JSON.stringify(location.origin)}] in zhanggui.toml, or data-endpoint="none"` }));
  }
  await check('worker', () => new Promise((resolve, reject) => {
    const url = URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'text/javascript' }));
    const worker = new Worker(trusted(url), { type: 'module' });
    const end = (settle) => (event) => { worker.terminate(); URL.revokeObjectURL(url); event.preventDefault?.(); settle(new Error('the worker does not start')); };
    worker.onmessage = end(resolve);
    worker.onerror = end(reject);
  }), (refused) => ({ add: `Content-Security-Policy: ${refused.some((one) => one.startsWith('require-trusted')) || refused.some((one) => one.startsWith('trusted')) ? 'trusted-types zhanggui' : 'worker-src blob:'}` }));
  await check('storage', () => new Promise((resolve, reject) => {
    const request = indexedDB.open('zhanggui-doctor');
    request.onerror = () => reject(request.error);
    request.onsuccess = () => { request.result.close(); indexedDB.deleteDatabase('zhanggui-doctor'); resolve(); };
  }), tell('nothing: in a private or sandboxed page the conversation is kept until the page is left'));
  await check('secure context', async () => { if (!isSecureContext) throw new Error('the page came by http'); }, tell('serve the page by https: without, knowledge cannot be verified and nothing works offline'));
  return found;
}

/** Prints what was found, a line each, for whoever has the console open. */
export async function report(page) {
  const found = await examine(page);
  const lines = found.map(({ check, ok, problem, add }) => (ok ? `ok      ${check}` : `missing ${check} (${problem})${add ? `\n        add: ${add}` : ''}`));
  console.info(`zhanggui doctor, ${page.base}\n${lines.join('\n')}`);
  return found;
}
