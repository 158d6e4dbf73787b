// Vue: `<Zhanggui src="…" :page="…" @handoff="…" />`.
import { defineComponent, onBeforeUnmount, onMounted, shallowRef, watch } from 'vue';
import { apply, use } from './index.js';

const EVENTS = ['ready', 'open', 'close', 'unread', 'message', 'knowledge', 'handoff'];
const STATE = ['page', 'actions', 'products', 'customer', 'token', 'locale', 'theme', 'consented'];
const any = { type: null, default: undefined };

/** Options are read once; what the state holds, whenever it changes. Slots and refs may call `api`. */
export const Zhanggui = defineComponent({
  name: 'Zhanggui',
  props: { src: { type: String, required: true }, options: { type: Object, default: () => ({}) }, ...Object.fromEntries(STATE.map((name) => [name, any])) },
  emits: EVENTS,
  setup(props, { emit, expose }) {
    const api = shallowRef(null);
    const state = () => Object.fromEntries(STATE.map((name) => [name, props[name]]));
    let end;
    onMounted(() => {
      const { locale, theme, customer } = props;
      const given = Object.fromEntries(Object.entries({ locale, theme, customer }).filter(([, value]) => value !== undefined));
      end = use({ src: props.src, ...given, ...props.options }, (found) => {
        api.value = found;
        const ends = EVENTS.map((event) => found.on(event, (detail) => emit(event, detail)));
        apply(found, state(), given);
        const stop = watch(state, (now, before) => apply(found, now, before));
        const last = end;
        end = () => {
          stop();
          ends.forEach((one) => one());
          last();
        };
      });
    });
    onBeforeUnmount(() => end?.());
    expose({ api });
    return () => null;
  },
});
