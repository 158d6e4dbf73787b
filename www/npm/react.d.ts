import type { ZhangguiApi, ZhangguiListeners, ZhangguiLoadOptions, ZhangguiState } from './index.js';

/** The assistant's API once it is there, `null` before. Options are read once; the assistant goes with the last component. */
export function useZhanggui(options: ZhangguiLoadOptions): ZhangguiApi | null;

export interface ZhangguiProps extends Omit<ZhangguiLoadOptions, keyof ZhangguiState>, ZhangguiState {
  on?: ZhangguiListeners;
}

/** Draws nothing of its own: the assistant is beside the page. */
export function Zhanggui(props: ZhangguiProps): null;
