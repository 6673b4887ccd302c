/** The frames of the live stream, as types and checks. */
import type { LineAnswer, QueueAnswer, RunAnswer, ScheduleAnswer, TaskAnswer } from "./generated";

export type RunChange = Partial<RunAnswer> & Pick<RunAnswer, "id" | "status">;

export type Change =
  | { seq: number; kind: "run"; object: RunChange }
  | { seq: number; kind: "task"; object: Partial<TaskAnswer> & Pick<TaskAnswer, "id"> }
  | { seq: number; kind: "queue"; object: Partial<QueueAnswer> & Pick<QueueAnswer, "name"> }
  | { seq: number; kind: "schedule"; object: Partial<ScheduleAnswer> & Pick<ScheduleAnswer, "id"> };

export type LogLine = LineAnswer;

export type Frame =
  | { hello: { seq: number } }
  | Change
  | { log: string; lines: LogLine[]; next_offset: number }
  | { log_end: string; next_offset: number }
  | { pong: true }
  | { error: { code: string; message: string; hint: string | null } };

/** A frame of the socket, or undefined for what is none (a newer server's, say). */
export function parseFrame(text: string): Frame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Frame) : undefined;
  } catch {
    return undefined;
  }
}

/** Only the newest change of each thing, in the order in which they came. */
export function newestOfEach(changes: readonly Change[]): Change[] {
  const newest = new Map<string, Change>();
  for (const change of changes) {
    const key = `${change.kind}:${change.kind === "queue" ? change.object.name : change.object.id}`;
    newest.delete(key);
    newest.set(key, change);
  }
  return [...newest.values()];
}
