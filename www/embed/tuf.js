// Which knowledge is the newest, for pages that pin a root: the client workflow of The Update Framework (specification 1.0.33,
// section 5). Fetched by those pages only. The files are described in docs/formats.md, "Knowledge with a root"; crates/zg-delivery
// is the same natively, and both give the verdicts of tests/data/delivery.json.

import { CACHE, Refusal, hex, read, sha256 } from './knowledge.js';
import { ed25519 } from './signature.js';

const LIMITS = { root: 64 << 10, timestamp: 16 << 10, targets: 256 << 10 };
const PATIENCE_MILLIS = 30_000;
const MAX_ROOTS = 1024;
const MAX_KEYS = 16;
const MAX_DELTAS = 32;
const MAX_BUNDLE = 64 << 20;
// Beyond this a clock is plainly wrong: no root outlives its end by so much.
const DOUBT_MILLIS = 10 * 365 * 86_400_000;

const refuse = (role, code, text) => { throw Object.assign(new Refusal(`${role}: ${text}`), { role, code }); };
const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const utf8 = (bytes) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
const isHash = (text) => typeof text === 'string' && /^[\da-f]{64}$/.test(text);
const isVersion = (number) => Number.isSafeInteger(number) && number > 0;

/** Standard or URL-safe letters, padded or not, as DSSE asks of who verifies; `undefined` for anything else. */
function decode(text) {
  if (typeof text !== 'string' || !/^[\w+/-]*={0,2}$/.test(text)) return undefined;
  const bare = text.replace(/=+$/, '').replace(/-/g, '+').replace(/_/g, '/');
  if ((bare.length !== text.length && text.length % 4) || bare.length % 4 === 1) return undefined;
  const bytes = bytesOf(bare);
  // Bits left over would make two texts of one payload.
  let again = '';
  for (const byte of bytes) again += String.fromCharCode(byte);
  return btoa(again).replace(/=+$/, '') === bare ? bytes : undefined;
}

function expiry(text, malformed) {
  const millis = typeof text === 'string' ? Date.parse(text) : NaN;
  if (!(millis >= 0) || new Date(millis).toISOString().replace('.000', '') !== text) malformed('expires is written as 2027-11-29T00:00:00Z');
  return millis;
}

/** An envelope of DSSE 1.0; nothing of it is believed yet. */
function open(role, file, bytes) {
  const malformed = (what) => refuse(role, 'malformed', `${file} is damaged (${what}); upload the file that the command line wrote`);
  let envelope;
  try {
    envelope = JSON.parse(utf8(bytes));
  } catch { /* As any other nonsense. */ }
  const { payload, payloadType, signatures } = envelope ?? {};
  const isText = (it) => typeof it === 'string';
  if (!isText(payload) || !isText(payloadType) || !Array.isArray(signatures)
    || !signatures.every((one) => one && isText(one.sig) && (one.keyid === undefined || isText(one.keyid)))) malformed('it is no envelope');
  if (payloadType !== `application/vnd.zhanggui.${role}+json`) malformed('its payloadType is of another role');
  if (signatures.length > 32) malformed('it has more than 32 signatures');
  const body = decode(payload) ?? malformed('its payload is no base64');
  // The pre-authentication encoding.
  const head = new TextEncoder().encode(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  return { role, file, body, signed, signatures, malformed };
}

/** Of a role's keys enough have signed; a key that signed twice is one. */
async function verified({ role, file, signed, signatures }, { keys, threshold }, by) {
  let valid = 0;
  for (const [id, raw] of keys) {
    for (const { keyid, sig } of signatures) {
      const signature = keyid === id ? decode(sig) : undefined;
      if (signature?.length === 64 && await ed25519(crypto.subtle, raw, signature, signed)) {
        valid += 1;
        break;
      }
    }
  }
  if (valid < threshold) refuse(role, 'signatures', `${file} has ${valid} valid signatures of keys of ${by}, ${threshold} are needed; sign it with keys of the role`);
}

/** A payload whose version and end have been looked at. */
function parse({ role, file, body, malformed }) {
  let found;
  try {
    found = JSON.parse(utf8(body));
  } catch { /* As any other nonsense. */ }
  if (!Number.isSafeInteger(found?.format)) malformed('it names no format');
  if (found.format !== 1) refuse(role, 'format', `${file} is of format ${found.format}, this reads 1; update zhanggui`);
  if (!isVersion(found.version)) malformed('a version is from 1 to 2^53 - 1');
  return { ...found, ends: expiry(found.expires, malformed) };
}

async function parseRoot(opened) {
  const { malformed } = opened;
  const found = parse(opened);
  const { keys, roles, version, expires, ends } = found;
  if (!Array.isArray(keys) || keys.length > 3 * MAX_KEYS) malformed('it has no keys, or more than 48');
  const known = new Map();
  for (const key of keys) {
    const [, code] = /^zgkey-public-1:([\w-]{43})$/.exec(key?.public) ?? [];
    const raw = code && decode(code);
    if (!raw || await sha256(raw) !== key.keyid) malformed('a key is none, or its id is not its own');
    if (known.has(key.keyid)) malformed('a key is listed twice');
    known.set(key.keyid, raw);
  }
  const root = { version, expires, ends };
  for (const role of ['root', 'timestamp', 'targets']) {
    const { keys: ids, threshold } = roles?.[role] ?? {};
    if (!Array.isArray(ids) || ids.length > MAX_KEYS || new Set(ids).size !== ids.length || !ids.every((id) => known.has(id))) malformed('a role lists a key twice, or one that is not there');
    if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > ids.length) malformed('a threshold is from 1 to the number of keys');
    root[role] = { keys: ids.map((id) => [id, known.get(id)]), threshold, ids: `${[...ids].sort()}` };
  }
  return root;
}

