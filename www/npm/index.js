// Loads the assistant's script, once, and gives its API.

let loading;
let users = 0;

/** Loads `src`, the address of zhanggui.js on your CDN. A second call gives the first one's assistant, whatever its options. */
export function load({ src, nonce, integrity, ...options }) {
  if (typeof window === 'undefined') return Promise.reject(new Error('zhanggui: call load() in the browser, such as in an effect'));
  if (window.zhanggui?.destroy) return Promise.resolve(window.zhanggui);
  return loading ??= new Promise((resolve, reject) => {
    window.zhanggui = { ...window.zhanggui, ...options };
    const script = document.createElement('script');
    const ended = (settle, value) => {
      loading = undefined;
      script.remove();
      settle(value);
    };
    script.dataset.zhanggui = '';
    if (nonce) script.nonce = nonce;
    if (integrity) Object.assign(script, { integrity, crossOrigin: 'anonymous' });
    script.onload = () => (window.zhanggui?.destroy ? ended(resolve, window.zhanggui) : ended(reject, new Error(`zhanggui: ${src} is not the assistant's script`)));
    script.onerror = () => {
      delete window.zhanggui;
      ended(reject, new Error(`zhanggui: ${src} cannot be loaded: is the address right, and does script-src allow it?`));
    };
    script.src = src;
    document.head.append(script);
  });
}

/** As {@link load}, for a component: the assistant stays as long as one of them is there. Gives what ends it. */
export function use(options, then) {
  let here = true;
  users += 1;
  load(options).then((api) => here && then(api), (error) => here && console.error(error));
  return () => {
    if (!here) return;
    here = false;
    users -= 1;
    // Frameworks take a component away and put it back at once.
    setTimeout(() => users || window.zhanggui?.destroy?.());
  };
}

/** Hands what a component was given to the assistant, where it has changed. */
export function apply(api, now, before = {}) {
  const calls = { page: 'setPage', actions: 'setActions', customer: 'setCustomer', token: 'identify', products: 'addProducts', locale: 'setLocale', theme: 'setTheme', consented: 'consent' };
  for (const name in calls) {
    if (now[name] !== undefined && now[name] !== before[name]) api[calls[name]](now[name]);
  }
}
