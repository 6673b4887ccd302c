/** The attributes and native events that every component passes on to its element, for strict templates. */
import type { AriaAttributes, InputHTMLAttributes } from "vue";

declare module "vue" {
  interface ComponentCustomProps
    extends
      AriaAttributes,
      Pick<
        InputHTMLAttributes,
        | "autocapitalize"
        | "autocomplete"
        | "autofocus"
        | "form"
        | "id"
        | "inputmode"
        | "maxlength"
        | "name"
        | "onBlur"
        | "onFocus"
        | "onFocusin"
        | "onFocusout"
        | "onInput"
        | "onKeydown"
        | "onPaste"
        | "onPointerdown"
        | "onPointerenter"
        | "onPointerleave"
        | "placeholder"
        | "role"
        | "spellcheck"
        | "tabindex"
        | "title"
      > {
    [data: `data-${string}`]: unknown;
  }

  interface HTMLAttributes {
    [data: `data-${string}`]: unknown;
  }
}
