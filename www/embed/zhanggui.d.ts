/**
 * The contract of `window.zhanggui`, the shop assistant's JavaScript API.
 *
 * ```html
 * <script async src="https://cdn.example/zhanggui/zhanggui.js" data-site-key="my-shop"></script>
 * ```
 *
 * The script draws a launcher and does nothing else until the shopper points at it, focuses it or presses it,
 * or until the page calls {@link ZhangguiApi.open}, {@link ZhangguiApi.toggle} or {@link ZhangguiApi.ask}.
 *
 * Style: custom properties on the element `zhanggui-widget`
 * (`--zg-color-accent`, `--zg-color-on-accent`, `--zg-color-paper`, `--zg-color-surface`, `--zg-color-ink`, `--zg-color-muted`,
 * `--zg-color-line`, `--zg-color-link`, `--zg-color-seal`, the same but for the accent with `-dark` behind, `--zg-color-focus`,
 * `--zg-radius`, `--zg-font`) and the parts `launcher`, `panel`, `header`, `person`, `close`, `transcript`, `message`,
 * `message-shopper`, `message-assistant`, `message-operator`, `choice`, `card`, `composer`, `input`, `image`, `send`.
 *
 * Slots, for what is to stand in place of ours: an element `zhanggui-widget` that the page itself writes gives its children,
 * `launcher` (the launcher's sign), `mark` (the sign in the header), `greeting` (what stands before the first message) and
 * `foot` (below the text box). In a frame of its own the widget has ours.
 *
 * ```html
 * <zhanggui-widget><img slot="mark" src="/logo.svg" alt=""></zhanggui-widget>
 * ```
 *
 * The launcher makes room: where one of the page's own controls would lie under it, one that stays in place or stands at the page's
 * end, it rises above it.
 */

/** A language the widget speaks. Any BCP 47 tag is accepted and mapped to the nearest of them. */
export type ZhangguiLocale = 'zh-CN' | 'zh-TW' | 'zh-HK' | 'en' | (string & {});

/** `auto` follows the shopper's system. */
export type ZhangguiScheme = 'light' | 'dark' | 'auto';

/** `paper` is warm, `slate` cool and square, `bloom` rosy and round. */
export type ZhangguiLook = 'paper' | 'slate' | 'bloom';

/** A scheme, a look, or both: `'slate dark'`. What is left out stays as it is. */
export type ZhangguiTheme = ZhangguiScheme | ZhangguiLook | `${ZhangguiLook} ${ZhangguiScheme}`;

/**
 * Options, as attributes of the script tag (`siteKey` is `data-site-key`) or as properties of an object
 * that the page puts into `window.zhanggui` before the script arrives. Attributes win.
 */
export interface ZhangguiOptions {
  /**
   * Address of the sync endpoint. Default: `v1` beside the script.
   * `none` switches it off: the assistant answers on the device, and no person can be asked for.
   */
  endpoint?: string;
  /**
   * Attribute only: a name, for a second assistant on the page, of another shop or another version. It is
   * `window.zhanggui.instances[name]`, its element is `<zhanggui-widget data-instance="name">`, and it has a launcher of its own,
   * so give it another {@link position}. A second script without a name does nothing.
   */
  instance?: string;
  /** Public key of the storefront. Default: `demo`. */
  siteKey?: string;
  /** Default: the page's `lang`, then the browser's language. */
  locale?: ZhangguiLocale;
  /** Default: `paper auto`. */
  theme?: ZhangguiTheme;
  /** Any CSS color. The text upon it is black or white, whichever has the contrast of WCAG 2.2 AA. */
  accent?: string;
  /** The corner, by writing direction. Default: `end`. `left` and `right` are understood as `start` and `end`. */
  position?: 'start' | 'end' | 'left' | 'right';
  /**
   * Path of a file on the shop's own origin that holds one line,
   * `importScripts('https://cdn.example/zhanggui/sw.js')`. It makes the assistant open offline.
   * Registered when the shopper first turns to the launcher, or with their consent where that is required; a failure costs nothing else.
   */
  serviceWorker?: string;
  /**
   * The public key of whoever publishes the shop's knowledge, the line of the file that `zhanggui kb keygen` calls `*.pub`;
   * several are separated by spaces, while one replaces another. Knowledge that none of them has signed is refused.
   * Without one, knowledge need not be signed.
   */
  knowledgeKey?: string;
  /**
   * The first root of the shop's knowledge to believe, `zgroot-1:…`, as `zhanggui kb root init` prints it. Knowledge is then
   * believed by the keys, thresholds and ends that the newest root of its chain names, and `knowledgeKey` counts for nothing.
   */
  knowledgeRoot?: string;
  /** Everything large, read aloud where the browser can, a person offered first. A shopper can choose so, too. */
  large?: boolean;
  /**
   * The shop's own server carries out what the page has no action for ({@link ZhangguiApi.setActions}), by way of the sync endpoint
   * (`docs/backoffice.md`). What an action needs, such as an order number, then leaves the device, and "Privacy and record" says so.
   */
  backOffice?: boolean;
  /**
   * What the shop's server may know of what the shopper looks at, so that it makes lists of products (`docs/recommend.md`):
   * `session`, the products looked at and what was done with those shown, or `interests`, coarse categories and brands alone.
   * Default: nothing; the device makes lists by itself, of what the shop's knowledge carries.
   */
  recommend?: 'session' | 'interests';
  /** `required`: nothing is kept on the device until {@link ZhangguiApi.consent} says that it may be. Default: kept with first use. */
  consent?: 'required';
  /** What the page knows of the shopper. It changes how the assistant speaks, never what it grants. Default: nothing. */
  customer?: ZhangguiCustomer;
  /**
   * A page with other ways to reach the shop. It is linked where the assistant cannot run or no person can be asked for.
   * Default: `help.html` beside the script, the shop's knowledge as a plain page.
   */
  help?: string;
}

