// What operators read, in their language. The words are in locales/*.json.

const LOCALES = ["zh-CN", "en"];
const KEY = "zhanggui.console.locale";

let strings = {};
let current = "en";

function preferred() {
  const kept = localStorage.getItem(KEY);
  if (LOCALES.includes(kept)) return kept;
  return navigator.languages.some((language) => language.toLowerCase().startsWith("zh")) ? "zh-CN" : "en";
}

export async function load(locale = preferred()) {
  const response = await fetch(`locales/${locale}.json`);
  strings = await response.json();
  current = locale;
  document.documentElement.lang = locale;
}

export async function other() {
  const next = current === "en" ? "zh-CN" : "en";
  localStorage.setItem(KEY, next);
  await load(next);
}

export const locale = () => current;

export const has = (key) => Object.hasOwn(strings, key);

/** The text of `key` with its variables filled in; the key itself where it is missing, so that a gap is seen. */
export function t(key, variables = {}) {
  const text = has(key) ? strings[key] : key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(variables[name] ?? ""));
}

/** How long, in the largest units that matter to somebody who waits. */
export function duration(millis) {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  if (seconds < 60) return t("seconds", { n: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("minutes", { n: minutes });
  return t("hours", { n: Math.floor(minutes / 60), m: minutes % 60 });
}

/** The hour and minute; the day too where it is not today. */
export function time(millis) {
  const date = new Date(millis);
  const options = { hour: "2-digit", minute: "2-digit" };
  if (date.toDateString() !== new Date().toDateString()) Object.assign(options, { month: "short", day: "numeric" });
  return new Intl.DateTimeFormat(current, options).format(date);
}
