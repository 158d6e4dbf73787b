// Attacks on knowledge that is delivered with a root, as data: `node tests/delivery/make.mjs` writes tests/data/delivery.json.
// Each case is a device's looks at a folder, one after another, and what it has to say of each; crates/zg-cli/tests/it/delivery.rs
// lets the command line judge them, tests/browser/delivery.test.mjs the browser. Nothing here is random: the keys are made of names.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

const keys = new Map();
/** A pair of keys by its name. */
function key(name) {
  if (!keys.has(name)) {
    const seed = createHash('sha256').update(`zhanggui test key ${name}`).digest();
    const secret = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' });
    const raw = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
    keys.set(name, { secret, id: hash(raw), public: `zgkey-public-1:${raw.toString('base64url')}` });
  }
  return keys.get(name);
}

const type = (role) => `application/vnd.zhanggui.${role}+json`;
/** An envelope; `signed` is the type that is signed, where it is not the one that is written. */
function envelope(role, payload, signers, { payloadType = type(role), signed = payloadType, spoil = (it) => it } = {}) {
  const body = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  const encoded = Buffer.concat([Buffer.from(`DSSEv1 ${signed.length} ${signed} ${body.length} `), body]);
  const signatures = signers.map((name) => ({ keyid: key(name).id, sig: sign(null, encoded, key(name).secret).toString('base64') }));
  return JSON.stringify(spoil({ payloadType, payload: body.toString('base64'), signatures }));
}

const START = '2026-12-01T00:00:00Z';
const A_YEAR = '2027-12-01T00:00:00Z';
const A_WEEK = '2026-12-08T00:00:00Z';

function rootPayload({ version = 1, root = ['r1'], rootThreshold = 1, timestamp = ['s1'], timestampThreshold = 1, targets = ['t1'], targetsThreshold = 1, expires = A_YEAR, ...more } = {}) {
  const all = [...new Set([...root, ...timestamp, ...targets])];
  const role = (names, threshold) => ({ keys: names.map((name) => key(name).id), threshold });
  return {
    format: 1, version, expires, keys: all.map((name) => ({ keyid: key(name).id, public: key(name).public })),
    roles: { root: role(root, rootThreshold), timestamp: role(timestamp, timestampThreshold), targets: role(targets, targetsThreshold) }, ...more,
  };
}
const root = ({ sign: signers = ['r1'], how, ...given } = {}) => envelope('root', rootPayload(given), signers, how);

const bundles = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, readFileSync(here(`../data/delivery/${name}.zgkb`))]));
const file = (name) => ({ file: `${name}.zgkb`, sha256: hash(bundles[name]), bytes: bundles[name].length });
const targets = ({ version = 1, bundle = 'a', expires = A_YEAR, sign: signers = ['t1'], rollout, how, ...more } = {}) => envelope('targets', {
  format: 1, version, expires, bundle: file(bundle), deltas: [],
  ...(rollout && { rollout: { percent: rollout[0], bundle: file(rollout[1]), deltas: [] } }), ...more,
}, signers, how);
const timestamp = (names, { version = 1, of = version, expires = A_WEEK, sign: signers = ['s1'], how, ...more } = {}) => envelope('timestamp', {
  format: 1, version, expires, targets: { version: of, sha256: hash(names), bytes: Buffer.byteLength(names) }, ...more,
}, signers, how);

/** A folder of one publication. */
function folder({ version = 1, bundle, rollout, targets: ofTargets = {}, timestamp: ofTimestamp = {}, roots = [root()] } = {}) {
  const named = targets({ version, bundle, rollout, ...ofTargets });
  return {
    ...Object.fromEntries(roots.map((one, at) => [`${at + 1}.root.json`, one])),
    [`${version}.targets.json`]: named,
    'timestamp.json': timestamp(named, { version, ...ofTimestamp }),
    'a.zgkb': bundles.a, 'b.zgkb': bundles.b, 'c.zgkb': bundles.c,
  };
}

const pin = (text, version = 1) => `zgroot-1:${version}:${createHash('sha256').update(text).digest('base64url')}`;
const ok = (bundle = 'a', more = {}) => ({ ok: true, bundle: `${bundle}.zgkb`, ...more });
const no = (role, code) => ({ ok: false, role, ...(code && { code }) });

