/** Whether the command palette is open: one value for the button, the keys and the palette. */
import { ref, type Ref } from "vue";

const open = ref(false);

export function usePalette(): { open: Ref<boolean> } {
  return { open };
}
