/** A value that lives in the address, so that a link shows the same and Back goes back. */
import { computed, type WritableComputedRef } from "vue";
import { useRoute, useRouter } from "vue-router";

/** `fallback` is not written; what `isValid` refuses reads as `fallback`. */
export function useRouteQuery<T extends string>(
  name: string,
  fallback: T,
  isValid: (text: string) => boolean = () => true,
): WritableComputedRef<T> {
  const route = useRoute();
  const router = useRouter();
  return computed({
    get: () => {
      const text = route.query[name];
      return typeof text === "string" && isValid(text) ? (text as T) : fallback;
    },
    set: (value) => {
      // Without a value a parameter is left out of the address.
      const query = { ...route.query, [name]: value === fallback ? undefined : value };
      void router.replace({ query, hash: route.hash });
    },
  });
}
