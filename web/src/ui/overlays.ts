/** What overlays know of each other. */

/** Whether an event that looks like "outside" was meant for a toast, which lies above everything. */
export function touchesToast(event: Event): boolean {
  const original = (event as CustomEvent<{ originalEvent?: Event }>).detail?.originalEvent;
  const target = original?.target ?? event.target;
  return target instanceof Element && target.closest("[data-ui-toasts]") !== null;
}

/**
 * Where the focus goes when a window opens: what asks for it by `autofocus`, else the first input,
 * else the first button under the text (the harmless one), never the cross in the corner.
 */
export function focusFirst(event: Event): void {
  const place = event.target;
  if (!(place instanceof HTMLElement)) return;
  const first =
    place.querySelector<HTMLElement>("[autofocus]") ??
    place.querySelector<HTMLElement>(
      "[data-body] :is(input, textarea, [role=combobox]):not([disabled])",
    ) ??
    place.querySelector<HTMLElement>("[data-foot] :is(button, a[href])") ??
    place;
  event.preventDefault();
  first.focus();
}
