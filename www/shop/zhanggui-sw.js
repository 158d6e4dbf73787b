importScripts("__ZHANGGUI_ORIGIN__/sw.js");

// The line above is all a shop hosts for zhanggui. Below is this shop's own offline cache.
const SHOP_CACHE = 'hemuli-shop-1';
const SHELL = [
  '/', '/shop/css/base.css', '/shop/css/shop.css', '/shop/data/products.json', '/shop/site.webmanifest', '/shop/img/icon.svg', '/shop/img/hero.svg',
  ...['main', 'api', 'cart', 'catalog', 'chrome', 'dom', 'format', 'i18n', 'icons', 'messages', 'parts', 'widget',
    'views/home', 'views/category', 'views/product', 'views/cart', 'views/checkout', 'views/orders', 'views/order', 'views/order-dialogs', 'views/coupons', 'views/help'].map((name) => `/shop/js/${name}.js`),
];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHOP_CACHE).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  // Only this shop's old caches: the others are not ours to remove.
  const outdated = (name) => name.startsWith('hemuli-shop-') && name !== SHOP_CACHE;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(outdated).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  // Orders and stock are never answered from a cache; other origins keep their own rules.
  if (request.method !== 'GET' || url.origin !== self.location.origin || url.pathname.startsWith('/api/')) return;
  const isPage = request.mode === 'navigate';
  if (!isPage && !url.pathname.startsWith('/shop/')) return;
  if (isPage || url.pathname.endsWith('.json')) event.respondWith(networkFirst(request, isPage ? '/' : request));
  else event.respondWith(staleWhileRevalidate(event));
});

async function networkFirst(request, key) {
  const cache = await caches.open(SHOP_CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(key, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(key, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

async function staleWhileRevalidate(event) {
  const cache = await caches.open(SHOP_CACHE);
  const kept = await cache.match(event.request);
  const fresh = fetch(event.request).then(async (response) => {
    if (response.ok) await cache.put(event.request, response.clone());
    return response;
  });
  if (!kept) return event.request.destination === 'image' ? fresh.catch(noPicture) : fresh;
  event.waitUntil(fresh.catch(() => undefined));
  return kept;
}

/** An even surface instead of a torn picture, for what was never looked at online. */
const noPicture = () => new Response('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path fill="#e9e2d4" d="M0 0h4v4H0z"/></svg>', { headers: { 'content-type': 'image/svg+xml' } });
