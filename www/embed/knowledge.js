// Knowledge: what this device has kept, what the shop has published, and whether to believe it.
// The files are described in docs/formats.md, "Published knowledge". Whatever is wrong with what is found, the last good
// bundle goes on answering.

// Not `zhanggui-…`: the service worker clears those.
export const CACHE = 'zg-knowledge';
const MAX_MANIFEST = 1 << 20;
const MAX_BUNDLE = 64 << 20;
const CHECK_MILLIS = 600_000;

const { subtle } = globalThis.crypto ?? {};
export const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
export const sha256 = async (bytes) => hex(await subtle.digest('SHA-256', bytes));

/** What was found must not be used: another matter than a network that is away. */
export class Refusal extends Error {}
const refuse = (reason) => { throw new Refusal(reason); };

/** Fetches a file of at most so many bytes. */
export async function read(url, limit, cache = 'default', signal = undefined) {
  const response = await fetch(url, { credentials: 'omit', cache, signal });
  if (!response.ok) throw Object.assign(new Error(`${url}: ${response.status}`), { status: response.status });
  const chunks = [];
  let left = limit;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer());
    left -= value.length;
    if (left < 0) {
      reader.cancel();
      refuse(`${url} is longer than ${limit} bytes`);
    }
    chunks.push(value);
  }
}

/** A file that a manifest names, as the manifest says it is, or as targets do. */
async function checked(base, { file, bytes: length, sha256: expected }, root) {
  // A cache of the browser's may hold a cut copy for as long as it likes: then once more, past it.
  for (const cache of ['default', 'reload']) {
    const bytes = await read(`${base}knowledge/${file}`, length, cache).catch((error) => {
      if (root && error.status === 404) refuse(`targets: ${file} is missing; upload the whole folder`);
      throw error;
    });
    // Without a secure context there is no hash; the bundle's own checksums remain, and nothing that was signed gets here.
    if (bytes.length === length && (!subtle || await sha256(bytes) === expected)) return bytes;
  }
  return refuse(root ? `targets: ${file} is damaged; upload the files of one publication` : `${file} is damaged`);
}

function parse(bytes) {
  const isFile = (it) => /^\w[\w.-]*$/.test(it.file) && /^[\da-f]{64}$/.test(it.sha256) && Number.isSafeInteger(it.bytes) && it.bytes > 0 && it.bytes <= MAX_BUNDLE;
  try {
    const manifest = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const { format, version, bundle, deltas } = manifest;
    if (format === 1 && Number.isSafeInteger(version) && version > 0 && isFile(bundle) && deltas.every(isFile)) return manifest;
  } catch { /* As any other nonsense. */ }
  return refuse('the manifest of knowledge is damaged');
}

// One record, so that bundle and version are never of two publications; under the address of what led to it.

/** What the device has kept; `undefined` where it has nothing, or where the browser keeps nothing. */
async function load(url) {
  try {
    // To open a cache is to make one.
    if (!await caches.has(CACHE)) return undefined;
    const record = await (await caches.open(CACHE)).match(url);
    const [version, hash, key] = ['version', 'sha256', 'key'].map((name) => record.headers.get(`x-${name}`));
    return { version: Number(version), sha256: hash, key, bytes: new Uint8Array(await record.arrayBuffer()) };
  } catch {
    return undefined;
  }
}

async function drop(url) {
  if (await caches.has(CACHE)) await (await caches.open(CACHE)).delete(url);
}

async function keep(url, { version, sha256: hash, key, bytes }) {
  try {
    await (await caches.open(CACHE)).put(url, new Response(bytes, { headers: { 'x-version': version, 'x-sha256': hash, 'x-key': key } }));
  } catch { /* No room, or a private window: it is fetched again next time. */ }
}

/** What makes a new bundle of an old one and a delta; a module of its own, because a first visit needs none. */
async function apply(base, old, delta) {
  const { default: init, apply: made } = await import(`${base}update.js`);
  await init({ module_or_path: `${base}update_bg.wasm` });
  return made(old, delta);
}

/**
 * @param {string} base folder of the static files
 * @param {string} [root] the root that the page pins; none: there is a manifest
 * @returns what takes the way to open a bundle and begins
 */
