// The port: where the engine runs, and how messages get there and back.

// A worker that was allowed to start says so within milliseconds; one that was not may say nothing at all.
const START_MILLIS = 8000;

/**
 * Starts the engine, in a worker if the page allows one, otherwise on this thread.
 *
 * @param {string} base folder of the static files
 * @param {(message: object) => void} onMessage what the engine posts
 * @param {(url: string) => string} trusted makes a script address for pages that demand Trusted Types
 * @param {string} [root] the root of knowledge that the page pins
 * @returns {Promise<{mode: 'worker' | 'page', post: (message: object) => void, close: () => void}>}
 */
export async function connect(base, onMessage, trusted = (url) => url, root = undefined) {
  try {
    return await inWorker(base, onMessage, trusted, root);
  } catch {
    return inPage(base, onMessage, root);
  }
}

// A worker's script must be of the page's origin, which a CDN is not; hence a blob that imports.
// The import is dynamic because a static one counts as `worker-src` and dies silently there.
// Messages wait in `early` until the engine listens: those posted before would be lost.
const bootstrap = (base, root) => `const early = [];
onmessage = (event) => early.push(event.data);
postMessage({ port: 'alive' });
import(${JSON.stringify(`${base}host.js`)})
  .then(({ start }) => start(${JSON.stringify(base)}, (message) => postMessage(message), ${JSON.stringify(root)}))
  .then((receive) => {
    postMessage({ port: 'open' });
    early.forEach((message) => receive(message));
    onmessage = (event) => receive(event.data);
  })
  .catch((error) => postMessage({ port: 'failed', text: String(error) }));`;

function inWorker(base, onMessage, trusted, root) {
  return new Promise((resolve, reject) => {
    const url = URL.createObjectURL(new Blob([bootstrap(base, root)], { type: 'text/javascript' }));
    let worker;
    let isOpen = false;
    const fail = (text) => {
      clearTimeout(timer);
      URL.revokeObjectURL(url);
      worker?.terminate();
      if (isOpen) onMessage({ type: 'fatal', code: 'engine_stopped', text });
      else reject(new Error(text));
    };
    const timer = setTimeout(fail, START_MILLIS, 'the worker does not start');
    try {
      // Throws under Trusted Types without a policy; under `worker-src` it only fires `error`, or nothing.
      worker = new Worker(trusted(url), { type: 'module', name: 'zhanggui' });
    } catch (error) {
      fail(String(error));
      return;
    }
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message || 'the worker is not allowed');
    };
    worker.onmessage = ({ data }) => {
      if (data.port === 'alive') {
        // From here on it is the network that takes its time, and failures are told.
        clearTimeout(timer);
        URL.revokeObjectURL(url);
      } else if (data.port === 'open') {
        isOpen = true;
        resolve({ mode: 'worker', post: (message) => worker.postMessage(message), close: () => worker.terminate() });
      } else if (data.port === 'failed') {
        fail(data.text);
      } else {
        onMessage(data);
      }
    };
  });
}

async function inPage(base, onMessage, root) {
  const { start } = await import(`${base}host.js`);
  let isOpen = true;
  // A task of its own for each message, as between threads: neither side may call the other while it is being called.
  const later = (receive) => (message) => setTimeout(() => isOpen && receive(message));
  const receive = await start(base, later(onMessage), root);
  return { mode: 'page', post: later(receive), close: () => { isOpen = false; } };
}
