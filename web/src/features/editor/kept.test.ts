import { afterEach, describe, expect, it, vi } from "vitest";

import { forget, forgetOld, keep, kept } from "./kept";

afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

describe("texts that were not saved", () => {
  it("are kept, found and forgotten by task", () => {
    expect(keep("a", "text", "hash")).toBe(true);
    expect(kept("a")).toMatchObject({ text: "text", base: "hash" });
    expect(kept("b")).toBeNull();
    forget("a");
    expect(kept("a")).toBeNull();
  });

  it.each(["", "{", "null", '{"text": 1}'])("of another make (%j) are none", (stored) => {
    localStorage.setItem("runyard.draft.a", stored);
    expect(kept("a")).toBeNull();
  });

  it("go after a month, and nothing else with them", () => {
    keep("old", "text", "");
    localStorage.setItem("runyard.theme", "dark");
    const later = (days: number) => new Date(Date.now() + days * 86_400_000);
    forgetOld(later(29));
    expect(kept("old")).not.toBeNull();
    forgetOld(later(31));
    expect(kept("old")).toBeNull();
    expect(localStorage.getItem("runyard.theme")).toBe("dark");
  });

  it("are not kept where the browser refuses, and say so", () => {
    vi.stubGlobal("localStorage", {
      setItem() {
        throw new DOMException("full", "QuotaExceededError");
      },
    });
    expect(keep("a", "text", "")).toBe(false);
  });
});
