// Signatures of published knowledge, as `zhanggui kb sign` makes them: docs/formats.md, "Keys and signatures".
// Fetched by those pages only that pin a key, or a root.

const MASK = (1n << 64n) - 1n;

/** The whole part of the cube root, by Newton's method. */
function cubeRoot(n) {
  let root = 1n << BigInt(Math.ceil(n.toString(2).length / 3));
  for (;;) {
    const next = (2n * root + n / (root * root)) / 3n;
    if (next >= root) return root;
    root = next;
  }
}

// FIPS 180-4: the first 64 bits of the fractions of the cube roots of the first 80 primes.
let constants;
function roundConstants() {
  const primes = [];
  for (let n = 2; primes.length < 80; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
  return primes.map((prime) => cubeRoot(BigInt(prime) << 192n) & MASK);
}

// FIPS 180-4, 5.3.6.2.
const START = '22312194fc2bf72c9f555fa3c84c64c22393b86b6f53b151963877195940eabd96283ee2a88effe3be5e1e25538639922b0199fc2c85b8aa0eb72ddc81c52ca2';

/** SHA-512/256, which browsers lack. Manifests are short, so big integers are fast enough. */
export function sha512t256(message) {
  constants ??= roundConstants();
  const padded = new Uint8Array((message.length + 17 + 127) >> 7 << 7);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  const turn = (x, n) => x >> n | x << 64n - n & MASK;
  let state = START.match(/.{16}/g).map((word) => BigInt(`0x${word}`));
  for (let at = 0; at < padded.length; at += 128) {
    const words = Array.from({ length: 16 }, (_, n) => view.getBigUint64(at + 8 * n));
    for (let n = 16; n < 80; n += 1) {
      const [x, y] = [words[n - 15], words[n - 2]];
      const s0 = turn(x, 1n) ^ turn(x, 8n) ^ x >> 7n;
      const s1 = turn(y, 19n) ^ turn(y, 61n) ^ y >> 6n;
      words.push(words[n - 16] + s0 + words[n - 7] + s1 & MASK);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let n = 0; n < 80; n += 1) {
      const s1 = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n);
      const one = h + s1 + (e & f ^ ~e & MASK & g) + constants[n] + words[n];
      const s0 = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n);
      const two = s0 + (a & b ^ a & c ^ b & c);
      [a, b, c, d, e, f, g, h] = [one + two & MASK, a, b, c, d + one & MASK, e, f, g];
    }
    state = [a, b, c, d, e, f, g, h].map((word, n) => word + state[n] & MASK);
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.slice(0, 4).forEach((word, n) => digest.setBigUint64(8 * n, word));
  return new Uint8Array(digest.buffer);
}

const bytesOf = (code) => Uint8Array.from(atob(code.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));

/**
 * Which of the pinned keys has signed a manifest.
 * @throws {Error} none of them has; the message says why
 */
export async function verify(manifest, text, keys) {
  const { subtle } = globalThis.crypto;
  if (!subtle) throw new Error('signatures are verified on secure pages only (https)');
  const [, id, code] = /^zgsig-1 ([\da-f]{16}) ([\w-]{86})\r?\n?$/.exec(text) ?? [];
  if (!id) throw new Error('the signature of knowledge is damaged');
  const context = new TextEncoder().encode('zgsig-1 zhanggui manifest\n');
  const message = new Uint8Array(context.length + 8 + manifest.length);
  message.set(context);
  new DataView(message.buffer).setBigUint64(context.length, BigInt(manifest.length), true);
  message.set(manifest, context.length + 8);
  for (const key of keys) {
    const [, publicCode] = /^zgkey-public-1:([\w-]{43})$/.exec(key) ?? [];
    if (!publicCode) throw new Error('the pinned key is none; give the line of the file *.pub');
    const raw = bytesOf(publicCode);
    const digest = new Uint8Array(await subtle.digest('SHA-256', raw));
    if (Array.from(digest.slice(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('') !== id) continue;
    if (await ed25519(subtle, raw, bytesOf(code), sha512t256(message))) return key;
    throw new Error('the signature does not fit the manifest of knowledge');
  }
  throw new Error(`knowledge is signed with the key ${id}, which is not pinned`);
}

/** Whether a signature is a raw key's. */
export async function ed25519(subtle, raw, signature, digest) {
  let key;
  try {
    key = await subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
  } catch {
    // Chromium before 137, Firefox before 129, Safari before 17.
    const { verifyAsync } = await import('./ed25519.js');
    return verifyAsync(signature, digest, raw, { zip215: false });
  }
  return subtle.verify('Ed25519', key, signature, digest);
}
