import { lang } from './i18n.js';

/** Cents as yuan: whole amounts without decimals. */
export function money(cents) {
  const yuan = cents / 100;
  return `¥${yuan.toLocaleString(lang(), { minimumFractionDigits: Number.isInteger(yuan) ? 0 : 2, maximumFractionDigits: 2 })}`;
}

export const number = (n) => n.toLocaleString(lang());

// The shop's own clock, whatever the shopper's: windows end at midnight there.
const ZONE = 'Asia/Shanghai';
export const dateTime = (at) => new Intl.DateTimeFormat(lang(), { timeZone: ZONE, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(at));
export const date = (at) => new Intl.DateTimeFormat(lang(), { timeZone: ZONE, month: 'short', day: 'numeric' }).format(new Date(at));
/** The last day of a window that ends at the following midnight. */
export const lastDay = (end) => date(new Date(end).getTime() - 1000);