function parseTimestamp(opened) {
  const found = parse(opened);
  const { version, sha256: hash, bytes } = found.targets ?? {};
  if (!isVersion(version) || !isHash(hash) || !Number.isSafeInteger(bytes) || bytes < 1 || bytes > LIMITS.targets) opened.malformed('what it says of the targets is impossible');
  return { ...found, targets: { version, sha256: hash, bytes } };
}

function parseTargets(opened) {
  const found = parse(opened);
  const isFile = (it) => typeof it?.file === 'string' && /^\w[\w.-]{0,99}$/.test(it.file) && isHash(it.sha256) && Number.isSafeInteger(it.bytes) && it.bytes > 0 && it.bytes <= MAX_BUNDLE;
  const isWhole = ({ bundle, deltas }) => isFile(bundle) && Array.isArray(deltas) && deltas.length <= MAX_DELTAS && deltas.every((it) => isFile(it) && isHash(it.from));
  const { rollout } = found;
  if (!isWhole(found) || (rollout != null && !isWhole(rollout))) opened.malformed('what it says of a file is impossible');
  if (rollout != null && !(Number.isSafeInteger(rollout.percent) && rollout.percent >= 0 && rollout.percent <= 100)) opened.malformed('a rollout is from 0 to 100 percent');
  return found;
}

