/** Keeps the row that the reader looks at where it is while rows come and go above it. */
import { computed, nextTick, ref, watch, type Ref } from "vue";

import { rowShift, type Placed } from "./dataTable";

interface Stage {
  scroller: Readonly<Ref<HTMLElement | null>>;
  keys: { count: () => number; at: (index: number) => string };
  rowHeight: () => number;
  /** The rows on the page right now, from the top. */
  shown: () => readonly Placed[];
  hovered: () => Placed | null;
  focused: () => Placed | null;
  /** A new value whenever rows were replaced. */
  version: () => unknown;
}

/**
 * `unseen`: rows that came on top since the reader last was there. `slack`: pixels the body must at
 * least have, so that a list shorter than its window can be held, too.
 */
export function useStableRows(stage: Stage) {
  const unseen = ref(0);
  const slack = ref(0);
  const inside = ref(false);
  let before: Placed[] = [];

  const engaged = computed(() => inside.value);

  /** Called after each change of what is on the page, so that `before` is what the reader saw last. */
  function note(): void {
    const wanted = [stage.hovered(), stage.focused()].filter((place) => place !== null);
    before = [...wanted, ...stage.shown()];
  }

  async function hold(): Promise<void> {
    const element = stage.scroller.value;
    const seen = before;
    if (!element || seen.length === 0) return;
    const top = element.scrollTop;
    if (top <= 0 && !engaged.value) return note();
    const shift = rowShift(seen, stage.keys.count(), stage.keys.at);
    if (shift !== 0) {
      const target = Math.max(0, top + shift * stage.rowHeight());
      slack.value = target + element.clientHeight;
      if (shift > 0) unseen.value += shift;
      await nextTick();
      element.scrollTop = target;
    }
    note();
  }

  watch(stage.version, hold, { flush: "pre" });

  function onScroll(): void {
    const element = stage.scroller.value;
    if (element && element.scrollTop < stage.rowHeight() / 2) release();
  }

  function release(): void {
    unseen.value = 0;
    slack.value = 0;
  }

  function toTop(): void {
    release();
    stage.scroller.value?.scrollTo({ top: 0 });
  }

  return { unseen, slack, inside, note, onScroll, toTop };
}
