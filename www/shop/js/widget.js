// What the storefront tells the assistant. All optional: without the widget nothing happens.
let page;

export function setPage(next) {
  page = next;
  window.zhanggui?.setPage?.(page);
}

export function setLocale(tag) {
  window.zhanggui?.setLocale?.(tag);
}

// The widget's script is async: it may arrive after the first page was shown.
document.querySelector('script[data-zhanggui]')?.addEventListener('load', () => {
  window.zhanggui?.setLocale?.(document.documentElement.lang);
  if (page) window.zhanggui?.setPage?.(page);
});
