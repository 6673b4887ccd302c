/** The side bar, the router and the server agree on what is where. */
import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { i18n } from "@/i18n";

import { PLACES } from "./navigation";
import { routes } from "./router";

const named = new Map(routes.map((route) => [route.name, route]));

describe("the places", () => {
  it("are routes without parameters, with words in the bar", () => {
    for (const place of PLACES) {
      expect(named.get(place.name)?.path, place.name).toMatch(/^[^:]+$/);
      expect(i18n.global.te(`app.places.${place.name}`), place.name).toBe(true);
      for (const other of place.also) expect(named.has(other), other).toBe(true);
    }
  });

  it("have keys of their own", () => {
    const keys = PLACES.map((place) => place.keys.join(" "));
    expect(new Set(keys).size).toBe(PLACES.length);
  });

  it("have a home for every route", () => {
    const homes = PLACES.flatMap((place) => [place.name, ...place.also]);
    const strays = routes.filter((route) => !homes.includes(String(route.name)));
    expect(strays.map((route) => route.name)).toEqual(["welcome", "not-found"]);
  });
});

describe("the server", () => {
  const source = readFileSync("../src/runyard/api/page.py", "utf8");
  const between = (start: string) => source.split(start)[1]?.split(")\n")[0] ?? "";
  const addresses = [
    ...(between("\nADDRESSES = (") + between("SHARED_ADDRESSES = (")).matchAll(/"(\/[^"]*)"/g),
  ].map(([, address = ""]) => address);
  const serves = (path: string) =>
    addresses.some((address) =>
      address.endsWith("/{rest:path}")
        ? path.startsWith(address.slice(0, -"{rest:path}".length))
        : path === address,
    );

  it("gives the page at every route", () => {
    expect(addresses.length).toBeGreaterThan(10);
    const missing = routes
      .filter((route) => route.name !== "not-found")
      .map((route) => route.path.replace(/:\w+/g, "a-name"))
      .filter((path) => !serves(path));
    expect(missing).toEqual([]);
  });

  it("gives the page at no address that no route knows", () => {
    const tops = new Set(routes.map((route) => route.path.split("/")[1]));
    for (const address of addresses) expect(tops, address).toContain(address.split("/")[1]);
  });
});
