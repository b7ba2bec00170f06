/** Something the router refused or could not do, or a router that could not be reached (`status` 0). */
export class Fault extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;

  constructor(message: string, status: number, code: string, requestId: string | null = null) {
    super(message);
    this.name = "Fault";
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }

  /** Whether the same call may succeed in a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

/** Turn whatever was thrown into a fault; a failed fetch is a router that cannot be reached. */
export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Fault(message, 0, thrown instanceof TypeError ? "unreachable" : "unexpected");
}

/** Read the router's error body, `{"error": {"message", "code"}}`; a proxy may have answered with anything else. */
export function faultFrom(body: unknown, response: Response): Fault {
  const said = isErrorBody(body) ? body.error : { message: response.statusText, code: "unexpected" };
  return new Fault(said.message, response.status, said.code, response.headers.get("x-request-id"));
}

function isErrorBody(body: unknown): body is { error: { message: string; code: string } } {
  if (typeof body !== "object" || body === null || !("error" in body)) return false;
  const { error } = body;
  return typeof error === "object" && error !== null && "message" in error && "code" in error;
}
