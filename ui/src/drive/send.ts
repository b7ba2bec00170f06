import type { DriveFile } from "../api/answers";
import { changeHeaders, noteStatus } from "../api/client";
import { uploadPath } from "../api/drive";
import { Fault, faultFrom } from "../api/fault";

export interface Sending {
  workspace: string;
  folder: string;
  file: File;
  overwrite: boolean;
}

export type Send = (
  sending: Sending,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
) => Promise<DriveFile>;

/**
 * Upload a file and tell how much of it is on its way. By XMLHttpRequest: fetch does not tell.
 *
 * @throws Fault - the router refused, or could not be reached.
 */
export const sendFile: Send = ({ workspace, folder, file, overwrite }, onProgress, signal) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", uploadPath(workspace));
    for (const [name, value] of Object.entries(changeHeaders())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      onProgress(Math.min(event.loaded, file.size));
    };
    request.onload = () => {
      noteStatus(request.status);
      const said = parsed(request.responseText);
      if (request.status === 201) resolve(said as DriveFile);
      else reject(faultFrom(said, answerOf(request)));
    };
    request.onerror = () => {
      reject(new Fault("The upload was cut off.", 0, "upload_cut_off"));
    };
    request.onabort = () => {
      reject(new Fault("Cancelled.", 0, "cancelled"));
    };
    signal.addEventListener("abort", () => {
      request.abort();
    });
    request.send(formOf(folder, file, overwrite));
  });

/** The fields come before the file: the router decides by them whether to take it at all. */
function formOf(folder: string, file: File, overwrite: boolean): FormData {
  const form = new FormData();
  form.set("path", folder);
  form.set("overwrite", String(overwrite));
  form.set("file", file);
  return form;
}

function answerOf(request: XMLHttpRequest): Response {
  const id = request.getResponseHeader("x-request-id");
  const headers = id === null ? {} : { "x-request-id": id };
  return new Response(null, { status: request.status, statusText: request.statusText, headers });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