export function find(base, root) {
  const url = `${base}knowledge/${root ? 'timestamp' : 'manifest'}.json`;
  // What lies beside the bundle is kept apart from it: it comes later, or never.
  const place = (products) => `${base}knowledge/beside/${products ? 'products' : 'learned'}`;
  // Begun before the engine is there.
  const [kept, ...keptBeside] = [url, place(true), place(false)].map(load);
  const trust = root && import('./tuf.js').then(({ follow }) => follow(base, root));
  const begun = root ? trust.then(({ update }) => update()) : read(url, MAX_MANIFEST, 'no-cache');
  begun.catch(() => {});

  /**
   * @param {{ open: (bundle: Uint8Array) => void, named: (bundle: Uint8Array) => string, takeIn: (file: Uint8Array) => void }} engine
   * opens a bundle, tells of the files that it names beside it, takes one of them; what is wrong is thrown
   * @param {string} pinned the public keys that are trusted, separated by spaces; none: knowledge need not be signed
   * @param {(message: object) => void} post
   * @returns {{ check: (always: boolean) => void, beside: (products: boolean) => Promise<void> }} looks again, always or where the
   * last look is some time ago; brings what lies beside the bundle, products or what was learned, where it is not there
   */
  let keeps = true;
  // For when it may be kept.
  let answering;
  const lying = new Map();
  const follow = (engine, pinned, post, mayKeep) => {
    keeps = mayKeep;
    const keys = (pinned ?? '').split(/\s+/).filter(Boolean);
    /** What answers. */
    let now;
    const tell = (state, reason) => post({ type: 'knowledge', state, ...(now?.version && { version: now.version }), ...(reason && { reason }) });

    /** The manifest, and the key that signed it. */
    const signed = async (bytes) => {
      if (!keys.length) return [parse(bytes), ''];
      const { verify } = await import('./signature.js');
      // A publication may have come between the two files: then both once more.
      for (let again = false; ; again = true) {
        try {
          const found = again ? await read(url, MAX_MANIFEST, 'reload') : bytes;
          const signature = await read(`${url}.sig`, 1000, again ? 'reload' : 'no-cache');
          const key = await verify(found, new TextDecoder().decode(signature), keys);
          return [parse(found), key];
        } catch (error) {
          if (error.status === 404) refuse('knowledge is not signed');
          if (error.name === 'TypeError' || error.status) throw error; // The network.
          if (again) refuse(error.message);
        }
      }
    };

    /** What is the newest, by the manifest; nothing where there is none. */
    const manifest = async (first) => {
      let bytes;
      try {
        bytes = await (first ?? read(url, MAX_MANIFEST, 'no-cache'));
      } catch (error) {
        if (error.status !== 404 || now?.version) throw error;
        if (keys.length) refuse('knowledge is not signed');
        // A folder without a manifest: one bundle, fetched whole.
        if (!now) open({ bytes: await read(`${base}knowledge/shop.zgkb`, MAX_BUNDLE) });
        return undefined;
      }
      const [found, key] = await signed(bytes);
      const { version, bundle } = found;
      if (now && (version < now.version || (version === now.version && now.sha256 !== bundle.sha256))) refuse(`version ${version} is older than what is here`);
      return { ...found, key };
    };

    /** The same by a root: what was seen is remembered, also where something is refused. */
    const targets = async (first) => {
      const { update, save } = await trust;
      try {
        return { ...await (first ?? update()), key: root };
      } finally {
        if (keeps) await save();
      }
    };

    const look = async (first) => {
      const newest = await (root ? targets : manifest)(first);
      if (!newest) return;
      const { version, bundle, deltas, key, reason } = newest;
      const same = now?.sha256 === bundle.sha256;
      if (same && version === now.version) return;
      const old = await load(url);
      let found = same && old?.sha256 === bundle.sha256 ? old.bytes : undefined;
      const delta = subtle && deltas.find(({ from }) => from === old?.sha256);
      if (!found && delta) {
        try {
          found = await apply(base, old.bytes, await checked(base, delta, root));
          if (await sha256(found) !== bundle.sha256) found = undefined;
        } catch { /* The whole bundle is the same. */ }
      }
      found ??= await checked(base, bundle, root);
      if (same) now = { ...now, version, key };
      else {
        // Who has products goes on with products: the new ones come before the old ones go.
        const next = named(found).filter(({ products }) => here.has(products));
        open({ version, sha256: bundle.sha256, key, bytes: found }, await Promise.all(next.map((file) => bring(file, version))));
      }
      const record = { ...now, bytes: found };
      if (!keeps) answering = record;
      else if (await isNewest(record)) await keep(url, record);
      if (!same) tell('updated', reason);
    };

    /** Another tab may have been faster. */
    const isNewest = async ({ version, key }) => {
      if (root) return (await trust).save();
      const there = await load(url);
      return !(there?.key === key && there.version > version);
    };

    const open = ({ bytes, ...known }, beside = []) => {
      try {
        engine.open(bytes);
      } catch (error) {
        refuse(String(error));
      }
      now = known;
      here.clear();
      wanted = named(bytes);
      for (const file of beside) takeIn(wanted.find(({ sha256: hash }) => hash === file.sha256), file.bytes);
    };

    // What lies beside the bundle: a list of products waits for it, a first answer never. The bundle has its hash, so whoever
    // believes the bundle need believe nobody else, and files of two publications are no pair.

    /** What the bundle that answers names and has not got, and whether products are among what it has got. */
    let wanted = [];
    const here = new Set();
    const named = (bytes) => engine.named(bytes).split('\n').filter(Boolean).map((line) => {
      const [hash, length, products] = line.split(' ');
      return { sha256: hash, bytes: Number(length), products: products === '1' };
    });
    const takeIn = (which, bytes) => {
      try {
        engine.takeIn(bytes);
      } catch (error) {
        refuse(String(error));
      }
      wanted = wanted.filter((other) => other !== which);
      here.add(which.products);
    };
    /** What the device has kept, else the file, under the name that it has where it was published, or beside a bundle that was not. */
    const bring = async ({ sha256: hash, bytes: length, products }, version) => {
      const there = await load(place(products));
      if (there?.sha256 === hash && (!subtle || await sha256(there.bytes) === hash)) return there;
      const file = `${version ? hash.slice(0, 32) : 'shop'}.${products ? 'zgkc' : 'zgkl'}`;
      if (length > MAX_BUNDLE) refuse(`${file} is longer than ${MAX_BUNDLE} bytes`);
      const bytes = await checked(base, { file, bytes: length, sha256: hash }, root).catch((error) => {
        if (error.status === 404) refuse(`${file} is missing; upload it with the bundle`);
        throw error;
      });
      const record = { version: 0, sha256: hash, key: '', bytes };
      lying.set(place(products), record);
      if (keeps) await keep(place(products), record);
      return record;
    };
    const beside = (products) => {
      const which = wanted.find((file) => file.products === products);
      if (!which || Date.now() < which.silentUntil) return Promise.resolve();
      which.coming ??= bring(which, now.version).then(({ bytes }) => {
        // Another bundle may answer by now, with files of its own.
        if (wanted.includes(which)) takeIn(which, bytes);
      }).catch((error) => {
        // What is damaged is still damaged with the next wish; a network that was away may be back.
        if (!(error instanceof Refusal)) return;
        which.silentUntil = Date.now() + CHECK_MILLIS;
        tell('refused', error.message);
      }).finally(() => { which.coming = undefined; });
      return which.coming;
    };

    let checkedAt;
    let looking;
    const settle = (look) => {
      looking = look.catch((error) => {
        const refused = error instanceof Refusal;
        if (!now) post({ type: 'fatal', code: refused ? 'knowledge_unusable' : 'knowledge_unreachable', text: error.message });
        if (refused) tell('refused', error.message);
      }).finally(() => {
        looking = undefined;
        checkedAt = Date.now();
      });
    };

    settle(kept.then(async (record) => {
      // What another key has signed, or nobody, is nothing to this page.
      if (record && (root ? await (await trust).covers(record.key) : !keys.length || keys.includes(record.key))) {
        try {
          open(record);
          tell('kept');
          for (const there of await Promise.all(keptBeside)) {
            const which = wanted.find(({ sha256: hash }) => hash === there?.sha256);
            if (which) takeIn(which, there.bytes);
          }
        } catch {
          // Of another format, or damaged.
          for (const gone of now ? [place(true), place(false)] : [url]) await drop(gone).catch(() => {});
        }
      }
      return look(begun);
    }));
    const check = (always) => {
      if (!looking && (always || Date.now() - checkedAt > CHECK_MILLIS)) settle(look());
    };
    return { check, beside };
  };
  /** Whether anything may be kept on the device from here on. */
  follow.keep = (next) => {
    keeps = next;
    if (!keeps) {
      for (const gone of [drop(url), drop(place(true)), drop(place(false)), trust?.then(({ forget }) => forget())]) gone?.catch(() => {});
    } else if (answering) {
      keep(url, answering);
      for (const [at, record] of lying) keep(at, record);
      trust?.then(({ save }) => save());
    }
    answering = undefined;
  };
  return follow;
}
