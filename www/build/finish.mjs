// Minifies and compresses the static files and writes their manifest: `node finish.mjs FOLDER`.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { transformSync } from 'esbuild';
import { shorten } from './imports.mjs';

const folder = process.argv[2];

const walk = (at) => readdirSync(at, { withFileTypes: true }).flatMap((item) => {
  const path = join(at, item.name);
  return item.isDirectory() ? walk(path) : [path];
});

// Knowledge that was published (`zhanggui kb publish`) has a manifest of its own and changes without this one.
const published = ['manifest', 'timestamp'].some((name) => existsSync(join(folder, `knowledge/${name}.json`)));

/** What a file is for; `undefined` keeps it out of the manifest. */
function role(path) {
  if (path.endsWith('.br') || path.endsWith('.d.ts') || path === 'zhanggui.json') return undefined;
  if (path.startsWith('models/')) return path.endsWith('.zgem') ? 'embedding' : 'model';
  if (path.startsWith('knowledge/')) return published ? undefined : 'knowledge';
  if (path.startsWith('locales/')) return 'locale';
  if (/^(engine|inference|recommender|update|widget)(_bg\.wasm|\.js)$/.test(path)) return path.split(/[_.]/)[0];
  if (/\.html$/.test(path) || path === 'frame.js') return 'page';
  return 'loader';
}

/** The language a model or locale is for. */
function lang(path) {
  if (path.startsWith('models/')) return path.slice('models/'.length).split('.')[0];
  if (path.startsWith('locales/')) return path.split('/')[1];
  return undefined;
}

const files = [];
for (const path of walk(folder).sort()) {
  const name = relative(folder, path).split(sep).join('/');
  if (name.endsWith('.js')) {
    // As new as what runs WebAssembly with SIMD (Chrome 91, Firefox 89, Safari 16.4): older browsers get the help page's link.
    const options = { minify: true, target: 'es2021', legalComments: 'inline' };
    const [script, beside] = [readFileSync(path, 'utf8'), path.replace(/\.js$/, '_bg.wasm')];
    if (existsSync(beside)) {
      // Before its module: `engine.js` comes before `engine_bg.wasm` in the order of names.
      const { code, wasm } = shorten(script, readFileSync(beside), options);
      writeFileSync(path, code);
      writeFileSync(beside, wasm);
    } else writeFileSync(path, transformSync(script, options).code);
  }
  const bytes = readFileSync(path);
  const kind = role(name);
  if (kind) {
    files.push({ role: kind, path: name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), lang: lang(name) });
  }
  // A compressed copy would outlive the next publication.
  const changes = name === 'zhanggui.json' || /^knowledge\/(manifest|timestamp)\.json/.test(name);
  if (!name.endsWith('.br') && !changes) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  }
}
writeFileSync(join(folder, 'zhanggui.json'), `${JSON.stringify({ version: 1, files }, undefined, 1)}\n`);
