// A model in a browser: onnxruntime-web or LiteRT.js, on WebAssembly or WebGPU.

import type * as OrtWeb from "onnxruntime-web";
import { type Engine, EdgeAttnError } from "./engine.js";
import { LiteRt } from "./litert.js";
import { OnnxRuntime } from "./onnxruntime.js";
import { type Opened, demandWebGpu, openProven } from "./opening.js";
import { judge, unpack } from "./probe.js";
import type { Runtime, Spec } from "./spec.js";

/** How a browser is to run a model. */
export interface WebOptions {
  /** Which runtime; the spec's first when nobody says. */
  readonly runtime?: Runtime;
  /** "webgpu" only runs after it answered the golden vectors; otherwise WebAssembly does. */
  readonly backend?: "wasm" | "webgpu";
  /** Threads of onnxruntime-web on WebAssembly; more than 1 needs a page with COOP and COEP. */
  readonly threads?: number;
  /** Address of the folder with the model files. */
  readonly folder?: string | URL;
  /** Address of the folder with the .wasm files of LiteRT.js. */
  readonly litertWasm?: string;
}

/** Open a model in a browser. */
export async function openInBrowser(spec: Spec, options: WebOptions = {}): Promise<Opened> {
  const runtime = options.runtime ?? (Object.keys(spec.files)[0] as Runtime);
  const file = spec.files[runtime];
  if (file === undefined) {
    throw new EdgeAttnError(
      `this kit has no file for ${runtime}; choose ${Object.keys(spec.files).join(" or ")}`,
    );
  }
  const folder = options.folder ?? new URL("../../model/", import.meta.url);
  const bytes = await fetched(file, folder);
  const start = (backend: "wasm" | "webgpu"): Promise<Engine> =>
    runtime === "litert"
      ? startLiteRt(spec, bytes, backend, options)
      : startOnnxRuntime(spec, bytes, backend, options);
  if (options.backend !== "webgpu") {
    return { engine: await start("wasm"), backend: "wasm", reason: "" };
  }
  return openProven(start, async (engine) => {
    const probe = await unpack(spec, runtime, await fetched("probe.bin", folder));
    return judge(engine, spec, probe);
  });
}

async function startOnnxRuntime(
  spec: Spec,
  bytes: Uint8Array,
  backend: "wasm" | "webgpu",
  { threads }: WebOptions,
): Promise<Engine> {
  if (backend === "webgpu") await demandWebGpu();
  const ort: typeof OrtWeb =
    backend === "webgpu"
      ? await import("onnxruntime-web/webgpu")
      : await import("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = threads ?? 1;
  ort.env.logLevel = "error";
  const name = `onnxruntime-web, ${backend}`;
  return OnnxRuntime.open(name, ort, bytes, spec, { executionProviders: [backend] });
}

async function startLiteRt(
  spec: Spec,
  bytes: Uint8Array,
  backend: "wasm" | "webgpu",
  { litertWasm }: WebOptions,
): Promise<Engine> {
  if (backend === "webgpu") await demandWebGpu();
  const beside = new URL("../../node_modules/@litertjs/core/wasm/", import.meta.url).href;
  return LiteRt.open(await import("@litertjs/core"), bytes, spec, litertWasm ?? beside, backend);
}

/** Read a file of the model's folder. */
export async function fetched(file: string, folder: string | URL): Promise<Uint8Array> {
  const answer = await fetch(new URL(file, new URL(folder, globalThis.location?.href)));
  if (!answer.ok) {
    throw new EdgeAttnError(`${answer.url} answers ${answer.status}; is the folder served?`);
  }
  return new Uint8Array(await answer.arrayBuffer());
}
