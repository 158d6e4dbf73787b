// Figures of retrieval, the same for everybody that is measured.

export const round = (value, digits) => Math.round(value * 10 ** digits) / 10 ** digits;

const median = (values) => [...values].sort((a, b) => a - b)[(values.length - 1) >> 1];

/** `passes` over the queries, each timed on its own: the median of a query's times, and of these the percentiles. */
export function timed(queries, passes, run) {
  for (const query of queries.slice(0, 100)) run(query);
  const times = queries.map(() => []);
  for (let pass = 0; pass < passes; pass += 1) {
    queries.forEach((query, at) => {
      const started = performance.now();
      run(query);
      times[at].push(performance.now() - started);
    });
  }
  const sorted = times.map(median).sort((a, b) => a - b);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)], 3);
  return { n: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99) };
}

/** `found` gives the entries of a text, best first; `gold` of a query those that are right. */
export function recall(queries, found) {
  const ranks = queries.map(({ text, gold }) => found(text).findIndex((entry) => gold.includes(entry)));
  const within = (k) => round(ranks.filter((rank) => rank >= 0 && rank < k).length / ranks.length, 4);
  return { n: ranks.length, recall_at_1: within(1), recall_at_10: within(10) };
}

/** How often one of `inside` is above one of `outside`; equals count half. */
export function auroc(inside, outside) {
  const wins = inside.reduce((sum, one) => sum + outside.reduce((all, other) => all + (one > other ? 1 : one === other ? 0.5 : 0), 0), 0);
  return round(wins / (inside.length * outside.length), 4);
}

/** The first ten entries of forms, each once. */
export const entriesOf = (forms, entryOf) => [...new Set(forms.map((form) => entryOf[form]))].slice(0, 10);