/** A product that the page knows. Texts of more than 240 characters are cut. */
export interface ZhangguiProduct {
  /** As in {@link ZhangguiPage.id}. */
  id: string | number;
  title: string;
  /** As it is to be read: `¥189`. */
  price?: string | number;
  /** The price before. */
  was?: string | number;
  availability?: 'in_stock' | 'out_of_stock' | 'preorder';
  /** A path of the shop's own, or `https`; anything else is left out. */
  image?: string;
  url?: string;
}

/** What a page may know of a shopper; the shop's policy (`docs/policy.md`) has manners for each. */
export type ZhangguiCustomer = 'new' | 'returning' | 'member' | 'unknown';

/** What a device keeps. */
export interface ZhangguiExport {
  locale: string;
  messages: { id: string; author: string; at: number; text: string; kind: string; delivery: 'local' | 'pending' | 'sent' | 'seen' | 'failed' }[];
  /** What was said and pressed, as lines of events for `zhanggui chat`; of visits before this one, what was said. */
  replay: string;
}

/** What the page may put into `window.zhanggui` before the script arrives. */
export interface ZhangguiBefore extends ZhangguiOptions {
  /** Calls to carry out once the script is there, each a method's name and its arguments: `[['open']]`. */
  queue?: ZhangguiCall[];
}

/** A queued call. */
export type ZhangguiCall = {
  [K in keyof ZhangguiApi]: ZhangguiApi[K] extends (...args: infer A) => unknown ? [K, ...A] : never;
}[keyof ZhangguiApi];

/** What the shopper looks at. The assistant uses it to understand "this one". */
export interface ZhangguiPage {
  type: 'home' | 'category' | 'product' | 'cart' | 'order' | (string & {});
  /** Product, category or order number. */
  id?: string | number;
  title?: string;
}

/** What became of an action. */
export type ZhangguiActionResult =
  /** Done; what there is to say of it, by the names that the playbook's words use. At most 24 facts of 240 characters. */
  | { status: 'ok'; facts?: Record<string, string | number> }
  /** Your rules say no; `reason` is told to the shopper. */
  | { status: 'refused'; reason?: string }
  /** Nobody knows whether it was done; a person takes over. An exception, and no answer within 30 seconds, are the same. */
  | { status: 'failed' }
  /** You have kept it until the network is there again. */
  | { status: 'queued' };

/**
 * Carries out an action of a playbook (`order_lookup`, `order_cancel`, …; `docs/playbooks.md` lists them) with the shopper's own
 * session. What cannot be taken back has been confirmed by the shopper. The same `id` is the same action: do it once.
 */
export type ZhangguiAction = (given: Record<string, string>, id: string) => ZhangguiActionResult | Promise<ZhangguiActionResult>;

/**
 * How the assistant is shown: in the page; in a frame of its own origin, where the page's policy forbids WebAssembly
 * or connections to it; or as a link, where frames are forbidden too.
 */
export type ZhangguiMode = 'widget' | 'frame' | 'link';

