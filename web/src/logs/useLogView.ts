/** What of a log is on the screen: draws once per frame at most, keeps the place while lines come and go. */
import { nextTick, onScopeDispose, type Ref, shallowRef } from "vue";

import { followsAfterScroll } from "./following";
import type { LogReader } from "./reader";
import type { LogRow } from "./rows";
import type { Place } from "./window";

export interface LogFrame {
  places: Place[];
  /** Where the first of `places` stands, and all that is scrolled over (px). */
  top: number;
  height: number;
  /** Counts up with each frame, so that rows whose text grew are drawn again. */
  number: number;
}

const OVERSCAN = 400;
/** Lines that follow the end are gone before anyone could scroll to them. */
const OVERSCAN_FOLLOWING = 40;
/** Nearer to an end of the window than this, more is read. */
const NEAR = 1_500;
const MOST_PASSES = 3;
/** A frame that took longer is followed by a rest of its own length, to keep the page alive. */
const LONG_FRAME_MS = 12;
/** At least, since the browser lays out and paints for about as long again. */
const REST_MS = 50;

export interface LogViewOptions {
  reader: LogReader;
  scroller: Ref<HTMLElement | null>;
  /** Rows on the screen, each with `data-key`. */
  content: Ref<HTMLElement | null>;
  /** Whether heights must be measured (wrapped lines), or all are the same. */
  measured: () => boolean;
  onFrame: () => void;
  /** Of the scroller; asking it in the midst of a change would lay the page out once more. */
  viewHeight: () => number;
}

export interface LogView {
  frame: Readonly<Ref<LogFrame>>;
  /** Draws in the next frame. */
  schedule(): void;
  /** After the heights became others. */
  layOut(heightOf: (row: LogRow) => number): void;
  show(row: LogRow, where: "top" | "middle" | "nearest"): void;
  scrollBy(pixels: number): void;
  /** The first row on the screen. */
  topRow(): LogRow | null;
  onScroll(): void;
  onWheel(event: WheelEvent): void;
  /** Draws at once (tests, and the first frame). */
  draw(): Promise<void>;
}

