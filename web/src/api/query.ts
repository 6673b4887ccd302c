/** How server state is kept: what counts as fresh, and what is tried again. */
import { QueryClient } from "@tanstack/vue-query";

import { ApiError } from "./client";

const TRIES = 2;

/** The socket says what changed, so an answer stays fresh until it does or a minute is over. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) =>
        failures < TRIES &&
        error instanceof ApiError &&
        (error.isUnreachable || error.status >= 500),
      retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 5_000),
    },
    mutations: { retry: false },
  },
});
