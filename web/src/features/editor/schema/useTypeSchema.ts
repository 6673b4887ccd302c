/** The JSON Schema of a type's configuration, from the server. */
import { useQuery } from "@tanstack/vue-query";
import { computed } from "vue";

import { listExecutorsOptions } from "@/api/generated/@tanstack/vue-query.gen";
import type { JsonSchema } from "@/code";

/** `schema` is null while it is not known, and where the type has none. */
export function useTypeSchema(executor: () => string | null) {
  const query = useQuery(
    computed(() => ({ ...listExecutorsOptions(), enabled: executor() !== null })),
  );
  const found = computed(() => query.data.value?.items.find(({ name }) => name === executor()));
  const schema = computed(() => (found.value?.config_schema ?? null) as JsonSchema | null);
  return { schema, description: computed(() => found.value?.description ?? ""), query };
}
