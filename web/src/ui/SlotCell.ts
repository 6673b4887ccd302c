/** Renders one slot function with its props, so that a row redraws only when its own props change. */
import type { FunctionalComponent, VNode } from "vue";

// A slot's props differ from table to table; the table that hands them over is the one that knows.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnySlot = (props: any) => VNode[];

const SlotCell: FunctionalComponent<{ content: AnySlot; values: Record<string, unknown> }> = (
  props,
) => props.content(props.values);
SlotCell.props = ["content", "values"];

export default SlotCell;