const cases = [];
const DEVICE = '000102030405060708090a0b0c0d0e0f';
/** One device's looks: `[files, expected, { at, pin, unreachable }]`. */
function it(name, ...looks) {
  const first = looks[0][0]['1.root.json'];
  cases.push({ name, device: DEVICE, looks: looks.map(([files, expect, more = {}]) => ({ at: START, pin: first && pin(first), unreachable: [], ...more, files, expect })) });
  return cases.at(-1);
}

const first = folder();
const second = folder({ version: 2, bundle: 'b' });
const third = folder({ version: 3, bundle: 'c' });
const without = (files, ...names) => Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));

it('what is published is taken, again and anew', [first, ok('a', { targets: 1 })], [first, ok('a')], [second, ok('b', { targets: 2, timestamp: 2 })]);
it('a refreshed timestamp of the same targets', [first, ok()], [{ ...first, 'timestamp.json': timestamp(first['1.targets.json'], { version: 5, of: 1 }) }, ok('a', { timestamp: 5 })]);
it('fields that this version does not know', [folder({ roots: [root({ later: [1] })], targets: { later: 'x' }, timestamp: { later: {} } }), ok()]);

// Arbitrary installation.
it('targets that a stranger has signed', [first, ok()], [folder({ version: 2, bundle: 'b', targets: { sign: ['x'] } }), no('targets', 'signatures')]);
it('a timestamp that a stranger has signed', [first, ok()], [folder({ version: 2, bundle: 'b', timestamp: { sign: ['x'] } }), no('timestamp', 'signatures')]);
it('metadata that nobody has signed', [first, ok()], [folder({ version: 2, bundle: 'b', timestamp: { sign: [] } }), no('timestamp', 'signatures')]);
it('a root that a stranger has signed', [first, ok()], [{ ...first, '2.root.json': root({ version: 2, root: ['x'], timestamp: ['x'], targets: ['x'], sign: ['x'] }) }, no('root', 'signatures')]);
it('another root than the pinned one', [{ ...first, '1.root.json': root({ root: ['x'], sign: ['x'] }) }, no('root', 'pin'), { pin: pin(first['1.root.json']) }]);
it('no root', [without(first, '1.root.json'), no('root', 'missing'), { pin: pin(first['1.root.json']) }]);
it('a pinned root that its own keys have not signed', [folder({ roots: [root({ sign: ['x'] })] }), no('root', 'signatures')]);
it('a pinned root of another version', [folder({ roots: [root({ version: 2 })] }), no('root', 'version')]);

// Rollback.
it('an older timestamp', [second, ok('b')], [first, no('timestamp', 'rollback')], [second, ok('b')]);
it('older targets under a newer timestamp', [second, ok('b')], [{ ...first, 'timestamp.json': timestamp(first['1.targets.json'], { version: 3, of: 1 }) }, no('targets', 'rollback')]);
it('an older root in place of the next', [first, ok()], [{ ...first, '2.root.json': first['1.root.json'] }, no('root', 'version')]);
it('the same version of a timestamp with other targets', [first, ok()], [{ ...first, 'timestamp.json': timestamp(second['2.targets.json'], { version: 1, of: 2 }), '2.targets.json': second['2.targets.json'] }, no('timestamp', 'mismatch')]);
it('a refusal does not make the older one good', [third, ok('c')], [second, no('timestamp', 'rollback')], [first, no('timestamp', 'rollback')]);

// Freeze.
const late = { at: '2026-12-09T00:00:00Z' };
it('an expired timestamp', [first, ok()], [first, no('timestamp', 'expired'), late]);
it('an expired timestamp, at the first look', [first, no('timestamp', 'expired'), late]);
it('a timestamp at the second of its end', [first, no('timestamp', 'expired'), { at: A_WEEK }]);
it('expired targets', [folder({ targets: { expires: A_WEEK }, timestamp: { expires: A_YEAR } }), no('targets', 'expired'), late]);
it('an expired root', [folder({ roots: [root({ expires: A_WEEK })], timestamp: { expires: A_YEAR } }), no('root', 'expired'), late]);
it('an expired root that leads to one that is not', [folder({ roots: [root({ expires: A_WEEK }), root({ version: 2 })], timestamp: { expires: A_YEAR } }), ok('a', { root: 2 }), late]);
it('a clock of 1970', [first, ok(), { at: '1970-01-01T00:00:01Z' }]);
it('a clock of 2099 says nothing of what has expired', [first, ok('a', { clock_doubted: true }), { at: '2099-01-01T00:00:00Z' }]);
it('a clock of 2099 takes nothing that is not signed', [folder({ timestamp: { sign: ['x'] } }), no('timestamp', 'signatures'), { at: '2099-01-01T00:00:00Z' }]);
it('a clock of 2036 is not plainly wrong', [first, no('root', 'expired'), { at: '2036-01-01T00:00:00Z' }]);

