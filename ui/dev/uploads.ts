import { vi } from "vitest";

/** Stands for the browser's XMLHttpRequest: what was sent is kept, and the test says when and what is answered. */
export class FakeUploads {
  static install(): { requests: FakeUploads[] } {
    const requests: FakeUploads[] = [];
    vi.stubGlobal(
      "XMLHttpRequest",
      class extends FakeUploads {
        constructor() {
          super();
          requests.push(this);
        }
      },
    );
    return { requests };
  }

  readonly headers: Record<string, string> = {};
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
  fields: Record<string, FormDataEntryValue> = {};
  status = 0;
  statusText = "";
  responseText = "";
  onload?: () => void;
  onabort?: () => void;

  open(): void {
    this.status = 0;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  getResponseHeader(): null {
    return null;
  }

  send(form: FormData): void {
    this.fields = Object.fromEntries(form.entries());
  }

  abort(): void {
    this.onabort?.();
  }

  progress(loaded: number): void {
    this.upload.onprogress?.({ loaded });
  }

  answer(status: number, body: object): void {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload?.();
  }
}