export function useLogView(options: LogViewOptions): LogView {
  const { reader, scroller, content } = options;
  const { window } = reader;
  const frame = shallowRef<LogFrame>({ places: [], top: 0, height: 0, number: 0 });
  let anchor: { row: LogRow; offset: number } | null = null;
  let lastTop = 0;
  let request = 0;
  let drawing = false;
  let again = false;
  let restUntil = 0;
  let resting: ReturnType<typeof setTimeout> | undefined;

  function schedule(): void {
    if (request !== 0 || resting !== undefined) return;
    const rest = restUntil - performance.now();
    if (rest > 0) {
      resting = setTimeout(() => {
        resting = undefined;
        schedule();
      }, rest);
      return;
    }
    request = requestAnimationFrame(() => {
      request = 0;
      void draw();
    });
  }

  async function draw(): Promise<void> {
    if (drawing) {
      again = true;
      return;
    }
    drawing = true;
    const begun = performance.now();
    reader.flush();
    // A following view is drawn again soon anyhow, so what was measured counts from then on.
    const passes = reader.following ? 1 : MOST_PASSES;
    let settled = false;
    for (let pass = 0; pass < passes && !settled; pass += 1) {
      compose();
      await nextTick();
      place();
      settled = !options.measured() || !measure();
    }
    if (!settled) again = true;
    const took = performance.now() - begun;
    if (took > LONG_FRAME_MS) restUntil = performance.now() + Math.max(took, REST_MS);
    drawing = false;
    options.onFrame();
    loadNearEnds();
    if (again) {
      again = false;
      schedule();
    }
  }

  const viewHeight = options.viewHeight;
  const lowest = (): number => Math.max(0, window.height - viewHeight());

  /** Where the view belongs now. */
  function wantedTop(): number {
    if (reader.following) return lowest();
    const at = anchor === null ? null : window.placeOf(anchor.row);
    const wanted = at === null || anchor === null ? lastTop : at.top + anchor.offset;
    return Math.min(Math.max(0, wanted), lowest());
  }

  function compose(): void {
    const top = wantedTop();
    const over = reader.following ? OVERSCAN_FOLLOWING : OVERSCAN;
    const places = window.placesBetween(top - over, top + viewHeight() + over);
    const first = places[0]?.top ?? 0;
    frame.value = { places, top: first, height: window.height, number: frame.value.number + 1 };
  }

  function place(): void {
    const element = scroller.value;
    if (element === null) return;
    const top = wantedTop();
    if (Math.abs(lastTop - top) >= 1 || element.scrollTop !== lastTop) element.scrollTop = top;
    lastTop = element.scrollTop;
  }

  /** Takes the true heights of the rows on the screen; true when any was another. */
  function measure(): boolean {
    const rows = new Map(frame.value.places.map(({ row }) => [String(row.key), row]));
    let changed = false;
    for (const child of content.value?.children ?? []) {
      const row = rows.get((child as HTMLElement).dataset["key"] ?? "");
      const height = child.getBoundingClientRect().height;
      if (row !== undefined && height > 0 && window.setHeight(row, height)) changed = true;
    }
    return changed;
  }

  function hold(top: number): void {
    const at = window.placeAt(top);
    anchor = at === null ? null : { row: at.row, offset: top - at.top };
  }

  function onScroll(): void {
    const element = scroller.value;
    if (element === null) return;
    const top = element.scrollTop;
    if (Math.abs(top - lastTop) < 1) return;
    const { height: total } = frame.value;
    const now = { top, lastTop, view: viewHeight(), total, following: reader.following };
    const follows = followsAfterScroll({ ...now, reachesEnd: reader.reachesEnd });
    lastTop = top;
    hold(top);
    reader.setFollowing(follows);
    schedule();
  }

  /** Upwards lets go at once, before lines that arrive push the view down again. */
  function onWheel(event: WheelEvent): void {
    if (event.deltaY >= 0 || !reader.following || window.height <= viewHeight()) return;
    hold(lastTop);
    reader.setFollowing(false);
  }

  let starved: number | null = null;

  /** Reads on near the ends. What a filter hides wholly is not read on and on: a button does that. */
  function loadNearEnds(): void {
    if (reader.state !== "ready" || reader.loading !== null || window.count === 0) return;
    if (window.height < viewHeight()) {
      if (starved === window.count) return;
      starved = window.count;
    }
    if (lastTop < NEAR && window.start > 0 && !reader.following) void reader.loadBefore();
    else if (lowest() - lastTop < NEAR && !reader.reachesEnd) void reader.loadAfter();
  }

  function show(row: LogRow, where: "top" | "middle" | "nearest"): void {
    const at = window.placeOf(row);
    if (at === null) return;
    reader.setFollowing(false);
    const view = viewHeight();
    const isSeen = at.top >= lastTop && at.top + at.height <= lastTop + view;
    if (where === "nearest" && isSeen) return;
    const isAbove = where === "top" || (where === "nearest" && at.top < lastTop);
    const above = isAbove ? 0 : where === "middle" ? (view - at.height) / 3 : view - at.height;
    anchor = { row, offset: -Math.max(0, above) };
    schedule();
  }

  function scrollBy(pixels: number): void {
    hold(Math.min(Math.max(0, lastTop + pixels), lowest()));
    if (pixels < 0) reader.setFollowing(false);
    schedule();
  }

  function layOut(heightOf: (row: LogRow) => number): void {
    if (anchor === null && !reader.following) hold(lastTop);
    window.layOut(heightOf);
    schedule();
  }

  onScopeDispose(() => {
    cancelAnimationFrame(request);
    clearTimeout(resting);
  });
  const topRow = (): LogRow | null => window.placeAt(lastTop)?.row ?? null;
  return { frame, schedule, layOut, show, scrollBy, topRow, onScroll, onWheel, draw };
}