// Fast-forward, and the way out.
const FAR = Number.MAX_SAFE_INTEGER;
const forward = { ...first, 'timestamp.json': timestamp(first['1.targets.json'], { version: FAR, of: 1 }) };
const newStamp = root({ version: 2, timestamp: ['s2'] });
it('a fast-forward of the timestamp, and recovery by another key', [first, ok()], [forward, ok('a', { timestamp: FAR })], [second, no('timestamp', 'rollback')],
  [{ ...second, '2.root.json': newStamp, 'timestamp.json': timestamp(second['2.targets.json'], { version: 2, sign: ['s2'] }) }, ok('b', { root: 2, timestamp: 2 })],
  [{ ...second, '2.root.json': newStamp }, no('timestamp', 'signatures')]);
const farTargets = targets({ version: FAR, bundle: 'c' });
it('a fast-forward of the targets, and recovery by another key', [first, ok()],
  [{ ...first, [`${FAR}.targets.json`]: farTargets, 'timestamp.json': timestamp(farTargets, { version: 2, of: FAR }) }, ok('c', { targets: FAR })],
  [folder({ version: 3, bundle: 'b' }), no('targets', 'rollback')],
  [folder({ version: 3, bundle: 'b', roots: [root(), root({ version: 2, targets: ['t2'] })], targets: { sign: ['t2'] } }), ok('b', { targets: 3 })]);
it('a new root with the same keys forgets nothing', [first, ok()], [forward, ok()], [{ ...second, '2.root.json': root({ version: 2, expires: '2028-12-01T00:00:00Z' }) }, no('timestamp', 'rollback')]);
it('versions of new keys bind as those of the old did', [first, ok()],
  [folder({ version: 4, bundle: 'b', roots: [root(), newStamp], timestamp: { sign: ['s2'] } }), ok('b')],
  [folder({ version: 3, bundle: 'c', roots: [root(), newStamp], timestamp: { sign: ['s2'] } }), no('timestamp', 'rollback')]);

// Mix-and-match.
const otherSecond = targets({ version: 2, bundle: 'c' });
it('targets of another publication, rightly signed', [first, ok()], [{ ...second, '2.targets.json': otherSecond }, no('targets', 'mismatch')]);
it('targets of another version under the name', [first, ok()], [{ ...second, '2.targets.json': first['1.targets.json'], 'timestamp.json': timestamp(first['1.targets.json'], { version: 2 }) }, no('targets', 'version')]);
it('targets that are missing', [first, ok()], [without(second, '2.targets.json'), no('targets', 'missing')], [second, ok('b')]);
it('no timestamp', [first, ok()], [without(second, 'timestamp.json'), no('timestamp', 'missing')]);
it('a bundle that is missing, cut, longer or changed', ...[undefined, bundles.b.subarray(0, 100), Buffer.concat([bundles.b, Buffer.from([0])]), Buffer.from(bundles.b.map((byte, at) => (at === 120 ? byte ^ 1 : byte)))].flatMap((bad) => [
  [bad ? { ...second, 'b.zgkb': bad } : without(second, 'b.zgkb'), { ...no('targets', bad ? 'mismatch' : 'missing'), bundle: 'b.zgkb' }]]));

// Endless data.
const ENDLESS = { fill: ' ', bytes: 2_000_000 };
for (const [role, name] of [['root', '2.root.json'], ['timestamp', 'timestamp.json'], ['targets', '2.targets.json']]) {
  it(`an endless ${name}`, [first, ok()], [{ ...second, [name]: ENDLESS }, no(role, 'too_long')]);
}

