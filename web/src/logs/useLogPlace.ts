/** The line or lines that a reader chose: linked to, copied, walked through by keyboard. */
import { computed, type Ref, ref, type ShallowRef } from "vue";
import { useI18n } from "vue-i18n";

import { copyText } from "@/ui";

import { extendPlace, formatPlace, isWithin, type LogPlace } from "./places";
import { passes } from "./filtering";
import { type LogRow, textOf } from "./rows";
import type { LogSession } from "./useLogSession";

const READ_OUT = 300;

export function useLogPlace(
  session: LogSession,
  place: Ref<LogPlace | null>,
  current: ShallowRef<LogRow | null>,
) {
  const { t } = useI18n();
  /** For screen readers, and for a moment on the screen. */
  const announced = ref("");
  /** Among the held lines. */
  const chosen = computed(() => {
    void session.status.value.count;
    const at = place.value;
    if (at === null) return 0;
    let count = 0;
    for (const row of session.window.rows()) if (isWithin(at, row.offset)) count += 1;
    return count;
  });

  function choose(row: LogRow, extend: boolean): void {
    const { offset } = row;
    const alone = place.value?.from === offset && place.value.to === offset;
    if (extend) place.value = extendPlace(place.value, offset);
    else place.value = alone ? null : { from: offset, to: offset };
    current.value = row;
  }

  function chosenText(): string {
    const rows = [...session.window.rows()].filter((row) => isWithin(place.value, row.offset));
    return rows.map(textOf).join("\n");
  }

  async function copyLines(): Promise<void> {
    const n = chosen.value;
    announced.value = (await copyText(chosenText()))
      ? t("logview.copiedLines", { n }, n)
      : t("ui.copyFailed");
  }

  async function copyLink(): Promise<void> {
    if (place.value === null && current.value !== null) choose(current.value, false);
    if (place.value === null) return;
    const address = new URL(formatPlace(place.value), location.href).href;
    announced.value = (await copyText(address)) ? t("logview.copiedLink") : t("ui.copyFailed");
  }

  /** What the reader selected with the mouse is copied as ever; else the chosen lines are. */
  function onCopy(event: ClipboardEvent): void {
    const selection = document.getSelection();
    if (place.value === null || (selection !== null && !selection.isCollapsed)) return;
    event.clipboardData?.setData("text/plain", chosenText());
    event.preventDefault();
  }

  /** To the next or previous shown line; reads on when the held ones end. */
  async function walk(direction: 1 | -1, isSecondTry = false): Promise<void> {
    const { window, reader, view } = session;
    const from = current.value !== null && window.holds(current.value) ? current.value : null;
    const start = from ?? view.topRow();
    if (start === null) return;
    for (const row of window.rows(start, direction)) {
      if ((row === from && from !== null) || !passes(row, session.filter.value)) continue;
      current.value = row;
      announced.value = textOf(row).slice(0, READ_OUT);
      view.show(row, "nearest");
      return;
    }
    if (isSecondTry) return;
    await (direction === 1 ? reader.loadAfter() : reader.loadBefore());
    await walk(direction, true);
  }

  return { announced, chosen, choose, copyLines, copyLink, onCopy, walk };
}
