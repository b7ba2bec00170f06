import { Fault, faultOf } from "../api/fault";
import { type Send, type Sending, sendFile } from "./send";

export type UploadState = "waiting" | "sending" | "done" | "exists" | "failed";

export interface Upload extends Sending {
  id: number;
  state: UploadState;
  /** Bytes that are on their way. */
  sent: number;
  fault?: Fault;
}

const AT_ONCE = 2;
const EXISTS = "file_exists";

/**
 * The files that are being uploaded, a few at a time. They go on while other pages are looked at; whoever shows them
 * subscribes.
 */
export class Uploads {
  private all: readonly Upload[] = [];
  private next = 0;
  private readonly under = new Map<number, AbortController>();
  private readonly listeners = new Set<() => void>();
  private readonly send: Send;

  constructor(send: Send) {
    this.send = send;
  }

  readonly list = (): readonly Upload[] => this.all;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Queue files for a folder; one that is larger than `largest` bytes fails at once, without being sent. */
  add(workspace: string, folder: string, files: readonly File[], largest: number | null): void {
    const added = files.map((file): Upload => {
      const upload = { id: this.next++, workspace, folder, file, overwrite: false, sent: 0 };
      if (largest === null || file.size <= largest) return { ...upload, state: "waiting" };
      return { ...upload, state: "failed", fault: new Fault("The file is too large.", 413, "file_too_large") };
    });
    this.change([...this.all, ...added]);
  }

  /** Send once more: a file that failed, or one that is to replace what is there. */
  again(id: number, overwrite: boolean): void {
    this.amend(id, { state: "waiting", sent: 0, overwrite });
  }

  /** Forget an upload; what of it was on its way is thrown away by the router. */
  drop(id: number): void {
    this.under.get(id)?.abort();
    this.change(this.all.filter((upload) => upload.id !== id));
  }

  /** Forget those that are through. */
  clear(): void {
    this.change(this.all.filter(({ state }) => state === "waiting" || state === "sending"));
  }

  private amend(id: number, change: Partial<Upload>): void {
    this.change(this.all.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
  }

  private change(all: readonly Upload[]): void {
    this.all = all;
    const due = all.filter(({ state }) => state === "waiting").slice(0, Math.max(0, AT_ONCE - this.under.size));
    for (const upload of due) void this.begin(upload);
    for (const listener of this.listeners) listener();
  }

  private async begin(upload: Upload): Promise<void> {
    const control = new AbortController();
    this.under.set(upload.id, control);
    this.all = this.all.map((one) => (one.id === upload.id ? { ...one, state: "sending" } : one));
    const end = await this.outcome(upload, control.signal);
    this.under.delete(upload.id);
    this.amend(upload.id, end);
  }

  private async outcome(upload: Upload, signal: AbortSignal): Promise<Partial<Upload>> {
    const onProgress = (sent: number) => {
      this.amend(upload.id, { sent });
    };
    try {
      await this.send(upload, onProgress, signal);
      return { state: "done", sent: upload.file.size };
    } catch (error) {
      const fault = faultOf(error);
      return { state: fault.code === EXISTS ? "exists" : "failed", fault };
    }
  }
}

/** Those of this page. */
export const uploads = new Uploads(sendFile);
