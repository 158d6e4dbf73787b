// The language of the page: ?lang=, else what was chosen before, else Chinese.
import { MESSAGES } from './messages.js';

const KEY = 'hemuli.lang';
const LANGS = ['zh-CN', 'en'];

function stored() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}

function initial() {
  const asked = new URLSearchParams(location.search).get('lang');
  const found = [asked, stored()].map((tag) => LANGS.find((known) => tag && known.slice(0, 2) === tag.slice(0, 2).toLowerCase())).find(Boolean);
  return found ?? 'zh-CN';
}

let current = initial();
keep();

function keep() {
  document.documentElement.lang = current;
  // A page whose storage is blocked still switches; it only forgets.
  try { localStorage.setItem(KEY, current); } catch { /* private mode */ }
}

export const lang = () => current;
export const otherLang = () => LANGS.find((tag) => tag !== current);

export function setLang(tag) {
  current = tag;
  keep();
  const url = new URL(location.href);
  if (url.searchParams.has('lang')) {
    url.searchParams.set('lang', tag.slice(0, 2));
    history.replaceState(null, '', url);
  }
}

/** The text of a key, with `{name}` filled from `values`. */
export function t(key, values = {}) {
  const pair = MESSAGES[key];
  if (!pair) throw new Error(`no message ${key}`);
  return pair[LANGS.indexOf(current)].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** The text of `{ 'zh-CN', en }`. */
export const tx = (text) => text?.[current] ?? '';
