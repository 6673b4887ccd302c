/** Which schedules fire next, of the tasks that fire next. Pure. */
import type { TaskItem } from "@/api/generated";

export interface NextFire {
  scheduleId: string;
  /** The schedule's name within its task, where it says more than "default". */
  name: string;
  taskId: string;
  at: string;
  taskPaused: boolean;
}

export function nextFires(tasks: readonly TaskItem[], most: number): NextFire[] {
  return tasks
    .flatMap((task) =>
      task.schedules.flatMap(({ id, next_at, paused }) => {
        if (next_at === null || paused) return [];
        const name = id.startsWith(`${task.id}:`) ? id.slice(task.id.length + 1) : id;
        return [
          {
            scheduleId: id,
            name: name === "default" ? "" : name,
            taskId: task.id,
            at: next_at,
            taskPaused: task.paused,
          },
        ];
      }),
    )
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .slice(0, most);
}
