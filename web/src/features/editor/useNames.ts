/** Names that are in use, to offer them: queues, projects, owners, labels, time zones. */
import { useQuery } from "@tanstack/vue-query";
import { computed } from "vue";

import { readTaskFacetsOptions } from "@/api/generated/@tanstack/vue-query.gen";
import type { KnownNames } from "@/code";

export function useNames() {
  const { data } = useQuery(readTaskFacetsOptions());
  return computed((): KnownNames => {
    const zones = Intl.supportedValuesOf("timeZone");
    if (!data.value) return { timezone: zones };
    const values = (facets: { value: string }[]) =>
      facets.map(({ value }) => value).filter(Boolean);
    const { queues, projects, owners, labels } = data.value;
    return {
      queue: values(queues),
      project: values(projects),
      owner: values(owners),
      labels: values(labels),
      timezone: zones,
    };
  });
}
