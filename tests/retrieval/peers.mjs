// The search engines that zhanggui is measured against, behind one face. Runs in a worker of the browser.
import MiniSearch from './minisearch.js';
import { Charset, Index } from './flexsearch.js';

const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });
const words = (text) => [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);

/** MiniSearch with its defaults; for Chinese with the browser's own segmenter, without which it finds next to nothing. */
const miniSearch = (lang) => {
  const options = { fields: ['text'], ...(lang === 'zh' && { tokenize: words }) };
  const face = (index) => ({
    search: (text, k, fuzzy) => index.search(text, fuzzy ? { fuzzy: 0.2 } : {}).slice(0, k).map(({ id }) => id),
    serialize: () => JSON.stringify(index),
  });
  return {
    build(texts) {
      const index = new MiniSearch(options);
      index.addAll(texts.map((text, id) => ({ id, text })));
      return face(index);
    },
    load: (serialized) => face(MiniSearch.loadJSON(serialized, options)),
  };
};

/** FlexSearch with the character set that its documentation names for the language, and partial matches. */
const flexSearch = (lang) => {
  const fresh = () => new Index({ encoder: lang === 'zh' ? Charset.CJK : Charset.LatinBalance });
  const face = (index) => ({
    search: (text, k) => index.search(text, { limit: k, suggest: true }),
    serialize() {
      const parts = {};
      index.export((name, part) => { parts[name] = part; });
      return JSON.stringify(parts);
    },
  });
  return {
    build(texts) {
      const index = fresh();
      texts.forEach((text, id) => index.add(id, text));
      return face(index);
    },
    load(serialized) {
      const index = fresh();
      for (const [name, part] of Object.entries(JSON.parse(serialized))) index.import(name, part);
      return face(index);
    },
  };
};

export const peers = { MiniSearch: miniSearch, FlexSearch: flexSearch };
