/** Made-up data of the gallery, the same on every visit. */
import type {
  BarPart,
  BarStack,
  DataColumn,
  DataTone,
  HeatCell,
  Sparkbar,
  TimelineBar,
} from "@/ui";

const tones: DataTone[] = [
  "succeeded",
  "succeeded",
  "succeeded",
  "failed",
  "timed-out",
  "cancelled",
];

/** 0..1, the same for the same number. */
function chance(of: number): number {
  const wave = Math.sin(of * 12.9898) * 43_758.5453;
  return wave - Math.floor(wave);
}

function tone(of: number): DataTone {
  return tones[Math.floor(chance(of) * tones.length)] ?? "succeeded";
}

function outcome(of: number): Sparkbar {
  return {
    key: String(of),
    tone: tone(of),
    height: 0.2 + 0.8 * chance(of + 7),
    label: `Run ${String(of)}`,
  };
}

export const outcomes = Array.from({ length: 12 }, (_, index) => ({
  ...outcome(index),
  to: `/?bar=${String(index)}`,
}));

export interface Sample {
  id: string;
  name: string;
  queue: string;
  seconds: number;
  last: Sparkbar[];
}

export function row(index: number): Sample {
  return {
    id: `run-${String(index)}`,
    name: `nightly/report-${String(index)}`,
    queue: ["default", "mail", "heavy"][Math.abs(index) % 3] ?? "default",
    seconds: Math.round(chance(index) * 6000) / 10,
    last: Array.from({ length: 8 }, (_, bar) => outcome((Math.abs(index) % 50) * 8 + bar)),
  };
}

export const columns: DataColumn<Sample>[] = [
  {
    id: "name",
    header: "Task",
    value: (s) => s.name,
    width: "minmax(10rem, 2fr)",
    sortable: true,
    hideable: false,
  },
  { id: "queue", header: "Queue", value: (s) => s.queue, sortable: true, priority: 2 },
  { id: "last", header: "Last runs", priority: 1 },
  {
    id: "seconds",
    header: "Duration",
    value: (s) => s.seconds,
    align: "end",
    sortable: true,
    priority: 1,
  },
  { id: "id", header: "Id", value: (s) => s.id, hidden: true, priority: 3 },
];

export const lanes = Array.from({ length: 8 }, (_, index) => ({
  id: `lane-${String(index)}`,
  label: `etl/extract-customers-${String(index)}`,
}));

export function bars(now: number): TimelineBar[] {
  return Array.from({ length: 5000 }, (_, index) => {
    const start = now - chance(index) * 6 * 3_600_000;
    const open = index % 500 === 0;
    return {
      id: String(index),
      lane: `lane-${String(index % 8)}`,
      start,
      end: open ? null : Math.min(now, start + chance(index + 3) * 120_000),
      tone: open ? "running" : tone(index),
      label: `Run ${String(index)}`,
      detail: "default queue",
    };
  });
}

export const parts: BarPart[] = [
  { key: "ok", label: "Succeeded", tone: "succeeded" },
  { key: "bad", label: "Failed", tone: "failed" },
  { key: "late", label: "Timed out", tone: "timed-out" },
];

export const stacks: BarStack[] = Array.from({ length: 30 }, (_, index) => ({
  key: String(index),
  label: `Nov ${String(index + 1)}`,
  values: {
    ok: 40 + Math.round(chance(index) * 60),
    bad: Math.round(chance(index + 50) * 9),
    late: index % 7 === 0 ? 5 : 0,
  },
}));

export const week = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
export const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));
export const days: HeatCell[][] = week.map((day, d) =>
  hours.map((hour, h) => {
    const value = chance(d * 24 + h) > 0.4 ? Math.round(chance(d * 31 + h) ** 4 * 60) : 0;
    return { value, label: `${day} ${hour}:00, ${String(value)} fires` };
  }),
);

export const json = {
  ok: true,
  rows: 120_394,
  note: null,
  "odd key": "<img src=x onerror=alert(1)>",
  text: "long ".repeat(120),
  regions: [
    { name: "eu", totals: [1, 2, 3] },
    { name: "us", totals: [] },
  ],
  many: Array.from({ length: 5000 }, (_, index) => ({ index })),
};

export const diff = `--- v1
+++ v2
@@ -1,4 +1,5 @@
 # /// script
-# timeout = "5m"
+# timeout = "10m"
+# retries = 3
 # ///
 import sys
@@ -20,3 +21,3 @@
 def main():
-    print("hello")
+    print("hello, world")
     return 0
`;
