/** New runs that wait until the list may move: the newest of them, however many come. */
import type { RunChange } from "@/api/changes";
import type { RunItem } from "@/api/generated";

export class HeldRuns {
  #runs = new Map<string, RunItem>();
  #dropped = 0;
  /** The newest run that was let go; below it the list has gaps. */
  #above: string | null = null;

  constructor(private readonly most: number) {}

  /** Also those that were let go. */
  get count(): number {
    return this.#runs.size + this.#dropped;
  }

  /** Takes in what matches, and out what does not any more. */
  take(changes: readonly RunChange[], matches: (run: RunItem) => boolean): void {
    for (const change of changes) {
      const run = { ...this.#runs.get(change.id), ...change };
      if (isWhole(run) && matches(run) && (this.#above === null || run.id > this.#above))
        this.#runs.set(run.id, run);
      else this.#runs.delete(run.id);
    }
    if (this.#runs.size > this.most) this.#letGo();
  }

  /** All of them, and the id below which some are missing; empty afterwards. */
  give(): { runs: RunItem[]; above: string | null } {
    const given = { runs: [...this.#runs.values()], above: this.#above };
    this.#runs.clear();
    this.#dropped = 0;
    this.#above = null;
    return given;
  }

  #letGo(): void {
    const ids = [...this.#runs.keys()].sort();
    const old = ids.slice(0, Math.ceil(ids.length / 2));
    for (const id of old) this.#runs.delete(id);
    this.#dropped += old.length;
    this.#above = old.at(-1) ?? this.#above;
  }
}

/** Changes carry all fields of a list's item, unless an older server sends fewer. */
function isWhole(run: RunChange): run is RunItem {
  return run.submitted_at !== undefined && run.labels !== undefined && run.task_id !== undefined;
}
