// The cart lives in the browser: [{ variant, quantity, engraving }].
const KEY = 'hemuli.cart';
const listeners = new Set();

function read() {
  try {
    const lines = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(lines) ? lines.filter((line) => typeof line?.variant === 'string' && Number.isInteger(line.quantity) && line.quantity > 0) : [];
  } catch {
    return [];
  }
}

let lines = read();

function write(next) {
  lines = next;
  try { localStorage.setItem(KEY, JSON.stringify(lines)); } catch { /* kept for this page only */ }
  for (const listener of listeners) listener();
}

// Another tab of the shop changed it.
addEventListener('storage', (event) => {
  if (event.key !== KEY) return;
  lines = read();
  for (const listener of listeners) listener();
});

const same = (a, b) => a.variant === b.variant && (a.engraving ?? '') === (b.engraving ?? '');

export const cartLines = () => lines;
export const count = () => lines.reduce((sum, line) => sum + line.quantity, 0);
export function add(line) {
  const known = lines.find((other) => same(other, line));
  write(known ? lines.map((other) => (other === known ? { ...other, quantity: Math.min(99, other.quantity + line.quantity) } : other)) : [...lines, line]);
}
export const setQuantity = (line, quantity) => write(lines.map((other) => (same(other, line) ? { ...other, quantity } : other)));
export const remove = (line) => write(lines.filter((other) => !same(other, line)));
export const clear = () => write([]);
export const onChange = (listener) => listeners.add(listener);