// Cuts and flips, of what is new, in every file.
const rotated = { ...second, '2.root.json': newStamp, 'timestamp.json': timestamp(second['2.targets.json'], { version: 2, sign: ['s2'] }) };
for (const [role, name] of [['root', '2.root.json'], ['timestamp', 'timestamp.json'], ['targets', '2.targets.json']]) {
  const whole = Buffer.from(rotated[name]);
  const spoilt = Array.from({ length: 6 }, (_, n) => Math.floor((whole.length * (n + 0.5)) / 6)).flatMap((at) => [
    whole.subarray(0, at), Buffer.from(whole.map((byte, n) => (n === at ? byte ^ (1 << (at % 7)) : byte)))]);
  it(`cuts and flips in ${name}`, [first, ok()], ...spoilt.map((bad) => [{ ...rotated, [name]: bad }, no(role)]), [rotated, ok('b')]);
}

// Signatures.
const pair = (role) => ({ [role]: [`${role}1`, `${role}2`, `${role}3`], [`${role}Threshold`]: 2 });
const twoOf = (role) => root(pair(role));
const double = { how: { spoil: (it) => ({ ...it, signatures: [...it.signatures, ...it.signatures] }) } };
for (const role of ['timestamp', 'targets']) {
  const by = (...names) => ({ [role]: { sign: names.map((n) => `${role}${n}`) }, roots: [twoOf(role)] });
  it(`two of three for ${role}`, [folder(by(1)), no(role, 'signatures')], [folder({ ...by(1, 3), version: 2 }), ok()], [folder({ ...by(2, 3), version: 3, bundle: 'b' }), ok('b')], [folder({ ...by(3), version: 4 }), no(role, 'signatures')]);
  it(`one signature of ${role} twice`, [folder({ [role]: { sign: [`${role}1`], ...double }, roots: [twoOf(role)] }), no(role, 'signatures')]);
  it(`a stranger beside a key of ${role}`, [folder({ [role]: { sign: [`${role}1`, 'x'] }, roots: [twoOf(role)] }), no(role, 'signatures')]);
}
const three = { root: ['r1', 'r2', 'r3'], rootThreshold: 2 };
const next = (signers, more = {}) => folder({ roots: [root({ ...three, sign: ['r1', 'r2'] }), root({ version: 2, ...three, ...more, sign: signers })] });
it('two of three for root', [next(['r1', 'r3']), ok('a', { root: 2 })]);
it('one of three for root', [next(['r3']), no('root', 'signatures')]);
it('one root key twice', [folder({ roots: [root({ ...three, sign: ['r1', 'r2'] }), root({ version: 2, ...three, sign: ['r1'], ...double })] }), no('root', 'signatures')]);
it('one name, two signatures of it and of another key', [folder({ roots: [twoOf('targets')], targets: { sign: ['targets1', 'targets2'], how: { spoil: (it) => ({ ...it, signatures: it.signatures.map((one) => ({ ...one, keyid: it.signatures[0].keyid })) }) } } }), no('targets', 'signatures')]);
it('a signature of a key of another role', [folder({ timestamp: { sign: ['t1', 'r1'] } }), no('timestamp', 'signatures')], [folder({ targets: { sign: ['s1', 'r1'] } }), no('targets', 'signatures')]);
it('targets in place of a timestamp', [{ ...first, 'timestamp.json': first['1.targets.json'] }, no('timestamp', 'malformed')]);
it('a payload type that is not the signed one', [folder({ timestamp: { how: { signed: type('targets') } } }), no('timestamp', 'signatures')]);
it('a payload type of nobody', [folder({ timestamp: { how: { payloadType: 'application/json' } } }), no('timestamp', 'malformed')]);
it('URL-safe letters without padding', [folder({ timestamp: { how: { spoil: (it) => JSON.parse(JSON.stringify(it).replace(/"(payload|sig)":"([^"]+)"/g, (_, name, text) => `"${name}":"${text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}"`)) } } }), ok()]);
it('a signature without the name of its key', [folder({ timestamp: { how: { spoil: (it) => ({ ...it, signatures: it.signatures.map(({ sig }) => ({ sig })) }) } } }), no('timestamp', 'signatures')]);

// The chain of roots.
const newRoot = { root: ['r9'] };
it('a new root key, signed by both', [folder({ roots: [root(), root({ version: 2, ...newRoot, sign: ['r1', 'r9'] })] }), ok('a', { root: 2 })]);
it('a new root key, signed by the new one alone', [folder({ roots: [root(), root({ version: 2, ...newRoot, sign: ['r9'] })] }), no('root', 'signatures')]);
it('a new root key, signed by the old one alone', [folder({ roots: [root(), root({ version: 2, ...newRoot, sign: ['r1'] })] }), no('root', 'signatures')]);
const chain = [root(), root({ version: 2, ...newRoot, timestamp: ['s2'], sign: ['r1', 'r9'] }), root({ version: 3, root: ['r10'], timestamp: ['s3'], targets: ['t3'], sign: ['r9', 'r10'] })];
const atThree = (version, more = {}) => folder({ version, roots: chain, timestamp: { sign: ['s3'] }, targets: { sign: ['t3'] }, ...more });
it('a chain of three', [atThree(1), ok('a', { root: 3 })], [folder({ version: 2 }), no('timestamp', 'signatures')]);
it('a chain with a gap', [without(atThree(1), '2.root.json'), no('timestamp', 'signatures')]);
it('a chain that skips a version', [{ ...atThree(1), '2.root.json': root({ version: 3, ...newRoot, timestamp: ['s2'], sign: ['r1', 'r9'] }) }, no('root', 'version')]);
it('a key that was taken out signs the next root', [atThree(1), ok()], [{ ...atThree(1), '4.root.json': root({ version: 4, sign: ['r1', 'r9'] }) }, no('root', 'signatures')]);
it('roots that were seen are not needed again', [atThree(1), ok()], [without(atThree(2, { bundle: 'b' }), '1.root.json', '2.root.json', '3.root.json'), ok('b', { root: 3 })]);
it('a page that pins a later root of the chain', [atThree(3, { bundle: 'c' }), ok('c')], [atThree(2), no('timestamp', 'rollback'), { pin: pin(chain[2], 3) }], [atThree(4), ok('a'), { pin: pin(chain[1], 2) }]);
it('a page that pins an earlier root than the last one did', [atThree(3, { bundle: 'c' }), ok('c'), { pin: pin(chain[2], 3) }], [atThree(2), no('timestamp', 'rollback'), { pin: pin(chain[0]) }], [atThree(4), ok('a'), { pin: pin(chain[0]) }]);
const foreign = root({ root: ['f1'], timestamp: ['f2'], targets: ['f3'], sign: ['f1'] });
it('a page that pins a root of another chain', [third, ok('c')], [folder({ roots: [foreign], timestamp: { sign: ['f2'] }, targets: { sign: ['f3'] } }), ok('a'), { pin: pin(foreign) }]);

// Numbers, lengths and counts.
const roles = (change) => folder({ roots: [envelope('root', change(rootPayload()), ['r1'])] });
it('a key that is listed twice', [roles((it) => ({ ...it, keys: [...it.keys, it.keys[0]] })), no('root', 'malformed')]);
it('a role that lists a key twice', [roles((it) => ({ ...it, roles: { ...it.roles, targets: { keys: [key('t1').id, key('t1').id], threshold: 2 } } })), no('root', 'malformed')]);
it('a key under the id of another', [roles((it) => ({ ...it, keys: it.keys.map((one) => ({ ...one, keyid: it.keys[0].keyid })) })), no('root', 'malformed')]);
it('a threshold of nothing', [roles((it) => ({ ...it, roles: { ...it.roles, targets: { ...it.roles.targets, threshold: 0 } } })), no('root', 'malformed')]);
it('a threshold that nobody can reach', [folder({ roots: [root({ targetsThreshold: 2 })] }), no('root', 'malformed')]);
it('seventeen keys of one role', [folder({ roots: [root({ targets: Array.from({ length: 17 }, (_, n) => `t${n + 1}`) })] }), no('root', 'malformed')]);
it('thirty-three signatures', [folder({ timestamp: { how: { spoil: (it) => ({ ...it, signatures: Array(33).fill(it.signatures[0]) }) } } }), no('timestamp', 'malformed')]);
it('format 2 of a root', [folder({ roots: [root({ format: 2 })] }), no('root', 'format')]);
it('format 2 of a timestamp', [folder({ timestamp: { format: 2 } }), no('timestamp', 'format')]);
it('format 2 of targets', [folder({ targets: { format: 2 } }), no('targets', 'format')]);
for (const version of [0, -1, 1.5, FAR + 1, '1', null]) it(`version ${JSON.stringify(version)}`, [folder({ timestamp: { of: 1, version } }), no('timestamp', 'malformed')]);
for (const expires of ['2027-12-01', '2027-12-01T00:00:00+00:00', '2027-02-30T00:00:00Z', '2027-12-01T24:00:00Z', '2027-12-01T00:00:00.5Z', '', 1]) it(`expires ${JSON.stringify(expires)}`, [folder({ timestamp: { expires } }), no('timestamp', 'malformed')]);
for (const [what, bad] of Object.entries({ folder: { file: '../a.zgkb' }, hidden: { file: '.a' }, empty: { file: '' }, hash: { sha256: 'x' }, capitals: { sha256: hash(bundles.a).toUpperCase() }, nothing: { bytes: 0 }, huge: { bytes: (64 << 20) + 1 } })) {
  it(`a bundle of ${what}`, [folder({ targets: { bundle: 'a', deltas: [{ ...file('a'), from: hash('x'), ...bad }] } }), no('targets', 'malformed')]);
}
it('thirty-three deltas', [folder({ targets: { deltas: Array(33).fill({ ...file('a'), from: hash('x') }) } }), no('targets', 'malformed')]);
it('targets of no length', [{ ...first, 'timestamp.json': timestamp(first['1.targets.json'], { targets: { version: 1, sha256: hash('x'), bytes: 0 } }) }, no('timestamp', 'malformed')]);
it('what is no JSON', ...['', '{}', '[]', 'null', '{"payload":1}', '<!doctype html>', '\ufeff{}'].map((text) => [{ ...first, 'timestamp.json': text }, no('timestamp', 'malformed')]));
it('a payload that is no JSON', ...['', 'x', '[]', 'null', '{"format":"1"}'].map((text) => [{ ...first, 'timestamp.json': envelope('timestamp', text, ['s1']) }, no('timestamp', 'malformed')]));

// Rollouts. The buckets of these devices for the bundle b are worked out here, so that both clients have to agree with a third.
const bucket = (device) => createHash('sha256').update(`${hash(bundles.b)}:${device}`).digest().readUInt32BE(0) % 100;
const devices = Array.from({ length: 4000 }, (_, n) => createHash('sha256').update(`device ${n}`).digest('hex').slice(0, 32));
for (const wanted of [0, 1, 49, 50, 99]) {
  const device = devices.find((one) => bucket(one) === wanted);
  it(`rollouts on the device of bucket ${wanted}`, ...[0, 1, 50, 100].map((percent, n) => [
    folder({ version: n + 1, rollout: [percent, 'b'] }), ok(wanted < percent ? 'b' : 'a', { in_rollout: wanted < percent })])).device = device;
}
it('a rollout that is taken back', [folder({ rollout: [100, 'b'] }), ok('b')], [folder({ version: 2 }), ok('a')]);
it('a rollout of 101 percent', [folder({ rollout: [101, 'b'] }), no('targets', 'malformed')]);

// The network cuts in the midst.
for (const name of ['2.root.json', 'timestamp.json', '2.targets.json']) {
  it(`the network cuts before ${name}`, [first, ok()], [rotated, { ok: false, code: 'unreachable' }, { unreachable: [name] }], [rotated, ok('b')]);
}
it('what was seen before the network cut binds', [first, ok()], [third, { ok: false, code: 'unreachable' }, { unreachable: ['3.targets.json'] }], [second, no('timestamp', 'rollback')], [third, ok('c')]);

/** The cases, with every text once. */
export function made() {
  const blobs = {};
  const put = (content) => {
    if (typeof content.fill === 'string') return content;
    const bytes = Buffer.from(content);
    const id = hash(bytes).slice(0, 12);
    const text = bytes.toString();
    blobs[id] = Buffer.from(text).equals(bytes) ? { text } : { base64: bytes.toString('base64') };
    return id;
  };
  const written = cases.map(({ name, device, looks }) => ({
    name, device, looks: looks.map((look) => ({ ...look, files: Object.fromEntries(Object.entries(look.files).map(([path, content]) => [path, put(content)])) })),
  }));
  const lines = (list) => list.map((one) => ` ${JSON.stringify(one)}`).join(',\n');
  return `{"blobs":{\n${Object.entries(blobs).map(([id, blob]) => ` "${id}":${JSON.stringify(blob)}`).join(',\n')}\n},"cases":[\n${lines(written)}\n]}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(here('../data/delivery.json'), made());
