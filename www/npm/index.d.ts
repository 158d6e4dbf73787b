import type { ZhangguiAction, ZhangguiApi, ZhangguiCustomer, ZhangguiEventMap, ZhangguiLocale, ZhangguiOptions, ZhangguiPage, ZhangguiProduct, ZhangguiTheme } from './zhanggui.js';

export type * from './zhanggui.js';

export interface ZhangguiLoadOptions extends ZhangguiOptions {
  /** Address of `zhanggui.js`; everything else lies beside it. */
  src: string;
  /** For a policy with nonces. */
  nonce?: string;
  /** Subresource integrity of `zhanggui.js`. */
  integrity?: string;
}

/**
 * Loads the assistant, once for the page: a second call gives the first one's, whatever its options.
 * @throws where the script cannot be loaded, or outside of a browser
 */
export function load(options: ZhangguiLoadOptions): Promise<ZhangguiApi>;

/** What a component hands to the assistant whenever it changes. */
export interface ZhangguiState {
  page?: ZhangguiPage;
  /** Keep the object the same between renderings: another one replaces it. */
  actions?: Record<string, ZhangguiAction>;
  products?: readonly ZhangguiProduct[];
  customer?: ZhangguiCustomer;
  /** Of {@link ZhangguiApi.identify}. */
  token?: string | null;
  locale?: ZhangguiLocale;
  theme?: ZhangguiTheme;
  /** Where the options say that consent is required. */
  consented?: boolean;
}

/** Listeners by event. */
export type ZhangguiListeners = { [K in keyof ZhangguiEventMap]?: (event: ZhangguiEventMap[K]) => void };

/** As {@link load}, for the lifetime of a component. @returns a function that ends it; with the last one the assistant goes. */
export function use(options: ZhangguiLoadOptions, then: (api: ZhangguiApi) => void): () => void;

/** Hands over what has changed. */
export function apply(api: ZhangguiApi, now: ZhangguiState, before?: ZhangguiState): void;
