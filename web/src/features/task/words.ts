/** A task's effective settings in words. */
import type { RetryAnswer, SpecAnswer } from "@/api/generated";
import { bytesText } from "@/domain/sizes";
import { durationText } from "@/domain/time";
import type { DescriptionItem } from "@/ui";

type Translate = (key: string, named?: Record<string, unknown>, plural?: number) => string;

/** `2 more tries, after 1.0 s, 2.0 s; also after a timeout`. */
export function retryText(retry: RetryAnswer, t: Translate): string {
  if (!retry.retries) return t("task.words.noRetries");
  const waits = Array.from({ length: Math.min(retry.retries, 3) }, (_, at) =>
    durationText(Math.min(retry.backoff_s * retry.factor ** at, retry.cap_s)),
  );
  if (retry.retries > waits.length) waits.push("…");
  const parts = [
    t("task.words.retries", { n: retry.retries, waits: waits.join(", ") }, retry.retries),
  ];
  if (retry.on_exit_codes.length)
    parts.push(t("task.words.onCodes", { codes: retry.on_exit_codes.join(", ") }));
  if (retry.on_exceptions.length)
    parts.push(t("task.words.onExceptions", { names: retry.on_exceptions.join(", ") }));
  if (retry.on_timeout) parts.push(t("task.words.onTimeout"));
  return parts.join(t("task.words.join"));
}

export function policyItems(spec: SpecAnswer, t: Translate): DescriptionItem[] {
  const item = (key: string, value: string): DescriptionItem => ({
    key,
    term: t(`task.terms.${key}`),
    value,
  });
  const { limits } = spec;
  const unlimited = t("task.words.unlimited");
  return [
    item(
      "timeout",
      spec.timeout_s === null ? t("task.words.serverTimeout") : durationText(spec.timeout_s),
    ),
    item("grace", t("task.words.grace", { time: durationText(spec.grace_s) })),
    item("concurrency", t("task.words.concurrency", { n: spec.concurrency }, spec.concurrency)),
    item("priority", String(spec.priority)),
    item("retry", retryText(spec.retry, t)),
    item(
      "crashRetries",
      t("task.words.crashRetries", { n: spec.retry.crash_retries }, spec.retry.crash_retries),
    ),
    item("memory", limits.memory_bytes === null ? unlimited : bytesText(limits.memory_bytes)),
    item("cpu", limits.cpu_s === null ? unlimited : durationText(limits.cpu_s)),
    item("files", limits.open_files === null ? unlimited : String(limits.open_files)),
    item("output", limits.output_bytes === null ? unlimited : bytesText(limits.output_bytes)),
    ...(spec.heartbeat_s === null
      ? []
      : [item("heartbeat", t("task.words.heartbeat", { time: durationText(spec.heartbeat_s) }))]),
  ];
}

export function environmentItems(spec: SpecAnswer, t: Translate): DescriptionItem[] {
  const none = "–";
  const item = (key: string, value: string, mono = false): DescriptionItem => ({
    key,
    term: t(`task.terms.${key}`),
    value,
    mono,
  });
  return [
    item("isolation", t(`task.isolation.${spec.isolation}`)),
    item(
      "python",
      spec.requires_python ?? t("task.words.serverPython"),
      Boolean(spec.requires_python),
    ),
    item("dependencies", spec.dependencies.join("\n") || none, spec.dependencies.length > 0),
    item("preload", spec.preload.join(", ") || none, spec.preload.length > 0),
    item("needs", spec.needs.join(", ") || none),
  ];
}

/** A parameter's default, range and choices as one line. */
export function rangeText(
  { minimum, maximum, choices }: SpecAnswer["parameters"][number],
  t: Translate,
): string {
  if (choices.length)
    return choices.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(" | ");
  if (minimum !== null && maximum !== null)
    return t("actions.params.between", { min: minimum, max: maximum });
  if (minimum !== null) return t("actions.params.from", { min: minimum });
  return maximum === null ? "" : t("actions.params.upTo", { max: maximum });
}
