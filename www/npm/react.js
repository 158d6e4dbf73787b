// React: `<Zhanggui src="…" page={…} on={{ handoff: … }} />`, or the hook for pages that call the assistant themselves.
import { useEffect, useRef, useState } from 'react';
import { apply, use } from './index.js';

/** The assistant's API once it is there, `null` before. Options are read once. */
export function useZhanggui(options) {
  const [api, setApi] = useState(null);
  const first = useRef(options);
  useEffect(() => use(first.current, setApi), []);
  return api;
}

export function Zhanggui({ page, actions, products, customer, token, locale, theme, consented, on, ...options }) {
  const api = useZhanggui({ locale, theme, customer, ...options });
  const before = useRef({ locale, theme, customer });
  const listeners = useRef(on);
  listeners.current = on;
  useEffect(() => {
    if (!api) return;
    const now = { page, actions, products, customer, token, locale, theme, consented };
    apply(api, now, before.current);
    before.current = now;
  });
  useEffect(() => {
    const events = ['ready', 'open', 'close', 'unread', 'message', 'knowledge', 'handoff'];
    const ends = api ? events.map((event) => api.on(event, (detail) => listeners.current?.[event]?.(detail))) : [];
    return () => ends.forEach((end) => end());
  }, [api]);
  return null;
}
