/** One open log for Vue: reader, window and view of a source, and a snapshot of its state for the template. */
import { computed, onScopeDispose, type Ref, ref, shallowReactive, shallowRef, watch } from "vue";

import { EVERYTHING, hidesAnything, passes, type RowFilter } from "./filtering";
import { type LogPlace } from "./places";
import { LogReader, type ReaderState } from "./reader";
import { estimatedLines, type LogRow, SHOWN_AT_FIRST, SHOWN_MORE } from "./rows";
import type { LogSource } from "./types";
import { type LogView, useLogView } from "./useLogView";
import { LogWindow } from "./window";

export interface LogStatus {
  state: ReaderState;
  error: string | null;
  following: boolean;
  live: boolean;
  news: number;
  size: number;
  count: number;
  holdsAll: boolean;
  reachesEnd: boolean;
  atStart: boolean;
  loading: "before" | "after" | null;
  /** Few enough lines arrive to be read out. */
  calm: boolean;
  /** Byte offsets on the screen. */
  from: number;
  to: number;
}

export interface LogSessionOptions {
  source: LogSource;
  live: () => boolean;
  at: LogPlace | "start" | "end";
  wrap: Ref<boolean>;
  scroller: Ref<HTMLElement | null>;
  content: Ref<HTMLElement | null>;
  /** A hundred characters in a line's type, to know what fits. */
  probe: Ref<HTMLElement | null>;
  onEnd: () => void;
}

const PROBED = 100;
/** Lines a second that a screen reader can follow. */
const CALM = 3;
/** As many lines at once are no calm. */
const BURST = 20;

export function useLogSession(options: LogSessionOptions) {
  const filter = shallowRef<RowFilter>(EVERYTHING);
  const redraws = ref(false);
  /** What was opened by hand: more of a long line, the states of a progress bar. */
  const limits = shallowReactive(new Map<number, number>());
  const redrawn = shallowReactive(new Set<number>());
  const status = shallowRef<LogStatus>(emptyStatus(options.live()));
  let line = 20;
  let viewHeight = 0;
  let columns: number | null = null;
  let counted = { at: 0, received: 0, calm: true };

  function heightOf(row: LogRow): number {
    if (!passes(row, filter.value)) return 0;
    return line * estimatedLines(row, columns);
  }

  const window = new LogWindow(heightOf);
  const reader = new LogReader(options.source, window, {
    live: options.live(),
    onChange: () => view.schedule(),
    onEnd: options.onEnd,
  });
  const measured = (): boolean =>
    options.wrap.value || redraws.value || redrawn.size > 0 || limits.size > 0;
  const view: LogView = useLogView({
    reader,
    scroller: options.scroller,
    content: options.content,
    measured,
    onFrame: takeStatus,
    viewHeight: () => viewHeight,
  });

  function takeStatus(): void {
    const { top } = view.frame.value;
    const places = view.frame.value.places;
    const last = places.at(-1);
    const first = view.topRow();
    status.value = {
      state: reader.state,
      error: reader.error?.message ?? null,
      following: reader.following,
      live: reader.isLive,
      news: reader.news,
      size: reader.size,
      count: window.count,
      holdsAll: reader.holdsAll,
      reachesEnd: reader.reachesEnd,
      atStart: window.start <= 0,
      loading: reader.loading,
      calm: isCalm(),
      from: first?.offset ?? window.start,
      to: last === undefined || top < 0 ? window.end : last.row.offset,
    };
  }

  function isCalm(): boolean {
    const now = performance.now();
    const { received } = reader;
    if (received - counted.received > BURST) counted = { at: now, received, calm: false };
    const seconds = (now - counted.at) / 1000;
    if (seconds < 1) return counted.calm;
    const calm = (reader.received - counted.received) / seconds <= CALM;
    counted = { at: now, received: reader.received, calm };
    return calm;
  }

  /** What fits: after the width, the type or the wrapping changed. */
  function fit(anew = true): void {
    const [oldLine, oldColumns] = [line, columns];
    viewHeight = options.scroller.value?.clientHeight ?? 0;
    const probe = options.probe.value?.getBoundingClientRect();
    const character = probe !== undefined && probe.width > 0 ? probe.width / PROBED : 7.2;
    if (probe !== undefined && probe.height > 0) line = probe.height;
    const text = options.content.value?.querySelector<HTMLElement>("[data-text]")?.clientWidth;
    const width = text ?? (options.scroller.value?.clientWidth ?? 800) - 200;
    columns = options.wrap.value ? Math.max(20, Math.floor(width / character)) : null;
    if (anew || line !== oldLine || columns !== oldColumns) view.layOut(heightOf);
    else view.schedule();
  }

  watch([options.wrap, filter, redraws], () => fit(), { flush: "post" });
  watch(options.live, (live) => reader.setLive(live));
  onScopeDispose(() => reader.stop());

  async function reveal(row: Promise<LogRow | null>, where: "top" | "middle" = "middle") {
    const found = await row;
    if (found !== null) view.show(found, where);
    return found;
  }

  return {
    reader,
    view,
    window,
    status,
    filter,
    redraws,
    limits,
    redrawn,
    hides: computed(() => hidesAnything(filter.value)),
    fit,
    /** Opens the log; the first frame is drawn with it. */
    open: async () => {
      fit();
      const at = options.at;
      const row = await reader.open(at);
      if (row !== null && at !== "end") view.show(row, at === "start" ? "top" : "middle");
      else if (row !== null && !reader.following) view.show(row, "top");
      await view.draw();
      fit();
      return row;
    },
    toStart: () => reveal(reader.toStart(), "top"),
    toEnd: () =>
      reveal(
        reader.toEnd().then((row) => (reader.following ? null : row)),
        "top",
      ),
    toOffset: (offset: number) => reveal(reader.toOffset(offset)),
    toMoment: (at: Date) => reveal(reader.toMoment(at), "top"),
    reveal: (row: LogRow) => view.show(row, "middle"),
    showMore(row: LogRow): void {
      limits.set(row.key, (limits.get(row.key) ?? SHOWN_AT_FIRST) + SHOWN_MORE);
      view.schedule();
    },
    toggleRedraws(row: LogRow): void {
      if (!redrawn.delete(row.key)) redrawn.add(row.key);
      view.schedule();
    },
  };
}

export type LogSession = ReturnType<typeof useLogSession>;

function emptyStatus(live: boolean): LogStatus {
  return {
    state: "loading",
    error: null,
    following: false,
    live,
    news: 0,
    size: 0,
    count: 0,
    holdsAll: false,
    reachesEnd: false,
    atStart: true,
    loading: null,
    calm: true,
    from: 0,
    to: 0,
  };
}
