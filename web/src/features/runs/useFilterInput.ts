/** The state of the filter's input: text, caret, open list, highlighted suggestion. */
import { computed, nextTick, ref, watch, type Ref } from "vue";

import { accept, suggest, type FilterFacts, type Suggestion } from "@/runs/language";

interface Options {
  applied: () => string;
  apply: (text: string) => void;
  input: Readonly<Ref<HTMLInputElement | null>>;
  facts: Ref<FilterFacts>;
}

export function useFilterInput({ applied, apply, input, facts }: Options) {
  const text = ref(applied());
  const caret = ref<number | null>(null);
  const isOpen = ref(false);
  const at = ref(-1);
  watch(applied, (next) => {
    // The gap behind the last word belongs to somebody who goes on writing.
    if (next.trim() !== text.value.trim()) text.value = next;
  });

  const completion = computed(() =>
    suggest(text.value, caret.value ?? text.value.length, facts.value),
  );
  const items = computed(() => completion.value.items);
  const isShown = computed(() => isOpen.value && items.value.length > 0);
  watch(items, (now) => {
    if (at.value >= now.length) at.value = now.length - 1;
  });

  function readCaret(): void {
    caret.value = input.value?.selectionStart ?? null;
  }
  function close(): void {
    isOpen.value = false;
    at.value = -1;
  }
  function onInput(): void {
    text.value = input.value?.value ?? "";
    readCaret();
    isOpen.value = true;
    at.value = -1;
  }
  function submit(): void {
    close();
    apply(text.value);
  }

  async function take(suggestion: Suggestion): Promise<void> {
    const next = accept(text.value, completion.value, suggestion);
    text.value = next.text;
    caret.value = next.caret;
    at.value = -1;
    isOpen.value = suggestion.kind === "key";
    if (suggestion.kind === "value") apply(next.text);
    await nextTick();
    input.value?.focus();
    input.value?.setSelectionRange(next.caret, next.caret);
  }

  function onKeydown(event: KeyboardEvent): void {
    if (event.isComposing) return;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        const count = items.value.length;
        if (!count) return;
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (!isOpen.value) [isOpen.value, at.value] = [true, step > 0 ? 0 : count - 1];
        else at.value = (at.value + step + count + (at.value < 0 && step < 0 ? 1 : 0)) % count;
        break;
      }
      case "Enter": {
        const chosen = isShown.value ? items.value[at.value] : undefined;
        if (chosen) void take(chosen);
        else submit();
        break;
      }
      case "Escape":
        if (isShown.value) close();
        else if (text.value !== applied()) text.value = applied();
        else return;
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function onFocus(): void {
    readCaret();
    isOpen.value = true;
  }
  function onBlur(): void {
    caret.value = null;
    submit();
  }

  return {
    text,
    caret,
    at,
    isOpen,
    isShown,
    items,
    completion,
    readCaret,
    close,
    take,
    submit,
    onInput,
    onKeydown,
    onFocus,
    onBlur,
  };
}
