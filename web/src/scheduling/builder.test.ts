import { VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { createPinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, ref } from "vue";
import { createRouter, createWebHistory } from "vue-router";

import { ApiError } from "@/api/client";
import * as api from "@/api/generated";

import ScheduleBuilder from "./ScheduleBuilder.vue";
import type { ScheduleCheck } from "./preview";
import type { ScheduleSettings } from "./settings";

vi.mock("@/api/generated", { spy: true });

let mounted: ReturnType<typeof mount>;
const settings = ref<ScheduleSettings>({});
let checks: ScheduleCheck[] = [];

const Page = defineComponent({
  components: { ScheduleBuilder },
  setup: () => ({ settings, told: (check: ScheduleCheck) => checks.push(check) }),
  template: `<ScheduleBuilder v-model="settings" @check="told" />`,
});

function answer(body: Record<string, unknown>): api.PreviewAnswer {
  const fire = (day: number) => ({
    at: `2026-11-${String(day)}T08:00:00Z`,
    due: `2026-11-${String(day)}T08:00:00Z`,
    local: `2026-11-${String(day)}T09:00:00`,
    note: "",
    skipped: null,
  });
  return {
    description: `means ${String(body["cron"] ?? body["every"])}`,
    timezone: (body["timezone"] as string | undefined) ?? "Europe/Berlin",
    fires: [23, 24, 25].map(fire),
    more: true,
    problems: [],
    settings: {},
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  checks = [];
  vi.mocked(api.previewSchedule).mockImplementation((options) => {
    const body = options.body as Record<string, unknown>;
    if (String(body["cron"]).includes("25")) {
      const problems = [{ where: "cron", message: "hour: 25 is not in 0-23", position: 2 }];
      return Promise.reject(
        new ApiError(422, "invalid", "Invalid", "", null, { problems }),
      ) as never;
    }
    return Promise.resolve({ data: answer(body) }) as never;
  });
  vi.mocked(api.listCalendars).mockResolvedValue({ data: { items: [] } } as never);
});

afterEach(() => {
  mounted.unmount();
  document.body.replaceChildren();
  vi.useRealTimers();
});

async function open(given: ScheduleSettings): Promise<void> {
  settings.value = given;
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: "/calendars", name: "calendars", component: Page },
      { path: "/:rest(.*)*", component: Page },
    ],
  });
  mounted = mount(Page, {
    attachTo: document.body,
    global: { plugins: [createPinia(), router, VueQueryPlugin] },
  });
  await settle();
}
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(400);
  await flushPromises();
}
const text = () => document.body.textContent;
function type(label: string, value: string): void {
  const found = [...document.querySelectorAll("label")].find((one) =>
    one.textContent.trim().startsWith(label),
  );
  const input = document.getElementById(found?.htmlFor ?? "") as HTMLInputElement;
  input.value = value;
  input.dispatchEvent(new Event("input"));
  input.dispatchEvent(new Event("change"));
}

describe("the schedule builder", () => {
  it("shows what is given in its simplest way, with words and next fires", async () => {
    await open({ cron: "0 9 * * *", overlap: "allow_all" });
    expect(text()).toContain("Every day");
    expect(text()).toContain("means 0 9 * * *");
    expect(text()).toContain("Mon, Nov 23, 09:00");
    expect(text()).toContain("once a day");
    const values = [...document.querySelectorAll("input")].map(({ value }) => value);
    expect(values).toContain("The server's: Europe/Berlin");
    expect(checks.at(-1)?.state).toBe("right");
    // A policy that is set is not hidden.
    expect(text()).toContain("Run beside it");
  });

  it("writes what is chosen, and asks the server once it is settled", async () => {
    await open({ cron: "0 9 * * *" });
    vi.mocked(api.previewSchedule).mockClear();
    type("At", "07:3");
    type("At", "07:30");
    await settle();
    expect(settings.value).toEqual({ cron: "30 7 * * *" });
    expect(api.previewSchedule).toHaveBeenCalledTimes(1);
    expect(text()).toContain("means 30 7 * * *");
  });

  it("keeps cron as cron while it is typed, and shows what is wrong at its character", async () => {
    await open({ cron: "0 9 1 * MON" });
    type("Cron expression", "0 9 * * *");
    await settle();
    expect(settings.value.cron).toBe("0 9 * * *");
    expect(document.querySelector("input[placeholder='0 9 * * MON-FRI']")).not.toBeNull();
    type("Cron expression", "0 25 * * *");
    await settle();
    expect(checks.at(-1)?.state).toBe("wrong");
    expect(text()).toContain("hour: 25 is not in 0-23");
    expect(document.querySelector(".bg-danger-soft")?.textContent).toContain("25");
    expect(text()).not.toContain("Mon, Nov 23, 09:00");
  });

  it("follows a change from outside", async () => {
    await open({ cron: "0 9 * * *" });
    settings.value = { every: "2h" };
    await settle();
    expect(text()).toContain("At an interval");
    expect(text()).toContain("means 2h");
  });
});
