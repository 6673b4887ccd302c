/** What a run's time was spent on, from its submission to its end. Pure. */
import type { AttemptAnswer, RunAnswer } from "@/api/generated";
import { isFinal } from "@/domain/status";

export type SpanKind = "delay" | "waiting" | "starting" | "attempt" | "backoff";

export interface Span {
  kind: SpanKind;
  fromMs: number;
  /** Where it is not over: null. */
  toMs: number | null;
  /** Of an attempt. */
  attempt?: AttemptAnswer;
}

type Timed = Pick<
  RunAnswer,
  "status" | "submitted_at" | "not_before" | "started_at" | "finished_at" | "attempts"
>;

const ms = (at: string): number => new Date(at).getTime();
const orNull = (at: string | null): number | null => (at === null ? null : ms(at));

/** In the order of time, without what took no time at all; attempts always are there. */
export function spansOf(run: Timed): Span[] {
  const submitted = ms(run.submitted_at);
  const started = orNull(run.started_at);
  const [first] = run.attempts;
  const over = isFinal(run.status) ? orNull(run.finished_at) : null;
  // A retry's backoff overwrites the time before which the first attempt was not to start.
  const due = orNull(run.not_before);
  const wasDue = due !== null && (started === null || due <= started) ? due : submitted;
  const eligible = Math.max(submitted, Math.min(wasDue, started ?? over ?? wasDue));
  const isDue = run.status !== "scheduled";
  const spans: Span[] = [
    { kind: "delay", fromMs: submitted, toMs: isDue ? eligible : null },
    ...(isDue ? [{ kind: "waiting" as const, fromMs: eligible, toMs: started ?? over }] : []),
  ];
  if (started !== null) {
    spans.push({ kind: "starting", fromMs: started, toMs: first ? ms(first.started_at) : over });
  }
  for (const [at, attempt] of run.attempts.entries()) {
    const end = orNull(attempt.finished_at);
    const next = run.attempts[at + 1];
    spans.push({ kind: "attempt", fromMs: ms(attempt.started_at), toMs: end, attempt });
    if (end === null) continue;
    if (next) spans.push({ kind: "backoff", fromMs: end, toMs: ms(next.started_at) });
    else if (!isFinal(run.status)) spans.push({ kind: "backoff", fromMs: end, toMs: null });
    else if (over !== null) spans.push({ kind: "backoff", fromMs: end, toMs: over });
  }
  return spans.filter(
    ({ kind, fromMs, toMs }) => kind === "attempt" || toMs === null || toMs - fromMs >= 1,
  );
}

export interface Scale {
  fromMs: number;
  toMs: number;
}

/** From the submission to the end, or to now where there is none. */
export function scaleOf(run: Timed, nowMs: number): Scale {
  const fromMs = ms(run.submitted_at);
  const end = isFinal(run.status) ? orNull(run.finished_at) : null;
  return { fromMs, toMs: Math.max(end ?? nowMs, fromMs + 1) };
}

/** Where a span lies on the scale, in percent. */
export function placeOf(span: Span, { fromMs, toMs }: Scale): { left: number; width: number } {
  const share = (at: number) => Math.min(100, Math.max(0, (100 * (at - fromMs)) / (toMs - fromMs)));
  const left = share(span.fromMs);
  return { left, width: share(span.toMs ?? toMs) - left };
}
