// Plain BM25 (Robertson and Zaragoza 2009, k1 1.2), the yardstick that needs no library: over single characters of
// Chinese (b 0.4) and over the trigrams of characters of English (b 0.75), which are the best terms for each.
const K1 = 1.2;

const terms = {
  zh: (text) => [...text.normalize('NFKC').toLowerCase()].filter((c) => /[\p{L}\p{N}]/u.test(c)),
  en: (text) => (text.toLowerCase().match(/[a-z0-9']+/g) ?? []).flatMap((word) => {
    const padded = `<${word}>`;
    return Array.from({ length: padded.length - 2 }, (_, at) => padded.slice(at, at + 3));
  }),
};

/** A function from a text to the scores of the forms that share a term with it, and how many terms the text has. */
export function bm25(forms, lang) {
  const b = lang === 'zh' ? 0.4 : 0.75;
  const postings = new Map();
  const lengths = forms.map((form, at) => {
    const cut = terms[lang](form);
    for (const term of cut) {
      if (!postings.has(term)) postings.set(term, new Map());
      postings.get(term).set(at, (postings.get(term).get(at) ?? 0) + 1);
    }
    return cut.length;
  });
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return (text) => {
    const scores = new Map();
    const cut = terms[lang](text);
    for (const term of cut) {
      const list = postings.get(term) ?? new Map();
      const idf = Math.log(1 + (forms.length - list.size + 0.5) / (list.size + 0.5));
      for (const [form, tf] of list) {
        const norm = K1 * (1 - b + (b * lengths[form]) / mean);
        scores.set(form, (scores.get(form) ?? 0) + (idf * tf * (K1 + 1)) / (tf + norm));
      }
    }
    return { scores, n: cut.length };
  };
}

/** Forms, best first, ties by position. */
export const ranked = (scores, k) => [...scores].sort((a, c) => c[1] - a[1] || a[0] - c[0]).slice(0, k).map(([form]) => form);