/** Of a hundred, where a device stands in the rollout of a bundle. */
export async function bucket(hash, device) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${hash}:${device}`));
  return new DataView(digest).getUint32(0) % 100;
}

const newest = ({ first, chain }) => first + chain.length - 1;
/** Whether the chain of a state has a root in it. */
const ledThrough = (state, { version, sha256: hash }) => state.chain[version - state.first] === hash;

function parsePin(text) {
  const [, version, code] = /^zgroot-1:([1-9]\d{0,15}):([\w-]{43})$/.exec(text.trim()) ?? [];
  const digest = code && decode(code);
  if (!digest || !isVersion(Number(version))) refuse('root', 'malformed', 'the pin is none; write what kb root init printed, zgroot-1:1:…');
  return { version: Number(version), sha256: hex(digest) };
}

/**
 * @param {string} base folder of the static files
 * @param {string} pinned the root that the page believes
 * @returns what looks for newer knowledge, and keeps what it has seen
 */
export function follow(base, pinned) {
  const folder = `${base}knowledge/`;
  const place = `${folder}root.json`;
  /** What is remembered; in a private window for as long as the page. */
  let state;
  let number;

  const stored = async () => {
    try {
      if (!await caches.has(CACHE)) return undefined;
      const found = await (await (await caches.open(CACHE)).match(place)).json();
      const { format, first, chain, timestamp, targets, device } = found;
      const isSeen = !timestamp || (isVersion(timestamp.version) && isVersion(timestamp.targets?.version));
      return format === 1 && isVersion(first) && Array.isArray(chain) && isSeen && (!targets || isVersion(targets)) && /^[\da-f]{32}$/.test(device) ? found : undefined;
    } catch {
      return undefined;
    }
  };

  const fetched = async (role, file, cache = 'no-cache') => {
    try {
      // Slow retrieval: a few kilobytes that take longer than this are held back on purpose, or as good as.
      return await read(folder + file, LIMITS[role], cache, AbortSignal.timeout?.(PATIENCE_MILLIS));
    } catch (error) {
      if (error instanceof Refusal) refuse(role, 'too_long', `${file} is longer than ${LIMITS[role]} bytes; upload the file that the command line wrote`);
      // Some stores say that one may not know what is not there.
      if (/^(403|404|410)$/.test(error.status)) return undefined;
      throw error;
    }
  };
  const needed = async (role, file, cache) => await fetched(role, file, cache) ?? refuse(role, 'missing', `${file} is missing; upload the whole folder`);

  /** The root of a state that is whole. */
  const restored = async (kept) => {
    try {
      const bytes = new TextEncoder().encode(kept.root);
      if (await sha256(bytes) !== kept.chain.at(-1)) return undefined;
      const root = await parseRoot(open('root', '', bytes));
      return root.version === newest(kept) ? root : undefined;
    } catch {
      return undefined;
    }
  };

  // A page that pins an older root than the last one did comes by the root that was trusted then, and by what was seen under it.
  const resume = (trust, before) => {
    if (before && newest(before) === newest(trust) && before.chain.at(-1) === trust.chain.at(-1)) {
      trust.timestamp = before.timestamp;
      trust.targets = before.targets;
    }
  };

  /** 5.2 */
  const begin = async (pin, before) => {
    if (before && ledThrough(before, pin)) {
      const root = await restored(before);
      if (root) return [{ ...before, chain: [...before.chain] }, root];
    }
    const file = `${pin.version}.root.json`;
    let bytes;
    // A cache of the browser's may hold another.
    for (const cache of ['default', 'reload']) {
      bytes = await needed('root', file, cache);
      if (await sha256(bytes) === pin.sha256) break;
      bytes = undefined;
    }
    if (!bytes) refuse('root', 'pin', `${file} is not the one that is pinned; pin the root of this folder, or upload the pinned one`);
    const opened = open('root', file, bytes);
    const root = await parseRoot(opened);
    if (root.version !== pin.version) refuse('root', 'version', `${file} is version ${root.version}, ${pin.version} is wanted here; upload the files of one publication`);
    await verified(opened, root.root, 'its own');
    number ??= hex(crypto.getRandomValues(new Uint8Array(16)));
    const trust = { format: 1, first: pin.version, chain: [pin.sha256], root: utf8(bytes), timestamp: null, targets: null, device: before?.device ?? number };
    resume(trust, before);
    return [trust, root];
  };

  /** 5.3 */
  const walk = async (trust, from, before) => {
    let root = from;
    for (let n = 0; n < MAX_ROOTS; n += 1) {
      const version = root.version + 1;
      const file = `${version}.root.json`;
      const bytes = await fetched('root', file);
      if (!bytes) break;
      const opened = open('root', file, bytes);
      await verified(opened, root.root, 'the root before');
      const next = await parseRoot(opened);
      await verified(opened, next.root, 'its own');
      if (next.version !== version) refuse('root', 'version', `${file} is version ${next.version}, ${version} is wanted here; upload the files of one publication`);
      // Who had the old keys may have signed any version, so none of them binds.
      if (['timestamp', 'targets'].some((role) => next[role].ids !== root[role].ids)) trust.timestamp = trust.targets = null;
      trust.chain.push(await sha256(bytes));
      trust.root = utf8(bytes);
      root = next;
      resume(trust, before);
    }
    return root;
  };

  const rollback = (role, found, seen) => {
    if (found < seen) refuse(role, 'rollback', `version ${found} is older than ${seen}, which was here before; publish under a higher version`);
  };

  /** Whether `a` has seen more than `b`. */
  const isAhead = (a, b) => newest(a) > newest(b) || (newest(a) === newest(b) && (a.timestamp?.version ?? 0) > (b.timestamp?.version ?? 0));
  const isOf = (it, pin) => it && ledThrough(it, pin);

  /**
   * What the newest targets say for this device.
   * @param {number} now milliseconds since 1970
   */
  const update = async (now = Date.now()) => {
    if (!globalThis.crypto?.subtle) refuse('root', 'unreachable', 'signatures are verified on secure pages only (https)');
    const pin = parsePin(pinned);
    const other = await stored();
    // Another tab may have seen more.
    if (!state || (isOf(other, pin) && isAhead(other, state))) state = other;
    const before = state;
    const [trust, pinnedRoot] = await begin(pin, before);
    // What holds after a refusal too.
    const settle = () => { state = { ...trust, chain: [...trust.chain] }; };
    let root;
    try {
      root = await walk(trust, pinnedRoot, before);
    } finally {
      settle();
    }
    const doubted = now - root.ends > DOUBT_MILLIS;
    const fresh = (role, { ends, expires }) => {
      if (!doubted && now >= ends) refuse(role, 'expired', `it has expired on ${expires}; sign a new one (a timestamp: zhanggui kb timestamp)`);
    };
    fresh('root', root);

    // 5.4
    let file = 'timestamp.json';
    let opened = open('timestamp', file, await needed('timestamp', file));
    await verified(opened, root.timestamp, 'the trusted root');
    const timestamp = parseTimestamp(opened);
    const { version, sha256: hash, bytes: length } = timestamp.targets;
    if (trust.timestamp) {
      const seen = trust.timestamp;
      rollback('timestamp', timestamp.version, seen.version);
      rollback('targets', version, seen.targets.version);
      if (timestamp.version === seen.version && (hash !== seen.targets.sha256 || length !== seen.targets.bytes || version !== seen.targets.version)) refuse('timestamp', 'mismatch', `${file} is not the file that was signed for; upload the files of one publication`);
    }
    rollback('targets', version, trust.targets ?? 0);
    fresh('timestamp', timestamp);
    trust.timestamp = { version: timestamp.version, targets: timestamp.targets };
    settle();

    // 5.6; 5.5 is folded into 5.4, as there is one file of targets.
    file = `${version}.targets.json`;
    let bytes;
    for (const cache of ['default', 'reload']) {
      bytes = await needed('targets', file, cache);
      if (bytes.length === length && await sha256(bytes) === hash) break;
      bytes = undefined;
    }
    if (!bytes) refuse('targets', 'mismatch', `${file} is not the file that was signed for; upload the files of one publication`);
    opened = open('targets', file, bytes);
    await verified(opened, root.targets, 'the trusted root');
    const targets = parseTargets(opened);
    if (targets.version !== version) refuse('targets', 'version', `${file} is version ${targets.version}, ${version} is wanted here; upload the files of one publication`);
    fresh('targets', targets);
    trust.targets = version;
    settle();

    const { rollout } = targets;
    const chosen = rollout != null && await bucket(rollout.bundle.sha256, trust.device) < rollout.percent;
    const { bundle, deltas } = chosen ? rollout : targets;
    return { version, bundle, deltas, rollout: chosen, ...(doubted && { reason: 'the clock of this device is plainly wrong, so that nothing can be said to have expired' }) };
  };

  /** Keeps what was seen; whether another tab had not seen more. */
  const save = async () => {
    if (!state) return true;
    const put = async () => {
      const there = await stored();
      if (there && isOf(there, parsePin(pinned)) && isAhead(there, state)) return false;
      await (await caches.open(CACHE)).put(place, new Response(JSON.stringify(state)));
      return true;
    };
    try {
      return await (navigator.locks ? navigator.locks.request('zg-knowledge', put) : put());
    } catch {
      return true; // No room, or a private window.
    }
  };

  /** Whether what was kept under `other`, a pin, is under ours. */
  const covers = async (other) => {
    if (other === pinned) return true;
    try {
      const kept = state ?? await stored();
      return [other, pinned].every((pin) => ledThrough(kept, parsePin(pin)));
    } catch {
      return false;
    }
  };

  const forget = async () => {
    if (await caches.has(CACHE)) await (await caches.open(CACHE)).delete(place);
  };

  return { update, save, covers, forget };
}
