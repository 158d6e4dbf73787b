import type { DefineComponent, ShallowRef } from 'vue';
import type { ZhangguiApi, ZhangguiEventMap, ZhangguiLoadOptions, ZhangguiState } from './index.js';

export interface ZhangguiProps extends ZhangguiState {
  src: string;
  /** What else {@link ZhangguiLoadOptions} has; read once. */
  options?: Omit<ZhangguiLoadOptions, 'src' | keyof ZhangguiState>;
}

type Emits = { [K in keyof ZhangguiEventMap]: (event: ZhangguiEventMap[K]) => void };

/** Draws nothing of its own: the assistant is beside the page. A template ref has `api`, `null` until the assistant is there. */
export declare const Zhanggui: DefineComponent<ZhangguiProps, { api: ShallowRef<ZhangguiApi | null> }, {}, {}, {}, {}, {}, Emits>;
