/** The typed client's set-up, and the server's problem documents as errors. */
import { client } from "./generated/client.gen";
import type { ProblemAnswer } from "./generated/types.gen";

export { client };

/** What the server said when it refused, or that it could not be asked at all. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  /** `status` is 0 when no answer came; `facts` are all fields of the problem document. */
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly hint: string | null,
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail || title);
  }

  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

function isProblem(value: unknown): value is ProblemAnswer & Record<string, unknown> {
  return typeof value === "object" && value !== null && "code" in value && "status" in value;
}

/** Makes an `ApiError` of whatever a call threw; an aborted call stays what it is. */
export function asApiError(error: unknown, response?: Response): unknown {
  if (error instanceof ApiError) return error;
  if (error instanceof DOMException && error.name === "AbortError") return error;
  if (isProblem(error)) {
    const { status, code, title, detail, hint } = error;
    return new ApiError(status, code, title, detail ?? "", hint ?? null, error);
  }
  if (response) {
    const text = typeof error === "string" ? error.slice(0, 500) : "";
    return new ApiError(response.status, "http", response.statusText, text, null);
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiError(0, "unreachable", "", detail, null);
}

client.setConfig({ baseUrl: "" });
client.interceptors.error.use((error, response) => asApiError(error, response));
