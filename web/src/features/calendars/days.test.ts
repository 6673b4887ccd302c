import { describe, expect, it } from "vitest";

import { bodyOf, covers, draftOf, monthsOf, movedDay, turned } from "./days";

const CALENDAR = {
  name: "workdays",
  weekdays: ["mon", "tue", "wed", "thu", "fri"],
  holidays: ["DE-BY"],
  exclude: ["2026-12-24/2026-12-31", { day: "2026-05-02", reason: "bridge" }, "2026-01-02"],
  include: [],
  note: "",
  author: "ada",
  updated_at: "2026-01-01T00:00:00Z",
};

describe("a calendar's draft", () => {
  it("is what the API takes again, days in their order", () => {
    expect(bodyOf(draftOf(CALENDAR))).toEqual({
      weekdays: CALENDAR.weekdays,
      holidays: ["DE-BY"],
      exclude: ["2026-01-02", { day: "2026-05-02", reason: "bridge" }, "2026-12-24/2026-12-31"],
      include: [],
      note: "",
    });
  });

  it("has every day when no weekdays are named, none when the list is empty", () => {
    expect(bodyOf(draftOf({ ...CALENDAR, weekdays: null }))).not.toHaveProperty("weekdays");
    expect(bodyOf(draftOf({ ...CALENDAR, weekdays: [] }))).toMatchObject({ weekdays: [] });
  });

  it("turns a day round, and back", () => {
    const draft = draftOf(CALENDAR);
    const off = turned(draft, "2026-03-02", true);
    expect(off.exclude.at(-1)).toMatchObject({ day: "2026-03-02" });
    expect(bodyOf(turned(off, "2026-03-02", true))).toEqual(bodyOf(draft));
    const on = turned(draft, "2026-12-25", false);
    expect(on.include).toMatchObject([{ day: "2026-12-25" }]);
    expect(on.exclude).toEqual(draft.exclude);
  });

  it("knows which days an entry is about", () => {
    const [span] = draftOf(CALENDAR).exclude;
    expect(span && covers(span, "2026-12-31")).toBe(true);
    expect(span && covers(span, "2027-01-01")).toBe(false);
  });
});

describe("a year", () => {
  const days = Array.from({ length: 365 }, (_, index) => {
    const at = new Date(Date.UTC(2026, 0, 1 + index));
    return { day: at.toISOString().slice(0, 10), included: true, reason: "" };
  });

  it("is twelve months of weeks from Monday", () => {
    const months = monthsOf(days, "en");
    expect(months.map(({ weeks }) => weeks.flat().filter(Boolean).length)).toEqual([
      31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
    ]);
    expect(months[0]?.weeks[0]?.map((day) => day?.day.slice(8) ?? "")).toEqual([
      "",
      "",
      "",
      "01",
      "02",
      "03",
      "04",
    ]);
  });

  it("is walked by arrow keys up to its ends", () => {
    expect(movedDay("ArrowDown", "2026-01-30")).toBe("2026-02-06");
    expect(movedDay("ArrowLeft", "2026-01-01")).toBe("2026-01-01");
    expect(movedDay("Enter", "2026-01-01")).toBeUndefined();
  });
});
