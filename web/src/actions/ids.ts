/** Whether a text can be a task's id, by the rules of the server. */

const MAX_BYTES = 200;

/** A message key under `actions.id`, or null when the id is good. Names that the server keeps for itself it refuses itself. */
export function idProblem(id: string): "empty" | "dot" | "sign" | "long" | null {
  if (!id) return "empty";
  if (id.startsWith(".") || id.endsWith(".")) return "dot";
  if (!/^[\p{L}\p{M}\p{N}_.-]+$/u.test(id)) return "sign";
  return new TextEncoder().encode(id).length > MAX_BYTES ? "long" : null;
}
