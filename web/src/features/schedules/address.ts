/** What the page's address says: the view, its filters, the day it shows. */
import { computed, type ComputedRef } from "vue";
import { useRoute, useRouter, type LocationQueryRaw } from "vue-router";

export const VIEWS = ["list", "calendar", "density"] as const;
export type View = (typeof VIEWS)[number];
export const STATES = ["all", "active", "paused", "broken"] as const;
export type State = (typeof STATES)[number];
export const SPANS = ["month", "week", "day"] as const;
export type Span = (typeof SPANS)[number];

export interface Address {
  view: View;
  q: string;
  task: string;
  state: State;
  span: Span;
  /** `YYYY-MM-DD`, empty for today. */
  day: string;
}

const DEFAULTS: Address = { view: "list", q: "", task: "", state: "all", span: "month", day: "" };

const oneOf = <T extends string>(values: readonly T[], text: string, fallback: T): T =>
  values.find((value) => value === text) ?? fallback;

/** The address of a query; what is not understood counts as not said. */
export function readAddress(query: Readonly<Record<string, unknown>>): Address {
  const text = (name: string) => (typeof query[name] === "string" ? query[name] : "");
  return {
    view: oneOf(VIEWS, text("view"), DEFAULTS.view),
    q: text("q"),
    task: text("task"),
    state: oneOf(STATES, text("state"), DEFAULTS.state),
    span: oneOf(SPANS, text("span"), DEFAULTS.span),
    day: /^\d{4}-\d\d-\d\d$/.test(text("day")) ? text("day") : "",
  };
}

/** Only what differs from the usual. */
export function writtenAddress(address: Address): Record<string, string> {
  return Object.fromEntries(
    Object.entries(address).filter(([name, value]) => value !== DEFAULTS[name as keyof Address]),
  );
}

export function useAddress(): {
  address: ComputedRef<Address>;
  set: (changes: Partial<Address>) => void;
  queryOf: (changes: Partial<Address>) => LocationQueryRaw;
} {
  const route = useRoute();
  const router = useRouter();
  const address = computed(() => readAddress(route.query));
  const queryOf = (changes: Partial<Address>): LocationQueryRaw =>
    writtenAddress({ ...address.value, ...changes });
  return {
    address,
    queryOf,
    set: (changes) => void router.replace({ query: queryOf(changes) }),
  };
}
