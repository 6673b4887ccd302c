/** The wire between a field and the control in it: ids, description, validity. */
import { computed, inject, provide, toValue, useId } from "vue";
import type { ComputedRef, InjectionKey, MaybeRefOrGetter } from "vue";

/** What a control takes over from the field around it. */
export interface FieldContext {
  id: string;
  labelId: string;
  describedBy: ComputedRef<string | undefined>;
  invalid: ComputedRef<boolean>;
  required: ComputedRef<boolean>;
}

/** The attributes that a control puts on its focusable element. */
export interface ControlAttributes {
  id?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: "true";
  "aria-required"?: "true";
  "aria-label"?: string;
  "aria-labelledby"?: string;
}

const key: InjectionKey<FieldContext> = Symbol("field");

export function provideField(context: FieldContext): void {
  provide(key, context);
}

/** The attributes for the focusable element of a control, inside a field or alone. */
export function useControl(own: {
  label?: MaybeRefOrGetter<string | undefined>;
  invalid?: MaybeRefOrGetter<boolean | undefined>;
  /** A group (radio cards, a list of rows) is named by the label's id, not by `for`. */
  group?: boolean;
}): { attributes: ComputedRef<ControlAttributes>; invalid: ComputedRef<boolean> } {
  const field = inject(key, null);
  const alone = useId();
  const invalid = computed(() => Boolean(toValue(own.invalid)) || (field?.invalid.value ?? false));
  const attributes = computed<ControlAttributes>(() => {
    const label = toValue(own.label);
    const found: ControlAttributes = { id: field?.id ?? alone };
    if (field?.describedBy.value) found["aria-describedby"] = field.describedBy.value;
    if (invalid.value && !own.group) found["aria-invalid"] = "true";
    if (field?.required.value && !own.group) found["aria-required"] = "true";
    if (label) found["aria-label"] = label;
    else if (own.group && field) found["aria-labelledby"] = field.labelId;
    return found;
  });
  return { attributes, invalid };
}
