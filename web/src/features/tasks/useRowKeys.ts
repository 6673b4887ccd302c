/** Keys on the row that has the focus: r runs, e edits, p pauses or goes on. */
import type { Ref } from "vue";
import { useLocalStorage } from "@vueuse/core";
import { useRouter } from "vue-router";

import type { TaskActions } from "@/actions";
import type { TaskItem } from "@/api/generated";

/** A listener for the table's keydown. */
export function useRowKeys(
  tasks: Readonly<Ref<readonly TaskItem[]>>,
  actions: Pick<TaskActions, "run" | "pause" | "resume">,
): (event: KeyboardEvent) => void {
  const router = useRouter();
  // The reader may have switched keys without Ctrl off (see the app's shortcuts).
  const areOn = useLocalStorage("runyard.shortcuts", true);

  return (event) => {
    const row = event.target;
    if (!areOn.value || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (!(row instanceof HTMLElement) || row.getAttribute("role") !== "row") return;
    const task = tasks.value[Number(row.getAttribute("data-index") ?? Number.NaN)];
    if (!task) return;
    switch (event.key) {
      case "r":
        if (!task.problems.length) void actions.run(task);
        break;
      case "e":
        void router.push({ name: "edit-task", params: { id: task.id } });
        break;
      case "p":
        void (task.paused ? actions.resume(task) : actions.pause(task));
        break;
      default:
        return;
    }
    event.preventDefault();
  };
}
