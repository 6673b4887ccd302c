/** Whether a list may move by itself: nobody points at it, has its focus in it, or has scrolled it. */
import { computed, ref, type ComputedRef } from "vue";

const TOP_PX = 16;

/** `busy`: another reason to stand still. The listeners belong to the element around the list. */
export function useCalm(busy: () => boolean): {
  calm: ComputedRef<boolean>;
  listeners: Record<string, (event: Event) => void>;
} {
  const isPointed = ref(false);
  const isFocused = ref(false);
  const isScrolled = ref(false);
  const calm = computed(() => !isPointed.value && !isFocused.value && !isScrolled.value && !busy());
  const inRow = (target: EventTarget | null) =>
    target instanceof Element && target.closest("[data-index]") !== null;
  const listeners = {
    pointerenter: () => (isPointed.value = true),
    pointerleave: () => (isPointed.value = false),
    focusin: ({ target }: Event) => (isFocused.value = inRow(target)),
    focusout: (event: Event) => (isFocused.value = inRow((event as FocusEvent).relatedTarget)),
    // Scrolling does not bubble; of the boxes inside only the list's own goes up and down.
    scrollCapture: ({ target }: Event) => {
      if (target instanceof HTMLElement && target.scrollHeight > target.clientHeight)
        isScrolled.value = target.scrollTop > TOP_PX;
    },
  };
  return { calm, listeners };
}
