/** What every test gets: Vue's warnings are failures. */
import { config } from "@vue/test-utils";
import { afterEach, beforeEach, expect, vi } from "vitest";

import { i18n } from "@/i18n";

config.global.plugins = [i18n];

let warn: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  warn = vi.spyOn(console, "warn");
});

afterEach(() => {
  expect(warn).not.toHaveBeenCalled();
});
