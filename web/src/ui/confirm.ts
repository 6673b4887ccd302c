/** Asking before something that cannot be taken back: a promise, answered by the dialog in UiOverlays. */
import { shallowRef } from "vue";

export interface ConfirmInput {
  title: string;
  text?: string;
  /** What exactly is touched, as a list under the text. */
  items?: string[];
  /** A verb ("Delete task"), never just "OK". */
  confirmLabel: string;
  cancelLabel?: string;
  /** Red button, for acts that destroy. */
  danger?: boolean;
  /** The reader must type this before the button works. */
  typeName?: string;
}

export interface Question extends ConfirmInput {
  answer: (yes: boolean) => void;
}

export const question = shallowRef<Question | null>(null);

/** `confirm(...)` resolves to true only when the reader agreed; a newer question answers an older one with no. */
export function useConfirm(): { confirm: (input: ConfirmInput) => Promise<boolean> } {
  return {
    confirm(input) {
      question.value?.answer(false);
      return new Promise((resolve) => {
        const asked: Question = {
          ...input,
          answer(yes) {
            if (question.value === asked) question.value = null;
            resolve(yes);
          },
        };
        question.value = asked;
      });
    },
  };
}
