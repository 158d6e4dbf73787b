/* zhanggui's service worker: keeps the assistant's files on the device, so that it opens offline and at once.

   A shop puts one file on its own origin, names it in `data-service-worker`, and writes one line in it:

       importScripts('https://cdn.example/zhanggui/sw.js');

   A shop that already has a service worker adds that line to it. On our own origin (frame.html) it is registered as it is.
   It answers GET requests for the files of our manifest and nothing else. */
(() => {
  'use strict';
  // `self.location` is the shop's file. The script's own address stands first in the stack of an error made here;
  // where a browser or a bundler hides it, `self.ZHANGGUI = 'https://cdn.example/zhanggui/'` before the import tells.
  const own = () => /(https?:\/\/[^\s()@]*\/)sw\.js[?:]/.exec(new Error().stack)?.[1] ?? new URL('.', self.location).href;
  const BASE = self.ZHANGGUI ?? own();
  const MANIFEST = `${BASE}zhanggui.json`;
  const PREFIX = 'zhanggui-';
  // A decision is due before any cache can be asked, hence by name. The manifest decides for good in `answer`.
  const OURS = /^(?:(?:zhanggui|panel|port|host|knowledge|signature|tuf|ed25519|doctor|image|record|recommend|widget|engine|inference|update|recommender|frame|sw)\.js|(?:widget|engine|inference|update|recommender)_bg\.wasm|zhanggui\.json|(?:frame|help)\.html|(?:models|knowledge|locales)\/[^?#]+)$/;
  const PATIENCE_MILLIS = 3000;
  const CHECK_MILLIS = 60000;

  const fetchFresh = async (url, options) => {
    const response = await fetch(url, { mode: 'cors', credentials: 'omit', cache: 'no-cache', ...options });
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return response;
  };
  const sha256 = async (bytes) => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  };

  /** The newest complete set. The manifest is stored last, so its presence means that all the rest is there. */
  const current = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX)).reverse();
    for (const name of names) {
      const cache = await caches.open(name);
      const manifest = await cache.match(MANIFEST);
      if (manifest) return { name, cache, manifest };
    }
    return undefined;
  };

  const dropOthers = async (kept) => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== kept).map((name) => caches.delete(name)));
  };

  /** Reads the manifest and, where it has changed, fetches its whole set before the first file of it is used. */
  const update = async () => {
    const response = await fetchFresh(MANIFEST);
    const text = await response.clone().text();
    const name = PREFIX + (await sha256(new TextEncoder().encode(text))).slice(0, 16);
    const before = await current();
    if (before?.name === name) return name;
    const cache = await caches.open(name);
    try {
      await Promise.all(JSON.parse(text).files.map(async ({ path, sha256: expected }) => {
        const url = new URL(path, BASE).href;
        if (!url.startsWith(BASE)) throw new Error(`${path} is not beside the manifest`);
        // What has not changed need not come again.
        const kept = await before?.cache.match(url);
        if (kept && await sha256(await kept.clone().arrayBuffer()) === expected) return cache.put(url, kept);
        const file = await fetchFresh(url);
        if (await sha256(await file.clone().arrayBuffer()) !== expected) throw new Error(`${path} is not what the manifest says`);
        return cache.put(url, file);
      }));
      await cache.put(MANIFEST, response);
    } catch (error) {
      await caches.delete(name);
      throw error;
    }
    return name;
  };

  let updating;
  let checkedAt = 0;
  const updateOnce = () => updating ??= update().finally(() => { updating = undefined; checkedAt = Date.now(); });
  const revalidate = async () => {
    if (Date.now() - checkedAt > CHECK_MILLIS) await dropOthers(await updateOnce());
  };

  const answer = async (request, url) => {
    const set = await current();
    if (url === MANIFEST) {
      try {
        return await fetchFresh(url, { signal: AbortSignal.timeout(PATIENCE_MILLIS) });
      } catch (error) {
        if (set) return set.manifest;
        throw error;
      }
    }
    return await set?.cache.match(url) ?? fetch(request);
  };

  self.addEventListener('install', (event) => {
    event.waitUntil(updateOnce().then(() => self.skipWaiting()));
  });
  self.addEventListener('activate', (event) => {
    event.waitUntil(current().then((set) => set && dropOthers(set.name)));
  });
  self.addEventListener('fetch', (event) => {
    const { request } = event;
    if (request.method !== 'GET' || !request.url.startsWith(BASE)) return;
    const url = request.url.split(/[?#]/)[0];
    if (!OURS.test(url.slice(BASE.length))) return;
    event.respondWith(answer(request, url));
    event.waitUntil(revalidate().catch(() => {})); // Offline, or half a deployment: the set at hand stays.
  });
})();
