// Lists of products: made on the device, of the index that the shop's knowledge carries, or by the shop's server, where the page
// lets it know what was looked at (`data-recommend`). Loaded when a list is first wanted.

const PATIENCE_MILLIS = 1500;
const FLUSH_MILLIS = 3000;
/** Events of one request, and those that wait for a network at the most. */
const MOST_EVENTS = 100;
const MOST_WAITING = 500;
const CONTEXTS = { after_purchase: 'after_purchase', after_complaint: 'after_complaint', similar: 'product', out_of_stock: 'product' };

const token = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * @param {string} base folder of the static files
 * @param {{ endpoint: string | null, site_key: string | null, recommend?: string, visitor?: string }} config
 * @param {() => Uint8Array} take the index of the bundle, once for each bundle; empty where it has none
 */
export function recommender(base, { endpoint, site_key: siteKey, recommend: share, visitor: given }, take) {
  let visitor = given || token();
  let device;
  let module;
  /** The index of the bundle that answers now, opened; undefined where it has none. */
  const own = async () => {
    const bytes = take();
    if (bytes.length) {
      module ??= import(`${base}recommender.js`).then(async ({ default: init, Recommender }) => {
        await init({ module_or_path: `${base}recommender_bg.wasm` });
        return Recommender;
      });
      try {
        const Recommender = await module;
        device?.free();
        device = new Recommender(bytes);
      } catch (error) {
        module = undefined;
        console.info(`zhanggui: no recommendations on the device: ${error}`);
      }
    }
    return device;
  };
  const onDevice = async ({ session, hidden, dismissed, liked, price: [least, most] = [0, Infinity], k }) => {
    const index = await own();
    if (!index) return '';
    const waved = dismissed.map(([item, why]) => `${why}\t${item}`);
    return `\n${index.list(session.join('\n'), hidden.join('\n'), waved.join('\n'), liked.join('\n'), least, most >= Number.MAX_SAFE_INTEGER ? Infinity : most, k)}`;
  };

  const ask = async (path, body, options) => {
    const response = await fetch(`${endpoint}/${path}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, credentials: 'omit', body: JSON.stringify({ site_key: siteKey, ...body }), ...options,
    });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  };
  const atServer = async ({ occasion, session, hidden, dismissed, liked, price, tastes, k }) => {
    const of = (kind) => Object.fromEntries(tastes.filter(([name]) => name === kind).map(([, value, weight]) => [value, weight / 100]));
    // What was bought or waved away is left out by the dialogue as well; where only interests are told, it is left out there alone.
    const asked = share === 'interests'
      ? { interests: { categories: of('category'), brands: of('brand') } }
      : { session, hidden, liked, dismissed: dismissed.map(([item, reason]) => ({ item, reason })) };
    const { request, items } = await ask('recommendations', {
      ...asked, visitor, k, context: CONTEXTS[occasion] ?? 'chat',
      ...(price && { price: [price[0] / 100, Math.min(price[1] / 100, 1e9)] }),
    }, { signal: AbortSignal.timeout?.(PATIENCE_MILLIS) });
    if (!items.length) throw new Error('nothing yet');
    const plain = (text) => String(text ?? '').replace(/[\t\n]/g, ' ');
    return [plain(request), ...items.map(({ item, reason, because }) => [item, reason, because?.item].map(plain).join('\t'))].join('\n');
  };

  const shares = endpoint && (share === 'session' || share === 'interests');
  let waiting = [];
  let timer;
  /** Sends what was done with products; what a network loses waits for the next time, and an event counts once whatever happens. */
  const flush = async (keepalive = false) => {
    clearTimeout(timer);
    timer = undefined;
    const events = waiting.splice(0, MOST_EVENTS);
    if (!events.length) return;
    try {
      await ask('events', { visitor, events }, { keepalive });
    } catch {
      waiting = [...events, ...waiting].slice(-MOST_WAITING);
    }
    if (waiting.length) timer ??= setTimeout(flush, 10 * FLUSH_MILLIS);
  };
  return {
    list: async (wanted) => {
      if (shares) {
        try {
          return await atServer(wanted);
        } catch { /* The device knows something as well. */ }
      }
      return onDevice(wanted);
    },
    learn: (event) => {
      // Where only interests are told, so is what was done with the server's own lists, and nothing else.
      if (!shares || (share === 'interests' && !event.request)) return undefined;
      waiting.push({ id: token(), at: Date.now(), ...event });
      if (waiting.length >= MOST_EVENTS) return flush();
      timer ??= setTimeout(flush, FLUSH_MILLIS);
      return undefined;
    },
    flush,
    forget: () => {
      waiting = [];
      if (shares) fetch(`${endpoint}/visitors/${visitor}?site_key=${encodeURIComponent(siteKey)}`, { method: 'DELETE', credentials: 'omit' }).catch(() => {});
      visitor = token();
    },
  };
}
