/** The rows and columns of a DataTable in the order and choice of its reader, by TanStack Table. */
import {
  columnVisibilityFeature,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/vue-table";
import type { ColumnDef } from "@tanstack/vue-table";
import { computed, ref, watch, type ComputedRef, type Ref } from "vue";

import type { DataColumn, DataSort } from "./dataTable";
import { recall, remember } from "./remembered";

const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});

type Cell = string | number | boolean | null | undefined;

/** Numbers by size, words as people sort them, nothing last. */
export function compareCells(a: Cell, b: Cell): number {
  const missing = Number(a == null) - Number(b == null);
  if (missing !== 0 || a == null || b == null) return missing;
  if (typeof a === "string" && typeof b === "string") {
    return a.localeCompare(b, undefined, { numeric: true });
  }
  return Number(a) - Number(b);
}

function isVisibility(value: unknown): value is Record<string, boolean> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((entry) => typeof entry === "boolean")
  );
}

interface Source<T> {
  rows: () => readonly T[];
  columns: () => readonly DataColumn<T>[];
  rowKey: (row: T) => string;
  sort: Ref<DataSort | null>;
  /** True: the server sorted already. */
  sorted: () => boolean;
  remembered: () => string | undefined;
}

export interface TableRows<T> {
  ordered: ComputedRef<readonly T[]>;
  visible: ComputedRef<DataColumn<T>[]>;
  /** By column id; an absent one is shown. */
  visibility: Ref<Record<string, boolean>>;
  resetColumns: () => void;
}

export function useTableRows<T extends object>(source: Source<T>): TableRows<T> {
  const standard = () =>
    Object.fromEntries(source.columns().flatMap((c) => (c.hidden ? [[c.id, false]] : [])));
  const stored = () => {
    const key = source.remembered();
    return key === undefined ? undefined : recall(`columns.${key}`, isVisibility);
  };
  const visibility = ref<Record<string, boolean>>({ ...standard(), ...stored() });
  watch(visibility, (now) => {
    const key = source.remembered();
    if (key !== undefined) remember(`columns.${key}`, now);
  });

  const table = useTable<typeof features, T>({
    features,
    data: computed(() => source.rows()),
    columns: computed(() => source.columns().map((column) => definition(column))),
    getRowId: source.rowKey,
    manualSorting: computed(() => source.sorted()),
    state: computed(() => ({
      sorting: source.sort.value ? [source.sort.value] : [],
      columnVisibility: visibility.value,
    })),
  });

  return {
    ordered: computed(() => {
      // Without a client side order the rows are what they are; no copy of 100,000.
      if (source.sorted() || !source.sort.value) return source.rows();
      return table.getRowModel().rows.map((row) => row.original);
    }),
    visible: computed(() => {
      const shown = new Set(table.getVisibleLeafColumns().map((column) => column.id));
      return source.columns().filter((column) => shown.has(column.id));
    }),
    visibility,
    resetColumns: () => {
      visibility.value = standard();
    },
  };
}

function definition<T extends object>(column: DataColumn<T>): ColumnDef<typeof features, T> {
  return {
    id: column.id,
    header: column.header,
    accessorFn: (row: T) => column.value?.(row) ?? null,
    enableHiding: column.hideable !== false,
    enableSorting: column.sortable === true,
    sortFn: (a, b, id) => compareCells(a.getValue<Cell>(id), b.getValue<Cell>(id)),
  };
}
