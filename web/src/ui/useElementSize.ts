/** What an element measures, followed by a ResizeObserver, and what the page's theme is, followed by its attribute. */
import { onScopeDispose, readonly, ref, shallowReadonly, watch, type Ref } from "vue";

export interface ElementSize {
  width: number;
  height: number;
}

/** The content box in CSS pixels, rounded; zeros until the first measurement. */
export function useElementSize(
  element: Readonly<Ref<HTMLElement | null>>,
): Readonly<Ref<ElementSize>> {
  const size = ref<ElementSize>({ width: 0, height: 0 });
  let observer: ResizeObserver | undefined;

  function take(width: number, height: number): void {
    const next = { width: Math.round(width), height: Math.round(height) };
    if (next.width !== size.value.width || next.height !== size.value.height) size.value = next;
  }

  watch(
    element,
    (now) => {
      observer?.disconnect();
      if (!now) return;
      take(now.clientWidth, now.clientHeight);
      observer = new ResizeObserver((entries) => {
        const box = entries.at(-1)?.contentRect;
        if (box) take(box.width, box.height);
      });
      observer.observe(now);
    },
    { immediate: true, flush: "post" },
  );
  onScopeDispose(() => observer?.disconnect());
  return shallowReadonly(size);
}

/** A number that changes whenever the colours of the page may have; canvases draw again by it. */
export function useThemeVersion(): Readonly<Ref<number>> {
  const version = ref(0);
  const observer = new MutationObserver(() => (version.value += 1));
  observer.observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
  onScopeDispose(() => observer.disconnect());
  return readonly(version);
}
