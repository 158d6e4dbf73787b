// The catalog, fetched once. It is a static file, so the shop can be browsed without its back office.
import { lang, tx } from './i18n.js';

let loading;
export function catalog() {
  loading ??= fetch(new URL('../data/products.json', import.meta.url)).then((response) => {
    if (!response.ok) throw new Error(`catalog: ${response.status}`);
    return response.json();
  }).then((data) => {
    const byVariant = new Map();
    for (const product of data.products) for (const variant of product.variants) byVariant.set(variant.sku, { product, variant });
    return { ...data, byVariant, byId: new Map(data.products.map((product) => [product.id, product])) };
  });
  // A failed load is tried again by the next page.
  loading.catch(() => { loading = undefined; });
  return loading;
}

export const colorOf = (product, id) => product.colors.find((color) => color.id === id);
export const sizeOf = (product, id) => product.sizes.find((size) => size.id === id);
/** "Oat · M" */
export const variantText = (product, variant) => [colorOf(product, variant.color)?.label, sizeOf(product, variant.size)?.label].filter(Boolean).map(tx).join(' · ');
export const inStock = (product) => product.variants.some((variant) => variant.stock > 0);

export function search(products, query) {
  const words = query.toLocaleLowerCase(lang()).split(/\s+/).filter(Boolean);
  return products.filter((product) => {
    const text = [product.name, product.description, product.material, ...product.tags.map((tag) => tag.label), ...product.colors.map((color) => color.label)].flatMap((pair) => Object.values(pair)).join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