/** The events and what each carries. No event carries what was written. */
export interface ZhangguiEventMap {
  /** The assistant has been loaded. */
  ready: { mode: ZhangguiMode };
  open: Record<string, never>;
  close: Record<string, never>;
  /** The number on the launcher has changed. */
  unread: { count: number };
  /** A message has been added to the conversation. */
  message: { id: string; author: 'shopper' | 'assistant' | 'operator' | 'system' };
  /**
   * What became of the shop's knowledge: what the device has kept answers, a newer version answers from here on,
   * or what was found was refused, for `reason`, and `version` goes on answering where there is one.
   */
  knowledge: { state: 'kept' | 'updated' | 'refused'; version?: number; reason?: string };
  /** The conversation is held by somebody else now. */
  handoff: { state: 'new' | 'contained' | 'queued' | 'assigned' | 'ended' };
}

/** `window.zhanggui` once the script has run. */
export interface ZhangguiApi {
  /** The other assistants on the page, by their names. */
  readonly instances: Record<string, ZhangguiApi>;
  /** Resolves when the assistant has been loaded, which the shopper's first intent, or a call, begins. It never rejects. */
  readonly ready: Promise<ZhangguiMode>;
  /** Opens the panel. Resolves once it can take keyboard focus. */
  open(): Promise<void>;
  /** Closes the panel; the launcher gets the focus. */
  close(): Promise<void>;
  toggle(): Promise<void>;
  /** Opens the panel and says `text` for the shopper. */
  ask(text: string): Promise<void>;
  /** Tells what the shopper looks at; call it again when that changes. Loads nothing. */
  setPage(page: ZhangguiPage): void;
  /** Changes the widget's language. The conversation so far stays as it was written. */
  setLocale(tag: ZhangguiLocale): void;
  /** Changes scheme, look, or both. */
  setTheme(theme: ZhangguiTheme): void;
  /**
   * Says what the page can do about an order. Without any, playbooks gather what a person needs and hand over.
   * An action that is not among them goes to a person. Replaces what was said before; loads nothing.
   *
   * `cart_add` puts a product that was recommended into the cart, by its `item`; without it no card offers to.
   */
  setActions(actions: Record<string, ZhangguiAction>): void;
  /**
   * Tells what the page sells: with price and availability at this moment the assistant answers about the product on the page, in
   * place of what its knowledge had when it was built. Those of the same id are replaced; the newest 500 are kept in memory.
   */
  addProducts(products: readonly ZhangguiProduct[]): void;
  /**
   * Says what was put into the cart, or bought, by ids as in {@link ZhangguiProduct}: what was bought is recommended no more, and
   * what goes with it may be shown once, when the shopper next speaks. Loads nothing.
   */
  ordered(items: readonly (string | number)[], bought?: boolean): void;
  /**
   * Whether anything may be kept on the device: conversation, knowledge, the wish for large text. What was said before is kept from
   * then on; with `false` it is taken off the device and stays in memory for this visit, in the shop's other tabs too. Say it on every
   * page.
   */
  consent(given: boolean): void;
  /**
   * Says who the shopper is: a JSON Web Token that the shop's own server has signed with the storefront's key (`docs/serve.md`),
   * `sub` its number of them. Whoever talks to them sees that it is verified. It is kept in memory alone; nothing that is typed, and no
   * address of mail, ever identifies anybody. Call {@link eraseData} when another shopper signs in.
   */
  identify(token: string | null): void;
  /** Says what the page knows of the shopper, when they have signed in or out. Loads nothing. */
  setCustomer(customer: ZhangguiCustomer): void;
  /**
   * What this device keeps of the conversation. `replay` holds what the shopper said as lines of events: with it a problem can
   * be reported, and `zhanggui chat` repeats it. Undefined where the assistant is only a link.
   */
  exportData(): Promise<ZhangguiExport | undefined>;
  /** Erases the conversation, on the device and, where one was opened, at the server. */
  eraseData(): Promise<void>;
  /** Listens for an event. An error thrown by the listener is reported and stops nothing. @returns a function that stops listening. */
  on<K extends keyof ZhangguiEventMap>(type: K, listener: (event: ZhangguiEventMap[K]) => void): () => void;
  /** Removes launcher, panel, engine and listeners, and `window.zhanggui`. The conversation stays on the device. */
  destroy(): void;
}

declare global {
  interface Window {
    zhanggui?: ZhangguiApi | ZhangguiBefore;
  }
}
