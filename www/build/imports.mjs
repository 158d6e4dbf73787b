// Short names between WebAssembly and its glue. wasm-bindgen names what a module imports after its meaning and a hash, which a
// shopper would download twice, in the module and in the script; the hashes do not compress.
import { transformSync } from 'esbuild';

/** What wasm-bindgen names so: nothing of a page's, a shop's or the language's ends in such a hash. */
const IMPORT = /^__wb(?:g|indgen)_.*_[\da-f]{16}$/;
const SECTION_IMPORT = 2;

function* bytesOf(number) {
  for (let rest = number; ; rest >>>= 7) {
    yield rest > 0x7f ? (rest & 0x7f) | 0x80 : rest;
    if (rest <= 0x7f) return;
  }
}
const leb = (number) => Buffer.from([...bytesOf(number)]);

/** Reads a module's numbers and names, one after another. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      if (byte === undefined || shift > 28) throw new Error('the module is cut');
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  limits() {
    const flags = this.number();
    this.number();
    if (flags & 1) this.number();
  }

  /** The bytes of what is imported: a function, table, memory, global or tag. */
  described() {
    const start = this.at;
    const kind = this.number();
    if (kind === 0) this.number();
    else if (kind === 1) {
      this.number();
      this.limits();
    } else if (kind === 2) this.limits();
    else if (kind === 3 || kind === 4) {
      this.number();
      this.number();
    } else throw new Error(`an import of kind ${kind}`);
    return this.bytes.subarray(start, this.at);
  }
}

/** The module, its imports named as `names` says. */
function renamed(wasm, names) {
  const reader = new Reader(wasm, 8);
  const parts = [wasm.subarray(0, 8)];
  while (reader.at < wasm.length) {
    const start = reader.at;
    const id = reader.number();
    const end = reader.number() + reader.at;
    if (id !== SECTION_IMPORT) {
      parts.push(wasm.subarray(start, end));
      reader.at = end;
      continue;
    }
    const n = reader.number();
    const body = [leb(n)];
    for (let at = 0; at < n; at += 1) {
      const from = reader.take(reader.number());
      const name = reader.take(reader.number()).toString();
      const short = Buffer.from(names[name] || name);
      body.push(leb(from.length), from, leb(short.length), short, reader.described());
    }
    if (reader.at !== end) throw new Error('the imports end elsewhere');
    const section = Buffer.concat(body);
    parts.push(Buffer.from([SECTION_IMPORT]), leb(section.length), section);
  }
  return Buffer.concat(parts);
}

/**
 * @param {string} script the glue of a module
 * @param {Buffer} wasm the module
 * @param {object} options of esbuild
 * @returns {{ code: string, wasm: Buffer }} both, under short names
 */
export function shorten(script, wasm, options) {
  const { code, mangleCache } = transformSync(script, { ...options, mangleProps: IMPORT, mangleCache: {} });
  const short = renamed(wasm, mangleCache);
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(short)).map(({ name }) => name);
  // Both sides took part, or the module would not start on a shopper's device.
  if (imports.some((name) => IMPORT.test(name)) || /__wb(?:g|indgen)_\w+_[\da-f]{16}/.test(code)) throw new Error('a name is left that only one side knows');
  return { code, wasm: short };
}
