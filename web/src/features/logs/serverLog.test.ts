/** The reading of the server's log: back, on, and over the start of a new file. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ref } from "vue";

import { readServerLog } from "@/api/generated";

import { MOST_RECORDS, useServerLog, type ServerLogFilter } from "./serverLog";

const record = (offset: number) => ({
  offset,
  at: null,
  level: null,
  logger: null,
  message: `line ${String(offset)}`,
});
const page = (offsets: number[], facts: { start?: number; next: number; size?: number }) => ({
  data: {
    items: offsets.map(record),
    start: facts.start ?? 0,
    next_offset: facts.next,
    size: facts.size ?? facts.next,
  },
});

vi.mock("@/api/generated", () => ({ readServerLog: vi.fn() }));
const read = vi.mocked(readServerLog);

function answer(value: unknown): void {
  read.mockResolvedValueOnce(value as never);
}

describe("the server's log", () => {
  const filter = ref<ServerLogFilter>({ source: "server", level: undefined, q: undefined });

  beforeEach(() => {
    read.mockReset();
  });

  it("reads back from its end and on as it grows", async () => {
    const log = useServerLog(filter);
    answer(page([50, 60], { start: 50, next: 70 }));
    await log.restart();
    expect(log.hasOlder.value).toBe(true);
    answer(page([70], { start: 70, next: 80 }));
    expect(await log.readNewer()).toBe(true);
    answer(page([0, 20], { start: 0, next: 50 }));
    await log.readOlder();
    expect(log.records.value.map(({ offset }) => offset)).toEqual([0, 20, 50, 60, 70]);
    expect(log.hasOlder.value).toBe(false);
    expect(read.mock.calls.map(([options]) => options?.query?.before)).toEqual([
      undefined,
      undefined,
      50,
    ]);
  });

  it("begins anew when the file is shorter than before", async () => {
    const log = useServerLog(filter);
    answer(page([50], { start: 50, next: 70 }));
    await log.restart();
    answer(page([], { next: 10, size: 10 }));
    answer(page([0], { next: 10 }));
    expect(await log.readNewer()).toBe(true);
    expect(log.records.value.map(({ offset }) => offset)).toEqual([0]);
  });

  it("drops the answer to an older question", async () => {
    const log = useServerLog(filter);
    let late: (value: unknown) => void = () => undefined;
    read.mockReturnValueOnce(new Promise((resolve) => (late = resolve)) as never);
    const first = log.restart();
    answer(page([5], { next: 6 }));
    await log.restart();
    late(page([1], { next: 2 }));
    await first;
    expect(log.records.value.map(({ offset }) => offset)).toEqual([5]);
  });

  it("keeps no more than it can show, and says what failed", async () => {
    const log = useServerLog(filter);
    answer(
      page(
        Array.from({ length: 300 }, (_, at) => at),
        { next: 300 },
      ),
    );
    await log.restart();
    answer(
      page(
        Array.from({ length: MOST_RECORDS }, (_, at) => 300 + at),
        { next: 9_999 },
      ),
    );
    await log.readNewer();
    expect(log.records.value).toHaveLength(MOST_RECORDS);
    read.mockRejectedValueOnce(new Error("gone"));
    await log.readOlder();
    expect(log.state.value).toBe("failed");
  });
});
