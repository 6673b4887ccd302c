/** The one tooltip of the page: which element it explains, and when it comes and goes. */
import { onScopeDispose, shallowReactive, toValue } from "vue";
import type { MaybeRefOrGetter } from "vue";

export interface Tip {
  anchor: HTMLElement | null;
  text: string;
}

/** A pointer must rest this long before the words come; long enough not to flicker on the way past. */
export const TIP_DELAY_MS = 450;
const GRACE_MS = 120;
const TIP_ID = "ui-tip";

export const tip = shallowReactive<Tip>({ anchor: null, text: "" });

let timer: ReturnType<typeof setTimeout> | undefined;

function describe(anchor: HTMLElement, present: boolean): void {
  const others = (anchor.getAttribute("aria-describedby") ?? "")
    .split(" ")
    .filter((id) => id && id !== TIP_ID);
  if (present) others.push(TIP_ID);
  if (others.length) anchor.setAttribute("aria-describedby", others.join(" "));
  else anchor.removeAttribute("aria-describedby");
}

/** Shows the words at the element at once. */
export function showTip(anchor: HTMLElement, text: string): void {
  clearTimeout(timer);
  if (!text) return;
  if (tip.anchor && tip.anchor !== anchor) describe(tip.anchor, false);
  tip.anchor = anchor;
  tip.text = text;
  // A tip that repeats the name would be read twice.
  if (anchor.getAttribute("aria-label") !== text) describe(anchor, true);
}

export function hideTip(): void {
  clearTimeout(timer);
  if (tip.anchor) describe(tip.anchor, false);
  tip.anchor = null;
}

/** Keeps the tip while the pointer is on the words themselves. */
export function holdTip(): void {
  clearTimeout(timer);
}

/** Takes the tip away soon, unless the pointer comes back. */
export function releaseTip(): void {
  clearTimeout(timer);
  timer = setTimeout(hideTip, GRACE_MS);
}

/** Listeners that make an element show `text` on hover and on keyboard focus. */
export function useTip(
  text: MaybeRefOrGetter<string | undefined>,
): Record<string, (event: Event) => void> {
  let mine: HTMLElement | null = null;
  onScopeDispose(() => {
    if (mine && tip.anchor === mine) hideTip();
  });
  return {
    onPointerenter(event) {
      if ((event as PointerEvent).pointerType === "touch") return;
      const anchor = event.currentTarget as HTMLElement;
      mine = anchor;
      clearTimeout(timer);
      const wait = tip.anchor ? 0 : TIP_DELAY_MS;
      timer = setTimeout(() => {
        if (anchor.isConnected) showTip(anchor, toValue(text) ?? "");
      }, wait);
    },
    onPointerleave: releaseTip,
    onPointerdown: hideTip,
    onFocus(event) {
      const anchor = event.currentTarget as HTMLElement;
      mine = anchor;
      if (anchor.matches(":focus-visible")) showTip(anchor, toValue(text) ?? "");
    },
    onBlur: hideTip,
  };
}
