/** Class lists that several controls share, so that they look alike at every size. */

export type ControlSize = "sm" | "md";

/** Heights grow on touch screens, where a finger needs the room and 16 px text stops the zoom. */
export const heights: Record<ControlSize, string> = {
  sm: "h-7 text-xs pointer-coarse:h-9",
  md: "h-8 text-sm pointer-coarse:h-10",
};

/** The frame of everything one can type or choose in. */
export const frame =
  "min-w-0 rounded-md border border-line-strong/60 bg-panel text-ink transition-colors " +
  "hover:border-line-strong has-[:disabled]:cursor-not-allowed has-[:disabled]:bg-sunken has-[:disabled]:text-ink-3";

/** A frame lights up as a whole when the control in it has the focus. */
export const frameFocus =
  "focus-within:border-focus focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-focus";

export const frameInvalid = "border-danger!";

/** An input inside a frame draws nothing of its own. */
export const bare =
  "min-w-0 flex-1 bg-transparent text-ink outline-none placeholder:text-ink-3 " +
  "disabled:cursor-not-allowed disabled:text-ink-3 pointer-coarse:text-lg";

/** What floats above the page: menus, lists, popovers. */
export const floating =
  "ui-pop z-50 rounded-lg border border-line bg-raised text-ink shadow-raised outline-none";

/** One line in a menu or list. */
export const option =
  "relative flex min-h-7 w-full cursor-default select-none items-center gap-2 rounded-sm px-2 py-1 text-left " +
  "text-sm outline-none data-[highlighted]:bg-hover data-[disabled]:pointer-events-none " +
  "data-[disabled]:text-ink-3 data-[disabled]:opacity-70 pointer-coarse:min-h-10";
