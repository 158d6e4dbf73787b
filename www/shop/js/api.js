// The back office. Every change carries an Idempotency-Key, so that a repeated click is one order.
import { lang, t } from './i18n.js';

export class ApiError extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(`/api/${path}`, { ...options, headers: { accept: 'application/json', ...options.headers } });
  } catch {
    throw new ApiError(t('offline'), 'offline');
  }
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const body = isJson ? await response.json() : null;
  if (!response.ok || !isJson) throw new ApiError(body?.message?.[lang()] ?? t('unavailable'), body?.code ?? 'unavailable');
  return body;
}

const key = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export const get = (path) => call(path);
export const post = (path, body = {}, idempotencyKey = key()) => call(path, { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey }, body: JSON.stringify(body) });
export const newKey = key;

export const account = () => /(?:^|; )hm-demo=(\d+)/.exec(document.cookie)?.[1] ?? '1';
export const setAccount = (id) => { document.cookie = `hm-demo=${id}; path=/; max-age=31536000; samesite=lax`; };
