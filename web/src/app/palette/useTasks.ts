/** The palette's tasks: the ones that are loaded, what the server finds, and what may be done. */
import { CirclePlay, FileCode2, Pause, Play, SquareTerminal, TriangleAlert } from "@lucide/vue";
import { useQuery } from "@tanstack/vue-query";
import { computed, type ComputedRef, type Ref } from "vue";
import { useI18n } from "vue-i18n";
import { useRouter } from "vue-router";

import { useTaskActions } from "@/actions";
import type { TaskItem } from "@/api/generated";
import { listTasksOptions } from "@/api/generated/@tanstack/vue-query.gen";

import type { Item } from "./items";
import { Finder, verbOf } from "./ranking";

const LOADED = 500;
const FOUND = 20;
const ACTED_ON = 5;

export interface TaskItems {
  items: ComputedRef<Item[]>;
  /** For `run crawl`, `pause crawl`...: the same tasks as acts, best first; they lead all else. */
  acts: ComputedRef<Item[]>;
  isAsking: ComputedRef<boolean>;
  isError: ComputedRef<boolean>;
}

/** `asked`: the query when it has rested for a moment; `query`: as it is typed. */
export function useTaskItems(query: Ref<string>, asked: Ref<string>): TaskItems {
  const { t } = useI18n();
  const router = useRouter();
  const actions = useTaskActions();

  const verbs = computed(() => ({
    run: t("palette.verbs.run"),
    edit: t("palette.verbs.edit"),
    pause: t("palette.verbs.pause"),
    resume: t("palette.verbs.resume"),
  }));
  const verb = computed(() => verbOf(query.value, verbs.value));

  const loaded = useQuery(listTasksOptions({ query: { limit: LOADED } }));
  const searched = computed(() => verbOf(asked.value, verbs.value)?.rest ?? asked.value.trim());
  const found = useQuery(
    computed(() => ({
      ...listTasksOptions({ query: { q: searched.value, limit: FOUND } }),
      // Where all tasks are loaded the server knows no more.
      enabled: searched.value.length > 1 && Boolean(loaded.data.value?.next_cursor),
    })),
  );
  const tasks = computed(() => {
    const all = new Map<string, TaskItem>();
    for (const page of [loaded.data.value, found.data.value]) {
      for (const task of page?.items ?? []) all.set(task.id, task);
    }
    return all;
  });

  const opened = (task: TaskItem): Item => ({
    key: `task:${task.id}`,
    group: "tasks",
    title: task.id,
    detail: detailOf(task),
    icon: task.problems.length ? TriangleAlert : task.paused ? Pause : SquareTerminal,
    ink: task.problems.length ? "text-warn-ink" : "",
    words: [task.spec.queue, task.spec.project, ...task.spec.labels].filter(Boolean).join(" "),
    act: () => router.push({ name: "task", params: { id: task.id } }),
    instead: { label: t("palette.run"), act: () => actions.run(task) },
  });

  function detailOf(task: TaskItem): string | undefined {
    const marks = [
      task.spec.title,
      task.problems.length ? t("palette.broken") : null,
      task.paused ? t("palette.paused") : null,
    ];
    return marks.filter(Boolean).join(" · ") || undefined;
  }

  /** What the verb means for this task; nothing where it would change nothing. */
  function actOf(name: keyof typeof verbs.value, task: TaskItem): Item[] {
    const named = { task: task.id };
    const act = (title: string, icon: Item["icon"], run: () => unknown): Item => ({
      key: `${name}:${task.id}`,
      group: "actions",
      title,
      icon,
      detail: task.spec.title ?? undefined,
      act: run,
    });
    switch (name) {
      case "run":
        return [
          {
            ...act(t("palette.taskRun", named), Play, () => actions.run(task)),
            instead: { label: t("palette.runWith"), act: () => actions.runWith(task) },
          },
        ];
      case "edit":
        return [
          act(t("palette.taskEdit", named), FileCode2, () =>
            router.push({ name: "edit-task", params: { id: task.id } }),
          ),
        ];
      case "pause":
        return task.paused
          ? []
          : [act(t("palette.taskPause", named), Pause, () => actions.pause(task))];
      case "resume":
        return task.paused
          ? [act(t("palette.taskResume", named), CirclePlay, () => actions.resume(task))]
          : [];
    }
  }

  const items = computed(() => [...tasks.value.values()].map(opened));
  /** By name alone: an act must not hit a task that only mentions the word. */
  const named = computed(
    () => new Finder(items.value.map((item) => ({ ...item, detail: undefined, words: "" }))),
  );
  const acts = computed(() => {
    const wanted = verb.value;
    if (!wanted) return [];
    const best = named.value.find(wanted.rest)[0]?.items.slice(0, ACTED_ON) ?? [];
    return best.flatMap(({ title }) => {
      const task = tasks.value.get(title);
      return task ? actOf(wanted.verb, task) : [];
    });
  });

  return {
    items,
    acts,
    isAsking: computed(() => loaded.isLoading.value || found.isFetching.value),
    isError: computed(() => loaded.isError.value),
  };
}
